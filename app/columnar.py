"""Columnar completion: whole columns become JSON without a resolver call for each cell.

A builder is compiled once for each selection and kept with its document. What it does not know (provenance, the
catalogue, introspection, argument errors) is left to ordinary execution; the two give the same bytes, which a
test over generated queries holds them to.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.area import Area, AreaLevel, Gazetteer
from reference.figure import STATUSES
from reference.period import Period
from resolvers.demand import Demand
from resolvers.stitch import Figures
from schema.rows import Grid, Group, markers
from schema.selection import Field, Key, Page, Selection

Column = Iterable[Any]
LETTERS: NDArray[np.object_] = np.array([status.value for status in STATUSES], object)
AREA: Mapping[str, Callable[[Area], Any]] = {
    "code": lambda area: area.code,
    "name": lambda area: area.name,
    "level": lambda area: area.level.value,
}
PERIOD: Mapping[str, Callable[[Period], Any]] = {
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
    """What one request has to show."""

    grids: Mapping[Key, Grid]
    pages: Mapping[Key, Page]
    areas: Mapping[Key, Sequence[Area]]
    levels: Mapping[Key, AreaLevel]
    gazetteer: Gazetteer
    made: dict[Key, list[dict[str, Any]]] = field(default_factory=dict[Key, list[dict[str, Any]]])


Build = Callable[[Scene], Any]


def compiled(selection: Selection) -> Build:
    """A builder of the data of a query's selection. Raises Unusual."""
    fields: list[tuple[str, Build]] = []
    for each in selection.fields:
        key = (each.key,)
        match each.name:
            case "__typename":
                fields.append((each.key, lambda _: "Query"))
            case "area":
                fields.append((each.key, _one_area(each.below, key)))
            case "areas":
                fields.append((each.key, _connection(each.below, key, _areas_of(each.below, key), "Area")))
            case "labourMarket":
                fields.append((each.key, _connection(each.below, key, _table_of(each.below, key), "LabourMarket")))
            case _:
                raise Unusual(each.name)
    return lambda scene: {key: build(scene) for key, build in fields}


def _one_area(selection: Selection, key: Key) -> Build:
    build = _area(selection, key)
    return lambda scene: build(scene, scene.areas[key][0])


AreaBuild = Callable[[Scene, Area], dict[str, Any]]


def _area(selection: Selection, key: Key) -> AreaBuild:
    fields: list[tuple[str, Callable[[Scene, Area], Any]]] = []
    for each in selection.fields:
        inner = (*key, each.key)
        if each.name in AREA:
            fields.append((each.key, _plain(AREA[each.name])))
        elif each.name == "__typename":
            fields.append((each.key, lambda _, __: "Area"))
        elif each.name == "within":
            fields.append((each.key, _wider(each, inner)))
        elif each.name == "areas":
            fields.append((each.key, _finer(each, inner)))
        elif each.name == "labourMarket":
            fields.append((each.key, _rows_of(each.below, inner)))
        else:
            raise Unusual(each.name)
    return lambda scene, area: {name: build(scene, area) for name, build in fields}


def _plain(read: Callable[[Area], Any]) -> Callable[[Scene, Area], Any]:
    return lambda _, area: read(area)


def _wider(told: Field, key: Key) -> Callable[[Scene, Area], Any]:
    build = _area(told.below, key)

    def wider(scene: Scene, area: Area) -> Any:
        code = area.parents.get(scene.levels[key])
        return build(scene, scene.gazetteer[code]) if code else None

    return wider


def _finer(told: Field, key: Key) -> Callable[[Scene, Area], Any]:
    build = _area(told.below, key)
    return lambda scene, area: [build(scene, each) for each in scene.gazetteer.at(scene.levels[key], area.code)]


def _rows_of(selection: Selection, key: Key) -> Callable[[Scene, Area], Any]:
    build = _rows(selection, key)

    def rows(scene: Scene, area: Area) -> list[dict[str, Any]]:
        grid = scene.grids[key]
        block = len(grid.demand.periods) * len(grid.groups)
        # Made for all its places when the first of them is shown.
        made = scene.made.get(key)
        if made is None:
            made = scene.made[key] = build(scene, grid)
        at = grid.area_at[area.code] * block
        return made[at : at + block]

    return rows


NodesOf = Callable[[str, Selection], Build]


def _connection(selection: Selection, key: Key, nodes: NodesOf, node: str) -> Build:
    fields: list[tuple[str, Build]] = []
    for each in selection.fields:
        match each.name:
            case "nodes":
                fields.append((each.key, nodes(each.key, each.below)))
            case "totalCount":
                fields.append((each.key, lambda scene: scene.pages[key].total))
            case "__typename":
                fields.append((each.key, lambda _: f"{node}Connection"))
            case _:
                # Edges and page information hold cursors, one made for each row: nothing to gain by columns.
                raise Unusual(each.name)
    return lambda scene: {name: build(scene) for name, build in fields}


def _areas_of(_: Selection, key: Key) -> NodesOf:
    def nodes(name: str, below: Selection) -> Build:
        build = _area(below, (*key, name))
        return lambda scene: [build(scene, area) for area in scene.areas[key]]

    return nodes


def _table_of(_: Selection, key: Key) -> NodesOf:
    def nodes(name: str, below: Selection) -> Build:
        build = _rows(below, key, (*key, name))

        def table(scene: Scene) -> list[dict[str, Any]]:
            grid = scene.grids[key]
            start, stop = grid.demand.window
            return build(scene, grid)[start:stop]

        return table

    return nodes


RowsBuild = Callable[[Scene, Grid], list[dict[str, Any]]]


def _rows(selection: Selection, key: Key, inside: Key | None = None) -> RowsBuild:
    """Every row of a grid as a dict, from columns."""
    producers = [_column(each, inside or key) for each in selection.fields]
    make = _constructor(tuple(each.key for each in selection.fields))

    def rows(scene: Scene, grid: Grid) -> list[dict[str, Any]]:
        areas, periods, groups = grid.demand.shape
        columns = [produce(scene, grid) for produce in producers]
        return make(areas * periods * groups, columns)

    return rows


def _column(told: Field, key: Key) -> Callable[[Scene, Grid], Column]:
    match told.name:
        case "__typename":
            return lambda _, __: repeat("LabourMarket")
        case "area":
            build = _area(told.below, (*key, told.key))

            def areas(scene: Scene, grid: Grid) -> Column:
                block = len(grid.demand.periods) * len(grid.groups)
                return [made for area in grid.areas for made in repeat(build(scene, area), block)]

            return areas
        case "period":
            made_period = _period(told.below)

            def periods(_: Scene, grid: Grid) -> Column:
                made = [made_period(period) for period in grid.demand.periods]
                return [each for each in made for _ in grid.groups] * len(grid.areas)

            return periods
        case "group":
            made_group = _group(told.below)
            return lambda _, grid: (
                [made_group(group) for group in grid.groups] * (len(grid.demand.periods) * len(grid.areas))
            )
        case name:
            return _figures(name, told.below)


def _period(selection: Selection) -> Callable[[Period], dict[str, Any]]:
    fields = [(each.key, PERIOD.get(each.name, lambda _: "Period")) for each in _known(selection, PERIOD)]
    return lambda period: {key: read(period) for key, read in fields}


def _group(selection: Selection) -> Callable[[Group], dict[str, Any]]:
    fields: list[tuple[str, Callable[[Group], Any]]] = []
    for each in _known(selection, FACETS.keys() | CLASSIFIED.keys()):
        if each.name in CLASSIFIED:
            fields.append((each.key, _classified(each, CLASSIFIED[each.name])))
        elif each.name == "__typename":
            fields.append((each.key, lambda _: "Group"))
        else:
            fields.append((each.key, lambda group, name=FACETS[each.name]: getattr(group, name)))
    return lambda group: {key: read(group) for key, read in fields}


def _classified(told: Field, name: str) -> Callable[[Group], Any]:
    typename = told.name[0].upper() + told.name[1:]
    wanted = [(each.key, each.name) for each in _known(told.below, {"code", "name"})]

    def read(group: Group) -> dict[str, Any] | None:
        member = getattr(group, name)
        if member is None:
            return None
        return {key: typename if part == "__typename" else getattr(member, part) for key, part in wanted}

    return read


def _known(selection: Selection, names: Iterable[str]) -> list[Field]:
    held = {*names, "__typename"}
    for each in selection.fields:
        if each.name not in held:
            raise Unusual(each.name)
    return list(selection.fields)


def _figures(measure: str, selection: Selection) -> Callable[[Scene, Grid], Column]:
    parts: list[Callable[[Figures, Demand], Column]] = []
    for each in selection.fields:
        match each.name:
            case "value":
                parts.append(lambda figures, _: _values(figures.column.values))
            case "status":
                parts.append(lambda figures, _: LETTERS[figures.column.status.ravel()].tolist())
            case "markers":
                parts.append(lambda figures, _: _markers(figures.column.markers))
            case "unit":
                parts.append(lambda figures, _: repeat(figures.measure.unit.value))
            case "period":
                parts.append(_periods_shown(_period(each.below)))
            case "__typename":
                parts.append(lambda _, __: repeat("Figure"))
            case _:
                raise Unusual(each.name)
    make = _constructor(tuple(each.key for each in selection.fields))

    def column(_: Scene, grid: Grid) -> Column:
        figures = grid.sheet.figures.get(measure)
        if figures is None:
            return repeat(None)
        return make(figures.column.values.size, [part(figures, grid.demand) for part in parts])

    return column


def _values(values: NDArray[np.float64]) -> Column:
    flat = values.ravel()
    if np.isnan(flat).any():
        return [None if value != value else value for value in flat.tolist()]
    return flat.tolist()


def _markers(bits: NDArray[np.uint16]) -> Column:
    if not bits.any():
        return repeat([])
    known = {each: [marker.name for marker in markers(each)] for each in np.unique(bits).tolist()}
    return [known[each] for each in bits.ravel().tolist()]


def _periods_shown(made: Callable[[Period], dict[str, Any]]) -> Callable[[Figures, Demand], Column]:
    def periods(figures: Figures, demand: Demand) -> Column:
        shown = [made(period) for period in figures.periods]
        return [each for each in shown for _ in demand.groups] * len(demand.areas)

    return periods


Make = Callable[[int, list[Column]], list[dict[str, Any]]]


@lru_cache(4096)
def _constructor(keys: tuple[str, ...]) -> Make:
    """Dicts with these keys from as many columns. Written out as one comprehension for the keys, which is twice
    as fast as dict(zip(keys, row)); keys are GraphQL names, and quoted."""
    names = [f"c{at}" for at in range(len(keys))]
    pairs = ", ".join(f"{key!r}: {name}" for key, name in zip(keys, names, strict=True))
    made: Callable[..., list[dict[str, Any]]] = eval(  # noqa: S307 - see above
        f"lambda size, columns: [{{{pairs}}} for {', '.join(names)}, _ in zip(*columns, range(size))]"
    )
    return made
