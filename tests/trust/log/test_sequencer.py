"""The sequencer, on SQLite and PostgreSQL: every entry gets one place, and every checkpoint goes on from the last."""

import asyncio
import hmac
import threading
import time
from base64 import b64encode
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise
from typing import Any

import orjson
import pytest
import rfc8785
from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.exc import OperationalError

from tests.transparency import rfc6962
from tests.transparency.keys import LOG, LOG_KEY, ORIGIN, Seeded
from tests.trust.entries import NAMED, entry
from transparency import note, tree
from transparency.checkpoint import Checkpoint
from trust.database import open_database
from trust.entry import Entry, write
from trust.log import sequencer
from trust.log.kept import Kept, LogBroken
from trust.log.sealed import opened as parts
from trust.log.sequencer import Sequencer
from trust.record import Recorder
from trust.tables import log_leaves, log_pending, person_keys


@pytest.fixture
def opened(empty: str) -> Generator[Engine]:
    engine = open_database(empty)
    yield engine
    engine.dispose()


def put(engine: Engine, count: int, **changed: Any) -> list[Entry]:
    entries = [entry(**changed) for _ in range(count)]
    with engine.begin() as connection:
        write(connection, entries)
    return entries


def waiting(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(log_pending)).scalar_one()


def logged(engine: Engine) -> list[dict[str, Any]]:
    """What the log says, after it has been held to RFC 6962 and to every checkpoint that was signed."""
    with engine.connect() as connection:
        kept = Kept(connection)
        leaves = list(kept.leaves(0, kept.size()))
        assert [leaf.position for leaf in leaves] == list(range(len(leaves)))
        entries = [leaf.entry for leaf in leaves]
        assert [tree.leaf_hash(one) for one in entries] == [leaf.hash for leaf in leaves]
        sizes = [0]
        for signed in kept.checkpoints():
            received = note.read(signed)
            assert note.believed(received, [LOG_KEY])
            checkpoint = Checkpoint.read(received.text)
            assert (checkpoint.origin, checkpoint.root) == (ORIGIN, rfc6962.mth(entries[: checkpoint.size]))
            sizes.append(checkpoint.size)
        assert sizes[-1] == len(entries)
        for old, size in pairwise(sizes):
            proof = tree.consistency(old, size, kept.hash_at)
            roots = (rfc6962.mth(entries[:old]), rfc6962.mth(entries[:size]))
            tree.check_consistency(old, size, proof, *roots)
        return [orjson.loads(one) for one in entries]


def test_entries_get_places_in_the_order_they_came(opened: Engine) -> None:
    given = [put(opened, count) for count in (1, 2, 1_000)]
    ids = [one.id for several in given for one in several]
    assert Sequencer(opened, ORIGIN, LOG).step() == 1_000
    assert Sequencer(opened, ORIGIN, LOG).step() == 3
    assert [one["operation_id"] for one in logged(opened)] == ids
    assert waiting(opened) == 0
    assert Sequencer(opened, ORIGIN, LOG).step() == 0


def test_the_log_goes_on_over_tiles_and_restarts(opened: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequencer, "BATCH", 200)
    for count in (1, 254, 1, 1, 513):
        put(opened, count)
        while Sequencer(opened, ORIGIN, LOG).step():
            pass
    assert len(logged(opened)) == 770


def test_two_sequencers_at_once_give_each_entry_one_place(opened: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequencer, "BATCH", 7)
    begin = threading.Barrier(3)

    def writing() -> list[str]:
        begin.wait()
        return [put(opened, 3)[0].id for _ in range(40)]

    def placing() -> int:
        begin.wait()
        own, count, until = Sequencer(opened, ORIGIN, LOG), 0, time.monotonic() + 20
        while time.monotonic() < until and not (written.done() and waiting(opened) == 0):
            # SQLite does not queue those who wait to write: one of them may wait in vain, and tries again.
            with suppress(OperationalError):
                count += own.step()
        return count

    with ThreadPoolExecutor(3) as threads:
        written = threads.submit(writing)
        placed = [one.result() for one in [threads.submit(placing), threads.submit(placing)]]
    assert sum(placed) == 120
    said = logged(opened)
    assert len({one["operation_id"] for one in said}) == len(said) == 120
    assert set(written.result()) < {one["operation_id"] for one in said}


class Killed(BaseException):
    """The process ends here."""


STEPS = ["_alone", "tree.grown", "tree.root", "note.sign", "_sign", "commit", "committed"]


@pytest.mark.parametrize("step", STEPS)
def test_what_a_kill_between_two_steps_leaves_is_picked_up(
    opened: Engine, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    put(opened, 240)
    assert Sequencer(opened, ORIGIN, LOG).step()
    before = len(logged(opened))
    ids = [one.id for one in put(opened, 20)]
    with monkeypatch.context() as patch:
        _killed_after(patch, step)
        with pytest.raises(Killed):
            Sequencer(opened, ORIGIN, LOG).step()
    assert len(logged(opened)) == before + (20 if step == "committed" else 0)
    assert Sequencer(opened, ORIGIN, LOG).step() == (0 if step == "committed" else 20)
    assert [one["operation_id"] for one in logged(opened)][before:] == ids


def _killed_after(patch: pytest.MonkeyPatch, step: str) -> None:
    where: Any = sequencer
    name = step
    if "." in step:
        module, name = step.split(".")
        where = {"tree": tree, "note": note}[module]
    elif step == "_sign":
        where = Sequencer
    elif step in ("commit", "committed"):
        from sqlalchemy import Connection

        where, name = Connection, "commit"
    actual = getattr(where, name)

    def killed(*arguments: Any, **named: Any) -> Any:
        if step != "commit":
            actual(*arguments, **named)
        raise Killed

    patch.setattr(where, name, killed)


def test_a_checkpoint_that_was_signed_and_not_kept_is_never_contradicted(
    opened: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has left the process of nobody: what is signed is read from where it is kept."""
    put(opened, 3)
    signed: list[str] = []

    class Noting(Seeded):
        def sign_bytes(self, message: bytes) -> bytes:
            signed.append(message.decode())
            return super().sign_bytes(message)

    with monkeypatch.context() as patch:
        _killed_after(patch, "commit")
        with pytest.raises(Killed):
            Sequencer(opened, ORIGIN, Noting(0)).step()
    assert len(signed) == 1
    with opened.connect() as connection:
        assert Kept(connection).signed() is None


@pytest.mark.parametrize("harm", ["changed", "removed", "cut", "another"])
def test_nothing_is_signed_over_a_log_that_is_not_what_was_signed(opened: Engine, harm: str) -> None:
    put(opened, 5)
    Sequencer(opened, ORIGIN, LOG).step()
    origin = ORIGIN
    with opened.begin() as connection:
        if harm == "changed":
            changed = update(log_leaves).where(log_leaves.c.position == 2).values(hash=b"0" * 32)
            connection.execute(changed)
        elif harm == "removed":
            connection.execute(log_leaves.delete().where(log_leaves.c.position == 2))
        elif harm == "cut":
            connection.execute(log_leaves.delete().where(log_leaves.c.position == 4))
        else:
            origin = "other.example/log"
        before = Kept(connection).signed()
    put(opened, 1)
    with pytest.raises(LogBroken):
        Sequencer(opened, origin, LOG).step()
    with opened.connect() as connection:
        assert Kept(connection).signed() == before
    assert waiting(opened) == 1


def told(engine: Engine) -> list[str | None]:
    """Whom each entry is about."""
    with engine.connect() as connection:
        return [next(parts(leaf.parts))[1]["who"] for leaf in Kept(connection).leaves(0, 1000)]


def test_a_person_is_told_by_a_key_of_their_own_that_can_be_deleted(opened: Engine) -> None:
    ann, bob = (NAMED.named("https://login.example/", name) for name in ("annabel", "robert"))
    put(opened, 2, person=ann)
    put(opened, 1, person=bob)
    Sequencer(opened, ORIGIN, LOG).step()
    said, who = logged(opened), told(opened)
    assert who[0] == who[1] != who[2]
    with opened.begin() as connection:
        key = connection.execute(select(person_keys.c.key).where(person_keys.c.person == ann)).scalar_one()
        assert hmac.digest(bytes(key), ann.encode(), "sha256").hex() == who[0]
        connection.execute(delete(person_keys).where(person_keys.c.person == ann))
    put(opened, 1, person=ann)
    Sequencer(opened, ORIGIN, LOG).step()
    assert logged(opened)[:3] == said
    assert told(opened)[:3] == who
    assert told(opened)[3] not in who
    with opened.connect() as connection:
        raw = b"".join(leaf.entry + leaf.parts for leaf in Kept(connection).leaves(0, 4))
    for known in ("annabel", "robert", ann, b64encode(bytes(key)).decode(), bytes(key).hex()):
        assert known.encode() not in raw


async def test_what_is_recorded_is_in_the_log_within_a_second(opened: Engine) -> None:
    recorder, own = Recorder(opened), Sequencer(opened, ORIGIN, LOG)
    own.start()
    try:
        for _ in range(3):
            id, began = await recorder.record(entry()), time.monotonic()
            while not await asyncio.to_thread(_found, opened, id):
                assert time.monotonic() - began < 1.5
                await asyncio.sleep(0.02)
    finally:
        await recorder.record(entry(id="last"))
        own.close()
    assert _found(opened, "last"), "what waits when it ends has its place"
    recorder.close()


def _found(engine: Engine, id: str) -> bool:
    with engine.connect() as connection:
        return bool(Kept(connection).of_operation(id))


async def test_an_operation_that_is_withheld_later_is_told_by_one_more_entry(opened: Engine) -> None:
    recorder, own = Recorder(opened), Sequencer(opened, ORIGIN, LOG)
    id = await recorder.record(entry())
    own.step()
    await recorder.withhold(id)
    await recorder.withhold(id)
    await recorder.withhold("never-recorded")
    recorder.close()
    own.step()
    answered, not_so = logged(opened)
    assert (answered["kind"], answered["outcome"]) == ("operation", "answered")
    assert (not_so["kind"], not_so["operation_id"], "caller" in not_so) == ("withheld", id, False)


def test_every_entry_is_canonical(opened: Engine) -> None:
    put(opened, 1)
    put(opened, 1, organisation=None, purpose='é \u2028 \\ " / \x7f \x1f \U0001f600', roles=["b", "a"])
    put(opened, 1, calls=[{"department": "HMRC", "milliseconds": 1.5, "bytes": 3, "status": None}])
    Sequencer(opened, ORIGIN, LOG).step()
    salts: list[str] = []
    with opened.connect() as connection:
        for leaf in Kept(connection).leaves(0, 3):
            texts = [leaf.entry, *leaf.opened]
            assert texts == [rfc8785.dumps(orjson.loads(text)) for text in texts]
            assert b"milliseconds" not in leaf.entry + leaf.parts
            salts += [part["salt"] for _, part in parts(leaf.parts)]
    assert len(set(salts)) == len(salts) > 6
