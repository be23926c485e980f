"""The record over a real PostgreSQL: the same tables, the same promises."""

import asyncio
import random
from collections.abc import Generator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, inspect, text

from tests.trust.conftest import on_server
from tests.trust.entries import NOON, columns, entry, kept
from tests.trust.slowness import says_what_was_told
from trust.database import open_database
from trust.demand.misses import Miss, Misses, MissKind, missed
from trust.demand.recorded import kinds
from trust.record import Recorder, RecordFailed
from trust.tables import metadata

pytestmark = pytest.mark.sockets


@pytest.fixture
def url(server: str) -> Generator[str]:
    with on_server(server) as made:
        yield made


@pytest.fixture
def engine(url: str) -> Generator[Engine]:
    opened = open_database(url)
    yield opened
    opened.dispose()


async def test_postgresql_keeps_what_it_is_told(engine: Engine, recorder: Recorder) -> None:
    entries = [entry() for _ in range(200)]
    await asyncio.gather(*map(recorder.record, entries))
    rows = {row.id: row for row in kept(engine)}
    for expected in entries:
        stored = rows[expected.id]._asdict()
        assert stored.pop("subject") == expected.person
        assert stored == columns(expected)
    with engine.connect() as connection:
        ((one,), besides) = kinds(connection, NOON, NOON + timedelta(days=1))
    assert (one.operations, one.first, besides) == (200, NOON, 0)
    assert [field["coordinate"] for field in one.refused] == ["LabourMarket.businesses"]


def test_postgresql_adds_up_what_several_workers_count(engine: Engine) -> None:
    miss = Miss(MissKind.NOT_PUBLISHED, "businesses", "DfE", level="LA", breakdown="SEX", year=2023)
    for _ in range(3):
        worker = Misses(engine, lambda word: "vacancies")
        worker.count(NOON, [miss])
        worker.count_word(NOON, Miss(MissKind.UNKNOWN_NAME), "vacancys")
        worker.close()
    with engine.connect() as connection:
        assert missed(connection, NOON.date(), NOON.date()) == [
            (miss, 3),
            (Miss(MissKind.UNKNOWN_NAME, "vacancies"), 3),
        ]


@pytest.mark.parametrize("seed", range(2))
async def test_postgresql_says_what_every_caller_was_told_whatever_is_slow(
    engine: Engine, recorder: Recorder, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    await says_what_was_told(recorder, engine, monkeypatch, random.Random(seed))


async def test_one_entry_that_postgresql_will_not_have_fails_alone(engine: Engine, recorder: Recorder) -> None:
    good = entry()
    outcomes = await asyncio.gather(
        *map(recorder.record, (entry(organisation="D" * 65), good, entry(purpose="\0"))), return_exceptions=True
    )
    assert [isinstance(outcome, RecordFailed) for outcome in outcomes] == [True, False, True]
    assert [row.id for row in kept(engine)] == [good.id]


async def test_a_session_that_ends_between_records_loses_none(engine: Engine, recorder: Recorder) -> None:
    await recorder.record(entry())
    with engine.connect() as connection:
        others = "pid <> pg_backend_pid() AND datname = current_database()"
        connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
    assert await recorder.record(entry())
    assert len(kept(engine)) == 2


async def test_a_table_that_may_not_be_written_fails_the_record(engine: Engine, recorder: Recorder) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE operations RENAME TO elsewhere"))
    with pytest.raises(RecordFailed):
        await recorder.record(entry())
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO operations"))
    assert kept(engine) == []


def test_commits_are_synchronous(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"


async def test_gateways_that_start_together_take_turns(url: str) -> None:
    opened = await asyncio.gather(*(asyncio.to_thread(open_database, url) for _ in range(4)))
    assert set(inspect(opened[0]).get_table_names()) == {*metadata.tables, "alembic_version"}
    for database in opened:
        database.dispose()
