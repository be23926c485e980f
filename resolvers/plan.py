"""From what a query wants to what each department is asked: decide every field, then make the Slices.

A denied field is never asked for. Everything asked of one dataset becomes one Ask.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from policies.decision import Access, Basis, Grant, Refusal
from reference.area import VINTAGE, AreaLevel, Gazetteer
from reference.facets import Facet, members
from reference.figure import Marker
from reference.measure import Measure
from reference.period import Period, PeriodKind, between
from reference.vintage import Vintage, history
from resolvers.catalogue import Catalogue, Holding
from resolvers.dataset import Coverage
from resolvers.market_selection import Fill, MarketSelection
from resolvers.table import Slice

Decide = Callable[[Access], Grant | Refusal]
# The population that a claimant rate divides by: residents aged 16 to 64.
DENOMINATOR_BAND = "AGE_16_64"


@dataclass(frozen=True, slots=True)
class Layout:
    """What one measure of a dataset is asked by, and where that lies in a grid, whatever its places.

    `group_at`: grid index of each of its groups. `period_at`: for each grid period the index of the period of its own
    that is shown on that row, or -1. `in_order`: each row shows its own, and there are no others. `latest`: a row whose
    period is not published yet shows the newest before it that is. `span`: its first and last day; None where there is
    nothing to ask for.
    """

    measure: Measure
    holding: Holding
    by: tuple[Facet, ...]
    groups: tuple[tuple[str, ...], ...]
    periods: tuple[Period, ...]
    group_at: tuple[int, ...]
    period_at: tuple[int, ...]
    in_order: bool
    latest: bool
    span: tuple[date, date] | None


@dataclass(slots=True)
class Part:
    """One measure of a department within one MarketSelection: the Slice that asks for it, and where it is in the grid.

    `area_at`: grid index of each of the Slice's areas. `answer`: which request, and which of its Slices, brings it.
    `notes`: grid index of a place -> why there is nothing for it.
    """

    layout: Layout
    slice: Slice
    area_at: tuple[int, ...]
    answer: tuple[int, int] = (-1, -1)
    notes: Mapping[int, str] = field(default_factory=dict[int, str])


class Cause(StrEnum):
    """What of a MarketSelection a measure is not published for: the facets together, any of the groups, periods that
    end when a row does, or any of the places."""

    FACETS = "facets"
    GROUPS = "groups"
    PERIODS = "periods"
    PLACES = "places"


@dataclass(frozen=True, slots=True)
class Absent:
    """Why there can be nothing to ask for. `beyond`: grid index of each place the measure is not published for,
    where that is not the reason already. `notes`: grid index of a place -> why there is nothing for it."""

    marker: Marker
    cause: Cause
    beyond: tuple[int, ...] = ()
    notes: Mapping[int, str] = field(default_factory=dict[int, str])


class PlannedField(NamedTuple):
    """One field of a MarketSelection: refused, not offered, absent for a reason, or to be had from its parts (its
    inputs, if derived). `access`: what was decided about."""

    measure: Measure
    decision: Grant | Refusal | None
    absent: Absent | None = None
    parts: tuple[Part, ...] = ()
    access: Access | None = None

    @property
    def offered(self) -> bool:
        """Whether this gateway has a source for it."""
        return self.decision is not None or self.absent is not None


class DatasetRequest(NamedTuple):
    """All that is asked of one dataset, and the grants it rests on, by measure."""

    holding: Holding
    slices: tuple[Slice, ...]
    grants: Mapping[str, Grant]

    @property
    def kept_for(self) -> float:
        """Seconds for which its answers may be kept: for the case that the department fails only as far as all
        agreements it rests on allow."""
        dataset = self.holding.dataset
        if dataset.stale_if_error and not all(grant.stale for grant in self.grants.values()):
            return dataset.shown_for
        return dataset.kept_for


class Plan(NamedTuple):
    """What will be asked of whom, and what was decided, before any department is asked."""

    demands: tuple[tuple[MarketSelection, tuple[PlannedField, ...]], ...]
    requests: tuple[DatasetRequest, ...]

    @property
    def fields(self) -> Iterable[tuple[MarketSelection, PlannedField]]:
        """Every field of every MarketSelection."""
        return ((demand, planned_field) for demand, fields in self.demands for planned_field in fields)


@dataclass(slots=True)
class _Gathering:
    """A request while it grows. What is asked over the same grid is asked in one Slice, with all its measures."""

    at: int
    holding: Holding
    grids: list[tuple[Slice, list[str]]] = field(default_factory=list[tuple[Slice, list[str]]])
    grants: dict[str, Grant] = field(default_factory=dict[str, Grant])

    def add(self, part: Part, grant: Grant) -> None:
        name = part.layout.measure.name
        own = grant.inputs.get(name, grant)
        # What a computed field needs of one of its inputs may be more than that input is granted for itself.
        grant = grant if part.slice.evidence and own.basis is Basis.PUBLISHED else own
        self.grants[name] = widest(self.grants.get(name), grant)
        at = next((at for at, (grid, _) in enumerate(self.grids) if grid.over(part.slice)), len(self.grids))
        if at == len(self.grids):
            self.grids.append((part.slice, []))
        measures = self.grids[at][1]
        measures.extend(measure for measure in part.slice.measures if measure not in measures)
        part.answer = (self.at, at)

    def request(self) -> DatasetRequest:
        slices = (grid._replace(measures=tuple(m)) if len(m) > 1 else grid for grid, m in self.grids)
        return DatasetRequest(self.holding, tuple(slices), self.grants)


@lru_cache(256)
def _places(coverage: Coverage, vintage: Vintage, gazetteer: Gazetteer) -> tuple[frozenset[str], Mapping[str, str]]:
    """The places that are covered, and those that are not because they have changed their extent since, or before, the
    codes of a vintage: there is no figure for them, as a sentence says."""
    holds, ours = [area.code for area in gazetteer if coverage.holds(area.code, gazetteer)], Vintage.parse(VINTAGE)
    gaps = {code: gap for code in holds if (gap := history().gap(code, ours, vintage))}
    return frozenset(holds) - gaps.keys(), gaps


class Planner:
    """Plans queries against the catalogue. Pure: asks nobody anything."""

    def __init__(self, catalogue: Catalogue, gazetteer: Gazetteer) -> None:
        self.catalogue = catalogue
        self.gazetteer = gazetteer
        # The places of each dataset, worked out once: every query asks of every place whether it is covered.
        places = {holding.key: _places(holding.dataset.coverage, holding.vintage, gazetteer) for holding in catalogue}
        self._covered = {key: covered for key, (covered, _) in places.items()}
        self._gaps = {key: gaps for key, (_, gaps) in places.items()}

    @lru_cache(64)  # noqa: B019 - there is one planner, and it lives as long as the process
    def groups(self, by: tuple[Facet, ...], measures: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
        """The groups of the grid: every combination of members that one of the measures is published by,
        in published order; all members where none of them is published by these facets."""
        if not by:
            return ((),)
        offered: dict[Facet, set[str]] = {facet: set() for facet in by}
        for name in measures:
            for holding in self.catalogue.holdings(self.catalogue.measures[name]):
                dataset = holding.dataset
                if dataset.publishes(by) and set(by) <= set(self.catalogue.measures[name].facets):
                    for facet in by:
                        offered[facet].update(dataset.members(facet))
        ordered = ([code for code in members(f) if code in offered[f]] or list(members(f)) for f in by)
        return tuple(product(*ordered))

    def plan(self, demands: Iterable[MarketSelection], decide: Decide) -> Plan:
        """Decide every field of every demand and gather what is granted into one request for each dataset."""
        planned = tuple((demand, tuple(self._fields(demand, decide))) for demand in demands)
        gatherings: dict[tuple[str, str], _Gathering] = {}
        for _, fields in planned:
            for planned_field in fields:
                if isinstance(planned_field.decision, Grant):
                    for part in planned_field.parts:
                        key = part.layout.holding.key
                        gathering = gatherings.get(key) or gatherings.setdefault(
                            key, _Gathering(len(gatherings), part.layout.holding)
                        )
                        gathering.add(part, planned_field.decision)
        return Plan(planned, tuple(gathering.request() for gathering in gatherings.values()))

    def _fields(self, selection: MarketSelection, decide: Decide) -> Iterable[PlannedField]:
        pairs = self._layouts(
            tuple(selection.measures), selection.periods, selection.by, selection.groups, selection.fill
        )
        for measure, layouts in pairs:
            yield self._field(selection, measure, layouts, decide)

    def _field(
        self, selection: MarketSelection, measure: Measure, layouts: "Sequence[Layout] | Absent | None", decide: Decide
    ) -> PlannedField:
        if layouts is None or isinstance(layouts, Absent):
            return PlannedField(measure, None, layouts)
        places = [self._places(selection.areas, layout.holding) for layout in layouts]
        for layout, (_, area_at) in zip(layouts, places, strict=True):
            if layout.span is None:
                beyond = set(range(len(selection.areas))) - set(area_at)
                notes = self._notes(selection.areas, layout.holding)
                cause = Cause.PERIODS if layout.group_at else Cause.GROUPS
                return PlannedField(measure, None, Absent(Marker.z, cause, tuple(sorted(beyond)), notes))
        # What is decided is the same on every page, so it rests on the places of all of them.
        selected = [areas for areas, _ in places]
        if selection.selected is not selection.areas:
            selected = [self._places(selection.selected, layout.holding)[0] for layout in layouts]
        access = self._access(measure, layouts, selected[0]) if selection.areas and all(selected) else None
        decision = decide(access) if access else None
        if isinstance(decision, Refusal):
            return PlannedField(measure, decision, access=access)
        if decision is None or not all(areas for areas, _ in places):
            layout = next(layout for layout, (areas, _) in zip(layouts, places, strict=True) if not areas)
            notes = self._notes(selection.areas, layout.holding)
            return PlannedField(measure, None, Absent(Marker.x, Cause.PLACES, notes=notes))
        evidence = decision.basis is not Basis.PUBLISHED
        parts = (
            Part(
                layout,
                Slice((layout.measure.name,), areas, layout.periods, layout.by, layout.groups, evidence),
                area_at,
                notes=self._notes(selection.areas, layout.holding),
            )
            for layout, (areas, area_at) in zip(layouts, places, strict=True)
        )
        return PlannedField(measure, decision, None, tuple(parts), access)

    def _access(self, measure: Measure, layouts: Sequence[Layout], areas: tuple[str, ...]) -> Access:
        spans = [layout.span for layout in layouts if layout.span]
        return Access(
            measure=measure.name,
            levels=self._levels(areas),
            facets=frozenset(layouts[0].by),
            areas=areas,
            first=min(first for first, _ in spans),
            last=max(last for _, last in spans),
        )

    @lru_cache(256)  # noqa: B019 - there is one planner, and it lives as long as the process
    def _levels(self, areas: tuple[str, ...]) -> frozenset[AreaLevel]:
        return frozenset(self.gazetteer[code].level for code in areas)

    def _places(self, areas: tuple[str, ...], holding: Holding) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """Those of a grid's places that a dataset covers, and their indices."""
        covered = self._covered[holding.key]
        if covered.issuperset(areas):
            return areas, _all(len(areas))
        area_at = tuple(at for at, code in enumerate(areas) if code in covered)
        return tuple(areas[at] for at in area_at), area_at

    def _notes(self, areas: tuple[str, ...], holding: Holding) -> Mapping[int, str]:
        """Why a dataset has nothing for some of a grid's places, by their indices."""
        gaps = self._gaps[holding.key]
        return {at: gaps[code] for at, code in enumerate(areas) if code in gaps} if gaps else {}

    @lru_cache(64)  # noqa: B019 - there is one planner, and it lives as long as the process
    def _layouts(
        self,
        measures: tuple[str, ...],
        periods: tuple[Period, ...],
        by: tuple[Facet, ...],
        groups: tuple[tuple[str, ...], ...],
        fill: Fill,
    ) -> tuple[tuple[Measure, tuple[Layout, ...] | Absent | None], ...]:
        """Where each input of each measure lies; why, when there can be nothing to ask for; None, when it is not
        offered."""
        pairs: list[tuple[Measure, tuple[Layout, ...] | Absent | None]] = []
        for name in measures:
            measure = self.catalogue.measures[name]
            if not self.catalogue.holdings(measure):
                pairs.append((measure, None))
                continue
            inputs = [self._layout(measure, needed, periods, by, groups, fill) for needed in measure.inputs or (name,)]
            layouts = tuple(layout for layout in inputs if layout)
            pairs.append((measure, layouts if len(layouts) == len(inputs) else Absent(Marker.z, Cause.FACETS)))
        return tuple(pairs)

    def _layout(
        self,
        measure: Measure,
        needed: str,
        rows: tuple[Period, ...],
        by: tuple[Facet, ...],
        groups: tuple[tuple[str, ...], ...],
        fill: Fill,
    ) -> Layout | None:
        """Where one input of a measure lies; None when it is not published by these facets."""
        holding = self.catalogue.holding(needed)
        dataset = holding.dataset
        if not set(by) <= set(measure.facets):
            return None
        if needed == "population" and measure.inputs:
            by = (*by, Facet.AGE_BAND)
            groups = tuple((*group, DENOMINATOR_BAND) for group in groups)
            published = [set(dataset.facets[f]["members"]) for f in by]
        else:
            published = [set(dataset.members(f)) if f in dataset.facets else set[str]() for f in by]
        if not dataset.publishes(by):
            return None
        group_at = tuple(
            at for at, group in enumerate(groups) if all(c in known for c, known in zip(group, published, strict=True))
        )
        every = self.catalogue.measures[needed].every
        latest = _latest(rows[0], fill, measure, every, dataset.ending)
        periods, period_at = periods_shown(rows, every, dataset.ending, latest)
        return Layout(
            measure=self.catalogue.measures[needed],
            holding=holding,
            by=by,
            groups=tuple(groups[at] for at in group_at),
            periods=periods,
            group_at=group_at,
            period_at=period_at,
            in_order=not latest and period_at == tuple(range(len(periods))),
            latest=latest,
            span=(periods[0].start, periods[-1].end) if periods and group_at else None,
        )


def _latest(row: Period, fill: Fill, measure: Measure, every: PeriodKind, ending: Sequence[int]) -> bool:
    """Whether a row shows the newest figure of another period: as asked, and always for a denominator. Another
    period is a longer one, or one that ends when no row does, as calendar quarters never end an academic year."""
    if fill is not Fill.LATEST and not measure.inputs:
        return False
    own = between(row.last - every.months + 1, row.last, every)
    return every.months > row.kind.months or not own or bool(ending and row.ends_in[1] not in ending)


@lru_cache(512)
def _all(count: int) -> tuple[int, ...]:
    return tuple(range(count))


def periods_shown(
    rows: Sequence[Period], every: PeriodKind, ending: Sequence[int], latest: bool
) -> tuple[tuple[Period, ...], tuple[int, ...]]:
    """The measure's periods to ask for, and for each row the index of the one it shows, or -1.

    A figure appears on the row that ends when its own period ends; with `latest`, on every row from then
    until the next, for at most twice its length. `ending`: calendar months its periods end in, if not all.
    """
    longest = carried(every) if latest else 0
    candidates = [
        period
        for period in between(rows[0].last - every.months + 1 - longest, rows[-1].last, every)
        if not ending or period.ends_in[1] in ending
    ]
    ends = {row.last for row in rows}
    if not latest:
        periods = tuple(period for period in candidates if period.last in ends)
        index = {period.last: at for at, period in enumerate(periods)}
        return periods, tuple(index.get(row.last, -1) for row in rows)
    # All that may be shown on a row are asked for, in case the newest are not published yet.
    passed = [[period for period in candidates if 0 <= row.last - period.last <= longest] for row in rows]
    periods = tuple(sorted({period for some in passed for period in some}))
    index = {period.last: at for at, period in enumerate(periods)}
    return periods, tuple(index[some[-1].last] if some else -1 for some in passed)


def carried(every: PeriodKind) -> int:
    """Months for which a figure stands, under `fill: LATEST`, on rows that end after its own period."""
    return 2 * every.months


def widest(one: Grant | None, other: Grant) -> Grant:
    """Of two grants of a measure, the one that carries further: an agreement's, or the owner's own."""
    return other if one is None or one.basis is Basis.PUBLISHED else one
