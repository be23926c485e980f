"""One measure over a grid of places, periods and groups, as arrays: what disclosure control works on."""

from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reference.figure import STATUS_INDEX, Marker, ObservationStatus

Shape = tuple[int, int, int]


@dataclass(slots=True)
class Evidence:
    """What disclosure control needs besides the value, for each cell. It never leaves the Trust.

    `n`: people, jobs or businesses that the figure describes; `contributors`: organisations behind it;
    `top1`, `top2`: the largest two contributions. NaN where the department gave none.
    """

    n: NDArray[np.float64]
    contributors: NDArray[np.float64]
    top1: NDArray[np.float64]
    top2: NDArray[np.float64]


# The kinds of evidence, in their order.
EVIDENCE = tuple(kind.name for kind in fields(Evidence))


class Pattern(NamedTuple):
    """Which cells of a release its owner hides in every answer, so that no hidden one can be worked out. `name`: the
    SHA-256 of all of it; `hidden`: those among these figures, where the figures are here nevertheless."""

    name: str
    hidden: NDArray[np.bool_] | None = None


@dataclass(slots=True)
class Column:
    """One measure: arrays of one shape (areas, periods, groups).

    `values`: NaN is null. `status`: index into reference.figure.STATUSES. `markers`: bits of Marker.
    `notes`: flat cell index -> a sentence about that cell alone, which its provenance shows. `partial`: indices of
    the periods whose figures are of a part of the period only, as of a year so far: never to be carried forward.
    `pattern`: the owner's, where there is one.
    """

    values: NDArray[np.float64]
    status: NDArray[np.uint8]
    markers: NDArray[np.uint16]
    evidence: Evidence | None = None
    notes: dict[int, str] = field(default_factory=dict[int, str])
    partial: frozenset[int] = frozenset()
    pattern: Pattern | None = None

    @property
    def as_usual(self) -> bool:
        """Whether it is known without a look that every figure has the usual status and no marker."""
        status, markers = usual(self.values.shape)
        return self.status is status and self.markers is markers

    @classmethod
    def absent(cls, shape: Shape, marker: Marker) -> "Column":
        """No value anywhere, for the reason the marker gives: z cannot exist, c confidential, x otherwise."""
        status = {Marker.z: ObservationStatus.M, Marker.c: ObservationStatus.Q}.get(marker, ObservationStatus.O)
        return cls(
            np.full(shape, np.nan),
            np.full(shape, STATUS_INDEX[status], np.uint8),
            np.full(shape, int(marker), np.uint16),
        )


@lru_cache(256)
def usual(shape: Shape) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    """Statuses and markers where every figure is as usual: one cell, seen from every place, that cannot be written."""
    status = STATUS_INDEX[ObservationStatus.A]
    return np.broadcast_to(np.uint8(status), shape), np.broadcast_to(np.uint16(0), shape)


# The note of a cell in which a department wrote something that is neither a number nor a symbol we know. What it wrote
# is not told: it may be a figure that is protected.
UNEXPLAINED = "The department wrote something that is neither a number nor a known symbol: shown as not available"
