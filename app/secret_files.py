"""Secrets of this installation in files: made once, read by their owner alone, never there half written."""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from app.settings import SettingsError


class KeyUnusable(SettingsError):
    """A file that should hold a key of the Trust's does not, or anyone may read it: says which file and what to do."""


def secret(path: Path, make: Callable[[], bytes]) -> bytes:
    """What a file holds; made first if there is none, unless another process is quicker. Raises KeyUnusable."""
    try:
        if not path.exists():
            _write(path, make())
        mode, held = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise KeyUnusable(f"{path} does not hold a key that can be read: {error}.") from error
    if mode & 0o007:
        raise KeyUnusable(f"{path} may be read by anyone: make it its owner's alone (chmod 600 {path}).")
    return held


def _write(path: Path, made: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, written = tempfile.mkstemp(dir=path.parent)  # which only its owner may read
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(made)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(written, path)
    finally:
        os.unlink(written)
