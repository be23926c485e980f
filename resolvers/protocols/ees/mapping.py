"""How a source file says one data set of Explore education statistics is to be read. See docs/source-files/ees.md."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from reference.area import AreaLevel
from reference.facets import Facet
from reference.period import Period, PeriodKind
from resolvers.source import Dataset, SourceError

TOTAL = "Total"
NEWEST = "*"
# Geographic levels of the publisher that our levels may be read from. LA is upper-tier, LAD is the district:
# which of them a data set means by a local authority only its source file can say.
LEVELS: Mapping[AreaLevel, tuple[str, ...]] = {
    AreaLevel.COUNTRY: ("NAT",),
    AreaLevel.REGION: ("REG",),
    AreaLevel.COMBINED_AUTHORITY: ("MCA", "EDA"),
    AreaLevel.LSIP: ("LSIP",),
    AreaLevel.LA: ("LA", "LAD"),
}
# Time identifiers that each kind of period may be read from, the usual one first.
TIMES: Mapping[PeriodKind, tuple[str, ...]] = {
    PeriodKind.ACADEMIC_YEAR: ("AY",),
    PeriodKind.YEAR: ("CY", "RY"),
    PeriodKind.QUARTER: ("CYQ",),
    PeriodKind.MONTH: ("M",),
}
# Time identifiers of parts of a year, the shortest first, that can hold figures of the year so far.
IN_YEAR: Mapping[PeriodKind, tuple[str, ...]] = {
    PeriodKind.ACADEMIC_YEAR: ("T1", "AYQ1", "AYQ2", "T1T2", "AYQ3"),
    PeriodKind.YEAR: ("CYQ1", "CYQ2", "CYQ3"),
    PeriodKind.QUARTER: (),
    PeriodKind.MONTH: (),
}
TimePeriod = tuple[str, str]


def folded(name: str) -> str:
    """A name as it is compared: capitals and spaces do not count."""
    return " ".join(name.split()).casefold()


class Mention(NamedTuple):
    """One option of one filter that a source file names: the key that names it, the filter, the option."""

    key: str
    column: str
    label: str


@dataclass(frozen=True, slots=True)
class IndicatorMapping:
    """Where a measure's figures are: the indicator, the indicator of how many they describe, and filters of its
    own (column -> option)."""

    indicator: str
    n: str | None
    pins: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FilterBy:
    """The filters behind a facet: the main one, if there is one, and the option that is its total; for each member
    the options (filter -> option) of its rows; and the options that other filters have in all rows by this facet."""

    filter: str | None
    total: str
    members: Mapping[str, Mapping[str, str]]
    pins: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EesMapping:
    """One data set as its source file describes it.

    `in_year`: time identifiers of the year so far, the shortest first. `snapshot`: figures describe a moment of their
    period, so they are whole although published before its end. `total`: the option that an unmentioned filter is
    pinned to. `refresh`: seconds that identifiers are relied on before they are read again.
    """

    data_set: str
    version: str
    levels: Mapping[AreaLevel, str]
    time: str
    in_year: tuple[str, ...]
    snapshot: bool
    total: str
    pins: Mapping[str, str]
    refresh: float
    figures: Mapping[str, IndicatorMapping]
    filters: Mapping[Facet, FilterBy]

    def period(self, period: Period, published: Collection[TimePeriod]) -> TimePeriod:
        """(code, period) as the publisher writes a period: the whole one, or the longest part of a year so far where
        only that is among the `published`."""
        year, month = period.ends_in
        match period.kind:
            case PeriodKind.ACADEMIC_YEAR:
                whole = self.time, f"{year - 1}/{year}"
            case PeriodKind.QUARTER:
                whole = f"{self.time}{month // 3}", str(year)
            case PeriodKind.MONTH:
                whole = f"{self.time}{month}", str(year)
            case PeriodKind.YEAR:
                whole = self.time, str(year)
        parts = ((code, whole[1]) for code in reversed(self.in_year))
        return whole if whole in published else next((part for part in parts if part in published), whole)

    def mentions(self) -> Iterator[Mention]:
        """Every option of every filter that the source file names."""
        pinned = [("pins", self.pins)]
        pinned += [(f"measures.{name}.pins", figure.pins) for name, figure in self.figures.items()]
        pinned += [(f"facets.{facet}.pins", by.pins) for facet, by in self.filters.items()]
        yield from (Mention(key, column, label) for key, pins in pinned for column, label in pins.items())
        for facet, by in self.filters.items():
            key = f"facets.{facet}"
            if by.filter is not None:
                yield Mention(key, by.filter, by.total)
            yield from (Mention(key, *option) for options in by.members.values() for option in options.items())


def read(dataset: Dataset) -> EesMapping:
    """The reading of a dataset's table. Raises SourceError."""
    options = dataset.options
    allowed = TIMES[dataset.every]
    time = options.get("time", allowed[0])
    if time not in allowed:
        raise _wrong(dataset, f"time is {time!r}: for {dataset.every} it is {' or '.join(allowed)}.")
    total = options.get("total", TOTAL)
    filters = {facet: _filter(dataset, facet, table, total) for facet, table in dataset.facets.items()}
    _check_breakdowns(dataset, filters)
    return EesMapping(
        data_set=dataset.id,
        version=options.get("version", NEWEST),
        levels=_levels(dataset),
        time=time,
        in_year=_in_year(dataset),
        snapshot=options.get("snapshot", False),
        total=total,
        pins=options.get("pins", {}),
        refresh=options.get("refresh", 3600.0),
        figures={name: _figure(measure) for name, measure in dataset.measures.items()},
        filters=filters,
    )


def _levels(dataset: Dataset) -> dict[AreaLevel, str]:
    levels: dict[AreaLevel, str] = {}
    for name, code in dataset.options.get("levels", {}).items():
        if code not in LEVELS.get(name, ()):
            every = ", ".join(f"{level} = {' or '.join(codes)}" for level, codes in LEVELS.items())
            raise _wrong(dataset, f"levels has {name} = {code!r}: allowed are {every}.")
        levels[name] = code
    if missing := dataset.coverage.levels - set(levels) - {AreaLevel.UK}:
        raise _wrong(dataset, f"levels does not say which level {min(missing)} is read from.")
    return levels


def _in_year(dataset: Dataset) -> tuple[str, ...]:
    """The time identifiers of the year so far, the shortest first."""
    codes = dataset.options.get("in_year", ())
    allowed = IN_YEAR[dataset.every]
    if unknown := [code for code in codes if code not in allowed]:
        may = f"allowed are {', '.join(allowed)}" if allowed else "it is for years alone"
        raise _wrong(dataset, f"in_year has {unknown[0]!r}: {may}.")
    return tuple(code for code in allowed if code in codes)


def _figure(measure: Mapping[str, Any]) -> IndicatorMapping:
    return IndicatorMapping(measure["indicator"], measure.get("n"), measure.get("pins", {}))


def _filter(dataset: Dataset, facet: Facet, table: Mapping[str, Any], total: str) -> FilterBy:
    where, main = f"facets.{facet}", table.get("filter")
    members: dict[str, Mapping[str, str]] = {}
    rows: dict[frozenset[tuple[str, str]], str] = {}
    for member, options in table["members"].items():
        if isinstance(options, str):
            if main is None:
                raise _wrong(dataset, f"{where}.filter is needed, since {member} is an option of it.")
            options = {main: options}
        members[member] = options
        own = frozenset((folded(column), folded(label)) for column, label in options.items())
        if rows.setdefault(own, member) != member:
            raise _wrong(dataset, f"{where}.members: {rows[own]} and {member} are read from the same rows.")
    return FilterBy(main, table.get("total", total), members, table.get("pins", {}))


def _check_breakdowns(dataset: Dataset, filters: Mapping[Facet, FilterBy]) -> None:
    """Facets can be asked for together only where no filter stands for two of them. Raises SourceError."""
    for breakdown in dataset.breakdowns:
        named: dict[str, tuple[Facet, set[str]]] = {}
        for facet in sorted(breakdown & filters.keys()):
            labels: dict[str, set[str]] = {}
            for column, label in (option for options in filters[facet].members.values() for option in options.items()):
                labels.setdefault(folded(column), set()).add(folded(label))
            for column, own in labels.items():
                other, others = named.setdefault(column, (facet, own))
                if other is not facet and len(own | others) > 1:
                    both = f"{other} and {facet}"
                    raise _wrong(dataset, f"breakdowns: {both} are both read from filter {column!r}: not together.")


def _wrong(dataset: Dataset, text: str) -> SourceError:
    return SourceError(f"dataset {dataset.id!r}: {text}")
