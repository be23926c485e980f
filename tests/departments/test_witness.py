"""A department's witness over HTTP: every line of C2SP's table, beside a share node and beside anything else."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from departments import ees
from departments.share.config import ConfigError, read
from departments.share.node import create_app
from departments.witness import WitnessConfig, WitnessUnusable, beside, made
from reference.secret_file import SecretUnusable
from tests.departments.share_desk import mapping
from tests.transparency.keys import LOG, LOG_KEY, ORIGIN, signed, witness_key
from tests.transparency.trees import Kept, numbered
from transparency import note
from transparency.add_checkpoint import MOST, request
from transparency.checkpoint import Checkpoint
from transparency.note import Key, Note
from transparency.policy import Policy

TREE = Kept.of(numbered(600))
OTHER = Kept.of(numbered(300) + numbered(300, "another"))
NAME = "hmrc.example/witness"
LAST = f"/witness/{hashlib.sha256(ORIGIN.encode()).hexdigest()}/checkpoint"


def checkpoint(size: int, tree: Kept = TREE) -> Checkpoint:
    return Checkpoint(ORIGIN, size, tree.root(size))


def asks(old: int, size: int, tree: Kept = TREE) -> str:
    return request(old, tree.consistency(old, size), signed(checkpoint(size, tree)))


def table(within: Path, **changed: Any) -> dict[str, Any]:
    return {"name": NAME, "folder": str(within / "remembered"), "logs": [str(LOG_KEY)], **changed}


def node(file: Path, witness: Mapping[str, Any]) -> Starlette:
    return create_app(read({**mapping(f"sqlite:///{file}"), "witness": witness}))


@asynccontextmanager
async def asked(app: Starlette) -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://node") as http:
        yield http


async def adds(http: httpx.AsyncClient, body: str) -> httpx.Response:
    return await http.post("/witness/add-checkpoint", content=body.encode())


async def key(http: httpx.AsyncClient) -> Key:
    return Key.read((await http.get("/witness/key")).text.removesuffix("\n"))


async def test_a_share_node_cosigns_what_goes_on_and_tells_it_and_goes_on_after_a_restart(
    file: Path, tmp_path: Path
) -> None:
    async with asked(node(file, table(tmp_path))) as http:
        assert (await http.get(LAST)).status_code == 404
        own = await key(http)
        assert own.name == NAME
        for old, size in ((0, 5), (5, 300), (300, 300)):
            reply = await adds(http, asks(old, size))
            assert reply.status_code == 200
            cosigned = Note(str(checkpoint(size)), [note.signature_of(reply.text.removesuffix("\n"))])
            assert note.believed(cosigned, [own])
        assert (await http.get("/v1/datasets")).status_code == 200
    async with asked(node(file, table(tmp_path))) as http:
        assert await key(http) == own
        last = await http.get(LAST)
        policy = Policy.read(f"log {LOG_KEY}\nwitness hmrc {own}\nquorum hmrc\n")
        assert policy.check(last.content).checkpoint == checkpoint(300)
        assert (last.headers["content-type"], last.headers["cache-control"]) == (
            "text/plain; charset=utf-8",
            "no-store",
        )
        assert (await adds(http, asks(300, 600))).status_code == 200
    assert (tmp_path / "remembered" / "key.pem").stat().st_mode & 0o777 == 0o600


async def test_every_refusal_has_its_status(file: Path, tmp_path: Path) -> None:
    text = str(Checkpoint("other.example/log", 3, TREE.root(3)))
    unknown = str(Note(text, [note.sign(text, "other.example/log", LOG)]))
    unsigned = str(Note(str(checkpoint(3)), [note.sign(text, "other.example/log", LOG)]))
    async with asked(node(file, table(tmp_path))) as http:
        await adds(http, asks(0, 400))
        for body, status in (
            (request(0, [], unknown), 404),
            (request(0, [], unsigned), 403),
            ("nothing", 400),
            (request(500, [], signed(checkpoint(400))), 400),
            (request(400, [], signed(checkpoint(400, OTHER))), 409),
            (request(400, [], signed(checkpoint(600))), 422),
            (asks(400, 600, OTHER), 422),
            ("old 0\n" * (MOST // 6 + 1), 413),
        ):
            assert (await adds(http, body)).status_code == status, body[:50]
        size = await adds(http, asks(300, 600))
        assert (size.status_code, size.headers["content-type"], size.text) == (409, "text/x.tlog.size", "400\n")
        assert (await http.get("/witness/add-checkpoint")).status_code == 405
        for elsewhere in ("0" * 64, hashlib.sha256(b"other.example/log").hexdigest(), "x"):
            assert (await http.get(f"/witness/{elsewhere}/checkpoint")).status_code == 404
        assert Checkpoint.signed((await http.get(LAST)).text) == checkpoint(400)
    assert list((tmp_path / "remembered").glob("*.evidence"))


async def test_of_two_histories_asked_for_at_once_one_is_cosigned(tmp_path: Path) -> None:
    app = beside(Starlette(), WitnessConfig.model_validate(table(tmp_path, logs=(str(LOG_KEY),))))
    async with asked(app) as http:
        await adds(http, asks(0, 300))
        bodies = [asks(300, size, tree) for size in range(301, 311) for tree in (TREE, OTHER)]
        replies = await asyncio.gather(*(adds(http, body) for body in bodies))
    assert [reply.status_code for reply in replies].count(200) == 1


async def test_what_cannot_be_remembered_is_not_cosigned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left on device")

    async with asked(beside(Starlette(), WitnessConfig.model_validate(table(tmp_path)))) as http:
        await adds(http, asks(0, 300))
        with monkeypatch.context() as patch:
            patch.setattr("os.fsync", full)
            assert (await adds(http, asks(300, 500))).status_code == 503
        assert "no space left" in caplog.text
        assert (await adds(http, asks(300, 600))).status_code == 200
        (kept,) = (tmp_path / "remembered").glob("*.checkpoint")
        kept.write_text("damaged")
        assert (await adds(http, asks(600, 600))).status_code == 503
        assert (await http.get(LAST)).status_code == 503


async def test_beside_anything_else_a_witness_answers_and_all_else_is_answered_as_before(tmp_path: Path) -> None:
    before = ees.create_app(tmp_path)
    app = beside(before, WitnessConfig.model_validate(table(tmp_path)))
    async with asked(before) as old, asked(app) as new:
        for path in ("/statistics/v1/publications", "/nothing", "/"):
            one, other = await old.get(path), await new.get(path)
            assert (one.status_code, one.content) == (other.status_code, other.content)
        assert (await adds(new, asks(0, 300))).status_code == 200


def test_logs_are_known_by_their_keys_or_by_files_of_them(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"# as /audit/keys tells them\n\n{LOG_KEY}\n{witness_key('ons')}\n")
    other = note.key_of("other.example/log", LOG)
    config = WitnessConfig.model_validate(table(tmp_path, logs=(str(keys), str(other))))
    assert made(config).logs == {ORIGIN: [LOG_KEY], "other.example/log": [other]}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"logs": ["nothing"]}, "witness.logs: nothing"),
        ({"logs": ["http://trust.example/audit/keys"]}, "must begin with https"),
        ({"logs": ["a+b+c"]}, "witness.logs: a"),
        ({"logs": [str(witness_key("ons"))]}, "no key of a log"),
        ({"name": "two words"}, "cannot name a key"),
        ({"folder": __file__}, "File exists"),
        ({"key": __file__}, "may be read by anyone|does not hold a key"),
    ],
)
def test_a_witness_that_cannot_be_is_refused_at_the_start(
    file: Path, tmp_path: Path, changed: Mapping[str, Any], told: str
) -> None:
    with pytest.raises((WitnessUnusable, SecretUnusable), match=told):
        node(file, table(tmp_path, **changed))


def test_what_its_table_lacks_is_told_with_the_rest_of_the_mapping(file: Path, tmp_path: Path) -> None:
    for lacking in ("name", "folder", "logs"):
        with pytest.raises(ConfigError, match=f"witness.{lacking} is needed"):
            node(file, {name: value for name, value in table(tmp_path).items() if name != lacking})
