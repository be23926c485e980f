"""What one request does to agreements is done as a whole, recorded, or not done; and one after the other."""

import asyncio
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from policies.agreement_file import AgreementStatus as S
from policies.decision import AgreementRef
from tests.conftest import Trust
from tests.moving import answer, history, kept, moved, sent, signed, status, submitted
from trust.agreements.acts import Acts
from trust.agreements.desk import Desk

THREE = """mutation {
  one: suspendAgreement(id: "DSA-001", reason: "First") { to }
  two: suspendAgreement(id: "DSA-002", reason: "Second") { to }
  three: %s
}"""
SUSPEND = 'mutation { suspendAgreement(id: "DSA-001", reason: "Because") { to } }'
GONE = OperationalError("COMMIT", {}, Exception("the server went"))


async def test_the_moves_of_one_request_are_one_transaction_with_one_record(trust: Trust) -> None:
    records = len(trust.recorded())
    text = THREE % 'resumeAgreement(id: "DSA-001", reason: "Third") { from to agreement { history { move } } }'
    told = await sent(trust, "hmrc-steward", text)
    assert told["data"]["two"] == {"to": "SUSPENDED"}
    assert told["data"]["three"]["agreement"] == {
        "history": [{"move": "import"}, {"move": "suspend"}, {"move": "resume"}]
    }
    new = trust.recorded()[records:]
    assert [(row.outcome, row.organisation) for row in new] == [("answered", "HMRC")]
    assert await status(trust, "DSA-001") == ["ACTIVE"]
    assert await status(trust, "DSA-002") == ["SUSPENDED"]


async def test_a_move_that_is_refused_undoes_the_others_of_its_request(trust: Trust) -> None:
    before, records = await kept(trust), len(trust.recorded())
    told = await sent(trust, "hmrc-steward", THREE % 'resumeAgreement(id: "DSA-006", reason: "Third") { to }')
    assert told["data"] is None
    (error,) = told["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["three"], "TRANSITION_REFUSED")
    assert [row.outcome for row in trust.recorded()[records:]] == ["answered"]
    assert await kept(trust) == before
    assert (await sent(trust, "hmrc-steward", SUSPEND))["data"]["suspendAgreement"] == {"to": "SUSPENDED"}


async def test_a_failure_of_ours_in_the_middle_undoes_everything_and_says_so(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, records = await kept(trust), len(trust.recorded())

    def fails(*_: Any) -> None:
        raise RuntimeError("a mistake of ours")

    with monkeypatch.context() as patch:
        patch.setattr(Acts, "terminate", fails)
        told = await sent(trust, "hmrc-steward", THREE % 'terminateAgreement(id: "DSA-006", reason: "Third") { to }')
    (error,) = told["errors"]
    assert (told["status"], error["extensions"]["code"]) == (500, "INTERNAL")
    assert "nothing was done" in error["message"].lower()
    assert "mistake of ours" not in str(told)
    assert [row.outcome for row in trust.recorded()[records:]] == ["failed"]
    assert await kept(trust) == before
    assert (await sent(trust, "hmrc-steward", SUSPEND))["data"]["suspendAgreement"] == {"to": "SUSPENDED"}


async def test_where_the_database_goes_at_the_commit_nothing_has_happened(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, records = await kept(trust), len(trust.recorded())

    def goes(_: Acts) -> None:
        raise GONE

    with monkeypatch.context() as patch:
        patch.setattr(Desk, "commit", staticmethod(goes))
        told = await sent(trust, "hmrc-steward", SUSPEND)
    assert (told["status"], told["errors"][0]["extensions"]["code"]) == (503, "RECORD_FAILED")
    assert await kept(trust) == before
    assert len(trust.recorded()) == records + 1
    assert trust.app.state.gateway.engine.book().get(AgreementRef("DSA-001", 1)).status is S.ACTIVE
    assert (await sent(trust, "hmrc-steward", SUSPEND))["data"]["suspendAgreement"] == {"to": "SUSPENDED"}


async def test_a_commit_that_was_kept_though_the_database_went_is_a_success(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, records = Desk.commit, len(trust.recorded())

    def goes(acts: Acts) -> None:
        commit(acts)
        raise GONE

    with monkeypatch.context() as patch:
        patch.setattr(Desk, "commit", staticmethod(goes))
        told = await sent(trust, "hmrc-steward", SUSPEND)
    assert (told["status"], told["data"]) == (200, {"suspendAgreement": {"to": "SUSPENDED"}})
    assert len(trust.recorded()) == records + 1
    assert await status(trust, "DSA-001") == ["SUSPENDED"]
    assert trust.app.state.gateway.engine.book().get(AgreementRef("DSA-001", 1)).status is S.SUSPENDED


async def test_where_nobody_can_be_asked_whether_it_was_kept_that_is_said(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = Desk.commit

    def goes(acts: Acts) -> None:
        commit(acts)
        raise GONE

    def gone(*_: Any) -> bool:
        raise GONE

    with monkeypatch.context() as patch:
        patch.setattr(Desk, "commit", staticmethod(goes))
        patch.setattr(Desk, "happened", gone)
        told = await sent(trust, "hmrc-steward", SUSPEND)
    assert (told["status"], told["errors"][0]["extensions"]["code"]) == (503, "OUTCOME_UNKNOWN")
    assert await status(trust, "DSA-001") == ["SUSPENDED"]


async def test_of_a_hundred_moves_at_once_one_of_each_kind_is_made_at_most(trust: Trust) -> None:
    one = await submitted(trust)
    await signed(trust, one)
    id = one["id"]
    reason = {"id": id, "reason": "Because"}
    narrower = {"id": id, "expectedVersion": 1, "terms": {"term": {"notAfter": "2028-01-01"}}}
    amended = {"id": id, "expectedVersion": 1, "terms": {"title": "Another"}}
    kinds = [
        ("suspend", ("hmrc-steward", "trustee"), reason),
        ("narrow", ("hmrc-steward",), narrower),
        ("amend", ("beis-analyst", "beis-steward", "hmrc-steward"), amended),
        ("terminate", ("hmrc-steward", "trustee"), reason),
    ]
    sendings = [
        answer(trust, people[at % len(people)], name, **given) for at in range(25) for name, people, given in kinds
    ]
    told = await asyncio.gather(*sendings)
    made, refused = Counter[str](), Counter[str]()
    for at, one in enumerate(told):
        name = kinds[at % 4][0]
        if one.get("data"):
            made[name] += 1
        else:
            refused[one["errors"][0]["extensions"]["code"]] += 1
    assert set(made.values()) == {1} and made["terminate"] == 1
    assert {*refused} <= {"TRANSITION_REFUSED", "CONFLICT"}
    assert made.total() + refused.total() == 100
    state: dict[int, str | None] = {}
    for version, _, before, after in await history(trust, id):
        assert state.get(version) == before
        state[version] = after
    assert [state[version] for version in sorted(state)] == await status(trust, id)
    moves = Counter(move for _, move, *_ in await history(trust, id))
    assert {name: moves[name] for name in made} == dict(made)
    book = trust.app.state.gateway.engine.book()
    counted = {one.version: one.status for one in book if one.id == id}
    assert counted == {version: after for version, after in state.items() if after in ("TERMINATED", "SUSPENDED")}


async def test_a_caller_who_leaves_keeps_nobody_from_moving(trust: Trust) -> None:
    leaving = asyncio.ensure_future(moved(trust, "hmrc-steward", "suspend", id="DSA-001", reason="Because"))
    await asyncio.sleep(0)
    leaving.cancel()
    with suppress(asyncio.CancelledError):
        await leaving
    assert (await moved(trust, "trustee", "suspend", id="DSA-002", reason="Because"))["to"] == "SUSPENDED"
