"""How a source file says one data set of Explore education statistics is to be read. See docs/source-files/ees.md."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

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
KEYS = ("version", "levels", "time", "total", "pins", "refresh")
TimePeriod = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Figure:
    """Where a measure's figures are: the indicator, the indicator of how many they describe, and filters of its
    own (column -> option)."""

    indicator: str
    n: str | None
    pins: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FilterBy:
    """The filter behind a facet: the option that is its total, the option of each member, and the options that
    other filters have in rows by this facet."""

    filter: str
    total: str
    members: Mapping[str, str]
    pins: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reading:
    """One data set as its source file describes it. `total` is the option that an unmentioned filter is pinned to;
    `refresh`: seconds that identifiers are relied on before they are read again."""

    data_set: str
    version: str
    levels: Mapping[AreaLevel, str]
    time: str
    total: str
    pins: Mapping[str, str]
    refresh: float
    figures: Mapping[str, Figure]
    filters: Mapping[Facet, FilterBy]

    def period(self, period: Period) -> TimePeriod:
        """(code, period) as the publisher writes a period."""
        year, month = period.ends_in
        match period.kind:
            case PeriodKind.ACADEMIC_YEAR:
                return self.time, f"{year - 1}/{year}"
            case PeriodKind.QUARTER:
                return f"{self.time}{month // 3}", str(year)
            case PeriodKind.MONTH:
                return f"{self.time}{month}", str(year)
            case PeriodKind.YEAR:
                return self.time, str(year)


def read(dataset: Dataset) -> Reading:
    """The reading of a dataset's table. Raises SourceError."""
    options = dataset.options
    if unknown := set(options) - set(KEYS):
        raise SourceError(f"dataset {dataset.id!r}: unknown key {min(unknown)!r}: allowed are {', '.join(KEYS)}.")
    allowed = TIMES[dataset.every]
    time = options.get("time", allowed[0])
    if time not in allowed:
        raise SourceError(
            f"dataset {dataset.id!r}: time is {time!r}: for {dataset.every} it is {' or '.join(allowed)}."
        )
    total = str(options.get("total", TOTAL))
    return Reading(
        data_set=dataset.id,
        version=str(options.get("version", NEWEST)),
        levels=_levels(dataset),
        time=time,
        total=total,
        pins=_texts(dataset, "pins", options.get("pins", {})),
        refresh=float(options.get("refresh", 3600)),
        figures={name: _figure(dataset, name, told) for name, told in dataset.measures.items()},
        filters={facet: _filter(dataset, facet, told, total) for facet, told in dataset.facets.items()},
    )


def _levels(dataset: Dataset) -> dict[AreaLevel, str]:
    levels: dict[AreaLevel, str] = {}
    for name, code in _texts(dataset, "levels", dataset.options.get("levels", {})).items():
        allowed = LEVELS.get(AreaLevel(name), ()) if name in AreaLevel.__members__ else ()
        if code not in allowed:
            every = ", ".join(f"{level} = {' or '.join(codes)}" for level, codes in LEVELS.items())
            raise SourceError(f"dataset {dataset.id!r}: levels has {name} = {code!r}: allowed are {every}.")
        levels[AreaLevel(name)] = code
    if missing := dataset.coverage.levels - set(levels) - {AreaLevel.UK}:
        raise SourceError(f"dataset {dataset.id!r}: levels does not say which level {min(missing)} is read from.")
    return levels


def _figure(dataset: Dataset, name: str, told: Mapping[str, Any]) -> Figure:
    where = f"measures.{name}"
    if unknown := set(told) - {"indicator", "n", "pins"}:
        raise SourceError(
            f"dataset {dataset.id!r}: {where}: unknown key {min(unknown)!r}: allowed are indicator, n, pins."
        )
    n = told.get("n")
    pins = _texts(dataset, f"{where}.pins", told.get("pins", {}))
    return Figure(_text(dataset, where, told, "indicator"), None if n is None else str(n), pins)


def _filter(dataset: Dataset, facet: Facet, told: Mapping[str, Any], total: str) -> FilterBy:
    where = f"facets.{facet}"
    allowed = ("filter", "total", "members", "pins", "unlisted")
    if unknown := set(told) - set(allowed):
        raise SourceError(
            f"dataset {dataset.id!r}: {where}: unknown key {min(unknown)!r}: allowed are {', '.join(allowed)}."
        )
    pins = _texts(dataset, f"{where}.pins", told.get("pins", {}))
    members = _texts(dataset, f"{where}.members", told.get("members"))
    return FilterBy(_text(dataset, where, told, "filter"), str(told.get("total", total)), members, pins)


def _text(dataset: Dataset, where: str, told: Mapping[str, Any], key: str) -> str:
    if not isinstance(text := told.get(key), str):
        raise SourceError(f"dataset {dataset.id!r}: {where} needs {key!r}, a name of the publisher's in quotes.")
    return text


def _texts(dataset: Dataset, where: str, told: Any) -> dict[str, str]:
    if not isinstance(told, dict) or not all(isinstance(text, str) for text in cast(dict[str, Any], told).values()):
        raise SourceError(f"dataset {dataset.id!r}: {where} needs a table of names in quotes.")
    return cast(dict[str, str], told)
