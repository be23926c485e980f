"""What is let go when its time is over, while a gateway records; and that everything that was signed still holds."""

import asyncio
import json
import time
from collections.abc import Generator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, func, select, update

from tests.transparency.keys import LOG, LOG_KEY, ORIGIN
from tests.trust.entries import NOON, entry
from transparency import tree
from transparency.checkpoint import Checkpoint
from trust.audit import turns
from trust.audit.expiry import due, let_go
from trust.audit.turns import TooBusy
from trust.database import open_database
from trust.entry import Use, write
from trust.log.entry import act
from trust.log.kept import Kept
from trust.log.pending import pending
from trust.log.published import Published
from trust.log.sequencer import Sequencer
from trust.record import Recorder
from trust.tables import agreement_uses, log_leaves, log_pending, operations, refusals

DAY = timedelta(days=1)
USES = [Use("DSA-1", 1, 10, 2)]


@pytest.fixture
def opened(empty: str) -> Generator[Engine]:
    engine = open_database(empty)
    yield engine
    engine.dispose()


def put(engine: Engine, *days: int) -> None:
    """Operations of so many days after noon, each in its place."""
    with engine.begin() as connection:
        write(connection, [entry(at=NOON + day * DAY, id=f"{day}-{at}", uses=USES) for at, day in enumerate(days)])
    place(engine)


def place(engine: Engine) -> None:
    while Sequencer(engine, ORIGIN, LOG).step():
        pass


def expire(engine: Engine, day: float) -> None:
    with engine.connect() as connection:
        old = due(connection, NOON + day * DAY)
    let_go(engine, old, NOON + 100 * DAY, Sequencer(engine, ORIGIN, LOG).step)


def texts(engine: Engine) -> list[dict[str, Any] | None]:
    with engine.connect() as connection:
        entries = connection.execute(select(log_leaves.c.entry).order_by(log_leaves.c.position)).scalars()
        return [orjson.loads(one) if one else None for one in entries]


def ids(engine: Engine) -> list[Sequence[str]]:
    columns = (operations.c.id, refusals.c.operation_id, agreement_uses.c.operation_id)
    with engine.connect() as connection:
        return [sorted(connection.execute(select(column)).scalars()) for column in columns]


def test_old_entries_go_with_their_rows_and_everything_that_was_signed_holds(opened: Engine) -> None:
    put(opened, 0, 1, 2)
    put(opened, 3, 4)
    held = Published(opened).checkpoint()
    with opened.connect() as connection:
        hashes = [leaf.hash for leaf in Kept(connection).leaves(0, 5)]
    expire(opened, 2)
    told = texts(opened)
    assert [one and one.get("operation_id") for one in told] == [None, None, "2-2", "3-0", "4-1", None]
    last = told[-1]
    assert last is not None
    assert (last["kind"], last["before"], last["until"]) == ("expired", (NOON + 2 * DAY).isoformat(), 2)
    assert last["counts"] == {"entries": 2, "operations": 2, "refusals": 2, "agreement_uses": 2}
    assert "caller" not in last and "5" * 64 not in str(last)
    assert ids(opened) == [["2-2", "3-0", "4-1"]] * 3
    found = Published(opened).verify([LOG_KEY], [held.decode() if held else ""])
    assert (found.wrong, found.entries, found.bare, found.before) == ([], 6, 2, (NOON + 2 * DAY).isoformat())
    with opened.connect() as connection:
        kept = Kept(connection)
        assert [leaf.hash for leaf in kept.leaves(0, 5)] == hashes
        checkpoint = Checkpoint.signed(kept.signed() or "")
        for at, leaf in enumerate(hashes):
            tree.check_inclusion(leaf, at, 6, tree.inclusion(at, 6, kept.hash_at), checkpoint.root)


def test_what_is_let_go_twice_is_told_twice_and_holds(opened: Engine) -> None:
    put(opened, 0, 1, 2, 3)
    expire(opened, 1)
    put(opened, 20)
    expire(opened, 3)
    found = Published(opened).verify([LOG_KEY])
    assert (found.wrong, found.bare, found.before) == ([], 3, (NOON + 3 * DAY).isoformat())


def test_what_was_done_with_agreements_is_kept(opened: Engine) -> None:
    event = {
        "id": "DSA-1", "version": 1, "move": "import", "before": None, "after": "ACTIVE", "at": NOON, "person": None,
        "organisation": None, "party": "the Trust itself", "comment": "", "content_hash": "0" * 64, "signature": None,
        "simulation_hash": None, "operation_id": "",
    }  # fmt: skip
    with opened.begin() as connection:
        pending(connection, [act(event, 1)])
    put(opened, 0)
    expire(opened, 5)
    assert [one and one["kind"] for one in texts(opened)] == ["act", None, "expired"]


def test_operations_from_before_the_log_go_as_well(opened: Engine) -> None:
    with opened.begin() as connection:
        write(connection, [entry(id="old", at=NOON), entry(id="newer", at=NOON + 5 * DAY)])
        connection.execute(log_pending.delete())
    put(opened, 1, 6)
    expire(opened, 3)
    assert ids(opened)[0] == ["6-1", "newer"]
    assert ids(opened)[1] == ["6-1", "newer"]


def test_nobody_lets_go_of_more_than_was_told(opened: Engine) -> None:
    put(opened, 0, 1, 2, 3)
    expire(opened, 2)
    with opened.begin() as connection:
        connection.execute(update(log_leaves).where(log_leaves.c.position == 3).values(entry=b"", parts=None))
    told = "entry 3 has no text, and the log does not say that it was let go"
    assert Published(opened).verify([LOG_KEY]).wrong == [told]


def test_more_texts_than_the_log_tells_of_are_told(opened: Engine) -> None:
    put(opened, 0, 1)
    with opened.begin() as connection:
        connection.execute(update(log_leaves).where(log_leaves.c.position == 0).values(entry=b"", parts=None))
    with opened.connect() as connection:
        old = due(connection, NOON + 2 * DAY)
    let_go(opened, old, NOON + 9 * DAY, Sequencer(opened, ORIGIN, LOG).step)
    assert Published(opened).verify([LOG_KEY]).wrong == ["2 entries have no text, and the log says that 1 were let go"]


async def test_it_goes_on_beside_a_gateway_that_records(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every record is durable within a second all the while."""
    monkeypatch.setattr(turns, "ROWS", 50)
    engine, other = open_database(empty), open_database(empty)
    for _ in range(4):
        put_many(engine, 500)
    recorder, sequencer = Recorder(engine), Sequencer(engine, ORIGIN, LOG)
    sequencer.start()
    going = asyncio.create_task(asyncio.to_thread(expire, other, 1.0))
    slowest = 0.0
    while not going.done():
        began = time.perf_counter()
        await recorder.record(entry(at=NOON + 50 * DAY))
        slowest = max(slowest, time.perf_counter() - began)
    await going
    sequencer.close()
    found = Published(engine).verify([LOG_KEY])
    assert (found.wrong, found.bare) == ([], 2000)
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(log_pending)).scalar_one() == 0
    recorder.close()
    other.dispose()
    assert slowest < 2.0


def put_many(engine: Engine, count: int) -> None:
    with engine.begin() as connection:
        write(connection, [entry(at=NOON) for _ in range(count)])
    place(engine)


def test_a_log_that_stands_still_lets_nothing_go(opened: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PLACED_WITHIN", 0.2)
    put(opened, 0)
    with opened.connect() as connection:
        old = due(connection, NOON + DAY)
    with pytest.raises(TooBusy, match="the log does not go on"):
        let_go(opened, old, NOON, lambda: 0)
    assert [one and one["kind"] for one in texts(opened)] == ["operation"]
    assert ids(opened) == [["0-0"]] * 3


def test_what_was_broken_off_is_begun_again(opened: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "ROWS", 2)
    put(opened, 0, 0, 0, 0)
    with monkeypatch.context() as patch:
        patch.setattr(turns.time, "sleep", _broken_off)
        with pytest.raises(KeyboardInterrupt):
            expire(opened, 1)
    assert [one and one["kind"] for one in texts(opened)] == [None, None, "operation", "operation", "expired"]
    assert Published(opened).verify([LOG_KEY]).wrong == []
    expire(opened, 1)
    assert [one and one["kind"] for one in texts(opened)] == [None] * 4 + ["expired"] * 2
    assert Published(opened).verify([LOG_KEY]).wrong == []


def _broken_off(_: float) -> None:
    raise KeyboardInterrupt


def test_what_was_let_go_is_not_in_the_file_any_more(engine: Engine) -> None:
    """SQLite overwrites what it deletes; what its log of writes still has goes when that begins anew."""
    put(engine, 0, 1)
    first, _ = texts(engine)
    assert first is not None
    with engine.connect() as connection:
        parts = [json.loads(part)["salt"] for part in next(Kept(connection).leaves(0, 1)).opened]
    expire(engine, 2)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    left = Path(str(engine.url.database)).read_bytes()
    assert not [one for one in (first["caller"], *parts) if one.encode() in left]
    assert len(parts) > 2
