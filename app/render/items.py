"""The items of each list of an answer, as indices into what columns hold: places, and rows of a grid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.columnar import AnswerContext
from reference.area import Area
from schema.collected import SelectedField, SelectionSet
from schema.rows import AnswerGrid
from schema.selection import Key

Indices = NDArray[np.int32]


@dataclass(frozen=True)
class Places:
    """Items that are places: item n is `areas[at[n]]`, or no place at all where that is -1."""

    areas: Sequence[Area]
    at: Indices


@dataclass(frozen=True)
class GridRows:
    """Items that are rows of a grid: item n is its row `at[n]`."""

    grid: AnswerGrid
    at: Indices

    @cached_property
    def _shape(self) -> tuple[int, int]:
        return len(self.grid.demand.periods), len(self.grid.groups)

    @property
    def area_at(self) -> Indices:
        """Of each item, the index of its place in the grid."""
        periods, groups = self._shape
        return self.at // (periods * groups)

    @property
    def period_at(self) -> Indices:
        """Of each item, the index of its period in the grid."""
        periods, groups = self._shape
        return self.at // groups % periods

    @property
    def group_at(self) -> Indices:
        """Of each item, the index of its group in the grid."""
        return self.at % self._shape[1]

    @property
    def places(self) -> Places:
        """The place of each item."""
        return Places(self.grid.areas, self.area_at)


Items = Places | GridRows


@dataclass(frozen=True)
class ItemList:
    """A list, or an object at the top, which is a list of one. `around`: of each item, the index of the item of the
    list around it in which it stands. `below`: what is selected of an item."""

    items: Items
    around: Indices
    below: SelectionSet

    @property
    def count(self) -> int:
        """How many items it has."""
        return len(self.items.at)


def lists_of(selection: SelectionSet, context: AnswerContext) -> Mapping[Key, ItemList]:
    """The lists that a selection makes, by their response keys, of the fields that columns complete."""
    found: dict[Key, ItemList] = {}
    for field in selection.fields:
        key = (field.key,)
        match field.name:
            case "area":
                _add(found, context, key, key, field.below, Places(context.areas[key], _all(1)), _all(1) * 0)
            case "areas":
                places = context.areas[key]
                _connection(found, context, field, Places(places, _all(len(places))))
            case "labourMarket":
                grid = context.grids[key]
                rows = np.arange(*grid.demand.window, dtype=np.int32)
                _connection(found, context, field, GridRows(grid, rows))
            case _:
                pass
    return found


def _all(count: int) -> Indices:
    return np.arange(count, dtype=np.int32)


def _connection(found: dict[Key, ItemList], context: AnswerContext, field: SelectedField, items: Items) -> None:
    # The connection itself is one item, without a column of its own.
    found[(field.key,)] = ItemList(Places((), _all(1) - 1), _all(1) * 0, field.below)
    around = np.zeros(len(items.at), np.int32)
    for part in field.below.fields:
        key = (field.key, part.key)
        if part.name == "nodes":
            _add(found, context, key, key, part.below, items, around)
        elif part.name == "edges":
            found[key] = ItemList(items, around, part.below)
            for inner in part.below.fields:
                if inner.name == "node":
                    _inside(found, context, (*key, inner.key), inner.below, items)


def _add(
    found: dict[Key, ItemList],
    context: AnswerContext,
    key: Key,
    inside: Key,
    below: SelectionSet,
    items: Items,
    around: Indices,
) -> None:
    found[key] = ItemList(items, around, below)
    _inside(found, context, inside, below, items)


def _inside(found: dict[Key, ItemList], context: AnswerContext, key: Key, below: SelectionSet, items: Items) -> None:
    """Adds the lists in the items of a list. `key`: response keys down to what is selected of one."""
    for field in below.fields:
        inner = (*key, field.key)
        if isinstance(items, GridRows):
            if field.name == "area":
                _inside(found, context, inner, field.below, items.places)
            continue
        match field.name:
            case "within":
                _inside(found, context, inner, field.below, wider(items, context, inner))
            case "areas":
                places, around = _finer(items, context, inner)
                _add(found, context, inner, inner, field.below, places, around)
            case "labourMarket":
                rows, around = _rows(items, context.grids[inner])
                _add(found, context, inner, inner, field.below, rows, around)
            case _:
                pass


def wider(items: Places, context: AnswerContext, key: Key) -> Places:
    """The place of a wider level that each item lies in."""
    level = context.levels[key]
    codes = [area.parents.get(level) for area in items.areas]
    wider = [context.gazetteer[code] for code in dict.fromkeys(codes) if code]
    index = {area.code: at for at, area in enumerate(wider)}
    of_area = np.array([*(index[code] if code else -1 for code in codes), -1], np.int32)
    return Places(wider, of_area[items.at])


def _finer(items: Places, context: AnswerContext, key: Key) -> tuple[Places, Indices]:
    level = context.levels[key]
    areas: list[Area] = []
    blocks: list[Indices] = []
    for area in items.areas:
        inside = context.gazetteer.at(level, area.code)
        blocks.append(np.arange(len(areas), len(areas) + len(inside), dtype=np.int32))
        areas += inside
    at, around = _spread(items, blocks)
    return Places(areas, at), around


def _rows(items: Places, grid: AnswerGrid) -> tuple[GridRows, Indices]:
    block = len(grid.demand.periods) * len(grid.groups)
    first = [grid.area_at.get(area.code, -1) * block for area in items.areas]
    blocks = [np.arange(at, at + block, dtype=np.int32) if at >= 0 else _all(0) for at in first]
    at, around = _spread(items, blocks)
    return GridRows(grid, at), around


def _spread(items: Places, blocks: Sequence[Indices]) -> tuple[Indices, Indices]:
    """What is in each item, one after the other, and of each of it the item."""
    sizes = np.array([*(len(block) for block in blocks), 0], np.int32)[items.at]
    chosen: list[Indices] = [blocks[at] for at in items.at.tolist() if at >= 0]
    at: Indices = np.concatenate(chosen) if chosen else _all(0)
    return at, np.repeat(_all(len(items.at)), sizes)
