"""The record of every answered operation. No record, no data: the answer waits until its record is durable."""

import asyncio
import hashlib
import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, insert
from sqlalchemy.exc import OperationalError, StatementError

from trust.tables import operations, refusals

log = logging.getLogger("lmdt")
# Records that may wait to be written, and seconds for which one waits.
QUEUED = 2_000
PATIENCE = 10.0


class RecordFailed(Exception):
    """The record could not be written, so nothing may be shown."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is recorded of one operation: who, why, what was granted and refused, whom it was asked of.

    `subject` is hashed before it is kept. `operation` is the SHA-256 of the query's text. `granted`, `refused` and
    `calls` hold names, numbers of agreements and sizes: never a figure, never a variable of the query.
    """

    id: str
    at: datetime
    subject: str
    organisation: str | None
    issuer: str | None
    purpose: str | None
    operation: str
    epoch: int
    outcome: str
    granted: Sequence[Mapping[str, Any]]
    refused: Sequence[Mapping[str, Any]]
    calls: Sequence[Mapping[str, Any]]
    milliseconds: float
    roles: Sequence[str] = ()


class Recorder:
    """Writes records in the order they come, many in one transaction when many come at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: list[tuple[Entry, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="record")

    async def record(self, entry: Entry) -> str:
        """Returns the entry's id when the entry is durable. Raises RecordFailed."""
        if len(self._waiting) >= QUEUED:
            raise RecordFailed("too many records are waiting to be written")
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, written))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        try:
            async with asyncio.timeout(PATIENCE):
                await written
        except TimeoutError as error:
            raise RecordFailed("the record was not written in time") from error
        return entry.id

    async def _write(self) -> None:
        try:
            while self._waiting:
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
                        written.set_exception(RecordFailed(*failure.args))
        finally:
            self._writing = None

    async def _written(self, entries: Sequence[Entry]) -> Sequence[RecordFailed | None]:
        """For each entry None if it is durable now, otherwise why not."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._insert_each, entries)
        except Exception as error:
            return [_failed(error)] * len(entries)

    def _insert_each(self, entries: Sequence[Entry]) -> Sequence[RecordFailed | None]:
        """All in one transaction. If the database will not have one of them, that one alone is left out."""
        try:
            self._insert(entries)
        except StatementError as error:
            if len(entries) == 1 or isinstance(error, OperationalError):
                return [_failed(error)] * len(entries)
            return [outcome for entry in entries for outcome in self._insert_each([entry])]
        return [None] * len(entries)

    def _insert(self, entries: Sequence[Entry]) -> None:
        refused = [row for entry in entries for row in _refusals(entry)]
        with self._engine.begin() as connection:
            connection.execute(insert(operations), [_row(entry) for entry in entries])
            if refused:
                connection.execute(insert(refusals), refused)

    def close(self) -> None:
        """Waits for the batch that is being written; what comes later is refused."""
        self._thread.shutdown(wait=True)
        self._engine.dispose()


def _failed(error: Exception) -> RecordFailed:
    # The database's own words are for the log, where they hold no values: the engine hides parameters.
    log.error("a record could not be written", extra={"event": "record", "cause": str(error)})
    return RecordFailed(error.__class__.__name__)


def _row(entry: Entry) -> dict[str, Any]:
    subject = hashlib.sha256(f"{entry.issuer}|{entry.subject}".encode()).hexdigest()
    return {
        "id": entry.id,
        "at": entry.at,
        "subject": subject,
        "organisation": entry.organisation,
        "issuer": entry.issuer,
        "roles": list(entry.roles),
        "purpose": entry.purpose,
        "operation": entry.operation,
        "epoch": entry.epoch,
        "outcome": entry.outcome,
        "granted": list(entry.granted),
        "refused": list(entry.refused),
        "calls": list(entry.calls),
        "milliseconds": entry.milliseconds,
    }


def _refusals(entry: Entry) -> list[dict[str, Any]]:
    told = {"operation_id": entry.id, "at": entry.at, "organisation": entry.organisation, "purpose": entry.purpose}
    return [{**told, "coordinate": name} for name in sorted({each["coordinate"] for each in entry.refused})]
