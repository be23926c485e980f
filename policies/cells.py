"""Combinations of classes of requests, one class along each axis of the domain; and how many are told as few."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, TypeVar

from policies.domain import Axis, Domain

T = TypeVar("T", bound=Hashable)
# Along each axis of the domain, the values of a class, or of several.
Cell = tuple[frozenset[Any], ...]
ROLE_AXIS, LEVEL_AXIS = Domain._fields.index("roles"), Domain._fields.index("levels")


def cells(axes: Domain, mask: int, differing: int) -> list[tuple[int, Cell]]:
    """Every combination of one class of each axis that lies in a box which only one of the books has, by its mask."""
    found: list[tuple[int, Cell]] = [(mask, ())]
    for axis in axes:
        classes: Axis[Hashable] = axis
        found = [
            (before & mask, (*cell, values))
            for before, cell in found
            for mask, values in classes.items()
            if before & mask & differing
        ]
    return found


def joined_cells(found: Iterable[Cell]) -> Iterable[Cell]:
    """The same requests in few cells: joined along one axis after another. Of several roles, and of several levels,
    those are left out of which fewer are told already."""
    for at in (ROLE_AXIS, LEVEL_AXIS):
        fewest = [(cell, _fewest(cell[at])) for cell in _along(at, found)]
        found = [(*cell[:at], frozenset((one,)), *cell[at + 1 :]) for cell, sets in fewest for one in sets]
    for at in reversed(range(len(Domain._fields))):
        found = _along(at, found)
    return found


def _along(at: int, cells: Iterable[Cell]) -> list[Cell]:
    """The cells, those joined that are the same along every other axis."""
    others: dict[Cell, set[Any]] = {}
    for cell in cells:
        others.setdefault((*cell[:at], *cell[at + 1 :]), set()).update(cell[at])
    return [(*other[:at], frozenset(values), *other[at:]) for other, values in others.items()]


def _fewest(sets: Iterable[frozenset[T]]) -> list[frozenset[T]]:
    """The sets that hold no other."""
    kept: list[frozenset[T]] = []
    for one in sorted(sets, key=len):
        if not any(fewer <= one for fewer in kept):
            kept.append(one)
    return kept


def ordered(sets: Iterable[Iterable[T]], order: Sequence[T]) -> tuple[tuple[T, ...], ...]:
    """Sets in an order: smaller ones first, and their members as a list has them."""
    listed = [tuple(sorted(one, key=order.index)) for one in sets]
    return tuple(sorted(listed, key=lambda one: (len(one), [order.index(value) for value in one])))
