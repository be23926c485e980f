"""The log as a department reads it over HTTP: what is not what was signed is not believed."""

import asyncio
from collections.abc import Callable

import orjson
import pytest
from sqlalchemy import Engine, select

from app.commands.audit.served import served
from departments.share import entries
from tests.conftest import Trust
from transparency.note import Key
from trust.log.kept import LogBroken
from trust.tables import log_pending

QUERY = """{ area(code: "E08000003") { labourMarket(periods: {from: "2023-0%d", to: "2023-0%d"}) {
  payrolledEmployees { value } businesses { value } } } }"""
Pages = dict[str, bytes]


def waits(engine: Engine) -> bool:
    """Whether entries wait for their places."""
    with engine.connect() as connection:
        return connection.execute(select(log_pending).limit(1)).first() is not None


async def read(trust: Trust, persona: str) -> tuple[Pages, list[Key]]:
    """All that a department's reading of the whole log needs, by path."""
    for month in (1, 2, 3):
        await trust.data(QUERY % (month, month), "dfe-analyst")
    engine = trust.app.state.gateway.engine.acting.desk.engine
    for _ in range(200):
        if not waits(engine):
            break
        await asyncio.sleep(0.05)
    size = int((await trust.http.get("/checkpoint")).text.split("\n")[1])
    assert size >= 9 + 3, "nine agreements, and three operations"
    paths = ["/checkpoint", f"/tile/0/000.p/{size}"]
    pages = {path: (await trust.http.get(path)).content for path in paths}
    path = "/audit/entries?first=0&count=1000"
    pages[path] = (await trust.http.get(path, headers=trust.headers(persona))).content
    keys = [Key.read(line) for line in (await trust.http.get("/audit/keys")).text.splitlines()]
    return pages, keys


async def test_a_department_reads_its_part_of_each_entry_and_holds_it_to_what_was_signed(trust: Trust) -> None:
    pages, keys = await read(trust, "hmrc-steward")
    told = [
        entries.read(one.position, one.text, one.opened, {"HMRC", "BEIS"})
        for one in served(pages.__getitem__, keys, [pages["/checkpoint"].decode()])
    ]
    operations = [one for one in told if one is not None]
    assert len(operations) == 3
    assert {call.dataset for one in operations for call in one.calls} == {"paye_rti"}
    pages, keys = await read(trust, "beis-steward")
    told = [entries.read(one.position, one.text, one.opened, {"HMRC"}) for one in served(pages.__getitem__, keys, [])]
    assert not any(one.calls for one in told if one), "of HMRC's calls BEIS is told nothing"


def changed(path: str, change: Callable[[bytes], bytes]) -> Callable[[Pages], Pages]:
    return lambda pages: {key: change(page) if key.startswith(path) else page for key, page in pages.items()}


def first_line(change: Callable[[dict[str, object]], dict[str, object]]) -> Callable[[bytes], bytes]:
    def other(page: bytes) -> bytes:
        first, *rest = page.splitlines(keepends=True)
        return b"".join((orjson.dumps(change(orjson.loads(first))), b"\n", *rest))

    return other


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (changed("/audit", first_line(lambda one: {**one, "entry": f"{one['entry']} "})), "is another than was signed"),
        (changed("/audit", first_line(lambda one: {**one, "index": -1})), "there is no entry"),
        (changed("/audit", first_line(lambda one: {"index": 0})), "cannot be read"),
        (changed("/audit", lambda page: b"[]\n" + page), "cannot be read"),
        (changed("/tile", lambda page: bytes(32) + page[32:]), "another root than was signed"),
        (changed("/tile", lambda page: page[32:]), "bytes, not"),
        (changed("/checkpoint", lambda page: page.replace(b"\n", b"\n1", 1)), "not to be believed"),
        (changed("/checkpoint", lambda _: b"nothing"), "not to be believed"),
    ],
)
async def test_what_is_not_what_was_signed_is_seen(trust: Trust, change: Callable[[Pages], Pages], words: str) -> None:
    pages, keys = await read(trust, "hmrc-steward")
    with pytest.raises(LogBroken, match=words):
        list(served(change(pages).__getitem__, keys, []))


async def test_a_log_that_was_cut_is_seen_by_who_kept_a_checkpoint(trust: Trust) -> None:
    before, keys = await read(trust, "hmrc-steward")
    kept = before["/checkpoint"].decode()
    for number in (4, 5):
        await trust.data(QUERY % (number, number), "dfe-analyst")
    size = int(kept.split("\n")[1])
    for _ in range(100):
        later = (await trust.http.get("/checkpoint")).text
        if int(later.split("\n")[1]) > size:
            break
        await asyncio.sleep(0.05)
    with pytest.raises(LogBroken, match=f"and {size} are there"):
        list(served(before.__getitem__, keys, [later]))
