"""The moves of agreements, by the table of their life: whatever is not allowed is refused before anything is written.

All moves of one operation are one transaction, with the record of that operation. While it is open nobody else moves
anything, and no use of an agreement is recorded.
"""

import logging
import re
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from policies.agreement_content import Content, content_of
from policies.agreement_file import AgreementStatus as S
from policies.caller import Caller
from policies.narrowing import wider
from policies.rules import Rules
from trust.agreements import store
from trust.agreements.checks import Checks, told
from trust.agreements.errors import AllowedMove, Conflict, Incomplete, MoveRefused, TermsRefused
from trust.agreements.life import AMENDABLE, BY_NAME, Party, parties, signers
from trust.agreements.merging import merged
from trust.agreements.signatures import Seal
from trust.agreements.steps import Steps
from trust.agreements.version import Change, Version, dates_of
from trust.people import People

log = logging.getLogger("lmdt")
_PENDING = frozenset({S.DRAFT, S.RETURNED, S.SUBMITTED, S.IN_REVIEW, S.APPROVED, S.SCHEDULED})
_NUMBERED = re.compile(r"DSA-(\d+)")
# Characters of what is kept as it was written.
COMMENT, REQUEST_ID, HASH = 2_000, 128, 64


class Acts:
    """The moves of one operation."""

    def __init__(
        self, connection: Connection, rules: Rules, seal: Seal, people: People, now: datetime, operation_id: str
    ) -> None:
        self.connection, self._rules = connection, rules
        self._checks = Checks(connection, rules, people, now)
        self.steps = Steps(connection, self._checks, seal, now, operation_id)

    @property
    def moved(self) -> bool:
        """Whether anything has been."""
        return self.steps.moved

    def undo(self) -> None:
        """As if nothing had been moved."""
        self.connection.rollback()
        self.steps.moved = False

    # What a caller may do

    def propose(self, caller: Caller, terms: Content, request_id: str | None = None) -> Change:
        """A new agreement, as a draft. Raises TermsRefused, MoveRefused."""
        if again := self._again(caller, request_id, "propose"):
            return again
        between: dict[str, Any] = terms.get("parties") or {}
        owner, consumer = between.get("owner"), between.get("consumer") or caller.organisation
        if owner not in {measure.owner.value for measure in self._rules.measures.values()}:
            raise TermsRefused("terms.parties.owner must name the department that shares.")
        if consumer == owner:
            raise TermsRefused(f"terms.parties.owner: {owner} reads its own data without an agreement.")
        if Party.CONSUMER not in parties(caller, str(owner), str(consumer)):
            raise MoveRefused(
                f"An agreement is proposed by the organisation that will read the data, here {consumer}, "
                f"and you are of {caller.organisation or 'none'}.",
                [AllowedMove("propose", (Party.CONSUMER,))],
            )
        content = content_of({**terms, "id": self._next_id(), "version": 1})
        content["parties"] = {**content["parties"], "consumer": consumer}
        return self.steps.new(caller, content, S.DRAFT, "propose", Party.CONSUMER, request_id)

    def amend(self, caller: Caller, id: str, expected: int, terms: Content, request_id: str | None = None) -> Change:
        """The next version, as a draft, with these terms in the place of those of the last. Raises NotThere, Conflict,
        MoveRefused, TermsRefused."""
        if again := self._again(caller, request_id, "amend", id):
            return again
        last = self._checks.last(caller, id, expected)
        party = self._checks.party(caller, last, BY_NAME["amend"])
        if last.state not in AMENDABLE:
            raise self._checks.refused(last, f"Version {last.version} is on its way ({last.state}): cancel it first.")
        change = self.steps.new(caller, self._next(last, terms), S.DRAFT, "amend", party, request_id)
        if last.state in (S.DRAFT, S.RETURNED):
            self.steps.by_trust("supersede", last, f"Version {change.version.version} takes its place.")
        return change

    def submit(self, caller: Caller, id: str, version: int) -> Change:
        """Proposes a draft to its owner and the Trust. Raises as `amend` does, and Incomplete."""
        return self._moved(caller, "submit", self._checks.last(caller, id, version))

    def return_(self, caller: Caller, id: str, version: int, comment: str) -> Change:
        """Sends it back to the consumer with a comment."""
        return self._moved(caller, "return", self._checks.last(caller, id, version), _given(comment, "comment"))

    def reject(self, caller: Caller, id: str, version: int, reason: str) -> Change:
        """Turns it down."""
        return self._moved(caller, "reject", self._checks.last(caller, id, version), _given(reason, "reason"))

    def cancel(self, caller: Caller, id: str, version: int) -> Change:
        """Withdraws it before it is in force."""
        return self._moved(caller, "cancel", self._checks.last(caller, id, version))

    def approve(
        self, caller: Caller, id: str, version: int, content_hash: str, simulation_hash: str | None = None
    ) -> Change:
        """Signs the content of a version; the last signature that is needed puts it in force, now or when its term
        begins. Raises as `submit` does."""
        last = self._checks.last(caller, id, version)
        move = BY_NAME["sign"]
        party = self._checks.party(caller, last, move, name="approve")
        if simulation_hash is not None and (len(simulation_hash) > HASH or "\0" in simulation_hash):
            raise TermsRefused("simulationHash is not the hash of a simulation.")
        signed = self._checks.signatures(last)
        needed = signers(banded=self._checks.in_band(last))
        if content_hash != last.content_hash:
            raise Conflict(
                f"Version {version} has another content than the one you name: look at it again. Its hash is "
                f"{last.content_hash}.",
                store.last_event(self.connection, id),
            )
        person = self._checks.people.of(caller)
        if person == last.proposer:
            raise self._checks.refused(last, "Who proposed it may not approve it: someone else must.")
        if earlier := next((event for event in signed if event.person == person or event.party == party), None):
            who = "You have" if earlier.person == person else f"{earlier.subject} has"
            raise self._checks.refused(last, f"{who} signed it already, as {earlier.party}.")
        if party not in needed:
            raise self._checks.refused(last, "It lies within a band: its owner's signature alone is needed.")
        if not self._checks.unchanged(last):
            raise self._checks.refused(last, "Its content is not what was written or signed: amend it.")
        self._checks.complete(last)
        self._checks.consistent(last)
        done = {event.party for event in signed} | {party}
        name = "approve" if done >= set(needed) else "sign"
        change = self.steps.put(name, last, caller, party, simulation_hash=simulation_hash)
        if name == "approve":
            return self.steps.in_force(change)
        return change

    def suspend(self, caller: Caller, id: str, reason: str) -> Change:
        """Puts what is in force on hold."""
        return self._moved(caller, "suspend", self._checks.standing(caller, id), _given(reason, "reason"))

    def resume(self, caller: Caller, id: str, reason: str) -> Change:
        """Puts what is on hold in force again."""
        one = self._checks.standing(caller, id)
        party = self._checks.party(caller, one, BY_NAME["resume"])
        held = next(event for event in reversed(store.events(self.connection, id, one.version)))
        if held.move == "suspend" and held.party != party:
            raise self._checks.refused(one, f"It was suspended by {held.party}, who alone may resume it.")
        overdue = dates_of(one.content).review_end
        if overdue and overdue <= self.steps.now:
            raise self._checks.refused(one, "Its review is overdue: amend term.review_by first.")
        return self._moved(caller, "resume", one, _given(reason, "reason"))

    def terminate(self, caller: Caller, id: str, reason: str) -> Change:
        """Ends what is in force, on hold or signed for later: all of it."""
        standing, comment = self._checks.standing(caller, id), _given(reason, "reason")
        change = self._moved(caller, "terminate", standing, comment)
        for one in store.versions(self.connection, id):
            if one.version != standing.version and one.state in (S.APPROVED, S.SCHEDULED):
                self._moved(caller, "terminate", one, comment)
        return change

    def narrow(self, caller: Caller, id: str, expected: int, terms: Content) -> Change:
        """Puts a version in force at once that covers less than the one that is, on its owner's word alone. What was on
        its way is superseded. Raises as `amend` does, and Incomplete."""
        last = self._checks.last(caller, id, expected)
        standing = next((one for one in store.versions(self.connection, id) if one.state is S.ACTIVE), None)
        if standing is None:
            raise self._checks.refused(last, "No version of it is in force, so there is nothing to narrow.")
        party = self._checks.party(caller, standing, BY_NAME["narrow"])
        if not self._checks.signed(standing):
            raise self._checks.refused(standing, "What is in force is not what was signed: suspend it.")
        content = self._next(standing, terms, after=last.version)
        if lacking := self._checks.lacking(content):
            raise Incomplete(f"{id} cannot be narrowed to these terms: {told(lacking)}", lacking)
        if more := wider(standing.agreement(self._rules.known), self._checks.read(content)):
            raise MoveRefused(
                f"These terms are not narrower than those in force: {' '.join(more)} To widen, amend it: every "
                "signature is needed again.",
                self._checks.allowed(standing),
            )
        self._checks.consistent(replace(standing, version=content["version"], content=content), narrowed=True)
        for one in store.versions(self.connection, id):
            if one.state in _PENDING:
                self.steps.by_trust("supersede", one, "The agreement was narrowed meanwhile: amend it anew.")
        change = self.steps.new(caller, content, S.ACTIVE, "narrow", party, None, signed=True)
        self.steps.by_trust("supersede", standing, f"Version {change.version.version} takes its place.")
        return change

    def suspend_all(self, caller: Caller, owner: str | None, consumer: str | None, reason: str) -> list[Change]:
        """Puts all that is in force of one owner, of one consumer, or between the two, on hold in one act."""
        if owner is None and consumer is None:
            raise TermsRefused("Name the owner, the consumer, or both, whose agreements are to be suspended.")
        comment = _given(reason, "reason")
        both = store.of_parties(self.connection, None, states=(S.ACTIVE,), owner=owner, consumer=consumer)
        names = parties(caller, owner or "", "")
        if not {Party.TRUSTEE, Party.OWNER_STEWARD} & names:
            raise MoveRefused(
                "Everything is suspended by a trustee, or by the owner's data steward.",
                [AllowedMove("suspendAll", BY_NAME["suspend"].by)],
            )
        return [self._moved(caller, "suspend", one, comment) for one in both]

    # Steps

    def _moved(self, caller: Caller, name: str, one: Version, comment: str = "") -> Change:
        """One plain move by a caller."""
        party = self._checks.party(caller, one, BY_NAME[name])
        if name == "submit":
            self._checks.complete(one)
        return self.steps.put(name, one, caller, party, comment=comment)

    def _again(self, caller: Caller, request_id: str | None, name: str, id: str | None = None) -> Change | None:
        """What the same request of the same person has done before. Raises TermsRefused where it was another."""
        if not request_id:
            return None
        if len(request_id) > REQUEST_ID or "\0" in request_id:
            raise TermsRefused(f"requestId: at most {REQUEST_ID} characters are kept, none of them NUL.")
        done = store.requested(self.connection, self._checks.people.of(caller), request_id)
        if done is None:
            return None
        first = store.events(self.connection, done.id, done.version)[0]
        if first.move != name or id not in (None, done.id):
            raise TermsRefused(f"requestId: you have sent it with another request, to {first.move} {done.id}.")
        return Change(done, first.before, first.after, first.at, tuple(self._checks.lacking(done.content)))

    def _next_id(self) -> str:
        taken = [int(match[1]) for id in store.numbered(self.connection) if (match := _NUMBERED.fullmatch(id))]
        return f"DSA-{max(taken, default=0) + 1:03}"

    def _next(self, base: Version, terms: Content, after: int | None = None) -> Content:
        """The content of the version that follows, between the same parties. Raises TermsRefused."""
        content = merged(base.content, terms)
        between: dict[str, Any] = content.get("parties") or {}
        if (between.get("owner"), between.get("consumer")) != (base.owner, base.consumer):
            raise TermsRefused("terms.parties: owner and consumer stay the same: propose another agreement.")
        return content_of({**content, "id": base.id, "version": (after or base.version) + 1})


def _given(text: str, what: str) -> str:
    """A text that says something. Raises TermsRefused."""
    if not text.strip():
        raise TermsRefused(f"Give a {what}: it is kept, and shown to the other party.")
    if len(text) > COMMENT or "\0" in text:
        raise TermsRefused(f"The {what} has {len(text)} characters: at most {COMMENT} are kept, none of them NUL.")
    return text.strip()
