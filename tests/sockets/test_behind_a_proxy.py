"""Behind a proxy the public is counted by the addresses that the proxy names, if it is one that is believed."""

from pathlib import Path

import httpx
import pytest

from tests.sockets.conftest import Demonstration, start, stop

pytestmark = pytest.mark.sockets


def statuses(running: Demonstration, forwarded: str, times: int) -> list[int]:
    """The statuses of so many requests that a proxy passes on from an address."""
    headers = {"X-Forwarded-For": forwarded}
    query = {"query": "{ me { subject } }"}
    return [
        httpx.post(f"{running.url}/graphql", json=query, headers=headers, timeout=60).status_code for _ in range(times)
    ]


@pytest.mark.parametrize("believed", [True, False])
def test_each_address_has_a_quota_of_its_own_where_the_proxy_is_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, believed: bool
) -> None:
    monkeypatch.setenv("LMDT_QUOTA_ADDRESS", "3")
    monkeypatch.setenv("LMDT_TRUSTED_PROXIES", "127.0.0.1" if believed else "10.0.0.0/8")
    running = start(tmp_path / "data")
    try:
        # A minute may end in between: then a few more are let through.
        first = statuses(running, "203.0.113.1", 12)
        assert 429 in first and first[0] == 200
        assert (429 in statuses(running, "203.0.113.2", 2)) is not believed
        # What a caller writes in front of it is the caller's own word.
        assert (429 in statuses(running, "203.0.113.9, 203.0.113.1", 9)) is True
    finally:
        stop(running)
