"""The record of every answered operation. No record, no data: the answer waits until its record is durable."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, insert
from sqlalchemy.exc import SQLAlchemyError

from trust.tables import operations

QUEUED = 2_000


class RecordFailed(Exception):
    """The record could not be written, so nothing may be shown."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is recorded of one operation: who, why, what was granted and refused, whom it was asked of.

    `subject` is hashed before it is kept. `operation` is the SHA-256 of the query's text.
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


class Recorder:
    """Writes records in the order they come, many in one transaction when many come at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: list[tuple[dict[str, Any], asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="record")

    async def record(self, entry: Entry) -> None:
        """Returns when the entry is durable. Raises RecordFailed."""
        if len(self._waiting) >= QUEUED:
            raise RecordFailed("too many records are waiting to be written")
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((_row(entry), written))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        await written

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                try:
                    await loop.run_in_executor(self._thread, self._insert, [row for row, _ in batch])
                except SQLAlchemyError as error:
                    for _, written in batch:
                        if not written.done():
                            written.set_exception(RecordFailed(error.__class__.__name__))
                else:
                    for _, written in batch:
                        if not written.done():
                            written.set_result(None)
        finally:
            self._writing = None

    def _insert(self, rows: list[dict[str, Any]]) -> None:
        with self._engine.begin() as connection:
            connection.execute(insert(operations), rows)

    def close(self) -> None:
        """Waits for the last batch."""
        self._thread.shutdown(wait=True)


def _row(entry: Entry) -> dict[str, Any]:
    subject = hashlib.sha256(f"{entry.issuer}|{entry.subject}".encode()).hexdigest()
    return {
        "id": entry.id,
        "at": entry.at,
        "subject": subject,
        "organisation": entry.organisation,
        "issuer": entry.issuer,
        "purpose": entry.purpose,
        "operation": entry.operation,
        "epoch": entry.epoch,
        "outcome": entry.outcome,
        "granted": list(entry.granted),
        "refused": list(entry.refused),
        "calls": list(entry.calls),
        "milliseconds": entry.milliseconds,
    }
