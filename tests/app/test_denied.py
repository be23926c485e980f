"""A subject, a client or a single token can be turned away at once, however good its signature is."""

import os
from pathlib import Path

import pytest

from app.denied import Denied
from app.settings import SettingsError
from tests.conftest import Opener

ME = "{ me { subject } }"


async def test_who_is_on_the_list_is_turned_away_as_soon_as_it_changes(
    open_trust: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.denied.LOOK", 0.0)
    path = tmp_path / "denied"
    path.write_text("# nobody yet\n")
    async with open_trust(DENIED=str(path)) as trust:
        headers = trust.headers("dwp-analyst")
        assert (await trust.http.post("/graphql", json={"query": ME}, headers=headers)).status_code == 200
        path.write_text("sub dwp-analyst  # left the department\n")
        reply = await trust.http.post("/graphql", json={"query": ME}, headers=headers)
        assert reply.status_code == 401
        assert "has been withdrawn" in reply.json()["errors"][0]["message"]
        assert "withdrawn" in reply.headers["WWW-Authenticate"]
        others = await trust.http.post("/graphql", json={"query": ME}, headers=trust.headers("dfe-analyst"))
        assert others.status_code == 200
        path.write_text("")
        assert (await trust.http.post("/graphql", json={"query": ME}, headers=headers)).status_code == 200


def test_names_of_one_kind_are_not_those_of_another(tmp_path: Path) -> None:
    path = tmp_path / "denied"
    path.write_text("sub alice\nclient reporting\n\n  jti 5f2c # one token\n")
    denied = Denied(path)
    assert denied.any_of(["sub alice"]) and denied.any_of(["jti 9", "client reporting"]) and denied.any_of(["jti 5f2c"])
    assert not denied.any_of(["jti alice", "sub reporting", "client 5f2c", "sub alic"])
    assert not denied.any_of([])


def test_a_list_that_cannot_be_read_later_stands_as_it_was(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path, now = tmp_path / "denied", [0.0]
    path.write_text("sub alice\n")
    denied = Denied(path, lambda: now[0])
    path.write_text("sub\n")
    os.utime(path, ns=(1, 1))
    now[0] += 1
    assert denied.any_of(["sub alice"])
    assert "cannot be read" in caplog.text
    path.unlink()
    now[0] += 1
    assert denied.any_of(["sub alice"])


@pytest.mark.parametrize(
    ("text", "words"), [("sub\n", "line 1"), ("sub a\nuser b\n", "line 2"), (None, "cannot be read")]
)
def test_a_list_that_is_wrong_at_the_start_stops_the_gateway(tmp_path: Path, text: str | None, words: str) -> None:
    path = tmp_path / "denied"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SettingsError, match=words):
        Denied(path)
