"""Figures that an agreement would newly let its consumer see, counted on a sample before anybody approves it.

Its departments are asked for them in the name of the simulation, which their own log shows; the figures are counted
and shown to nobody.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

import numpy as np
from graphql import GraphQLError

from app.beside import Beside
from app.operation import GraphQLRequest
from app.ordinary import Ordinary
from policies.agreement import Agreement
from policies.book import Book
from policies.caller import Caller
from policies.decide import decide
from policies.decision import Access, Grant, Refusal
from policies.difference import as_if_in_force
from policies.rules import Rules
from reference.area import Gazetteer
from reference.facets import Facet, widest
from reference.figure import Marker
from resolvers.dispatch import Dispatcher
from resolvers.extents import Extents
from resolvers.market_selection import Fill, MarketSelection
from resolvers.orders import TermsOf, order
from resolvers.plan import Plan, Planner
from resolvers.stitch import Sheet, stitch
from resolvers.wire import Call
from schema.context import SampleCounts
from schema.simulation import candidate, may_sample

# Figures that one selection of the sample may have.
MOST = 20_000


class Sampling:
    """What an agreement would let its consumer see of the newest period of each measure, at its finest level."""

    def __init__(self, rules: Rules, book: Book, terms: Agreement, now: datetime) -> None:
        self._rules, self._terms = rules, terms
        # A department that reads of it in its log is told that the agreement is not in force.
        named = replace(terms, id=f"{terms.id} (simulation)")
        self._before, (self._after, self._moment) = book, as_if_in_force(book, named, now)
        self.purpose = min(terms.purposes)
        self.caller = Caller(
            "simulation", terms.consumer, frozenset((min(terms.roles),)), frozenset((self.purpose,)), "simulation"
        )

    def selections(self, planner: Planner, gazetteer: Gazetteer, extents: Extents) -> Iterable[MarketSelection]:
        """What is asked for."""
        terms = self._terms
        areas = tuple(area.code for area in gazetteer.at(terms.finest, terms.within)) or (terms.within or "",)
        for name in terms.measures:
            measure = self._rules.measures[name]
            extent = extents.of(measure)
            if extent is None:
                continue
            for by in _widest(terms.breakdowns, frozenset(measure.facets)):
                groups = planner.groups(by, (name,))
                asked = areas[: max(1, MOST // len(groups))]
                yield MarketSelection(
                    key=("sample", name, *(facet.value for facet in by)),
                    areas=asked,
                    selected=asked,
                    periods=(extent.latest,),
                    by=by,
                    groups=groups,
                    fill=Fill.NONE,
                    window=(0, len(asked) * len(groups)),
                    measures={name: ((name,),)},
                )

    def decided(self, access: Access) -> Grant | Refusal:
        """What would be decided; what is allowed already counts as refused, so that it is not asked for."""
        already, then = (
            decide(self._rules, book, self.caller, self.purpose, access, self._moment)
            for book in (self._before, self._after)
        )
        if isinstance(already, Grant) and isinstance(then, Grant):
            return Refusal(already.coordinate, "", "allowed", "It is allowed already.", "")
        return then


def counted(plan: Plan, sheets: Mapping[tuple[str, ...], Sheet]) -> SampleCounts:
    """The figures of a sample."""
    figures = suppressed = 0
    words: list[str] = []
    for demand, field in plan.fields:
        shown = sheets[demand.key].figures.get(field.measure.name)
        if shown is None or not isinstance(field.decision, Grant):
            continue
        markers, values = shown.column.markers, shown.column.values
        hidden = int(np.count_nonzero(markers & int(Marker.c)))
        figures += int(np.count_nonzero(~np.isnan(values))) + hidden
        suppressed += hidden
        by = f" by {' and '.join(demand.by)}" if demand.by else ""
        words.append(f"{field.measure.name}{by}, {demand.periods[0].code}, {len(demand.areas)} places")
    return SampleCounts(figures, suppressed, "; ".join(words) or "Nothing would newly be visible.")


def _widest(breakdowns: Iterable[frozenset[Facet]], published: frozenset[Facet]) -> list[tuple[Facet, ...]]:
    """The sets of facets that are part of no other, of those that a measure is published by."""
    fit = [breakdown for breakdown in breakdowns if breakdown <= published]
    return sorted(tuple(sorted(one, key=list(Facet).index)) for one in widest(fit))


class Samples:
    """Counts, for each version that is simulated, what would newly be visible under it."""

    def __init__(
        self, ordinary: Ordinary, planner: Planner, dispatcher: Dispatcher, terms: TermsOf, beside: Beside
    ) -> None:
        self._ordinary, self._planner, self._dispatcher = ordinary, planner, dispatcher
        self._terms, self._beside = terms, beside

    async def counted(
        self, request: GraphQLRequest, simulated: Sequence[tuple[str, int]], book: Book, calls: list[Call]
    ) -> Mapping[tuple[str, int], SampleCounts]:
        """By agreement and version; nothing of those whose caller may not know. Adds to `calls` those that were
        made."""
        samples: dict[tuple[str, int], SampleCounts] = {}
        for id, number in simulated:
            planned = await self._beside.run(partial(self._plan, request, book, id, number))
            if planned is None:
                continue
            sampling, plan = planned
            orders = [order(one, self._terms(sampling.caller, sampling.purpose, one)) for one in plan.requests]
            answers = await self._dispatcher.fetch(orders, request.id)
            calls += answers.calls
            samples[id, number] = counted(plan, stitch(plan, answers, request.now))
        return samples

    def _plan(self, request: GraphQLRequest, book: Book, id: str, number: int) -> tuple[Sampling, Plan] | None:
        known = self._ordinary
        with known.desk.reading() as kept:
            try:
                one, terms = candidate(kept, request.caller, id, number)
            except GraphQLError:
                return None  # Told where it is simulated.
        if not may_sample(request.caller, one):
            return None
        sampling = Sampling(known.rules, book, terms, request.now)
        wanted = sampling.selections(self._planner, known.gazetteer, known.extents)
        return sampling, self._planner.plan(wanted, sampling.decided)
