"""A share node's replies damaged in every way, through the front door: right figures, or that department's error."""

import copy
import re
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from departments.samples import SAMPLES
from resolvers.protocols import share
from resolvers.protocols.connector import DatasetQuery
from tests.conftest import Departments, Opener, Trust

FIGURE = "{ value status markers }"
PUBLISHED = f"""{{ area(code: "E08000003") {{ labourMarket(periods: {{from: "2023-06", to: "2023-07"}}) {{
  payrolledEmployees {FIGURE} claimantCount {FIGURE} }} }} }}"""
# Under an agreement, with evidence.
AGREED = f"""{{ labourMarket(areas: {{codes: ["E08000003", "E06000047"]}}, by: [INDUSTRY], fill: LATEST,
  periods: {{from: "2023-06", to: "2023-06"}}) {{ nodes {{ payrolledEmployees {FIGURE} jobs {FIGURE} }} }} }}"""
# Two questions in one request to the node.
TOGETHER = f"""{{
  a: labourMarket(areas: {{codes: ["E12000007"]}}, by: [INDUSTRY], periods: {{from: "2023-06", to: "2023-06"}}) {{
    nodes {{ payrolledEmployees {FIGURE} }} }}
  b: area(code: "E08000003") {{ labourMarket(periods: {{from: "2023-05", to: "2023-05"}}) {{
    payrolledEmployees {FIGURE} claimantCount {FIGURE} }} }} }}"""
DOCUMENTS = {
    "published": (PUBLISHED, "public", None),
    "agreed": (AGREED, "dfe-analyst", "skills-planning"),
    "together": (TOGETHER, "public", None),
}
SOURCES = tuple(Path("resolvers/sources").glob("*.toml"))
Change = Callable[[bytes], bytes]


@dataclass(frozen=True)
class DamagedDepartments(Departments):
    """The sample departments, whose HMRC's replies are changed on their way. `changes`: one function or none."""

    changes: list[Change] = field(default_factory=list[Change])

    def transport(self) -> httpx.AsyncBaseTransport:
        sound = super().transport()

        async def answer(request: httpx.Request) -> httpx.Response:
            response = await sound.handle_async_request(request)
            if request.url.port != SAMPLES["hmrc"] or not request.url.path.endswith("/query") or not self.changes:
                return response
            content = self.changes[0](await response.aread())
            return httpx.Response(200, content=content, headers={"Content-Type": response.headers["Content-Type"]})

        return httpx.MockTransport(answer)


@pytest.fixture
def departments(departments: Departments) -> DamagedDepartments:
    return DamagedDepartments(departments.apps, departments.requests)


@pytest.fixture
async def forgetful(open_trust: Opener, tmp_path: Path) -> AsyncGenerator[Trust]:
    """A gateway that keeps no answer of HMRC's, so that it is asked each time."""
    for file in SOURCES:
        text = file.read_text(encoding="utf-8")
        if file.stem == "hmrc":
            text = re.sub(r"(?m)^(cache|stale) = \d+$", r"\1 = 0", text)
        tmp_path.joinpath("sources").mkdir(exist_ok=True)
        tmp_path.joinpath("sources", file.name).write_text(text, encoding="utf-8")
    async with open_trust(SOURCES=str(tmp_path / "sources")) as trust:
        yield trust


async def answer_to(trust: Trust, name: str, change: Change | None = None) -> dict[str, Any]:
    """The answer to a document, where HMRC's replies are changed."""
    document, persona, purpose = DOCUMENTS[name]
    changes = trust.departments.changes  # type: ignore[attr-defined]
    changes[:] = [change] if change else []
    trust.departments.requests.clear()
    answer = await trust.ask(document, persona, purpose)
    assert ("POST", "hmrc") in trust.departments.asked()
    return answer


def rows(name: str, data: Any) -> list[dict[str, Any]]:
    match name:
        case "published":
            return data["area"]["labourMarket"]
        case "agreed":
            return data["labourMarket"]["nodes"]
        case _:
            return [*data["a"]["nodes"], *data["b"]["labourMarket"]]


def compare(name: str, sound: dict[str, Any], answer: dict[str, Any]) -> None:
    """The same figures, or each of HMRC's fields null with its error; the others' are right in either case. Where
    evidence is damaged a figure may be withheld."""
    errors = answer.get("errors", [])
    if errors:
        assert len(errors) == (2 if name == "together" else 1)
        for error in errors:
            assert error["extensions"]["code"] == "DEPARTMENT_MISANSWERED"
            assert error["extensions"]["owner"] == "HMRC"
            assert error["path"][-1] == "payrolledEmployees"
            assert error["message"] == ("HMRC gave an answer that could not be read whole, so none of it is shown.")
    for right, row in zip(rows(name, sound["data"]), rows(name, answer["data"]), strict=True):
        for field_name, figure in right.items():
            if errors and field_name == "payrolledEmployees":
                assert row[field_name] is None
            elif name == "agreed" and row[field_name]["markers"] == ["c"]:
                assert row[field_name] == {"value": None, "status": "Q", "markers": ["c"]}
            else:
                assert row[field_name]["value"] == figure["value"]
                assert row[field_name]["markers"] == figure["markers"]


def refused(answer: dict[str, Any]) -> bool:
    return [error["extensions"]["code"] for error in answer.get("errors", [])] == ["DEPARTMENT_MISANSWERED"]


# Each way that was seen to go wrong, and its like


def with_part(*path: str | int, value: Any) -> Change:
    """A change that puts a value where the path leads."""

    def change(content: bytes) -> bytes:
        tree = part = orjson.loads(content)
        for step in path[:-1]:
            part = part[step]
        part[path[-1]] = value
        return orjson.dumps(tree)

    return change


MEASURE = "payrolledEmployees"
NOT_A_STATUS = [None, 0, 1.5, -3, True, False, "", "a", "AA", "²", [], ["A"], {}, "A\n"]
NOT_A_COUNT = ["969", "²", "", -1, -0.5, 1.5, 1e308, 10**12, True, False, [], [5], {}, "1e5", "NaN"]
NOT_A_LIST = [None, 0, 1.5, -3, True, "AA", "", {}, {"0": "A", "1": "A"}, [], ["A"], ["A"] * 3]
NOT_A_TABLE = [None, 0, 1.5, -3, True, "AA", [], ["A", "A"], {}, {"jobs": ["A", "A"]}]
NOT_A_WORD = [None, 0, 1, True, False, "", "Applied", "raw", [], ["applied"], {}]


@pytest.mark.parametrize(
    "path,values",
    [
        (("status", MEASURE, 0), NOT_A_STATUS),
        (("values", MEASURE, 0), [*NOT_A_COUNT, None]),
        (("status", MEASURE), NOT_A_LIST),
        (("values", MEASURE), NOT_A_LIST),
        (("status",), NOT_A_TABLE),
        (("values",), NOT_A_TABLE),
        (("areas",), NOT_A_LIST),
        (("periods",), NOT_A_LIST),
        (("periods", 0), NOT_A_STATUS),
        (("by",), [None, "", {}, ["SEX"], 0]),
        (("groups",), [None, "", {}, [], [[], []], [[""]], 0]),
        (("sdc",), NOT_A_WORD),
        (("release",), [0, True, 1.5, [], {}]),
        (("evidence",), [{MEASURE: {"n": [5, 5]}}, None]),
    ],
    ids=lambda part: ".".join(map(str, part)) if isinstance(part, tuple) else "",
)
async def test_a_part_that_cannot_be_right_is_an_error_of_its_department_alone(
    forgetful: Trust, path: tuple[str | int, ...], values: list[Any]
) -> None:
    sound = await answer_to(forgetful, "published")
    assert "errors" not in sound
    for value in values:
        answer = await answer_to(forgetful, "published", with_part(*path, value=value))
        assert refused(answer), value
        compare("published", sound, answer)


@pytest.mark.parametrize("kind", ["n", "contributors", "top1", "top2"])
async def test_evidence_that_cannot_be_right_is_an_error_of_its_department_alone(forgetful: Trust, kind: str) -> None:
    sound = await answer_to(forgetful, "agreed")
    wrong = [value for value in NOT_A_COUNT if value != 1.5 or kind in ("n", "contributors")]
    for value in wrong:
        answer = await answer_to(forgetful, "agreed", with_part("evidence", MEASURE, kind, 0, value=value))
        assert refused(answer), value
        compare("agreed", sound, answer)


WHOLE_REPLIES = [b"", b"null", b"[]", b"{}", b"5", b'"busy"', b"true", b"\xff\xfe", b"<html>busy</html>", b"[" * 3000]


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_something_else_than_an_answer_is_an_error_of_its_department_alone(forgetful: Trust, name: str) -> None:
    sound = await answer_to(forgetful, name)
    for content in WHOLE_REPLIES:
        answer = await answer_to(forgetful, name, lambda _, content=content: content)
        assert "errors" in answer, content
        compare(name, sound, answer)


# Any damage

# What takes the place of a part. None of it is a number that a count may have, or a letter of a status.
RUBBISH = st.sampled_from(
    [None, True, False, 1.5, -3, -1, 10**12, 2**63, 1e308, "", "969", "²", "x", [], {}, [None], ["A"], {"n": 5}, [[]]]
)
PATHS = st.lists(st.integers(0, 40), max_size=6)


def damaged(tree: Any, path: list[int], part: Any, how: str) -> Any:
    """A copy of a JSON document with the part at a path replaced, deleted or written twice: at each step the child of
    that number, counted round; where there are no children, the part itself."""
    if not isinstance(tree, dict | list) or not tree or not path:
        return part
    tree = copy.copy(tree)
    keys: list[Any] = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
    key = keys[path[0] % len(keys)]
    if len(path) > 1:
        tree[key] = damaged(tree[key], path[1:], part, how)
    elif how == "delete":
        del tree[key]
    elif how == "twice" and isinstance(tree, list):
        tree.insert(key, tree[key])
    else:
        tree[key] = part
    return tree


WITH_A_GATEWAY = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@WITH_A_GATEWAY
@given(path=PATHS, part=RUBBISH, how=st.sampled_from(["replace", "replace", "delete", "twice"]))
@pytest.mark.parametrize("name", DOCUMENTS)
async def test_any_damage_to_a_reply_is_an_error_of_its_department_or_changes_no_figure(
    forgetful: Trust, name: str, path: list[int], part: Any, how: str
) -> None:
    sound = await answer_to(forgetful, name)
    change: Change = lambda content: orjson.dumps(damaged(orjson.loads(content), path, part, how))  # noqa: E731
    compare(name, sound, await answer_to(forgetful, name, change))


@WITH_A_GATEWAY
@given(cut=st.floats(0, 1, exclude_max=True))
@pytest.mark.parametrize("name", DOCUMENTS)
async def test_a_reply_cut_short_anywhere_is_an_error_of_its_department(
    forgetful: Trust, name: str, cut: float
) -> None:
    sound = await answer_to(forgetful, name)
    answer = await answer_to(forgetful, name, lambda content: content[: int(len(content) * cut)])
    assert "errors" in answer
    compare(name, sound, answer)


@WITH_A_GATEWAY
@given(data=st.data())
async def test_bytes_changed_in_a_stream_of_arrow_never_fail_the_others(
    forgetful: Trust, monkeypatch: pytest.MonkeyPatch, data: st.DataObject
) -> None:
    monkeypatch.setattr(share, "WORTH_ARROW", 0)
    sound = await answer_to(forgetful, "published")

    def change(content: bytes) -> bytes:
        assert content[:4] == b"\xff\xff\xff\xff"
        at = data.draw(st.integers(0, len(content) - 1))
        rubbish = data.draw(st.binary(max_size=8))
        return content[:at] + rubbish + content[at + data.draw(st.integers(0, 8)) :]

    answer = await answer_to(forgetful, "published", change)
    for error in answer.get("errors", []):
        assert error["extensions"]["code"] == "DEPARTMENT_MISANSWERED"
    for right, row in zip(rows("published", sound["data"]), rows("published", answer["data"]), strict=True):
        assert row["claimantCount"] == right["claimantCount"]


# What goes wrong in the Trust's own reading is the department's failure too, and is told to the log


@pytest.mark.parametrize("error", [AttributeError("no count"), AssertionError(), RecursionError(), RuntimeError("x")])
async def test_any_error_while_an_answer_is_read_is_that_departments_and_is_logged(
    forgetful: Trust, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    sound = await answer_to(forgetful, "published")

    async def failing(_: DatasetQuery) -> Any:
        raise error

    connector = forgetful.app.state.gateway.engine.dispatcher.connectors["hmrc"]
    monkeypatch.setattr(connector, "answer", failing)
    answer = await forgetful.ask(PUBLISHED)
    assert refused(answer)
    compare("published", sound, answer)
    [record] = [record for record in caplog.records if record.message == "an answer could not be read"]
    assert record.exc_info is not None
    assert record.exc_info[1] is error
    assert (record.department, record.levelname) == ("HMRC", "ERROR")  # type: ignore[attr-defined]
