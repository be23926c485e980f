"""What a source file says of a dataset, whatever the protocol. What each protocol adds is in source_keys.py."""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from policies.disclosure import PERTURBED, WORKED_OUT
from policies.obligation import Obligation, beside_pattern
from reference.area import AreaLevel, Gazetteer
from reference.facets import Facet, members
from reference.measure import DepartmentCode
from reference.period import PeriodKind
from reference.strict_file import (
    NOT_EMPTY,
    Count,
    Day,
    Invalid,
    Listed,
    NotNegative,
    Section,
    Switch,
    Tables,
    Text,
    Word,
    Worded,
    nearest,
    one_of,
)
from reference.vintage import Vintage

# An address by a name that is not of one network alone.
PUBLIC_PAGE = re.compile(r"https://([a-z0-9-]+\.)+(?!internal\b|local\b)[a-z]{2,}(/[!-~]*)?", re.IGNORECASE)


def _vintage(text: str) -> str:
    try:
        return str(Vintage.parse(text))
    except ValueError as error:
        raise Invalid(f"must be the month of the codes: {error}") from error


def _page(text: str) -> str:
    if PUBLIC_PAGE.fullmatch(text):
        return text
    raise Invalid("must be the address of a page that everyone can open: https://, a public host, no port and no user.")


Month = Annotated[int, Field(ge=1, le=12), Worded("the number of a month, from 1 to 12")]
VintageText = Annotated[Text, AfterValidator(_vintage)]


class Limits(Section):
    """What one department's endpoint will bear. Times in seconds, sizes in bytes."""

    timeout: Annotated[float, Field(gt=0, allow_inf_nan=False), Worded("a number of seconds above 0")] = 20.0
    connections: Count = 8
    answer_bytes: Count = 64_000_000


class Tenure(Section):
    """Who owned a dataset's measures from a day on."""

    owner: Word[DepartmentCode]
    since: Day


class Coverage(Section):
    """The places a dataset is published for. `countries` and `prefixes` are of GSS codes; empty: all."""

    levels: Annotated[frozenset[Word[AreaLevel]], Field(strict=False), NOT_EMPTY] = frozenset(AreaLevel)
    countries: Listed[Text] = ()
    prefixes: Listed[Text] = ()

    def __hash__(self) -> int:
        return hash((self.levels, self.countries, self.prefixes))

    def holds(self, code: str, gazetteer: Gazetteer) -> bool:
        """Whether the dataset is published for a place."""
        area = gazetteer[code]
        regional = area.level is AreaLevel.COUNTRY and AreaLevel.REGION in self.levels and code != "E92000001"
        return (
            (area.level in self.levels or regional)
            and (not self.countries or area.country in self.countries)
            and (not self.prefixes or code.startswith(self.prefixes))
        )


class Protected(Section):
    """What a publisher says that it has done to public figures before they leave it, in the words of a share node: 0
    for nothing. `pattern`: they are hidden by the pattern of their release, and zeros with small cells;
    `cell_keys`: numbers of people are changed by their cell keys, for everybody."""

    suppress_below: NotNegative = 0
    round_to: NotNegative = 0
    contributors: NotNegative = 0
    percent: NotNegative = 0
    pattern: Switch = False
    cell_keys: Switch = False

    @property
    def obligations(self) -> tuple[Obligation, ...]:
        """The same as obligations."""
        said = (
            (self.suppress_below, Obligation("suppress_below", int(self.suppress_below), zeros=self.pattern)),
            (self.contributors, Obligation("dominance", int(self.contributors), float(self.percent))),
            (self.round_to, Obligation("round_to", int(self.round_to))),
        )
        return tuple(obligation for given, obligation in said if given)

    @cached_property
    def rules(self) -> tuple[str, ...]:
        """The same in words. About zeros a pattern decides."""
        return tuple(rule.words for rule in beside_pattern(self.obligations))

    @property
    def words(self) -> tuple[str, ...]:
        """All of it in words."""
        return (*self.rules, *((WORKED_OUT,) if self.pattern else ()), *((PERTURBED,) if self.cell_keys else ()))


class Dataset(Section):
    """One dataset of a department, and how the common model reads it. `cache`, `stale` and `stale_if_error`
    are seconds; `vintage` is of its places' codes, where it is not its source's. `page`: where the public reads of it.
    `protected`: what its publisher has done to public figures, where that is said.

    `measures` and `facets` hold, for each measure and facet, what its protocol needs to know, as it is written.
    """

    id: Text
    title: Text
    page: Annotated[Text, AfterValidator(_page)] | None = None
    licence: Text
    every: Word[PeriodKind]
    ending: Listed[Month] = ()
    vintage: VintageText | None = None
    coverage: Coverage = Field(default=Coverage(), alias="areas")
    breakdowns: Listed[Annotated[frozenset[Word[Facet]], Field(strict=False), NOT_EMPTY]] = ()
    cache: NotNegative = 0.0
    stale: NotNegative = 0.0
    stale_if_error: NotNegative = 0.0
    protected: Protected | None = None
    tenures: Tables[Tenure] = Field(default=(), alias="owners")
    measures: Annotated[Mapping[Text, Mapping[str, Any]], NOT_EMPTY]
    facets: Mapping[Word[Facet], Mapping[str, Any]] = {}

    @property
    def options(self) -> Mapping[str, Any]:
        """The keys of its protocol alone that its table has."""
        own = self.model_fields_set - Dataset.model_fields.keys()
        return {name: getattr(self, name) for name in own}

    @property
    def shown_for(self) -> float:
        """Seconds for which an answer may be shown, whether or not the department can be asked."""
        return self.cache + self.stale

    @property
    def kept_for(self) -> float:
        """Seconds for which an answer may be kept, if it may be shown in the place of none."""
        return self.cache + max(self.stale, self.stale_if_error)

    def members(self, facet: Facet) -> tuple[str, ...]:
        """Member codes of a facet that this dataset publishes, in published order. Members that it names
        `unlisted` can be asked for (as a denominator) but are not shown as a group of their own."""
        mapped = set(self.facets[facet]["members"]) - set(self.facets[facet].get("unlisted", ()))
        return tuple(code for code in members(facet) if code in mapped)

    def publishes(self, by: Iterable[Facet]) -> bool:
        """Whether it is published by these facets together."""
        wanted = frozenset(by)
        return not wanted or wanted in self.breakdowns

    @field_validator("facets", mode="after")
    @classmethod
    def _members_are_of_the_model(cls, facets: Mapping[Facet, Mapping[str, Any]]) -> Mapping[Facet, Mapping[str, Any]]:
        for facet, table in facets.items():
            for name, allowed in (("members", members(facet)), ("unlisted", table["members"])):
                for code in table.get(name, ()):
                    try:
                        one_of(code, allowed)
                    except Invalid as error:
                        raise Invalid(str(error), facet, name) from error
        return facets

    @model_validator(mode="after")
    def _facets_of_breakdowns_are_mapped(self) -> Self:
        for at, breakdown in enumerate(self.breakdowns):
            if missing := sorted(breakdown - self.facets.keys()):
                hint = nearest(missing[0], self.facets)
                raise Invalid(f"names {missing[0]}, which has no table under facets.{hint}", "breakdowns", at)
        return self
