"""The moves of agreements, by the table of their life: whatever is not allowed is refused before anything is written.

All moves of one operation are one transaction, with the record of that operation. While it is open nobody else moves
anything, and no use of an agreement is recorded.
"""

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from policies.agreement_content import Content, content_hash, content_of
from policies.agreement_file import AgreementStatus as S
from policies.caller import Caller
from policies.narrowing import wider
from policies.rules import Rules
from trust.agreements import store
from trust.agreements.checks import IN_FORCE, Checks, told
from trust.agreements.errors import AllowedMove, Conflict, Incomplete, MoveRefused, TermsRefused
from trust.agreements.life import AMENDABLE, BY_NAME, IN_THE_BOOK, Party, parties, signers
from trust.agreements.merging import merged
from trust.agreements.signatures import Seal
from trust.agreements.version import Change, Version, dates_of, person_of

log = logging.getLogger("lmdt")
_PENDING = frozenset({S.DRAFT, S.RETURNED, S.SUBMITTED, S.IN_REVIEW, S.APPROVED, S.SCHEDULED})
_NUMBERED = re.compile(r"DSA-(\d+)")
# Characters of what is kept as it was written.
COMMENT, REQUEST_ID, HASH = 2_000, 128, 64


class Acts:
    """The moves of one operation."""

    def __init__(self, connection: Connection, rules: Rules, seal: Seal, now: datetime, operation_id: str) -> None:
        self.connection, self._rules, self._seal = connection, rules, seal
        self.now, self._operation_id = now, operation_id
        self._checks = Checks(connection, rules, now)
        self.moved = False

    def undo(self) -> None:
        """As if nothing had been moved."""
        self.connection.rollback()
        self.moved = False

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
        return self._new(caller, content, S.DRAFT, "propose", Party.CONSUMER, request_id)

    def amend(self, caller: Caller, id: str, expected: int, terms: Content, request_id: str | None = None) -> Change:
        """The next version, as a draft, with these terms in the place of those of the last. Raises NotThere, Conflict,
        MoveRefused, TermsRefused."""
        if again := self._again(caller, request_id, "amend", id):
            return again
        last = self._checks.last(caller, id, expected)
        party = self._checks.party(caller, last, BY_NAME["amend"])
        if last.state not in AMENDABLE:
            raise self._checks.refused(last, f"Version {last.version} is on its way ({last.state}): cancel it first.")
        change = self._new(caller, self._next(last, terms), S.DRAFT, "amend", party, request_id)
        if last.state in (S.DRAFT, S.RETURNED):
            self._by_trust("supersede", last, f"Version {change.version.version} takes its place.")
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
        person = person_of(caller)
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
        done = {event.party for event in signed} | {party}
        name = "approve" if done >= set(needed) else "sign"
        change = self._put(name, last, caller, party, simulation_hash=simulation_hash)
        if name == "approve":
            return self._in_force(change)
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
        if overdue and overdue <= self.now:
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
        if more := wider(self._checks.agreement(standing), self._checks.read(content)):
            raise MoveRefused(
                f"These terms are not narrower than those in force: {' '.join(more)} To widen, amend it: every "
                "signature is needed again.",
                self._checks.allowed(standing),
            )
        for one in store.versions(self.connection, id):
            if one.state in _PENDING:
                self._by_trust("supersede", one, "The agreement was narrowed meanwhile: amend it anew.")
        change = self._new(caller, content, S.ACTIVE, "narrow", party, None, signed=True)
        self._by_trust("supersede", standing, f"Version {change.version.version} takes its place.")
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

    # What the Trust does itself

    def tick(self) -> list[Change]:
        """Begins, ends and suspends whatever is due. What somebody has put on hold does not go on, nor does what is not
        what was signed."""
        changes: list[Change] = []
        for one in store.due(self.connection, self.now):
            dates = dates_of(one.content)
            if dates.not_after and dates.not_after <= self.now:
                changes.append(self._by_trust("expire", one, "Its term is over."))
            elif one.state is S.SCHEDULED:
                if not self._checks.signed(one):
                    told = {"event": "agreements", "agreement": f"{one.id} v{one.version}"}
                    log.error("an agreement does not come into force: it is not what was signed", extra=told)
                elif not self._checks.held(one.id):
                    changes.append(self._activate(one))
            else:
                changes.append(self._by_trust("lapse", one, "The day of its review has passed."))
        return changes

    def import_(self, record: Mapping[str, Any], state: S) -> Version:
        """A version from a file, in the state that the file says."""
        return self.import_all([(record, state, content_hash(record))])[0]

    def import_all(self, files: Iterable[tuple[Mapping[str, Any], S, str]]) -> list[Version]:
        """What a new Trust starts with: versions from files, each with its state and the hash of its content."""
        versions = [store.version_of(content_of(record), state, "", hashed) for record, state, hashed in files]
        events = [
            self._event("import", one, None, one.state, None, Party.TRUST, "From a file.", signed=True)
            for one in versions
        ]
        in_the_book = {one.consumer for one in versions if not one.banded and one.state in IN_THE_BOOK}
        store.add_all(self.connection, versions, events, in_the_book)
        self.moved = self.moved or bool(versions)
        return versions

    # Steps

    def _moved(self, caller: Caller, name: str, one: Version, comment: str = "") -> Change:
        """One plain move by a caller."""
        party = self._checks.party(caller, one, BY_NAME[name])
        if name == "submit":
            self._checks.complete(one)
        return self._put(name, one, caller, party, comment=comment)

    def _again(self, caller: Caller, request_id: str | None, name: str, id: str | None = None) -> Change | None:
        """What the same request of the same person has done before. Raises TermsRefused where it was another."""
        if not request_id:
            return None
        if len(request_id) > REQUEST_ID or "\0" in request_id:
            raise TermsRefused(f"requestId: at most {REQUEST_ID} characters are kept, none of them NUL.")
        done = store.requested(self.connection, person_of(caller), request_id)
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

    def _new(
        self, caller: Caller, content: Content, state: S, name: str, party: Party, request_id: str | None,
        *, signed: bool = False,
    ) -> Change:  # fmt: skip
        one = store.add_version(self.connection, content, state, person_of(caller), request_id)
        self._note(name, one, None, state, caller, party, "", signed=signed)
        return Change(one, None, state, self.now, tuple(self._checks.lacking(one.content)))

    def _put(
        self, name: str, one: Version, caller: Caller | None, party: Party, *, comment: str = "",
        simulation_hash: str | None = None,
    ) -> Change:  # fmt: skip
        """Moves a version by the table."""
        after = BY_NAME[name].after
        store.set_state(self.connection, one, after)
        signed = name in ("sign", "approve")
        self._note(name, one, one.state, after, caller, party, comment, simulation_hash=simulation_hash, signed=signed)
        moved = replace(one, state=after)
        lacking = self._checks.lacking(one.content) if after is S.RETURNED else ()
        return Change(moved, one.state, after, self.now, tuple(lacking))

    def _by_trust(self, name: str, one: Version, comment: str) -> Change:
        return self._put(name, one, None, Party.TRUST, comment=comment)

    def _in_force(self, approved: Change) -> Change:
        """Puts what has just been signed by all in force, or schedules it."""
        begins = dates_of(approved.version.content).not_before
        if begins and begins > self.now:
            later = self._by_trust("schedule", approved.version, f"In force from {begins:%Y-%m-%d %H:%M}Z.")
        else:
            later = self._activate(approved.version)
        return later._replace(before=approved.before)

    def _activate(self, one: Version) -> Change:
        """Puts a version that is what was signed in force, in the place of the one that is."""
        for other in store.versions(self.connection, one.id):
            if other.version != one.version and other.state in IN_FORCE:
                self._by_trust("supersede", other, f"Version {one.version} takes its place.")
        return self._by_trust("activate", one, "")

    def _note(
        self, name: str, one: Version, before: S | None, after: S, caller: Caller | None, party: Party, comment: str,
        *, simulation_hash: str | None = None, signed: bool = False,
    ) -> None:  # fmt: skip
        event = self._event(
            name, one, before, after, caller, party, comment, simulation_hash=simulation_hash, signed=signed
        )
        changed = not one.banded and {before, after} & IN_THE_BOOK
        store.add_event(self.connection, event, one.consumer if changed else None)
        self.moved = True

    def _event(
        self, name: str, one: Version, before: S | None, after: S, caller: Caller | None, party: Party, comment: str,
        *, simulation_hash: str | None = None, signed: bool = False,
    ) -> dict[str, Any]:  # fmt: skip
        """A move as it is written down."""
        event: dict[str, Any] = {
            "id": one.id,
            "version": one.version,
            "move": name,
            "before": before and before.value,
            "after": after.value,
            "at": self.now,
            "person": caller and person_of(caller),
            "subject": caller and caller.subject[:256],
            "organisation": caller and caller.organisation,
            "party": party.value,
            "comment": comment,
            "content_hash": one.content_hash,
            "simulation_hash": simulation_hash,
            "operation_id": self._operation_id,
        }
        event["signature"] = self._seal.sign(event) if signed else None
        return event


def _given(text: str, what: str) -> str:
    """A text that says something. Raises TermsRefused."""
    if not text.strip():
        raise TermsRefused(f"Give a {what}: it is kept, and shown to the other party.")
    if len(text) > COMMENT or "\0" in text:
        raise TermsRefused(f"The {what} has {len(text)} characters: at most {COMMENT} are kept, none of them NUL.")
    return text.strip()
