"""The record of every answered operation. No record, no data: the answer waits until its record is durable."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, update
from sqlalchemy.exc import OperationalError, StatementError

from reference.errors import TrustError
from trust.agreements import store
from trust.agreements.locks import together
from trust.commitment import Commitment
from trust.entry import Entry, write
from trust.log.entry import Said, asked, withheld
from trust.log.pending import pending
from trust.log.people import KnownPeople
from trust.tables import agreement_uses, operations, rejections, revision

log = logging.getLogger("lmdt")
# The outcome of an operation whose record became durable too late: its caller was told that it is not answered.
WITHHELD = "withheld"
# Records that may wait to be written, and seconds after which a transaction that has not begun to commit is given up.
QUEUED = 2_000
PATIENCE = 10.0
# Seconds more that a commit which has begun is waited for: only when it is over is it known what the record says.
COMMITTING = 30.0
# A transaction costs as much as some twenty rows of it. While other operations are being answered, a record waits so
# many seconds for theirs; one that comes alone never waits.
GATHERED_FOR = 0.002


# Seconds between two writings of how many documents were rejected.
COUNTED_EVERY = 60.0


class RecordFailed(TrustError):
    """The record could not be written, so nothing may be shown."""


class TermsEnded(TrustError):
    """The agreements that an operation rests on have changed since it was decided: it must be decided again."""


Failure = RecordFailed | TermsEnded


class Recorder:
    """Writes records in the order they come, many in one transaction when many come at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: list[tuple[Entry, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._answering = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="record")
        self._rejected = Counter[tuple[str, str]]()
        self._counted = time.monotonic()
        # Entries that may say answered although their callers were told that they are not.
        self._untrue: list[str] = []
        # Entries of the log that nobody waits for, and that are not written yet.
        self._told: list[Said] = []
        self._people = KnownPeople()

    @contextmanager
    def answering(self) -> Generator[None]:
        """While an operation is answered, its record is on the way."""
        self._answering += 1
        try:
            yield
        finally:
            self._answering -= 1

    async def record(self, entry: Entry) -> str:
        """Returns the entry's id when the entry is durable. Raises RecordFailed, and TermsEnded where agreements that
        it rests on have changed since: then nothing is recorded."""
        if len(self._waiting) >= QUEUED:
            raise RecordFailed("too many records are waiting to be written")
        loop = asyncio.get_running_loop()
        written: asyncio.Future[None] = loop.create_future()
        self._waiting.append((entry, written))
        if self._writing is None:
            self._writing = loop.create_task(self._write())
        await written
        return entry.id

    async def withhold(self, id: str) -> None:
        """Says of an operation that is in the record that it was not answered after all."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._withheld, id)

    async def asked_later(self, ids: Sequence[str], calls: Sequence[Mapping[str, Any]]) -> bool:
        """Says of operations that calls were made for them, and not waited for. Returns whether it is durable."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._asked_later, ids, calls)
        except Exception as error:
            _failed(error)
            return False
        return True

    def _asked_later(self, ids: Sequence[str], calls: Sequence[Mapping[str, Any]]) -> None:
        now = datetime.now(UTC)
        with self._engine.begin() as connection:
            pending(connection, (asked(id, now, calls) for id in ids))

    def _withheld(self, id: str) -> None:
        self._untrue.append(id)
        self._withhold()

    def tell(self, entry: Said) -> None:
        """Has the log say something that nobody waits for. What is not written when the process is killed is lost."""
        self._told.append(entry)
        try:
            self._thread.submit(self._tell)
        except RuntimeError:  # closed before
            log.warning("the log is not told", extra={"event": "record", "operation_id": entry.operation_id})

    def _tell(self) -> None:
        """Writes what is to be told. A failure leaves it for the next time."""
        entries, self._told = self._told, []
        try:
            with self._engine.begin() as connection:
                pending(connection, entries)
        except Exception as error:
            self._told = entries + self._told
            extra = {"event": "record", "operation_ids": [one.operation_id for one in entries], "cause": str(error)}
            log.warning("the log is not told yet", extra=extra)

    async def count_rejected(self, at: datetime, code: str) -> None:
        """Counts a document of the public that was rejected, by its day and its code. Counts are written once in a
        while, and at the end: what is not written when the process is killed is lost, as nothing was shown."""
        self._rejected[at.date().isoformat(), code] += 1
        if time.monotonic() - self._counted > COUNTED_EVERY:
            self._counted = time.monotonic()
            await asyncio.get_running_loop().run_in_executor(self._thread, self._write_rejected)

    def _write_rejected(self) -> None:
        """Adds what was counted to what is there. A failure leaves it for the next time."""
        counts, self._rejected = self._rejected, Counter[tuple[str, str]]()
        try:
            with self._engine.begin() as connection:
                for (day, code), count in counts.items():
                    more = update(rejections).where(rejections.c.day == day, rejections.c.code == code)
                    if not connection.execute(more.values(count=rejections.c.count + count)).rowcount:
                        connection.execute(insert(rejections).values(day=day, code=code, count=count))
        except Exception as error:
            self._rejected.update(counts)
            log.warning("counts of rejected documents were not written", extra={"event": "record", "cause": str(error)})

    async def probe(self) -> None:
        """Writes what is there already, in a transaction of its own, as a record would be. Raises RecordFailed."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._probe)
        except Exception as error:
            raise _failed(error) from error

    def _probe(self) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(revision).values(version_num=revision.c.version_num))
        self._withhold()
        if self._told:
            self._tell()

    async def _write(self) -> None:
        try:
            while self._waiting:
                if self._answering > len(self._waiting):
                    await asyncio.sleep(GATHERED_FOR)
                waiting, self._waiting = self._waiting, []
                # Nobody waits any more for those that are done: their operations are not answered.
                batch = [(entry, written) for entry, written in waiting if not written.done()]
                if not batch:
                    continue
                outcomes = await self._written([entry for entry, _ in batch])
                for (_, written), failure in zip(batch, outcomes, strict=True):
                    if written.done():
                        continue
                    if failure is None:
                        written.set_result(None)
                    else:
                        written.set_exception(type(failure)(*failure.args))
        finally:
            self._writing = None

    async def _written(self, entries: Sequence[Entry]) -> Sequence[Failure | None]:
        """For each entry None if it is durable now, otherwise why not."""
        commitment = Commitment()
        loop = asyncio.get_running_loop()
        try:
            writing = loop.run_in_executor(self._thread, self._insert_each, entries, commitment)
            for seconds, committing in ((PATIENCE, False), (COMMITTING, True)):
                done, _ = await asyncio.wait({writing}, timeout=seconds)
                if done:
                    break
                if commitment.give_up(committing=committing):
                    return [RecordFailed("the record was not written in time")] * len(entries)
            return await writing
        except Exception as error:
            return [_failed(error)] * len(entries)

    def _insert_each(self, entries: Sequence[Entry], commitment: Commitment) -> Sequence[Failure | None]:
        """All in one transaction. If the database will not have one of them, that one alone is left out."""
        outcomes = self._insert_all(entries, commitment)
        if not commitment.over():
            self._untrue += [entry.id for entry, failure in zip(entries, outcomes, strict=True) if failure is None]
        if None in outcomes:
            self._withhold()
        return outcomes

    def _insert_all(self, entries: Sequence[Entry], commitment: Commitment) -> Sequence[Failure | None]:
        try:
            return self._insert(entries, commitment)
        except RecordFailed as failure:
            return [failure] * len(entries)
        except (StatementError, TypeError) as error:
            # What cannot be written as JSON is a TypeError.
            if len(entries) == 1 or isinstance(error, OperationalError):
                return [_failed(error)] * len(entries)
            return [outcome for entry in entries for outcome in self._insert_all([entry], commitment)]

    def _insert(self, entries: Sequence[Entry], commitment: Commitment) -> Sequence[Failure | None]:
        """Whether each was inserted. Raises RecordFailed where nobody waits for it any more, and what the database
        raises."""
        with self._engine.connect() as connection:
            outcomes = _ended(connection, entries)
            lasting = [entry for entry, ended in zip(entries, outcomes, strict=True) if not ended]
            people = self._people.of(connection, {entry.about for entry in lasting if entry.about})
            write(connection, lasting, people)
            if not commitment.begin():
                raise RecordFailed("the record was not written in time")
            try:
                connection.commit()
            except Exception as error:
                # A database that goes in the middle of a commit may have kept it when it is back.
                self._untrue += [entry.id for entry in entries]
                raise _failed(error) from error
        self._people.remember(people)
        return outcomes

    def _withhold(self) -> None:
        """Corrects entries that are durable although their callers have been told that they are not. Where that fails,
        it is tried again with the next transaction."""
        if not self._untrue:
            return
        untrue = operations.c.id.in_(self._untrue), operations.c.outcome != WITHHELD
        corrected = update(operations).where(*untrue).values(outcome=WITHHELD).returning(operations.c.id)
        unused = delete(agreement_uses).where(agreement_uses.c.operation_id.in_(self._untrue))
        try:
            with self._engine.begin() as connection:
                # What the log says stays: that it was not so is one more entry.
                ids, now = connection.execute(corrected).scalars().all(), datetime.now(UTC)
                pending(connection, (withheld(id, now) for id in ids))
                connection.execute(unused)
            self._untrue.clear()
        except Exception as error:
            extra = {"event": "record", "operation_ids": list(self._untrue), "cause": str(error)}
            log.error("records may say answered, and their callers were told 503", extra=extra)

    def close(self) -> None:
        """Waits for the batch that is being written; what comes later is refused."""
        with suppress(RuntimeError):  # closed before
            self._thread.submit(self._withhold)
        if self._rejected:
            self._thread.submit(self._write_rejected)
        if self._told:
            self._thread.submit(self._tell)
        self._thread.shutdown(wait=True)
        self._engine.dispose()


def _ended(connection: Connection, entries: Sequence[Entry]) -> Sequence[TermsEnded | None]:
    """Which entries rest on agreements that have changed since. From here on until the transaction ends, nobody moves
    any."""
    if all(entry.relied is None for entry in entries):
        return [None] * len(entries)
    together(connection)
    epochs, now = store.epochs(connection), datetime.now(UTC)

    def ended(entry: Entry) -> bool:
        relied = entry.relied
        return relied is not None and (epochs.get(entry.organisation or "", 0) > relied.epoch or now >= relied.until)

    return [TermsEnded("agreements have changed") if ended(entry) else None for entry in entries]


def _failed(error: Exception) -> RecordFailed:
    # The database's own words are for the log, where they hold no values: the engine hides parameters.
    log.error("a record could not be written", extra={"event": "record", "cause": str(error)})
    return RecordFailed(error.__class__.__name__)
