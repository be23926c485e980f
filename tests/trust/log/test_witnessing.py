"""Cosignatures beside the checkpoints they are for, and who asks for them, on SQLite and PostgreSQL."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from tests.transparency.keys import LOG, LOG_KEY, ORIGIN, WITNESSES, witness_key, witness_name
from tests.trust.entries import entry
from transparency import note, tree
from transparency.checkpoint import Checkpoint
from transparency.note import Signature
from transparency.policy import Policy
from trust.database import open_database
from trust.entry import write
from trust.log.kept import Kept
from trust.log.published import LogUnreadable, Published
from trust.log.sequencer import Sequencer
from trust.log.witnessing import Witnessing
from trust.tables import log_witnessed

THREE = ("ons", "hmrc", "dwp")
TWO_OF_THREE = Policy.read(
    f"log {LOG_KEY}\n"
    + "".join(f"witness {name} {witness_key(name)}\n" for name in THREE)
    + f"group g 2 {' '.join(THREE)}\nquorum g\n"
)


@pytest.fixture
def opened(empty: str) -> Generator[Engine]:
    engine = open_database(empty)
    yield engine
    engine.dispose()


def grown(engine: Engine, count: int) -> str:
    """The checkpoint over so many entries more."""
    with engine.begin() as connection:
        write(connection, [entry() for _ in range(count)])
    assert Sequencer(engine, ORIGIN, LOG).step() == count
    signed = Published(engine).checkpoint()
    assert signed
    return signed.decode()


def by(name: str, signed: str, seconds: int = 1_750_000_000) -> Signature:
    return note.cosign(note.read(signed).text, witness_name(name), WITNESSES[name], seconds)


def covering(engine: Engine, at_least: int | None = None) -> int | None:
    """The size of what is witnessed."""
    with engine.connect() as connection:
        signed = Kept(connection).witnessed(at_least)
    return TWO_OF_THREE.check(signed).checkpoint.size if signed else None


def test_a_checkpoint_is_witnessed_when_its_quorum_is_met_and_has_every_cosignature(opened: Engine) -> None:
    own = Witnessing(opened, TWO_OF_THREE)
    assert own.last() == (None, None, None)
    signed = grown(opened, 3)
    assert own.last() == (signed, None, None)
    assert not own.keep(signed, [by("ons", signed)])
    assert own.last().witnessed is covering(opened) is None
    assert own.keep(signed, [by("dwp", signed)])
    last = own.last()
    assert last.cosigned == last.witnessed
    assert own.keep(signed, [by("hmrc", signed), by("ons", signed, 1_750_000_009)])
    whole = Published(opened, witnessed=True).checkpoint()
    assert whole
    assert TWO_OF_THREE.check(whole).witnesses == set(THREE)
    assert len(note.read(whole).signatures) == 4, "who cosigns again is there once"
    assert Published(opened).checkpoint() == signed.encode()


def test_what_is_told_is_the_newest_and_what_covers_an_entry_is_the_smallest(opened: Engine) -> None:
    own = Witnessing(opened, TWO_OF_THREE)
    for count, names in ((2, THREE[:2]), (2, THREE[:1]), (2, THREE), (2, ())):
        signed = grown(opened, count)
        own.keep(signed, [by(name, signed) for name in names])
    assert covering(opened) == 6
    assert [covering(opened, at_least) for at_least in range(8)] == [2, 2, 2, 6, 6, 6, 6, None]


def test_what_does_not_fit_meets_no_quorum(opened: Engine) -> None:
    signed, later = grown(opened, 2), grown(opened, 1)
    assert not Witnessing(opened, TWO_OF_THREE).keep(later, [by("ons", later), by("dwp", signed)])
    assert covering(opened) is None


def test_cosignatures_that_come_at_once_are_all_kept(opened: Engine) -> None:
    signed = grown(opened, 2)
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda name: Witnessing(opened, TWO_OF_THREE).keep(signed, [by(name, signed)]), THREE))
    assert TWO_OF_THREE.check(Witnessing(opened, TWO_OF_THREE).last().witnessed or "").witnesses == set(THREE)


def test_an_audit_holds_the_log_to_what_was_cosigned(opened: Engine) -> None:
    signed, own = grown(opened, 3), Witnessing(opened, TWO_OF_THREE)
    own.keep(signed, [by("ons", signed)])
    assert Published(opened).verify([LOG_KEY]).wrong == []
    text = str(Checkpoint(ORIGIN, 3, b"0" * 32))
    other = str(note.Note(text, [note.sign(text, ORIGIN, LOG)]))
    with opened.begin() as connection:
        connection.execute(log_witnessed.update().values(signed=other))
    assert Published(opened).verify([LOG_KEY]).wrong == ["two roots of the first 3 entries were signed"]


def test_a_proof_is_one_of_what_was_signed(opened: Engine) -> None:
    old, new = (Checkpoint.signed(grown(opened, count)) for count in (5, 200))
    proof = Witnessing(opened, TWO_OF_THREE).proof(5, 205)
    tree.check_consistency(5, 205, proof, old.root, new.root)


def test_one_gateway_asks_and_another_goes_on_when_it_is_not_heard_of(opened: Engine) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    one, other = (Witnessing(opened, TWO_OF_THREE, lambda: now) for _ in range(2))
    assert (one.is_our_turn(), other.is_our_turn()) == (True, False)
    for _ in range(3):
        now += timedelta(seconds=6)
        assert (one.is_our_turn(), other.is_our_turn()) == (True, False)
    now += timedelta(seconds=11)
    assert (other.is_our_turn(), one.is_our_turn()) == (True, False)
    other.let_go()
    now += timedelta(seconds=1)
    one.let_go()
    assert one.is_our_turn(), "who has let go is not waited for"


def test_of_several_that_begin_at_once_one_asks(opened: Engine) -> None:
    def begins(own: Witnessing) -> bool:
        # SQLite does not queue those who wait to write.
        with suppress(LogUnreadable):
            return own.is_our_turn()
        return False

    with ThreadPoolExecutor(4) as threads:
        turns = list(threads.map(begins, [Witnessing(opened, TWO_OF_THREE) for _ in range(4)]))
    assert turns.count(True) == 1
