"""What an agreement must say before it goes on, and what its owner may make of it alone."""

from typing import Any

from tests.conftest import Trust
from tests.moving import ANSWERS, PAY, moved, refused, sent, signed, status, submitted

# Everything that is wrong, in one draft, by key: what is written, and what is said of it.
WRONG: dict[str, Any] = {
    "parties": {"owner": "HMRC", "role": "friend", "contacts": {"steward": "nobody"}},
    "purpose": {"purposes": ["curiosity"], "benefits": []},
    "scope": {
        "measures": ["payrolledEmployees", "medianMonthlyPay"], "finest": "LA", "breakdowns": [["SEX"], ["AGE_BAND"]],
        "roles": ["analyst"], "from": "soon",
    },
    "legal": {"gateways": ["wra-2012-127"], "lawfulBasis": "magic"},
    "obligations": {"profile": "no-such-profile"},
    "term": {"notBefore": "2025-01-01", "notAfter": "2024-01-01"},
}  # fmt: skip
SAID = {
    "title": "is needed",
    "kind": "is needed",
    "parties.role": "friend",
    "parties.contacts.steward": "must be the address of a role",
    "parties.contacts.data_protection": "is needed",
    "purpose.purposes": "curiosity",
    "purpose.statement": "is needed",
    "purpose.benefits": "",
    "scope.breakdowns": "no measure of it is published by SEX",
    "scope.from": "must be a date",
    "legal.gateways": "none of wra-2012-127 lets HMRC share",
    "legal.lawful_basis": "magic",
    "protection.data_type": "is needed",
    "protection.data_subjects": "is needed",
    "obligations.profile": "no-such-profile",
    "security.classification": "is needed",
    "security.disposal": "is needed",
    "term.not_before": "must be earlier than not_after",
    "term.not_after": "has passed",
    "term.review_by": "is needed",
}


async def test_all_that_is_missing_and_all_that_is_wrong_is_told_at_once(trust: Trust) -> None:
    drafted = await moved(trust, "beis-analyst", "propose", terms=WRONG)
    id = drafted["agreement"]["id"]
    error = await refused(trust, "beis-steward", "submit", "AGREEMENT_INCOMPLETE", id=id, version=1)
    missing = {one["key"]: one for one in error["extensions"]["missing"]}
    assert {
        key: words for key, words in SAID.items() if words not in missing.get(key, {"problem": "?"})["problem"]
    } == {}
    assert {*missing} == {*SAID}
    assert {one["key"] for one in drafted["missing"]} == {*SAID}
    assert "crca-2005-18-2-a" in missing["legal.gateways"]["allowed"]
    assert all(one["question"] for one in missing.values())
    assert all(key in error["message"] for key in SAID)


async def test_what_is_finer_than_the_owner_shares_or_not_its_own_is_told_while_all_else_is_missing(
    trust: Trust,
) -> None:
    terms = {"parties": {"owner": "DfE"}, "scope": {"measures": ["level3CourseEnrolments"], "finest": "LA"}}
    drafted = await moved(trust, "beis-analyst", "propose", terms=terms)
    told = {one["key"]: one["problem"] for one in drafted["missing"]}
    assert "(LA) is finer than what DfE shares: REGION" in told["scope.finest"]
    terms = {"parties": {"owner": "DfE"}, "scope": {"measures": ["businesses"]}}
    drafted = await moved(trust, "hmrc-analyst", "propose", terms=terms)
    told = {one["key"]: one["problem"] for one in drafted["missing"]}
    assert "(businesses) is owned by BEIS, not by DfE" in told["scope.measures"]


async def test_an_agreement_stays_between_its_parties(trust: Trust) -> None:
    for parties in (None, {"owner": None}, {"consumer": "DWP"}, {"owner": "DWP"}):
        given = {"id": "DSA-001", "expectedVersion": 1, "terms": {"parties": parties}}
        error = await refused(trust, "dfe-steward", "amend", "BAD_USER_INPUT", **given)
        assert "owner and consumer stay the same" in error["message"]


async def test_terms_of_any_kind_make_a_draft_that_can_be_looked_at(trust: Trust) -> None:
    version = 1
    for terms in (
        {"scope": None, "term": None, "legal": None, "obligations": None, "purpose": None},
        {"term": {"notAfter": "9999-12-31", "reviewBy": "9999-12-31", "notBefore": "0001-01-01"}},
        {"term": {"notAfter": "9999-12-31T23:59:59-05:00", "reviewBy": "never", "notBefore": "2026-10-25T01:30"}},
        {"term": {"notAfter": "0001-01-01T00:00:00+05:00", "reviewBy": "2027-01-01T00:00"}},
        {"scope": {"measures": [], "breakdowns": [[]], "within": "E08000003", "from": "", "roles": [""]}, "title": ""},
        {"scope": {"measures": ["claimantRate", "nonsense"], "levels": ["LSIP", "COMBINED_AUTHORITY"]}},
        {"obligations": {"roundBySize": [[], [1]], "dominance": {"contributors": -1, "percent": 1e300}}},
        {"title": "\0", "kind": "BAND", "protection": {"dataType": "special"}},
    ):
        change = await moved(trust, "dfe-steward", "amend", id="DSA-001", expectedVersion=version, terms=terms)
        assert change["missing"]
        version += 1
        text = """query($id: ID!, $v: Int) { agreement(id: $id, version: $v) { title statement finest within notBefore
          notAfter reviewBy status purposes roles coordinates breakdowns gateways obligations attention
          changes { words } questions { key problem allowed } moves { move } } }"""
        told = await sent(trust, "hmrc-steward", text, id="DSA-001", v=version)
        assert "errors" not in told, (terms, told)
        await refused(trust, "dfe-steward", "submit", "AGREEMENT_INCOMPLETE", id="DSA-001", version=version)


async def test_what_is_too_long_to_keep_is_refused(trust: Trust) -> None:
    long = "x" * 3_000
    for text in (long, "\0", " "):
        await refused(trust, "hmrc-steward", "suspend", "BAD_USER_INPUT", id="DSA-001", reason=text)
    await refused(trust, "dfe-analyst", "propose", "BAD_USER_INPUT", fromQuery=PAY, requestId=long, terms=ANSWERS)
    one = await submitted(trust)
    given = {"id": one["id"], "version": 1, "contentHash": one["contentHash"], "simulationHash": long}
    await refused(trust, "trustee", "approve", "BAD_USER_INPUT", **given)


NARROWER = [
    {"scope": {"measures": ["medianMonthlyPay"]}},
    {"scope": {"breakdowns": [["INDUSTRY"]]}},
    {"scope": {"finest": "REGION"}},
    {"scope": {"within": "E12000002"}},
    {"scope": {"roles": ["analyst"], "from": "2021-01-01", "to": "2023-01-01"}},
    {"obligations": {"profile": "hmrc-rti", "suppressBelow": {"fewerThan": 20}}},
    {"term": {"notAfter": "2027-12-01", "reviewBy": "2027-01-01"}},
]
WIDER = [
    (
        {"scope": {"measures": ["medianMonthlyPay", "furloughedEmployments"]}},
        "scope.measures: adds furloughedEmployments",
    ),
    ({"scope": {"breakdowns": [["AGE_BAND", "INDUSTRY"]]}}, "scope.breakdowns: adds AGE_BAND and INDUSTRY"),
    ({"scope": {"roles": ["service"]}}, "scope.roles: adds service"),
    ({"scope": {"finest": "REGION", "levels": ["LSIP"]}}, "scope.levels: adds LSIP"),
    ({"purpose": {"purposes": ["levelling-up"]}}, "purpose.purposes: adds levelling-up"),
    ({"purpose": {"statement": "Something else"}}, "purpose.statement: is other"),
    ({"obligations": {"profile": "ons-10-5"}}, "obligations: was"),
    ({"security": {"staleAnswers": True}}, "security.stale_answers"),
    ({"term": {"notAfter": "2028-04-02"}}, "term.not_after: "),
    ({"term": {"notBefore": "2022-03-31"}}, "term.not_before: "),
    ({"term": {"reviewBy": "2027-04-02"}}, "term.review_by: 2027-04-02 is later"),
    ({"legal": {"gateways": ["crca-2005-18-2-b"]}}, "legal.gateways: is other"),
]


async def test_an_owner_narrows_alone_and_at_once_and_never_widens(trust: Trust) -> None:
    version = 1
    for terms, words in WIDER:
        given = {"id": "DSA-001", "expectedVersion": 1, "terms": terms}
        error = await refused(trust, "hmrc-steward", "narrow", "TRANSITION_REFUSED", **given)
        assert words in error["message"], error["message"]
        assert "every signature is needed" in error["message"]
    for terms in NARROWER:
        for who in ("dfe-steward", "trustee"):
            given = {"id": "DSA-001", "expectedVersion": version, "terms": terms}
            await refused(trust, who, "narrow", "TRANSITION_REFUSED", **given)
        change = await moved(trust, "hmrc-steward", "narrow", id="DSA-001", expectedVersion=version, terms=terms)
        version += 1
        assert (change["from"], change["to"], change["agreement"]["version"]) == (None, "ACTIVE", version)
        assert await status(trust, "DSA-001") == ["SUPERSEDED"] * (version - 1) + ["ACTIVE"]


async def test_what_is_narrowed_is_refused_at_once_and_the_rest_answered(trust: Trust) -> None:
    query = PAY.replace("medianMonthlyPay { value }", "medianMonthlyPay { value } payrolledEmployees { value }")
    assert "errors" not in await trust.ask(query, "dfe-analyst")
    await moved(
        trust,
        "hmrc-steward",
        "narrow",
        id="DSA-001",
        expectedVersion=1,
        terms={"scope": {"measures": ["medianMonthlyPay"]}},
    )
    told = await trust.ask(query, "dfe-analyst")
    assert [error["path"][-1] for error in told["errors"]] == ["payrolledEmployees"]
    assert told["data"]["labourMarket"]["nodes"][0]["medianMonthlyPay"]["value"]


async def test_narrowing_takes_the_place_of_what_was_on_its_way(trust: Trust) -> None:
    await moved(trust, "dfe-steward", "amend", id="DSA-001", expectedVersion=1, terms={"title": "Wider"})
    await moved(trust, "dfe-steward", "submit", id="DSA-001", version=2)
    given = {"id": "DSA-001", "terms": {"scope": {"finest": "REGION"}}}
    await refused(trust, "hmrc-steward", "narrow", "CONFLICT", **given, expectedVersion=1)
    change = await moved(trust, "hmrc-steward", "narrow", **given, expectedVersion=2)
    assert change["agreement"]["version"] == 3
    assert await status(trust, "DSA-001") == ["SUPERSEDED", "SUPERSEDED", "ACTIVE"]
    text = '{ agreement(id: "DSA-001") { title finest } }'
    told = (await sent(trust, "dfe-analyst", text))["data"]["agreement"]
    assert (told["title"], told["finest"]) == ("Payrolled employees and pay for skills planning", "REGION")


async def test_nothing_that_is_on_hold_or_incomplete_is_narrowed(trust: Trust) -> None:
    given = {"id": "DSA-001", "expectedVersion": 1}
    terms = {"term": {"reviewBy": "2024-01-01"}}
    error = await refused(trust, "hmrc-steward", "narrow", "AGREEMENT_INCOMPLETE", **given, terms=terms)
    assert [one["key"] for one in error["extensions"]["missing"]] == ["term.review_by"]
    await moved(trust, "hmrc-steward", "suspend", id="DSA-001", reason="Because")
    terms = {"scope": {"finest": "REGION"}}
    await refused(trust, "hmrc-steward", "narrow", "TRANSITION_REFUSED", **given, terms=terms)


async def test_within_a_band_that_all_have_signed_the_owner_signs_alone(trust: Trust) -> None:
    scope = {"within": None, "breakdowns": [["INDUSTRY"], ["AGE_BAND"]], "from": "2019-01-01"}
    band = await submitted(trust, kind="BAND", scope=scope)
    assert (await signed(trust, band))["to"] == "ACTIVE"
    assert "errors" in await trust.ask(PAY, "beis-analyst")
    inside = await submitted(trust)
    given = {"id": inside["id"], "version": 1, "contentHash": inside["contentHash"]}
    error = await refused(trust, "trustee", "approve", "TRANSITION_REFUSED", **given)
    assert "within a band" in error["message"]
    assert (await signed(trust, inside, "hmrc-steward"))["to"] == "ACTIVE"
    assert "errors" not in await trust.ask(PAY, "beis-analyst")
    await moved(trust, "hmrc-steward", "suspend", id=inside["id"], reason="To be asked for again")
    outside = await submitted(trust, scope={"from": "2018-01-01"})
    assert (await signed(trust, outside, "hmrc-steward"))["to"] == "IN_REVIEW"
    await moved(trust, "hmrc-steward", "suspend", id=band["id"], reason="No more")
    later = await submitted(trust)
    assert (await signed(trust, later, "hmrc-steward"))["to"] == "IN_REVIEW"
