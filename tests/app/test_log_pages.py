"""The transparency log of a gateway, as anybody reads it, and as an auditor makes it again."""

import asyncio
from pathlib import Path

import httpx
import pytest

from app.cli import main
from app.main import create_app
from app.settings import SettingsError, read
from tests.conftest import Trust
from transparency import note, tree
from transparency.checkpoint import Checkpoint
from transparency.note import Key
from transparency.tiles import Tile, read_hashes

QUERY = "{ departments { code } }"


async def checkpoint(trust: Trust, more_than: int) -> tuple[httpx.Response, Checkpoint]:
    """The log's checkpoint as soon as it has more entries, within two seconds."""
    for _ in range(100):
        reply = await trust.http.get("/checkpoint")
        if reply.status_code == 200:
            read = Checkpoint.signed(reply.content)
            if read.size > more_than:
                return reply, read
        await asyncio.sleep(0.02)
    raise AssertionError("the log does not go on")


def key(trust: Trust) -> Key:
    return note.key_of("trust.example/lmdt/log", trust.app.state.gateway.signer)


async def test_whatever_is_answered_is_in_the_log_that_anybody_reads(trust: Trust) -> None:
    _, before = await checkpoint(trust, 0)
    await trust.data(QUERY)
    reply, after = await checkpoint(trust, before.size)
    assert note.believed(note.read(reply.content), [key(trust)])
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert reply.headers["cache-control"] == "public, max-age=1"
    hashes = dict[tuple[int, int], bytes]()
    for tile in (Tile(0, number, min(256, after.size - number * 256)) for number in range(-(-after.size // 256))):
        tiled = await trust.http.get(f"/{tile.path}")
        assert tiled.status_code == 200, tile
        assert tiled.headers["cache-control"].endswith("immutable")
        assert tiled.headers["content-type"] == "application/octet-stream"
        hashes |= {(0, tile.first + at): one for at, one in enumerate(read_hashes(tile, tiled.content))}
    leaves = [hashes[0, at] for at in range(after.size)]
    grown = tree.grown(0, leaves, lambda *_: [])
    made = tree.from_stored(lambda level, first, count: [grown[level, first + at] for at in range(count)])
    assert tree.root(after.size, made) == after.root
    assert tree.root(before.size, made) == before.root


@pytest.mark.parametrize(
    "path",
    [
        "/tile/0/999",
        "/tile/0/000.p/0",
        "/tile/1/000",
        "/tile/entries/000.p/1",
        "/tile/entries/000",
        "/tile/",
        "/tile/x",
    ],
)
async def test_what_the_tree_does_not_have_and_entries_are_not_found(trust: Trust, path: str) -> None:
    await checkpoint(trust, 0)
    reply = await trust.http.get(path)
    assert (reply.status_code, reply.headers["content-type"]) == (404, "application/problem+json")


async def test_an_auditor_makes_the_log_again(
    trust: Trust, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reply, held = await checkpoint(trust, 0)
    monkeypatch.setenv("LMDT_DATA", str(trust.app.state.gateway.settings.data))
    file = tmp_path / "checkpoint"
    file.write_bytes(reply.content)
    for arguments in ([], ["--checkpoint", str(file)], ["--key", str(key(trust))]):
        assert await asyncio.to_thread(main, ["audit", "verify", *arguments]) == 0
        assert "are as they were signed" in capsys.readouterr().out
    text = str(held._replace(root=b"0" * 32))
    forged = note.sign(text, held.origin, trust.app.state.gateway.signer)
    file.write_text(str(note.Note(text, [forged])))
    assert await asyncio.to_thread(main, ["audit", "verify", "--checkpoint", str(file)]) == 1
    assert "two roots of the first" in capsys.readouterr().err
    other = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    assert await asyncio.to_thread(main, ["audit", "verify", "--key", other]) == 1
    for wrong in (["--key", "nothing"], ["--checkpoint", str(tmp_path / "lacking")]):
        assert await asyncio.to_thread(main, ["audit", "verify", *wrong]) == 2
    monkeypatch.setenv("LMDT_DATA", str(tmp_path / "empty"))
    assert await asyncio.to_thread(main, ["audit", "verify"]) == 2
    assert "name the key of the log by --key" in capsys.readouterr().err


def test_a_name_of_the_trust_that_cannot_name_its_log_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="LMDT_ISSUER"):
        create_app(read({"LMDT_DEMO": "true", "LMDT_DATA": str(tmp_path), "LMDT_ISSUER": "https://a b.example"}))
