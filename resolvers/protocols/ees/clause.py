"""What is asked, as clauses: rows of one level, with every filter pinned, so that no other row can answer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from reference.area import gazetteer
from resolvers.protocols.ees.mapping import EesMapping, TimePeriod, folded
from resolvers.protocols.ees.metadata import Metadata, Moved
from resolvers.table import Slice

Pins = Mapping[str, str]
# Which of the groups of a Slice are asked together: those with the same options of all but the main filters.
# Options of the main filters, in their order -> index of the group in the Slice.
Groups = Mapping[tuple[str, ...], int]


@dataclass(frozen=True, slots=True, eq=False)
class Clause:
    """Part of one Slice: the measures that share their pinned filters, over the places of one level.

    `codes` and `periods` give the index in the Slice of each place and period; `locations`: how many locations of the
    publisher's have those codes. `options`: for each filter the identifiers of the options asked for; `by`: the main
    filters of the Slice's facets; `groups`: options of these, in that order -> index of the group in the Slice.
    """

    slice_at: int
    measures: tuple[str, ...]
    level: str
    codes: Mapping[str, int]
    locations: int
    periods: Mapping[TimePeriod, int]
    options: Mapping[str, tuple[str, ...]]
    by: tuple[str, ...]
    groups: Groups

    @property
    def rows(self) -> int:
        """How many rows can answer it."""
        return self.locations * len(self.periods) * prod(map(len, self.options.values()))

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
        return self.groups.get(tuple(filters[name] for name in self.by), -1)


def clauses(mapping: EesMapping, metadata: Metadata, slices: Sequence[Slice]) -> tuple[Clause, ...]:
    """Every clause of the slices. Raises Moved when a name of the source file is not the publisher's."""
    result: list[Clause] = []
    for slice_at, wanted in enumerate(slices):
        levels = _by_level(mapping, wanted.areas)
        if metadata.locations:
            levels = {level: codes for level, codes in levels.items() if level in metadata.levels}
        periods = {mapping.period(period, metadata.times): at for at, period in enumerate(wanted.periods)}
        for pins, measures in _by_pins(mapping, wanted.measures):
            for options, by, groups in _options(mapping, metadata, wanted, pins):
                for level, codes in levels.items():
                    locations = sum(metadata.locations.get((level, code), 1) for code in codes)
                    result.append(Clause(slice_at, measures, level, codes, locations, periods, options, by, groups))
    return tuple(clause for clause in result if clause.rows)


def levelless(mapping: EesMapping, metadata: Metadata, wanted: Slice) -> tuple[int, ...]:
    """Indices of the places whose level the source file names and the data set does not have."""
    levels = _by_level(mapping, wanted.areas)
    gone = levels.keys() - metadata.levels if metadata.locations else ()
    return tuple(sorted(at for level in gone for at in levels[level].values()))


def query(
    mapping: EesMapping, metadata: Metadata, wanted: Sequence[Clause], evidence: bool, size: int
) -> dict[str, Any]:
    """The body of the one request for all clauses, but for its page. Raises Moved."""
    columns: dict[str, None] = {}
    for name in (name for clause in wanted for name in clause.measures):
        figure = mapping.figures[name]
        columns[metadata.indicator(figure.indicator)] = None
        if evidence and figure.n:
            columns[metadata.indicator(figure.n)] = None
    criteria = [clause.criteria for clause in wanted]
    body: dict[str, Any] = {"criteria": criteria[0] if len(criteria) == 1 else {"or": criteria}}
    body["indicators"] = list(columns)
    if sum(clause.rows for clause in wanted) > size:
        # Several pages hold every row once only if the rows lie in one order.
        fields = ["timePeriod", "geographicLevel", *dict.fromkeys(f"location|{clause.level}" for clause in wanted)]
        fields += [f"filter|{filter.id}" for filter in metadata.filters]
        body["sorts"] = [{"field": field, "direction": "Asc"} for field in fields]
    return body | {"pageSize": size}


def _by_level(mapping: EesMapping, areas: Iterable[str]) -> dict[str, dict[str, int]]:
    """Level -> code -> index; places of a level that the data set is not read at are left out."""
    known = gazetteer()
    levels: dict[str, dict[str, int]] = {}
    for at, code in enumerate(areas):
        if level := mapping.levels.get(known[code].level):
            levels.setdefault(level, {})[code] = at
    return levels


def _by_pins(mapping: EesMapping, measures: Iterable[str]) -> Iterable[tuple[Pins, tuple[str, ...]]]:
    """Measures gathered by the filters that their source file pins for them."""
    gathered: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for name in measures:
        gathered.setdefault(tuple(sorted(mapping.figures[name].pins.items())), []).append(name)
    return ((dict(pins), tuple(names)) for pins, names in gathered.items())


def _options(
    mapping: EesMapping, metadata: Metadata, wanted: Slice, pins: Pins
) -> Iterable[tuple[dict[str, tuple[str, ...]], tuple[str, ...], Groups]]:
    """The options of every filter, the main filters, and the groups that their options make: once for all groups
    whose members have the same options of all other filters. What is narrower wins: the member, the pins of a facet
    asked for, the measure's, the data set's, the total of a facet not asked for, the total of everything."""
    facets = [mapping.filters[facet] for facet in wanted.by]
    main = tuple(dict.fromkeys(metadata.filter(by.filter).id for by in facets if by.filter is not None))
    by_id = {filter.id: filter for filter in metadata.filters}
    labels = {filter.id: mapping.total for filter in metadata.filters}
    labels |= {metadata.filter(by.filter).id: by.total for by in mapping.filters.values() if by.filter is not None}
    for pinned in (mapping.pins, pins, *(by.pins for by in facets)):
        labels |= {metadata.filter(name).id: label for name, label in pinned.items()}
    together: dict[frozenset[tuple[str, str]], dict[tuple[str, ...], int]] = {}
    for at, group in enumerate(wanted.groups):
        if not all(member in by.members for by, member in zip(facets, group, strict=True)):
            continue
        own: dict[str, str] = {}
        for by, member in zip(facets, group, strict=True):
            for name, label in by.members[member].items():
                if folded(own.setdefault(metadata.filter(name).id, label)) != folded(label):
                    raise Moved(f"filter {name!r} cannot be both {own[metadata.filter(name).id]!r} and {label!r}")
        rest = frozenset((filter, label) for filter, label in own.items() if filter not in main)
        rows = together.setdefault(rest, {})
        if rows.setdefault(tuple(own.get(filter, labels[filter]) for filter in main), at) != at:
            raise Moved("two members of a facet are read from the same rows")
    for rest, rows in together.items():
        fixed = labels | dict(rest)
        options = {filter.id: filter.option(fixed[filter.id]) for filter in metadata.filters if filter.id not in main}
        groups: dict[tuple[str, ...], int] = {}
        for own_labels, at in rows.items():
            choices = [by_id[filter].option(label) for filter, label in zip(main, own_labels, strict=True)]
            groups |= dict.fromkeys(product(*choices), at)
        options |= {filter: tuple(dict.fromkeys(key[at] for key in groups)) for at, filter in enumerate(main)}
        yield {filter.id: options[filter.id] for filter in metadata.filters}, main, groups
