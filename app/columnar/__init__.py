"""Columnar completion: whole columns become JSON without a resolver call, or a Python object, for each cell.

A builder is compiled once for each field of a query's root and kept with its document. It writes each column as a
list of JSON fragments and fills a template of the row with them, in chunks where there are many rows. Fields of the
root that it does not know (the catalogue, introspection, the caller's own page, argument errors) are left to ordinary
execution, each for itself; the two give the same bytes, which a test over generated queries holds them to.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial

import orjson

from app.columnar.pieces import AnswerColumns, AnswerContext, Build, Unusual, constant, known
from app.columnar.rows import Area, area_builder, rows_builder
from app.columnar.text import HOLE, Part, Text, column_of, list_of, object_part, object_text, part_of
from schema.collected import SelectedField, SelectionSet
from schema.cursor import cursor
from schema.rows import AnswerGrid
from schema.selection import Key

__all__ = ["AnswerColumns", "AnswerContext", "Build", "builders"]
# A part of every item of a page, and the cursor of one of them.
Items = Callable[[AnswerContext], Part]
Cursor = Callable[[AnswerContext, int], str]


def builders(selection: SelectionSet) -> Mapping[str, Build]:
    """A builder of JSON for each field of a query's selection that columns can complete, by its response key."""
    known: dict[str, Build] = {}
    for field in selection.fields:
        with suppress(Unusual):
            known[field.key] = _builder(field)
    return known


def _builder(field: SelectedField) -> Build:
    """Raises Unusual."""
    key = (field.key,)
    match field.name:
        case "__typename":
            return constant("Query")
        case "area":
            return _one_area(field.below, key)
        case "areas":
            return _connection(field.below, key, _places, partial(_place, key), "Area")
        case "labourMarket":
            return _connection(field.below, key, _table, partial(_row, key), "LabourMarket")
        case _:
            raise Unusual(field.name)


def _one_area(selection: SelectionSet, key: Key) -> Build:
    build = area_builder(selection, key)
    return lambda context: build(context, context.areas[key][0])


def _connection(
    selection: SelectionSet, key: Key, items: Callable[[SelectionSet, Key, Key], Items], at: Cursor, node: str
) -> Build:
    """A page of places or rows. `at`: the cursor of an item of the page."""
    fields: list[tuple[str, Build]] = []
    for field in selection.fields:
        inside = (*key, field.key)
        match field.name:
            case "nodes":
                nodes = items(field.below, key, inside)
                fields.append((field.key, partial(_page, key, nodes)))
            case "edges":
                parts = [(part.key, _edge(part, key, inside, items, at, node)) for part in field.below.fields]
                fields.append((field.key, partial(_page, key, partial(_edges, parts))))
            case "totalCount":
                fields.append((field.key, lambda context: orjson.dumps(context.pages[key].total)))
            case "pageInfo":
                fields.append((field.key, _page_info(field.below, key, at)))
            case "__typename":
                fields.append((field.key, constant(f"{node}Connection")))
            case _:
                raise Unusual(field.name)
    return lambda context: object_text((name, build(context)) for name, build in fields)


def _edge(
    part: SelectedField, key: Key, inside: Key, items: Callable[[SelectionSet, Key, Key], Items], at: Cursor, node: str
) -> Items:
    """One field of every edge of a page."""
    match part.name:
        case "node":
            return items(part.below, key, (*inside, part.key))
        case "cursor":
            return lambda context: context.once(key, lambda: _cursors(context, key, at))
        case "__typename":
            return lambda _: (orjson.dumps(f"{node}Edge"), [])
        case _:
            raise Unusual(part.name)


def _edges(parts: list[tuple[str, Items]], context: AnswerContext) -> Part:
    return object_part((name, items(context)) for name, items in parts)


def _cursors(context: AnswerContext, key: Key, at: Cursor) -> Part:
    # A cursor holds nothing that JSON would escape.
    return HOLE, [[b'"%b"' % at(context, item).encode() for item in range(_count(context, key))]]


def _page(key: Key, items: Items, context: AnswerContext) -> Text:
    return list_of(items(context), 0, _count(context, key), lazily=context.lazily)


def _count(context: AnswerContext, key: Key) -> int:
    page = context.pages[key]
    return page.stop - page.start


def _page_info(selection: SelectionSet, key: Key, at: Cursor) -> Build:
    names = [
        (field.key, field.name)
        for field in known(selection, ("hasNextPage", "hasPreviousPage", "startCursor", "endCursor"))
    ]

    def info(context: AnswerContext) -> bytes:
        page, count = context.pages[key], _count(context, key)
        values = {
            "hasNextPage": page.stop < page.total,
            "hasPreviousPage": page.start > 0,
            "startCursor": at(context, 0) if count else None,
            "endCursor": at(context, count - 1) if count else None,
            "__typename": "PageInfo",
        }
        return orjson.dumps({name: values[field] for name, field in names})

    return info


def _places(selection: SelectionSet, key: Key, inside: Key) -> Items:
    build = area_builder(selection, inside)
    return lambda context: (HOLE, [column_of([build(context, area) for area in context.areas[key]])])


def _place(key: Key, context: AnswerContext, item: int) -> str:
    area: Area = context.areas[key][item]
    return cursor(area.code)


def _table(selection: SelectionSet, key: Key, inside: Key) -> Items:
    build = rows_builder(selection, inside)

    def table(context: AnswerContext) -> Part:
        grid = context.grids[key]
        return part_of(build(context, grid), *grid.demand.window)

    return table


def _row(key: Key, context: AnswerContext, item: int) -> str:
    grid: AnswerGrid = context.grids[key]
    return grid.cursor(grid.demand.window[0] + item)
