"""What stands for a person in the books: nobody finds out who it is by trying names, and everybody stays the same."""

import hashlib
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, text, update

from app.signing import signer
from policies.caller import Caller
from tests.conftest import Opener, Trust
from tests.transparency.keys import LOG, ORIGIN
from tests.trust.entries import NAMED, NOON, entry, kept
from trust.adoption import OtherPeople, adopt
from trust.agreements import store
from trust.agreements.signatures import Seal, holds
from trust.agreements.version import fields_of
from trust.database import open_database
from trust.entry import write
from trust.log.sequencer import Sequencer
from trust.people import People, plain
from trust.tables import agreement_events, agreement_versions, operations, people_key, person_keys

LOGIN = "https://login.example/"
ANN, BOB = plain(LOGIN, "ann"), plain(LOGIN, "bob")


@pytest.fixture
def opened(empty: str) -> Generator[Engine]:
    engine = open_database(empty)
    yield engine
    engine.dispose()


@pytest.fixture
def seal(tmp_path: Path) -> Seal:
    return Seal(signer(tmp_path / "key.pem"))


def caller(subject: str, issuer: str | None = LOGIN) -> Caller:
    return Caller(subject, "DfE", frozenset(), frozenset(), issuer)


def test_the_same_person_is_the_same_and_another_at_another_issuer() -> None:
    ann = NAMED.of(caller("ann"))
    assert ann == NAMED.of(caller("ann")) == NAMED.named(LOGIN, "ann") == NAMED.keyed(ANN)
    others = {NAMED.of(one) for one in (caller("bob"), caller("ann", "https://other.example/"), caller("ann", None))}
    assert len({ann, *others}) == 4
    assert all(len(one) == 64 for one in others)


def test_nobody_can_make_it_who_has_another_key() -> None:
    other = People(b"\x01" * 32)
    assert other.of(caller("ann")) != NAMED.of(caller("ann")) != hashlib.sha256(f"{LOGIN}|ann".encode()).hexdigest()
    assert other.fingerprint != NAMED.fingerprint
    assert bytes(range(32)).hex() not in NAMED.fingerprint


def everybody(engine: Engine) -> list[Any]:
    """Whatever stands for a person in a database."""
    columns = (operations.c.subject, agreement_events.c.person, agreement_versions.c.proposer)
    with engine.connect() as connection:
        return [set(connection.execute(select(column)).scalars()) for column in (*columns, person_keys.c.person)]


def signed(seal: Seal, person: str | None, move: str) -> dict[str, Any]:
    event = {
        "id": "DSA-001", "version": 1, "move": move, "before": None, "after": "ACTIVE", "at": NOON, "person": person,
        "subject": None, "organisation": "HMRC", "party": "the owner's data steward", "comment": "",
        "content_hash": "0" * 64, "simulation_hash": None, "operation_id": "",
    }  # fmt: skip
    return {**event, "signature": seal.sign(event)}


def begin(engine: Engine, seal: Seal) -> None:
    """A database as it was when people were told without a key: two operations of Ann's, one of them in the log, one of
    Bob's, and an agreement that Bob wrote and Ann signed."""
    with engine.begin() as connection:
        write(connection, [entry(id="1", person=ANN)])
    Sequencer(engine, ORIGIN, LOG).step()
    with engine.begin() as connection:
        write(connection, [entry(id="2", person=ANN), entry(id="3", person=BOB)])
        store.keep_key(connection, seal.key.kid, seal.key.public)
        one = {
            "id": "DSA-001", "version": 1, "state": "ACTIVE", "owner": "HMRC", "consumer": "DfE", "content": {},
            "content_hash": "0" * 64, "proposer": BOB, "request_id": "r",
        }  # fmt: skip
        connection.execute(insert(agreement_versions), [one, {**one, "id": "DSA-002", "proposer": ""}])
        events = [signed(seal, None, "import"), signed(seal, ANN, "sign"), signed(seal, BOB, "narrow")]
        connection.execute(insert(agreement_events), events)
        wrong = update(agreement_events).where(agreement_events.c.move == "narrow").values(content_hash="1" * 64)
        connection.execute(wrong)


def test_who_was_told_without_a_key_is_told_by_it_ever_after(opened: Engine, seal: Seal, tmp_path: Path) -> None:
    begin(opened, seal)
    other = Seal(signer(tmp_path / "other.pem"))
    adopt(opened, NAMED, other)
    ann, bob = NAMED.keyed(ANN), NAMED.keyed(BOB)
    assert everybody(opened) == [{ann, bob}, {None, ann, bob}, {"", bob}, {ann, bob}]
    assert [row.subject for row in kept(opened)] == [ann, ann, bob]
    with opened.connect() as connection:
        keys, events = store.keys(connection), store.events(connection, "DSA-001")
        assert [holds(fields_of(event), event.signature, keys) for event in events] == [True, True, False]
        assert [str(event.signature).partition(":")[0] for event in events] == [
            seal.key.kid, other.key.kid, seal.key.kid,
        ]  # fmt: skip
        assert connection.execute(select(people_key)).one() == (NAMED.fingerprint, 3, 3)
    adopt(opened, NAMED, seal)
    assert everybody(opened)[0] == {ann, bob}


def test_entries_stay_as_they_are_and_lead_to_the_person_they_led_to(opened: Engine, seal: Seal) -> None:
    begin(opened, seal)
    with opened.connect() as connection:
        before = connection.execute(text("SELECT entry FROM log_leaves")).scalars().all()
        keys = connection.execute(select(person_keys.c.key)).scalars().all()
    adopt(opened, NAMED, seal)
    with opened.connect() as connection:
        assert connection.execute(text("SELECT entry FROM log_leaves")).scalars().all() == before
        assert connection.execute(select(person_keys.c.key)).scalars().all() == keys


def test_a_gateway_with_another_key_is_turned_away_and_changes_nothing(opened: Engine, seal: Seal) -> None:
    begin(opened, seal)
    adopt(opened, NAMED, seal)
    was = everybody(opened)
    with pytest.raises(OtherPeople, match=r"every gateway of a database has the people-key\.hex of the first"):
        adopt(opened, People(b"\x01" * 32), seal)
    assert everybody(opened) == was


def test_gateways_that_start_together_convert_once(empty: str, seal: Seal) -> None:
    engines = [open_database(empty) for _ in range(4)]
    begin(engines[0], seal)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda engine: adopt(engine, NAMED, seal), engines))
    assert everybody(engines[0])[0] == {NAMED.keyed(ANN), NAMED.keyed(BOB)}
    for engine in engines:
        engine.dispose()


def test_a_conversion_that_fails_leaves_everything_as_it_was(
    opened: Engine, seal: Seal, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(opened, seal)
    was = everybody(opened)

    class Breaks(Seal):
        def sign(self, event: Any) -> str:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        adopt(opened, NAMED, Breaks(seal.key))
    assert everybody(opened) == was
    adopt(opened, NAMED, seal)
    assert everybody(opened)[0] == {NAMED.keyed(ANN), NAMED.keyed(BOB)}


async def test_the_record_tells_who_asked_by_the_key_of_the_installation(trust: Trust) -> None:
    await trust.ask("{ me { subject } }", "dfe-analyst")
    issuer = "https://demonstration.example/issuer"
    (row,) = trust.recorded()
    key = bytes.fromhex((trust.app.state.gateway.settings.data / "people-key.hex").read_text())
    assert row.subject == People(key).named(issuer, "dfe-analyst") != plain(issuer, "dfe-analyst")


async def test_a_gateway_whose_key_was_lost_does_not_start(open_trust: Opener) -> None:
    async with open_trust() as trust:
        data = trust.app.state.gateway.settings.data
    (data / "people-key.hex").unlink()
    with pytest.raises(Exception, match="LMDT_DATABASE: the key by which people are told has the fingerprint"):
        async with open_trust():
            pass
