"""What is asked, as clauses: rows of one level, with every filter pinned, so that no other row can answer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from reference.area import Gazetteer
from resolvers.protocols.ees.metadata import Metadata
from resolvers.protocols.ees.reading import Reading, TimePeriod
from resolvers.table import Slice

Pins = Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Clause:
    """Part of one Slice: the measures that share their pinned filters, over the places of one level.

    `codes` and `periods` give the index in the Slice of each place and period. `options`: for each filter the
    options asked, with the member that each stands for, "" for a pinned one; `by`: the filters of the Slice's
    facets, in their order; `groups`: members in that order -> index in the Slice.
    """

    slice_at: int
    measures: tuple[str, ...]
    level: str
    codes: Mapping[str, int]
    periods: Mapping[TimePeriod, int]
    options: Mapping[str, Mapping[str, str]]
    by: tuple[str, ...]
    groups: Mapping[tuple[str, ...], int]

    @property
    def cells(self) -> int:
        """How many rows can answer it."""
        return len(self.codes) * len(self.periods) * prod(map(len, self.options.values()))

    @property
    def criteria(self) -> dict[str, Any]:
        """In the publisher's grammar. One `in` for each filter, so that it does not matter how several filters
        in one list would combine."""
        located = [{"level": self.level, "code": code} for code in self.codes]
        timed = [{"code": code, "period": period} for code, period in self.periods]
        return {
            "and": [
                {"geographicLevels": {"eq": self.level}},
                {"locations": {"in": located}},
                {"timePeriods": {"in": timed}},
                *({"filters": {"in": list(options)}} for options in self.options.values()),
            ]
        }

    def group(self, filters: Mapping[str, str]) -> int | None:
        """Index of the group that a row's filters make; -1 for one that was not asked for itself but lies
        between groups that were; None when the row is not of this clause."""
        if filters.keys() != self.options.keys():
            return None
        if any(filters[name] not in options for name, options in self.options.items()):
            return None
        return self.groups.get(tuple(self.options[name][filters[name]] for name in self.by), -1)


def clauses(reading: Reading, metadata: Metadata, slices: Sequence[Slice], gazetteer: Gazetteer) -> tuple[Clause, ...]:
    """Every clause of the slices. Raises Moved when a name of the source file is not the publisher's."""
    made: list[Clause] = []
    for at, asked in enumerate(slices):
        levels = _by_level(reading, asked.areas, gazetteer)
        if metadata.levels:
            levels = {level: codes for level, codes in levels.items() if level in metadata.levels}
        periods = {reading.period(period): turn for turn, period in enumerate(asked.periods)}
        groups = {group: turn for turn, group in enumerate(asked.groups)}
        for pins, measures in _by_pins(reading, asked.measures):
            options = _options(reading, metadata, asked, pins)
            by = tuple(metadata.filter(reading.filters[facet].filter).id for facet in asked.by)
            made += (
                Clause(at, measures, level, codes, periods, options, by, groups) for level, codes in levels.items()
            )
    return tuple(each for each in made if each.cells)


def query(reading: Reading, metadata: Metadata, asked: Sequence[Clause], evidence: bool, size: int) -> dict[str, Any]:
    """The body of the one request for all clauses, but for its page. Raises Moved."""
    columns: dict[str, None] = {}
    for name in (name for clause in asked for name in clause.measures):
        figure = reading.figures[name]
        columns[metadata.indicator(figure.indicator)] = None
        if evidence and figure.n:
            columns[metadata.indicator(figure.n)] = None
    criteria = [clause.criteria for clause in asked]
    body: dict[str, Any] = {"criteria": criteria[0] if len(criteria) == 1 else {"or": criteria}}
    body["indicators"] = list(columns)
    if sum(clause.cells for clause in asked) > size:
        # Several pages hold every row once only if the rows lie in one order.
        fields = ["timePeriod", "geographicLevel", *dict.fromkeys(f"location|{clause.level}" for clause in asked)]
        fields += [f"filter|{each.id}" for each in metadata.filters]
        body["sorts"] = [{"field": field, "direction": "Asc"} for field in fields]
    return body | {"pageSize": size}


def _by_level(reading: Reading, areas: Iterable[str], gazetteer: Gazetteer) -> dict[str, dict[str, int]]:
    """Level -> code -> index; places of a level that the data set is not read at are left out."""
    levels: dict[str, dict[str, int]] = {}
    for at, code in enumerate(areas):
        if level := reading.levels.get(gazetteer[code].level):
            levels.setdefault(level, {})[code] = at
    return levels


def _by_pins(reading: Reading, measures: Iterable[str]) -> Iterable[tuple[Pins, tuple[str, ...]]]:
    """Measures gathered by the filters that their source file pins for them."""
    gathered: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for name in measures:
        gathered.setdefault(tuple(sorted(reading.figures[name].pins.items())), []).append(name)
    return ((dict(pins), tuple(names)) for pins, names in gathered.items())


def _options(reading: Reading, metadata: Metadata, asked: Slice, pins: Pins) -> dict[str, dict[str, str]]:
    """Filter -> option -> the member it stands for. What is narrower wins: a facet asked for, the pins of such a
    facet, the measure's, the data set's, the total of a facet not asked for, the total of everything."""
    wanted = [reading.filters[facet] for facet in asked.by]
    labels = {metadata.filter(each.filter).id: each.total for each in reading.filters.values()}
    for pinned in (reading.pins, pins, *(each.pins for each in wanted)):
        labels |= {metadata.filter(name).id: label for name, label in pinned.items()}
    members: dict[str, dict[str, str]] = {}
    for turn, each in enumerate(wanted):
        held = metadata.filter(each.filter)
        codes = dict.fromkeys(group[turn] for group in asked.groups)
        members[held.id] = {held.option(each.members[code]): code for code in codes if code in each.members}
    return {
        each.id: members[each.id] if each.id in members else {each.option(labels.get(each.id, reading.total)): ""}
        for each in metadata.filters
    }
