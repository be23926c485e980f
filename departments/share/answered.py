"""The node's own log of the questions that it answered: no record, no data.

A folder with a file for each day, `answered-2026-07-14.jsonl`, to which lines are only ever added, each canonical JSON
(RFC 8785). `before` is the hash of the line before it, as a leaf of RFC 6962, also where that is in the file of another
day: a line that is changed, put in or left out is seen by whoever reads on.
"""

import fcntl
import logging
import os
import re
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from departments.share.errors import ConfigError
from transparency.tree import leaf_hash

log = logging.getLogger("share")
NAME = re.compile(r"answered-[0-9]{4}-[0-9]{2}-[0-9]{2}\.jsonl", re.ASCII)
# The shape of lines, for whoever reads them later.
FORMAT = 1
# Bytes at the end of a file in which its last line is looked for first.
TAIL = 65_536


class NotKept(Exception):
    """What was answered could not be written down, so it is not answered: says why."""


@dataclass(slots=True)
class _Waiting:
    """A line that waits to be written, and what became of it."""

    said: Mapping[str, Any]
    failure: BaseException | None = None
    done: bool = False


class AnsweredLog:
    """Keeps lines in a folder, which several processes may share. Lines of one moment share one wait for the disk."""

    def __init__(self, folder: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Raises ConfigError where nothing can be kept there."""
        self._folder, self._now = folder, now
        self._waiting = list[_Waiting]()
        self._turn, self._busy = threading.Condition(), False
        self._listed = -1
        self._newest = self._open = ""
        self._file = self._size = -1
        self._head: str | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
            with self._alone():
                self._look(self._now())
        except OSError as error:
            raise ConfigError(f"log: nothing can be kept in {folder}: {error}.") from error

    def keep(self, said: Mapping[str, Any]) -> None:
        """Returns when a line that says so is on the disk. Raises NotKept."""
        mine = _Waiting(said)
        with self._turn:
            self._waiting.append(mine)
            # Whoever writes next writes all that waits by then.
            while self._busy and not mine.done:
                self._turn.wait()
            batch = list[_Waiting]()
            if not mine.done:
                batch, self._waiting, self._busy = self._waiting, [], True
        if batch:
            self._write(batch)
        if mine.failure is not None:
            raise NotKept(f"the log of what is answered cannot be written: {mine.failure}")

    def close(self) -> None:
        """Lets go of the files. What is said later is not kept."""
        for file in (self._file, self._lock):
            if file >= 0:
                os.close(file)
        self._file = self._lock = -1

    def _write(self, batch: Sequence[_Waiting]) -> None:
        try:
            with self._alone():
                self._append(batch)
        except BaseException as error:
            for one in batch:
                one.failure = error
            if not isinstance(error, Exception):
                raise
        finally:
            with self._turn:
                self._busy = False
                for one in batch:
                    one.done = True
                self._turn.notify_all()

    def _append(self, batch: Sequence[_Waiting]) -> None:
        now = self._now()
        self._look(now)
        head, lines = self._head, list[bytes]()
        for one in batch:
            told = {**one.said, "at": now, "before": head, "format": FORMAT}
            try:
                line = orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
            except TypeError as error:
                # A text that is no Unicode is one question's fault, and no other's.
                one.failure = error
                continue
            head = leaf_hash(line).hex()
            lines += (line, b"\n")
        data, size = b"".join(lines), self._size
        # Until it is on the disk, nothing is known of what the file holds.
        self._size = -1
        try:
            if os.write(self._file, data) != len(data):
                raise OSError("the disk is full")
            os.fdatasync(self._file)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._file, size)
            raise
        self._size, self._head = size + len(data), head

    def _look(self, now: datetime) -> None:
        """Has the file open that is written to, and knows its last line, whoever wrote it."""
        if (changed := os.stat(self._folder).st_mtime_ns) != self._listed:
            self._newest = max(filter(NAME.fullmatch, os.listdir(self._folder)), default="")
            self._listed = changed
        # A clock that was set back leads to no file before the last.
        name = max(self._newest, f"answered-{now:%Y-%m-%d}.jsonl")
        if name != self._open or self._newest != self._open:
            self._open_file(name)
        if (size := os.fstat(self._file).st_size) != self._size:
            self._size, last = self._ending(self._file, size)
            if self._size < size:
                # Nobody was answered by a line that is not whole.
                log.warning(orjson.dumps({"event": "log", "cause": f"{name} ended within a line: it is cut"}).decode())
                os.ftruncate(self._file, self._size)
            self._head = last or self._before(name) or self._head

    def _open_file(self, name: str) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file = self._size = -1
        self._open = ""
        path = self._folder / name
        new = not path.exists()
        self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
        if new:
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        self._open = self._newest = name

    def _before(self, name: str) -> str | None:
        """The hash of the last line of the files before one; none where there is no line."""
        for earlier in sorted(one for one in os.listdir(self._folder) if NAME.fullmatch(one) and one < name)[::-1]:
            file = os.open(self._folder / earlier, os.O_RDONLY | os.O_CLOEXEC)
            try:
                _, head = self._ending(file, os.fstat(file).st_size)
            finally:
                os.close(file)
            if head:
                return head
        return None

    def _ending(self, file: int, size: int) -> tuple[int, str | None]:
        """Where the last whole line of a file ends, and its hash. Raises OSError where it is none of this log."""
        length = TAIL
        while True:
            begin = max(0, size - length)
            data = os.pread(file, size - begin, begin)
            end = data.rfind(b"\n") + 1
            start = data.rfind(b"\n", 0, max(0, end - 1)) + 1
            if not begin or (end and start):
                break
            length *= 8
        line = data[start : end - 1] if end else b""
        if not line:
            return begin + end, None
        try:
            is_line = "before" in orjson.loads(line)
        except (ValueError, TypeError):
            is_line = False
        if not is_line:
            raise OSError(f"the last line in {self._folder} is none of this log")
        return begin + end, leaf_hash(line).hex()

    @contextmanager
    def _alone(self) -> Generator[None]:
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)
