"""Source files: where a department's endpoint is, how it is spoken to and which dataset answers which measure."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

from reference.area import VINTAGE, AreaLevel, Gazetteer
from reference.facets import Facet, members
from reference.measure import DepartmentCode
from reference.period import PeriodKind
from reference.vintage import Vintage

PROTOCOLS = ("share", "statxplore", "ees", "nomis")


class SourceError(ValueError):
    """A source file that cannot be used: says which key and what is allowed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one department's endpoint will bear. Times in seconds, sizes in bytes."""

    timeout: float = 20.0
    connections: int = 8
    answer_bytes: int = 64_000_000


@dataclass(frozen=True, slots=True)
class Tenure:
    """Who owned a dataset's measures from a day on."""

    owner: DepartmentCode
    since: date


@dataclass(frozen=True, slots=True)
class Coverage:
    """The places a dataset is published for. `countries` and `prefixes` are of GSS codes; empty: all."""

    levels: frozenset[AreaLevel]
    countries: frozenset[str]
    prefixes: tuple[str, ...]

    def holds(self, code: str, gazetteer: Gazetteer) -> bool:
        """Whether the dataset is published for a place."""
        area = gazetteer[code]
        regional = area.level is AreaLevel.COUNTRY and AreaLevel.REGION in self.levels and code != "E92000001"
        return (
            (area.level in self.levels or regional)
            and (not self.countries or area.country in self.countries)
            and (not self.prefixes or code.startswith(self.prefixes))
        )


@dataclass(frozen=True, slots=True)
class Dataset:
    """One dataset of a department, and how the common model reads it.

    `vintage`: of its places' codes, where it is not its source's.

    `measures` and `facets` hold, for each measure and facet, what its protocol needs to know (see the
    protocol's module); `options` is the rest of the dataset's table, for the protocol alone.
    """

    id: str
    title: str
    licence: str
    every: PeriodKind
    coverage: Coverage
    breakdowns: tuple[frozenset[Facet], ...]
    cache: float
    stale: float
    tenures: tuple[Tenure, ...]
    measures: Mapping[str, Mapping[str, Any]]
    facets: Mapping[Facet, Mapping[str, Any]]
    options: Mapping[str, Any]
    ending: tuple[int, ...] = ()
    vintage: str | None = None

    @property
    def kept_for(self) -> float:
        """Seconds for which an answer may be kept."""
        return self.cache + self.stale

    def members(self, facet: Facet) -> tuple[str, ...]:
        """Member codes of a facet that this dataset publishes, in published order. Members that it names
        `unlisted` can be asked for (as a denominator) but are not shown as a group of their own."""
        mapped = set(self.facets[facet]["members"]) - set(self.facets[facet].get("unlisted", ()))
        return tuple(code for code in members(facet) if code in mapped)

    def publishes(self, by: Iterable[Facet]) -> bool:
        """Whether it is published by these facets together."""
        wanted = frozenset(by)
        return not wanted or wanted in self.breakdowns


@dataclass(frozen=True, slots=True)
class Source:
    """One endpoint of one department."""

    name: str
    department: str
    protocol: str
    url: str
    credential: str | None
    vintage: str
    limits: Limits
    datasets: tuple[Dataset, ...]


def load(path: Path) -> Source:
    """Read one source file. Raises SourceError naming the file and the key."""
    try:
        with path.open("rb") as file:
            table = tomllib.load(file)
        return read(path.stem, table)
    except (tomllib.TOMLDecodeError, SourceError) as error:
        raise SourceError(f"{path.name}: {error}") from error


def read(name: str, table: Mapping[str, Any]) -> Source:
    """A source from the parsed table of its file."""
    known = {"department", "protocol", "url", "credential", "vintage", "limits", "datasets"}
    if unknown := set(table) - known:
        raise SourceError(f"unknown key {sorted(unknown)[0]!r}: allowed are {', '.join(sorted(known))}.")
    protocol = _need(table, "protocol", str)
    if protocol not in PROTOCOLS:
        raise SourceError(f"protocol {protocol!r} is not spoken here: allowed are {', '.join(PROTOCOLS)}.")
    try:
        limits = Limits(**table.get("limits", {}))
    except TypeError as error:
        raise SourceError(f"limits: {error}: allowed are timeout, connections, answer_bytes.") from error
    return Source(
        name=name,
        department=_need(table, "department", str),
        protocol=protocol,
        url=_need(table, "url", str).rstrip("/"),
        credential=table.get("credential"),
        vintage=_vintage(table.get("vintage", VINTAGE)),
        limits=limits,
        datasets=tuple(_dataset(each) for each in _need(table, "datasets", list)),
    )


def _dataset(table: Mapping[str, Any]) -> Dataset:
    known = {"id", "title", "licence", "every", "ending", "areas", "breakdowns", "cache", "stale", "owners", "vintage"}
    areas = cast(Mapping[str, Any], table.get("areas", {}))
    try:
        return Dataset(
            id=_need(table, "id", str),
            title=_need(table, "title", str),
            licence=_need(table, "licence", str),
            every=PeriodKind(_need(table, "every", str)),
            coverage=Coverage(
                frozenset(AreaLevel(level) for level in areas.get("levels", AreaLevel)),
                frozenset(areas.get("countries", ())),
                tuple(areas.get("prefixes", ())),
            ),
            breakdowns=tuple(frozenset(Facet(f) for f in each) for each in table.get("breakdowns", ())),
            cache=float(table.get("cache", 0)),
            stale=float(table.get("stale", 0)),
            tenures=tuple(Tenure(DepartmentCode(o["owner"]), o["since"]) for o in table.get("owners", ())),
            measures=_need(table, "measures", dict),
            facets={Facet(key): value for key, value in table.get("facets", {}).items()},
            options={k: v for k, v in table.items() if k not in known | {"measures", "facets"}},
            ending=tuple(table.get("ending", ())),
            vintage=str(Vintage.parse(table["vintage"])) if "vintage" in table else None,
        )
    except (ValueError, KeyError) as error:
        raise SourceError(f"dataset {table.get('id', '?')!r}: {error}") from error


def _vintage(text: str) -> str:
    try:
        return str(Vintage.parse(text))
    except ValueError as error:
        raise SourceError(f"vintage: {error}") from error


def _need(table: Mapping[str, Any], key: str, kind: type) -> Any:
    if not isinstance(value := table.get(key), kind):
        raise SourceError(f"{key!r} is needed, as {'a table' if kind is dict else 'a ' + kind.__name__}.")
    return value
