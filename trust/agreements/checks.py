"""What may be done with an agreement as it is, by whom, and what is missing."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from policies.agreement import Agreement, agreement
from policies.agreement_content import Content, table_of
from policies.agreement_file import AgreementStatus as S
from policies.caller import Caller
from policies.contradiction import REMEDY, accepted, contradictions, sentence, terms_of
from policies.errors import PolicyError
from policies.narrowing import beyond
from policies.questions import Question, missing
from policies.rules import Rules
from trust.agreements import store
from trust.agreements.errors import AllowedMove, Conflict, Incomplete, MoveRefused, NotThere, TermsRefused
from trust.agreements.life import AMENDABLE, BY_NAME, Move, Party, moves_from, parties
from trust.agreements.signatures import as_signed, signatures, signatures_hold
from trust.agreements.version import Event, Version, dates_of
from trust.people import People

IN_FORCE = (S.ACTIVE, S.SUSPENDED)
# States in which nobody will read any more by what was read by before.
_OVER = (S.SUPERSEDED, S.EXPIRED, S.TERMINATED)
# Contradictions that an error tells of.
_TOLD = 5
# Moves of a version that are made over what its state allows.
_NEW_VERSIONS = ("amend", "narrow")


class Checks:
    """Looks at agreements in a transaction, and writes nothing."""

    def __init__(self, connection: Connection, rules: Rules, people: People, now: datetime) -> None:
        self.connection, self.people = connection, people
        self._rules, self._now = rules, now

    def visible(self, caller: Caller, id: str) -> list[Version]:
        """The versions of an agreement that is the caller's business. Raises NotThere."""
        known = store.versions(self.connection, id)
        if not known or not concerns(caller, known[0]):
            raise NotThere(f"There is no agreement {id[:64]!r} that you are party to.")
        return known

    def last(self, caller: Caller, id: str, expected: int) -> Version:
        """The last version, which is the one expected. Raises NotThere, Conflict."""
        known = self.visible(caller, id)
        if known[-1].version != expected:
            last = store.last_event(self.connection, id)
            raise Conflict(
                f"The last version of {id} is {known[-1].version}, not {expected}: {last.who} moved it at {last.when} "
                f"({last.move}). Look at it again.",
                last,
            )
        return known[-1]

    def standing(self, caller: Caller, id: str) -> Version:
        """The version in force or on hold; where none is, one that is signed for later, or the last. Raises
        NotThere."""
        known = self.visible(caller, id)
        for states in (IN_FORCE, (S.SCHEDULED, S.APPROVED)):
            for one in reversed(known):
                if one.state in states:
                    return one
        return known[-1]

    def party(self, caller: Caller, one: Version, move: Move, *, name: str = "") -> Party:
        """In whose name a caller makes a move. Raises MoveRefused."""
        mine = parties(caller, one.owner, one.consumer)
        party = next((party for party in move.by if party in mine), None)
        name = name or move.name
        if move.before and one.state not in move.before:
            raise self.refused(one, f"{one.id} version {one.version} is {one.state}, so it cannot {name}.")
        if party is None:
            raise self.refused(one, f"You may not {name} it: that is for {' or '.join(move.by)}.")
        return party

    def refused(self, one: Version, message: str) -> MoveRefused:
        """Why a move is refused, with the last one that was made, and those that may be made."""
        last = store.last_event(self.connection, one.id)
        told = f"{message} Its last move was {last.move} of version {last.version}, by {last.who} at {last.when}."
        return MoveRefused(told, self.allowed(one))

    def allowed(self, one: Version) -> list[AllowedMove]:
        """The moves that anybody may make of a version now."""
        allowed = [
            AllowedMove(_called(move.name), move.by)
            for move in moves_from(one.state)
            if move.by != (Party.TRUST,) and move.name != "approve"
        ]
        return [*allowed, *(AllowedMove(name, BY_NAME[name].by) for name in _NEW_VERSIONS if _may_follow(name, one))]

    def moves(self, caller: Caller, one: Version) -> list[AllowedMove]:
        """Of these moves those that the caller may make."""
        mine = parties(caller, one.owner, one.consumer)
        newest = one.version == store.versions(self.connection, one.id)[-1].version
        signed = self.signatures(one) if one.state in BY_NAME["sign"].before else ()
        person = self.people.of(caller)
        spent = person == one.proposer or any(event.person == person or event.party in mine for event in signed)
        return [
            move
            for move in self.allowed(one)
            if mine & set(move.by)
            and not (move.move == "approve" and spent)
            and (newest or move.move not in _NEW_VERSIONS)
        ]

    def in_band(self, one: Version) -> bool:
        """Whether a version lies within a band between its parties that is in force."""
        if one.banded or missing(one.content, self._rules.known):
            return False
        agreed = one.agreement(self._rules.known)
        active = store.of_parties(self.connection, None, states=(S.ACTIVE,), owner=one.owner, consumer=one.consumer)
        bands = [band.agreement(self._rules.known) for band in active if band.banded and self.signed(band)]
        return any(band.in_force(self._now) and not beyond(band, agreed) for band in bands)

    def signed(self, one: Version) -> bool:
        """Whether a version that is in force, or is to be, is what was signed."""
        return signatures_hold(store.events(self.connection, one.id, one.version), one, store.keys(self.connection))

    def consistent(self, one: Version, *, narrowed: bool = False) -> None:
        """Raises Incomplete where a version treats figures otherwise than other terms of its owner do, or did, so that
        what is hidden by the one is shown by the other, and the owner has not accepted that. `narrowed`: it only takes
        away, so that it may be stricter than all others."""
        if one.banded:
            return
        profiles, allowed = self._rules.profiles, accepted(one.content)
        mine = terms_of(one.content, profiles)
        others = (
            terms_of(other.content, profiles, over=other.id == one.id or other.state in _OVER)
            for other in store.that_counted(self.connection, one.owner)
            if other.key != one.key
            and not other.banded
            and other.id not in allowed
            and not mine.measures.isdisjoint(other.content["scope"]["measures"])
        )
        found = contradictions(mine, others, self._rules, narrowed=narrowed)
        if not (found := [each for each in found if each.other not in allowed]):
            return
        problem = f"{sentence(found[:_TOLD])}. {REMEDY}"
        raise Incomplete(
            f"{one.id} cannot go on: it {problem}",
            [Question("obligations", "How are the figures protected?", answered=False, problem=problem)],
        )

    def complete(self, one: Version) -> None:
        """Raises Incomplete where a version cannot go on as it is."""
        if lacking := self.lacking(one.content):
            raise Incomplete(f"{one.id} cannot go on: {told(lacking)}", lacking)

    def lacking(self, content: Content) -> list[Question]:
        """What is missing or wrong in a content, the dates that have passed among it."""
        lacking = missing(content, self._rules.known)
        known = {question.key for question in lacking}
        dates = dates_of(content)
        for key, moment in (("term.not_after", dates.not_after), ("term.review_by", dates.review_end)):
            if key not in known and moment and moment <= self._now:
                lacking.append(Question(key, "When?", answered=False, problem="has passed."))
        return lacking

    def held(self, id: str) -> bool:
        """Whether somebody has put an agreement on hold: another version does not end that. A review that was missed
        is another matter: the next version is how it is made up for."""
        on_hold = [one for one in store.versions(self.connection, id) if one.state is S.SUSPENDED]
        return any(store.events(self.connection, id, one.version)[-1].move == "suspend" for one in on_hold)

    def unchanged(self, one: Version) -> bool:
        """Whether a version's content is as it was written, and as those who have signed it so far saw it."""
        return as_signed(self.signatures(one), one, store.keys(self.connection))

    def signatures(self, one: Version) -> list[Event]:
        """Those given since a version was last submitted."""
        return signatures(store.events(self.connection, one.id, one.version))

    def read(self, content: Content) -> Agreement:
        """What a content would say if it were in force. Raises TermsRefused."""
        try:
            return agreement({**table_of(content), "status": S.ACTIVE.value}, self._rules.known)
        except PolicyError as error:
            raise TermsRefused(str(error)) from error


def concerns(caller: Caller, one: Version) -> bool:
    """Whether an agreement is a caller's business: of a party to it, or of those who oversee the Trust."""
    return caller.oversees or (caller.organisation is not None and caller.organisation in (one.owner, one.consumer))


def told(lacking: Iterable[Question]) -> str:
    """Questions as an error lists them."""
    return " ".join(f"{question.key} {question.problem}" for question in lacking)


def _called(name: str) -> str:
    """To sign and to be the last to sign are one move to those who make it."""
    return "approve" if name == "sign" else name


def _may_follow(name: str, one: Version) -> bool:
    """Whether another version may follow one by this move."""
    return one.state is S.ACTIVE if name == "narrow" else one.state in AMENDABLE
