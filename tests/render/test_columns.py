"""Files are read straight from columns: cell by cell they are the tables of the JSON answer, whatever is asked."""

import random
from collections import Counter
from typing import Any

import pyarrow as pa
import pytest

from app.tabular.markers import marked
from app.tabular.tables import tables
from tests.conftest import Trust
from tests.render.asking import post
from tests.tables.drawing import KINDS, drawn
from tests.tables.made import made

QUERIES = 100
MONTHS = 'periods: {from: "2023-06", to: "2023-08"}'
EVERYTHING = """value status markers unit period { code kind start end label }
  provenance { owner { code name } producer dataset release licence treatment source
    agreement { id version title owner consumer statement } }"""
PLACE = "code name level codes history region: within(level: REGION) { code name } la: within(level: LA) { name }"
GROUP = "sex ageBand qualificationLevel ethnicity industry { code name } occupation { code } subjectArea { name }"
ROW = f"area {{ {PLACE} }} period {{ code kind start end label }} group {{ {GROUP} }}"
QUESTIONS = {
    "everything of a figure": f"""{{ labourMarket(areas: {{codes: ["E08000003", "E06000009", "E92000001"]}},
      by: [AGE_BAND], {MONTHS}, fill: LATEST) {{ totalCount nodes {{ {ROW} medianMonthlyPay {{ {EVERYTHING} }}
      businesses {{ {EVERYTHING} }} claimantRate {{ {EVERYTHING} }} apprenticeshipStarts {{ {EVERYTHING} }} }} }} }}""",
    "edges": f"""{{ rows: labourMarket(areas: {{level: REGION}}, {MONTHS}, first: 7) {{
      edges {{ cursor node {{ period {{ code }} area {{ name }} claimantCount {{ value }} }} }}
      pageInfo {{ endCursor }} }} }}""",
    "nodes and edges of one page": f"""{{ labourMarket(areas: {{level: REGION}}, {MONTHS}, first: 5) {{
      nodes {{ area {{ code }} claimantCount {{ value }} }}
      edges {{ node {{ area {{ name }} vacancies {{ value }} }} }} }} }}""",
    "places in places": f"""{{ area(code: "E92000001") {{ name areas(level: REGION) {{ name
      areas(level: LA) {{ code name labourMarket({MONTHS}) {{ period {{ code }}
      claimantCount {{ value }} }} }} }} }} }}""",
    "places without places": """{ areas(where: {codes: ["E12000007", "E08000003"]}) { nodes { name
      areas(level: LA) { code name } } } }""",
    "places of rows": f"""{{ labourMarket(areas: {{codes: ["E12000007", "E12000001"]}}, {MONTHS}) {{ nodes {{
      period {{ code }} area {{ name areas(level: LA) {{ code
      labourMarket(periods: {{from: "2023-06", to: "2023-06"}}) {{ claimantCount {{ value }} }}
      }} }} vacancies {{ value }} }} }} }}""",
    "a wider place": f"""{{ area(code: "E08000003") {{ name within(level: REGION) {{ name
      labourMarket({MONTHS}) {{ claimantCount {{ value status }} }} }} }} }}""",
    "pages of places": f"""{{ areas(where: {{level: LA}}, first: 4) {{ totalCount edges {{ node {{ name
      labourMarket({MONTHS}, by: [SEX]) {{ group {{ sex }} searchingForWork {{ value markers }} }} }} }} }} }}""",
    "no value": f"""{{ labourMarket(areas: {{codes: ["E08000003"]}}, {MONTHS}) {{ nodes {{
      claimantCount {{ unit markers }} householdsWithHealthConditions {{ unit status }} }} }} }}""",
    "aliases": f"""{{ labourMarket(areas: {{codes: ["E08000003"]}}, {MONTHS}) {{ nodes {{ p: period {{ c: code }}
      a: claimantCount {{ v: value w: value m: markers n: markers }} b: claimantCount {{ value }} }} }} }}""",
    "no rows": f"""{{ labourMarket(areas: {{codes: ["E08000003"]}}, {MONTHS}, first: 0) {{ nodes {{
      claimantCount {{ value }} }} }} }}""",
    "places alone": "{ areas(where: {level: REGION}) { nodes { code name } } }",
    "one place": '{ area(code: "E08000003") { code name within(level: COUNTRY) { name } } }',
    "introspection": "{ __schema { types { name fields { name } } } }",
    "one type": '{ __type(name: "Area") { name fields { name type { name } } } }',
    "the catalogue": "{ measures { name title facets breakdowns offered latest { code } owners { __typename } } }",
    "agreements": "{ agreements { id status owner coordinates obligations } }",
    "who asks": "{ me { organisation roles purposes } departments { code successors { code } } }",
    "beside columns": f"""{{ me {{ organisation }} departments {{ code name }}
      labourMarket(areas: {{codes: ["E08000003"]}}, {MONTHS}) {{ nodes {{ claimantCount {{ value }} }} }} }}""",
    "what columns do not know": f"""{{ labourMarket(areas: {{codes: ["E08000003"]}}, {MONTHS}, by: [AGE_BAND]) {{
      nodes {{ medianMonthlyPay {{ value provenance {{ agreement {{ id status }} }} }} }} }} }}""",
}  # fmt: skip

# Of what is not of columns alone.
OTHERS = (
    "introspection", "one type", "the catalogue", "agreements", "who asks", "beside columns",
    "what columns do not know",
)  # fmt: skip


def arrow(content: bytes) -> pa.Table:
    return pa.ipc.open_stream(content).read_all()


async def held(trust: Trust, query: str, persona: str) -> Counter[str]:
    """Holds the file of each list to the table of the JSON answer, in bytes of CSV and in kinds of Arrow."""
    sent = marked(query)
    answer = await trust.ask(sent.text, persona)
    counts: Counter[str] = Counter()
    expected = tables(sent.text, None, answer, sent.alias)
    for table in expected:
        for name in ("csv", "arrow"):
            reply = await post(trust, query, persona, f"?format={name}&list={table.name}")
            if not table.rows and "errors" in answer:
                assert reply.status_code == 400
                continue
            assert reply.status_code == 200, reply.text
            wanted = made(name, table)
            same = reply.content == wanted if name == "csv" else arrow(reply.content).equals(arrow(wanted))
            assert same, (query, persona, table.name)
            counts[name] += 1
        counts["rows"] += table.rows
    shown = [table for table in expected if not table.repeated]
    reply = await post(trust, query, persona, "?format=csv")
    if len(shown) > 1:
        assert reply.status_code == 400
        assert all(table.name in reply.json()["errors"][0]["message"] for table in shown)
    elif shown[0].rows:
        assert reply.content == made("csv", shown[0])
    return counts


@pytest.mark.parametrize("persona", ["public", "dfe-analyst"])
@pytest.mark.parametrize("name", QUESTIONS)
async def test_a_file_is_the_table_of_the_answer(trust: Trust, name: str, persona: str) -> None:
    counts = await held(trust, QUESTIONS[name], persona)
    assert counts["csv"] == counts["arrow"]
    assert counts["csv"] > 0


async def test_files_of_random_queries_are_the_tables_of_their_answers(trust: Trust) -> None:
    draw = random.Random(20261201)
    counts: Counter[str] = Counter()
    for number in range(QUERIES):
        query = drawn(draw, KINDS[number % len(KINDS)])
        counts.update(await held(trust, query.text, query.persona))
    assert counts["csv"] >= QUERIES
    assert counts["rows"] > 1000


async def test_columns_are_read_for_what_they_hold_and_nothing_is_made_as_json(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []
    engine = trust.app.state.gateway.engine
    data = engine._data
    monkeypatch.setattr(engine, "_data", lambda *given: made.append(given) or data(*given))
    for name in QUESTIONS:
        made.clear()
        await held(trust, QUESTIONS[name], "dfe-analyst")
        # Once for the answer as JSON; for each file only where there is something else.
        assert (len(made) == 1) == (name not in OTHERS), name
