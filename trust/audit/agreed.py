"""Agreements as the database has them: held to their hashes, signatures and entries, and the book of every epoch."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from policies.agreement import Agreement
from policies.agreement_content import content_hash
from policies.book import Book
from policies.decision import AgreementRef
from policies.errors import PolicyError
from policies.rules import Rules
from trust.agreements import store
from trust.agreements.life import IN_THE_BOOK
from trust.agreements.signatures import holds
from trust.agreements.version import Event, Version, fields_of
from trust.audit.forgetting import FORGOTTEN
from trust.audit.told import Told
from trust.log.entry import HIDDEN, MOVE, committed
from trust.log.pending import waiting
from trust.tables import people_key

# While a worker learns of a move, what it decides may be by the next book already, under the epoch of the one before. A
# move bears the moment at which it was asked for: it is made some time after that, and learnt of within a second.
MADE_WITHIN, LEARNT_WITHIN = timedelta(seconds=45), timedelta(seconds=2)


class Agreed:
    """All versions and events, read once."""

    def __init__(self, connection: Connection, rules: Rules) -> None:
        self._rules = rules
        self._versions = {AgreementRef(one.id, one.version): one for one in store.of_parties(connection, None)}
        self._events = {event.seq: event for event in store.all_events(connection)}
        self._keys = store.keys(connection)
        # Signed anew when people came to be told by a key.
        self._resigned = connection.execute(select(people_key.c.epoch)).scalar() or 0
        self._waiting = {body["epoch"] for body in waiting(connection) if body.get("kind") == "act"}
        self._told = set[int]()
        self._first: int | None = None
        self._terms: dict[AgreementRef, Agreement | None] = {}
        self._epochs, self._books = self._remembered()

    def contents(self) -> Iterator[str]:
        """What of the versions is not what their hashes, events and signatures say."""
        last: dict[AgreementRef, Event] = {}
        for event in self._events.values():
            ref, what = AgreementRef(event.id, event.version), f"event {event.seq} ({event.move} of {event.id})"
            last[ref] = event
            one = self._versions.get(ref)
            if one is None:
                yield f"{what}: there is no version {event.version}"
            elif event.content_hash != one.content_hash:
                yield f"{what}: it is of another content than version {event.version} has"
            # What was signed by one who was forgotten cannot be held to who it was.
            known = event.person != FORGOTTEN
            if event.signature and known and not holds(fields_of(event), event.signature, self._keys):
                yield f"{what}: its signature does not fit"
        for ref, one in self._versions.items():
            name = f"{one.id} v{one.version}"
            if content_hash(one.content) != one.content_hash:
                yield f"{name}: its content is not what its hash says"
            if ref not in last:
                yield f"{name}: no event has made it"
            elif last[ref].after is not one.state:
                yield f"{name}: it is {one.state}, and its last event made it {last[ref].after}"

    def check(self, told: Told) -> Iterator[str]:
        """What an act in the log says otherwise than its event."""
        body = told.body
        event = self._events.get(body["epoch"])
        what = f"entry {told.position}: act {body['epoch']} ({body['move']} of {body['id']})"
        self._first = body["epoch"] if self._first is None else min(self._first, body["epoch"])
        self._told.add(body["epoch"])
        if event is None:
            yield f"{what} is not among the events"
            return
        fields, salt = fields_of(event), bytes.fromhex(body["salt"])
        other = [name for name in MOVE if fields[name] != body[name]]
        other += [] if event.at == told.at else ["at"]
        other += [] if (event.operation_id or None) == body["operation_id"] else ["operation_id"]
        for name in HIDDEN:
            hidden = fields[name] and committed(salt, fields[name].encode()).hex()
            if hidden != body[name] and not (name == "signature" and event.signature and event.seq <= self._resigned):
                other.append(name)
        if other:
            yield f"{what} is another than its event: {', '.join(other)}"

    def untold(self) -> Iterator[str]:
        """Events since the log began that have no entry."""
        for seq, event in self._events.items():
            if self._first is not None and seq > self._first and seq not in self._told and seq not in self._waiting:
                yield f"event {seq} ({event.move} of {event.id}) has no entry in the log"

    def books(self, epoch: int, at: datetime) -> Iterator[Book]:
        """The book of an epoch, and those that a worker may have been learning of at a moment."""
        first = bisect_right(self._epochs, epoch) - 1
        yield self._books[first]
        for later in range(first + 1, len(self._books)):
            if not at - MADE_WITHIN <= self._events[self._epochs[later]].at <= at + LEARNT_WITHIN:
                return
            yield self._books[later]

    def _remembered(self) -> tuple[Sequence[int], Sequence[Book]]:
        """The book that each event made, by its number."""
        epochs, books = [0], [Book()]
        for seq, event in self._events.items():
            ref = AgreementRef(event.id, event.version)
            terms = self._of(ref) if event.after in IN_THE_BOOK else None
            book = books[-1]
            book = book.with_(replace(terms, status=event.after), seq) if terms else book.without(ref, seq)
            epochs.append(seq)
            books.append(replace(book, epoch=seq))
        return epochs, books

    def _of(self, ref: AgreementRef) -> Agreement | None:
        """What a version says; None where it is a band, or says nothing that can be decided by."""
        if ref not in self._terms:
            one = self._versions.get(ref)
            self._terms[ref] = self._read(one) if one and not one.banded else None
        return self._terms[ref]

    def _read(self, one: Version) -> Agreement | None:
        try:
            return one.agreement(self._rules.known)
        except PolicyError:
            return None
