"""Places and rows: what a grid holds, row by row, as JSON."""

from collections.abc import Callable, Mapping
from functools import partial

from app.columnar.dimensions import group_builder, period_builder
from app.columnar.figures import figures_part
from app.columnar.pieces import AnswerContext, Unusual, word
from app.columnar.text import (
    HOLE,
    Part,
    Text,
    column_of,
    json_of,
    list_of,
    object_part,
    object_text,
    repeated,
    whole,
    written,
)
from reference.area import Area
from schema.collected import SelectedField, SelectionSet
from schema.rows import AnswerGrid
from schema.selection import Key

# One home for the words of all queries, so that they are kept once.
WORDS: Mapping[str, Callable[[Area], bytes]] = {
    "code": word(lambda area: area.code),
    "name": word(lambda area: area.name),
    "level": word(lambda area: area.level.value),
    "codes": lambda area: json_of(area.codes),
    "history": lambda area: json_of(area.history),
    "__typename": lambda _: b'"Area"',
}
AreaBuild = Callable[[AnswerContext, Area], Text]
RowsBuild = Callable[[AnswerContext, AnswerGrid], Part]


def area_builder(selection: SelectionSet, key: Key) -> AreaBuild:
    """A place."""
    if all(field.name in WORDS for field in selection.fields):
        template = written((field.key, b"%b") for field in selection.fields)
        words = [WORDS[field.name] for field in selection.fields]
        return lambda _, area: template % tuple([word(area) for word in words])
    fields: list[tuple[str, AreaBuild]] = []
    for field in selection.fields:
        inner = (*key, field.key)
        match field.name:
            case name if name in WORDS:
                fields.append((field.key, partial(_own, WORDS[name])))
            case "within":
                fields.append((field.key, _wider(field, inner)))
            case "areas":
                fields.append((field.key, _finer(field, inner)))
            case "labourMarket":
                fields.append((field.key, _rows_of(field.below, inner)))
            case _:
                raise Unusual(field.name)
    return lambda context, area: object_text((name, part(context, area)) for name, part in fields)


def _own(word: Callable[[Area], bytes], _: AnswerContext, area: Area) -> bytes:
    return word(area)


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
