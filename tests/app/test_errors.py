"""What leaves the building: known codes as they are, everything else as an id."""

import json
import logging
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLError,
    GraphQLField,
    GraphQLFloat,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    graphql_sync,
)

from app.errors import CODES, KNOWN, formatted, internal
from app.telemetry import JsonLines
from reference.errors import TrustError
from schema.errors import BadInput
from tests.conftest import Trust

PACKAGES = ("app", "schema", "resolvers", "policies", "trust", "reference")


def resolved(by: Any, query: str = "{ a }", kind: Any = GraphQLFloat) -> dict[str, Any]:
    """The one error of a query whose only field is resolved so, as the caller sees it."""
    field = GraphQLField(kind, {"n": GraphQLArgument(GraphQLNonNull(GraphQLInt), 1)}, resolve=lambda *_, **__: by())
    result = graphql_sync(GraphQLSchema(GraphQLObjectType("Query", {"a": field})), query, variable_values={"n": None})
    (error,) = result.errors or ()
    return formatted(error)


def raising(error: Exception) -> Any:
    def resolve() -> Any:
        raise error

    return resolve


def sources() -> Iterator[str]:
    """Every file of ours but the table of codes."""
    for package in PACKAGES:
        for path in Path(package).rglob("*.py"):
            if path != Path("app/errors.py"):
                yield path.read_text(encoding="utf-8")


def test_every_code_that_is_promised_is_raised_and_every_one_that_is_raised_is_promised() -> None:
    written = {name for text in sources() for name in re.findall(r'"([A-Z]+(?:_[A-Z]+)*)"', text)}
    raised = {
        name
        for text in sources()
        for name in re.findall(r'(?:"code": |code = |too_costly\(|Code\(|_by_hash\("\w+", )"([A-Z_]+)"', text)
    }
    promised = {code.name for code in CODES}
    assert len(CODES) == len(promised)
    assert raised <= promised
    assert promised - written - {"INTERNAL"} == set()
    table = Path("docs/errors.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == promised


def test_every_code_has_a_meaning_and_a_remedy() -> None:
    assert all(code.meaning.endswith(".") and code.remedy.endswith(".") for code in CODES)
    assert KNOWN["UNAUTHENTICATED"].status == 401 and KNOWN["RECORD_FAILED"].status == 503


def test_every_error_of_ours_has_one_root() -> None:
    strangers: list[type[BaseException]] = []
    for package in PACKAGES:
        for module in walk_packages([package], f"{package}."):
            # Alembic's own can be imported by Alembic alone.
            if "__main__" in module.name or module.name == "trust.migrations.env":
                continue
            members = vars(import_module(module.name)).values()
            own = [m for m in members if isinstance(m, type) and m.__module__ == module.name]
            strangers += [m for m in own if issubclass(m, BaseException) and not issubclass(m, TrustError)]
    assert strangers == []


def test_a_known_code_leaves_as_it_is_with_its_path() -> None:
    error = resolved(raising(BadInput("areas", "there is no area E0.", ["E08000003"])))
    assert error["message"] == "Argument areas: there is no area E0. Nearest: E08000003."
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "areas", "nearest": ["E08000003"]}
    assert error["path"] == ["a"]


@pytest.mark.parametrize(
    "error",
    [
        KeyError("/srv/secret"), RuntimeError("at postgresql://secret"), GraphQLError("secret"),
        GraphQLError("secret", extensions={"code": "MADE_UP", "secret": 1}), TypeError("secret"),
    ],
)  # fmt: skip
def test_anything_else_is_an_id_with_its_traceback_in_the_log_once(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "lmdt"):
        refusal = resolved(raising(error))
    assert set(refusal) == {"message", "extensions", "path"} and refusal["path"] == ["a"]
    assert set(refusal["extensions"]) == {"code", "id"} and refusal["extensions"]["code"] == "INTERNAL"
    assert "secret" not in str(refusal)
    (record,) = caplog.records
    line = json.loads(JsonLines().format(record))
    assert line["error_id"] == refusal["extensions"]["id"] and "in resolve" in line["traceback"]


def test_a_figure_that_does_not_fit_its_type_is_neither_told_nor_logged(caplog: pytest.LogCaptureFixture) -> None:
    error = resolved(lambda: "98765 persons")
    assert error["extensions"]["code"] == "INTERNAL"
    assert "98765" not in str(error)
    assert "98765" not in "".join(JsonLines().format(record) for record in caplog.records)


def test_an_argument_that_turns_out_null_is_the_callers_to_correct() -> None:
    error = resolved(lambda: 1, "query ($n: Int = 2) { a(n: $n) }")
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert "n" in error["message"] and error["locations"]


@pytest.mark.parametrize("directive", ["skip", "include"])
async def test_a_directive_that_turns_out_null_is_the_callers_to_correct(trust: Trust, directive: str) -> None:
    query = f"query ($yes: Boolean = true) {{ departments {{ code @{directive}(if: $yes) }} }}"
    assert "errors" not in await trust.ask(query)
    (error,) = (await trust.ask(query, yes=None))["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert "'$yes'" in error["message"] and error["locations"]


def test_every_failure_has_an_id_of_its_own() -> None:
    assert internal(ValueError())["extensions"]["id"] != internal(ValueError())["extensions"]["id"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ('{ area(code: "E0") { name } }', "BAD_USER_INPUT"),
        ("query ($a: AreaCode!) { area(code: $a) { name } }", "BAD_USER_INPUT"),
    ],
)
async def test_what_is_wrong_with_a_request_is_told_by_its_code(trust: Trust, query: str, code: str) -> None:
    answer = await trust.ask(query)
    assert {error["extensions"]["code"] for error in answer["errors"]} == {code}


async def test_a_failure_of_ours_is_an_id_and_the_gateway_lives_on(
    trust: Trust, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("/srv/insides")

    with monkeypatch.context() as patch:
        patch.setattr(trust.app.state.gateway.engine, "answer", fail)
        reply = await trust.http.post("/graphql", json={"query": "{ departments { code } }"})
    assert reply.status_code == 500 and "insides" not in reply.text
    (error,) = reply.json()["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["extensions"]["id"] in [vars(record).get("error_id") for record in caplog.records]
    assert await trust.data("{ departments { code } }")


async def test_a_failure_of_ours_is_recorded_with_the_departments_that_were_asked(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("/srv/insides")

    monkeypatch.setattr("app.execution.stitch", fail)
    query = """{ area(code: "E09000001") { labourMarket(periods: {from: "2021-01", to: "2021-01"}) {
      payrolledEmployees { value } } } }"""
    reply = await trust.http.post("/graphql", json={"query": query})
    assert reply.status_code == 500 and "insides" not in reply.text
    (row,) = trust.recorded()
    assert row.outcome == "failed"
    assert [call["department"] for call in row.calls] == ["HMRC"]
    assert row.granted
