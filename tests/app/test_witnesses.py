"""The gateway has its log witnessed: what it serves is what a quorum has cosigned, and whatever witnesses do harms
nobody."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from app.main import create_app
from app.settings import SettingsError, read
from app.signing import signer
from tests.conftest import Departments, Trust, gateway
from tests.transparency.keys import DEPARTMENTS
from tests.witnesses import Lie, Panel, Reaching, log_key
from transparency import note
from transparency.checkpoint import Checkpoint
from transparency.policy import NotTrusted, Trusted
from trust.log.kept import Kept, LogBroken
from trust.log.published import Published
from trust.tables import log_pending

QUERY = "{ departments { code } }"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    signer(tmp_path / "trust-key.pem")
    return tmp_path


@pytest.fixture
def panel(folder: Path) -> Panel:
    return Panel(folder / "witnesses", log_key(folder))


@asynccontextmanager
async def opened(
    folder: Path, panel: Panel, needed: int = 3, among: tuple[str, ...] = (), **settings: str
) -> AsyncGenerator[tuple[Trust, Reaching]]:
    """A gateway whose log needs so many witnesses, and its way to them, or to some."""
    reaching = panel.transport(*among)
    settings |= {"WITNESSES": panel.written(needed)}
    async with gateway(Departments({}, []), folder, reaching, **settings) as trust:
        yield trust, reaching


async def witnessed(trust: Trust, panel: Panel, needed: int, more_than: int = 0, by: int = 0) -> Trusted:
    """What is served, as soon as it has more entries and is by so many witnesses, within four seconds."""
    until = time.monotonic() + 4
    while time.monotonic() < until:
        reply = await trust.http.get("/checkpoint")
        if reply.status_code == 200:
            trusted = panel.read(needed).check(reply.content)
            if trusted.checkpoint.size > more_than and len(trusted.witnesses) >= by:
                return trusted
        await asyncio.sleep(0.02)
    raise AssertionError(f"not witnessed: {(await trust.http.get('/readyz')).json()['witnesses']}")


async def signed_more_than(trust: Trust, size: int) -> None:
    """Returns as soon as the log has signed more entries, within 1.5 seconds."""
    published = Published(trust.app.state.gateway.engine.acting.desk.engine)
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        signed = published.checkpoint()
        if signed and Checkpoint.signed(signed).size > size:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("nothing is signed")


async def settled(trust: Trust, panel: Panel, needed: int) -> int:
    """The size of the log when all that was recorded is signed and witnessed, within four seconds."""
    engine = trust.app.state.gateway.engine.acting.desk.engine
    until = time.monotonic() + 4
    while time.monotonic() < until:
        with engine.connect() as connection:
            waits = connection.execute(select(func.count()).select_from(log_pending)).scalar_one()
            signed = Kept(connection).checkpoint()
        reply = await trust.http.get("/checkpoint")
        if not waits and signed and reply.status_code == 200:
            with suppress(NotTrusted):
                # What the gateway serves may still wait for witnesses that it can do without.
                if panel.read(needed).check(reply.content).checkpoint == signed:
                    return signed.size
        await asyncio.sleep(0.02)
    raise AssertionError(f"not witnessed: {(await trust.http.get('/readyz')).json()['witnesses']}")


async def test_what_is_answered_is_witnessed_by_all_within_two_seconds(folder: Path, panel: Panel) -> None:
    async with opened(folder, panel) as (trust, _):
        size = 0
        for _ in range(3):
            await trust.data(QUERY)
            began = time.monotonic()
            size = (await witnessed(trust, panel, 3, size)).checkpoint.size
            assert time.monotonic() - began < 2
        assert (await witnessed(trust, panel, 3, by=5)).witnesses == set(DEPARTMENTS)
        assert (await trust.http.get("/checkpoint")).headers["cache-control"] == "public, max-age=1"


async def test_what_is_served_is_the_last_whose_quorum_was_met(
    folder: Path, panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.asked_witness.PAUSE", 0.05)
    panel.down = ("dwp", "dfe", "dbt")
    async with opened(folder, panel) as (trust, _):
        await trust.data(QUERY)
        await signed_more_than(trust, 0)
        await asyncio.sleep(0.8)
        assert (await trust.http.get("/checkpoint")).status_code == 404
        assert (await trust.http.get("/readyz")).json()["witnesses"]["quorum"] == "not met"
        panel.down = ("dwp", "dbt")
        first = await witnessed(trust, panel, 3)
        panel.down = ("dwp", "dfe", "dbt")
        await trust.data(QUERY)
        await signed_more_than(trust, first.checkpoint.size)
        await asyncio.sleep(0.8)
        assert (await witnessed(trust, panel, 3)).checkpoint == first.checkpoint
        panel.down = ()
        assert (await witnessed(trust, panel, 3, first.checkpoint.size, by=5)).checkpoint.size > first.checkpoint.size


def says(status: int, body: str, kind: str = "text/plain") -> Lie:
    return lambda _: httpx.Response(status, headers={"Content-Type": kind}, stream=httpx.ByteStream(body.encode()))


def of_another(panel: Panel) -> Lie:
    """A cosignature by a key that is not its own."""

    def lie(request: httpx.Request) -> httpx.Response:
        text = request.content.decode().partition("\n\n")[2].partition("\n\n")[0] + "\n"
        forged = note.cosign(text, panel.keys["ons"].name, signer(panel.folder / "stranger.pem"), 1)
        return httpx.Response(200, stream=httpx.ByteStream(str(forged._replace(id=panel.keys["ons"].id)).encode()))

    return lie


def growing() -> Lie:
    sizes = iter(range(10**6))
    return lambda _: says(409, f"{next(sizes) % 2}\n", "text/x.tlog.size")(_)


LIES: dict[str, Callable[[Panel], Lie]] = {
    "500": lambda _: says(500, "<html>"),
    "404": lambda _: says(404, "this log is not known here"),
    "422": lambda _: says(422, "the proof leads elsewhere"),
    "a page": lambda _: says(200, "<html>"),
    "nothing": lambda _: says(200, ""),
    "too much": lambda _: says(200, "x" * 100_000),
    "no size": lambda _: says(409, "many\n", "text/x.tlog.size"),
    "a size beyond": lambda _: says(409, f"{2**62}\n", "text/x.tlog.size"),
    "other sizes": lambda _: growing(),
    "a redirect": lambda _: says(307, ""),
    "another key": of_another,
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_witness_that_lies_harms_nobody_is_told_of_once_and_cosigns_when_it_does_not(
    folder: Path,
    panel: Panel,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    lie: str,
) -> None:
    monkeypatch.setattr("app.asked_witness.PAUSE", 0.01)
    monkeypatch.setattr("app.asked_witness.LONGEST", 0.05)
    monkeypatch.setattr("app.witnesses.EVERY", 0.05)
    panel.lies["ons"] = LIES[lie](panel)
    caplog.set_level(logging.WARNING, "lmdt")
    async with opened(folder, panel) as (trust, _):
        await trust.data(QUERY)
        assert (await witnessed(trust, panel, 3, by=4)).witnesses == set(DEPARTMENTS) - {"ons"}
        for _ in range(200):
            if panel.asked.count("ons") > 5:
                break
            await asyncio.sleep(0.05)
        assert panel.asked.count("ons") > 5
        del panel.lies["ons"]
        assert (await witnessed(trust, panel, 3, by=5)).witnesses == set(DEPARTMENTS)
    told = [(r.getMessage(), r.witness) for r in caplog.records if getattr(r, "event", "") == "witness"]
    assert told == [("a witness refuses", "ons"), ("a witness cosigns again", "ons")]


async def test_a_witness_that_is_down_or_hangs_is_left_alone_for_longer_each_time(
    folder: Path, panel: Panel, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    monkeypatch.setattr("app.asked_witness.PAUSE", 0.1)
    monkeypatch.setattr("app.asked_witness.PATIENCE", 0.5)
    monkeypatch.setattr("app.witnesses.EVERY", 0.02)
    panel.down, panel.seconds = ("ons",), {"dwp": 60}
    caplog.set_level(logging.WARNING, "lmdt")
    async with opened(folder, panel) as (trust, _):
        await trust.data(QUERY)
        assert (await witnessed(trust, panel, 3, by=3)).witnesses == {"hmrc", "dfe", "dbt"}
        await asyncio.sleep(2.5)
        assert 3 <= panel.asked.count("ons") <= 6
        assert 2 <= panel.asked.count("dwp") <= 4
        assert panel.asked.count("hmrc") < 5, "who has cosigned is not asked again"
    told = [(r.getMessage(), r.witness) for r in caplog.records if getattr(r, "event", "") == "witness"]
    assert sorted(told) == [("a witness is silent", "dwp"), ("a witness is silent", "ons")]


async def test_nobody_waits_for_witnesses(folder: Path, panel: Panel) -> None:
    panel.seconds = dict.fromkeys(DEPARTMENTS, 60)
    async with opened(folder, panel) as (trust, _):
        for size in range(3):
            began = time.monotonic()
            await trust.data(QUERY)
            assert time.monotonic() - began < 0.5
            await signed_more_than(trust, size)
        await asyncio.sleep(0.6)
        ready = await trust.http.get("/readyz")
        assert (ready.status_code, ready.json()["log"]) == (200, "goes on")
        told = ready.json()["witnesses"]
        assert told.pop("behind") >= 3
        assert told == {"cosigned": 0, "of": 5, "quorum": "not met", "seconds": None}
        began = time.monotonic()
    assert time.monotonic() - began < 3, "nor for those who are asked when it ends"


async def test_slow_witnesses_of_a_busy_log_meet(folder: Path, panel: Panel) -> None:
    """Each cosigns another checkpoint than the others if it is asked for the newest whenever it is free."""
    panel.seconds = {"dwp": 0.4, "hmrc": 0.7, "ons": 1.1, "dfe": 60, "dbt": 60}
    async with opened(folder, panel) as (trust, _):
        busy = asyncio.create_task(_ask_on(trust))
        first = await witnessed(trust, panel, 3)
        await witnessed(trust, panel, 3, first.checkpoint.size)
        busy.cancel()


async def _ask_on(trust: Trust) -> None:
    while True:
        await trust.data(QUERY)
        await asyncio.sleep(0.1)


async def test_after_a_restart_it_goes_on_from_what_each_witness_has_cosigned(folder: Path, panel: Panel) -> None:
    for _ in range(2):
        async with opened(folder, panel, needed=5) as (trust, _):
            await trust.data(QUERY)
            size = await settled(trust, panel, 5)
    panel.asked.clear()
    async with opened(folder, panel, needed=5) as (trust, _):
        assert await settled(trust, panel, 5) == size
        await asyncio.sleep(1)
    assert panel.asked == [], "all have cosigned the newest"


async def test_of_two_gateways_on_one_log_one_asks_and_the_other_goes_on_after_it(folder: Path, panel: Panel) -> None:
    async with AsyncExitStack() as one, AsyncExitStack() as other:
        both = [(stack, *await stack.enter_async_context(opened(folder, panel))) for stack in (one, other)]
        for at in (0, 1, 0):
            await both[at][1].data(QUERY)
            assert len({await settled(trust, panel, 5) for _, trust, _ in both}) == 1
        (asks,) = (stack for stack, _, by in both if by.asked)
        ((_, trust, by),) = (each for each in both if not each[2].asked)
        await asks.aclose()
        await trust.data(QUERY)
        await settled(trust, panel, 5)
        assert by.asked


async def test_readyz_and_metrics_tell_how_far_witnessing_is(folder: Path, panel: Panel) -> None:
    panel.down = ("dbt",)
    async with opened(folder, panel, METRICS="true") as (trust, _):
        await trust.data(QUERY)
        until = time.monotonic() + 4
        while (told := (await trust.http.get("/readyz")).json()["witnesses"])["cosigned"] < 4 or told["behind"]:
            assert time.monotonic() < until, told
            await asyncio.sleep(0.05)
        assert told.pop("seconds") <= 3
        assert told == {"cosigned": 4, "of": 5, "quorum": "met", "behind": 0}
        assert "lmdt_unwitnessed_entries 0.0" in (await trust.http.get("/metrics")).text


async def test_a_log_that_cannot_be_read_is_no_witnesses_fault(
    folder: Path, panel: Panel, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    def broken(*_: object) -> Any:
        raise LogBroken("hashes are lacking")

    caplog.set_level(logging.WARNING, "lmdt")
    async with opened(folder, panel) as (trust, _):
        with monkeypatch.context() as patch:
            patch.setattr("trust.log.witnessing.Witnessing.proof", broken)
            await trust.data(QUERY)
            await signed_more_than(trust, 0)
            await asyncio.sleep(0.8)
        await witnessed(trust, panel, 3)
    assert not [record for record in caplog.records if getattr(record, "event", "") == "witness"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text.replace("quorum", "quorums"), "line 8"),
        (lambda text: text.replace("quorum departments", "quorum none"), "has no quorum"),
        (lambda text: text.partition("\n")[2], "It needs the line: log trust.example/lmdt/log+"),
        (lambda text: text.replace(" http://ons.example/witness", ""), "witness ons needs the address"),
        (lambda text: text.replace("http://ons.example/witness", "ons.example"), "witness ons needs the address"),
        (lambda text: text + "\xff", "utf-8"),
    ],
)
def test_a_policy_that_this_log_cannot_be_witnessed_by_is_refused_at_the_start(
    folder: Path, panel: Panel, change: Callable[[str], str], told: str
) -> None:
    file = folder / "policy"
    file.write_bytes(change(panel.policy(3)).encode("latin-1"))
    environment = {"LMDT_DEMO": "true", "LMDT_DATA": str(folder), "LMDT_WITNESSES": str(file)}
    with pytest.raises(SettingsError, match=told):
        create_app(read(environment))
    file.unlink()
    with pytest.raises(SettingsError, match="No such file"):
        create_app(read(environment))
