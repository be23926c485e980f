"""What a witness remembers, in files: one for each log, replaced as a whole."""

import fcntl
import hashlib
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from transparency.checkpoint import Checkpoint
from transparency.witness import Seen


class Files:
    """A folder with a file for each log, named by the SHA-256 of its origin. Several processes may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def latest(self, origin: str) -> Seen | None:
        """What was cosigned last. Raises NoteWrong where the file is not what was written: then nothing is cosigned."""
        try:
            signed = self._file(origin).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        checkpoint = Checkpoint.signed(signed)
        return Seen(checkpoint.size, checkpoint.root, signed)

    def put(self, origin: str, before: Seen | None, after: Seen) -> bool:
        """Replaces the file if it still holds `before`; what it holds then is on the disk."""
        with self._alone():
            if self.latest(origin) != before:
                return False
            self._write(self._file(origin), after.signed)
            return True

    def keep_evidence(self, origin: str, evidence: str) -> None:
        """Writes it to a file of its own, unless there is some already: the first convinces."""
        file = self._file(origin).with_suffix(".evidence")
        with self._alone():
            if not file.exists():
                self._write(file, evidence)

    def _file(self, origin: str) -> Path:
        return self._folder / f"{hashlib.sha256(origin.encode()).hexdigest()}.checkpoint"

    @contextmanager
    def _alone(self) -> Generator[None]:
        with (self._folder / "lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _write(self, file: Path, text: str) -> None:
        beside = file.with_suffix(".new")
        try:
            with beside.open("w", encoding="utf-8", newline="") as opened:
                opened.write(text)
                opened.flush()
                os.fsync(opened.fileno())
            beside.replace(file)
        except BaseException:
            with suppress(OSError):
                beside.unlink()
            raise
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
