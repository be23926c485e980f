"""Places and rows: what a grid holds, row by row, as JSON."""

from collections.abc import Callable, Mapping

import orjson

from app.columnar.dimensions import group_builder, period_builder
from app.columnar.figures import figures_part
from app.columnar.pieces import AnswerContext, Unusual, constant
from app.columnar.text import HOLE, Part, Text, column_of, list_of, object_part, object_text, repeated, whole
from reference.area import Area
from schema.collected import SelectedField, SelectionSet
from schema.rows import AnswerGrid
from schema.selection import Key

AREA: Mapping[str, Callable[[Area], str]] = {
    "code": lambda area: area.code,
    "name": lambda area: area.name,
    "level": lambda area: area.level.value,
}
AreaBuild = Callable[[AnswerContext, Area], Text]
RowsBuild = Callable[[AnswerContext, AnswerGrid], Part]


def area_builder(selection: SelectionSet, key: Key) -> AreaBuild:
    """A place. Where only its own words are asked for it is the same in every answer, and is kept."""
    fields: list[tuple[str, AreaBuild]] = []
    pure = True
    for field in selection.fields:
        inner = (*key, field.key)
        if field.name in AREA:
            fields.append((field.key, _text(AREA[field.name])))
            continue
        match field.name:
            case "__typename":
                fields.append((field.key, constant("Area")))
                continue
            case "within":
                fields.append((field.key, _wider(field, inner)))
            case "areas":
                fields.append((field.key, _finer(field, inner)))
            case "labourMarket":
                fields.append((field.key, _rows_of(field.below, inner)))
            case _:
                raise Unusual(field.name)
        pure = False

    def build(context: AnswerContext, area: Area) -> Text:
        return object_text((name, part(context, area)) for name, part in fields)

    return _kept(build) if pure else build


def _text(read: Callable[[Area], str]) -> AreaBuild:
    return lambda _, area: orjson.dumps(read(area))


def _kept(build: AreaBuild) -> AreaBuild:
    kept: dict[str, bytes] = {}

    def built(context: AnswerContext, area: Area) -> bytes:
        text = kept.get(area.code)
        if text is None:
            text = kept[area.code] = whole(build(context, area))
        return text

    return built


def _wider(field: SelectedField, key: Key) -> AreaBuild:
    build = area_builder(field.below, key)

    def wider(context: AnswerContext, area: Area) -> Text:
        code = area.parents.get(context.levels[key])
        return build(context, context.gazetteer[code]) if code else b"null"

    return wider


def _finer(field: SelectedField, key: Key) -> AreaBuild:
    build = area_builder(field.below, key)

    def finer(context: AnswerContext, area: Area) -> Text:
        texts = [build(context, inside) for inside in context.gazetteer.at(context.levels[key], area.code)]
        return list_of((HOLE, [column_of(texts)]), 0, len(texts), lazily=context.lazily)

    return finer


def _rows_of(selection: SelectionSet, key: Key) -> AreaBuild:
    build = rows_builder(selection, key)

    def rows(context: AnswerContext, area: Area) -> Text:
        grid = context.grids[key]
        # Made for all its places when the first of them is shown.
        made = context.once(key, lambda: build(context, grid))
        block = len(grid.demand.periods) * len(grid.groups)
        at = grid.area_at[area.code] * block
        return list_of(made, at, at + block, lazily=context.lazily)

    return rows


def rows_builder(selection: SelectionSet, key: Key) -> RowsBuild:
    """Every row of a grid."""
    parts = [(field.key, _part(field, key)) for field in selection.fields]

    return lambda context, grid: object_part((name, part(context, grid)) for name, part in parts)


def _part(field: SelectedField, key: Key) -> Callable[[AnswerContext, AnswerGrid], Part]:
    match field.name:
        case "__typename":
            return lambda _, __: (b'"LabourMarket"', [])
        case "area":
            build = area_builder(field.below, (*key, field.key))

            def areas(context: AnswerContext, grid: AnswerGrid) -> Part:
                texts = [whole(build(context, area)) for area in grid.areas]
                return HOLE, [repeated(texts, len(grid.demand.periods) * len(grid.groups))]

            return areas
        case "period":
            period = period_builder(field.below)

            def periods(_: AnswerContext, grid: AnswerGrid) -> Part:
                texts = repeated([period(p) for p in grid.demand.periods], len(grid.groups))
                return HOLE, [texts * len(grid.areas)]

            return periods
        case "group":
            group = group_builder(field.below)
            return lambda _, grid: (
                HOLE,
                [[group(g) for g in grid.groups] * (len(grid.demand.periods) * len(grid.areas))],
            )
        case name:
            return figures_part(name, field.below)
