"""One connection cannot hold the house: what is begun and not ended loses its own connection, and nobody else's."""

import signal
import socket
import time
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.sockets.conftest import Demonstration, start, stop

pytestmark = pytest.mark.sockets
BOUNDS = {"LMDT_HEAD_SECONDS": "1", "LMDT_BODY_SECONDS": "1", "LMDT_WRITE_SECONDS": "1", "LMDT_SHUTDOWN_SECONDS": "5"}
POST = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"


@pytest.fixture(scope="module")
def bounded(tmp_path_factory: pytest.TempPathFactory) -> Generator[Demonstration]:
    """A demonstration with short deadlines."""
    patch = pytest.MonkeyPatch()
    for name, value in BOUNDS.items():
        patch.setenv(name, value)
    running = start(tmp_path_factory.mktemp("bounded"))
    yield running
    stop(running)
    patch.undo()


def connected(running: Demonstration, sent: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", running.port), timeout=10)
    connection.sendall(sent)
    return connection


def closed_after(connection: socket.socket) -> tuple[float, bytes]:
    """Seconds until the gateway closes a connection, and what it sent before."""
    began, received = time.monotonic(), b""
    while True:
        try:
            piece = connection.recv(65_536)
        except ConnectionResetError:
            piece = b""
        if not piece:
            connection.close()
            return time.monotonic() - began, received
        received += piece


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-", b"P"])
def test_a_head_that_does_not_come_ends_its_connection(bounded: Demonstration, sent: bytes) -> None:
    seconds, received = closed_after(connected(bounded, sent))
    assert 0.5 < seconds < 4
    assert received == b""


def test_a_body_that_does_not_come_is_answered_and_ends_its_connection(bounded: Demonstration) -> None:
    seconds, received = closed_after(connected(bounded, POST + b'{"query"'))
    assert 0.5 < seconds < 4
    assert received.startswith(b"HTTP/1.1 408 ")
    assert b"BAD_USER_INPUT" in received


def test_a_body_that_drips_on_after_its_answer_does_not_keep_the_connection(bounded: Demonstration) -> None:
    connection = connected(bounded, POST.replace(b"Host:", b"Authorization: Bearer no\r\nHost:") + b"{")
    began, received = time.monotonic(), b""
    connection.settimeout(0.2)
    while time.monotonic() - began < 4:
        try:
            piece = connection.recv(65_536)
            if not piece:
                break
            received += piece
        except TimeoutError:
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(b" ")
        except ConnectionResetError:
            break
    connection.close()
    assert received.startswith(b"HTTP/1.1 401 ") and received.count(b"HTTP/1.1 ") == 1
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 2_000_000,
        b"GET /" + b"x" * 2_000_000,
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + b"X-Many: many\r\n" * 200_000,
    ],
)
def test_a_head_that_is_too_large_is_refused_before_it_is_read_whole(bounded: Demonstration, sent: bytes) -> None:
    connection = connected(bounded)
    with suppress(ConnectionResetError, BrokenPipeError):
        connection.sendall(sent)
    seconds, received = closed_after(connection)
    assert seconds < 4
    assert not received or received.startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 "))


def test_a_connection_that_is_kept_open_may_be_used_again_after_a_while(bounded: Demonstration) -> None:
    request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with connected(bounded) as connection:
        for pause in (0, 2, 0):
            time.sleep(pause)
            connection.sendall(request)
            received = b""
            while not received.endswith(b'{"status":"ok"}'):
                piece = connection.recv(65_536)
                assert piece, received
                received += piece


def test_while_many_are_slow_an_honest_one_is_answered_at_once(bounded: Demonstration) -> None:
    slow = [connected(bounded, POST[: at % len(POST)]) for at in range(300)]
    try:
        for _ in range(5):
            began = time.monotonic()
            assert "errors" not in bounded.ask("{ me { subject } }")
            assert time.monotonic() - began < 2
    finally:
        for connection in slow:
            connection.close()


def test_a_caller_who_leaves_in_the_middle_is_no_failure_of_ours(bounded: Demonstration) -> None:
    for _ in range(5):
        connected(bounded, POST + b"{").close()
    assert "errors" not in bounded.ask("{ me { subject } }")


def test_a_half_sent_body_does_not_keep_the_gateway_from_ending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LMDT_SHUTDOWN_SECONDS", "2")
    running = start(tmp_path / "data")
    waiting = [connected(running, POST + b"{"), connected(running, b"GET / HTT")]
    began = time.monotonic()
    assert stop(running, signal.SIGTERM) == []
    assert time.monotonic() - began < 10
    for connection in waiting:
        connection.close()
