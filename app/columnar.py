"""Columnar completion: whole columns become JSON without a resolver call, or a Python object, for each cell.

A builder is compiled once for each selection and kept with its document. It writes each column as a list of JSON
fragments and fills a template of the row with them. What it does not know (provenance, cursors, the catalogue,
introspection, argument errors) is left to ordinary execution; the two give the same bytes, which a test over
generated queries holds them to.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from reference.area import Area, AreaLevel, Gazetteer
from reference.figure import STATUSES
from reference.period import Period
from resolvers.stitch import Figures
from schema.rows import Grid, Group, markers
from schema.selection import Field, Key, Page, Selection

LETTERS: NDArray[np.object_] = np.array([orjson.dumps(status.value) for status in STATUSES], object)
AREA: Mapping[str, Callable[[Area], str]] = {
    "code": lambda area: area.code,
    "name": lambda area: area.name,
    "level": lambda area: area.level.value,
}
PERIOD: Mapping[str, Callable[[Period], str]] = {
    "code": lambda period: period.code,
    "kind": lambda period: period.kind.value,
    "start": lambda period: period.start.isoformat(),
    "end": lambda period: period.end.isoformat(),
    "label": lambda period: period.label,
}
FACETS = {
    "sex": "sex",
    "ageBand": "age_band",
    "qualificationLevel": "qualification_level",
    "ethnicity": "ethnicity",
    "disability": "disability",
    "familyType": "family_type",
    "sizeBand": "size_band",
}
CLASSIFIED = {"industry": "industry", "occupation": "occupation", "subjectArea": "subject_area"}


class Unusual(Exception):
    """A selection that ordinary execution must complete."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What one request has to show. `made`: the rows of grids that are shown place by place."""

    grids: Mapping[Key, Grid]
    pages: Mapping[Key, Page]
    areas: Mapping[Key, Sequence[Area]]
    levels: Mapping[Key, AreaLevel]
    gazetteer: Gazetteer
    made: dict[Key, list[bytes]] = field(default_factory=dict[Key, list[bytes]])


Build = Callable[[Scene], bytes]
AreaBuild = Callable[[Scene, Area], bytes]
RowsBuild = Callable[[Scene, Grid], list[bytes]]
# A part of a row: its template, "%b" where a column goes, and the columns.
Part = tuple[bytes, list[list[bytes]]]


def compiled(selection: Selection) -> Build:
    """A builder of the data of a query's selection, as JSON. Raises Unusual."""
    fields: list[tuple[str, Build]] = []
    for each in selection.fields:
        key = (each.key,)
        match each.name:
            case "__typename":
                fields.append((each.key, _constant("Query")))
            case "area":
                fields.append((each.key, _one_area(each.below, key)))
            case "areas":
                fields.append((each.key, _connection(each.below, key, _places, "Area")))
            case "labourMarket":
                fields.append((each.key, _connection(each.below, key, _table, "LabourMarket")))
            case _:
                raise Unusual(each.name)
    return lambda scene: _object((key, build(scene)) for key, build in fields)


def _object(fields: Iterable[tuple[str, bytes]]) -> bytes:
    return b"{" + b",".join([b'"%b":%b' % (key.encode(), value) for key, value in fields]) + b"}"


def _list(items: Iterable[bytes]) -> bytes:
    return b"[" + b",".join(items) + b"]"


def _constant(value: object) -> Callable[..., bytes]:
    told = orjson.dumps(value)
    return lambda *_: told


def _one_area(selection: Selection, key: Key) -> Build:
    build = _area(selection, key)
    return lambda scene: build(scene, scene.areas[key][0])


def _area(selection: Selection, key: Key) -> AreaBuild:
    """A place. Where only its own words are asked for it is the same in every answer, and is kept."""
    fields: list[tuple[str, AreaBuild]] = []
    pure = True
    for each in selection.fields:
        inner = (*key, each.key)
        if each.name in AREA:
            fields.append((each.key, _told(AREA[each.name])))
            continue
        match each.name:
            case "__typename":
                fields.append((each.key, _constant("Area")))
                continue
            case "within":
                fields.append((each.key, _wider(each, inner)))
            case "areas":
                fields.append((each.key, _finer(each, inner)))
            case "labourMarket":
                fields.append((each.key, _rows_of(each.below, inner)))
            case _:
                raise Unusual(each.name)
        pure = False

    def build(scene: Scene, area: Area) -> bytes:
        return _object((name, told(scene, area)) for name, told in fields)

    return _kept(build) if pure else build


def _told(read: Callable[[Area], str]) -> AreaBuild:
    return lambda _, area: orjson.dumps(read(area))


def _kept(build: AreaBuild) -> AreaBuild:
    kept: dict[str, bytes] = {}

    def built(scene: Scene, area: Area) -> bytes:
        told = kept.get(area.code)
        if told is None:
            told = kept[area.code] = build(scene, area)
        return told

    return built


def _wider(each: Field, key: Key) -> AreaBuild:
    build = _area(each.below, key)

    def wider(scene: Scene, area: Area) -> bytes:
        code = area.parents.get(scene.levels[key])
        return build(scene, scene.gazetteer[code]) if code else b"null"

    return wider


def _finer(each: Field, key: Key) -> AreaBuild:
    build = _area(each.below, key)
    return lambda scene, area: _list([build(scene, a) for a in scene.gazetteer.at(scene.levels[key], area.code)])


def _rows_of(selection: Selection, key: Key) -> AreaBuild:
    build = _rows(selection, key)

    def rows(scene: Scene, area: Area) -> bytes:
        grid = scene.grids[key]
        # Made for all its places when the first of them is shown.
        made = scene.made.get(key)
        if made is None:
            made = scene.made[key] = build(scene, grid)
        block = len(grid.demand.periods) * len(grid.groups)
        at = grid.area_at[area.code] * block
        return _list(made[at : at + block])

    return rows


def _connection(selection: Selection, key: Key, nodes: Callable[[Selection, Key, Key], Build], node: str) -> Build:
    fields: list[tuple[str, Build]] = []
    for each in selection.fields:
        match each.name:
            case "nodes":
                fields.append((each.key, nodes(each.below, key, (*key, each.key))))
            case "totalCount":
                fields.append((each.key, lambda scene: orjson.dumps(scene.pages[key].total)))
            case "__typename":
                fields.append((each.key, _constant(f"{node}Connection")))
            case _:
                # Edges and page information hold cursors, one made for each row: nothing to gain by columns.
                raise Unusual(each.name)
    return lambda scene: _object((name, build(scene)) for name, build in fields)


def _places(selection: Selection, key: Key, inside: Key) -> Build:
    build = _area(selection, inside)
    return lambda scene: _list([build(scene, area) for area in scene.areas[key]])


def _table(selection: Selection, key: Key, inside: Key) -> Build:
    build = _rows(selection, inside)

    def table(scene: Scene) -> bytes:
        grid = scene.grids[key]
        start, stop = grid.demand.window
        return _list(build(scene, grid)[start:stop])

    return table


def _rows(selection: Selection, key: Key) -> RowsBuild:
    """Every row of a grid."""
    parts = [(each.key, _part(each, key)) for each in selection.fields]

    def rows(scene: Scene, grid: Grid) -> list[bytes]:
        areas, periods, groups = grid.demand.shape
        made = [(name, part(scene, grid)) for name, part in parts]
        template = _object((name, told) for name, (told, _) in made)
        columns = [column for _, (_, several) in made for column in several]
        if not columns:
            return [template] * (areas * periods * groups)
        return [template % row for row in zip(*columns, strict=True)]

    return rows


def _part(each: Field, key: Key) -> Callable[[Scene, Grid], Part]:
    match each.name:
        case "__typename":
            return lambda _, __: (b'"LabourMarket"', [])
        case "area":
            build = _area(each.below, (*key, each.key))

            def areas(scene: Scene, grid: Grid) -> Part:
                block = len(grid.demand.periods) * len(grid.groups)
                return b"%b", [[told for area in grid.areas for told in [build(scene, area)] * block]]

            return areas
        case "period":
            period = _period(each.below)

            def periods(_: Scene, grid: Grid) -> Part:
                told = [made for p in grid.demand.periods for made in [period(p)] * len(grid.groups)]
                return b"%b", [told * len(grid.areas)]

            return periods
        case "group":
            group = _group(each.below)
            return lambda _, grid: (
                b"%b",
                [[group(g) for g in grid.groups] * (len(grid.demand.periods) * len(grid.areas))],
            )
        case name:
            return _figures(name, each.below)


def _period(selection: Selection) -> Callable[[Period], bytes]:
    fields: list[tuple[str, Callable[[Period], bytes]]] = []
    for each in _known(selection, PERIOD):
        read = PERIOD.get(each.name, lambda _: "Period")
        fields.append((each.key, lambda period, read=read: orjson.dumps(read(period))))
    kept: dict[tuple[int, str], bytes] = {}

    def built(period: Period) -> bytes:
        key = (period.last, period.kind)
        told = kept.get(key)
        if told is None:
            told = kept[key] = _object((name, read(period)) for name, read in fields)
        return told

    return built


def _group(selection: Selection) -> Callable[[Group], bytes]:
    fields: list[tuple[str, Callable[[Group], bytes]]] = []
    for each in _known(selection, FACETS.keys() | CLASSIFIED.keys()):
        if each.name in CLASSIFIED:
            fields.append((each.key, _classified(each, CLASSIFIED[each.name])))
        elif each.name == "__typename":
            fields.append((each.key, _constant("Group")))
        else:
            fields.append((each.key, lambda group, name=FACETS[each.name]: orjson.dumps(getattr(group, name))))
    return lambda group: _object((key, told(group)) for key, told in fields)


def _classified(each: Field, name: str) -> Callable[[Group], bytes]:
    typename = each.name[0].upper() + each.name[1:]
    wanted = [(part.key, part.name) for part in _known(each.below, {"code", "name"})]

    def told(group: Group) -> bytes:
        member: Any = getattr(group, name)
        if member is None:
            return b"null"
        return orjson.dumps({key: typename if part == "__typename" else getattr(member, part) for key, part in wanted})

    return told


def _known(selection: Selection, names: Iterable[str]) -> tuple[Field, ...]:
    held = {*names, "__typename"}
    for each in selection.fields:
        if each.name not in held:
            raise Unusual(each.name)
    return selection.fields


def _figures(measure: str, selection: Selection) -> Callable[[Scene, Grid], Part]:
    parts: list[tuple[str, Callable[[Figures, Grid], Part]]] = []
    for each in selection.fields:
        match each.name:
            case "value":
                parts.append((each.key, lambda figures, _: (b"%b", [_values(figures.column.values)])))
            case "status":
                parts.append((each.key, lambda figures, _: _coded(figures.column.status, LETTERS)))
            case "markers":
                parts.append((each.key, lambda figures, _: _marked(figures.column.markers)))
            case "unit":
                parts.append((each.key, lambda figures, _: (orjson.dumps(figures.measure.unit.value), [])))
            case "period":
                parts.append((each.key, _periods_shown(_period(each.below))))
            case "__typename":
                parts.append((each.key, lambda _, __: (b'"Figure"', [])))
            case _:
                raise Unusual(each.name)

    def told(_: Scene, grid: Grid) -> Part:
        figures = grid.sheet.figures.get(measure)
        if figures is None:
            return b"null", []
        made = [(name, part(figures, grid)) for name, part in parts]
        template = _object((name, inside) for name, (inside, _) in made)
        return template, [column for _, (_, several) in made for column in several]

    return told


def _values(values: NDArray[np.float64]) -> list[bytes]:
    if not values.size:
        return []
    flat = np.ascontiguousarray(values).ravel()
    return orjson.dumps(flat, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",")


def _coded(codes: NDArray[np.uint8], words: NDArray[np.object_]) -> Part:
    """A column of few different words; none at all where one word stands for every row."""
    if codes.size and (codes == codes.flat[0]).all():
        return words[codes.flat[0]], []
    return b"%b", [words[codes.ravel()].tolist()]


def _marked(bits: NDArray[np.uint16]) -> Part:
    if not bits.any():
        return b"[]", []
    known = {each: orjson.dumps([marker.name for marker in markers(each)]) for each in np.unique(bits).tolist()}
    return b"%b", [[known[each] for each in bits.ravel().tolist()]]


def _periods_shown(period: Callable[[Period], bytes]) -> Callable[[Figures, Grid], Part]:
    def periods(figures: Figures, grid: Grid) -> Part:
        shown = [made for p in figures.periods for made in [period(p)] * len(grid.groups)]
        return b"%b", [shown * len(grid.areas)]

    return periods
