"""While a department fails its last answer may be shown in the place of none: marked, and only where that is agreed."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Opener, Trust

PAY = """{ area(code: "E08000003") { labourMarket(periods: {from: "2023-06", to: "2023-06"}%s) {
  payrolledEmployees { value provenance { treatment retrievedAt } } claimantCount { value } } } }"""
MARK = "the department did not answer"


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """The demonstration's source files, in which HMRC's answers are old at once, and may be shown while it fails."""
    folder = Path(shutil.copytree("resolvers/sources", tmp_path / "sources"))
    hmrc = folder / "hmrc.toml"
    hmrc.write_text(hmrc.read_text().replace("cache = 3600", "cache = 0\nstale_if_error = 60"))
    return folder


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """The demonstration's policies; HMRC's agreement with DfE says nothing of old answers."""
    return Path(
        shutil.copytree("policies", tmp_path / "policies", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    )


def figures(answer: dict[str, Any]) -> Any:
    return answer["data"]["area"]["labourMarket"][0]["payrolledEmployees"]


async def asked(trust: Trust, query: str, persona: str) -> dict[str, Any]:
    headers = trust.headers(persona, None if persona == "public" else "skills-planning")
    return (await trust.http.post("/graphql", json={"query": query}, headers=headers)).json()


@pytest.mark.parametrize("fault", ["dropped", "503", "429"])
async def test_the_last_answer_is_shown_and_marked(open_trust: Opener, sources: Path, fault: str) -> None:
    async with open_trust(SOURCES=str(sources)) as trust:
        first = await asked(trust, PAY % "", "public")
        assert MARK not in str(first)
        trust.departments.inject("hmrc", fault, times=2)
        old = await asked(trust, PAY % "", "public")
        trust.departments.apps["hmrc"].state.faults.clear()
        assert "errors" not in old
        assert figures(old)["value"] == figures(first)["value"] is not None
        assert figures(old)["provenance"]["retrievedAt"] == figures(first)["provenance"]["retrievedAt"]
        assert any(MARK in line for line in figures(old)["provenance"]["treatment"])
        (warning,) = [w for w in old["extensions"]["warnings"] if "did not answer" in w["message"]]
        assert warning["message"].startswith("Payrolled employees: HMRC did not answer; these are its figures of ")
        assert warning["path"] == ["area", "labourMarket", "*", "payrolledEmployees"]
        if fault == "dropped":
            # It is kept for nobody: the next who asks has what the department says by then.
            assert MARK not in str(await asked(trust, PAY % "", "public"))


async def test_an_answer_that_is_wrong_is_not_hidden_by_an_old_one(open_trust: Opener, sources: Path) -> None:
    async with open_trust(SOURCES=str(sources)) as trust:
        await asked(trust, PAY % "", "public")
        trust.departments.inject("hmrc", "broken-json", times=2)
        answer = await asked(trust, PAY % "", "public")
    trust.departments.apps["hmrc"].state.faults.clear()
    assert answer["errors"][0]["extensions"]["code"] == "DEPARTMENT_MISANSWERED"
    assert figures(answer) is None


async def test_without_the_source_file_saying_so_a_failure_is_a_failure(open_trust: Opener, sources: Path) -> None:
    hmrc = sources / "hmrc.toml"
    hmrc.write_text(hmrc.read_text().replace("stale_if_error = 60", ""))
    async with open_trust(SOURCES=str(sources)) as trust:
        await asked(trust, PAY % "", "public")
        trust.departments.inject("hmrc", "503", times=2)
        answer = await asked(trust, PAY % "", "public")
    trust.departments.apps["hmrc"].state.faults.clear()
    assert answer["errors"][0]["extensions"]["code"] == "DEPARTMENT_UNAVAILABLE"


@pytest.mark.parametrize("agreed", [True, False])
async def test_under_an_agreement_only_where_it_says_so(
    open_trust: Opener, sources: Path, policies: Path, agreed: bool
) -> None:
    agreement = policies / "agreements" / "DSA-001.toml"
    if agreed:
        agreement.write_text(agreement.read_text().replace("[security]\n", "[security]\nstale_answers = true\n"))
    query = PAY % ", by: [AGE_BAND]"
    async with open_trust(SOURCES=str(sources), POLICIES=str(policies)) as trust:
        first = await asked(trust, query, "dfe-analyst")
        trust.departments.inject("hmrc", "503", times=2)
        old = await asked(trust, query, "dfe-analyst")
        trust.departments.apps["hmrc"].state.faults.clear()
        kept = trust.app.state.gateway.cache._backend._kept
        assert any(entry.seconds == 60 for entry in kept.values()) == agreed
    assert figures(first)["value"] is not None
    if agreed:
        assert figures(old)["value"] == figures(first)["value"] and MARK in str(old)
    else:
        assert figures(old) is None
        assert old["errors"][0]["extensions"]["code"] == "DEPARTMENT_UNAVAILABLE"
