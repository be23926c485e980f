"""Much to be changed beside a gateway that records: in small transactions, with time between them for others."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import OperationalError

from reference.errors import TrustError
from trust.log.entry import Said
from trust.log.pending import pending
from trust.tables import log_pending

T = TypeVar("T")
log = logging.getLogger("lmdt")
# Rows that are changed in one transaction, and seconds at least until the next: nobody who waits for a place on SQLite
# is told when there is one.
ROWS, PAUSE = 200, 0.02
# Times that a transaction is tried which another has kept waiting for too long, and seconds that the log may take to
# give what is told its place.
ATTEMPTS, PLACED_WITHIN = 30, 60.0


class TooBusy(TrustError):
    """Others write without end, or the log stands still: what was begun is not done. It can be begun again."""


def once(engine: Engine, work: Callable[[Connection], T]) -> T:
    """What a transaction returns. On SQLite what it deletes is overwritten. Raises TooBusy."""
    for _ in range(ATTEMPTS):
        try:
            with engine.connect() as connection:
                if connection.dialect.name == "sqlite":
                    connection.exec_driver_sql("PRAGMA secure_delete=ON")
                    connection.rollback()
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                done = work(connection)
                connection.commit()
            return done
        except OperationalError as error:
            log.debug("a transaction is tried again", extra={"event": "audit", "cause": str(error.orig)})
            time.sleep(PAUSE)
    raise TooBusy("the database was busy for too long")


def in_turns(engine: Engine, rows: Iterable[T], work: Callable[[Connection, Sequence[T]], None]) -> None:
    """Some work over many rows, a few in each transaction. Each is followed by as much time as it took."""
    left = iter(rows)
    while batch := _some(left):
        began = time.monotonic()
        once(engine, lambda connection, batch=batch: work(connection, batch))
        time.sleep(max(PAUSE, time.monotonic() - began))


def _some(left: Iterator[T]) -> Sequence[T]:
    return list(islice(left, ROWS))


def tell(engine: Engine, entry: Said, place: Callable[[], object]) -> None:
    """An entry of the log that has its place when this returns. `place`: gives places, if nobody else does. Raises
    TooBusy."""
    once(engine, lambda connection: pending(connection, [entry]))
    placed(engine, place)


def placed(engine: Engine, place: Callable[[], object]) -> None:
    """Returns when whatever waits for its place in the log has one. Raises TooBusy."""
    with engine.connect() as connection:
        last = connection.execute(select(func.max(log_pending.c.seq))).scalar()
    until = time.monotonic() + PLACED_WITHIN
    while last is not None and time.monotonic() < until:
        with engine.connect() as connection:
            first = connection.execute(select(func.min(log_pending.c.seq))).scalar()
        if first is None or first > last:
            return
        try:
            place()
        except OperationalError:
            time.sleep(PAUSE)
    if last is not None:
        raise TooBusy("the log does not go on")
