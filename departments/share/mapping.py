"""One dataset of a mapping file: which table holds which measures, in whose codes, and how it is protected."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from departments.share.checked import ConfigError, may, need, only, text, texts
from reference.column import EVIDENCE
from reference.facets import Facet, members
from reference.period import PeriodKind

KEYS = (
    "id", "title", "table", "every", "area", "period", "format", "day", "release", "total", "null_total", "measures",
    "facets", "breakdowns", "evidence", "protection",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Protection:
    """What the node itself does to figures that leave without evidence. `round_to`: for counts."""

    suppress_below: float = 10
    round_to: float = 5
    contributors: float = 3
    percent: float = 10


@dataclass(frozen=True, slots=True)
class Shared:
    """One measure: its column, and the columns of the evidence behind it. `round_to`: of its own; where it has none,
    counts are rounded as the dataset's protection says, and medians, means and rates not at all."""

    column: str
    n: str | None = None
    contributors: str | None = None
    top1: str | None = None
    top2: str | None = None
    additive: bool = True
    round_to: float | None = None

    @property
    def evidence(self) -> dict[str, str]:
        """Kind of evidence -> column, for the kinds that there are."""
        return {key: column for key in EVIDENCE if (column := getattr(self, key))}

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column, *self.evidence.values())


@dataclass(frozen=True, slots=True)
class Split:
    """The column of one facet. `codes`: member -> what the column holds for it; `total`: what it holds for
    everybody, None for NULL."""

    column: str
    codes: Mapping[str, str]
    total: str | None


@dataclass(frozen=True, slots=True)
class Mapped:
    """One dataset: a table with one row for each release, place, period and group.

    `format`: how the period column writes a period, in strftime's words, of its first or last `day`; None where it
    holds our own codes, or dates. `evidence`: whether figures may leave unprotected, with evidence, at all.
    """

    id: str
    title: str
    table: str
    every: PeriodKind
    area: str
    period: str
    format: str | None
    day: str
    release: str | None
    measures: Mapping[str, Shared]
    facets: Mapping[Facet, Split]
    breakdowns: tuple[frozenset[Facet], ...]
    evidence: bool
    protection: Protection

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that together name one row."""
        splits = (split.column for split in self.facets.values())
        return (self.area, self.period, *splits, *((self.release,) if self.release else ()))


def read(told: object) -> Mapped:
    """A dataset from its table in the file. Raises ConfigError."""
    table = only(told, KEYS, "datasets")
    name = need(table, "id", str, "datasets")
    where = f"dataset {name!r}"
    every, day = need(table, "every", str, where), may(table, "day", str, "first", where)
    if every not in set(PeriodKind):
        raise ConfigError(f"{where}: every must be one of {', '.join(PeriodKind)}.")
    if day not in ("first", "last"):
        raise ConfigError(f"{where}: day must be first or last: the day of a period that its date or format is of.")
    total = None if may(table, "null_total", bool, False, where) else may(table, "total", str, "ALL", where)
    facets = dict(
        _split(key, each, total, where) for key, each in may(table, "facets", dict[str, Any], {}, where).items()
    )
    protection = _protection(table.get("protection", {}), where)
    measures = need(table, "measures", dict[str, Any], where)
    if not measures:
        raise ConfigError(f"{where}: measures is empty: map at least one.")
    return Mapped(
        id=name,
        title=need(table, "title", str, where),
        table=need(table, "table", str, where),
        every=PeriodKind(every),
        area=need(table, "area", str, where),
        period=need(table, "period", str, where),
        format=text(table, "format", where),
        day=day,
        release=text(table, "release", where),
        measures={key: _shared(each, protection, f"{where}, measure {key}") for key, each in measures.items()},
        facets=facets,
        breakdowns=tuple(_breakdown(each, facets, where) for each in may(table, "breakdowns", list[Any], [], where)),
        evidence=may(table, "evidence", bool, True, where),
        protection=protection,
    )


def _shared(told: object, protection: Protection, where: str) -> Shared:
    table = only(told, [each.name for each in fields(Shared)], where)
    shared = Shared(
        need(table, "column", str, where),
        *(text(table, key, where) for key in EVIDENCE),
        additive=may(table, "additive", bool, True, where),
        round_to=need(table, "round_to", float, where) if "round_to" in table else None,
    )
    if shared.round_to is not None and shared.round_to <= 0:
        raise ConfigError(f"{where}: round_to must be above 0.")
    if (shared.top1 is None) != (shared.top2 is None):
        raise ConfigError(f"{where}: top1 and top2 go together.")
    if not shared.additive and shared.n is None and protection.suppress_below > 0:
        raise ConfigError(f"{where}: not additive, so how many units each figure describes must be said by n.")
    return shared


def _split(key: str, told: object, total: str | None, where: str) -> tuple[Facet, Split]:
    facet = _facet(key, where)
    known = members(facet)
    if isinstance(told, str):
        return facet, Split(told, {code: code for code in known}, total)
    where = f"{where}, facet {key}"
    table = only(told, ("column", "members", "total", "null_total"), where)
    codes = may(table, "members", dict[str, Any], {code: code for code in known}, where)
    if unknown := [code for code in codes if code not in known]:
        raise ConfigError(f"{where}: {unknown[0]!r} is not a member: allowed are {', '.join(known)}.")
    if not all(isinstance(stored, str) for stored in codes.values()) or len(set(codes.values())) < len(codes):
        raise ConfigError(f"{where}: members gives each member the one text that the column holds for it.")
    own = None if may(table, "null_total", bool, False, where) else may(table, "total", str, total or "", where)
    return facet, Split(need(table, "column", str, where), codes, total if own == "" else own)


def _breakdown(told: object, facets: Mapping[Facet, Split], where: str) -> frozenset[Facet]:
    found = frozenset(_facet(each, where) for each in texts({"breakdowns": told}, "breakdowns", where))
    if missing := found - set(facets):
        raise ConfigError(f"{where}: breakdowns name {sorted(missing)[0]}, which facets does not map to a column.")
    return found


def _facet(name: str, where: str) -> Facet:
    if name not in set(Facet):
        raise ConfigError(f"{where}: {name!r} is not a facet: allowed are {', '.join(Facet)}.")
    return Facet(name)


def _protection(told: object, where: str) -> Protection:
    known = [each.name for each in fields(Protection)]
    table = only(told, known, f"{where}, protection")
    given = {key: need(table, key, float, f"{where}, protection") for key in table}
    if any(value < 0 for value in given.values()) or given.get("round_to", 1) == 0:
        raise ConfigError(f"{where}, protection: no number may be negative, and round_to must be above 0.")
    return Protection(**given)
