"""Tables of several departments joined on place, period and group into the grid that was asked for.

Disclosure obligations are applied here, to whole columns, before anything is joined or derived.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policies.decision import AgreementRef, Basis, Grant, Refusal
from policies.disclosure import PERTURBED, EvidenceMissing, protect, told
from reference.column import Column
from reference.figure import STATUS_INDEX, Marker, ObservationStatus, Unit
from reference.measure import Additivity, Measure
from reference.period import Period
from resolvers.errors import DepartmentError, DepartmentMisanswered
from resolvers.market_selection import MarketSelection
from resolvers.orders import Answers
from resolvers.plan import Part, Plan, PlannedField, carried
from resolvers.source import Dataset
from resolvers.table import Table

Indices = NDArray[np.intp]


class Publication(NamedTuple):
    """A release of a dataset that figures were read from, where its publisher names releases."""

    producer: str
    dataset: Dataset
    release: str | None


class Origin(NamedTuple):
    """Where a column of figures came from and under what terms: the provenance of each of its figures."""

    publications: tuple[Publication, ...]
    retrieved_at: datetime
    agreements: tuple[AgreementRef, ...]
    treatment: tuple[str, ...]


class Shown(NamedTuple):
    """The period of the figure that each cell of a grid shows. `at`: over the grid, the index of it in `periods`."""

    periods: tuple[Period, ...]
    at: Indices

    @classmethod
    def of_rows(cls, selection: MarketSelection) -> "Shown":
        """Every cell shows a figure of its own row's period."""
        rows = np.arange(len(selection.periods), dtype=np.intp)
        return cls(selection.periods, np.broadcast_to(rows[None, :, None], selection.shape))


class Figures:
    """One measure over the whole grid. The period of the figure in each cell and where it came from are worked out
    where they are asked for, as they rarely are."""

    def __init__(
        self, measure: Measure, column: Column, periods: Callable[[], Shown], origin: Callable[[], Origin]
    ) -> None:
        self.measure, self.column, self._periods, self._origin = measure, column, periods, origin

    @cached_property
    def periods(self) -> Shown:
        """The period of the figure that each cell shows."""
        return self._periods()

    @cached_property
    def origin(self) -> Origin:
        """Where the figures came from, and under what terms."""
        return self._origin()


@dataclass(slots=True)
class Sheet:
    """The stitched answer to one MarketSelection: what each field shows, was refused or failed with; which are not
    offered; and the old answers, by measure, that are shown in the place of none."""

    demand: MarketSelection
    figures: dict[str, Figures] = field(default_factory=dict[str, Figures])
    refusals: dict[str, Refusal] = field(default_factory=dict[str, Refusal])
    failures: dict[str, DepartmentError] = field(default_factory=dict[str, DepartmentError])
    not_offered: list[str] = field(default_factory=list[str])
    outdated: dict[str, Table] = field(default_factory=dict[str, Table])


class _PartColumn(NamedTuple):
    """A protected column laid over the grid."""

    column: Column
    periods: Callable[[], Shown]
    table: Table
    treatment: tuple[str, ...]


def stitch(plan: Plan, answers: Answers, now: datetime) -> dict[tuple[str, ...], Sheet]:
    """One Sheet for each MarketSelection, by its key."""
    return {demand.key: _sheet(demand, fields, answers, now) for demand, fields in plan.demands}


def _sheet(selection: MarketSelection, fields: Iterable[PlannedField], answers: Answers, now: datetime) -> Sheet:
    sheet = Sheet(selection)
    for planned in fields:
        name = planned.measure.name
        if isinstance(planned.decision, Refusal):
            sheet.refusals[name] = planned.decision
        elif not planned.offered:
            sheet.not_offered.append(name)
        elif planned.decision is None:
            assert planned.absent is not None
            column = Column.absent(selection.shape, planned.absent.marker)
            _not_for(column, list(planned.absent.beyond), planned.absent.notes)
            why = _why_absent(planned.measure, planned.absent.marker)
            origin = partial(Origin, (), now, (), why)
            sheet.figures[name] = Figures(planned.measure, column, partial(Shown.of_rows, selection), origin)
        else:
            try:
                sheet.figures[name] = _figures(selection, planned, planned.decision, answers)
            except DepartmentError as error:
                # By its traceback it would hold all that it went through, and that would hold it.
                sheet.failures[name] = error.with_traceback(None)
                continue
            for part in planned.parts:
                table = answers.of(part)
                if isinstance(table, Table) and table.outdated:
                    sheet.outdated[name] = table
    return sheet


def _figures(selection: MarketSelection, field: PlannedField, grant: Grant, answers: Answers) -> Figures:
    columns = [_part_column(selection, part, grant, answers) for part in field.parts]
    column = _rate(columns[0].column, columns[1].column) if field.measure.inputs else columns[0].column
    return Figures(field.measure, column, columns[0].periods, partial(_origin, field, grant, columns))


def _origin(field: PlannedField, grant: Grant, columns: Sequence[_PartColumn]) -> Origin:
    treatment = [line for layer in columns for line in layer.treatment]
    if field.measure.inputs:
        treatment.append(f"Computed by the Trust from {' and '.join(field.measure.inputs)} as shown, to one decimal")
    publications: dict[object, Publication] = {}
    for part, layer in zip(field.parts, columns, strict=True):
        holding, release = part.layout.holding, layer.table.release
        publications[holding.key, release] = Publication(part.layout.measure.producer, holding.dataset, release)
    return Origin(
        publications=tuple(publications.values()),
        retrieved_at=min(layer.table.retrieved_at for layer in columns),
        agreements=grant.agreements,
        treatment=tuple(dict.fromkeys(treatment)),
    )


def _part_column(selection: MarketSelection, part: Part, grant: Grant, answers: Answers) -> _PartColumn:
    """One part's column, protected, on the demand's grid. Raises DepartmentError."""
    table = answers.of(part)
    if isinstance(table, DepartmentError):
        raise table
    owned = table.columns[part.layout.measure.name]
    said = part.layout.holding.dataset.protected
    perturbed = part.layout.measure.additivity is Additivity.PERTURBED or (said is not None and said.cell_keys)
    treatment = (PERTURBED,) if perturbed else ()
    if table.outdated:
        treatment += (f"Not renewed since {table.retrieved_at:%Y-%m-%d %H:%M} UTC: the department did not answer",)
    # What an owner has itself protected for publication is not protected again; an agreement's terms always hold.
    if table.protected and grant.basis is Basis.PUBLISHED:
        done = said.rules if said else (obligation.words for obligation in grant.obligations)
        treatment += tuple(f"{words}, by its department" for words in done)
        treatment += () if owned.pattern is None else (told(owned.pattern),)
    elif grant.obligations or (owned.pattern is not None and grant.basis is Basis.AGREEMENT):
        additive = part.layout.measure.additivity is not Additivity.NOT_ADDITIVE
        try:
            counted = part.layout.measure.unit is not Unit.GBP_MILLION
            owned, done = protect(owned, grant.obligations, additive=additive, counted=counted)
            treatment += done
        except EvidenceMissing as error:
            raise DepartmentMisanswered(part.layout.holding.source.department, str(error)) from error
    taken = _newest(part, owned, selection.periods) if part.layout.latest else _own(part.layout.period_at)
    return _PartColumn(
        _spread(selection, part, owned, taken), partial(_periods_shown, selection, part, taken), table, treatment
    )


@lru_cache(1024)
def _own(period_at: tuple[int, ...]) -> Indices:
    """Rows that show the figure of their own period alone, in the shape that _newest gives."""
    taken = np.array(period_at, np.intp)[None, :, None]
    taken.flags.writeable = False
    return taken


def _newest(part: Part, owned: Column, rows: Sequence[Period]) -> Indices:
    """For every place, row and group of a part the index of the period that is shown there, -1 where there is none:
    the newest of which that cell is published, unless that ended too long ago to be carried forward. A figure of a
    part of a period is shown on the row that ends with it, and never carried forward. Every cell is decided by itself,
    so that a page shows what the whole answer does. Shape: 1 x rows x 1 where the same is shown of every cell."""
    periods, longest = part.slice.periods, carried(part.layout.measure.every)
    published = (owned.markers & int(Marker.x)) == 0
    taken = np.empty((published.shape[0], len(rows), published.shape[2]), np.intp)
    uniform = True
    for at, (row, newest) in enumerate(zip(rows, part.layout.period_at, strict=True)):
        whole = [
            at_period
            for at_period in range(newest, -1, -1)
            if at_period not in owned.partial or periods[at_period].last == row.last
        ]
        taken[:, at, :] = whole[0] if whole else -1
        fresh = [at_period for at_period in whole if row.last - periods[at_period].last <= longest]
        if not fresh or published[:, fresh[0], :].all():
            continue
        for at_period in reversed(fresh):
            taken[:, at, :][published[:, at_period, :]] = at_period
        uniform = uniform and bool((taken[:, at, :] == taken[:1, at, :1]).all())
    return taken[:1, :, :1] if uniform else taken


def _periods_shown(selection: MarketSelection, part: Part, taken: Indices) -> Shown:
    """The period of the figure in each cell of the grid. What a part does not reach shows the period that its newest
    figure would have."""
    own, rows = len(part.slice.periods), len(selection.periods)
    usual = np.array([own + row if at < 0 else at for row, at in enumerate(part.layout.period_at)], np.intp)
    at = np.broadcast_to(usual[None, :, None], selection.shape).copy()
    reached = np.ix_(part.area_at, range(rows), part.layout.group_at)
    at[reached] = np.where(taken < 0, usual[None, :, None], taken)
    return Shown((*part.slice.periods, *selection.periods), at)


def _spread(selection: MarketSelection, part: Part, owned: Column, taken: Indices) -> Column:
    """A department's column on the grid: x where the place is not covered, z where no figure belongs. `taken`: the
    period that is shown on each row, by _newest."""
    areas = len(selection.areas)
    if part.layout.in_order and len(part.area_at) == areas and owned.values.shape == selection.shape:
        return owned
    column = Column.absent(selection.shape, Marker.z)
    _not_for(column, sorted(set(range(areas)) - set(part.area_at)), part.notes)
    rows: list[int] = np.flatnonzero((taken >= 0).any(axis=(0, 2))).tolist()
    to = np.ix_(part.area_at, rows, part.layout.group_at)
    for cells, own in ((column.values, owned.values), (column.status, owned.status), (column.markers, owned.markers)):
        cells[to] = np.take_along_axis(own, taken[:, rows, :], axis=1)
    if owned.notes:
        column.notes |= _moved(owned, selection, part, taken)
    return column


def _not_for(column: Column, places: Sequence[int], notes: Mapping[int, str]) -> None:
    """Marks places that a measure is not published for. `notes`: why, by place, where there is more to say."""
    beyond = Column.absent((1, 1, 1), Marker.x)
    column.status[places] = beyond.status[0, 0, 0]
    column.markers[places] = beyond.markers[0, 0, 0]
    _, periods, groups = column.values.shape
    cells = periods * groups
    column.notes |= {place * cells + cell: note for place, note in notes.items() for cell in range(cells)}


def _moved(owned: Column, selection: MarketSelection, part: Part, taken: Indices) -> dict[int, str]:
    """The notes of a department's column by the cells of the grid that show them."""
    positions = np.broadcast_to(taken, (owned.values.shape[0], taken.shape[1], owned.values.shape[2]))
    moved: dict[int, str] = {}
    for cell, text in owned.notes.items():
        area, period, group = np.unravel_index(cell, owned.values.shape)
        for row in np.flatnonzero(positions[area, :, group] == period):
            at = (part.area_at[int(area)], row, part.layout.group_at[int(group)])
            moved[int(np.ravel_multi_index(at, selection.shape))] = text
    return moved


def _rate(numerator: Column, denominator: Column) -> Column:
    """Percent to one decimal, from what is shown of its inputs; where one is not shown, neither is this."""
    with np.errstate(divide="ignore", invalid="ignore"):
        values: NDArray[np.float64] = np.round(100 * numerator.values / denominator.values, 1)
    values[~np.isfinite(values)] = np.nan
    missing = np.isnan(values)
    whose_gap = np.isnan(numerator.values)
    status = np.where(missing & ~whose_gap, denominator.status, numerator.status).astype(np.uint8)
    nothing_to_divide = missing & ~whose_gap & ~np.isnan(denominator.values)
    status[nothing_to_divide] = STATUS_INDEX[ObservationStatus.M]
    markers = (numerator.markers | denominator.markers).astype(np.uint16)
    markers[nothing_to_divide] |= int(Marker.z)
    return Column(values, status, markers, notes=denominator.notes | numerator.notes)


def _why_absent(measure: Measure, marker: Marker) -> tuple[str, ...]:
    if marker is Marker.x:
        return (f"Not published for these places; the finest level is {measure.finest}",)
    return ("Not published by these facets together, or no figure ends with these periods",)
