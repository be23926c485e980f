"""Plans, and the answers they led to, kept for requests that no policy can tell from the one they were made for."""

from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from graphql import DocumentNode, GraphQLError

from app.columnar import Build
from app.documents import Document
from app.limits import Cost
from policies.agreement import Agreement
from policies.decision import ALWAYS, Grant, Refusal
from resolvers.dispatch import Answers, Order
from resolvers.plan import Plan
from resolvers.table import Table
from schema.selection import RequestedData
from schema.warnings import Warned
from trust.record import Decisions

# The most errors of an answer that is kept.
ERRORS = 50


@dataclass(frozen=True, slots=True)
class Finished:
    """A completed answer: its data as JSON, its errors, and when the first of the departments' answers it was made
    from grows old. Until then they would be given again as they are, so everything would come out the same."""

    data: bytes
    errors: Sequence[GraphQLError]
    until: datetime


@dataclass(slots=True, eq=False)
class Prepared:
    """A query that has been read, and planned with every field decided, before any department is asked: by the
    agreements of one epoch. `fields`: of the root, in the order of the answer. `builders`: of those that columns
    complete; `rest`: a document of the others, where there are any. `size`: characters of its text and variables, some
    hundredth of the bytes it takes. `long`: to complete it takes more
    than a moment. `large`: its answer is not made whole, but as it is sent."""

    document: Document
    fields: Sequence[str]
    builders: Mapping[str, Build]
    rest: DocumentNode | None
    reading: RequestedData
    plan: Plan
    orders: Sequence[Order]
    decisions: Decisions
    agreements: Mapping[str, Agreement]
    warnings: Sequence[Warned]
    epoch: int
    size: int
    cost: Cost
    long: bool = False
    large: bool = False
    finished: Finished | None = None
    kept: bool = False

    @property
    def until(self) -> datetime:
        """When one of its decisions may come out otherwise."""
        return min((field.decision.until for _, field in self.plan.fields if field.decision), default=ALWAYS)


def decided(plan: Plan) -> Decisions:
    """What the record says of a plan. A field that is not offered counts as refused: it is demand that is not met."""
    granted: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    for _, field in plan.fields:
        match field.decision:
            case Grant() as grant:
                agreements = [f"{agreement.id} v{agreement.version}" for agreement in grant.agreements]
                granted.append({"coordinate": grant.coordinate, "basis": grant.basis, "agreements": agreements})
            case Refusal() as refusal:
                refused.append({"coordinate": refusal.coordinate, "clause": refusal.clause})
            case None if not field.offered:
                refused.append({"coordinate": field.measure.coordinate, "clause": "offered"})
            case None:
                pass
    return Decisions(tuple(granted), tuple(refused))


class Plans:
    """At most so many plans, of so many characters in all, with at most so many bytes of finished answers, the longest
    unused let go first. Most are wanted once, and to keep those costs more than it saves: so a plan is kept when it is
    wanted for the second time."""

    def __init__(self, answer_bytes: int, most: int = 512, characters: int = 500_000) -> None:
        self._bytes, self._most, self._characters = answer_bytes, most, characters
        self._text = 0
        self._plans: OrderedDict[Hashable, tuple[datetime, Prepared]] = OrderedDict()
        self._once: OrderedDict[int, None] = OrderedDict()
        self._kept_bytes = 0

    def get(self, key: Hashable, now: datetime) -> Prepared | None:
        """The plan that is kept under a key, unless one of its decisions may come out otherwise by now."""
        known = self._plans.get(key)
        if known is None or now >= known[0]:
            return None
        self._plans.move_to_end(key)
        return known[1]

    def put(self, key: Hashable, prepared: Prepared) -> None:
        """Keeps a plan, in the place of what was there, if it is not the first of its kind."""
        if key in self._plans:
            self._let_go(key)
        elif not self._met(hash(key)):
            return
        self._plans[key] = (prepared.until, prepared)
        self._text += prepared.size
        prepared.kept = True
        while len(self._plans) > self._most or self._text > self._characters:
            self._let_go(next(iter(self._plans)))

    def _met(self, kind: int) -> bool:
        """Whether this kind has been wanted before, lately. Two kinds may pass for one: then a plan is kept early."""
        if kind in self._once:
            del self._once[kind]
            return True
        self._once[kind] = None
        if len(self._once) > 8 * self._most:
            self._once.popitem(last=False)
        return False

    def finish(self, prepared: Prepared, answers: Answers, data: bytes, errors: Sequence[GraphQLError]) -> None:
        """Keeps a plan's answer with it, if every department answered, and its answer may be kept. Errors take far
        more memory than what they say, and are not counted: so an answer with many is not kept."""
        if not prepared.kept or len(data) > self._bytes // 4 or len(errors) > ERRORS:
            return
        until = fresh_until(prepared.orders, answers)
        if until is None:
            return
        self._forget(prepared)
        prepared.finished = Finished(data, errors, until)
        self._kept_bytes += len(data)
        oldest = iter(self._plans.values())
        while self._kept_bytes > self._bytes:
            self._forget(next(oldest)[1])

    def _let_go(self, key: Hashable) -> None:
        prepared = self._plans.pop(key)[1]
        prepared.kept = False
        self._text -= prepared.size
        self._forget(prepared)

    def _forget(self, prepared: Prepared) -> None:
        if prepared.finished:
            self._kept_bytes -= len(prepared.finished.data)
            prepared.finished = None


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
