"""Agreements from a query that is refused to one that is answered, and who may move them."""

from itertools import product

from app.issuer import Persona
from tests.conftest import Trust
from tests.moving import (
    ANSWERS,
    OTHER_STEWARD,
    PAY,
    answer,
    headers,
    history,
    kept,
    moved,
    refused,
    sent,
    signed,
    status,
    submitted,
)  # fmt: skip

BOTH = """{ labourMarket(areas: {codes: ["E08000003"]}, periods: {last: 1}, by: [INDUSTRY]) {
  nodes { medianMonthlyPay { value } businesses { value } } } }"""
MOVES = {
    "amend": {"expectedVersion": 1, "terms": {"title": "Another"}},
    "submit": {"version": 1},
    "return": {"version": 1, "comment": "Because"},
    "approve": {"version": 1, "contentHash": "0"},
    "reject": {"version": 1, "reason": "Because"},
    "cancel": {"version": 1},
    "suspend": {"reason": "Because"},
    "resume": {"reason": "Because"},
    "terminate": {"reason": "Because"},
    "narrow": {"expectedVersion": 1, "terms": {"title": "Another"}},
}


async def test_a_refused_query_becomes_an_agreement_and_is_answered(trust: Trust) -> None:
    told = await trust.ask(PAY, "beis-analyst")
    (error,) = told["errors"]
    assert error["extensions"]["code"] == "UNAUTHORIZED_FIELD_OR_TYPE"
    drafted = await moved(trust, "beis-analyst", "propose", fromQuery=PAY)
    id = drafted["agreement"]["id"]
    assert (id, drafted["from"], drafted["to"]) == ("DSA-010", None, "DRAFT")
    assert {one["key"] for one in drafted["missing"]} >= {"purpose.statement", "legal.gateways", "term.not_after"}
    amended = await moved(trust, "beis-analyst", "amend", id=id, expectedVersion=1, terms=ANSWERS)
    assert amended["missing"] == []
    await moved(trust, "beis-steward", "submit", id=id, version=2)
    returned = await moved(trust, "hmrc-steward", "return", id=id, version=2, comment="Say it in full.")
    assert returned["to"] == "RETURNED"
    again = await moved(
        trust, "beis-analyst", "amend", id=id, expectedVersion=2, terms={"purpose": {"statement": "To plan in full."}}
    )
    await moved(trust, "beis-steward", "submit", id=id, version=3)
    assert (await signed(trust, again["agreement"], "trustee"))["to"] == "IN_REVIEW"
    assert "errors" in await trust.ask(PAY, "beis-analyst")
    assert (await signed(trust, again["agreement"], "hmrc-steward"))["to"] == "ACTIVE"
    rows = (await trust.data(PAY, "beis-analyst"))["labourMarket"]["nodes"]
    assert any(row["medianMonthlyPay"]["value"] for row in rows)
    assert await status(trust, id) == ["SUPERSEDED", "SUPERSEDED", "ACTIVE"]
    assert [move for version, move, *_ in await history(trust, id) if version == 3] == [
        "amend", "submit", "sign", "approve", "activate",
    ]  # fmt: skip


async def test_a_draft_from_terms_that_the_error_gives_is_the_one_from_the_query(trust: Trust) -> None:
    (error,) = (await trust.ask(PAY, "beis-analyst"))["errors"]
    text = '{ agreement(id: "%s") { coordinates breakdowns finest within purposes roles notBefore owner } }'
    drafts = [
        await moved(trust, "beis-analyst", "propose", **given)
        for given in ({"fromQuery": PAY}, {"terms": error["extensions"]["terms"]})
    ]
    told = [await sent(trust, "beis-analyst", text % one["agreement"]["id"]) for one in drafts]
    assert told[0] == told[1]


async def test_where_two_owners_refuse_one_must_be_named(trust: Trust) -> None:
    error = await refused(trust, "ons-analyst", "propose", "BAD_USER_INPUT", fromQuery=BOTH)
    assert error["extensions"]["argument"] == "terms.parties.owner"
    assert {"BEIS", "HMRC"} <= {*error["extensions"]["nearest"]}
    for owner in ("BEIS", "HMRC"):
        change = await moved(trust, "ons-analyst", "propose", fromQuery=BOTH, terms={"parties": {"owner": owner}})
        text = "query($id: ID!) { agreement(id: $id) { owner coordinates } }"
        told = (await sent(trust, "ons-analyst", text, id=change["agreement"]["id"]))["data"]["agreement"]
        wanted = "businesses" if owner == "BEIS" else "medianMonthlyPay"
        assert told == {"owner": owner, "coordinates": [f"LabourMarket.{wanted}"]}
    error = await refused(
        trust, "ons-analyst", "propose", "BAD_USER_INPUT", fromQuery=BOTH, terms={"parties": {"owner": "DfE"}}
    )
    assert "DfE refuses nothing" in error["message"]


async def test_a_query_of_which_no_agreement_comes_is_no_proposal(trust: Trust) -> None:
    acting = 'mutation { cancelAgreement(id: "1", version: 1) { at } }'
    for query in ("{ nonsense }", acting, "{ me { organisation } }", "{"):
        error = await refused(trust, "beis-analyst", "propose", "BAD_USER_INPUT", fromQuery=query)
        assert error["extensions"]["argument"] == "fromQuery"


async def test_a_request_that_is_sent_twice_is_done_once(trust: Trust) -> None:
    first = await moved(trust, "beis-analyst", "propose", fromQuery=PAY, requestId="mine")
    again = await moved(trust, "beis-analyst", "propose", fromQuery=PAY, requestId="mine")
    assert again == first
    other = await moved(trust, "beis-steward", "propose", fromQuery=PAY, requestId="mine")
    assert other["agreement"]["id"] != first["agreement"]["id"]
    id = first["agreement"]["id"]
    given = {"id": id, "expectedVersion": 1, "terms": {"title": "Another"}, "requestId": "amended"}
    assert await moved(trust, "beis-analyst", "amend", **given) == await moved(trust, "beis-analyst", "amend", **given)
    assert [move for _, move, *_ in await history(trust, id)] == ["propose", "amend", "supersede"]


async def test_a_request_id_of_another_request_is_refused_rather_than_answered_with_it(trust: Trust) -> None:
    first = await moved(trust, "beis-analyst", "propose", fromQuery=PAY, requestId="mine")
    second = await moved(trust, "beis-analyst", "propose", fromQuery=PAY, requestId="another")
    given = {"expectedVersion": 1, "terms": {"title": "Another"}, "requestId": "mine"}
    for id in (first["agreement"]["id"], second["agreement"]["id"]):
        error = await refused(trust, "beis-analyst", "amend", "BAD_USER_INPUT", id=id, **given)
        assert "requestId" in error["message"]


async def test_a_move_that_cannot_be_made_says_which_can_and_by_whom(trust: Trust) -> None:
    error = await refused(trust, "hmrc-steward", "resume", "TRANSITION_REFUSED", id="DSA-001", reason="Because")
    assert "is ACTIVE, so it cannot resume" in error["message"]
    allowed = {one["move"]: one["by"] for one in error["extensions"]["allowed"]}
    assert {*allowed} == {"suspend", "terminate", "amend", "narrow"}
    assert allowed["suspend"] == ["the owner's data steward", "a trustee"]
    assert allowed["narrow"] == ["the owner's data steward"]


async def test_every_move_that_is_told_to_be_allowed_can_be_made_by_those_who_are_told(trust: Trust) -> None:
    one = await submitted(trust)
    text = "query($id: ID!) { agreement(id: $id) { moves { move } } }"
    told = {}
    for who in ("beis-analyst", "beis-steward", "hmrc-steward", "trustee", "auditor"):
        answered = await sent(trust, who, text, id=one["id"])
        told[who] = {move["move"] for move in answered["data"]["agreement"]["moves"]}
    assert told == {
        "beis-analyst": set(),
        "beis-steward": {"cancel"},
        "hmrc-steward": {"return", "reject", "approve"},
        "trustee": {"return", "reject", "approve"},
        "auditor": set(),
    }
    await signed(trust, one, "hmrc-steward")
    answered = await sent(trust, "hmrc-steward", text, id=one["id"])
    assert {move["move"] for move in answered["data"]["agreement"]["moves"]} == {"return", "reject"}


async def test_strangers_are_told_of_an_agreement_that_is_there_what_they_are_told_of_one_that_is_not(
    trust: Trust,
) -> None:
    for who, name in product(("public", "beis-steward", "ons-analyst"), MOVES):
        there, not_there = [await answer(trust, who, name, id=id, **MOVES[name]) for id in ("DSA-001", "DSA-999")]
        (error,), (other,) = there["errors"], not_there["errors"]
        assert error["message"].replace("DSA-001", "DSA-999") == other["message"]
        assert error["extensions"] == other["extensions"] == {"code": "BAD_USER_INPUT"}
        text = '{ agreement(id: "DSA-001") { id } agreements { id } }'
        told = (await sent(trust, who, text))["data"]
        assert told["agreement"] is None
        assert "DSA-001" not in {one["id"] for one in told["agreements"]}


async def test_an_auditor_and_an_analyst_of_the_owner_look_on(trust: Trust) -> None:
    for who, name in product(("auditor", "hmrc-analyst"), MOVES):
        await refused(trust, who, name, "TRANSITION_REFUSED", id="DSA-001", **MOVES[name])


async def test_a_trustee_of_another_organisation_is_none(trust: Trust) -> None:
    one = await submitted(trust)
    given = {"id": one["id"], "version": 1, "contentHash": one["contentHash"]}
    await refused(trust, Persona("me", "", "BEIS", "trustee", ()), "approve", "TRANSITION_REFUSED", **given)


async def test_who_proposed_it_does_not_sign_it(trust: Trust) -> None:
    one = await submitted(trust)
    amended = await moved(trust, "beis-steward", "cancel", id=one["id"], version=1)
    assert amended["to"] == "CANCELLED"
    drafted = (await moved(trust, "hmrc-steward", "amend", id=one["id"], expectedVersion=1, terms={"title": "Ours"}))[
        "agreement"
    ]
    await moved(trust, "beis-steward", "submit", id=one["id"], version=2)
    given = {"id": one["id"], "version": 2, "contentHash": drafted["contentHash"]}
    error = await refused(trust, "hmrc-steward", "approve", "TRANSITION_REFUSED", **given)
    assert "Who proposed it may not approve it" in error["message"]
    assert (await signed(trust, drafted, OTHER_STEWARD, "trustee"))["to"] == "ACTIVE"


async def test_nobody_signs_twice_nor_two_people_for_one_party(trust: Trust) -> None:
    one = await submitted(trust)
    await signed(trust, one, "hmrc-steward")
    given = {"id": one["id"], "version": 1, "contentHash": one["contentHash"]}
    error = await refused(trust, "hmrc-steward", "approve", "TRANSITION_REFUSED", **given)
    assert "You have signed it already" in error["message"]
    error = await refused(trust, OTHER_STEWARD, "approve", "TRANSITION_REFUSED", **given)
    assert "hmrc-steward has signed it already" in error["message"]


async def test_what_was_returned_is_signed_anew(trust: Trust) -> None:
    one = await submitted(trust)
    await signed(trust, one, "hmrc-steward")
    await moved(trust, "trustee", "return", id=one["id"], version=1, comment="Not yet")
    await moved(trust, "beis-steward", "submit", id=one["id"], version=1)
    assert (await signed(trust, one, "trustee"))["to"] == "IN_REVIEW"
    assert (await signed(trust, one, "hmrc-steward"))["to"] == "ACTIVE"


async def test_of_two_who_amend_at_once_the_second_is_told_who_was_first_and_when(trust: Trust) -> None:
    given = {"id": "DSA-001", "expectedVersion": 1}
    await moved(trust, "dfe-steward", "amend", **given, terms={"title": "Mine"})
    error = await refused(trust, "hmrc-steward", "amend", "CONFLICT", **given, terms={"title": "Ours"})
    told = error["extensions"]
    assert (told["organisation"], told["subject"], told["version"], told["state"]) == ("DfE", "dfe-steward", 2, "DRAFT")
    assert told["at"].startswith("20")
    assert "dfe-steward (DfE)" in error["message"]


async def test_another_version_or_content_than_the_one_that_is_there_is_a_conflict(trust: Trust) -> None:
    one = await submitted(trust)
    for name, given in (
        ("approve", {"version": 2, "contentHash": one["contentHash"]}),
        ("approve", {"version": 1, "contentHash": "0" * 64}),
        ("cancel", {"version": 0}),
        ("return", {"version": 2, "comment": "Because"}),
    ):
        who = "beis-steward" if name == "cancel" else "hmrc-steward"
        error = await refused(trust, who, name, "CONFLICT", id=one["id"], **given)
        assert error["extensions"]["subject"] == "beis-steward"


async def test_who_suspended_it_resumes_it(trust: Trust) -> None:
    reason = {"id": "DSA-001", "reason": "Because"}
    for who, other in (("hmrc-steward", "trustee"), ("trustee", "hmrc-steward")):
        await moved(trust, who, "suspend", **reason)
        error = await refused(trust, other, "resume", "TRANSITION_REFUSED", **reason)
        assert "who alone may resume it" in error["message"]
        await refused(trust, "dfe-steward", "resume", "TRANSITION_REFUSED", **reason)
        assert (await moved(trust, who, "resume", **reason))["to"] == "ACTIVE"
    await refused(trust, "dfe-steward", "suspend", "TRANSITION_REFUSED", **reason)
    await refused(trust, "hmrc-steward", "suspend", "BAD_USER_INPUT", id="DSA-001", reason="  ")


async def test_a_trustee_suspends_all_of_an_owner_or_of_a_consumer_in_one_act(trust: Trust) -> None:
    changes = await moved(trust, "trustee", "suspendAll", consumer="DfE", reason="A breach")
    assert [one["agreement"]["id"] for one in changes] == ["DSA-001", "DSA-003", "DSA-004"]
    changes = await moved(trust, "trustee", "suspendAll", owner="HMRC", reason="A breach")
    assert [one["agreement"]["id"] for one in changes] == ["DSA-002", "DSA-006"]
    assert await moved(trust, "trustee", "suspendAll", owner="HMRC", consumer="BEIS", reason="A breach") == []
    await refused(trust, "trustee", "suspendAll", "BAD_USER_INPUT", reason="Everything")


async def test_an_owners_steward_suspends_all_of_its_own_and_of_nobody_else(trust: Trust) -> None:
    for who in ("dwp-steward", "hmrc-analyst", "auditor", "public"):
        await refused(trust, who, "suspendAll", "TRANSITION_REFUSED", owner="HMRC", reason="Because")
    await refused(trust, "hmrc-steward", "suspendAll", "TRANSITION_REFUSED", consumer="DfE", reason="Because")
    changes = await moved(trust, "hmrc-steward", "suspendAll", owner="HMRC", consumer="DfE", reason="Because")
    assert [(one["agreement"]["id"], one["to"]) for one in changes] == [("DSA-001", "SUSPENDED")]


async def test_a_mutation_by_get_is_405_and_nothing_happens(trust: Trust) -> None:
    before = await kept(trust)
    params = {"query": 'mutation { suspendAgreement(id: "DSA-001", reason: "Because") { to } }'}
    media = ("application/json", "application/graphql-response+json", "*/*")
    for method, accept in product(("GET", "HEAD"), media):
        reply = await trust.http.request(
            method, "/graphql", params=params, headers={**headers(trust, "hmrc-steward"), "Accept": accept}
        )
        assert (reply.status_code, reply.headers["Allow"]) == (405, "POST")
    assert await kept(trust) == before
