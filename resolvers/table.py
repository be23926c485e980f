"""The columnar value that travels from a department to the answer."""

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from reference.facets import Facet
from reference.figure import STATUS_INDEX, Marker, ObservationStatus
from reference.period import Period

Shape = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Slice:
    """What is asked of one dataset: measures by areas, by periods of the measure's own kind, by groups.

    `groups` holds one tuple of member codes, in the order of `by`, for each group asked: `((),)` when `by`
    is empty, which asks for the publisher's total.
    """

    measures: tuple[str, ...]
    areas: tuple[str, ...]
    periods: tuple[Period, ...]
    by: tuple[Facet, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ((),)

    @property
    def shape(self) -> Shape:
        return (len(self.areas), len(self.periods), len(self.groups))


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


@dataclass(slots=True)
class Column:
    """One measure over a Slice: arrays of the Slice's shape (areas, periods, groups).

    `values`: NaN is null. `status`: index into reference.figure.STATUSES. `markers`: bits of Marker.
    `raw`: flat cell index -> the department's own text, where it wrote a symbol nobody has explained.
    """

    values: NDArray[np.float64]
    status: NDArray[np.uint8]
    markers: NDArray[np.uint16]
    evidence: Evidence | None = None
    raw: dict[int, str] = field(default_factory=dict[int, str])

    @classmethod
    def absent(cls, shape: Shape, marker: Marker) -> "Column":
        """No value anywhere, for the reason the marker gives: z cannot exist, c confidential, x otherwise."""
        status = {Marker.z: ObservationStatus.M, Marker.c: ObservationStatus.Q}.get(marker, ObservationStatus.O)
        return cls(
            np.full(shape, np.nan),
            np.full(shape, STATUS_INDEX[status], np.uint8),
            np.full(shape, int(marker), np.uint16),
        )


@dataclass(slots=True)
class Table:
    """A department's answer to one Slice, with where it came from.

    `source` is the exact request in one line, for provenance. `protected`: the department has already
    applied disclosure control to these figures.
    """

    slice: Slice
    columns: dict[str, Column]
    release: str | None
    source: str
    retrieved_at: datetime
    protected: bool = True
