"""An audit sees whatever was changed in the database, wherever."""

import json
from collections.abc import Generator
from contextlib import suppress
from typing import Any

import orjson
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
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
from trust.log.kept import Kept
from trust.log.published import LogUnreadable, Published
from trust.log.sequencer import Sequencer
from trust.log.verify import is_canonical, verify
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


def audited(engine: Engine, *held: str) -> tuple[int, int] | list[str]:
    """Entries and checkpoints of a log that is what was signed, or what is wrong with it."""
    found = Published(engine).verify([LOG_KEY], held)
    return found.wrong or (found.entries, found.checkpoints)


def test_a_log_that_is_as_it_was_signed_is_audited(opened: Engine) -> None:
    assert audited(opened) == (0, 0)
    grown(opened, 1, 250, 5)
    held = last(opened)
    grown(opened, 44)
    assert audited(opened, held) == (300, 4)


def leaf(position: int, **values: Any) -> Any:
    return update(log_leaves).where(log_leaves.c.position == position).values(**values)


def parts(connection: Connection, position: int) -> bytes:
    return connection.execute(select(log_leaves.c.parts).where(log_leaves.c.position == position)).scalar_one()


def unsigned(connection: Connection) -> None:
    checkpoint = Checkpoint.signed(Kept(connection).signed() or "")
    text = str(checkpoint._replace(root=b"0" * 32))
    forged = str(Note(text, [note.sign(text, ORIGIN, Seeded(9))]))
    connection.execute(update(log_checkpoints).where(log_checkpoints.c.size == checkpoint.size).values(signed=forged))


def other_root(connection: Connection) -> None:
    text = str(Checkpoint(ORIGIN, 1, b"0" * 32))
    signed = str(Note(text, [note.sign(text, ORIGIN, LOG)]))
    connection.execute(update(log_checkpoints).where(log_checkpoints.c.size == 1).values(signed=signed))


CHANGED, BARE, ODD, NOT_UTF8 = b'{"a":1}', b"{}", b'{"a": 1}', b"\xff"


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda on: on.execute(leaf(7, entry=CHANGED)), ["entry 7 has another hash than is kept"]),
        (lambda on: on.execute(leaf(7, hash=b"0" * 32)), ["entry 7 has another hash than is kept",
            "the first 250 entries have another root than was signed",
            "the hash of level 8 over entry 255 is another than is kept"]),
        (lambda on: on.execute(leaf(7, entry=CHANGED, hash=leaf_hash(CHANGED), parts=None)), [
            "the first 250 entries have another root than was signed",
            "the hash of level 8 over entry 255 is another than is kept"]),
        (lambda on: on.execute(leaf(299, entry=BARE, hash=leaf_hash(BARE), parts=None)), [
            "the first 300 entries have another root than was signed"]),
        (lambda on: on.execute(leaf(299, entry=ODD, hash=leaf_hash(ODD))), [
            "entry 299 is no canonical JSON", "the first 300 entries have another root than was signed"]),
        (lambda on: on.execute(leaf(299, entry=NOT_UTF8, hash=leaf_hash(NOT_UTF8))), [
            "entry 299 is no canonical JSON", "the first 300 entries have another root than was signed"]),
        (lambda on: on.execute(leaf(7, entry=b"", parts=None)), [
            "entry 7 has no text, and the log does not say that it was let go"]),
        (lambda on: on.execute(leaf(7, entry=b"")), ["entry 7 has no text, and has parts",
            "entry 7 has no text, and the log does not say that it was let go"]),
        (lambda on: on.execute(leaf(7, parts=None)), ["entry 7 commits to other parts than are kept"]),
        (lambda on: on.execute(leaf(7, parts=parts(on, 7)[1:])), ["entry 7 commits to other parts than are kept"]),
        (lambda on: on.execute(leaf(7, parts=parts(on, 7) + b"\n" + parts(on, 7))), [
            "entry 7 commits to other parts than are kept"]),
        (lambda on: on.execute(leaf(7, parts=parts(on, 7).replace(b"DSA-1", b"DSA-2"))), [
            "entry 7 commits to other parts than are kept"]),
        (lambda on: on.execute(leaf(7, parts=parts(on, 8))), ["entry 7 commits to other parts than are kept"]),
        (lambda on: on.execute(delete(log_leaves).where(log_leaves.c.position == 7)), ["entry 7 is lacking"]),
        (lambda on: on.execute(delete(log_leaves).where(log_leaves.c.position == 299)), ["entry 299 is lacking"]),
        (lambda on: on.execute(delete(log_leaves).where(log_leaves.c.position.in_([7, 8, 290]))), [
            "entry 7 is lacking", "entry 8 is lacking", "entry 290 is lacking"]),
        (lambda on: on.execute(update(log_hashes).values(hash=b"0" * 32)), [
            "the hash of level 8 over entry 255 is another than is kept"]),
        (lambda on: on.execute(delete(log_hashes)), ["the hash of level 8 over entry 255 is lacking"]),
        (other_root, ["the first 1 entries have another root than was signed"]),
    ],
)  # fmt: skip
def test_what_was_changed_is_named_the_first_first(opened: Engine, harm: Any, told: list[str]) -> None:
    grown(opened, 1, 249, 50)
    with opened.begin() as connection:
        harm(connection)
    assert audited(opened) == told


def test_a_checkpoint_that_the_log_has_not_signed_is_not_believed(opened: Engine) -> None:
    grown(opened, 1, 2)
    with opened.begin() as connection:
        unsigned(connection)
    first, *more = Published(opened).verify([LOG_KEY]).wrong
    assert first.startswith("a checkpoint is not to be believed: no key that is trusted has signed")
    assert more == ["there are 3 leaves, and 1 were signed"]


def test_what_is_wrong_is_seen_after_what_was_wrong_before(opened: Engine) -> None:
    grown(opened, *[250] * 3)
    with opened.begin() as connection:
        for position in (3, 300, 301, 600):
            connection.execute(leaf(position, entry=CHANGED, hash=leaf_hash(CHANGED), parts=None))
    assert audited(opened) == [
        "the first 250 entries have another root than was signed",
        "the hash of level 8 over entry 255 is another than is kept",
        "the first 500 entries have another root than was signed",
        "the hash of level 8 over entry 511 is another than is kept",
        "the first 750 entries have another root than was signed",
    ]


def test_a_log_that_was_cut_is_seen_by_who_kept_a_checkpoint(opened: Engine) -> None:
    grown(opened, 3, 2)
    held = last(opened)
    with opened.begin() as connection:
        connection.execute(delete(log_leaves).where(log_leaves.c.position > 2))
        connection.execute(delete(log_checkpoints).where(log_checkpoints.c.size > 3))
    assert audited(opened) == (3, 1)
    assert audited(opened, held) == ["a checkpoint of 5 entries was signed, and 3 are there"]
    grown(opened, 2)
    assert audited(opened) == (5, 2)
    assert audited(opened, held) == ["two roots of the first 5 entries were signed"]


def test_a_checkpoint_of_another_log_is_told(opened: Engine) -> None:
    grown(opened, 3)
    text = str(Checkpoint("other.example/log", 3, b"0" * 32))
    other = note.key_of("other.example/log", LOG)
    held = str(Note(text, [note.sign(text, "other.example/log", LOG)]))
    found = Published(opened).verify([LOG_KEY, other], [held])
    assert found.wrong == ["a checkpoint that was kept is of other.example/log, and the log is " + ORIGIN]


def test_entries_without_a_checkpoint_over_them_are_told(opened: Engine) -> None:
    grown(opened, 3)
    with opened.begin() as connection:
        row = connection.execute(select(log_leaves).limit(1)).one()
        connection.execute(log_leaves.insert().values(position=3, entry=row.entry, hash=row.hash))
        assert verify(connection, [LOG_KEY]).wrong == ["there are 4 leaves, and 3 were signed"]


def test_progress_is_told_up_to_the_end(opened: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trust.log.verify.AT_A_TIME", 256)
    grown(opened, *[250] * 2, 100)
    told: list[tuple[int, int]] = []
    assert not Published(opened).verify([LOG_KEY], progress=lambda *done: told.append(done)).wrong
    assert told == [(256, 600), (512, 600), (600, 600)]


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT
JSON = st.recursive(VALUES, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner))


def strictly(entry: bytes) -> bool:
    try:
        return rfc8785.dumps(orjson.loads(entry)) == entry
    except ValueError:
        return False


@given(st.dictionaries(TEXT, JSON) | JSON, st.booleans())
def test_canonical_json_is_told_as_rfc_8785_tells_it(body: Any, indented: bool) -> None:
    texts = [json.dumps(body, ensure_ascii=ascii, separators=(",", ":"), sort_keys=True, indent=indented or None)
             for ascii in (True, False)]  # fmt: skip
    with suppress(ValueError):
        texts.append(rfc8785.dumps(body).decode())
    for text in texts:
        assert is_canonical(text.encode()) == strictly(text.encode())


@pytest.mark.parametrize("number", ["1.0", "-0", "0.5", "1e3", "-1E3", "9007199254740993", "99999999999999999999", "7"])
@pytest.mark.parametrize("around", ['{"a":%s}', "[%s]", '{"a":[1,%s]}', "%s", '{"a":"1.5,%s"}', '{"\\"":%s}'])
def test_numbers_are_told_as_rfc_8785_tells_them(number: str, around: str) -> None:
    entry = (around % number).encode()
    assert is_canonical(entry) == strictly(entry)


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
