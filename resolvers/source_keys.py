"""What each protocol's source files say of a dataset, its measures and its facets, besides what all of them do.

A key that is allowed is a line here. What it means is read by the protocol's own module.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from reference.area import AreaLevel
from reference.facets import Facet
from reference.strict_file import (
    NOT_EMPTY,
    Checks,
    Listed,
    NotNegative,
    Section,
    Some,
    Switch,
    Text,
    ValueOrTable,
    Word,
    Worded,
)
from resolvers.dataset import Dataset


class FacetKeys(Section):
    """A facet in any protocol. `unlisted`: members that can be asked for but are not shown as a group."""

    unlisted: Listed[Text] = ()


class NoKeys(Section):
    """A measure of which there is nothing to say."""


class ListedMembers(FacetKeys):
    """A facet whose members are asked for by the common model's own codes."""

    members: Some[Text]


class ShareDataset(Dataset):
    """A share node speaks the common model's own codes."""

    measures: Annotated[Mapping[Text, Annotated[Mapping[str, Any], Checks(NoKeys)]], NOT_EMPTY]
    facets: Mapping[Word[Facet], Annotated[Mapping[str, Any], Checks(ListedMembers)]] = {}


# Nomis

NomisCode = Annotated[int | str, Worded("a code: a whole number, or text")]
NomisCodes = Mapping[Text, NomisCode]
NomisMembers = Annotated[Mapping[Text, ValueOrTable[NomisCode, NomisCodes]], NOT_EMPTY]


class NomisMeasure(Section):
    """`codes`: concept -> code. `members`: member -> its code, or a table of concept -> code."""

    codes: NomisCodes = {}
    members: NomisMembers | None = None


class NomisFacet(FacetKeys):
    """`members`: member -> its code, or a table of concept -> code; a list where every measure says its own."""

    concept: Text | None = None
    total: ValueOrTable[NomisCode, NomisCodes] | None = None
    members: ValueOrTable[Some[Text], NomisMembers]


Words = Annotated[Text, Field(pattern=r"[^\s*]"), Worded("words of a text")]


class NomisDataset(Dataset):
    """`pins`: concept -> code. `geography`: level -> type of geography. `time`: how a period is written. `texts`:
    words of a text of status Q -> the marker that they mean."""

    format: Literal["csv", "json"] = "csv"
    time: Annotated[str, Field(pattern="%"), Worded('how a period is written, as in "%Y-%m" or "%Y"')] | None = None
    pins: NomisCodes = {}
    geography: Mapping[Word[AreaLevel], Text] = {}
    texts: Mapping[Words, Literal["c", "low", "u", "x", "z"]] = {}
    measures: Annotated[Mapping[Text, Annotated[Mapping[str, Any], Checks(NomisMeasure)]], NOT_EMPTY]
    facets: Mapping[Word[Facet], Annotated[Mapping[str, Any], Checks(NomisFacet)]] = {}


# Explore education statistics

Names = Mapping[Text, Text]


class EESMeasure(Section):
    """`indicator`, and `n`, the indicator of how many it describes, by the publisher's names."""

    indicator: Text
    n: Text | None = None
    pins: Names = {}


class EESFacet(FacetKeys):
    """`filter` by the publisher's name, with the option of each member and of everybody. A member whose rows need
    options of several filters has a table of them: filter -> option."""

    filter: Text | None = None
    total: Text | None = None
    members: Annotated[Mapping[Text, ValueOrTable[Text, Annotated[Names, NOT_EMPTY]]], NOT_EMPTY]
    pins: Names = {}


class EESDataset(Dataset):
    """`levels`: level -> the publisher's. `in_year`: time identifiers of the year so far. `snapshot`: figures are of a
    moment, so whole before their period ends. `refresh`: seconds for which identifiers are relied on."""

    version: Text = "*"
    levels: Mapping[Word[AreaLevel], Text] = {}
    time: Text | None = None
    in_year: Listed[Text] = ()
    snapshot: Switch = False
    total: Text = "Total"
    pins: Names = {}
    refresh: NotNegative = 3600.0
    measures: Annotated[Mapping[Text, Annotated[Mapping[str, Any], Checks(EESMeasure)]], NOT_EMPTY]
    facets: Mapping[Word[Facet], Annotated[Mapping[str, Any], Checks(EESFacet)]] = {}


# Stat-Xplore

StatXploreIds = Annotated[Text | Some[Text], Worded("the id of a value, or a list of ids to be counted as one")]


class StatXploreTime(Section):
    """The field of the month, and the id of a month with {YYYYMM}."""

    field: Text
    label: Text | None = None
    value: Text


class StatXplorePlace(Section):
    """The field of the place, and the id of a place of each level with {code}."""

    field: Text
    label: Text | None = None
    values: Mapping[Word[AreaLevel], Text]


class StatXploreMeasure(Section):
    """Nothing: everybody. Or those with some values of a field. `labels`: the end of a value's id -> its label."""

    field: Text | None = None
    label: Text | None = None
    values: StatXploreIds | None = None
    unknown: StatXploreIds | None = None
    labels: Mapping[Text, Text] = {}


class StatXploreFacet(FacetKeys):
    """A field, and the values that make up each member."""

    field: Text
    label: Text | None = None
    labels: Mapping[Text, Text] = {}
    members: Annotated[Mapping[Text, StatXploreIds], NOT_EMPTY]


class StatXploreDataset(Dataset):
    """One database: what it counts, and where its months and places are."""

    count: Text
    time: Annotated[Mapping[str, Any], Checks(StatXploreTime)]
    place: Annotated[Mapping[str, Any], Checks(StatXplorePlace)]
    measures: Annotated[Mapping[Text, Annotated[Mapping[str, Any], Checks(StatXploreMeasure)]], NOT_EMPTY]
    facets: Mapping[Word[Facet], Annotated[Mapping[str, Any], Checks(StatXploreFacet)]] = {}


DATASETS: Mapping[str, type[Dataset]] = {
    "share": ShareDataset,
    "statxplore": StatXploreDataset,
    "ees": EESDataset,
    "nomis": NomisDataset,
}
