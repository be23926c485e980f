"""A database of each test's own."""

from collections.abc import Generator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from trust.database import open_database
from trust.record import Recorder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "trust.sqlite"


@pytest.fixture
def engine(file: Path) -> Generator[Engine]:
    opened = open_database(f"sqlite:///{file}")
    yield opened
    opened.dispose()


@pytest.fixture
def recorder(engine: Engine) -> Generator[Recorder]:
    record = Recorder(engine)
    yield record
    record.close()
