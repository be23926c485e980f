"""lmdt attack on a small family, with and without the pattern that protects it."""

from collections.abc import AsyncGenerator
from typing import Any

import orjson
import pytest

from app.commands.exits import Misused, Refused
from tests.attacks.house import MEASURE, House, house
from tests.departments.additive import AUTHORITIES, MEMBERS, chance

STATISTICS = "labour-market-statistics"
Printed = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
async def bare(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[House]:
    """Each cell is hidden that a rule names, and no other."""
    async with house(tmp_path_factory.mktemp("bare"), pattern=False) as opened:
        yield opened


@pytest.fixture(scope="module")
async def patterned(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[House]:
    async with house(tmp_path_factory.mktemp("patterned"), pattern=True) as opened:
        yield opened


def found(printed: Printed) -> dict[str, Any]:
    """What was printed as JSON, its attacks by their names."""
    document = orjson.loads(printed.readouterr().out)
    return document | {"attacks": {one["attack"]: one for one in document["attacks"]}}


async def test_a_family_without_a_pattern_is_recovered_and_the_exit_code_says_so(bare: House, capsys: Printed) -> None:
    assert await bare.attacked("--owner", str(bare.node), "--json") == 1
    told = found(capsys)
    assert told["attacks"]["total minus parts"]["nearer"] > 0
    assert told["named"]
    assert await bare.attacked("--owner", str(bare.node), "--fail-above", str(told["recovered"])) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:2] == ["attack", "tried"]
    assert lines[-1] == f"{told['recovered']} recovered"


async def test_a_family_with_its_pattern_is_not(patterned: House, capsys: Printed) -> None:
    assert await patterned.attacked("--owner", str(patterned.node), "--json") == 0
    told = found(capsys)
    assert told["recovered"] == 0
    assert told["attacks"]["linear programmes"]["finished"]
    assert told["attacks"]["linear programmes"]["tried"] == told["attacks"]["total minus parts"]["tried"] > 60
    assert all(one["tried"] for name, one in told["attacks"].items() if name != "the months beside")


async def test_without_the_owners_figures_it_tells_how_narrow_the_hidden_are(bare: House, capsys: Printed) -> None:
    assert await bare.attacked("--json") == 1
    told = found(capsys)["attacks"]
    assert told["total minus parts"]["nearer"] > 0
    assert told["least squares"]["exactly"] is None


async def test_a_measure_that_there_is_not_is_misuse(bare: House) -> None:
    with pytest.raises(Misused, match="the gateway has no measure 'payroledEmployees'"):
        await bare.attacked(measure="payroledEmployees")


async def test_a_department_that_fails_is_no_family_in_which_nothing_is_found(patterned: House) -> None:
    def fail(_: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        for row in nodes(answer):
            row[MEASURE] = None
        return answer | {"errors": [{"message": "", "extensions": {"code": "DEPARTMENT_UNAVAILABLE"}}]}

    with pytest.raises(Refused, match="DEPARTMENT_UNAVAILABLE"):
        await patterned.attacked(leak=fail)


async def test_the_owners_own_callers_are_left_out(bare: House, capsys: Printed) -> None:
    await bare.attacked("--as", "hmrc-analyst", "--purpose", STATISTICS, "--json", "--fail-above", "1000000")
    assert found(capsys)["leftOut"] == ["hmrc-analyst for labour-market-statistics"]


def nodes(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return ((answer.get("data") or {}).get("labourMarket") or {}).get("nodes") or []


async def test_a_page_that_shows_what_the_whole_hides_is_found(patterned: House, capsys: Printed) -> None:
    def leak(body: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        for row in nodes(answer) if body["variables"].get("first") == 5 else ():
            row[MEASURE]["value"] = row[MEASURE]["value"] or 7
        return answer

    assert await patterned.attacked("--json", leak=leak) == 1
    assert found(capsys)["attacks"]["pages and fills"]["nearer"] > 0


async def test_a_marker_that_tells_why_is_found(patterned: House, capsys: Printed) -> None:
    def leak(_: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        for row in nodes(answer):
            if row[MEASURE] and row[MEASURE]["value"] is None and row["area"]["code"] == "E06000001":
                row[MEASURE]["markers"] = ["c", "low"]
        return answer

    assert await patterned.attacked("--json", leak=leak) == 1
    assert found(capsys)["attacks"]["markers"]["nearer"] > 0


async def test_an_answer_that_takes_longer_where_one_dominates_is_found(patterned: House, capsys: Printed) -> None:
    slow = {la for la in AUTHORITIES if any(chance(la, member, "dominated") < 0.1 for member in MEMBERS)}

    def leak(body: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        codes = (body["variables"].get("where") or {}).get("codes") or []
        return answer | {"sleep": 0.08} if len(codes) == 1 and codes[0] in slow else answer

    await patterned.attacked("--json", "--owner", str(patterned.node), "--fail-above", "1000000", leak=leak)
    told = found(capsys)["attacks"]["errors and times"]
    assert told["nearer"] > 0, told["note"]
