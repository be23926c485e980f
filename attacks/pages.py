"""Pages and fills: the same cells are asked for otherwise, and by others on the same terms, and must show the same."""

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import numpy as np

from attacks.about import About
from attacks.claims import Behaviour
from attacks.collecting import Ask, Collected
from attacks.front import Door
from attacks.table import Group, Table, View

FIELDS = "period { code } group { %s } %s { value status markers period { code } }"
LISTED = """query ($where: AreaSelection!, $periods: PeriodRange!, $by: [Facet!]!, $fill: Fill!, $first: Int,
  $after: String) { labourMarket(areas: $where, periods: $periods, by: $by, fill: $fill, first: $first, after: $after) {
  pageInfo { hasNextPage endCursor } nodes { area { code } %s } } }"""
ALONE = """query ($code: AreaCode!, $periods: PeriodRange!, $by: [Facet!]!, $fill: Fill!) { area(code: $code) { code
  labourMarket(periods: $periods, by: $by, fill: $fill) { %s } } }"""
# Places and periods of each breakdown and level, and rows of a page.
PLACES, PERIODS, PAGE = 3, 2, 5
Key = tuple[str, str, Group]
Shown = tuple[float | None, str, tuple[str, ...]]


async def pages_and_fills(door: Door, collected: Collected, seconds: float) -> Behaviour:
    """How many figures another way of asking shows otherwise."""
    started, tried, told, finished = time.perf_counter(), 0, 0, True
    for view, asks in _by_view(collected):
        for period in _periods(collected.table, view):
            codes = _places(collected.table, view, period)
            before = dict(_seen(collected.table, view, period, codes))
            async for answer in _ways(door, collected.about, asks, period, codes):
                shared = [key for key in answer if key in before]
                tried += len(shared)
                told += sum(answer[key] != before[key] for key in shared)
            if time.perf_counter() - started > seconds:
                finished = False
                break
    return Behaviour("pages and fills", tried, told, time.perf_counter() - started, "", finished)


def _by_view(collected: Collected) -> Iterator[tuple[View, list[Ask]]]:
    """Each view that hides something, and all who may ask for it on its terms."""
    for view in collected.table.views:
        if view.hidden.any():
            wanted = view.by, view.level, view.terms
            yield view, [ask for ask in collected.asks if (ask.by, ask.level, ask.terms) == wanted]


def _periods(table: Table, view: View) -> list[str]:
    most = np.argsort(-view.hidden.sum(axis=1), kind="stable")[:PERIODS]
    return [table.periods[at] for at in most if view.hidden[at].any()]


def _places(table: Table, view: View, period: str) -> list[str]:
    """Places with the most hidden cells."""
    areas = view.cells // len(table.groups)
    many = np.bincount(areas, view.hidden[table.periods.index(period)], len(table.areas))
    return [table.areas[at] for at in np.argsort(-many, kind="stable")[:PLACES] if many[at]]


def _seen(table: Table, view: View, period: str, codes: list[str]) -> Iterator[tuple[Key, Shown]]:
    at = table.periods.index(period)
    for position, cell in enumerate(view.cells):
        area, group = divmod(int(cell), len(table.groups))
        if table.areas[area] in codes and view.kinds[at, position] >= 0:
            sign = view.signs[int(view.kinds[at, position])]
            value = view.values[at, position]
            yield (
                (table.areas[area], period, table.groups[group]),
                (None if np.isnan(value) else float(value), sign[0], sign[1:]),
            )


async def _ways(
    door: Door, about: About, asks: list[Ask], period: str, codes: list[str]
) -> AsyncIterator[dict[Key, Shown]]:
    """Answers to the same question put otherwise."""
    ask = asks[0]
    fields = FIELDS % (about.members(ask.by), about.name)
    every = about.span(period, period)
    spans = [(every, "NONE"), (every, "LATEST")]
    if about.every.value != "MONTH":
        spans += [({**every, "every": "MONTH"}, fill) for fill in ("NONE", "LATEST")]
    for span, fill in spans:
        given: dict[str, Any] = {"periods": span, "by": ask.by, "fill": fill}
        for other in asks if fill == "NONE" and span is every else asks[:1]:
            answer = await door.ask(other.caller, LISTED % fields, where={"codes": codes}, **given)
            yield _read(about, ask.by, answer.rows)
        alone = await door.ask(ask.caller, ALONE % fields, code=codes[0], **given)
        area: dict[str, Any] = alone.data.get("area") or {"labourMarket": []}
        rows: list[dict[str, Any]] = area["labourMarket"] or []
        yield _read(about, ask.by, [{"area": area, **row} for row in rows])
    after: str | None = None
    more = True
    while more:
        given = {"periods": every, "by": ask.by, "fill": "NONE", "first": PAGE, "after": after}
        answer = await door.ask(ask.caller, LISTED % fields, where={"codes": codes}, **given)
        more, after = answer.page["pageInfo"]["hasNextPage"], answer.page["pageInfo"].get("endCursor")
        yield _read(about, ask.by, answer.rows)


def _read(about: About, by: tuple[str, ...], rows: list[dict[str, Any]]) -> dict[Key, Shown]:
    """Figures by place, their own period, and group. A row on which no figure ends says nothing."""
    found: dict[Key, Shown] = {}
    for row in rows:
        figure = row[about.name]
        if figure is not None and "z" not in figure["markers"]:
            key = row["area"]["code"], figure["period"]["code"], about.group(row, by)
            found[key] = figure["value"], figure["status"], tuple(figure["markers"])
    return found
