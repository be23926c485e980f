"""Rows of an answer laid into an array over areas, times and codes, and from there into the columns asked for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import repeat
from math import isfinite, nan

import numpy as np
from numpy.typing import NDArray

from reference.column import Column, unexplained
from reference.figure import STATUS_INDEX, Marker, ObservationStatus
from resolvers.errors import DepartmentMisanswered
from resolvers.protocols.nomis.page import PLACE, TIME, Page
from resolvers.protocols.nomis.request import Request
from resolvers.table import Slice

Ints = NDArray[np.intp]
_UNRELIABLE = re.compile(r"reliab|robust|sample", re.IGNORECASE)
_NOT_THERE = re.compile(r"not available|unavailable|missing|not published|not collected", re.IGNORECASE)
# What a status with a figure says of it, in markers; a status without a figure, below.
_SAYS = {"B": Marker.b, "E": Marker.e, "F": Marker.f, "P": Marker.p, "U": Marker.u}
_SAYS_WHY_NOT = {"M": Marker.z, "L": Marker.x, "O": Marker.x}
_FREE = ("", "F")
_A, _Q, _O = (STATUS_INDEX[each] for each in (ObservationStatus.A, ObservationStatus.Q, ObservationStatus.O))


@dataclass(slots=True)
class Cells:
    """Figures over all that a request asks for: flat arrays over (areas, times, code of each concept).
    What no row tells is NaN, status O, marker x. `surplus` describes a row that was not asked for, if one came."""

    request: Request
    shape: tuple[int, ...] = field(init=False)
    values: NDArray[np.float64] = field(init=False)
    status: NDArray[np.uint8] = field(init=False)
    markers: NDArray[np.uint16] = field(init=False)
    told: NDArray[np.bool_] = field(init=False)
    surplus: str | None = None
    notes: dict[int, str] = field(default_factory=dict[int, str])

    def __post_init__(self) -> None:
        asked = self.request
        self.shape = (len(asked.areas), len(asked.times), *(len(codes) for codes in asked.codes.values()))
        absent = Column.absent((1, 1, int(np.prod(self.shape))), Marker.x)
        self.values, self.status, self.markers = absent.values.ravel(), absent.status.ravel(), absent.markers.ravel()
        self.told = np.zeros(self.values.shape, bool)

    def lay(self, page: Page, part: Request, department: str) -> None:
        """Put the rows of a page, from asking for one part of the request, in their cells. Raises
        DepartmentMisanswered for a row that does not say what it is, and for a second row of one cell."""
        if not page.rows:
            return
        figures = _Figures(page)
        at = self._positions(page, part, department)
        wanted = at >= 0
        if not wanted.all():
            at = at[wanted]
            figures = figures.only(np.flatnonzero(wanted))
        if self.told[at].any() or len(np.unique(at)) != len(at):
            raise DepartmentMisanswered(
                department,
                f"{self.request.reading.dataset.id}: two figures for one cell, as when a dimension is not pinned",
            )
        self.told[at] = True
        self.values[at], self.status[at], self.markers[at] = figures.values, figures.status, figures.markers
        self.notes.update({int(at[row]): text for row, text in figures.notes.items()})

    def check(self, department: str) -> None:
        """A row too many is passed over, but one in place of a row that was asked for is not. Raises
        DepartmentMisanswered."""
        if self.surplus and not self.told.all():
            raise DepartmentMisanswered(department, f"{self.surplus}, while one that was asked for has no row")

    def _positions(self, page: Page, part: Request, department: str) -> Ints:
        """Flat cell of each row, -1 for what was not asked for. A place that comes because its type of geography
        was asked for is no surplus."""
        asked = self.request
        axes = [(PLACE, asked.areas), (TIME, asked.times)]
        axes += [((concept, f"{concept}_code"), codes) for concept, codes in asked.codes.items()]
        at, strange = np.zeros(page.rows, np.intp), np.zeros(page.rows, bool)
        for size, (names, codes) in zip(self.shape, axes, strict=True):
            column, where = _find(page, names, codes, department)
            if (beyond := where < 0).any():
                strange |= beyond
                if names is not PLACE or not part.by_type:
                    self.surplus = f"{names[0]} {column[int(np.argmax(beyond))]!r} was not asked for"
            at = at * size + where
        return np.where(strange, -1, at)

    def column(self, asked: Slice, measure: str) -> Column:
        """One measure over a Slice's grid."""
        reading = self.request.reading
        area_at = {code: at for at, code in enumerate(self.request.areas)}
        time_at = {code: at for at, code in enumerate(self.request.times)}
        code_at = {concept: {c: at for at, c in enumerate(codes)} for concept, codes in self.request.codes.items()}
        groups: list[int] = []
        for group in asked.groups:
            picked = reading.cell(measure, asked.by, group)
            at = 0
            for size, (concept, positions) in zip(self.shape[2:], code_at.items(), strict=True):
                at = at * size + positions[picked[concept]]
            groups.append(at)
        per_time = int(np.prod(self.shape[2:]))
        areas = np.array([area_at[code] for code in asked.areas], np.intp)[:, None, None]
        times = np.array([time_at[reading.written(period)] for period in asked.periods], np.intp)[None, :, None]
        cells = (areas * self.shape[1] + times) * per_time + np.array(groups, np.intp)[None, None, :]
        notes: dict[int, str] = {}
        if self.notes:
            flat = cells.ravel()
            for at in np.flatnonzero(np.isin(flat, list(self.notes))):
                notes[int(at)] = self.notes[int(flat[at])]
        return Column(self.values[cells], self.status[cells], self.markers[cells], notes=notes)


def _find(page: Page, names: Sequence[str], codes: Sequence[str], department: str) -> tuple[Sequence[str], Ints]:
    """The column of the names in which most codes are found, and the position of each of its texts among the
    codes, -1 for none of them. Raises DepartmentMisanswered where there is no such column."""
    present = [page.columns[name] for name in names if name in page.columns]
    if not present:
        raise DepartmentMisanswered(department, f"rows that do not say their {names[0]}")
    found = [(column, _index(column, codes)) for column in present]
    return max(found, key=lambda each: int((each[1] >= 0).sum()))


def _index(column: Sequence[str], codes: Sequence[str]) -> Ints:
    if len(codes) == 1 and set(column) == set(codes):
        return np.zeros(len(column), np.intp)
    at = {code: position for position, code in enumerate(codes)}
    return np.fromiter(map(at.get, column, repeat(-1)), np.intp, len(column))


class _Figures:
    """Values, status, markers and unexplained texts of a page's rows."""

    def __init__(self, page: Page) -> None:
        texts = page.columns["obs_value"]
        statuses = page.column("obs_status") or ["A"] * page.rows
        names = page.column("obs_status_name") or [""] * page.rows
        conf = page.column("obs_conf") or [""] * page.rows
        self.values = np.full(page.rows, nan)
        self.status = np.full(page.rows, _A, np.uint8)
        self.markers = np.zeros(page.rows, np.uint16)
        self.notes: dict[int, str] = {}
        if set(statuses) == {"A"} and set(conf) <= set(_FREE):
            try:
                self.values[:] = np.fromiter(map(float, texts), float, page.rows)
                if np.isfinite(self.values).all():
                    return
            except ValueError:
                self.values[:] = nan
        for row, parts in enumerate(zip(texts, statuses, names, conf, strict=True)):
            self.values[row], self.status[row], markers, notes = _figure(*parts)
            self.markers[row] = int(markers)
            if notes:
                self.notes[row] = notes

    def only(self, rows: Ints) -> "_Figures":
        """Some of the rows."""
        self.values, self.status, self.markers = self.values[rows], self.status[rows], self.markers[rows]
        self.notes = {at: self.notes[row] for at, row in enumerate(rows.tolist()) if row in self.notes}
        return self


def _figure(text: str, status: str, name: str, conf: str) -> tuple[float, int, Marker, str]:
    """Value, status, markers and, where the publisher's words are not ones we know, the words."""
    text, status = text.strip(), status.strip().upper() or "A"
    if conf.strip().upper() not in _FREE:
        return nan, _Q, Marker.c, ""
    if status == "Q":
        unreliable, nothing = _UNRELIABLE.search(name), _NOT_THERE.search(name)
        return nan, _Q, Marker.u if unreliable else Marker.x if nothing else Marker.c, ""
    if status in _SAYS_WHY_NOT:
        return nan, STATUS_INDEX[status], _SAYS_WHY_NOT[status], ""
    if status not in STATUS_INDEX:
        return nan, _O, Marker.x, unexplained(f"{status} {name}".strip())
    try:
        value = float(text)
    except ValueError:
        value = nan
    if not isfinite(value):
        return nan, _O, Marker.x, unexplained(text)
    return value, STATUS_INDEX[status], _SAYS.get(status, Marker(0)), ""
