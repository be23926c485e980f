"""Demand met and unmet, and the arrangements that would meet what is not: all from what is in the record."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from policies.agreement_content import Content
from policies.book import Book
from policies.caller import Caller
from policies.decide import decide
from policies.decision import Access, Grant, Refusal
from policies.drafting import as_if_agreed, draft
from policies.rules import Rules
from trust.agreements.replay import PREFIX, access_of
from trust.demand.recorded import Kind

# What is not offered is no department's to share: it is counted among the misses.
NOT_OFFERED = "offered"


class Between(NamedTuple):
    """Whose data, and who asked for it: None is the public."""

    owner: str
    consumer: str | None


@dataclass(slots=True)
class Met:
    """Operations that were given something of what they asked for, and that were refused something of it. An operation
    can be both."""

    met: int = 0
    unmet: int = 0


@dataclass(slots=True)
class Arrangement:
    """What one owner refused to one consumer for one purpose, and what would allow it.

    `operations`: that were refused something. `since_met`: of these, those that would be answered by the agreements of
    today. `would_answer`: those that would newly be answered, in all that this owner refused them, if the draft were in
    force; None where there is no draft. `untold`: those whose record does not say enough to decide them again.
    `fields`: coordinates, with how many operations. `accesses`: what is refused still."""

    owner: str
    consumer: str | None
    purpose: str | None
    operations: int = 0
    since_met: int = 0
    untold: int = 0
    would_answer: int | None = None
    first: datetime | None = None
    last: datetime | None = None
    fields: Counter[str] = field(default_factory=Counter[str])
    accesses: dict[Access, None] = field(default_factory=dict[Access, None])
    roles: frozenset[str] = frozenset()
    draft: Content | None = None
    _cases: list[tuple[int, Caller, tuple[Access, ...]]] = field(
        default_factory=list[tuple[int, Caller, tuple[Access, ...]]]
    )

    def refused(self, kind: Kind, wanted: Sequence["Wanted"]) -> None:
        """Counts a kind of operation."""
        self.operations += kind.operations
        self.first = min(self.first or kind.first, kind.first)
        self.last = max(self.last or kind.last, kind.last)
        self.roles |= kind.caller.roles
        for name in {one.coordinate for one in wanted}:
            self.fields[name] += kind.operations
        if any(one.access is None for one in wanted):
            self.untold += kind.operations
            return
        still = tuple(one.access for one in wanted if one.access and not one.granted)
        if not still:
            self.since_met += kind.operations
            return
        self.accesses.update(dict.fromkeys(still))
        self._cases.append((kind.operations, kind.caller, still))

    def drafted(self, rules: Rules, book: Book, now: datetime) -> None:
        """Drafts what would allow what is refused still, and counts what it would answer."""
        if self.consumer is None or not self.accesses:
            return
        caller = Caller("", self.consumer, self.roles, frozenset([self.purpose] if self.purpose else ()))
        self.draft = draft(rules, book, caller, self.purpose, list(self.accesses), self.owner, now)
        after = book.with_(as_if_agreed(rules, self.draft, now))
        self.would_answer = sum(
            times
            for times, who, accesses in self._cases
            if all(isinstance(decide(rules, after, who, self.purpose, one, now), Grant) for one in accesses)
        )


class Wanted(NamedTuple):
    """A field that was refused to an operation: by whom, what was wanted of it where the record says, and whether it
    would be granted today."""

    owner: str
    coordinate: str
    access: Access | None
    granted: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """Demand over a time: by owner and consumer, by month, and what would meet what is not met. `operations`: that were
    looked at. Each list has the most frequent first."""

    operations: int
    between: Mapping[Between, Met]
    months: Mapping[tuple[str, Between], Met]
    unmet: Sequence[Arrangement]


def measured(
    rules: Rules, book: Book, kinds: Iterable[Kind], concerns: Callable[[Between], bool], now: datetime
) -> Measured:
    """Demand of those whose business it is, by `concerns`. What an owner asks of its own is no demand on anybody."""
    between: dict[Between, Met] = {}
    months: dict[tuple[str, Between], Met] = {}
    unmet: dict[tuple[str, str | None, str | None], Arrangement] = {}
    operations = 0
    for kind in kinds:
        consumer = kind.caller.organisation
        wanted: dict[str, list[Wanted]] = {}
        for one in _refused(rules, book, kind, now):
            wanted.setdefault(one.owner, []).append(one)
        given = {owner for entry in kind.granted for owner in _owners(rules, entry["coordinate"])}
        owners = {one for one in (*given, *wanted) if one != consumer and concerns(Between(one, consumer))}
        operations += kind.operations if owners else 0
        for owner in owners:
            pair = Between(owner, consumer)
            for met in (between.setdefault(pair, Met()), months.setdefault((kind.month, pair), Met())):
                met.met += kind.operations if owner in given else 0
                met.unmet += kind.operations if owner in wanted else 0
            if owner in wanted:
                key = (owner, consumer, kind.purpose)
                unmet.setdefault(key, Arrangement(*key)).refused(kind, wanted[owner])
    for arrangement in unmet.values():
        arrangement.drafted(rules, book, now)
    ranked = sorted(unmet.values(), key=lambda one: (-(one.would_answer or 0), -one.operations, one.owner))
    return Measured(
        operations,
        dict(sorted(between.items(), key=lambda item: (-item[1].met - item[1].unmet, item[0].owner))),
        dict(sorted(months.items(), key=lambda item: (item[0][0], item[0][1].owner, item[0][1].consumer or ""))),
        ranked,
    )


def _refused(rules: Rules, book: Book, kind: Kind, now: datetime) -> Iterable[Wanted]:
    """The fields that a kind of operation was refused. Of what is computed, the owner who refuses it today counts."""
    for entry in kind.refused:
        if entry.get("clause") == NOT_OFFERED:
            continue
        access = access_of(entry, rules)
        decision = decide(rules, book, kind.caller, kind.purpose, access, now) if access else None
        granted = isinstance(decision, Grant)
        owners = [decision.owner] if isinstance(decision, Refusal) else _owners(rules, entry["coordinate"])
        for owner in owners:
            yield Wanted(owner, entry["coordinate"], access, granted)


def _owners(rules: Rules, coordinate: Any) -> Sequence[str]:
    """Those who own a measure, or what it is computed from."""
    measure = rules.measures.get(str(coordinate).removeprefix(PREFIX))
    names = measure.inputs or (measure.name,) if measure else ()
    return sorted({rules.measures[name].owner for name in names})
