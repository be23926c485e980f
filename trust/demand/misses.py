"""What was wanted and is not there, counted by day: in memory at first, and written beside everything else."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, datetime
from enum import StrEnum
from threading import Lock
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.dialects import postgresql, sqlite

from trust.tables import demand_misses

log = logging.getLogger("lmdt")
# Seconds between two writings.
WRITTEN_EVERY = 60.0
# Different misses of one day that a worker tells apart, rows of a transaction, and words that wait to be understood.
# Strangers can send any number: what is more is counted by its kind alone, and words that are more not at all.
DIFFERENT, AT_ONCE, WORDS, LONGEST = 2_000, 500, 500, 64


class MissKind(StrEnum):
    """Why something that was wanted is not there."""

    NOT_PUBLISHED = "NOT_PUBLISHED"
    NOT_OFFERED = "NOT_OFFERED"
    UNKNOWN_NAME = "UNKNOWN_NAME"
    NOTHING_FOUND = "NOTHING_FOUND"


class Miss(NamedTuple):
    """One thing that was wanted, in words of the Trust; empty where there is none. `breakdown`: facets, sorted, with a
    comma between. `year`: the last that was asked for, or 0."""

    kind: MissKind
    measure: str = ""
    organisation: str = ""
    purpose: str = ""
    level: str = ""
    breakdown: str = ""
    year: int = 0


class Misses:
    """Counts misses. Whoever counts never waits, and never hears of a failure. `nearest`: the name of the measure that
    somebody's word may mean, or nothing; the word itself is kept nowhere."""

    def __init__(self, engine: Engine, nearest: Callable[[str], str], every: float = WRITTEN_EVERY) -> None:
        self._engine, self._nearest, self._every = engine, nearest, every
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="demand")
        self._lock = Lock()
        self._counts = Counter[tuple[str, Miss]]()
        self._words: list[tuple[str, Miss, str]] = []
        self._today, self._different = "", set[Miss]()
        self._written = time.monotonic()

    def count(self, at: datetime, misses: Iterable[Miss]) -> None:
        """Counts some, for the day of a moment."""
        with self._lock:
            for miss in misses:
                self._add(at.date().isoformat(), miss, 1)
        self._due()

    def count_word(self, at: datetime, miss: Miss, word: str) -> None:
        """Counts a miss of what somebody called by a word of their own."""
        with self._lock:
            if len(self._words) < WORDS:
                self._words.append((at.date().isoformat(), miss, word[:LONGEST]))
        self._due()

    def _add(self, day: str, miss: Miss, times: int) -> None:
        if day != self._today:
            self._today, self._different = day, set[Miss]()
        if miss not in self._different:
            if len(self._different) >= DIFFERENT:
                miss = Miss(miss.kind)
            self._different.add(miss)
        self._counts[day, miss] += times

    def _due(self) -> None:
        if time.monotonic() - self._written > self._every:
            self._written = time.monotonic()
            with suppress(RuntimeError):  # closed before
                self._thread.submit(self.write)

    def write(self) -> None:
        """Adds what was counted to what is there. A failure leaves it for the next time."""
        with self._lock:
            words, self._words = self._words, []
        understood = [(day, miss._replace(measure=self._nearest(word))) for day, miss, word in words]
        with self._lock:
            for day, miss in understood:
                self._add(day, miss, 1)
            counts, self._counts = self._counts, Counter[tuple[str, Miss]]()
        left = list(counts.items())
        try:
            while left:
                with self._engine.begin() as connection:
                    _added(connection, left[:AT_ONCE])
                left = left[AT_ONCE:]
        except Exception as error:
            with self._lock:
                self._counts.update(dict(left))
            log.warning("counts of demand were not written", extra={"event": "demand", "cause": str(error)})

    def close(self) -> None:
        """Writes what is left."""
        with suppress(RuntimeError):  # closed before
            self._thread.submit(self.write)
        self._thread.shutdown(wait=True)


def _added(connection: Connection, counts: Iterable[tuple[tuple[str, Miss], int]]) -> None:
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    more = dialect.insert(demand_misses)
    more = more.on_conflict_do_update(
        index_elements=list(demand_misses.primary_key), set_={"count": demand_misses.c.count + more.excluded["count"]}
    )
    # In one order everywhere: two workers never wait for each other.
    rows = [{"day": day, **miss._asdict(), "count": count} for (day, miss), count in sorted(counts)]
    connection.execute(more, rows)


def missed(connection: Connection, first: date, last: date) -> list[tuple[Miss, int]]:
    """What was missed from one day to another, both included, and how often; the most frequent first."""
    table = demand_misses.c
    wanted = [table[name] for name in Miss._fields]
    times = func.sum(table.count)
    query = (
        select(times, *wanted)
        .where(table.day >= first.isoformat(), table.day <= last.isoformat())
        .group_by(*wanted)
        .order_by(times.desc(), *wanted)
    )
    rows: list[Any] = [tuple(row) for row in connection.execute(query)]
    return [(Miss(MissKind(kind), *rest), int(count)) for count, kind, *rest in rows]
