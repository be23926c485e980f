"""Through the front door: what a department writes that cannot be a figure of its measure, or no answer at all, is an
error for its fields alone."""

import csv
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.conftest import Departments, Opener

SOURCES = Path(__file__).parents[2] / "resolvers" / "sources"
Amend = Callable[[bytes], bytes]


class Amended:
    """A department whose answers for data are changed on their way."""

    def __init__(self, app: ASGIApp, path: str, amend: Amend) -> None:
        self.app, self.path, self.amend = app, path, amend

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.path not in scope["path"]:
            await self.app(scope, receive, send)
            return
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self.app(scope, receive, keep)
        body = self.amend(b"".join(message.get("body", b"") for message in messages))
        headers = [(name, value) for name, value in messages[0]["headers"] if name.lower() != b"content-length"]
        await send(messages[0] | {"headers": headers})
        await send({"type": "http.response.body", "body": body})


QUERY = """query ($from: String!, $to: String!) { area(code: "E06000001") {
  labourMarket(periods: {from: $from, to: $to, every: ACADEMIC_YEAR}) {
    apprenticeshipStarts { value markers } } } }"""


def written(value: Any) -> Amend:
    """Every figure in an answer of Explore education statistics as one value."""

    def amend(body: bytes) -> bytes:
        document = orjson.loads(body)
        for row in document["results"]:
            row["values"] = dict.fromkeys(row["values"], value)
        return orjson.dumps(document)

    return amend


def in_csv(value: str) -> Amend:
    """Every figure in Nomis's CSV as one text."""

    def amend(body: bytes) -> bytes:
        head, *rows = csv.reader(body.decode().splitlines())
        at = head.index("OBS_VALUE")
        changed = [[*row[:at], value, *row[at + 1 :]] for row in rows]
        return "\n".join(",".join(f'"{cell}"' for cell in row) for row in [head, *changed]).encode() + b"\n"

    return amend


@pytest.mark.parametrize("value", ["-1", "0.5", "12.5", "1000000001", "999999999999", -1, 0.5, 1e308])
async def test_a_count_is_whole_not_negative_and_possible(
    open_trust: Opener, departments: Departments, monkeypatch: pytest.MonkeyPatch, value: Any
) -> None:
    monkeypatch.setitem(departments.apps, "dfe", Amended(departments.apps["dfe"], "/query", written(value)))  # type: ignore
    async with open_trust() as trust:
        answer = await trust.ask(QUERY, **{"from": "2022/23", "to": "2022/23"})
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "DEPARTMENT_MISANSWERED"
    assert error["message"] == "DfE gave an answer that could not be read whole, so none of it is shown."
    assert answer["data"]["area"]["labourMarket"] == [{"apprenticeshipStarts": None}]


@pytest.mark.parametrize("value", ["0", "12.0", "1000000000", 12])
async def test_a_possible_count_is_shown(
    open_trust: Opener, departments: Departments, monkeypatch: pytest.MonkeyPatch, value: Any
) -> None:
    monkeypatch.setitem(departments.apps, "dfe", Amended(departments.apps["dfe"], "/query", written(value)))  # type: ignore
    async with open_trust() as trust:
        data = await trust.data(QUERY, **{"from": "2022/23", "to": "2022/23"})
    assert data["area"]["labourMarket"][0]["apprenticeshipStarts"] == {"value": float(value), "markers": []}


@pytest.mark.parametrize("marker", ["c", "low", "u", "w", "x", "z"])
async def test_a_symbol_in_place_of_a_figure_is_shown_as_itself(
    open_trust: Opener, departments: Departments, monkeypatch: pytest.MonkeyPatch, marker: str
) -> None:
    monkeypatch.setitem(departments.apps, "dfe", Amended(departments.apps["dfe"], "/query", written(marker)))  # type: ignore
    async with open_trust() as trust:
        data = await trust.data(QUERY, **{"from": "2022/23", "to": "2022/23"})
    assert data["area"]["labourMarket"][0]["apprenticeshipStarts"] == {"value": None, "markers": [marker]}


@pytest.mark.parametrize(("measure", "value"), [("employmentRate", "-1"), ("employmentRate", "100.1"),
                                                ("population", "-1"), ("population", "0.5")])  # fmt: skip
async def test_a_rate_is_from_0_to_100_and_the_fields_of_others_keep_their_figures(
    open_trust: Opener, departments: Departments, monkeypatch: pytest.MonkeyPatch, measure: str, value: str
) -> None:
    monkeypatch.setitem(departments.apps, "ons", Amended(departments.apps["ons"], ".data.", in_csv(value)))  # type: ignore
    query = """{ area(code: "E92000001") { labourMarket(periods: {from: "2022-06", to: "2022-06"}, fill: LATEST) {
      employees: payrolledEmployees { value } %s { value } } } }"""
    async with open_trust() as trust:
        answer = await trust.ask(query % measure)
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "DEPARTMENT_MISANSWERED"
    (row,) = answer["data"]["area"]["labourMarket"]
    assert row[measure] is None
    assert row["employees"]["value"] > 0


def paths(tree: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every part of a JSON document."""
    yield here
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, child in items:
        yield from paths(child, (*here, key))


def at(path: tuple[Any, ...], part: Any) -> Amend:
    """An answer with one part replaced."""

    def amend(body: bytes) -> bytes:
        tree = orjson.loads(body)
        if not path:
            return orjson.dumps(part)
        parent = tree
        for key in path[:-1]:
            parent = parent[key]
        parent[path[-1]] = part
        return orjson.dumps(tree)

    return amend


async def test_an_answer_with_any_part_replaced_is_an_error_of_its_department_or_right(
    open_trust: Opener, departments: Departments, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sources = tmp_path / "sources"
    shutil.copytree(SOURCES, sources)
    (sources / "dfe.toml").write_text((SOURCES / "dfe.toml").read_text().replace("cache = 3600", "cache = 0"))
    bodies: list[bytes] = []

    def keep(body: bytes) -> bytes:
        bodies.append(body)
        return body

    spy = Amended(departments.apps["dfe"], "/query", keep)
    monkeypatch.setitem(departments.apps, "dfe", spy)  # type: ignore
    span = {"from": "2021/22", "to": "2022/23"}
    async with open_trust() as trust:
        right = [node["apprenticeshipStarts"] for node in (await trust.data(QUERY, **span))["area"]["labourMarket"]]
    assert len(right) == 2
    assert all(cell["value"] for cell in right)
    outcomes = {"right": 0, "error": 0, "null": 0}
    parts = [None, True, 0.5, -3, "", "n/k", "²", [], {}, [1], {"code": 1}]
    async with open_trust(SOURCES=str(sources)) as trust:
        for path in paths(orjson.loads(bodies[0])):
            for part in parts:
                spy.amend = at(path, part)
                answer = await trust.ask(QUERY, **span)
                nodes = answer["data"]["area"]["labourMarket"]
                if "errors" in answer:
                    (error,) = answer["errors"]
                    assert error["extensions"]["code"] == "DEPARTMENT_MISANSWERED", (path, part)
                    assert [node["apprenticeshipStarts"] for node in nodes] == [None, None]
                    outcomes["error"] += 1
                    continue
                cells = [node["apprenticeshipStarts"] for node in nodes]
                assert all(cell["value"] is not None or cell["markers"] for cell in cells), (path, part)
                values = zip(right, cells, strict=True)
                assert all(cell["value"] in (own["value"], None) for own, cell in values), (path, part)
                outcomes["right" if cells == right else "null"] += 1
    assert all(outcomes.values()), outcomes
