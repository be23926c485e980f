"""An audit sees whatever was changed in the database, wherever."""

from collections.abc import Generator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete, select, update

from tests.transparency.keys import LOG, LOG_KEY, ORIGIN, Seeded
from tests.trust.entries import entry
from transparency import note
from transparency.checkpoint import Checkpoint
from transparency.note import Note
from transparency.tiles import Tile
from transparency.tree import leaf_hash
from trust.database import open_database
from trust.entry import write
from trust.log.kept import Kept, LogBroken
from trust.log.published import LogUnreadable, Published
from trust.log.sequencer import Sequencer
from trust.log.verify import verify
from trust.tables import log_checkpoints, log_hashes, log_leaves


@pytest.fixture
def opened(empty: str) -> Generator[Engine]:
    engine = open_database(empty)
    yield engine
    engine.dispose()


def grown(engine: Engine, *counts: int) -> None:
    for count in counts:
        with engine.begin() as connection:
            write(connection, [entry() for _ in range(count)])
        assert Sequencer(engine, ORIGIN, LOG).step() == count


def last(engine: Engine) -> str:
    signed = Published(engine).checkpoint()
    assert signed
    return signed.decode()


def test_a_log_that_is_as_it_was_signed_is_audited(opened: Engine) -> None:
    assert Published(opened).verify([LOG_KEY]) == (0, 0)
    grown(opened, 1, 250, 5)
    held = last(opened)
    grown(opened, 44)
    assert Published(opened).verify([LOG_KEY], [held]) == (300, 4)


def leaf(position: int, **values: Any) -> Any:
    return update(log_leaves).where(log_leaves.c.position == position).values(**values)


def unsigned(connection: Connection) -> None:
    checkpoint = Checkpoint.read(note.read(Kept(connection).signed() or "").text)
    text = str(checkpoint._replace(root=b"0" * 32))
    forged = str(Note(text, [note.sign(text, ORIGIN, Seeded(9))]))
    connection.execute(update(log_checkpoints).where(log_checkpoints.c.size == checkpoint.size).values(signed=forged))


def other_root(connection: Connection) -> None:
    text = str(Checkpoint(ORIGIN, 1, b"0" * 32))
    signed = str(Note(text, [note.sign(text, ORIGIN, LOG)]))
    connection.execute(update(log_checkpoints).where(log_checkpoints.c.size == 1).values(signed=signed))


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda on: on.execute(leaf(7, entry=b'{"a":1}')), "entry 7 has another hash"),
        (lambda on: on.execute(leaf(7, entry=b'{"a":1}', hash=leaf_hash(b'{"a":1}'))), "first 250 entries have"),
        (lambda on: on.execute(leaf(299, entry=b"{}", hash=leaf_hash(b"{}"))), "first 300 entries have another"),
        (lambda on: on.execute(leaf(7, entry=b'{"a": 1}', hash=leaf_hash(b'{"a": 1}'))), "entry 7 is no canonical"),
        (lambda on: on.execute(leaf(7, entry=b"\xff", hash=leaf_hash(b"\xff"))), "entry 7 is no canonical"),
        (lambda on: on.execute(delete(log_leaves).where(log_leaves.c.position == 7)), "entry 7 is lacking"),
        (lambda on: on.execute(delete(log_leaves).where(log_leaves.c.position == 299)), "entry 299 is lacking"),
        (lambda on: on.execute(update(log_hashes).values(hash=b"0" * 32)), "level 8 over entry 255"),
        (lambda on: on.execute(delete(log_hashes)), "hashes of level 1 are lacking"),
        (unsigned, "not to be believed"),
        (other_root, "the first 1 entries have another root"),
    ],
)  # fmt: skip
def test_what_was_changed_is_seen(opened: Engine, harm: Any, told: str) -> None:
    grown(opened, 1, 249, 50)
    with opened.begin() as connection:
        harm(connection)
    with pytest.raises(LogBroken, match=told):
        Published(opened).verify([LOG_KEY])


def test_a_log_that_was_cut_is_seen_by_who_kept_a_checkpoint(opened: Engine) -> None:
    grown(opened, 3, 2)
    held = last(opened)
    with opened.begin() as connection:
        connection.execute(delete(log_leaves).where(log_leaves.c.position > 2))
        connection.execute(delete(log_checkpoints).where(log_checkpoints.c.size > 3))
    assert Published(opened).verify([LOG_KEY]) == (3, 1)
    with pytest.raises(LogBroken, match="a checkpoint of 5 entries was signed, and 3 are there"):
        Published(opened).verify([LOG_KEY], [held])
    grown(opened, 2)
    assert Published(opened).verify([LOG_KEY]) == (5, 2)
    with pytest.raises(LogBroken, match="two roots of the first 5"):
        Published(opened).verify([LOG_KEY], [held])


def test_entries_without_a_checkpoint_over_them_are_not_counted(opened: Engine) -> None:
    grown(opened, 3)
    with opened.connect() as connection:
        row = connection.execute(select(log_leaves).limit(1)).one()
        connection.execute(log_leaves.insert().values(position=3, entry=row.entry, hash=row.hash))
        assert verify(connection, [LOG_KEY]).entries == 3


def test_tiles_are_those_of_the_tree_that_was_signed(opened: Engine) -> None:
    published = Published(opened)
    assert (published.checkpoint(), published.tile(Tile(0, 0, 1))) == (None, None)
    grown(opened, 250, 50)
    with opened.connect() as connection:
        hashes = list(Kept(connection).stored(0, 0, 300))
    assert published.tile(Tile(0, 0)) == b"".join(hashes[:256])
    assert published.tile(Tile(0, 1, 44)) == b"".join(hashes[256:])
    assert published.tile(Tile(0, 1, 3)) == b"".join(hashes[256:259])
    assert len(published.tile(Tile(1, 0, 1)) or b"") == 32
    for beyond in (Tile(0, 1, 45), Tile(0, 1), Tile(1, 0, 2), Tile(2, 0, 1), Tile(60, 10**17)):
        assert published.tile(beyond) is None


def test_a_database_that_does_not_answer_is_told(engine: Engine) -> None:
    grown(engine, 1)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE log_checkpoints RENAME TO elsewhere")
    published = Published(engine)
    for read in (published.checkpoint, lambda: published.tile(Tile(0, 0, 1)), lambda: published.verify([LOG_KEY])):
        with pytest.raises(LogUnreadable):
            read()
