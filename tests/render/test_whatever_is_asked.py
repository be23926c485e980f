"""Whatever is asked, in whatever form, is a file or says what is wrong: nothing fails here."""

import pytest

from app.render.formats import FORMATS
from tests.conftest import Opener, Trust

ONE = 'periods: {from: "2023-01", to: "2023-02"}'
PAGE = f"areas: {{level: REGION}}, {ONE}"
QUERIES = (
    "{ __typename }",
    "{ a: __typename b: me { __typename } }",
    "query Q($x: Boolean!) { areas(where: {level: LA}) { nodes { name @skip(if: $x) } } }",
    f'{{ area(code: "E08000003") {{ labourMarket({ONE}) {{ claimantCount {{ __typename }} }} }} }}',
    f'{{ area(code: "E08000003") {{ __typename labourMarket({ONE}) {{ __typename period {{ __typename }} }} }} }}',
    "query A { me { subject } } query B { me { organisation } }",
    "{ nope }",
    "",
    "subscription { x }",
    '{ labourMarket(areas: {level: LA}, periods: {from: "x"}) { totalCount } }',
    f"{{ labourMarket({PAGE}) {{ totalCount pageInfo {{ endCursor }} }} }}",
    f"{{ labourMarket({PAGE}) {{ edges {{ cursor }} }} }}",
    f"{{ labourMarket({PAGE}) {{ edges {{ node {{ area {{ __typename }} }} }} }} }}",
    "{ areas(where: {level: LA}, first: 0) { nodes { name areas(level: LA) { name } } } }",
    "{ demand { met { consumer } } }",
    "{ measures { name } departments { code } }",
    '{ agreement(id: "DSA-001") { id versions { version } history { at } content } }',
    f"""{{ area(code: "E08000003") {{ labourMarket({ONE}) {{ businessSupportLoans {{
      provenance {{ agreement {{ id }} owner {{ code }} treatment }} period {{ code }} status }} }} }} }}""",
    f"""{{ area(code: "E08000003") {{ labourMarket({ONE}) {{
      x: claimantCount {{ value }} X: claimantCount {{ value }} }} }} }}""",
)


@pytest.mark.parametrize("form", [*FORMATS, "json", "x"])
async def test_it_is_a_file_or_says_what_is_wrong(open_trust: Opener, form: str) -> None:
    statuses: set[int] = set()
    async with open_trust(QUOTA_ADDRESS="0") as trust:
        for query in QUERIES:
            for chosen in ({}, {"list": "me"}, {"list": "area.labourMarket"}):
                for persona in ("public", "dfe-analyst"):
                    statuses.add(await asked(trust, {"query": query, "format": form, **chosen}, persona))
    assert statuses <= {200, 400}
    assert 400 in statuses


async def asked(trust: Trust, parameters: dict[str, str], persona: str) -> int:
    """The status of an answer, which holds errors where it is no file."""
    reply = await trust.http.get("/graphql", params=parameters, headers=trust.headers(persona))
    if reply.status_code != 200:
        assert reply.json()["errors"][0]["message"], parameters
    elif parameters["format"] not in ("json", "x"):
        assert "filename=" in reply.headers["content-disposition"]
        assert reply.content
    return reply.status_code
