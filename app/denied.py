"""Who is turned away although their token is good: subjects, clients and single tokens, by a file that is read again as
soon as it changes."""

import logging
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from app.settings import SettingsError

log = logging.getLogger("lmdt")
KINDS = ("sub", "client", "jti")
# Seconds between two looks at the file.
LOOK = 0.5


class Denied:
    """Names by their kind, as `sub alice`, `client reporting-app` or `jti 5f2c`, one on each line of a file. Raises
    SettingsError at the start for a file that cannot be used; later on, what is known stands until it can be."""

    def __init__(self, path: Path | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._path, self._clock = path, clock
        self._looked, self._changed = float("-inf"), (0, 0)
        self._names: frozenset[str] = frozenset()
        if path is not None:
            self._look(path, clock())

    def any_of(self, names: Iterable[str]) -> bool:
        """Whether one of these names, each with its kind before it, is turned away."""
        now = self._clock()
        if self._path is None:
            return False
        if now - self._looked >= LOOK:
            try:
                self._look(self._path, now)
            except SettingsError as error:
                log.error("the list of who is denied cannot be read", extra={"event": "denied", "cause": str(error)})
        return not self._names.isdisjoint(names)

    def _look(self, path: Path, now: float) -> None:
        """Raises SettingsError."""
        self._looked = now
        try:
            status = path.stat()
            changed = (status.st_mtime_ns, status.st_size)
            if changed == self._changed:
                return
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"LMDT_DENIED: {path} cannot be read: {error.__class__.__name__}.") from error
        names: set[str] = set()
        for number, line in enumerate(lines, 1):
            kind, _, name = line.partition("#")[0].strip().partition(" ")
            if kind and (kind not in KINDS or not name.strip()):
                raise SettingsError(
                    f"LMDT_DENIED: line {number} of {path} must be sub, client or jti and a name, as in: sub alice."
                )
            if kind:
                names.add(f"{kind} {name.strip()}")
        self._names, self._changed = frozenset(names), changed
