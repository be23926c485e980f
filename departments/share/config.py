"""The mapping file: which tables hold which measures, whose questions are answered, and how figures are protected."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from reference.facets import Facet, members
from reference.period import PeriodKind


class ConfigError(ValueError):
    """A mapping file that cannot be used: says which key and what is allowed."""


@dataclass(frozen=True, slots=True)
class Protection:
    """What the node itself does to figures that leave without evidence."""

    suppress_below: int = 10
    round_to: int = 5
    contributors: int = 3
    percent: float = 10.0


@dataclass(frozen=True, slots=True)
class Shared:
    """One measure: its column, and the columns of the evidence behind it."""

    column: str
    n: str | None = None
    contributors: str | None = None
    top1: str | None = None
    top2: str | None = None
    additive: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """One dataset: a table with one row for each release, place, period and group. `total` stands for "all"."""

    id: str
    title: str
    table: str
    every: PeriodKind
    area: str
    period: str
    release: str | None
    total: str
    measures: Mapping[str, Shared]
    facets: Mapping[Facet, str]
    breakdowns: tuple[frozenset[Facet], ...]
    protection: Protection


@dataclass(frozen=True, slots=True)
class Refuse:
    """Whose questions the department does not answer, whatever the Trust says."""

    organisations: frozenset[str] = frozenset()
    agreements: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ShareConfig:
    """A whole mapping file. `keys`: the Trust's public keys, as a file or an https address of a JWKS."""

    node: str
    database: str
    issuer: str
    keys: str
    tables: Mapping[str, Table]
    refuse: Refuse = field(default_factory=Refuse)
    rows: int = 500_000

    def at(self, database: str, keys: str) -> "ShareConfig":
        """The same mapping over another database, trusting other keys."""
        return replace(self, database=database, keys=keys)


def load(path: Path) -> ShareConfig:
    """Read a mapping file. Raises ConfigError."""
    try:
        return read(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, ConfigError) as error:
        raise ConfigError(f"{path.name}: {error}") from error


def read(told: Mapping[str, Any]) -> ShareConfig:
    """A configuration from the parsed table of its file. Raises ConfigError."""
    _only(told, {"node", "database", "trust", "datasets", "refuse", "rows"}, "")
    trust = _need(told, "trust", dict, "")
    _only(trust, {"issuer", "keys"}, "trust")
    refuse = told.get("refuse", {})
    _only(refuse, {"organisations", "agreements", "purposes"}, "refuse")
    tables = [_table(each) for each in _need(told, "datasets", list, "")]
    return ShareConfig(
        node=_need(told, "node", str, ""),
        database=_need(told, "database", str, ""),
        issuer=_need(trust, "issuer", str, "trust"),
        keys=_need(trust, "keys", str, "trust"),
        tables={table.id: table for table in tables},
        refuse=Refuse(**{key: frozenset(value) for key, value in refuse.items()}),
        rows=told.get("rows", 500_000),
    )


def _table(told: Mapping[str, Any]) -> Table:
    where = f"dataset {told.get('id', '?')!r}"
    _only(
        told,
        {"id", "title", "table", "every", "area", "period", "release", "total", "measures", "facets", "breakdowns",
         "protection"},
        where,
    )  # fmt: skip
    try:
        facets = {Facet(key): column for key, column in told.get("facets", {}).items()}
        breakdowns = tuple(frozenset(Facet(facet) for facet in each) for each in told.get("breakdowns", ()))
        every = PeriodKind(_need(told, "every", str, where))
        measures = {name: Shared(**each) for name, each in _need(told, "measures", dict, where).items()}
        protection = Protection(**told.get("protection", {}))
    except (ValueError, TypeError) as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(f"{where}: {error}") from error
    for each in breakdowns:
        if missing := each - set(facets):
            raise ConfigError(f"{where}: breakdowns name {sorted(missing)[0]}, which facets does not map to a column.")
    return Table(
        id=_need(told, "id", str, where),
        title=_need(told, "title", str, where),
        table=_need(told, "table", str, where),
        every=every,
        area=_need(told, "area", str, where),
        period=_need(told, "period", str, where),
        release=told.get("release"),
        total=told.get("total", "ALL"),
        measures=measures,
        facets=facets,
        breakdowns=breakdowns,
        protection=protection,
    )


def codes(table: Table, facet: Facet) -> tuple[str, ...]:
    """Member codes of a facet in published order; which of them the table holds, it shows when asked."""
    return tuple(members(facet)) if facet in table.facets else ()


def _only(told: Mapping[str, Any], known: set[str], where: str) -> None:
    if unknown := sorted(set(told) - known):
        place = f"{where}: " if where else ""
        raise ConfigError(f"{place}unknown key {unknown[0]!r}: allowed are {', '.join(sorted(known))}.")


def _need(told: Mapping[str, Any], key: str, kind: type, where: str) -> Any:
    if not isinstance(value := told.get(key), kind):
        place = f"{where}: " if where else ""
        raise ConfigError(f"{place}{key!r} is needed, as {'a table' if kind is dict else 'a ' + kind.__name__}.")
    return value
