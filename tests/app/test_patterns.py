"""An owner's pattern, from its node to the figures that callers see."""

import shutil
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.signing import signer
from departments.samples import PATTERNS, mapping
from departments.share.node import create_app
from departments.share.pattern import Patterns
from tests.conftest import FOLDER, TRUST_KEY, Departments, Trust, gateway

MEASURE = "payrolledEmployees"
# Of whose twenty-one industries the twenty that were shown told the last, of which one employer pays nearly all.
PLACE = "E07000137"
ROW = """{ area(code: "%s") { labourMarket(periods: {from: "2024-05", to: "2024-05"}%s) {
  payrolledEmployees { value markers provenance { treatment } } } } }"""


@pytest.fixture
async def patterned(
    departments: Departments, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[tuple[Trust, str]]:
    """A gateway whose HMRC has its patterns in a folder that a test may change, and the name of one of them."""
    shutil.copy(tmp_path_factory.getbasetemp() / TRUST_KEY, tmp_path)
    folder = tmp_path / "patterns"
    shutil.copytree(PATTERNS, folder)
    config = mapping("hmrc", FOLDER).model_copy(update={"patterns": str(folder)})
    node = create_app(config, signer(tmp_path / TRUST_KEY).jwks)
    [file] = folder.glob(f"*.{MEASURE}.*")
    async with gateway(replace(departments, apps={**departments.apps, "hmrc": node}), tmp_path) as trust:
        yield trust, Patterns(folder).read(file).name


def figures(data: Any) -> list[Any]:
    return [row[MEASURE] for row in data["area"]["labourMarket"]]


async def test_all_callers_but_the_owners_own_have_the_same_cells_hidden_and_are_told_by_which_pattern(
    patterned: tuple[Trust, str],
) -> None:
    trust, name = patterned
    by_industry = ROW % (PLACE, ", by: [INDUSTRY]")
    agreed = figures(await trust.data(by_industry, "dfe-analyst", "skills-planning"))
    own = figures(await trust.data(by_industry, "hmrc-analyst", "labour-market-statistics"))
    hidden = [figure for figure in agreed if figure["value"] is None]
    assert len(hidden) > 1
    assert {tuple(figure["markers"]) for figure in hidden} == {("c",)}
    assert all(figure["value"] is not None for figure in own)
    assert not any(name in line for line in own[0]["provenance"]["treatment"])
    for figure in (*agreed, *figures(await trust.data(ROW % (PLACE, "")))):
        assert any(name in line for line in figure["provenance"]["treatment"])


async def test_a_release_without_its_pattern_fails_for_that_measure_only(
    patterned: tuple[Trust, str], tmp_path: Path
) -> None:
    trust, _ = patterned
    shutil.rmtree(tmp_path / "patterns")
    asked = ROW.replace("payrolledEmployees {", "claimantCount { value } payrolledEmployees {") % (PLACE, "")
    answer = await trust.ask(asked)
    [row] = answer["data"]["area"]["labourMarket"]
    assert row[MEASURE] is None
    assert row["claimantCount"]["value"] is not None
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["DEPARTMENT_UNAVAILABLE"]
