"""By which key entries say whom they are about: made once, told by as long as it is there, remembered for a moment."""

import asyncio
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor

import pytest
from cachetools import TTLCache
from sqlalchemy import Engine, delete, select

from tests.trust.entries import entry
from trust.database import open_database
from trust.log.people import REMEMBERED, who
from trust.log.sealed import opened as parts
from trust.record import Recorder, RecordFailed
from trust.tables import log_pending, person_keys

ANN = "a" * 64


@pytest.fixture
def opened(empty: str) -> Generator[Engine]:
    engine = open_database(empty)
    yield engine
    engine.dispose()


def told(engine: Engine) -> list[str | None]:
    """Whom each entry that waits is about."""
    with engine.connect() as connection:
        waiting = connection.execute(select(log_pending.c.parts).order_by(log_pending.c.seq)).scalars().all()
    return [said["who"] for one in waiting for _, said in parts(one) if said["part"] == "caller"]


def keys(engine: Engine) -> list[bytes]:
    with engine.connect() as connection:
        return list(connection.execute(select(person_keys.c.key)).scalars())


async def test_a_key_that_is_deleted_is_told_by_for_a_moment_at_most(
    opened: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, recorder = [0.0], Recorder(opened)
    monkeypatch.setattr(recorder._people, "_known", TTLCache(10, REMEMBERED, timer=lambda: now[0]))
    await recorder.record(entry(person=ANN))
    with opened.begin() as connection:
        connection.execute(delete(person_keys))
    for passed in (0.0, 0.9, 0.2, 0.2):
        now[0] += passed * REMEMBERED
        await recorder.record(entry(person=ANN))
    first, *soon, later, last = told(opened)
    assert soon == [first, first] and None not in (first, later)
    assert first != later == last == who(ANN, *keys(opened))
    recorder.close()


async def test_a_key_that_was_not_kept_is_never_told_by(opened: Engine) -> None:
    recorder = Recorder(opened)
    with pytest.raises(RecordFailed):
        await recorder.record(entry(person=ANN, granted=[{"coordinate": "\ud800"}]))
    await recorder.record(entry(person=ANN))
    assert told(opened) == [who(ANN, *keys(opened))]
    recorder.close()


def test_workers_that_meet_a_person_at_once_make_one_key(empty: str, opened: Engine) -> None:
    begin = threading.Barrier(4)

    def work(_: int) -> None:
        recorder = Recorder(open_database(empty))
        begin.wait()
        asyncio.run(recorder.record(entry(person=ANN)))
        recorder.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))
    assert told(opened) == [who(ANN, *keys(opened))] * 4
