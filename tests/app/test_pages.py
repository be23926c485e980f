"""A page is a window on one answer: pages of any size, joined, are the whole, cell by cell.

A department here has not published its newest years for some places, so that what is carried forward differs from
place to place.
"""

import shutil
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.main import create_app
from app.settings import read
from app.signing import signer
from departments.samples import PATTERNS
from departments.share.config import load
from departments.share.node import create_app as create_node
from departments.synthetic.databases import database
from tests.conftest import FOLDER, Departments, Trust

PLACES = ["E06000001", "E06000002", "E08000001", "E08000003", "E08000009", "E09000001", "W06000015", "N09000003"]
CELL = "value status markers period { code } "
MEASURES = ("claimantCount", "businesses", "businessSupportLoans", "claimantRate", "medianWeeklyPay", "population")
PARTNER, OWNER = ("partner", "service-improvement"), ("beis-analyst", "innovation-strategy")
CALLERS = [("public", None), ("dfe-analyst", "skills-planning"), PARTNER, OWNER]


@pytest.fixture(scope="module")
def uneven(departments: Departments, tmp_path_factory: pytest.TempPathFactory) -> Departments:
    """BEIS has 2023 for some places only, and 2022 for others only."""
    file = tmp_path_factory.mktemp("uneven") / "beis.sqlite"
    shutil.copy(database("beis", FOLDER), file)
    with closing(sqlite3.connect(file)) as connection:
        for table in ("business_population", "support_loans"):
            connection.execute(f"DELETE FROM {table} WHERE year = '2023' AND substr(area, -1) IN ('1', '9')")
            connection.execute(f"DELETE FROM {table} WHERE year = '2022' AND substr(area, -1) IN ('1', '2')")
        connection.commit()
    key = signer(tmp_path_factory.getbasetemp() / "trust-key.pem")
    config = load(Path("departments/beis.toml")).at(
        f"sqlite:///{file}", str(FOLDER / "trust-keys.json"), patterns=str(PATTERNS)
    )
    return Departments({**departments.apps, "beis": create_node(config, key.jwks)}, [])


@pytest.fixture
async def uneven_trust(
    uneven: Departments, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Trust]:
    shutil.copy(tmp_path_factory.getbasetemp() / "trust-key.pem", tmp_path)
    app = create_app(read({"LMDT_DEMO": "true", "LMDT_DATA": str(tmp_path)}), uneven.transport())
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http,
    ):
        await app.state.gateway.learned()
        yield Trust(app, http, uneven)


def table(measures: list[str], by: list[str]) -> str:
    """A query of one page."""
    cells = " ".join(f"{name} {{ {CELL} }}" for name in measures)
    return f"""query ($areas: AreaSelection!, $periods: PeriodRange!, $fill: Fill!, $first: Int, $after: String) {{
        labourMarket(areas: $areas, periods: $periods, by: [{", ".join(by)}], fill: $fill, first: $first, after: $after)
        {{ totalCount pageInfo {{ endCursor hasNextPage }}
           nodes {{ area {{ code }} period {{ code }} group {{ sex sizeBand }} {cells} }} }} }}"""


async def pages(trust: Trust, caller: tuple[str, str | None], query: str, size: int, **variables: Any) -> Any:
    """The rows of every page, and the errors that each of them has: by field, without where."""
    rows: list[Any] = []
    errors: set[tuple[str, str]] = set()
    after, more = None, True
    while more:
        body = await trust.ask(query, *caller, first=size, after=after, **variables)
        assert body["data"]["labourMarket"], body["errors"]
        connection = body["data"]["labourMarket"]
        rows += connection["nodes"]
        errors |= {(error["path"][-1], error["message"]) for error in body.get("errors", ())}
        after, more = connection["pageInfo"]["endCursor"], connection["pageInfo"]["hasNextPage"]
        assert len(rows) <= connection["totalCount"]
    return rows, errors


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    areas=st.one_of(
        st.lists(st.sampled_from(PLACES), min_size=1, max_size=6, unique=True).map(lambda codes: {"codes": codes}),
        st.sampled_from([{"level": "REGION"}, {"level": "LA", "within": "E47000001"}, {"level": "COUNTRY"}]),
    ),
    periods=st.sampled_from(
        [
            {"from": "2022-10", "to": "2024-02"},
            {"from": "2021-Q4", "to": "2024-Q2", "every": "QUARTER"},
            {"from": "2020", "to": "2025", "every": "YEAR"},
            {"from": "2021/22", "to": "2024/25", "every": "ACADEMIC_YEAR"},
        ]
    ),
    by=st.sampled_from([[], [], ["SEX"], ["SIZE_BAND"]]),
    measures=st.lists(st.sampled_from(MEASURES), min_size=1, max_size=4, unique=True),
    fill=st.sampled_from(["LATEST", "LATEST", "NONE"]),
    size=st.integers(1, 40),
    caller=st.sampled_from(CALLERS),
)
async def test_pages_of_any_size_joined_are_the_whole_answer(
    uneven_trust: Trust,
    areas: dict[str, Any],
    periods: dict[str, str],
    by: list[str],
    measures: list[str],
    fill: str,
    size: int,
    caller: tuple[str, str | None],
) -> None:
    query = table(measures, by)
    variables = {"areas": areas, "periods": periods, "fill": fill}
    whole, errors = await pages(uneven_trust, caller, query, 10_000, **variables)
    joined, errors_of_pages = await pages(uneven_trust, caller, query, max(size, len(whole) // 12), **variables)
    assert joined == whole
    assert errors_of_pages == errors


async def test_each_place_carries_its_own_newest_figure_forward(uneven_trust: Trust) -> None:
    """Hartlepool has neither 2023 nor 2022, Middlesbrough has 2023, Trafford 2022."""
    query = table(["businesses"], [])
    variables = {
        "areas": {"codes": ["E06000001", "E06000002", "E08000009"]},
        "periods": {"from": "2024-02", "to": "2024-02"},
        "fill": "LATEST",
    }
    rows, errors = await pages(uneven_trust, OWNER, query, 10, **variables)
    assert errors == set()
    cells = [(row["area"]["code"], row["businesses"]["period"]["code"], row["businesses"]["status"]) for row in rows]
    assert cells == [("E06000001", "2023", "O"), ("E06000002", "2023", "A"), ("E08000009", "2022", "A")]


async def test_what_is_refused_for_the_whole_is_refused_on_every_page(uneven_trust: Trust) -> None:
    """The partner's agreement is for places inside Greater Manchester; page one holds nothing else."""
    query = table(["payrolledEmployees"], ["SEX"]).replace("group { sex sizeBand }", "group { sex }")
    variables = {
        "areas": {"codes": ["E08000003", "E09000001"]},
        "periods": {"from": "2024-01", "to": "2024-01"},
        "fill": "NONE",
    }
    whole = await pages(uneven_trust, PARTNER, query, 10, **variables)
    assert await pages(uneven_trust, PARTNER, query, 1, **variables) == whole
