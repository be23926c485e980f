"""lmdt audit expire and forget, beside a running gateway: nothing is changed unless it is told to."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from app.cli import main
from tests.conftest import Trust
from trust.database import open_database
from trust.tables import operations

ISSUER = "https://demonstration.example/issuer"


@pytest.fixture(autouse=True)
def _beside(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMDT_DATA", str(trust.app.state.gateway.settings.data))


async def audit(*arguments: str) -> int:
    return await asyncio.to_thread(main, ["audit", *arguments])


async def test_a_person_is_forgotten_where_it_is_meant(trust: Trust, capsys: pytest.CaptureFixture[str]) -> None:
    for persona in ("dfe-analyst", "dfe-analyst", "dwp-analyst"):
        await trust.ask("{ me { subject } }", persona)
    who = ["--issuer", ISSUER, "--subject", "dfe-analyst"]
    assert await audit("forget", *who) == 0
    said = capsys.readouterr().out
    assert said.startswith("2 operations, 0 moves") and "Nothing was changed" in said
    assert "forgotten" not in {row.subject for row in trust.recorded()}
    assert await audit("forget", *who, "--yes") == 0
    assert "told by a new key" in capsys.readouterr().out
    assert sorted(row.subject for row in trust.recorded())[1:] == ["forgotten"] * 2
    assert await audit("forget", *who) == 1
    assert "nothing in the books leads to them" in capsys.readouterr().err
    assert await audit("verify") == 0


async def test_what_is_old_is_let_go_where_it_is_meant(trust: Trust, capsys: pytest.CaptureFixture[str]) -> None:
    await trust.ask("{ me { subject } }", "dfe-analyst")
    engine = open_database(trust.app.state.gateway.settings.database)
    assert await audit("expire", "--older-than", "1", "--yes") == 0
    assert "0 of entries, 0 of operations" in capsys.readouterr().out
    (row,) = trust.recorded()
    with engine.begin() as connection:
        # Of before the log began: no entry says another moment.
        old = {"id": "old", "at": row.at - timedelta(days=401)}
        connection.execute(operations.insert().values({**row._asdict(), **old}))
    assert await audit("expire") == 0
    said = capsys.readouterr().out
    assert "Older than 400 days" in said and "1 of operations" in said and "Nothing was changed" in said
    assert len(trust.recorded()) == 2
    assert await audit("expire", "--yes") == 0
    assert [one.id for one in trust.recorded()] == [row.id]
    assert await audit("verify") == 0
    engine.dispose()


async def test_without_the_key_of_the_people_nobody_is_found(
    tmp_path: Path, trust: Trust, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LMDT_DATA", str(tmp_path / "empty"))
    monkeypatch.setenv("LMDT_DATABASE", trust.app.state.gateway.settings.database)
    who = ["forget", "--issuer", ISSUER, "--subject", "dfe-analyst"]
    assert await audit(*who) == 2
    assert "people-key.hex is not there" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    file = tmp_path / "empty" / "people-key.hex"
    file.write_text("00" * 32)
    file.chmod(0o600)
    assert await audit(*who) == 2
    assert "has the people-key.hex of the first" in capsys.readouterr().err


@pytest.mark.parametrize("days", ["0", "-1", "1.5", "forever"])
async def test_days_are_a_whole_number(days: str) -> None:
    with pytest.raises(SystemExit) as ended:
        await audit("expire", "--older-than", days)
    assert ended.value.code == 2
