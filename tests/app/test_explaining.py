"""POST /explain tells what a query would do, asks no department and shows no figure."""

from typing import Any

from tests.conftest import Opener, Trust

TWO = """{ labourMarket(areas: {codes: ["E08000003"]}, periods: {from: "2024-01", to: "2024-02"}, by: [INDUSTRY]) {
  nodes { businesses { value } payrolledEmployees { value } claimantCount { value } } } }"""


async def explained(trust: Trust, query: str, persona: str = "public", purpose: str | None = None) -> dict[str, Any]:
    reply = await trust.http.post("/explain", json={"query": query}, headers=trust.headers(persona, purpose))
    assert reply.status_code == 200, reply.text
    return reply.json()


async def test_every_field_has_its_decision_and_no_department_is_asked(open_trust: Opener) -> None:
    async with open_trust() as trust:
        trust.departments.requests.clear()
        told = await explained(trust, TWO)
        assert trust.departments.asked() == []
        assert trust.recorded() == []
    (selection,) = told["selections"]
    decisions = {field["name"]: field["decision"] for field in selection["fields"]}
    assert decisions == {"businesses": "ABSENT", "payrolledEmployees": "REFUSED", "claimantCount": "ABSENT"}
    assert (selection["places"], selection["periods"], selection["rows"]) == (1, 2, 2 * selection["groups"])
    assert told["calls"] == []
    assert any("Businesses: a figure for each year" in warned["message"] for warned in told["warnings"])


async def test_it_names_the_agreement_the_treatment_and_what_is_asked_of_whom(open_trust: Opener) -> None:
    query = TWO.replace("2024-01", "2022-01").replace("payrolledEmployees { value } claimantCount { value } ", "")
    query = query.replace("by: [INDUSTRY]", "fill: LATEST")
    async with open_trust() as trust:
        told = await explained(trust, query, "dfe-analyst", "skills-planning")
    assert (told["organisation"], told["purpose"]) == ("DfE", "skills-planning")
    (field,) = told["selections"][0]["fields"]
    assert (field["decision"], field["basis"]) == ("GRANTED", "AGREEMENT")
    assert [each["id"] for each in field["agreements"]] == ["DSA-004"]
    assert "Suppressed where it describes fewer than 10, or nobody" in field["treatment"]
    assert [(call["department"], call["measures"]) for call in told["calls"]] == [("BEIS", ["businesses"])]
    assert told["cost"]["figures"] <= told["cost"]["mostFigures"]


async def test_how_a_department_is_asked_is_told_to_nobody(open_trust: Opener) -> None:
    query = TWO.replace("by: [INDUSTRY]", "fill: LATEST")
    async with open_trust() as trust:
        reply = await trust.http.post("/explain", json={"query": query})
    assert len(reply.json()["calls"]) == 2
    assert "http" not in reply.text and "127.0.0.1" not in reply.text


async def test_what_is_no_query_is_refused_as_it_would_be(open_trust: Opener) -> None:
    async with open_trust() as trust:
        for query, status, code in (
            ("{ nothing }", 400, "GRAPHQL_VALIDATION_FAILED"),
            ("{", 400, "GRAPHQL_PARSE_FAILED"),
            ('mutation { proposeAgreement(fromQuery: "{ me { subject } }") { to } }', 400, "BAD_USER_INPUT"),
        ):
            reply = await trust.http.post("/explain", json={"query": query})
            assert (reply.status_code, reply.json()["errors"][0]["extensions"]["code"]) == (status, code), reply.text
        assert (await trust.http.get("/explain")).status_code in (404, 405)
        wrong = await trust.http.post("/explain", json={"query": TWO}, headers={"Authorization": "Bearer x"})
        assert wrong.status_code == 401


async def test_what_would_allow_it_is_drafted_for_each_owner_who_refuses_with_the_questions_left(
    open_trust: Opener,
) -> None:
    query = TWO.replace("by: [INDUSTRY]", "fill: LATEST").replace("businesses", "businessSupportLoans")
    async with open_trust() as trust:
        body = {"query": query}
        reply = await trust.http.post(
            "/explain?drafts=true", json=body, headers=trust.headers("dfe-analyst", "skills-planning")
        )
        nobody = await trust.http.post("/explain?drafts=true", json=body)
        assert await trust.data("{ agreements(status: DRAFT) { id } }", "dfe-analyst") == {"agreements": []}
    (draft,) = reply.json()["drafts"]
    assert draft["owner"] == "BEIS"
    assert draft["content"]["scope"]["measures"] == ["businessSupportLoans"]
    assert draft["content"]["parties"] == {"owner": "BEIS", "consumer": "DfE"}
    left = [question["key"] for question in draft["questions"] if not question["answered"]]
    assert "purpose.statement" in left and "scope.measures" not in left
    assert not {"id", "version"} & set(left)
    assert nobody.json()["drafts"] == []
