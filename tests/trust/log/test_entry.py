"""What entries say, and what they never say."""

import asyncio
import hashlib
import os
from typing import Any

import orjson
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from tests.trust.entries import NOON, entry, kept
from transparency.tiles import ENTRY_BYTES
from trust.entry import write
from trust.log import entry as log_entry
from trust.log.entry import Released
from trust.record import Recorder, RecordFailed
from trust.tables import log_pending

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


def told(engine: Engine, **changed: Any) -> dict[str, Any]:
    with engine.begin() as connection:
        write(connection, [entry(**changed)])
    return orjson.loads(log_entry.said(pending(engine)[-1].text, None, None))


def test_an_operation_is_told_as_it_is_recorded(engine: Engine) -> None:
    said = told(engine, id="a" * 32)
    assert len(bytes.fromhex(said.pop("salt"))) == 16
    assert said == {
        "at": NOON.isoformat(),
        "calls": [{"department": "HMRC", "dataset": "pay", "method": "POST", "status": 200, "bytes": 900}],
        "epoch": 3,
        "format": 1,
        "granted": [{"coordinate": "LabourMarket.medianMonthlyPay", "basis": "AGREEMENT", "agreements": ["DSA-1 v1"]}],
        "kind": "operation",
        "operation": "0" * 64,
        "operation_id": "a" * 32,
        "organisation": "DfE",
        "outcome": "answered",
        "policy": "",
        "purpose": "skills-planning",
        "refused": [{"coordinate": "LabourMarket.businesses", "clause": "finer than the agreement"}],
        "roles": ["analyst"],
        "uses": [],
        "who": None,
    }


def test_what_was_shown_is_committed_to_under_the_entrys_salt(engine: Engine) -> None:
    data = b'{"labourMarket":[]}'
    said = told(engine, released=Released.of(data))
    assert said["released"] == hashlib.sha256(bytes.fromhex(said["salt"]) + data).hexdigest()
    assert told(engine, released=Released.of(data))["released"] != said["released"]


def test_what_is_too_long_for_an_entry_is_told_by_its_hash(engine: Engine) -> None:
    many = [{"coordinate": "LabourMarket.businesses", "clause": "x" * 100}] * 1000
    said = told(engine, granted=many, refused=[])
    text = rfc8785.dumps(many)
    assert said["granted"] == {"bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}
    assert said["refused"]["sha256"] == hashlib.sha256(b"[]").hexdigest()
    assert len(rfc8785.dumps(said)) < ENTRY_BYTES


def test_an_act_hides_what_may_lead_to_a_person() -> None:
    event = {
        "id": "DSA-1", "version": 2, "move": "sign", "before": "SUBMITTED", "after": "IN_REVIEW", "at": NOON,
        "person": "f" * 64, "subject": "ann", "organisation": "HMRC", "party": "OWNER", "comment": "for Ann",
        "content_hash": "0" * 64, "simulation_hash": None, "signature": "kid:c2lnbmF0dXJl", "operation_id": "",
    }  # fmt: skip
    one = log_entry.act(event, 7)
    said = orjson.loads(one.text)
    salt = bytes.fromhex(said.pop("salt"))
    assert (one.person, one.operation_id) == ("f" * 64, None)
    assert said.pop("comment") == hashlib.sha256(salt + b"for Ann").hexdigest()
    assert said.pop("signature") == hashlib.sha256(salt + b"kid:c2lnbmF0dXJl").hexdigest()
    assert said == {
        "id": "DSA-1", "version": 2, "move": "sign", "before": "SUBMITTED", "after": "IN_REVIEW",
        "at": NOON.isoformat(), "organisation": "HMRC", "party": "OWNER", "content_hash": "0" * 64,
        "simulation_hash": None, "operation_id": None, "kind": "act", "format": 1, "epoch": 7,
    }  # fmt: skip


def test_who_is_told_by_a_persons_key_alone() -> None:
    one, other = os.urandom(32), os.urandom(32)
    said = {log_entry.said(b'{"a":1}', person, key) for person in ("ann", "bob") for key in (one, other)}
    assert len(said) == 4
    assert log_entry.said(b'{"a":1}', None, None) == b'{"a":1,"who":null}'


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
