"""What several tests of departments stand on."""

from pathlib import Path

import pytest

from tests.departments.share_desk import Desk, database, mapping


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A department's database of pay, as a share node finds it."""
    path = tmp_path_factory.mktemp("share") / "pay.sqlite"
    database(path)
    return path


@pytest.fixture(scope="module")
def desk(file: Path) -> Desk:
    """A share node over it."""
    return Desk(mapping(f"sqlite:///{file}"))
