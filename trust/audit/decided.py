"""Recorded operations decided again: by today's rules, and the book of the day they were asked on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

import orjson
from cachetools import LRUCache

from policies.book import Book
from policies.caller import Caller
from policies.decide import decide
from policies.decision import ALWAYS, Access, Grant, Refusal
from policies.explain import UNCONFIRMED
from policies.rules import Rules
from reference.area import AreaLevel
from reference.facets import Facet
from trust.agreements.replay import EVERYWHERE, PREFIX
from trust.audit.agreed import Agreed
from trust.audit.told import Told

# Refused for another reason than the rules: no source of it is at the gateway.
OFFERED = "offered"
# Kinds of operation that are remembered, with until when what was decided of them holds.
REMEMBERED = 20_000
# For the public, whose decisions depend on no day.
ANY_DAY = date(2000, 1, 1)


@dataclass
class Counted:
    """How many fields were decided again, and how many could not be: that say too little (or by their hash alone), that
    were refused because agreements could not be confirmed; and differences of fields that other rules decided."""

    fields: int = 0
    untold: int = 0
    unconfirmed: int = 0
    other_rules: int = 0
    policies: set[str] = field(default_factory=set[str])

    def add(self, more: "Counted") -> None:
        """These, and more of them."""
        self.fields += more.fields
        self.untold += more.untold
        self.unconfirmed += more.unconfirmed


class _Alike(NamedTuple):
    """Operations of one kind were decided as they are again, between two moments."""

    since: datetime
    until: datetime
    counted: Counted


class Again:
    """Decides again what entries tell."""

    def __init__(self, rules: Rules, agreed: Agreed) -> None:
        self._rules, self._agreed = rules, agreed
        self._known: LRUCache[bytes, _Alike] = LRUCache(REMEMBERED)
        self.counted = Counted()

    def check(self, told: Told) -> Iterator[str]:
        """Fields that an entry says were decided otherwise than they are again."""
        granted, refused = told.fields("granted"), told.fields("refused")
        if not (granted or refused):
            return
        differences = self._differences(told, granted, refused)
        policy = told.body.get("policy")
        if policy != self._rules.hash:
            self.counted.policies.add(policy or "not told")
            self.counted.other_rules += len(differences)
            return
        for difference in differences:
            yield f"entry {told.position}: operation {told.operation_id}: {difference}"

    def _differences(
        self, told: Told, granted: Sequence[Mapping[str, Any]], refused: Sequence[Mapping[str, Any]]
    ) -> Sequence[str]:
        body = told.body
        key = orjson.dumps([body["epoch"], body["organisation"], body["roles"], body["purpose"], granted, refused])
        known = self._known.get(key)
        if known is not None and known.since <= told.at < known.until:
            self.counted.add(known.counted)
            return ()
        purposes = frozenset([body["purpose"]] if body["purpose"] else ())
        caller = Caller("", body["organisation"], frozenset(body["roles"]), purposes)
        books = list(self._agreed.books(body["epoch"], told.at))
        found, until, counted = list[str](), ALWAYS, Counted()
        for recorded in (*granted, *refused):
            difference, holds_until = self._difference(recorded, caller, body["purpose"], books, told.at, counted)
            found += [difference] if difference else []
            until = min(until, holds_until)
        self.counted.add(counted)
        if not found and len(books) == 1:
            self._known[key] = _Alike(told.at, until, counted)
        return found

    def _difference(
        self, recorded: Mapping[str, Any], caller: Caller, purpose: str | None, books: Sequence[Book], at: datetime,
        counted: Counted,
    ) -> tuple[str | None, datetime]:  # fmt: skip
        clause = recorded.get("clause")
        wanted = accesses(recorded, self._rules)
        if clause in (OFFERED, UNCONFIRMED) or not wanted:
            counted.unconfirmed += clause == UNCONFIRMED
            counted.untold += clause not in (OFFERED, UNCONFIRMED)
            return None, ALWAYS
        counted.fields += 1
        first: str | None = None
        until = ALWAYS
        for book in books:
            decision = self._decided(book, caller, purpose, wanted, at)
            until = min(until, decision.until)
            now = _words(decision)
            if now == _recorded(recorded):
                return None, until
            first = first or now
        return f"{recorded['coordinate']} was {_recorded(recorded)}, and is to be {first}", until

    def _decided(
        self, book: Book, caller: Caller, purpose: str | None, wanted: Sequence[Access], at: datetime
    ) -> Grant | Refusal:
        """Of several places that hold all that was wanted, an agreement for any is enough."""
        decisions = [decide(self._rules, book, caller, purpose, access, at) for access in wanted]
        return next((one for one in decisions if isinstance(one, Grant)), decisions[0])


def accesses(field: Mapping[str, Any], rules: Rules) -> Sequence[Access]:
    """What was wanted of a field: once for each smallest place that holds all of it; none where the entry does not
    say."""
    name = str(field["coordinate"]).removeprefix(PREFIX)
    if name not in rules.measures or "levels" not in field:
        return ()
    levels = frozenset(AreaLevel(level) for level in field["levels"])
    facets = frozenset(Facet(facet) for facet in field["facets"])
    if "within" not in field:
        return (Access(name, levels, facets, (EVERYWHERE,), ANY_DAY, ANY_DAY),)
    first, last = date.fromisoformat(field["from"]), date.fromisoformat(field["to"])
    places = (field["within"] or EVERYWHERE, *field.get("or_within", ()))
    return [Access(name, levels, facets, (place,), first, last) for place in places]


def _words(decision: Grant | Refusal) -> str:
    if isinstance(decision, Refusal):
        return f"refused ({decision.clause})"
    return _granted(decision.basis, [f"{ref.id} v{ref.version}" for ref in decision.agreements])


def _recorded(field: Mapping[str, Any]) -> str:
    if "clause" in field:
        return f"refused ({field['clause']})"
    return _granted(field["basis"], field["agreements"])


def _granted(basis: str, agreements: Sequence[str]) -> str:
    return f"granted ({', '.join([str(basis), *agreements])})"
