"""Rows, figures and connections as plain records over a Sheet: what the schema's fields read, one row at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from reference.area import Area, Gazetteer
from reference.facets import Facet, members
from reference.figure import STATUSES, Marker, ObservationStatus
from reference.period import Period
from resolvers.market_selection import MarketSelection
from resolvers.stitch import Figures, Sheet
from schema.cursor import cursor

MARKERS: tuple[Marker, ...] = tuple(Marker)


@dataclass(frozen=True, slots=True)
class Classified:
    """A member of a classification: code and name."""

    code: str
    name: str


class GroupRecord:
    """One group of people or businesses; a facet that was not asked is None, which means all."""

    __slots__ = ("codes",)

    def __init__(self, by: Sequence[Facet], group: Sequence[str]) -> None:
        self.codes: Mapping[Facet, str] = dict(zip(by, group, strict=True))

    def _classified(self, facet: Facet) -> Classified | None:
        code = self.codes.get(facet)
        return None if code is None else Classified(code, members(facet)[code])

    @property
    def sex(self) -> str | None:
        return self.codes.get(Facet.SEX)

    @property
    def age_band(self) -> str | None:
        return self.codes.get(Facet.AGE_BAND)

    @property
    def industry(self) -> Classified | None:
        return self._classified(Facet.INDUSTRY)

    @property
    def occupation(self) -> Classified | None:
        return self._classified(Facet.OCCUPATION)

    @property
    def qualification_level(self) -> str | None:
        return self.codes.get(Facet.QUALIFICATION_LEVEL)

    @property
    def subject_area(self) -> Classified | None:
        return self._classified(Facet.SUBJECT_AREA)

    @property
    def ethnicity(self) -> str | None:
        return self.codes.get(Facet.ETHNICITY)

    @property
    def disability(self) -> str | None:
        return self.codes.get(Facet.DISABILITY)

    @property
    def family_type(self) -> str | None:
        return self.codes.get(Facet.FAMILY_TYPE)

    @property
    def size_band(self) -> str | None:
        return self.codes.get(Facet.SIZE_BAND)


class AnswerGrid:
    """A Sheet with its places, periods and groups looked up, ready to be read row by row."""

    def __init__(self, sheet: Sheet, gazetteer: Gazetteer) -> None:
        self.sheet = sheet
        self.demand: MarketSelection = sheet.demand
        self.areas = [gazetteer[code] for code in self.demand.areas]
        self.groups = [GroupRecord(self.demand.by, group) for group in self.demand.groups]

    @cached_property
    def area_at(self) -> dict[str, int]:
        """Index of each place."""
        return {code: at for at, code in enumerate(self.demand.areas)}

    def split(self, row: int) -> tuple[int, int, int]:
        """Indices of a row's place, period and group."""
        _, periods, groups = self.demand.shape
        rest, group = divmod(row, groups)
        area, period = divmod(rest, periods)
        return area, period, group

    def cursor(self, row: int) -> str:
        """The opaque cursor of a row."""
        area, period, group = self.split(row)
        demand = self.demand
        return cursor(demand.areas[area], demand.periods[period].code, *demand.groups[group])

    def rows(self, start: int, stop: int) -> list["Row"]:
        """The rows from one index up to, and without, another."""
        return [Row(self, at) for at in range(start, stop)]

    def page(self) -> list["Row"]:
        """The rows of the window."""
        return self.rows(*self.demand.window)

    def of(self, area: Area) -> list["Row"]:
        """The rows of one place."""
        block = len(self.demand.periods) * len(self.groups)
        at = self.area_at[area.code]
        return self.rows(at * block, (at + 1) * block)


class Row:
    """One place, one period, one group. Measures are attributes by the name of their field."""

    __slots__ = ("_at", "_grid")

    def __init__(self, grid: AnswerGrid, at: int) -> None:
        self._grid, self._at = grid, at

    @property
    def _split(self) -> tuple[int, int, int]:
        return self._grid.split(self._at)

    @property
    def area(self) -> Area:
        return self._grid.areas[self._split[0]]

    @property
    def period(self) -> Period:
        return self._grid.demand.periods[self._split[1]]

    @property
    def group(self) -> GroupRecord:
        return self._grid.groups[self._split[2]]

    @property
    def cursor(self) -> str:
        return self._grid.cursor(self._at)

    def __getattr__(self, name: str) -> "FigureCell | None":
        if name not in self._grid.demand.measures:
            raise AttributeError(name)
        figures = self._grid.sheet.figures.get(name)
        return None if figures is None else FigureCell(figures, self._split)


class FigureCell:
    """One figure: value, or None with the marker that says why."""

    __slots__ = ("_at", "_figures")

    def __init__(self, figures: Figures, at: tuple[int, int, int]) -> None:
        self._figures, self._at = figures, at

    @property
    def value(self) -> float | None:
        value = float(self._figures.column.values[self._at])
        return None if value != value else value

    @property
    def status(self) -> ObservationStatus:
        return STATUSES[int(self._figures.column.status[self._at])]

    @property
    def markers(self) -> list[Marker]:
        return markers(int(self._figures.column.markers[self._at]))

    @property
    def unit(self) -> Any:
        return self._figures.measure.unit

    @property
    def period(self) -> Period:
        periods, at = self._figures.periods
        return periods[int(at[self._at])]

    @property
    def provenance(self) -> tuple[Figures, str | None]:
        """Its column's figures, and the note on this figure alone, if there is one."""
        notes = self._figures.column.notes
        if not notes:
            return self._figures, None
        _, periods, groups = self._figures.column.values.shape
        area, period, group = self._at
        return self._figures, notes.get((area * periods + period) * groups + group)


def markers(bits: int) -> list[Marker]:
    """The markers in a set of bits."""
    return [marker for marker in MARKERS if bits & marker]


@dataclass(frozen=True, slots=True)
class Edge:
    cursor: str
    node: Any


@dataclass(frozen=True, slots=True)
class PageInfoRecord:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


class Connection:
    """A page of a list, by Relay's specification."""

    def __init__(self, edges: list[Edge], total: int, start: int, stop: int) -> None:
        self.edges = edges
        self.total_count = total
        self._start, self._stop = start, stop

    @cached_property
    def nodes(self) -> list[Any]:
        return [edge.node for edge in self.edges]

    @property
    def page_info(self) -> PageInfoRecord:
        first, last = (self.edges[0].cursor, self.edges[-1].cursor) if self.edges else (None, None)
        return PageInfoRecord(self._stop < self.total_count, self._start > 0, first, last)
