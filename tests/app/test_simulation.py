"""Proof before approval: what a version would change is told, and nothing is changed by asking."""

from typing import Any

from tests.conftest import Trust

PAY = """{ labourMarket(areas: {codes: ["E08000003"]}, periods: {from: "2022-01", to: "2022-03"}, by: [INDUSTRY]) {
  nodes { medianMonthlyPay { value } } } }"""
PROPOSE = """mutation($q: String!, $terms: AgreementTerms!) {
  proposeAgreement(fromQuery: $q, terms: $terms) { agreement { id version } } }"""
SIMULATE = """query($id: ID!, $version: Int!, $days: Int! = 30) {
  simulateAgreement(id: $id, version: $version, days: $days) {
    hash lines decisions terms { words } sample { figures suppressed }
    replay { operations changes { organisation purpose coordinate allowed operations } } } }"""
TERMS: dict[str, Any] = {
    "parties": {"role": "controller", "contacts": {"steward": "s@beis.example", "dataProtection": "d@beis.example"}},
    "purpose": {"statement": "To see what innovation pays.", "benefits": ["decision-making"]},
    "legal": {"gateways": ["crca-2005-18-2-a"], "lawfulBasis": "public-task"},
    "protection": {"dataType": "none", "dataSubjects": "None: figures about groups"},
    "security": {"disposal": "Nothing is copied."},
    "term": {"notAfter": "2028-04-01", "reviewBy": "2027-10-01"},
}
AMEND = """mutation($id: ID!, $version: Int!, $terms: AgreementTerms!) {
  amendAgreement(id: $id, expectedVersion: $version, terms: $terms) { agreement { version } } }"""


async def simulated(trust: Trust, persona: str, id: str, version: int) -> dict[str, Any]:
    data = await trust.data(SIMULATE, persona, id=id, version=version)
    return data["simulateAgreement"]


async def test_a_draft_from_a_refused_query_is_simulated_before_anybody_signs_it(trust: Trust) -> None:
    for _ in range(2):
        await trust.ask(PAY, "beis-analyst")
    change = (await trust.data(PROPOSE, "beis-analyst", q=PAY, terms=TERMS))["proposeAgreement"]
    assert change["agreement"] == {"id": "DSA-010", "version": 1}
    epoch = trust.app.state.gateway.engine.book().epoch
    proof = await simulated(trust, "hmrc-steward", "DSA-010", 1)
    (decision,) = proof["decisions"]
    assert (decision["organisation"], decision["outcome"], decision["measures"]) == (
        "BEIS", "ALLOWED", ["medianMonthlyPay"],
    )  # fmt: skip
    assert decision["breakdowns"] == [["INDUSTRY"]]
    assert "medianMonthlyPay newly allowed" in proof["lines"][0]
    assert proof["replay"]["changes"] == [
        {
            "organisation": "BEIS", "purpose": "innovation-strategy", "coordinate": "LabourMarket.medianMonthlyPay",
            "allowed": True, "operations": 2,
        }
    ]  # fmt: skip
    assert proof["sample"]["figures"] == 21
    assert trust.app.state.gateway.engine.book().epoch == epoch
    refused = await trust.ask(PAY, "beis-analyst")
    assert refused["errors"][0]["extensions"]["code"] == "UNAUTHORIZED_FIELD_OR_TYPE"


async def test_the_sample_is_for_the_owners_steward_and_trustees(trust: Trust) -> None:
    await trust.data(PROPOSE, "beis-analyst", q=PAY, terms=TERMS)
    assert (await simulated(trust, "beis-analyst", "DSA-010", 1))["sample"] is None
    for persona in ("hmrc-steward", "trustee"):
        assert (await simulated(trust, persona, "DSA-010", 1))["sample"]["figures"] > 0


async def test_an_amendment_tells_what_is_newly_refused_and_how_its_terms_differ(trust: Trust) -> None:
    query = PAY.replace("medianMonthlyPay", "payrolledEmployees")
    await trust.data(query, "dfe-analyst")
    change = await trust.data(AMEND, "dfe-analyst", id="DSA-001", version=1, terms={"scope": {"finest": "REGION"}})
    assert change["amendAgreement"]["agreement"]["version"] == 2
    proof = await simulated(trust, "dfe-steward", "DSA-001", 2)
    assert {decision["outcome"] for decision in proof["decisions"]} == {"REFUSED"}
    assert [one["words"] for one in proof["terms"]] == ["scope.finest: LA -> REGION"]
    (replayed,) = proof["replay"]["changes"]
    assert (replayed["coordinate"], replayed["allowed"]) == ("LabourMarket.payrolledEmployees", False)
    assert (await trust.data(query, "dfe-analyst"))["labourMarket"]["nodes"]


async def test_what_is_not_complete_or_not_the_callers_business_is_not_simulated(trust: Trust) -> None:
    await trust.data(PROPOSE, "beis-analyst", q=PAY, terms={"title": "Pay"})
    incomplete = await trust.ask(SIMULATE, "hmrc-steward", id="DSA-010", version=1)
    assert "not complete" in incomplete["errors"][0]["message"]
    assert "purpose.statement" in incomplete["errors"][0]["message"]
    for persona in ("dfe-steward", "public"):
        strange = await trust.ask(SIMULATE, persona, id="DSA-010", version=1)
        assert "no version 1" in strange["errors"][0]["message"]
    many = await trust.ask(SIMULATE, "hmrc-steward", id="DSA-001", version=1, days=400)
    assert many["errors"][0]["extensions"]["argument"] == "days"
