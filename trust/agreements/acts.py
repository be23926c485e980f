"""The moves of agreements, by the table of their life: whatever is not allowed is refused before anything is written.

All moves of one operation are one transaction, with the record of that operation. While it is open nobody else moves
anything, and no use of an agreement is recorded.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from policies.narrowing import wider
from sqlalchemy import Connection

from policies.agreement import Agreement, agreement
from policies.agreement_content import Content, content_of
from policies.agreement_file import AgreementStatus as S
from policies.caller import Caller
from policies.errors import PolicyError
from policies.questions import Question, missing
from policies.rules import Rules
from trust.agreements import store
from trust.agreements.errors import AllowedMove, Conflict, Incomplete, MoveRefused, NotThere, TermsRefused
from trust.agreements.life import AMENDABLE, BY_NAME, IN_THE_BOOK, Move, Party, moves_from, parties, signers
from trust.agreements.merging import merged
from trust.agreements.signatures import Seal, holds
from trust.agreements.version import Change, Event, Version, dates_of, person_of

_PENDING = frozenset({S.DRAFT, S.RETURNED, S.SUBMITTED, S.IN_REVIEW, S.APPROVED, S.SCHEDULED})
_IN_FORCE = (S.ACTIVE, S.SUSPENDED)
_NUMBERED = re.compile(r"DSA-(\d+)")
COMMENT = 2_000


class Acts:
    """The moves of one operation."""

    def __init__(self, connection: Connection, rules: Rules, seal: Seal, now: datetime, operation_id: str) -> None:
        self.connection, self._rules, self._seal = connection, rules, seal
        self.now, self._operation_id = now, operation_id
        self.moved = False

    # What a caller may do

    def propose(self, caller: Caller, terms: Content, request_id: str | None = None) -> Change:
        """A new agreement, as a draft. Raises TermsRefused, MoveRefused."""
        if again := self._again(caller, request_id):
            return again
        given = terms.get("parties")
        between: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
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
        if again := self._again(caller, request_id):
            return again
        last = self._last(caller, id, expected)
        party = self._party(caller, last, BY_NAME["amend"])
        if last.state not in AMENDABLE:
            raise self._refused(caller, last, f"Version {last.version} is on its way ({last.state}): cancel it first.")
        change = self._new(caller, self._next(last, terms), S.DRAFT, "amend", party, request_id)
        if last.state in (S.DRAFT, S.RETURNED):
            self._by_trust("supersede", last, f"Version {change.version.version} takes its place.")
        return change

    def submit(self, caller: Caller, id: str, version: int) -> Change:
        """Proposes a draft to its owner and the Trust. Raises as `amend` does, and Incomplete."""
        return self._moved(caller, "submit", self._last(caller, id, version))

    def return_(self, caller: Caller, id: str, version: int, comment: str) -> Change:
        """Sends it back to the consumer with a comment."""
        return self._moved(caller, "return", self._last(caller, id, version), _given(comment, "comment"))

    def reject(self, caller: Caller, id: str, version: int, reason: str) -> Change:
        """Turns it down."""
        return self._moved(caller, "reject", self._last(caller, id, version), _given(reason, "reason"))

    def cancel(self, caller: Caller, id: str, version: int) -> Change:
        """Withdraws it before it is in force."""
        return self._moved(caller, "cancel", self._last(caller, id, version))

    def approve(
        self, caller: Caller, id: str, version: int, content_hash: str, simulation_hash: str | None = None
    ) -> Change:
        """Signs the content of a version; the last signature that is needed puts it in force, now or when its term
        begins. Raises as `submit` does."""
        last = self._last(caller, id, version)
        move = BY_NAME["sign"]
        party = self._party(caller, last, move, name="approve")
        signed = self._signatures(last)
        needed = signers(banded=self.in_band(last))
        if content_hash != last.content_hash:
            raise Conflict(
                f"Version {version} has another content than the one you name: look at it again. Its hash is "
                f"{last.content_hash}.",
                store.last_event(self.connection, id),
            )
        person = person_of(caller)
        if person == last.proposer:
            raise self._refused(caller, last, "Who proposed it may not approve it: someone else must.")
        if earlier := next((event for event in signed if event.person == person or event.party == party), None):
            who = "You have" if earlier.person == person else f"{earlier.subject} has"
            raise self._refused(caller, last, f"{who} signed it already, as {earlier.party}.")
        if party not in needed:
            raise self._refused(caller, last, "It lies within a band: its owner's signature alone is needed.")
        self._complete(last)
        done = {event.party for event in signed} | {party}
        name = "approve" if done >= set(needed) else "sign"
        change = self._put(name, last, caller, party, simulation_hash=simulation_hash)
        if name == "approve":
            return self._in_force(change)
        return change

    def suspend(self, caller: Caller, id: str, reason: str) -> Change:
        """Puts what is in force on hold."""
        return self._moved(caller, "suspend", self._standing(caller, id), _given(reason, "reason"))

    def resume(self, caller: Caller, id: str, reason: str) -> Change:
        """Puts what is on hold in force again."""
        one = self._standing(caller, id)
        party = self._party(caller, one, BY_NAME["resume"])
        held = next(event for event in reversed(store.events(self.connection, id, one.version)))
        if held.move == "suspend" and held.party != party:
            raise self._refused(caller, one, f"It was suspended by {held.party}, who alone may resume it.")
        overdue = dates_of(one.content).review_end
        if overdue and overdue <= self.now:
            raise self._refused(caller, one, "Its review is overdue: amend term.review_by first.")
        return self._moved(caller, "resume", one, _given(reason, "reason"))

    def terminate(self, caller: Caller, id: str, reason: str) -> Change:
        """Ends what is in force, on hold or signed for later."""
        return self._moved(caller, "terminate", self._standing(caller, id), _given(reason, "reason"))

    def narrow(self, caller: Caller, id: str, expected: int, terms: Content) -> Change:
        """Puts a version in force at once that covers less than the one that is, on its owner's word alone. What was on
        its way is superseded. Raises as `amend` does, and Incomplete."""
        last = self._last(caller, id, expected)
        standing = next((one for one in store.versions(self.connection, id) if one.state is S.ACTIVE), None)
        if standing is None:
            raise self._refused(caller, last, "No version of it is in force, so there is nothing to narrow.")
        party = self._party(caller, standing, BY_NAME["narrow"])
        content = self._next(standing, terms, after=last.version)
        if lacking := self._lacking(content):
            raise Incomplete(f"{id} cannot be narrowed to these terms: {_told(lacking)}", lacking)
        if more := wider(self._agreement(standing), self._read(content)):
            raise MoveRefused(
                f"These terms are not narrower than those in force: {' '.join(more)} To widen, amend it: every "
                "signature is needed again.",
                self._allowed(standing),
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
        """Begins, ends and suspends whatever is due."""
        changes: list[Change] = []
        for one in store.due(self.connection, self.now):
            dates = dates_of(one.content)
            if dates.not_after and dates.not_after <= self.now:
                changes.append(self._by_trust("expire", one, "Its term is over."))
            elif one.state is S.SCHEDULED:
                changes.append(self._activate(one))
            else:
                changes.append(self._by_trust("lapse", one, "The day of its review has passed."))
        return changes

    def import_(self, record: Mapping[str, Any], state: S) -> Version:
        """A version from a file, in the state that the file says: what a new Trust starts with."""
        one = store.add_version(self.connection, content_of(record), state, "", None)
        self._note("import", one, None, state, None, Party.TRUST, "From a file.", signed=True)
        return one

    # What may be done

    def moves(self, caller: Caller, one: Version) -> list[str]:
        """The names of the moves that a caller may make of a version now."""
        mine = parties(caller, one.owner, one.consumer)
        allowed = [move.name for move in moves_from(one.state) if mine & set(move.by)]
        newest = one.version == max(other.version for other in store.versions(self.connection, one.id))
        if newest and one.state in AMENDABLE and mine & set(BY_NAME["amend"].by):
            allowed.append("amend")
        if one.state is S.ACTIVE and mine & set(BY_NAME["narrow"].by):
            allowed.append("narrow")
        signed = self._signatures(one) if "sign" in allowed else ()
        person = person_of(caller)
        spent = person == one.proposer or any(event.person == person or event.party in mine for event in signed)
        return [
            "approve" if name == "sign" else name
            for name in allowed
            if name != "approve" and not (name == "sign" and spent)
        ]

    def in_band(self, one: Version) -> bool:
        """Whether a version lies within a band between its parties that is in force."""
        if one.banded or missing(one.content, self._rules.known):
            return False
        agreed = self._agreement(one)
        bands = store.of_parties(self.connection, None, states=(S.ACTIVE,), owner=one.owner, consumer=one.consumer)
        return any(
            band.banded and not wider(self._agreement(band), agreed, text=False) for band in bands if band.banded
        )

    # Steps

    def _moved(self, caller: Caller, name: str, one: Version, comment: str = "") -> Change:
        """One plain move by a caller."""
        party = self._party(caller, one, BY_NAME[name])
        if name == "submit":
            self._complete(one)
        return self._put(name, one, caller, party, comment=comment)

    def _party(self, caller: Caller, one: Version, move: Move, *, name: str = "") -> Party:
        """In whose name a caller makes a move. Raises MoveRefused."""
        mine = parties(caller, one.owner, one.consumer)
        party = next((party for party in move.by if party in mine), None)
        name = name or move.name
        if move.before and one.state not in move.before:
            raise self._refused(caller, one, f"{one.id} version {one.version} is {one.state}, so it cannot {name}.")
        if party is None:
            raise self._refused(caller, one, f"You may not {name} it: that is for {' or '.join(move.by)}.")
        return party

    def _refused(self, caller: Caller, one: Version, message: str) -> MoveRefused:
        last = store.last_event(self.connection, one.id)
        told = f"{message} Its last move was {last.move} of version {last.version}, by {last.who} at {last.when}."
        return MoveRefused(told, self._allowed(one))

    def _allowed(self, one: Version) -> list[AllowedMove]:
        """The moves that anybody may make of a version now."""
        allowed = [
            AllowedMove("approve" if move.name == "sign" else move.name, move.by)
            for move in moves_from(one.state)
            if move.by != (Party.TRUST,) and move.name != "approve"
        ]
        if one.state in AMENDABLE:
            allowed.append(AllowedMove("amend", BY_NAME["amend"].by))
        if one.state is S.ACTIVE:
            allowed.append(AllowedMove("narrow", BY_NAME["narrow"].by))
        return allowed

    def _complete(self, one: Version) -> None:
        """Raises Incomplete."""
        if lacking := self._lacking(one.content):
            raise Incomplete(f"{one.id} cannot go on: {_told(lacking)}", lacking)

    def _lacking(self, content: Content) -> list[Question]:
        """What is missing or wrong, the dates that have passed among it."""
        lacking = missing(content, self._rules.known)
        known = {question.key for question in lacking}
        dates = dates_of(content)
        for key, moment in (("term.not_after", dates.not_after), ("term.review_by", dates.review_end)):
            if key not in known and moment and moment <= self.now:
                lacking.append(Question(key, "When?", "", (), answered=False, problem="has passed."))
        return lacking

    def _last(self, caller: Caller, id: str, expected: int) -> Version:
        """The last version, which is the one expected. Raises NotThere, Conflict."""
        known = self._visible(caller, id)
        if known[-1].version != expected:
            last = store.last_event(self.connection, id)
            raise Conflict(
                f"The last version of {id} is {known[-1].version}, not {expected}: {last.who} moved it at {last.when} "
                f"({last.move}). Look at it again.",
                last,
            )
        return known[-1]

    def _standing(self, caller: Caller, id: str) -> Version:
        """The version in force or on hold; where none is, one that is signed for later, or the last. Raises
        NotThere."""
        known = self._visible(caller, id)
        for states in (_IN_FORCE, (S.SCHEDULED, S.APPROVED)):
            for one in reversed(known):
                if one.state in states:
                    return one
        return known[-1]

    def _visible(self, caller: Caller, id: str) -> list[Version]:
        known = store.versions(self.connection, id)
        if not known or not (caller.oversees or caller.organisation in (known[0].owner, known[0].consumer)):
            raise NotThere(f"There is no agreement {id[:64]!r} that you are party to.")
        return known

    def _again(self, caller: Caller, request_id: str | None) -> Change | None:
        """What the same request of the same person has done before."""
        if not request_id:
            return None
        done = store.requested(self.connection, person_of(caller), request_id)
        if done is None:
            return None
        first = store.events(self.connection, done.id, done.version)[0]
        return Change(done, first.before, first.after, first.at, tuple(self._lacking(done.content)))

    def _next_id(self) -> str:
        taken = [int(match[1]) for id in store.numbered(self.connection) if (match := _NUMBERED.fullmatch(id))]
        return f"DSA-{max(taken, default=0) + 1:03}"

    def _next(self, base: Version, terms: Content, after: int | None = None) -> Content:
        """The content of the version that follows, between the same parties. Raises TermsRefused."""
        content = merged(base.content, terms)
        if content["parties"].get("owner") != base.owner or content["parties"].get("consumer") != base.consumer:
            raise TermsRefused("terms.parties: owner and consumer stay the same: propose another agreement.")
        return content_of({**content, "id": base.id, "version": (after or base.version) + 1})

    def _new(
        self, caller: Caller, content: Content, state: S, name: str, party: Party, request_id: str | None,
        *, signed: bool = False,
    ) -> Change:  # fmt: skip
        one = store.add_version(self.connection, content, state, person_of(caller), request_id)
        self._note(name, one, None, state, caller, party, "", signed=signed)
        return Change(one, None, state, self.now, tuple(self._lacking(one.content)))

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
        lacking = self._lacking(one.content) if after is S.RETURNED else ()
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
        """Puts a version in force in the place of the one that is. Raises MoveRefused where it is not what was
        signed."""
        if not signatures_hold(store.events(self.connection, one.id, one.version), one, self._keys()):
            raise MoveRefused(f"{one.id} version {one.version} is not what was signed: it does not come into force.")
        for other in store.versions(self.connection, one.id):
            if other.version != one.version and other.state in _IN_FORCE:
                self._by_trust("supersede", other, f"Version {one.version} takes its place.")
        return self._by_trust("activate", one, "")

    def _keys(self) -> Mapping[str, bytes]:
        return {**store.keys(self.connection), self._seal.key.kid: self._seal.key.public}

    def _note(
        self, name: str, one: Version, before: S | None, after: S, caller: Caller | None, party: Party, comment: str,
        *, simulation_hash: str | None = None, signed: bool = False,
    ) -> None:  # fmt: skip
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
        changed = not one.banded and {before, after} & IN_THE_BOOK
        store.add_event(self.connection, event, one.consumer if changed else None)
        self.moved = True

    def _signatures(self, one: Version) -> list[Event]:
        """Those given since it was last submitted."""
        return signatures(store.events(self.connection, one.id, one.version))

    def _agreement(self, one: Version) -> Agreement:
        return agreement(one.table, self._rules.known, hashed=one.content_hash)

    def _read(self, content: Content) -> Agreement:
        try:
            return agreement({**content, "status": S.ACTIVE.value}, self._rules.known)
        except PolicyError as error:
            raise TermsRefused(str(error)) from error


def signatures(events: Sequence[Event]) -> list[Event]:
    """The signatures of a version since it was last submitted, in order."""
    signed: list[Event] = []
    for event in events:
        if event.move in ("submit", "return"):
            signed = []
        elif event.move in ("sign", "approve"):
            signed.append(event)
    return signed


def signatures_hold(events: Sequence[Event], one: Version, keys: Mapping[str, bytes]) -> bool:
    """Whether a version may be in force: its content is the one that everybody who must has signed, or that its owner
    narrowed it to, or that the Trust began with."""
    from policies.agreement_content import content_hash

    if content_hash(one.content) != one.content_hash or not events:
        return False
    given = [events[0]] if events[0].move in ("import", "narrow") else signatures(events)
    people = {event.person for event in given}
    return (
        bool(given)
        and len(people) == len(given)
        and (given[-1].move != "sign")
        and (given[0].move in ("import", "narrow") or one.proposer not in people)
        and all(
            event.content_hash == one.content_hash and holds(_fields(event), event.signature, keys) for event in given
        )
    )


def _fields(one: Version | Event) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


def _given(text: str, what: str) -> str:
    """A text that says something. Raises TermsRefused."""
    if not text.strip():
        raise TermsRefused(f"Give a {what}: it is kept, and shown to the other party.")
    if len(text) > COMMENT:
        raise TermsRefused(f"The {what} has {len(text)} characters: at most {COMMENT} are kept.")
    return text.strip()


def _told(lacking: Iterable[Question]) -> str:
    """Questions as an error lists them."""
    return " ".join(f"{question.key} {question.problem}" for question in lacking)
