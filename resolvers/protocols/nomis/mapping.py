"""What a source file says of a Nomis dataset: the concepts it pins, and the code of every measure and group."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from reference.area import AreaLevel
from reference.facets import Facet
from reference.period import Period, PeriodKind
from resolvers.protocols.nomis.texts import Texts, read_texts
from resolvers.source import Dataset, SourceError

Codes = Mapping[str, str]
_TIMES = {PeriodKind.MONTH: "%Y-%m", PeriodKind.QUARTER: "%Y-%m", PeriodKind.YEAR: "%Y"}


@dataclass(frozen=True, slots=True)
class NomisMapping:
    """One dataset as its source file reads it.

    `pins`: concept -> code in every request. `measures`: measure -> concept -> code. `own`: measure -> member ->
    codes, where the publisher has no concept for a facet but a code for each group. `totals`: facet -> concept ->
    code of everybody. `members`: facet -> member -> concept -> code. `time`: the publisher's way to write a
    period by the day that ends it. `types`: level -> type of geography. `texts`: what the free texts of a figure that
    is not shown say.
    """

    dataset: Dataset
    form: str
    time: str
    pins: Codes
    types: Mapping[AreaLevel, str]
    texts: Texts
    measures: Mapping[str, Codes]
    own: Mapping[str, Mapping[str, Codes]]
    totals: Mapping[Facet, Codes]
    members: Mapping[Facet, Mapping[str, Codes]]
    concepts: tuple[str, ...]

    def cell(self, measure: str, by: Iterable[Facet], group: Iterable[str]) -> Codes:
        """The code of every concept that picks a measure for one group."""
        codes = dict(self.pins)
        wanted = dict(zip(by, group, strict=True))
        for facet, total in self.totals.items():
            if facet not in wanted:
                codes |= total
        codes |= self.measures[measure]
        own = self.own.get(measure, {})
        for facet, member in wanted.items():
            codes |= own.get(member) or self.members[facet][member]
        return codes

    def written(self, period: Period) -> str:
        """A period as the publisher codes it: by its last month, or its year."""
        return period.end.strftime(self.time)


def read(dataset: Dataset) -> NomisMapping:
    """A dataset's table read and checked. Raises SourceError naming the key and what is allowed."""
    where = f"dataset {dataset.id!r}"
    options = dataset.options
    form = options.get("format", "csv")
    time = options.get("time", _TIMES.get(dataset.every))
    if time is None:
        raise SourceError(f'{where}: time must say how a period is written, as in "%Y-%m" or "%Y".')
    facets = {facet: (_concept(table), table) for facet, table in dataset.facets.items()}
    types = cast(Mapping[AreaLevel, str], options.get("geography", {}))
    pins = _codes(options.get("pins", {}), None, f"{where}: pins")
    texts = read_texts(options.get("texts", {}))
    measures = {
        name: _codes(table.get("codes", {}), None, f"{where}: measures.{name}.codes")
        for name, table in dataset.measures.items()
    }
    concept_of = {
        member: concept for concept, table in facets.values() for member in cast(Iterable[str], table["members"])
    }
    own = {
        name: {
            member: _codes(code, concept_of.get(member), f"{where}: measures.{name}.members.{member}")
            for member, code in table.get("members", {}).items()
        }
        for name, table in dataset.measures.items()
    }
    totals = {
        facet: _codes(table["total"], concept, f"{where}: facets.{facet}.total")
        for facet, (concept, table) in facets.items()
        if "total" in table
    }
    members = {
        facet: {
            member: _codes(code, concept, f"{where}: facets.{facet}.members.{member}")
            for member, code in cast(Mapping[str, Any], table["members"]).items()
        }
        for facet, (concept, table) in facets.items()
        if isinstance(table["members"], Mapping)
    }
    named = [pins, *measures.values(), *totals.values()]
    named += [codes for group in (*own.values(), *members.values()) for codes in group.values()]
    concepts = tuple(dict.fromkeys(concept for codes in named for concept in codes))
    reading = NomisMapping(dataset, form, time, pins, types, texts, measures, own, totals, members, concepts)
    _check(reading, where)
    return reading


def _concept(table: Mapping[str, Any]) -> str | None:
    return cast(str, table["concept"]).lower() if "concept" in table else None


def _codes(value: Any, concept: str | None, where: str) -> Codes:
    """Concept -> code, from a table of them or from one code of the facet's concept."""
    if isinstance(value, Mapping):
        return {str(key).lower(): str(code) for key, code in cast(Mapping[str, Any], value).items()}
    if concept is None:
        raise SourceError(f"{where}: must be a table of concept and code, or one code where the facet has a concept.")
    return {concept: str(value)}


def _check(mapping: NomisMapping, where: str) -> None:
    """Every measure, whole and by each breakdown, must say the code of the same concepts."""
    for breakdown in (frozenset[Facet](), *mapping.dataset.breakdowns):
        by = tuple(breakdown)
        for measure in mapping.measures:
            for facet in by:
                offered = mapping.members.get(facet, {}).keys() | mapping.own.get(measure, {}).keys()
                listed = cast(Iterable[str], mapping.dataset.facets.get(facet, {}).get("members", ()))
                if missing := [member for member in listed if member not in offered]:
                    raise SourceError(
                        f"{where}: {measure} has no code for {facet} {missing[0]}: give it in facets.{facet}.members "
                        f"or in measures.{measure}.members."
                    )
            groups = [tuple(next(iter(cast(Iterable[str], mapping.dataset.facets[f]["members"]))) for f in by)]
            for group in groups:
                if absent := set(mapping.concepts) - set(mapping.cell(measure, by, group)):
                    raise SourceError(
                        f"{where}: {measure} by {', '.join(by) or 'nothing'} says no code for the concept "
                        f"{min(absent)!r}: pin it, or give the facet a total."
                    )
