"""Moves of agreements beside the event loop, one operation after the other: the moves, what is told of them and the
record of the operation are one transaction, which is committed when everything that can fail has been done."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from typing import TypeVar

from reference.errors import TrustError
from trust.agreements.acts import Acts
from trust.agreements.desk import Desk
from trust.agreements.watch import Watch
from trust.entry import Entry, write
from trust.record import COMMITTING, RecordFailed

T = TypeVar("T")
log = logging.getLogger("lmdt")


class NotKnown(TrustError):
    """The database went while it was told to keep what was done: whether it has is not known."""


class Acting:
    """Opens operations that move agreements."""

    def __init__(self, desk: Desk, watch: Watch) -> None:
        self.desk, self.watch = desk, watch
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="acting")
        self._turn = asyncio.Lock()

    async def open(self, now: datetime, operation_id: str) -> "OpenOperation":
        """An operation, when it is its turn. Raises RecordFailed where the database cannot be used."""
        await self._turn.acquire()
        opened = OpenOperation(self, operation_id)
        try:
            await opened.begin(now)
        except BaseException as error:
            self._turn.release()
            if isinstance(error, Exception):
                raise _failed(error) from error
            raise
        return opened

    def run(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        """What the work returns, in the thread of all operations."""
        return asyncio.get_running_loop().run_in_executor(self._thread, work)

    def over(self) -> None:
        """The next operation has its turn."""
        self._turn.release()

    async def learn(self) -> None:
        """Learns what was moved elsewhere, if anybody can be asked."""
        try:
            await asyncio.get_running_loop().run_in_executor(None, self.watch.learn)
        except Exception as error:
            log.warning("agreements cannot be confirmed", extra={"event": "agreements", "cause": str(error)})

    def close(self) -> None:
        """Waits for the operation that is open."""
        self._thread.shutdown(wait=True)


class OpenOperation:
    """One operation that moves agreements: open until it is committed or given up."""

    def __init__(self, acting: Acting, operation_id: str) -> None:
        self._acting, self._operation_id = acting, operation_id
        self._stack = ExitStack()
        self._ending: asyncio.Task[None] | None = None
        self.acts: Acts

    async def begin(self, now: datetime) -> None:
        """Begins the transaction."""
        opened = self._acting.desk.opened(now, self._operation_id)
        self.acts = await self._acting.run(lambda: self._stack.enter_context(opened))

    async def run(self, work: Callable[[Acts], T]) -> T:
        """What the work returns, in the transaction."""
        return await self._acting.run(lambda: work(self.acts))

    async def commit(self, entry: Entry) -> None:
        """Keeps what was moved and the record of it, or neither. Raises RecordFailed where it was neither, and NotKnown
        where that is not known."""
        committing = asyncio.ensure_future(self._acting.run(lambda: self._commit(entry)))
        done, _ = await asyncio.wait({committing}, timeout=COMMITTING)
        if not done:
            raise NotKnown("the database has not said whether it keeps it")
        committing.result()
        self.end()
        if self.acts.moved:
            await self._acting.learn()

    def end(self) -> None:
        """Ends it, in the background; what was not committed has not happened."""
        if self._ending is None:
            self._ending = asyncio.get_running_loop().create_task(self._end())

    async def _end(self) -> None:
        try:
            await self._acting.run(self._stack.close)
        except Exception as error:
            log.warning("a transaction ended badly", extra={"event": "record", "cause": str(error)})
        finally:
            self._acting.over()

    def _commit(self, entry: Entry) -> None:
        try:
            write(self.acts.connection, [entry])
        except Exception as error:
            raise _failed(error) from error
        try:
            self._acting.desk.commit(self.acts)
        except Exception as error:
            # A database that goes in the middle of a commit may have kept it.
            if not self._happened():
                raise _failed(error) from error

    def _happened(self) -> bool:
        try:
            return self.acts.moved and self._acting.desk.happened(self._operation_id)
        except Exception as error:
            raise NotKnown("the database went while it was told to keep it") from error


def _failed(error: Exception) -> RecordFailed:
    log.error("agreements could not be moved", extra={"event": "record", "cause": str(error)})
    return RecordFailed(error.__class__.__name__)
