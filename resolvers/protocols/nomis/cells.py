"""Rows of an answer put into an array over areas, times and codes, and from there into the columns asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from reference.column import Column
from reference.figure import Marker
from resolvers.errors import DepartmentMisanswered
from resolvers.protocols.nomis.figures import read_figures
from resolvers.protocols.nomis.page import PLACE, TIME, NomisPage
from resolvers.protocols.nomis.request import NomisRequest
from resolvers.table import Slice

Ints = NDArray[np.intp]


@dataclass(slots=True)
class NomisCells:
    """Figures over all that a request asks for: flat arrays over (areas, times, code of each concept).

    What no row answers is NaN, status O, marker x. `surplus` describes a row that was not asked for, if one came.
    `unsure`: a page did not say whether it is whole. `words`: the publisher's, that nobody has explained.
    """

    request: NomisRequest
    department: str
    shape: tuple[int, ...] = field(init=False)
    values: NDArray[np.float64] = field(init=False)
    status: NDArray[np.uint8] = field(init=False)
    markers: NDArray[np.uint16] = field(init=False)
    answered: NDArray[np.bool_] = field(init=False)
    surplus: str | None = None
    unsure: bool = False
    notes: dict[int, str] = field(default_factory=dict[int, str])
    words: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        request = self.request
        self.shape = (len(request.areas), len(request.times), *(len(codes) for codes in request.codes.values()))
        absent = Column.absent((1, 1, int(np.prod(self.shape))), Marker.x)
        self.values, self.status, self.markers = absent.values.ravel(), absent.status.ravel(), absent.markers.ravel()
        self.answered = np.zeros(self.values.shape, bool)

    def put(self, page: NomisPage, part: NomisRequest) -> None:
        """Put the rows of a page, from asking for one part of the request, in their cells. Raises
        DepartmentMisanswered for a row that does not say what it is, for a second row of one cell, and for a value
        that is no number."""
        self.unsure |= page.more is None
        if not page.rows:
            return
        positions = self._positions(page, part)
        rows = np.flatnonzero(positions >= 0)
        cells = positions[rows]
        if self.answered[cells].any() or len(np.unique(cells)) != len(cells):
            name = self.request.reading.dataset.id
            raise DepartmentMisanswered(
                self.department, f"{name}: two figures for one cell, as when a dimension is not pinned"
            )
        figures = read_figures(page, rows, self.request.reading.texts, self.department)
        self.answered[cells] = True
        self.values[cells], self.status[cells], self.markers[cells] = figures.values, figures.status, figures.markers
        self.notes.update({int(cells[row]): note for row, note in figures.notes.items()})
        self.words |= figures.words

    def check(self) -> None:
        """Whether the answer is whole. A row too many is passed over, but one in place of a row that was asked for is
        not. Raises DepartmentMisanswered."""
        if self.answered.all():
            return
        if self.surplus:
            raise DepartmentMisanswered(self.department, f"{self.surplus}, while one that was asked for has no row")
        if self.unsure:
            raise DepartmentMisanswered(
                self.department, "rows are missing, and the answer does not say that it is whole"
            )

    def _positions(self, page: NomisPage, part: NomisRequest) -> Ints:
        """Flat cell of each row, -1 for what was not asked for. A place that comes because its type of geography
        was asked for, or that was asked for beside the others, is no surplus."""
        request = self.request
        axes = [(PLACE, request.areas), (TIME, request.times)]
        axes += [((concept,), codes) for concept, codes in request.codes.items()]
        cells, strange = np.zeros(page.rows, np.intp), np.zeros(page.rows, bool)
        for size, (names, codes) in zip(self.shape, axes, strict=True):
            column = page.column(*names)
            if column is None:
                raise DepartmentMisanswered(self.department, f"rows that do not say their {names[0]}")
            positions = _index(column, codes)
            if (beyond := positions < 0).any():
                strange |= beyond
                if names is not PLACE or not part.brings_other_places:
                    self.surplus = f"{names[0]} {column[int(np.argmax(beyond))]!r:.40} was not asked for"
            cells = cells * size + positions
        return np.where(strange, -1, cells)

    def column(self, wanted: Slice, measure: str) -> Column:
        """One measure over a Slice's grid."""
        reading = self.request.reading
        area_at = {code: at for at, code in enumerate(self.request.areas)}
        time_at = {code: at for at, code in enumerate(self.request.times)}
        code_at = {concept: {c: at for at, c in enumerate(codes)} for concept, codes in self.request.codes.items()}
        groups: list[int] = []
        for group in wanted.groups:
            picked = reading.cell(measure, wanted.by, group)
            at = 0
            for size, (concept, positions) in zip(self.shape[2:], code_at.items(), strict=True):
                at = at * size + positions[picked[concept]]
            groups.append(at)
        per_time = int(np.prod(self.shape[2:]))
        areas = np.array([area_at[code] for code in wanted.areas], np.intp)[:, None, None]
        times = np.array([time_at[reading.written(period)] for period in wanted.periods], np.intp)[None, :, None]
        cells = (areas * self.shape[1] + times) * per_time + np.array(groups, np.intp)[None, None, :]
        notes: dict[int, str] = {}
        if self.notes:
            flat = cells.ravel()
            for at in np.flatnonzero(np.isin(flat, list(self.notes))):
                notes[int(at)] = self.notes[int(flat[at])]
        return Column(self.values[cells], self.status[cells], self.markers[cells], notes=notes)


def _index(column: Sequence[str], codes: Sequence[str]) -> Ints:
    """The position of each text of a column among the codes, -1 for none of them."""
    if len(codes) == 1 and set(column) == set(codes):
        return np.zeros(len(column), np.intp)
    at = {code: position for position, code in enumerate(codes)}
    return np.fromiter(map(at.get, column, repeat(-1)), np.intp, len(column))
