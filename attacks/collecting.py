"""One measure collected through the front door: all places, periods and groups that any caller may read."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from attacks.about import About, about
from attacks.front import Caller, Door, NoAnswer
from attacks.table import NEVER, Group, Indices, Table, View
from attacks.treatment import read
from reference.area import AreaLevel

# Rows of one question.
LARGEST = 40_000
# Codes of what is no refusal.
FAILED = frozenset({"DEPARTMENT_UNAVAILABLE", "DEPARTMENT_MISANSWERED", "INTERNAL", "RECORD_FAILED"})


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

    places: dict[tuple[str, Group], int] = field(default_factory=dict[tuple[str, Group], int])
    signs: dict[tuple[str, ...], int] = field(default_factory=dict[tuple[str, ...], int])
    periods: list[int] = field(default_factory=list[int])
    cells: list[int] = field(default_factory=list[int])
    values: list[float | None] = field(default_factory=list[float | None])
    kinds: list[int] = field(default_factory=list[int])


@dataclass(frozen=True)
class Collected:
    """`asks`: all that anybody may read; `table`: each of its terms once; `left_out`: callers who own the measure, and
    see it as it is."""

    about: About
    table: Table
    asks: tuple[Ask, ...]
    left_out: tuple[str, ...]
    seconds: float


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
    rows = answer.rows
    if FAILED & set(answer.codes):
        # What was not seen would be taken for what cannot be.
        raise NoAnswer(f"{told.name} at {level}, for {caller.words}: {', '.join(answer.codes)}.")
    if not rows or rows[0][told.name] is None:
        return None
    if "x" in rows[0][told.name]["markers"]:
        # Not of the first place: perhaps of others.
        answer = await door.ask(caller, told.rows(by, terms=True), **where, first=None)
        rows = [row for row in answer.rows if row[told.name] and not {"x", "z"} & set(row[told.name]["markers"])]
        if not rows:
            return None
    provenance = rows[0][told.name]["provenance"]
    agreement: dict[str, Any] | None = provenance["agreement"]
    terms = f"{agreement['id']} v{agreement['version']}" if agreement else "open"
    words = tuple(provenance["treatment"])
    return Ask(caller, by, level, "; ".join((terms, *words)), words, answer.page["totalCount"])


async def _read(door: Door, told: About, ask: Ask) -> _Read:
    """All periods of a breakdown at a level, so many in one question as it may have rows."""
    found, start, many = _Read(), 0, max(LARGEST // max(ask.rows, 1), 1)
    while start < len(told.periods):
        span = told.periods[start : start + many]
        if await _span_read(door, told, ask, found, span):
            start += len(span)
        elif len(span) > 1:
            many = len(span) // 2
        else:
            raise NoAnswer(f"{told.name} at {ask.level}, for {ask.caller.words}, is too much for one question.")
    return found


async def _span_read(door: Door, told: About, ask: Ask, found: _Read, span: tuple[str, ...]) -> bool:
    """Some periods, page by page where one period has too many rows. False where they are too much at once."""
    at = {code: told.periods.index(code) for code in span}
    first, after, more = (LARGEST if ask.rows > LARGEST else None), None, True
    while more:
        answer = await door.ask(
            ask.caller, told.rows(ask.by), where={"level": ask.level}, by=ask.by,
            periods=told.span(span[0], span[-1]), first=first, after=after,
        )  # fmt: skip
        if "QUERY_TOO_COSTLY" in answer.codes:
            return False
        if not answer.rows or answer.rows[0][told.name] is None:
            raise NoAnswer(f"{told.name} at {ask.level}, for {ask.caller.words}: {', '.join(answer.codes)}.")
        _note(found, told, ask, answer.rows, at)
        page = answer.page["pageInfo"]
        more, after = first is not None and page["hasNextPage"], page.get("endCursor")
    return True


def _note(found: _Read, told: About, ask: Ask, rows: list[dict[str, Any]], periods: dict[str, int]) -> None:
    """Rows kept, in numbers."""
    places, signs = found.places, found.signs
    for row in rows:
        figure = row[told.name]
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
