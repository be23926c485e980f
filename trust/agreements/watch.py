"""How a worker learns which agreements are in force: it asks a few times a second whether anything was moved, and puts
what was into its book. Where it cannot ask, its book is not confirmed, and no agreement of it counts."""

import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from threading import Event, Lock, Thread
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from policies.agreement import Agreement
from policies.agreement_file import AgreementStatus as S
from policies.book import Book
from policies.decision import AgreementRef
from policies.errors import PolicyError
from policies.rules import Rules
from trust.agreements import store
from trust.agreements.agenda import Agenda
from trust.agreements.desk import CHANNEL, Desk
from trust.agreements.life import IN_THE_BOOK
from trust.agreements.signatures import signatures_hold
from trust.agreements.version import Version, utc_now

log = logging.getLogger("lmdt")
# Seconds between two questions, and for which an answer is good: what was moved is known to all within the second.
EVERY, GOOD_FOR = 0.2, 0.95
# Versions of which the signatures are checked as they come in: at a start there may be thousands, signed and checked
# before.
CHECKED = 100


class Watch:
    """Keeps one worker's book up to date, in a thread of its own."""

    def __init__(self, engine: Engine, rules: Rules, desk: Desk, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine, self._rules, self._desk, self._clock = engine, rules, desk, clock
        self._book = Book()
        self._unconfirmed = replace(self._book, confirmed=False)
        self._confirmed = float("-inf")
        self._held: Connection | None = None
        self._seen: int | None = None
        self._file: int | None = None
        self._agenda = Agenda()
        self._learning, self._end = Lock(), Event()
        self._thread = Thread(target=self._watch, name="agreements", daemon=True)

    def book(self) -> Book:
        """The agreements of the day; not confirmed where nobody could be asked for a second."""
        return self._book if time.monotonic() - self._confirmed < GOOD_FOR else self._unconfirmed

    def start(self) -> None:
        """Learns all there is, and goes on learning."""
        self.learn()
        self._thread.start()

    def close(self) -> None:
        """Ends the watch."""
        self._end.set()
        if self._thread.ident is not None:
            self._thread.join(5)
        with self._learning:
            self._drop()

    def learn(self) -> None:
        """Learns what was moved since the last time. Raises SQLAlchemyError or OSError where nobody can be asked."""
        with self._learning:
            asked = time.monotonic()
            try:
                self._learn()
            except BaseException:
                self._drop()
                raise
            self._confirmed = asked

    def _watch(self) -> None:
        while not self._end.is_set():
            try:
                self.learn()
                self._tick()
            except (SQLAlchemyError, OSError) as error:
                if time.monotonic() - self._confirmed > GOOD_FOR:
                    cause = str(getattr(error, "orig", None) or error)
                    log.warning("agreements cannot be confirmed", extra={"event": "agreements", "cause": cause})
            except Exception:
                log.exception("agreements cannot be read", extra={"event": "agreements"})
            self._wait()

    def _wait(self) -> None:
        """Until it is time to ask again, or the database says that something was moved."""
        held, began = self._held, time.monotonic()
        if held is not None and held.dialect.name == "postgresql":
            driver: Any = held.connection.dbapi_connection
            with suppress(Exception):
                for _ in driver.notifies(timeout=EVERY, stop_after=1):
                    return
        self._end.wait(max(0.0, EVERY - (time.monotonic() - began)))

    def _tick(self) -> None:
        """Moves what is due, unless another worker has."""
        now = self._clock()
        if not self._agenda.due(now):
            return
        with self._desk.opened(now, "") as acts:
            acts.steps.tick()
            left = store.due(acts.connection, now)
            self._desk.commit(acts)
        self._agenda.done(now, left=bool(left))
        self.learn()

    def _learn(self) -> None:
        held = self._connected()
        if held.dialect.name == "sqlite":
            if (file := _inode(self._engine)) != self._file:
                # Whatever is known is of another database.
                self._confirmed = float("-inf")
                self._drop()
                held, self._file, self._book = self._connected(), file, Book()
            seen = held.exec_driver_sql("PRAGMA data_version").scalar()
            if seen == self._seen:
                return
        else:
            seen = None
        latest = store.epoch(held)
        if latest != self._book.epoch:
            self._apply(held, latest)
        self._seen = seen

    def _apply(self, held: Connection, latest: int) -> None:
        """Puts what was moved into the book, by one assignment. The epochs are read first: a part that is newer than
        its epoch is only decided by once more."""
        epochs, book = store.epochs(held), self._book
        if latest < book.epoch:
            # An older copy of the database has taken its place.
            book = Book()
        moved = store.moved_since(held, book.epoch)
        for one in moved:
            self._agenda.note(one)
        terms = [self._terms(held, one, check=len(moved) <= CHECKED) for one in moved]
        gone = (AgreementRef(one.id, one.version) for one, kept in zip(moved, terms, strict=True) if not kept)
        self._book = book.moved((one for one in terms if one), gone, epochs, latest)
        self._unconfirmed = replace(self._book, confirmed=False)

    def _terms(self, held: Connection, one: Version, *, check: bool) -> Agreement | None:
        """A version as it is decided by; None where it is not in the book."""
        if one.state not in IN_THE_BOOK or one.banded:
            return None
        trouble = ""
        # Of what has ended nothing follows, and who signed it may have been forgotten.
        check = check and one.state not in (S.EXPIRED, S.TERMINATED)
        if check and not signatures_hold(store.events(held, one.id, one.version), one, store.keys(held)):
            trouble = "it is not what was signed"
        try:
            terms = one.agreement(self._rules.known)
        except PolicyError as error:
            trouble, terms = str(error), None
        if not trouble:
            return terms
        told = {"event": "agreements", "agreement": f"{one.id} v{one.version}", "cause": trouble}
        log.error("an agreement does not count", extra=told)
        return None

    def _connected(self) -> Connection:
        """The connection that is held to ask by."""
        if self._held is None:
            held = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._held, self._seen = held, None
            if held.dialect.name == "postgresql":
                held.execute(text(f"LISTEN {CHANNEL}"))
        return self._held

    def _drop(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            with suppress(Exception):
                held.invalidate()
            with suppress(Exception):
                held.close()


def _inode(engine: Engine) -> int | None:
    """The file that the database is in: one that was removed or replaced answers on, and knows nothing new."""
    file = engine.url.database or ""
    return None if file.startswith("file:") else os.stat(file).st_ino
