"""One governed query over many departments, through the front door."""

import pytest

from tests.conftest import Opener, Trust

FOUR = """{ labourMarket(areas: {level: LA}, periods: {from: "2023-01", to: "2023-03"}) {
  totalCount nodes { area { code } period { code }
    claimantCount { value } searchingForWork { value } payrolledEmployees { value } } } }"""


async def test_a_query_over_four_departments_and_every_local_authority_makes_four_calls(trust: Trust) -> None:
    query = """{ labourMarket(areas: {level: LA}, periods: {from: "2020/21", to: "2021/22", every: ACADEMIC_YEAR}) {
      totalCount nodes { area { code } claimantCount { value } searchingForWork { value } payrolledEmployees { value }
        medianMonthlyPay { value } apprenticeshipStarts { value markers } } } }"""
    data = await trust.data(query)
    assert data["labourMarket"]["totalCount"] == 361 * 2
    assert sorted(name for _, name in trust.departments.asked()) == ["dfe", "dwp", "hmrc", "ons"]
    manchester = next(n for n in data["labourMarket"]["nodes"] if n["area"]["code"] == "E08000003")
    assert all(manchester[name]["value"] > 100 for name in ("claimantCount", "searchingForWork", "payrolledEmployees"))
    cardiff = next(n for n in data["labourMarket"]["nodes"] if n["area"]["code"] == "W06000015")
    assert cardiff["apprenticeshipStarts"] == {"value": None, "markers": ["x"]}


async def test_rows_are_ordered_by_area_as_asked_then_period_then_group_in_published_order(trust: Trust) -> None:
    query = """{ labourMarket(areas: {codes: ["E09000001", "E06000001"]}, by: [SEX],
      periods: {from: "2021-01", to: "2021-02"}) { nodes { area { name } period { code } group { sex }
        claimantCount { value } } } }"""
    rows = (await trust.data(query))["labourMarket"]["nodes"]
    order = [(row["area"]["name"], row["period"]["code"], row["group"]["sex"]) for row in rows]
    assert order == [
        (place, month, sex)
        for place in ("City of London", "Hartlepool")
        for month in ("2021-01", "2021-02")
        for sex in ("FEMALE", "MALE")
    ]


async def test_a_figure_appears_on_the_row_that_ends_when_its_own_period_ends(trust: Trust) -> None:
    query = """query ($fill: Fill!) { area(code: "E08000003") { labourMarket(fill: $fill,
      periods: {from: "2021-06", to: "2021-08"}) { period { code } apprenticeshipStarts { value markers
        period { code } } } } }"""
    alone = (await trust.data(query, fill="NONE"))["area"]["labourMarket"]
    assert [row["apprenticeshipStarts"]["markers"] for row in alone] == [["z"], [], ["z"]]
    assert alone[1]["apprenticeshipStarts"]["period"]["code"] == "2020/21"
    filled = (await trust.data(query, fill="LATEST"))["area"]["labourMarket"]
    assert [row["apprenticeshipStarts"]["period"]["code"] for row in filled] == ["2019/20", "2020/21", "2020/21"]
    assert filled[1]["apprenticeshipStarts"]["value"] == alone[1]["apprenticeshipStarts"]["value"]


@pytest.mark.parametrize("month", ["2022-07", "2022-08"])
async def test_a_place_without_a_measure_is_marked_the_same_on_a_page_of_its_own(trust: Trust, month: str) -> None:
    query = """query ($codes: [AreaCode!], $month: String!) { labourMarket(areas: {codes: $codes},
      periods: {from: $month, to: $month}) { nodes { apprenticeshipStarts { status markers } } } }"""
    scotland, england = "S92000003", "E92000001"
    both = (await trust.data(query, codes=[england, scotland], month=month))["labourMarket"]["nodes"]
    alone = (await trust.data(query, codes=[scotland], month=month))["labourMarket"]["nodes"]
    assert both[1] == alone[0] == {"apprenticeshipStarts": {"status": "O", "markers": ["x"]}}
    assert both[0]["apprenticeshipStarts"]["markers"] == ([] if month == "2022-07" else ["z"])


@pytest.mark.parametrize("rows", [("2024-12", "2024-12"), ("2024-11", "2024-12"), ("2024-06", "2024-12")])
async def test_the_newest_figure_is_the_newest_published_whichever_rows_are_asked_for(
    trust: Trust, rows: tuple[str, str]
) -> None:
    query = """query ($from: String!, $to: String!, $fill: Fill!) { area(code: "E12000002") { labourMarket(fill: $fill,
      periods: {from: $from, to: $to}) { population { value period { code } }
        researchAndDevelopment { value period { code } } employmentRate { value period { code } } } } }"""
    answer = await trust.data(query, fill="LATEST", **{"from": rows[0], "to": rows[1]})
    last = answer["area"]["labourMarket"][-1]
    periods = {name: figure["period"]["code"] for name, figure in last.items()}
    assert periods == {"population": "2023", "researchAndDevelopment": "2022", "employmentRate": "2024-Q2"}
    assert None not in [figure["value"] for figure in last.values()]
    answer = await trust.data(query, fill="NONE", **{"from": rows[0], "to": rows[1]})
    last = answer["area"]["labourMarket"][-1]
    assert last["population"] == {"value": None, "period": {"code": "2024"}}


async def test_a_refused_field_is_null_with_one_error_and_its_department_is_not_asked_for_it(trust: Trust) -> None:
    query = """{ labourMarket(areas: {level: LA, within: "E47000001"}, by: [INDUSTRY],
      periods: {from: "2021-01", to: "2021-03"}) { nodes { wages: medianMonthlyPay { value } } } }"""
    answer = await trust.ask(query)
    assert all(row["wages"] is None for row in answer["data"]["labourMarket"]["nodes"])
    assert len(answer["data"]["labourMarket"]["nodes"]) == 10 * 3 * 21
    (error,) = answer["errors"]
    assert error["path"] == ["labourMarket", "nodes", 0, "wages"]
    assert error["extensions"]["code"] == "UNAUTHORIZED_FIELD_OR_TYPE"
    assert error["extensions"]["coordinate"] == "LabourMarket.medianMonthlyPay"
    assert error["extensions"]["owner"] == "HMRC"
    assert "Ask for what is open" in error["extensions"]["remedy"]
    assert trust.departments.asked() == []


async def test_the_same_field_is_granted_to_the_party_of_an_agreement_for_its_purpose(trust: Trust) -> None:
    query = """{ labourMarket(areas: {codes: ["E08000003"]}, by: [INDUSTRY],
      periods: {from: "2021-01", to: "2021-01"}) { nodes { medianMonthlyPay { value markers
        provenance { agreement { id } treatment } } } } }"""
    rows = (await trust.data(query, "dfe-analyst"))["labourMarket"]["nodes"]
    provenance = rows[0]["medianMonthlyPay"]["provenance"]
    assert provenance["agreement"]["id"] == "DSA-001"
    assert provenance["treatment"][0] == "Suppressed where it describes fewer than 10"
    values = [row["medianMonthlyPay"]["value"] for row in rows]
    assert all(value is None or value % 5 == 0 for value in values)
    expired = await trust.ask(query, "dwp-analyst", "labour-market-statistics")
    assert expired["errors"][0]["message"] == "DSA-009 ended on 2022-12-31."


async def test_suppressed_figures_are_null_with_marker_c_and_never_zero(trust: Trust) -> None:
    query = """{ labourMarket(areas: {level: LA, within: "E12000007"}, by: [INDUSTRY],
      periods: {from: "2021-01", to: "2021-01"}) { nodes { payrolledEmployees { value status markers } } } }"""
    rows = (await trust.data(query, "dfe-analyst"))["labourMarket"]["nodes"]
    hidden = [r["payrolledEmployees"] for r in rows if r["payrolledEmployees"]["markers"] == ["c"]]
    assert hidden, "the synthetic figures hold cells that disclosure control must hide"
    assert all(figure["value"] is None and figure["status"] == "Q" for figure in hidden)
    values = [r["payrolledEmployees"]["value"] for r in rows if not r["payrolledEmployees"]["markers"]]
    assert all(value == 0 or value >= 10 for value in values)


async def test_an_owner_reads_its_own_figures_as_they_are(trust: Trust) -> None:
    query = """{ labourMarket(areas: {level: LA, within: "E12000007"}, by: [INDUSTRY],
      periods: {from: "2021-01", to: "2021-01"}) { nodes { payrolledEmployees { value markers } } } }"""
    rows = (await trust.data(query, "hmrc-analyst"))["labourMarket"]["nodes"]
    values = [row["payrolledEmployees"]["value"] for row in rows]
    assert all(row["payrolledEmployees"]["markers"] == [] for row in rows)
    assert any(0 < value < 10 for value in values)


MEASURES = {
    "dwp": "searchingForWork",
    "hmrc": "payrolledEmployees",
    "ons": "claimantCount",
    "dfe": "apprenticeshipStarts",
}
KINDS = ("503", "broken-json", "truncated", "wrong-keys", "dropped")
# Nomis cuts answers short as a matter of course: the rest is fetched, and no trouble is met (see its own tests).
TROUBLES = [(d, k) for d in MEASURES for k in KINDS if (d, k) != ("ons", "truncated")]


@pytest.mark.parametrize(("department", "kind"), TROUBLES)
async def test_a_department_in_trouble_takes_its_own_fields_and_nothing_else(
    trust: Trust, department: str, kind: str
) -> None:
    measure, fields = MEASURES[department], MEASURES.values()
    query = f"""{{ area(code: "E08000003") {{ labourMarket(periods: {{from: "2021-07", to: "2021-07"}}) {{
      {" ".join(f"{name} {{ value }}" for name in fields)} }} }} }}"""
    trust.departments.inject(department, kind, times=2)
    answer = await trust.ask(query)
    trust.departments.apps[department].state.faults.clear()
    (row,) = answer["data"]["area"]["labourMarket"]
    assert row.pop(measure) is None
    assert all(figure["value"] > 0 for figure in row.values())
    (error,) = answer["errors"]
    assert error["path"] == ["area", "labourMarket", 0, measure]
    assert error["extensions"]["code"].startswith("DEPARTMENT_")
    assert "127.0.0.1" not in error["message"]


async def test_a_busy_department_is_asked_once_more(trust: Trust) -> None:
    trust.departments.inject("hmrc", "429")
    await trust.data(
        '{ area(code: "E08000003") { labourMarket(periods: {from: "2021", to: "2021"}) '
        "{ payrolledEmployees { value } } } }"
    )
    assert trust.departments.asked() == [("POST", "hmrc"), ("POST", "hmrc")]


async def test_skipped_fields_are_neither_asked_for_nor_refused(trust: Trust) -> None:
    query = """query ($no: Boolean!) { area(code: "E08000003") { labourMarket(by: [INDUSTRY],
      periods: {from: "2021-01", to: "2021-01"}) { period { code }
        medianMonthlyPay @skip(if: true) { value } payrolledEmployees @include(if: $no) { value }
        ... @include(if: $no) { businesses { value } } } } }"""
    data = await trust.data(query, no=False)
    assert set(data["area"]["labourMarket"][0]) == {"period"}
    assert trust.departments.asked() == []


async def test_pages_follow_one_another_by_cursors_that_name_rows(trust: Trust) -> None:
    query = """query ($first: Int, $after: String) { labourMarket(areas: {level: REGION}, first: $first, after: $after,
      periods: {from: "2021-01", to: "2021-05"}) { totalCount pageInfo { hasNextPage endCursor }
        edges { cursor node { area { code } period { code } claimantCount { value } } } } }"""
    whole = (await trust.data(query))["labourMarket"]
    assert whole["totalCount"] == 60
    paged, after = [], None
    while True:
        page = (await trust.data(query, first=7, after=after))["labourMarket"]
        paged += page["edges"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert paged == whole["edges"]


async def test_selections_at_several_places_of_a_query_share_one_call(trust: Trust) -> None:
    query = """{ one: area(code: "E08000003") { labourMarket(periods: {from: "2021-01", to: "2021-02"}) {
        payrolledEmployees { value } } within(level: REGION) { labourMarket(periods: {from: "2021-01", to: "2021-02"}) {
        payrolledEmployees { value } } areas(level: LA) { name labourMarket(periods: {from: "2021-01", to: "2021-01"}) {
        payrolledEmployees { value } } } } }
      two: areas(where: {level: COUNTRY}) { nodes { labourMarket(periods: {from: "2021", to: "2021", every: YEAR}) {
        payrolledEmployees { value } } } } }"""
    data = await trust.data(query)
    assert trust.departments.asked() == [("POST", "hmrc")]
    inside = data["one"]["within"]["areas"]
    mine = next(area for area in inside if area["name"] == "Manchester")
    assert mine["labourMarket"][0] == data["one"]["labourMarket"][0]


async def test_a_derived_rate_comes_from_the_figures_that_are_shown(trust: Trust) -> None:
    query = """{ labourMarket(areas: {level: REGION}, periods: {from: "2021-03", to: "2021-03"}) { nodes {
      claimantCount { value } claimantRate { value provenance { treatment dataset } } } } }"""
    rows = (await trust.data(query))["labourMarket"]["nodes"]
    assert all(3 < row["claimantRate"]["value"] < 12 for row in rows)
    assert "Computed by the Trust" in rows[0]["claimantRate"]["provenance"]["treatment"][-1]
    assert "NM_162_1" in rows[0]["claimantRate"]["provenance"]["dataset"]
    assert "NM_31_1" in rows[0]["claimantRate"]["provenance"]["dataset"]


async def test_answers_are_kept_for_as_long_as_the_source_file_allows(trust: Trust) -> None:
    assert await trust.data(FOUR) == await trust.data(FOUR)
    assert len(trust.departments.asked()) == 3


async def test_the_record_holds_who_why_what_and_whom_before_the_answer_leaves(trust: Trust) -> None:
    query = """{ labourMarket(
        areas: {codes: ["E08000003"]}, by: [INDUSTRY], periods: {from: "2021-01", to: "2021-01"}) {
      nodes { payrolledEmployees { value } furloughedEmployments { value } businesses { value } } } }"""
    await trust.ask(query, "dfe-analyst")
    (row,) = trust.recorded()
    assert (row.organisation, row.purpose, row.outcome) == ("DfE", "skills-planning", "answered")
    wanted = {"levels": ["LA"], "facets": ["INDUSTRY"], "from": "2021-01-01", "to": "2021-01-31", "within": "E08000003"}
    granted = {"coordinate": "LabourMarket.payrolledEmployees", "basis": "AGREEMENT", "agreements": ["DSA-001 v1"]}
    assert granted | wanted in row.granted
    assert [refusal["coordinate"] for refusal in row.refused] == ["LabourMarket.furloughedEmployments"]
    assert [(call["department"], call["status"]) for call in row.calls] == [("HMRC", 200)]
    assert "dfe-analyst" not in str(row)


async def test_what_cannot_be_recorded_is_not_answered(open_trust: Opener) -> None:
    async with open_trust() as trust:
        trust.app.state.gateway.recorder._engine.dispose()
        with trust.app.state.gateway.recorder._engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE operations")
        reply = await trust.http.post("/graphql", json={"query": "{ departments { code } }"})
        assert reply.status_code == 503
        assert "data" not in reply.json()
        assert reply.json()["errors"][0]["extensions"]["code"] == "RECORD_FAILED"


async def test_agreements_are_shown_to_their_parties_and_to_the_trusts_own_overseers(trust: Trust) -> None:
    query = "{ agreements { id status } }"
    assert (await trust.data(query))["agreements"] == []
    mine = (await trust.data(query, "partner"))["agreements"]
    assert [agreement["id"] for agreement in mine] == ["DSA-008"]
    every = (await trust.data(query, "auditor"))["agreements"]
    assert [agreement["id"] for agreement in every] == [f"DSA-00{n}" for n in range(1, 10)]
    assert every[8]["status"] == "EXPIRED"
