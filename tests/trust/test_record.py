"""The record: durable before the answer leaves, and no answer without it."""

import asyncio
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, text

from tests.trust.entries import NOON, columns, entry, kept
from tests.trust.slowness import says_what_was_told
from trust import record
from trust.database import open_database
from trust.entry import Entry
from trust.record import Recorder, RecordFailed
from trust.tables import operations, rejections


async def test_an_entry_is_kept_as_it_was_told(recorder: Recorder, engine: Engine) -> None:
    given = entry()
    assert await recorder.record(given) == given.id
    (row,) = kept(engine)
    stored = row._asdict()
    assert stored.pop("subject") == given.person
    assert stored == columns(given)
    assert row.at == NOON and row.at.tzinfo is not None


def test_a_process_killed_as_soon_as_it_was_told_leaves_its_record(file: Path) -> None:
    script = f"""
        import asyncio, os, signal
        from tests.trust.entries import entry
        from trust.database import open_database
        from trust.record import Recorder
        async def main():
            recorder = Recorder(open_database("sqlite:///{file}"))
            print(await recorder.record(entry()), flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        asyncio.run(main())
    """
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False)
    assert run.returncode == -signal.SIGKILL, run.stderr
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT id FROM operations").fetchall() == [(run.stdout.strip(),)]
    connection.close()


async def test_what_another_connection_sees_was_there_before_the_answer_could_leave(
    recorder: Recorder, file: Path
) -> None:
    other = sqlite3.connect(file)
    for number in range(1, 6):
        await recorder.record(entry())
        assert other.execute("SELECT count(*) FROM operations").fetchone() == (number,)
    other.close()


async def test_two_hundred_at_once_are_all_kept_in_few_transactions(recorder: Recorder, engine: Engine) -> None:
    commits: list[object] = []
    event.listen(engine, "commit", commits.append)
    entries = [entry() for _ in range(200)]
    assert await asyncio.gather(*map(recorder.record, entries)) == [one.id for one in entries]
    assert [row.id for row in kept(engine)] == [one.id for one in entries]
    assert len(commits) <= 3


async def test_a_record_waits_a_moment_for_that_of_another_operation(
    recorder: Recorder, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "GATHERED_FOR", 0.2)
    commits: list[object] = []
    event.listen(engine, "commit", commits.append)

    async def answered(after: float) -> None:
        with recorder.answering():
            await asyncio.sleep(after)
            await recorder.record(entry())

    started = time.perf_counter()
    await answered(0)
    assert time.perf_counter() - started < 0.15
    assert len(commits) == 1
    await asyncio.gather(answered(0), answered(0.02))
    assert len(commits) == 2


async def test_a_record_costs_little_among_many(recorder: Recorder) -> None:
    await recorder.record(entry())
    entries = [entry() for _ in range(1_000)]
    started = time.process_time()
    await asyncio.gather(*map(recorder.record, entries))
    assert (time.process_time() - started) / len(entries) < 0.0003


async def test_a_database_that_stays_locked_fails_the_record_and_recovers(
    recorder: Recorder, engine: Engine, file: Path
) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=50")
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(RecordFailed):
        await recorder.record(entry())
    other.execute("ROLLBACK")
    other.close()
    await recorder.record(entry())
    assert len(kept(engine)) == 1


@pytest.mark.parametrize("how", ["removed", "removed with its folder", "replaced"])
async def test_a_database_that_is_gone_fails_the_record(recorder: Recorder, file: Path, how: str) -> None:
    await recorder.record(entry())
    if how == "removed with its folder":
        shutil.rmtree(file.parent)
    else:
        for path in file.parent.iterdir():
            path.unlink()
    if how == "replaced":
        sqlite3.connect(file).close()
    with pytest.raises(RecordFailed):
        await recorder.record(entry())


async def test_a_database_that_may_only_be_read_fails_the_record(recorder: Recorder, engine: Engine) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only=1")
    with pytest.raises(RecordFailed):
        await recorder.record(entry())
    assert kept(engine) == []


async def test_a_full_disk_fails_the_record(recorder: Recorder, engine: Engine) -> None:
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    with pytest.raises(RecordFailed):
        for _ in range(100):
            await recorder.record(entry())


async def test_one_entry_that_cannot_be_kept_fails_alone(recorder: Recorder, engine: Engine) -> None:
    first, twice, last = entry(), entry(), entry()
    await recorder.record(twice)
    outcomes = await asyncio.gather(*map(recorder.record, (first, twice, last)), return_exceptions=True)
    assert isinstance(outcomes[1], RecordFailed)
    assert (outcomes[0], outcomes[2]) == (first.id, last.id)
    assert {row.id for row in kept(engine)} == {first.id, twice.id, last.id}


async def test_an_entry_that_is_no_json_fails_alone(recorder: Recorder, engine: Engine) -> None:
    good: Entry = entry()
    outcomes = await asyncio.gather(
        recorder.record(entry(calls=[{"status": object()}])), recorder.record(good), return_exceptions=True
    )
    assert isinstance(outcomes[0], RecordFailed) and outcomes[1] == good.id
    assert [row.id for row in kept(engine)] == [good.id]


async def test_the_records_that_wait_are_bounded(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "QUEUED", 5)
    outcomes = await asyncio.gather(*(recorder.record(entry()) for _ in range(8)), return_exceptions=True)
    assert [isinstance(outcome, RecordFailed) for outcome in outcomes] == [False] * 5 + [True] * 3


async def test_a_record_that_takes_too_long_fails_and_is_not_written_later(
    recorder: Recorder, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = threading.Event()
    event.listen(engine, "begin", lambda _: free.wait())
    with monkeypatch.context() as patch:
        patch.setattr(record, "PATIENCE", 0.05)
        first = asyncio.create_task(recorder.record(entry()))
        await asyncio.sleep(0.01)
        second = asyncio.create_task(recorder.record(entry(id="late")))
        outcomes = await asyncio.gather(first, second, return_exceptions=True)
    free.set()
    assert all(isinstance(outcome, RecordFailed) for outcome in outcomes)
    await recorder.record(entry(id="next"))
    assert [row.id for row in kept(engine)] == ["next"]


async def test_a_commit_that_has_begun_is_waited_for(
    recorder: Recorder, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "PATIENCE", 0.05)
    event.listen(engine, "commit", lambda _: time.sleep(0.2))
    given = entry()
    assert await recorder.record(given) == given.id
    assert [row.outcome for row in kept(engine)] == ["answered"]


async def test_a_commit_that_ends_after_everybody_was_told_otherwise_is_corrected(
    recorder: Recorder, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    free, holding = threading.Event(), [True]
    event.listen(engine, "commit", lambda _: holding.pop() and free.wait() if holding else None)
    with monkeypatch.context() as patch:
        patch.setattr(record, "PATIENCE", 0.02)
        patch.setattr(record, "COMMITTING", 0.05)
        with pytest.raises(RecordFailed):
            await recorder.record(entry(id="late"))
    free.set()
    await recorder.record(entry(id="next"))
    assert {row.id: row.outcome for row in kept(engine)} == {"late": "withheld", "next": "answered"}


@pytest.mark.parametrize("together", [1, 3])
async def test_a_commit_that_is_kept_although_it_failed_is_corrected_once_the_database_is_back(
    recorder: Recorder, engine: Engine, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    commit, gone = engine.dialect.do_commit, sqlite3.OperationalError("the database went away")

    def kept_and_gone(connection: Any) -> None:
        commit(connection)
        raise gone

    entries = [entry(id=f"doubtful {number}") for number in range(together)]
    with monkeypatch.context() as patch:
        patch.setattr(engine.dialect, "do_commit", kept_and_gone)
        told = await asyncio.gather(*map(recorder.record, entries), return_exceptions=True)
    assert all(isinstance(outcome, RecordFailed) for outcome in told)
    assert {row.outcome for row in kept(engine)} == {"answered"}
    await recorder.probe()
    assert [row.outcome for row in kept(engine)] == ["withheld"] * together
    await recorder.record(entry(id="next"))
    assert next(row.outcome for row in kept(engine) if row.id == "next") == "answered"


@pytest.mark.parametrize("seed", range(3))
async def test_the_record_says_what_every_caller_was_told_whatever_is_slow(
    recorder: Recorder, engine: Engine, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    await says_what_was_told(recorder, engine, monkeypatch, random.Random(seed))


async def test_after_it_was_closed_nothing_is_recorded_and_nobody_waits(recorder: Recorder) -> None:
    recorder.close()
    with pytest.raises(RecordFailed):
        await recorder.record(entry())


async def test_a_caller_who_leaves_takes_no_other_record_with_them(recorder: Recorder, engine: Engine) -> None:
    leaving = asyncio.create_task(recorder.record(entry()))
    staying = asyncio.create_task(recorder.record(entry(id="staying")))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == "staying"
    assert "staying" in [row.id for row in kept(engine)]


async def test_why_a_record_failed_is_logged_without_what_it_held(
    recorder: Recorder, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE operations"))
    with pytest.raises(RecordFailed):
        await recorder.record(entry(organisation="SECRETIVE"))
    (line,) = caplog.records
    assert "no such table" in vars(line)["cause"]
    assert "SECRETIVE" not in str(vars(line))


async def test_rejected_documents_of_the_public_are_counted_and_not_recorded_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trust.record.COUNTED_EVERY", 0.0)
    address = f"sqlite:///{tmp_path / 'trust.sqlite'}"
    day = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
    for _ in range(2):
        recorder = Recorder(open_database(address))
        for code in ("GRAPHQL_PARSE_FAILED", "GRAPHQL_PARSE_FAILED", "QUERY_TOO_COSTLY"):
            await recorder.count_rejected(day, code)
        monkeypatch.setattr("trust.record.COUNTED_EVERY", 1e9)
        await recorder.count_rejected(day + timedelta(minutes=2), "QUERY_TOO_COSTLY")
        recorder.close()
    engine = open_database(address)
    with engine.connect() as connection:
        counts = {(row.day, row.code): row.count for row in connection.execute(select(rejections))}
        assert connection.execute(select(operations)).all() == []
    engine.dispose()
    assert counts == {
        ("2026-11-30", "GRAPHQL_PARSE_FAILED"): 4,
        ("2026-11-30", "QUERY_TOO_COSTLY"): 2,
        ("2026-12-01", "QUERY_TOO_COSTLY"): 2,
    }
