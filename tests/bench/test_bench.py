"""The bench runs as it is run by hand, for a moment; and what it checks is checked."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from bench import check, flagship, nodes
from bench.growth import Point, Series
from bench.questions import FROM_SHARE_NODES, KINDS_OF_ONE, MONTHS
from bench.report import write
from reference.period import parse

pytestmark = pytest.mark.sockets
Q1 = FROM_SHARE_NODES[0]


def answered(spoilt: dict[str, Any] | None = None, errors: list[Any] | None = None) -> bytes:
    """An answer to the first kind of Q1, right but for what is spoilt in its last figure."""
    variables = Q1.variables(0)
    rows = [
        {
            "period": {"code": month},
            "payrolledEmployees": {
                "value": nodes.figure("payrolledEmployees", variables["code"], parse(month)),
                "status": "A",
            },
        }
        for month in MONTHS[:12]
    ]
    rows[-1]["payrolledEmployees"] = {**rows[-1]["payrolledEmployees"], **(spoilt or {})}
    answer = {"data": {"area": {"code": variables["code"], "name": "", "labourMarket": rows}}}
    return orjson.dumps({**answer, **({"errors": errors} if errors else {})})


def test_a_moment_of_the_bench_tells_every_lane_of_a_question(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench", "--only", "share-nodes", "--question", "Q1", "--question", "README"]
    result = subprocess.run(
        [*command, "--seconds", "0.1", "--json", str(tmp_path / "told.json")],
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert result.returncode == 0, result.stderr
    figures = orjson.loads((tmp_path / "told.json").read_bytes())
    lines = {(line["question"], line["temperature"], line["lane"]): line for line in figures["lines"]}
    lanes = ("one audience", "a token each", "governed")
    assert set(lines) == {(q, t, lane) for q in ("Q1", "README") for t in ("asking", "cached") for lane in lanes} | {
        (q, "kept", "one audience") for q in ("Q1", "README")
    }
    for (question, temperature, lane), line in lines.items():
        assert line["figures"] == {"Q1": 12, "README": 4}[question]
        assert line["result"]["requests"] > 0
        assert (line["result"]["upstream"] == 0) is (temperature != "asking"), (question, temperature, lane)
        assert f"{question}, {lane}" in result.stdout
    assert figures["stock"]["Q1"]["stock"] > figures["stock"]["Q1"]["columns"]


def test_an_answer_with_every_figure_passes() -> None:
    assert Q1.check(Q1.variables(0), answered()) == 12


@pytest.mark.parametrize(
    "body",
    [
        answered({"value": 1}),
        answered({"value": None, "status": "Q"}),
        answered(errors=[{"message": "down"}]),
    ],
)
def test_an_answer_with_another_figure_or_none_or_an_error_fails(body: bytes) -> None:
    with pytest.raises(RuntimeError):
        Q1.check(Q1.variables(0), body)


def test_an_answer_to_another_question_fails() -> None:
    with pytest.raises(RuntimeError, match="cells"):
        Q1.check(Q1.variables(1), answered())


def test_the_answer_of_the_readme_passes_and_one_without_its_refusal_fails() -> None:
    answer = flagship.answer()
    assert check.exact({}, orjson.dumps(answer)) == 4
    del answer["errors"]
    for compare in (check.exact, check.outline):
        with pytest.raises(RuntimeError, match="not as the README tells"):
            compare({}, orjson.dumps(answer))


def test_few_kinds_come_in_turn_and_many_at_random_but_the_same_in_every_run() -> None:
    def kinds(few: bool, count: int) -> list[bytes]:
        headers = iter(dict[str, str], None)
        sent = Q1.few(1, headers) if few else Q1.many(1, headers)
        return [next(sent).wire for _ in range(count)]

    assert len(set(kinds(True, 3 * KINDS_OF_ONE))) == KINDS_OF_ONE
    assert len(set(kinds(False, 100))) > 90
    assert kinds(False, 100) == kinds(False, 100)


def test_a_cost_that_grows_faster_than_its_size_does_not_hold() -> None:
    def grown(*costs: float, flat: bool = False) -> bool:
        return Series("", "", "", tuple(Point(10**at, cost, {}) for at, cost in enumerate(costs)), flat).holds

    assert grown(1, 10, 100)
    assert grown(5, 6, 20)
    assert not grown(1, 10, 200)
    assert grown(1, 1.1, 1, flat=True)
    assert not grown(1, 1.1, 5, flat=True)


def test_the_tables_are_written_where_a_document_has_a_place_for_them(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text("before\n<!-- measured -->\nold\n<!-- /measured -->\nafter\n")
    write("new", document)
    assert document.read_text() == "before\n<!-- measured -->\n```\nnew\n```\n<!-- /measured -->\nafter\n"
    document.write_text("before\n")
    with pytest.raises(ValueError, match="measured"):
        write("new", document)
