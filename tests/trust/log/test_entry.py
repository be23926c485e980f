"""What entries say, and what they never say."""

import asyncio
import hashlib
import os
from typing import Any, NamedTuple

import orjson
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from tests.trust.entries import NOON, entry, kept
from transparency import tree
from trust.entry import Use, logged, write
from trust.log import entry as log_entry
from trust.log.entry import Answer, Said
from trust.log.people import who
from trust.log.sealed import sealed
from trust.record import Recorder, RecordFailed
from trust.tables import log_pending, person_keys

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
PLAIN = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT
KEYS = st.text(st.characters(max_codepoint=126, min_codepoint=32))
JSON = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner))


@given(JSON)
def test_canonical_json_is_rfc_8785s(body: Any) -> None:
    assert log_entry.canonical(body) == rfc8785.dumps(body)


def pending(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(log_pending).order_by(log_pending.c.seq)).all())


class Told(NamedTuple):
    """An entry as it stays, and its parts by what they are, without their salts; each is held to the entry."""

    entry: dict[str, Any]
    parts: dict[str, list[dict[str, Any]]]


def told(one: Said, person: str | None = None, key: bytes | None = None) -> Told:
    return read(*sealed(one, who(person, key)))


def read(entry: bytes, parts: bytes) -> Told:
    assert rfc8785.dumps(orjson.loads(entry)) == entry
    said: dict[str, Any] = orjson.loads(entry)
    hashes, by_kind = set[str](), dict[str, list[dict[str, Any]]]()
    for text in parts.split(b"\n") if parts else ():
        part = orjson.loads(text)
        assert rfc8785.dumps(part) == text
        assert len(bytes.fromhex(part.pop("salt"))) == 16
        by_kind.setdefault(part.pop("part"), []).append(part)
        hashes.add(hashlib.sha256(text).hexdigest())
    assert hashes == {one for one in (said.get("caller"), said.get("answer"), *said.get("parts", ())) if one}
    assert said.get("parts", []) == sorted(said.get("parts", []))
    return Told(said, by_kind)


def recorded(engine: Engine, **changed: Any) -> Told:
    with engine.begin() as connection:
        write(connection, [entry(**changed)])
    row = pending(engine)[-1]
    assert row.hash == tree.leaf_hash(row.entry)
    return read(row.entry, row.parts)


def whose(engine: Engine) -> str | None:
    """What entries say of the one person who has a key."""
    with engine.connect() as connection:
        (one,) = connection.execute(select(person_keys)).all()
    return who(one.person, one.key)


PAY = {"coordinate": "LabourMarket.medianMonthlyPay", "basis": "AGREEMENT", "agreements": ["DSA-1 v1"]}
FIRMS = {"coordinate": "LabourMarket.businesses", "clause": "finer than the agreement"}


def test_an_operation_is_told_as_it_is_recorded_each_owners_part_by_itself(engine: Engine) -> None:
    owners = {PAY["coordinate"]: ["HMRC"], FIRMS["coordinate"]: ["BEIS"]}
    said = recorded(engine, id="a" * 32, owners=owners)
    assert len(said.entry.pop("parts")) == 3 and said.entry.pop("caller")
    assert said.entry == {
        "answer": None,
        "at": NOON.isoformat(),
        "epoch": 3,
        "format": 2,
        "kind": "operation",
        "operation_id": "a" * 32,
        "organisation": "DfE",
        "outcome": "answered",
        "policy": "",
        "purpose": "skills-planning",
        "roles": ["analyst"],
    }
    assert said.parts == {
        "caller": [{"operation": "0" * 64, "who": whose(engine)}],
        "decisions": [
            {"owner": "HMRC", "granted": [PAY], "refused": []},
            {"owner": "BEIS", "granted": [], "refused": [FIRMS]},
        ],
        "calls": [{"owner": "HMRC", "calls": [{"dataset": "pay", "method": "POST", "status": 200, "bytes": 900}]}],
    }


def test_what_is_computed_from_the_data_of_several_is_in_the_part_of_each(engine: Engine) -> None:
    said = recorded(engine, refused=[], owners={PAY["coordinate"]: ["DWP", "ONS"]})
    assert said.parts["decisions"] == [
        {"owner": owner, "granted": [PAY], "refused": []} for owner in ("DWP", "ONS")
    ]  # fmt: skip


def test_how_much_was_read_under_an_agreement_is_told_to_its_owner(engine: Engine) -> None:
    uses = [Use("DSA-1", 1, 120, 4), Use("DSA-1", 2, 5, 0), Use("DSA-2", 1, 7, 7)]
    said = recorded(engine, uses=uses, owners={"DSA-1": ["HMRC"], "DSA-2": ["DWP"]})
    assert said.parts["uses"] == [
        {"owner": "HMRC", "uses": [["DSA-1", 1, 120, 4], ["DSA-1", 2, 5, 0]]},
        {"owner": "DWP", "uses": [["DSA-2", 1, 7, 7]]},
    ]


def test_what_was_shown_is_committed_to_under_a_salt_of_its_own(engine: Engine) -> None:
    data = '{"labourMarket":[],"name":"Môn"}'.encode()
    one, other = (recorded(engine, answer=Answer.of(data)) for _ in range(2))
    assert one.parts["answer"] == [{"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}]
    assert one.entry["answer"] != other.entry["answer"]


def test_an_entry_stays_short_whatever_was_wanted(engine: Engine) -> None:
    many = [{"coordinate": "LabourMarket.businesses", "clause": "x" * 100}] * 1000
    with engine.begin() as connection:
        write(connection, [entry(granted=many)])
    assert len(pending(engine)[-1].entry) < 1000


def test_an_act_hides_what_may_lead_to_a_person() -> None:
    event = {
        "id": "DSA-1", "version": 2, "move": "sign", "before": "SUBMITTED", "after": "IN_REVIEW", "at": NOON,
        "person": "f" * 64, "subject": "ann", "organisation": "HMRC", "party": "OWNER", "comment": "for Ann",
        "content_hash": "0" * 64, "simulation_hash": None, "signature": "kid:c2lnbmF0dXJl", "operation_id": "",
    }  # fmt: skip
    one = log_entry.act(event, 7)
    said, parts = told(one)
    salt = bytes.fromhex(said.pop("salt"))
    assert (one.person, one.operation_id) == ("f" * 64, None)
    assert said.pop("comment") == hashlib.sha256(salt + b"for Ann").hexdigest()
    assert said.pop("signature") == hashlib.sha256(salt + b"kid:c2lnbmF0dXJl").hexdigest()
    assert said.pop("caller") and parts == {"caller": [{"who": None}]}
    assert said == {
        "id": "DSA-1", "version": 2, "move": "sign", "before": "SUBMITTED", "after": "IN_REVIEW",
        "at": NOON.isoformat(), "organisation": "HMRC", "party": "OWNER", "content_hash": "0" * 64,
        "simulation_hash": None, "operation_id": None, "kind": "act", "format": 2, "epoch": 7,
    }  # fmt: skip


def test_who_is_told_by_a_persons_key_alone_and_the_public_are_nobody(engine: Engine) -> None:
    one, keys = logged(entry()), (os.urandom(32), os.urandom(32))
    whos = [told(one, person, key).parts["caller"][0]["who"] for person in ("ann", "bob") for key in keys]
    assert len(set(whos)) == 4 and one.person
    assert logged(entry(issuer=None)).person is None
    assert recorded(engine, issuer=None).parts["caller"][0]["who"] is None


@pytest.mark.parametrize(("whole", "outcome", "length"), [(True, "whole", None), (False, "broken off", 7)])
def test_what_was_sent_in_chunks_is_told_when_that_ends(whole: bool, outcome: str, length: int | None) -> None:
    one = log_entry.released("a" * 32, NOON, Answer.of(b'{"a":1}'), whole=whole)
    said, parts = told(one)
    assert (one.person, one.operation_id) == (None, "a" * 32)
    assert len(bytes.fromhex(said.pop("salt"))) == 16
    assert said.pop("answer") and parts["answer"][0]["sha256"] == hashlib.sha256(b'{"a":1}').hexdigest()
    assert said == {
        "at": NOON.isoformat(), "bytes": length, "format": 2, "kind": "released", "operation_id": "a" * 32,
        "outcome": outcome,
    }  # fmt: skip


async def test_an_entry_that_is_no_json_fails_alone(engine: Engine, recorder: Recorder) -> None:
    good = entry()
    outcomes = await asyncio.gather(
        recorder.record(entry(granted=[{"coordinate": "\ud800"}])), recorder.record(good), return_exceptions=True
    )
    assert isinstance(outcomes[0], RecordFailed)
    assert outcomes[1] == good.id
    assert [row.id for row in kept(engine)] == [row.operation_id for row in pending(engine)] == [good.id]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_entries_wait_with_what_they_tell(engine: Engine, count: int) -> None:
    with engine.connect() as connection:
        write(connection, [entry() for _ in range(count)])
        connection.rollback()
    assert pending(engine) == []
    with engine.begin() as connection:
        write(connection, [entry() for _ in range(count)])
    assert [row.operation_id for row in pending(engine)] == [row.id for row in kept(engine)]
