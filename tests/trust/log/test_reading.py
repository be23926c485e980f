"""Entries are read while others get their places."""

from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, update

from policies.caller import Caller
from tests.transparency.keys import LOG, ORIGIN
from tests.trust.entries import NOON, entry
from trust.entry import write
from trust.log import reading, views
from trust.log.entry import Answer, asked, expired, forgotten, released, withheld
from trust.log.kept import Kept
from trust.log.pending import pending
from trust.log.published import Published
from trust.log.sequencer import Sequencer
from trust.tables import log_leaves


@pytest.mark.parametrize(("where", "name"), [(Kept, "of_operation"), (reading, "reader"), (views, "key_of")])
def test_who_has_their_first_entry_placed_while_they_look_for_it_finds_it(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, where: Any, name: str
) -> None:
    """With the place comes a key of theirs: whatever is read first, they are who they are."""
    own, published, one = Sequencer(engine, ORIGIN, LOG), Published(engine), entry()
    with engine.begin() as connection:
        write(connection, [one])
    actual = getattr(where, name)

    def placing(*arguments: Any) -> Any:
        found = actual(*arguments)
        own.step()
        return found

    caller = Caller("someone", "DfE", frozenset(), frozenset(), one.issuer)
    with monkeypatch.context() as patch:
        patch.setattr(where, name, placing)
        found = published.receipts(caller, one.person, one.id)
        assert found.receipts or found.more
    assert published.receipts(caller, one.person, one.id).receipts


def read_by(engine: Engine, caller: Caller, of: str | int) -> list[tuple[str, list[str]]]:
    """Kinds of entries that a caller may read, with the names of the parts that are opened."""
    receipts = Published(engine).receipts(caller, "f" * 64, of).receipts
    return [(one.said["kind"], sorted(orjson.loads(part)["part"] for part in one.opened)) for one in receipts]


def steward(organisation: str) -> Caller:
    return Caller("x", organisation, frozenset({"data-steward"}), frozenset(), "https://login.example/")


AUDITOR = Caller("x", "TRUST", frozenset({"auditor"}), frozenset(), "https://login.example/")
NOBODY = Caller("x", "DfE", frozenset({"analyst"}), frozenset(), "https://login.example/")


def test_what_became_of_an_operation_is_read_by_those_who_read_the_operation(engine: Engine) -> None:
    """But for calls that were made later: they concern whom they went to."""
    owners = {"LabourMarket.medianMonthlyPay": ["HMRC"], "LabourMarket.businesses": ["BEIS"]}
    call = {"department": "ONS", "dataset": "nomis", "method": "GET", "status": 200, "bytes": 7}
    with engine.begin() as connection:
        write(connection, [entry(id="a" * 32, owners=owners, calls=[], answer=None)])
        later = [asked("a" * 32, NOON, [call]), released("a" * 32, NOON, Answer.of(b"{}"), whole=True)]
        pending(connection, [*later, withheld("a" * 32, NOON), withheld("b" * 32, NOON)])
    Sequencer(engine, ORIGIN, LOG).step()
    after = [("released", []), ("withheld", [])]
    for who, seen in (
        (steward("HMRC"), [("operation", ["decisions"]), *after]),
        (steward("ONS"), [("asked", ["calls"])]),
        (steward("DWP"), []),
        (NOBODY, []),
        (AUDITOR, [("operation", ["caller", "decisions", "decisions"]), ("asked", ["calls"]), *after]),
    ):
        assert read_by(engine, who, "a" * 32) == seen
        assert [one for place in range(4) for one in read_by(engine, who, place)] == seen
        assert read_by(engine, who, "b" * 32) == []
    own = Published(engine).receipts(NOBODY, "5" * 64, "a" * 32).receipts
    kinds = [(one.said["kind"], sorted(orjson.loads(part)["part"] for part in one.opened)) for one in own]
    assert kinds == [("operation", ["caller", "decisions", "decisions"]), ("released", ["answer"]), ("withheld", [])]


def test_what_the_trust_did_by_itself_is_read_by_who_oversees_it_and_what_was_let_go_by_nobody(engine: Engine) -> None:
    with engine.begin() as connection:
        write(connection, [entry(id="a" * 32)])
        pending(connection, [expired(NOON, NOON, 1, {"entries": 1}), forgotten(NOON, {"operations": 1})])
    Sequencer(engine, ORIGIN, LOG).step()
    assert read_by(engine, AUDITOR, 0)
    with engine.begin() as connection:
        connection.execute(update(log_leaves).where(log_leaves.c.position == 0).values(entry=b"", parts=None))
    for who, seen in ((AUDITOR, [("expired", []), ("forgotten", [])]), (steward("HMRC"), []), (NOBODY, [])):
        assert [one for place in range(3) for one in read_by(engine, who, place)] == seen
        assert read_by(engine, who, "a" * 32) == []
        lines = Published(engine).entries(who, "f" * 64, 0, 10)[0].splitlines()
        assert [orjson.loads(line)["index"] for line in lines] == [1, 2][: len(seen)]
