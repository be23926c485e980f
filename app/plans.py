"""Plans, and the answers they led to, kept for requests that no policy can tell from the one they were made for."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cachetools import LRUCache
from graphql import DocumentNode, GraphQLError

from app.columnar import Build
from app.documents import CompiledSelection, Document
from app.kept import Kept
from app.limits import Cost
from policies.agreement import Agreement
from policies.book import Book
from policies.decision import ALWAYS, Access, AgreementRef, Grant, Refusal
from reference.area import Gazetteer
from reference.measure import Measure, Measures
from resolvers.orders import Answers, Order
from resolvers.plan import Plan
from resolvers.table import Table
from schema.selection import RequestedData
from schema.warnings import Warned
from trust.demand.misses import Miss
from trust.entry import Decisions, Use
from trust.log.entry import Answer

# Kinds that have been wanted once, lately, of which it is remembered.
ONCE = 4_096
# Bytes of memory that an error takes, far more than what it says.
ERROR = 4_000


@dataclass(frozen=True, slots=True)
class Finished:
    """A completed answer: its data as JSON, what the log says of them, its errors, the uses of agreements in it, and
    when the first of the departments' answers it was made from grows old. Until then they would be given again as they
    are, so everything would come out the same."""

    data: bytes
    answer: Answer
    errors: Sequence[GraphQLError]
    until: datetime
    uses: Sequence[Use] = ()

    @property
    def bytes(self) -> int:
        """Of memory, at most."""
        return 1_000 + len(self.data) + ERROR * len(self.errors)


@dataclass(slots=True, eq=False)
class Prepared:
    """A query that has been read, and planned with every field decided, before any department is asked, by one
    book. `fields`: of the root, in the order of the answer. `builders`: of those that columns
    complete; `rest`: a document of the others, where there are any. `long`: to complete it takes more than a moment.
    `large`: its answer is not made whole, but as it is sent. `simulated`: versions of agreements, of whose simulation a
    sample is wanted. `missed`: what is not there. `key`: all that it depends on. `until`: when one of
    its decisions may come out otherwise."""

    document: Document
    fields: Sequence[str]
    builders: Mapping[str, Build]
    rest: DocumentNode | None
    reading: RequestedData
    plan: Plan
    orders: Sequence[Order]
    decisions: Decisions
    agreements: Mapping[AgreementRef, Agreement]
    warnings: Sequence[Warned]
    cost: Cost
    selected: CompiledSelection
    key: Hashable = None
    long: bool = False
    simulated: Sequence[tuple[str, int]] = ()
    missed: Sequence[Miss] = ()
    large: bool = False
    finished: Finished | None = None
    until: datetime = field(init=False)

    def __post_init__(self) -> None:
        decisions = (planned.decision for _, planned in self.plan.fields)
        self.until = min((decision.until for decision in decisions if decision), default=ALWAYS)

    @property
    def bytes(self) -> int:
        """Of memory, at most: of its document, its own, and of its answer."""
        demands = sum(
            40 * len(d.areas) + 24 * len(d.selected) + 400 * (len(d.periods) + len(d.groups))
            for d in self.reading.demands
        )
        slices = sum(
            2_000 + 24 * len(part.areas) + 100 * (len(part.periods) + len(part.groups))
            for order in self.orders
            for part in order.request.slices
        )
        own = 12_000 + 350 * self.document.tokens + demands + slices
        return self.selected.bytes + own + (self.finished.bytes if self.finished else 0)


def decided(
    plan: Plan, measures: Measures, agreements: Mapping[AgreementRef, Agreement], gazetteer: Gazetteer | None
) -> Decisions:
    """What the record says of a plan. A field that is not offered counts as refused: it is demand that is not met.
    It says what was wanted, so that it can be decided again: by which levels and facets; and where agreements may apply
    to the caller, which is where there is a `gazetteer`, on which days, and the smallest place that holds all of it."""
    granted: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    for _, planned in plan.fields:
        wanted = _wanted(planned.access, gazetteer) if planned.access else {}
        match planned.decision:
            case Grant() as grant:
                named = [f"{agreement.id} v{agreement.version}" for agreement in grant.agreements]
                granted.append({"coordinate": grant.coordinate, "basis": grant.basis, "agreements": named, **wanted})
            case Refusal() as refusal:
                refused.append({"coordinate": refusal.coordinate, "clause": refusal.clause, **wanted})
            case None if not planned.offered:
                refused.append({"coordinate": planned.measure.coordinate, "clause": "offered"})
            case None:
                pass
    owners = {planned.measure.coordinate: _owners(planned.measure, measures) for _, planned in plan.fields}
    owners |= {ref.id: (agreement.owner,) for ref, agreement in agreements.items()}
    return Decisions(tuple(granted), tuple(refused), owners)


def _owners(measure: Measure, measures: Measures) -> Sequence[str]:
    """Whose data a field shows: those of all that it is computed from."""
    return sorted({measures[name].owner for name in measure.inputs}) if measure.inputs else (measure.owner,)


def _wanted(access: Access, gazetteer: Gazetteer | None) -> dict[str, Any]:
    wanted: dict[str, Any] = {
        "levels": sorted(level.value for level in access.levels),
        "facets": sorted(facet.value for facet in access.facets),
    }
    if gazetteer is None:
        return wanted
    places = [place.code for place in gazetteer.holders(access.areas)]
    wanted |= {"from": access.first.isoformat(), "to": access.last.isoformat(), "within": places[0] if places else None}
    # Combined authorities and LSIP areas do not nest: one of each may hold all of it, and neither the other.
    return wanted | ({"or_within": places[1:]} if len(places) > 1 else {})


def relied_on(plan: Plan, book: Book) -> Mapping[AgreementRef, Agreement]:
    """The agreements that a plan's grants rest on."""
    grants = (planned.decision for _, planned in plan.fields if isinstance(planned.decision, Grant))
    return {ref: known for grant in grants for ref in grant.agreements if (known := book.get(ref))}


class Plans:
    """Plans, with finished answers if they may be kept, of so many bytes of memory in all. Most are wanted once, and to
    keep those costs more than it saves: so a plan is kept when it is wanted for the second time."""

    def __init__(self, most: int, *, answers: bool) -> None:
        self._kept = Kept[Hashable, Prepared](most)
        self._most = most // 8 if answers else 0
        self._once: LRUCache[int, bool] = LRUCache(ONCE)

    def get(self, key: Hashable, now: datetime) -> Prepared | None:
        """The plan that is kept under a key, unless one of its decisions may come out otherwise by now."""
        known = self._kept.get(key)
        return known if known is not None and now < known.until else None

    def put(self, prepared: Prepared) -> None:
        """Keeps a plan, in the place of what was there, if it is not the first of its kind."""
        if prepared.key in self._kept or self._met(hash(prepared.key)):
            self._kept.keep(prepared.key, prepared)

    def _met(self, kind: int) -> bool:
        """Whether this kind has been wanted before, lately. Two kinds may pass for one: then a plan is kept early."""
        if self._once.pop(kind, False):
            return True
        self._once[kind] = True
        return False

    def finish(
        self,
        prepared: Prepared,
        answers: Answers,
        data: bytes,
        answer: Answer,
        errors: Sequence[GraphQLError],
        uses: Sequence[Use],
    ) -> None:
        """Keeps a plan's answer with it, if the plan is kept, every department answered, and its answer may be kept."""
        until = fresh_until(prepared.orders, answers)
        if until is None or self._kept.get(prepared.key) is not prepared:
            return
        finished = Finished(data, answer, errors, until, uses)
        if finished.bytes <= self._most:
            prepared.finished = finished
            self._kept.keep(prepared.key, prepared)


def fresh_until(orders: Sequence[Order], answers: Answers) -> datetime | None:
    """When the first of the departments' answers grows old; None where one has none to give."""
    ends = [ALWAYS]
    for order, tables in zip(orders, answers.tables, strict=True):
        fresh = timedelta(seconds=order.request.holding.dataset.cache)
        for table in tables:
            if not fresh or not isinstance(table, Table):
                return None
            ends.append(table.retrieved_at + fresh)
    return min(ends)
