"""One measure collected through the front door: all places, periods and groups that any caller may read."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import numpy as np

from attacks.front import Answer, Caller, Door, NoAnswer
from attacks.table import NEVER, Group, Indices, Table, View
from attacks.treatment import read
from reference.area import AreaLevel
from reference.period import PeriodKind, between, parse

ABOUT = """query ($name: String!) { measure(name: $name) { unit every facets additivity breakdowns offered
  first { code } latest { code } owner { code } owners { owner { code } } } }"""
ROWS = """query ($where: AreaSelection!, $periods: PeriodRange!, $by: [Facet!]!, $first: Int, $after: String) {
  labourMarket(areas: $where, periods: $periods, by: $by, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { area { code } period { code } group { %s } %s { value status markers %s } } } }"""
TERMS = "provenance { treatment agreement { id version } }"
# Figures that are no counts.
MEASURED = frozenset({"PERCENT", "GBP_MONTH", "GBP_WEEK", "GBP_MILLION"})
# Facets whose members are objects with a code.
OBJECTS = frozenset({"INDUSTRY", "OCCUPATION"})
# Rows of one question.
LARGEST = 40_000


@dataclass(frozen=True)
class About:
    """What the catalogue says of a measure."""

    name: str
    owners: frozenset[str]
    every: PeriodKind
    periods: tuple[str, ...]
    facets: tuple[str, ...]
    breakdowns: tuple[tuple[str, ...], ...]
    counted: bool
    additive: bool

    def rows(self, by: Sequence[str], terms: bool = False) -> str:
        """A question for rows by these facets."""
        return ROWS % (self.members(by), self.name, TERMS if terms else "")

    def members(self, by: Sequence[str]) -> str:
        """The fields of a row's group."""
        fields = (f"{field_of(facet)} {'{ code }' if facet in OBJECTS else ''}" for facet in by)
        return " ".join(fields) or "__typename"

    def span(self, first: str, last: str) -> dict[str, str]:
        """An argument of periods."""
        return {"from": first, "to": last, "every": self.every.value}

    def group(self, row: dict[str, Any], by: Sequence[str]) -> Group:
        """The group of a row."""
        codes = {facet: row["group"][field_of(facet)] for facet in by}
        return tuple(_code(codes[facet]) if facet in codes else "" for facet in self.facets)


@dataclass(frozen=True)
class Ask:
    """A breakdown at a level that a caller may read, and on which terms. `rows`: in one period."""

    caller: Caller
    by: tuple[str, ...]
    level: AreaLevel
    terms: str
    words: tuple[str, ...]
    rows: int


@dataclass
class _Read:
    """Rows of one breakdown at one level, as they come."""

    places: dict[tuple[str, Group], int] = field(default_factory=dict)
    signs: dict[tuple[str, ...], int] = field(default_factory=dict)
    periods: list[int] = field(default_factory=list)
    cells: list[int] = field(default_factory=list)
    values: list[float | None] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Collected:
    """`asks`: all that anybody may read; `table`: each of its terms once; `left_out`: callers who own the measure, and
    see it as it is."""

    about: About
    table: Table
    asks: tuple[Ask, ...]
    left_out: tuple[str, ...]
    seconds: float


async def about(door: Door, name: str) -> About:
    """What the catalogue says. Raises NoAnswer where there is no such measure, or nothing of it."""
    answer = await door.ask(Caller("public", {}), ABOUT, name=name)
    found: dict[str, Any] | None = (answer.data or {}).get("measure")
    if found is None:
        raise NoAnswer(f"the gateway has no measure {name!r}.")
    if not found["offered"] or not found["first"] or not found["latest"]:
        raise NoAnswer(f"the gateway has no figures of {name}, or does not know yet of which periods: ask again.")
    first, last = parse(found["first"]["code"]), parse(found["latest"]["code"])
    return About(
        name,
        frozenset({found["owner"]["code"], *(one["owner"]["code"] for one in found["owners"])}),
        PeriodKind(found["every"]),
        tuple(one.code for one in between(first.last, last.last, first.kind)),
        tuple(found["facets"]),
        ((), *(tuple(one) for one in found["breakdowns"])),
        found["unit"] not in MEASURED,
        found["additivity"] == "ADDITIVE",
    )


async def collect(door: Door, name: str, callers: Sequence[Caller]) -> Collected:
    """All of a measure. Raises NoAnswer."""
    started = time.perf_counter()
    told = await about(door, name)
    others = [caller for caller in callers if caller.organisation not in told.owners]
    asks = [
        ask
        for by in told.breakdowns
        for level in AreaLevel
        for caller in others
        if (ask := await _may(door, told, caller, by, level))
    ]
    once = {(ask.by, ask.level, ask.terms): ask for ask in reversed(asks)}
    read_of = [(ask, await _read(door, told, ask)) for ask in reversed(once.values())]
    areas = sorted({area for _, found in read_of for area, _ in found.places})
    groups = list(dict.fromkeys(group for _, found in read_of for _, group in found.places))
    at_area, at_group = ({one: at for at, one in enumerate(every)} for every in (areas, groups))
    views = [
        _view(ask, found, len(told.periods), [at_area[a] * len(groups) + at_group[g] for a, g in found.places])
        for ask, found in read_of
    ]
    if not views:
        raise NoAnswer(f"nobody of those who ask may read {name}.")
    owner = " or ".join(sorted(told.owners))
    table = Table(
        name, owner, told.counted, told.additive, told.facets, tuple(areas), told.periods, tuple(groups), tuple(views)
    )
    left_out = tuple(caller.words for caller in callers if caller not in others)
    return Collected(told, table, tuple(asks), left_out, time.perf_counter() - started)


async def _may(door: Door, told: About, caller: Caller, by: tuple[str, ...], level: AreaLevel) -> Ask | None:
    """Whether a caller may read a breakdown at a level, and on which terms."""
    last = told.periods[-1]
    where: dict[str, Any] = {"where": {"level": level}, "periods": told.span(last, last), "by": by}
    answer = await door.ask(caller, told.rows(by, terms=True), **where, first=1)
    rows = _nodes(answer)
    if not rows or rows[0][told.name] is None:
        return None
    if "x" in rows[0][told.name]["markers"]:
        # Not of the first place: perhaps of others.
        answer = await door.ask(caller, told.rows(by, terms=True), **where, first=None)
        rows = [row for row in _nodes(answer) if row[told.name] and not {"x", "z"} & set(row[told.name]["markers"])]
        if not rows:
            return None
    provenance = rows[0][told.name]["provenance"]
    agreement = provenance["agreement"] or {}
    terms = " ".join(filter(None, (agreement.get("id"), str(agreement.get("version") or "")))) or "open"
    words = tuple(provenance["treatment"])
    return Ask(caller, by, level, "; ".join((terms, *words)), words, (answer.data or {})["labourMarket"]["totalCount"])


async def _read(door: Door, told: About, ask: Ask) -> _Read:
    """All periods of a breakdown at a level, so many in one question as it may have rows."""
    found, start, many = _Read(), 0, max(LARGEST // max(ask.rows, 1), 1)
    while start < len(told.periods):
        span = told.periods[start : start + many]
        first, after = (None if many > 1 or ask.rows <= LARGEST else LARGEST), None
        for _ in count():
            answer = await door.ask(
                ask.caller, told.rows(ask.by), where={"level": ask.level}, by=ask.by,
                periods=told.span(span[0], span[-1]), first=first, after=after,
            )  # fmt: skip
            if "QUERY_TOO_COSTLY" in answer.codes and len(span) > 1:
                break
            rows = _nodes(answer)
            if not rows:
                raise NoAnswer(f"{told.name} at {ask.level} for {ask.caller.words}: {', '.join(answer.codes)}.")
            _note(found, told, ask, rows, {code: start + at for at, code in enumerate(span)})
            page = (answer.data or {})["labourMarket"]["pageInfo"]
            after = page["endCursor"]
            if first is None or not page["hasNextPage"]:
                break
        if "QUERY_TOO_COSTLY" in answer.codes:
            many = max(len(span) // 2, 1)
        else:
            start += len(span)
    return found


def _note(found: _Read, told: About, ask: Ask, rows: list[dict[str, Any]], periods: dict[str, int]) -> None:
    """Rows kept, in numbers."""
    places, signs = found.places, found.signs
    for row in rows:
        figure = row[told.name]
        if figure is None:
            continue
        place = row["area"]["code"], told.group(row, ask.by)
        sign = (figure["status"], *figure["markers"])
        found.periods.append(periods[row["period"]["code"]])
        found.cells.append(places.setdefault(place, len(places)))
        found.kinds.append(signs.setdefault(sign, len(signs)))
        found.values.append(figure["value"])


def _view(ask: Ask, found: _Read, periods: int, cells: list[int]) -> View:
    values = np.full((periods, len(cells)), np.nan)
    kinds = np.full((periods, len(cells)), NEVER, np.int16)
    values[found.periods, found.cells] = np.array(found.values, np.float64)
    kinds[found.periods, found.cells] = found.kinds
    at: Indices = np.array(cells, np.intp)
    return View(ask.by, ask.level, ask.terms, read(ask.words), at, values, kinds, tuple(found.signs))


def _nodes(answer: Answer) -> list[dict[str, Any]]:
    return ((answer.data or {}).get("labourMarket") or {}).get("nodes") or []


def _code(member: Any) -> str:
    return member["code"] if isinstance(member, dict) else str(member)  # pyright: ignore[reportUnknownVariableType]


def field_of(facet: str) -> str:
    """The field of Group that has a facet's member: ageBand for AGE_BAND."""
    first, *others = facet.lower().split("_")
    return first + "".join(word.capitalize() for word in others)
