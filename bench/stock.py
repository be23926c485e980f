"""Completion by columns against stock Strawberry: the same schema, the same stitched figures, in one process."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import numpy as np
import orjson
from graphql import parse as parse_query

from app.columnar import AnswerContext, builders
from app.columnar.text import object_text, plain_json, whole
from policies.caller import PUBLIC
from reference.area import AreaLevel, gazetteer
from reference.column import Column
from reference.figure import Marker
from reference.period import parse
from resolvers.market_selection import Fill, MarketSelection
from resolvers.stitch import Figures, Origin, Sheet, Shown
from schema.build import schema
from schema.collected import collected
from schema.context import Context
from schema.measures import MEASURES
from schema.rows import AnswerGrid
from schema.selection import PageWindow

NAMES = ("claimantCount", "payrolledEmployees", "searchingForWork", "onlineJobAdverts")
# The shapes of Q1 to Q4: how many places and measures, for twelve months.
SHAPES = {"Q1": (1, 1), "Q2": (1, 4), "Q3": (50, 4), "Q4": (360, 2)}
# Seconds that each way of completing one question is repeated for.
LONG = 0.4


def _query(measures: int) -> str:
    fields = " ".join(f"{name} {{ value status }}" for name in NAMES[:measures])
    return f"""{{ labourMarket(areas: {{level: LA}}, periods: {{from: "2023-01", to: "2023-12"}}) {{
  nodes {{ area {{ code name }} period {{ code }} {fields} }} }} }}"""


def _sheet(places: int, measures: int) -> Sheet:
    areas = tuple(area.code for area in gazetteer().at(AreaLevel.LA))[:places]
    periods = tuple(parse(f"2023-{month:02d}") for month in range(1, 13))
    names, rows = NAMES[:measures], places * 12
    demand = MarketSelection(
        ("labourMarket",), areas, areas, periods, (), ((),), Fill.NONE, (0, rows), dict.fromkeys(names, ())
    )
    sheet = Sheet(demand)
    for name in names:
        column = Column.absent(demand.shape, Marker.x)
        column.values[:] = np.arange(rows).reshape(demand.shape)
        column.markers[:] = 0
        column.status[:] = 0
        origin = partial(Origin, (), None, (), datetime.now(UTC), (), ())
        sheet.figures[name] = Figures(MEASURES[name], column, partial(Shown.of_rows, demand), origin)
    return sheet


@dataclass(frozen=True)
class Completion:
    """CPU milliseconds of making an answer from figures that are already there, by stock Strawberry and by columns."""

    stock: float
    columns: float


def completions(only: frozenset[str]) -> dict[str, Completion]:
    """For each question. Raises RuntimeError where the two ways do not give the same bytes."""
    return {name: _completion(name, *shape) for name, shape in SHAPES.items() if not only or name in only}


def _completion(name: str, areas: int, measures: int) -> Completion:
    places, sheet, rows = gazetteer(), _sheet(areas, measures), areas * 12
    query, pages = _query(measures), {("labourMarket",): PageWindow(rows, 0, rows)}
    operation = parse_query(query).definitions[0]
    fields = builders(collected(operation, {}, None))  # pyright: ignore[reportArgumentType]

    def columns() -> bytes:
        grids = {("labourMarket",): AnswerGrid(sheet, places)}
        context = AnswerContext(grids, pages, {}, {}, places, {}, lazily=False)
        return whole(object_text((key, build(context)) for key, build in fields.items()))

    async def once() -> bytes:
        grids = {("labourMarket",): AnswerGrid(sheet, places)}
        books = dict.fromkeys(("catalogue", "extents", "rules", "book", "kept", "acts", "samples", "refused"))
        context = Context(
            caller=PUBLIC, purpose=None, now=datetime.now(UTC), gazetteer=places, agreements={}, grids=grids,
            pages=pages, errors={}, **books,  # pyright: ignore
        )  # fmt: skip
        result = await schema().execute(query, context_value=context)
        return orjson.dumps(result.data)

    with asyncio.Runner() as runner:
        # Whole numbers have no fraction in ours.
        if columns() != plain_json(orjson.loads(runner.run(once()))):
            raise RuntimeError(f"{name}: completion by columns and stock Strawberry differ")
        return Completion(_milliseconds(lambda: runner.run(once())), _milliseconds(columns))


def _milliseconds(work: Callable[[], object]) -> float:
    """CPU of doing it once, over as many times as there is time for."""
    started, times = time.process_time(), 0
    while time.process_time() - started < LONG or not times:
        work()
        times += 1
    return (time.process_time() - started) / times * 1000
