"""Which hidden cells the relations alone tell, whatever the figures: exact elimination in whole numbers."""

from math import gcd

import numpy as np

from departments.protect.family import Cells
from departments.protect.relations import Relations

Row = dict[int, int]


def told(hidden: Cells, relations: Relations) -> list[int]:
    """Cells that are a sum and difference of published ones. `hidden`: over all cells of the relations."""
    rows = [
        {int(cell): (-1 if at == 0 else 1) for at, cell in enumerate(cells) if hidden[cell]} for cells in relations.each
    ]
    echelon: dict[int, Row] = {}
    # The shortest first: what they tell makes the others shorter.
    for row in sorted(filter(None, rows), key=len):
        reduced = _reduced(row, echelon)
        if reduced:
            echelon[_rarest(reduced, echelon)] = reduced
    # From the last pivot back, each row is freed of the pivots of those that came after it.
    settled: dict[int, Row] = {}
    for pivot, row in reversed(echelon.items()):
        settled[pivot] = _reduced(row, settled, keep=pivot)
    return sorted(pivot for pivot, row in settled.items() if len(row) == 1)


def _reduced(row: Row, echelon: dict[int, Row], keep: int = -1) -> Row:
    """A row without the pivots of others."""
    row = dict(row)
    while pivots := [cell for cell in row if cell in echelon and cell != keep]:
        for pivot in pivots:
            if pivot in row:
                row = _without(row, echelon[pivot], pivot)
    return row


def _without(row: Row, other: Row, pivot: int) -> Row:
    """A combination of two rows in which a cell does not occur, in the smallest whole numbers."""
    mine, its = row[pivot], other[pivot]
    common = gcd(mine, its)
    times, less = its // common, mine // common
    mixed = {cell: weight * times for cell, weight in row.items()}
    for cell, weight in other.items():
        left = mixed.get(cell, 0) - weight * less
        if left:
            mixed[cell] = left
        else:
            mixed.pop(cell, None)
    divisor = gcd(*mixed.values()) if mixed else 1
    return {cell: weight // divisor for cell, weight in mixed.items()} if divisor > 1 else mixed


def _rarest(row: Row, echelon: dict[int, Row]) -> int:
    """A cell to solve a row for."""
    return max(row)


def alone(hidden: Cells, relations: Relations) -> list[int]:
    """Cells that are the only hidden one of a relation, or become so when others are worked out."""
    hidden, found = hidden.copy(), list[int]()
    while last := {int(one[0]) for cells in relations.each if len(one := cells[hidden[cells]]) == 1}:
        found += last
        hidden[np.array(sorted(last))] = False
    return found
