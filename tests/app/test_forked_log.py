"""A gateway that shows departments different histories, each rightly signed by its one key, is caught."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from app.cli import main
from app.signing import signer
from tests.app.test_witnesses import opened, settled, witnessed
from tests.conftest import Trust
from tests.transparency.keys import DEPARTMENTS
from tests.witnesses import Panel, log_key
from transparency import note
from transparency.checkpoint import Checkpoint
from transparency.evidence import convicted

QUERY = "{ departments { code } }"
ONE, OTHER = ("ons", "hmrc", "dwp"), ("dwp", "dfe", "dbt")


def copied(folder: Path, to: Path) -> None:
    """All that a gateway keeps, which goes on from there."""
    to.mkdir()
    for file in (*folder.glob("*.pem"), *folder.glob("*.hex")):
        (to / file.name).write_bytes(file.read_bytes())
        (to / file.name).chmod(0o600)
    with sqlite3.connect(folder / "trust.sqlite") as kept, sqlite3.connect(to / "trust.sqlite") as copy:
        kept.backup(copy)


@asynccontextmanager
async def forked(tmp_path: Path) -> AsyncGenerator[tuple[Panel, Trust, Trust]]:
    """A log that five have witnessed, and then two that go on from it: one reaches three of them, the other, which
    has one more entry, three."""
    (tmp_path / "one").mkdir()
    signer(tmp_path / "one" / "trust-key.pem")
    panel = Panel(tmp_path / "witnesses", log_key(tmp_path / "one"))
    async with opened(tmp_path / "one", panel) as (trust, _):
        await trust.data(QUERY)
        size = await settled(trust, panel, 5)
    copied(tmp_path / "one", tmp_path / "other")
    async with AsyncExitStack() as stack:
        one, _ = await stack.enter_async_context(opened(tmp_path / "one", panel, among=ONE))
        # A proof from a power of two does not tell the root that it goes out from.
        for _ in range(1 if (size + 1) & size else 2):
            await one.data(QUERY)
        size = await settled(one, panel, 3)
        other, _ = await stack.enter_async_context(opened(tmp_path / "other", panel, among=OTHER))
        for _ in range(4):
            await other.data(QUERY)
        yield panel, one, other


async def last(panel: Panel, name: str) -> Checkpoint:
    """What a witness has cosigned last, as it tells anybody."""
    (kept,) = (panel.folder / name).glob("*.checkpoint")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(panel.apps[name]), base_url="http://w") as http:
        reply = await http.get(f"/witness/{kept.stem}/checkpoint")
    received = note.read(reply.content)
    assert len(note.believed(received, [panel.log, panel.keys[name]])) == 2
    return Checkpoint.read(received.text)


async def audited(
    trust: Trust, panel: Panel, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    """How lmdt audit verify --witnesses ends over the log of a gateway, and what it says."""

    with monkeypatch.context() as patch:
        patch.setenv("LMDT_DATA", str(trust.app.state.gateway.settings.data))
        patch.setattr("app.commands.audit.witnesses.Transport", panel.transport)
        code = await asyncio.to_thread(main, ["audit", "verify", "--witnesses", panel.written(3)])
    said = capsys.readouterr()
    return code, said.out + said.err


async def test_two_histories_signed_with_one_key_never_both_have_a_quorum_and_whoever_asks_the_witnesses_finds_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with forked(tmp_path) as (panel, one, other):
        before = (await witnessed(other, panel, 3)).checkpoint
        shown = (await witnessed(one, panel, 3)).checkpoint
        assert before.size < shown.size
        for _ in range(100):
            sizes = [(await last(panel, name)).size for name in ("dfe", "dbt")]
            if min(sizes) == before.size + 4:
                break
            await asyncio.sleep(0.05)
        # Those who saw one history have cosigned it, those who saw the other that: who saw both, only the first.
        cosigned = {name: await last(panel, name) for name in DEPARTMENTS}
        assert {cosigned[name] for name in ONE} == {shown}
        assert cosigned["dfe"] == cosigned["dbt"] != shown
        assert (await witnessed(other, panel, 3)).checkpoint == before, "of the other no quorum is met"
        told = (await other.http.get("/readyz")).json()["witnesses"]
        assert (told["cosigned"], told["behind"]) == (5, 4)
        # Their checkpoints are enough for an auditor of either.
        code, said = await audited(other, panel, monkeypatch, capsys)
        assert code == 1
        for name in ONE:
            assert f"Witness {name} has cosigned {shown.size} entries, which are others here." in said
        for name in ("dfe", "dbt"):
            assert f"Witness {name} has cosigned the first {before.size + 4} entries as they are here." in said
        code, said = await audited(one, panel, monkeypatch, capsys)
        assert code == 1
        assert "Witness dfe has cosigned" in said
        assert "entries, which are not all here." in said


async def test_the_evidence_of_who_was_shown_both_convinces_a_third_person(tmp_path: Path) -> None:
    async with forked(tmp_path) as (panel, one, _):
        shown = (await witnessed(one, panel, 3)).checkpoint
        files: list[Path] = []
        for _ in range(100):
            if files := list(panel.folder.glob("*/*.evidence")):
                break
            await asyncio.sleep(0.05)
    (evidence,) = files
    assert evidence.parent.name == "dwp"
    seen, contradicts = convicted(evidence.read_text(encoding="utf-8"), [panel.log])
    assert seen == shown
    assert (contradicts.origin, contradicts.size > shown.size) == (shown.origin, True)


async def test_an_auditor_says_who_could_not_be_asked_and_that_the_log_is_as_all_others_have_seen_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    signer(tmp_path / "trust-key.pem")
    panel = Panel(tmp_path / "witnesses", log_key(tmp_path))
    async with opened(tmp_path, panel, among=("ons", "hmrc", "dwp", "dfe")) as (trust, _):
        await trust.data(QUERY)
        size = await settled(trust, panel, 4)
        code, said = await audited(trust, panel, monkeypatch, capsys)
        assert code == 2
        assert said.count(f"has cosigned the first {size} entries as they are here.") == 4
        assert "Witness dbt cannot be asked: it has cosigned nothing of this log." in said
        panel.down = ("ons",)
        code, said = await audited(trust, panel, monkeypatch, capsys)
        assert (code, "Witness ons cannot be asked: nobody is there." in said) == (2, True)
        panel.down = ()
        # A witness whose files another has written tells what it has not cosigned.
        (kept,) = (panel.folder / "ons").glob("*.checkpoint")
        (others,) = (panel.folder / "hmrc").glob("*.checkpoint")
        kept.write_bytes(others.read_bytes())
        code, said = await audited(trust, panel, monkeypatch, capsys)
        assert (code, "Witness ons cannot be asked: no key that is trusted has signed." in said) == (2, True)
        monkeypatch.setenv("LMDT_DATA", str(tmp_path))
        assert await asyncio.to_thread(main, ["audit", "verify", "--witnesses", str(tmp_path / "lacking")]) == 2
