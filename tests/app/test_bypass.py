"""Ways round field-level rules that have worked on other gateways, each tried here through the front door.

The numbers T1 to T24 are those of the threat list that the tests' docstrings name. Not every one can be met here:

T2, T3, T4, T5: rules on interfaces, their implementers and members of unions. The schema has neither interfaces nor
unions; a test holds it to that.
T8: protected values found out by filtering or sorting. No argument compares, filters or sorts by a figure; a test
holds the schema to that, and another that rows are there whether or not their figures may be read.
T9: rules on enums and scalars. Rules are on fields of LabourMarket only, and every figure is behind such a field.
T24: parts sent later by @defer and @stream. Neither directive exists here; a test holds the schema to that.
T15 in part: there are no subscriptions, batches or persisted queries, so POST and GET are all the ways in.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import random
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLUnionType, get_named_type
from sqlalchemy import select

from app.main import create_app
from app.settings import SettingsError, read
from policies.caller import PUBLIC
from policies.decision import Access, Basis, Grant, Refusal
from policies.errors import PolicyError
from reference.area import AreaLevel, gazetteer
from reference.facets import Facet
from reference.measure import Measure, Open
from schema.build import executable
from schema.measures import MEASURES
from tests.conftest import POINTER, Opener, Trust, without_receipt
from tests.policies.conftest import load
from trust.tables import operations

PAY = """labourMarket(areas: {codes: ["E08000003", "E06000009"]}, by: [INDUSTRY],
  periods: {from: "2021-01", to: "2021-01"})"""
PAY_OF = PAY + " { nodes { %s } }"
DENIED = "UNAUTHORIZED_FIELD_OR_TYPE"


def denied(answer: Mapping[str, Any]) -> list[list[Any]]:
    """Paths of the refusals of an answer that has no other errors."""
    assert {error["extensions"]["code"] for error in answer.get("errors", ())} <= {DENIED}
    return [error["path"] for error in answer.get("errors", ())]


def operations_of(trust: Trust) -> list[Any]:
    """The record, in the order it was written."""
    engine = trust.app.state.gateway.recorder._engine
    with engine.connect() as connection:
        return list(connection.execute(select(operations).order_by(operations.c.at)))


async def test_an_alias_does_not_hide_a_field_and_the_error_is_at_the_alias(trust: Trust) -> None:
    """T1"""
    answer = await trust.ask("{ rows: " + PAY_OF % "me: area { code } area: medianMonthlyPay { value }" + " }")
    assert all(row["area"] is None for row in answer["data"]["rows"]["nodes"])
    assert denied(answer) == [["rows", "nodes", 0, "area"]]
    assert answer["errors"][0]["extensions"]["coordinate"] == "LabourMarket.medianMonthlyPay"


async def test_a_field_aliased_to_the_name_of_an_open_one_is_refused_and_the_open_one_is_not(trust: Trust) -> None:
    """T1"""
    query = f"""{{ {PAY.replace("by: [INDUSTRY],", "")} {{ nodes {{ businesses: claimantCount {{ value }}
      claimantCount: businesses {{ value }} }} }} }}"""
    answer = await trust.ask(query.replace("2021-01", "2021-12"))
    assert all(
        row["businesses"]["value"] > 0 and row["claimantCount"] is None
        for row in answer["data"]["labourMarket"]["nodes"]
    )
    assert denied(answer) == [["labourMarket", "nodes", 0, "claimantCount"]]


SPREADS = {
    "an inline fragment": PAY_OF % "... on LabourMarket { medianMonthlyPay { value } }",
    "an inline fragment without a type": PAY_OF % "... { ... { medianMonthlyPay { value } } }",
    "a named fragment": PAY_OF % "...Pay",
    "fragments in fragments": PAY + " { ...Nodes }",
    "edges": PAY + " { edges { node { medianMonthlyPay { value } } } }",
    "a directive that changes nothing": PAY_OF % "medianMonthlyPay @include(if: true) @skip(if: false) { value }",
    "the row's own place": PAY_OF % """area { labourMarket(by: [INDUSTRY], periods: {from: "2021-01", to: "2021-01"}) {
      medianMonthlyPay { value } } }""",
    "a place": """area(code: "E08000003") { labourMarket(by: [INDUSTRY], periods: {from: "2021-01", to: "2021-01"}) {
      medianMonthlyPay { value } } }""",
    "a place of a place": """area(code: "E12000002") { areas(level: LA) { labourMarket(by: [INDUSTRY],
      periods: {from: "2021-01", to: "2021-01"}) { medianMonthlyPay { value } } } }""",
    "no value, only markers": PAY_OF % "medianMonthlyPay { markers status }",
    "its type's name only": PAY_OF % "medianMonthlyPay { __typename }",
    "where it came from": PAY_OF % "medianMonthlyPay { provenance { dataset source retrievedAt } }",
    "an age band instead": (PAY_OF % "medianMonthlyPay { value }").replace("INDUSTRY", "AGE_BAND"),
}  # fmt: skip
FRAGMENTS = """ fragment Nodes on LabourMarketConnection { nodes { ...Pay } }
  fragment Pay on LabourMarket { ...Inside } fragment Inside on LabourMarket { medianMonthlyPay { value } }"""


@pytest.mark.parametrize("through", SPREADS)
async def test_a_refused_field_is_refused_whatever_leads_to_it(trust: Trust, through: str) -> None:
    """T1, T9, T23"""
    used = FRAGMENTS if "...Nodes" in SPREADS[through] else FRAGMENTS[FRAGMENTS.index("fragment Pay") :]
    answer = await trust.ask(
        "{ " + SPREADS[through] + " } " + (used if "...N" in SPREADS[through] or "...P" in SPREADS[through] else "")
    )
    assert len(denied(answer)) == 1
    assert '"medianMonthlyPay":null' in orjson.dumps(answer["data"]).decode()
    assert '"medianMonthlyPay":{' not in orjson.dumps(answer["data"]).decode()
    assert trust.departments.asked() == []


async def test_there_are_no_interfaces_or_unions_through_which_a_rule_could_be_lost() -> None:
    """T2, T3, T4, T5"""
    kinds = executable().type_map.values()
    assert not [kind for kind in kinds if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType)]


def scaled(**changed: Measure) -> dict[str, Measure]:
    return {**MEASURES, **changed}


def access(measure: str, *facets: Facet, level: AreaLevel = AreaLevel.LA) -> Access:
    return Access(measure, frozenset({level}), frozenset(facets), ("E08000003",), date(2021, 1, 1), date(2021, 1, 31))


def test_a_derived_field_is_refused_where_one_of_its_inputs_is() -> None:
    """T6"""
    from dataclasses import replace

    now = datetime(2024, 1, 1, tzinfo=UTC)
    closed = replace(MEASURES["claimantCount"], open_to=(Open(AreaLevel.REGION, 0),))
    policy = load(Path("policies"), scaled(claimantCount=closed), gazetteer())
    refused = policy.decide(PUBLIC, None, access("claimantRate"), now)
    assert isinstance(refused, Refusal)
    assert refused.coordinate == "LabourMarket.claimantRate"
    assert "computed from Claimant count" in refused.reason
    open_policy = load(Path("policies"), MEASURES, gazetteer())
    assert isinstance(open_policy.decide(PUBLIC, None, access("claimantRate"), now), Grant)


def test_a_derived_field_carries_the_obligations_of_its_inputs() -> None:
    """T6"""
    from dataclasses import replace

    now = datetime(2024, 1, 1, tzinfo=UTC)
    guarded = replace(MEASURES["population"], open_to=(Open(AreaLevel.LA, 99, "ons-10-5"),))
    policy = load(Path("policies"), scaled(population=guarded), gazetteer())
    grant = policy.decide(PUBLIC, None, access("claimantRate"), now)
    assert isinstance(grant, Grant)
    assert {obligation.kind for obligation in grant.obligations} >= {"suppress_below", "round_to"}
    assert grant.basis is Basis.PUBLISHED


def test_a_field_without_a_rule_or_with_an_unknown_one_stops_the_start() -> None:
    """T7"""
    from dataclasses import replace

    with pytest.raises(PolicyError, match="has no access rule"):
        load(Path("policies"), scaled(jobs=replace(MEASURES["jobs"], open_to=())), gazetteer())
    with pytest.raises(PolicyError, match="no profile 'ons-10-50'"):
        load(
            Path("policies"),
            scaled(jobs=replace(MEASURES["jobs"], open_to=(Open(AreaLevel.LA, 1, "ons-10-50"),))),
            gazetteer(),
        )


def test_no_argument_filters_or_sorts_by_a_figure() -> None:
    """T8"""
    # Floats are terms of an agreement, JSON the variables of a query that a draft is made from, dates since when it
    # was used.
    allowed = {"AreaCode", "String", "ID", "Int", "Boolean", "Float", "JSON", "Date"}
    schema = executable()
    inputs = [kind for kind in schema.type_map.values() if isinstance(kind, GraphQLInputObjectType)]
    leaves = {get_named_type(field.type) for kind in inputs for field in kind.fields.values()}
    for kind in schema.type_map.values():
        for field in getattr(kind, "fields", {}).values():
            leaves |= {get_named_type(argument.type) for argument in getattr(field, "args", {}).values()}
    for leaf in leaves:
        assert leaf.name in allowed or leaf in inputs or isinstance(leaf, GraphQLEnumType), leaf.name
        if isinstance(leaf, GraphQLEnumType):
            assert not set(leaf.values) & set(MEASURES), f"{leaf.name} names measures"


async def test_rows_are_there_whether_or_not_their_figures_may_be_read(trust: Trust) -> None:
    """T8"""
    query = "{ " + PAY + " { totalCount nodes { group { industry { code } } medianMonthlyPay { __typename } } } }"
    public, owner = await trust.ask(query), await trust.ask(query, "hmrc-analyst")
    keys = [[row["group"] for row in answer["data"]["labourMarket"]["nodes"]] for answer in (public, owner)]
    assert keys[0] == keys[1]
    assert public["data"]["labourMarket"]["totalCount"] == owner["data"]["labourMarket"]["totalCount"]


@pytest.mark.parametrize(
    "selection",
    ["__typename", "medianMonthlyPay @skip(if: true) { value } __typename",
     "__typename ... @include(if: $no) { medianMonthlyPay { value } }",
     "__typename ...Pay @skip(if: $yes)"],
    ids=["its type's name", "skip", "include", "a skipped fragment"],
)  # fmt: skip
async def test_what_is_not_selected_is_neither_refused_nor_recorded_as_refused(trust: Trust, selection: str) -> None:
    """T10"""
    text = (
        "query ($no: Boolean = false, $yes: Boolean = true) { "
        + PAY_OF % selection
        + " me { subject @include(if: $no) @skip(if: $yes) roles } }"
    )
    text += " fragment Pay on LabourMarket { medianMonthlyPay { value } }" if "...Pay" in selection else ""
    text = text.replace("($no: Boolean = false, $yes: Boolean = true)", "($no: Boolean = false, $yes: Boolean = true)")
    data = await trust.data(text)
    assert all(row == {"__typename": "LabourMarket"} for row in data["labourMarket"]["nodes"])
    (row,) = operations_of(trust)
    assert (row.granted, row.refused, row.calls) == ([], [], [])


async def test_a_skip_depends_on_this_requests_variables_not_on_the_last_ones(trust: Trust) -> None:
    """T10, T14"""
    query = "query ($hide: Boolean!) { " + PAY_OF % "__typename medianMonthlyPay @skip(if: $hide) { value }" + " }"
    for hide in (True, False, True, False):
        answer = await trust.ask(query, hide=hide)
        assert len(denied(answer)) == (0 if hide else 1)
        assert ("medianMonthlyPay" in answer["data"]["labourMarket"]["nodes"][0]) is not hide


async def test_variables_and_fragments_used_only_below_a_refused_field_are_no_error(trust: Trust) -> None:
    """T11"""
    query = "query ($show: Boolean!) { " + PAY_OF % "medianMonthlyPay { ...Shown @include(if: $show) status }" + " }"
    answer = await trust.ask(query + " fragment Shown on Figure { value @include(if: $show) }", show=True)
    assert denied(answer) == [["labourMarket", "nodes", 0, "medianMonthlyPay"]]


async def test_a_refusal_stays_at_its_field_and_takes_nothing_above_it(trust: Trust) -> None:
    """T12"""
    answer = await trust.ask(
        "{ " + PAY + " { edges { cursor node { area { code } medianMonthlyPay { unit status } } } } }"
    )
    edges = answer["data"]["labourMarket"]["edges"]
    assert len(edges) == 42
    assert all(edge["node"]["area"]["code"] and edge["node"]["medianMonthlyPay"] is None for edge in edges)
    assert denied(answer) == [["labourMarket", "edges", 0, "node", "medianMonthlyPay"]]


CALLERS = (("public", None), ("dfe-analyst", None), ("dwp-analyst", "economic-recovery"),
           ("dwp-analyst", "levelling-up"), ("hmrc-analyst", None), ("beis-analyst", None), ("partner", None),
           ("trustee", None))  # fmt: skip
TEXT = "{ " + PAY_OF % "medianMonthlyPay { value markers } payrolledEmployees { value markers }" + " }"


async def _answers(trust: Trust) -> dict[tuple[str, str | None], bytes]:
    """Each caller's answer from a gateway that has answered nobody else's question since it last forgot."""
    answers: dict[tuple[str, str | None], bytes] = {}
    for persona, purpose in CALLERS:
        reply = await trust.http.post("/graphql", json={"query": TEXT}, headers=trust.headers(persona, purpose))
        answers[persona, purpose] = without_receipt(reply)
    return answers


async def test_callers_with_the_same_text_at_the_same_time_each_get_their_own_answer(
    trust: Trust, open_trust: Opener
) -> None:
    """T13, T14: cold, while warming and warm; a grant never leaks into a refusal, nor a refusal into a grant."""
    expected: dict[tuple[str, str | None], bytes] = {}
    for persona, purpose in CALLERS:
        async with open_trust() as alone:
            reply = await alone.http.post("/graphql", json={"query": TEXT}, headers=alone.headers(persona, purpose))
            expected[persona, purpose] = without_receipt(reply)
    rows = {who: orjson.loads(answer)["data"]["labourMarket"]["nodes"] for who, answer in expected.items()}
    assert all(row["medianMonthlyPay"] is None for row in rows["public", None])
    assert all(row["medianMonthlyPay"] is None for row in rows["dwp-analyst", "levelling-up"])
    assert rows["hmrc-analyst", None] != rows["dfe-analyst", None]
    chance = random.Random(13)

    async def one(persona: str, purpose: str | None) -> None:
        await asyncio.sleep(chance.random() / 50)
        reply = await trust.http.post("/graphql", json={"query": TEXT}, headers=trust.headers(persona, purpose))
        assert without_receipt(reply) == expected[persona, purpose], (persona, purpose)

    crowd = [who for who in CALLERS for _ in range(12)]
    for _ in ("cold", "warm"):
        chance.shuffle(crowd)
        await asyncio.gather(*(one(*who) for who in crowd))


@pytest.mark.parametrize("first", ["public", "hmrc-analyst", "dfe-analyst"])
async def test_what_one_caller_was_shown_or_refused_changes_nothing_for_the_next(trust: Trust, first: str) -> None:
    """T14"""
    await trust.ask(TEXT, first)
    refused = await trust.ask(TEXT)
    assert all(row["medianMonthlyPay"] is None for row in refused["data"]["labourMarket"]["nodes"])
    treated = (await trust.data(TEXT, "dfe-analyst"))["labourMarket"]["nodes"]
    values = [row["medianMonthlyPay"]["value"] for row in treated]
    assert any(values) and all(value is None or value % 5 == 0 for value in values)
    raw = [
        row["medianMonthlyPay"]["value"] for row in (await trust.data(TEXT, "hmrc-analyst"))["labourMarket"]["nodes"]
    ]
    assert any(value is not None and value % 5 for value in raw)


async def test_an_error_of_a_department_is_not_kept(trust: Trust) -> None:
    """T14"""
    trust.departments.inject("hmrc", "503", times=2)
    answer = await trust.ask(TEXT, "hmrc-analyst")
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"DEPARTMENT_UNAVAILABLE"}
    trust.departments.apps["hmrc"].state.faults.clear()
    assert await trust.data(TEXT, "hmrc-analyst")


async def test_the_same_rules_hold_for_post_and_get(trust: Trust) -> None:
    """T15"""
    for persona in ("public", "dfe-analyst"):
        headers = trust.headers(persona)
        posted = await trust.http.post("/graphql", json={"query": TEXT}, headers=headers)
        got = await trust.http.get("/graphql", params={"query": TEXT}, headers=headers)
        assert without_receipt(got) == without_receipt(posted)
    costly = "{" + "__typename " * 1900 + "}"
    assert "QUERY_TOO_COSTLY" in (await trust.http.get("/graphql", params={"query": costly})).text
    listed = await trust.http.post("/graphql", json=[{"query": TEXT}, {"query": TEXT}])
    assert listed.status_code == 400


@pytest.mark.parametrize("kind", ["mutation", "subscription"])
async def test_an_operation_that_is_no_query_asks_nobody(trust: Trust, kind: str) -> None:
    """T15"""
    answer = await trust.ask(
        f"{kind} {{ {PAY.replace('by: [INDUSTRY],', '')} {{ nodes {{ payrolledEmployees {{ value }} }} }} }}"
    )
    assert "data" not in answer
    assert answer["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert trust.departments.asked() == []


async def test_introspection_beside_data_governs_the_data_all_the_same(trust: Trust) -> None:
    """T16"""
    answer = await trust.ask(
        '{ __schema { queryType { name } } __type(name: "Figure") { name } '
        + PAY_OF % "medianMonthlyPay { value }"
        + " }"
    )
    assert answer["data"]["__schema"]["queryType"]["name"] == "Query"
    assert all(row["medianMonthlyPay"] is None for row in answer["data"]["labourMarket"]["nodes"])
    assert denied(answer) == [["labourMarket", "nodes", 0, "medianMonthlyPay"]]


@pytest.mark.parametrize("leaf", ["__typename", "payrolledEmployees { value }"])
async def test_fragments_that_double_twenty_four_times_are_refused_quickly(trust: Trust, leaf: str) -> None:
    """T17"""
    chain = " ".join(f"fragment F{at} on LabourMarket {{ ...F{at + 1} ...F{at + 1} }}" for at in range(24))
    text = "{ " + PAY_OF % "...F0" + f" }} {chain} fragment F24 on LabourMarket {{ {leaf} }}"
    started = time.perf_counter()
    answer = await trust.ask(text)
    assert time.perf_counter() - started < 1
    assert answer["errors"][0]["extensions"]["code"] == "QUERY_TOO_COSTLY"


async def test_hostile_names_are_only_names(trust: Trust) -> None:
    """T18"""
    names = ("__proto__", "__class__", "__dict__", "__init__", "constructor", "hasOwnProperty", "_grid", "keys", "None")
    fields = " ".join(f"{name}: payrolledEmployees {{ {name}: value }}" for name in names)
    query = f"{{ __class__: {PAY.replace('by: [INDUSTRY],', '')} {{ __proto__: nodes {{ {fields} }} }} }}"
    rows = (await trust.data(query))["__class__"]["__proto__"]
    assert all(list(row) == list(names) and row[name][name] > 0 for row in rows for name in names)
    for name in names:
        answer = await trust.ask(f"{{ {PAY} {{ nodes {{ {name} }} }} }}")
        assert answer["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    variables = await trust.ask(
        "query ($__proto__: Boolean!) { departments @skip(if: $__proto__) { code } }", __proto__=True
    )
    assert variables == {"data": {}}
    assert (
        "data" not in await trust.ask("{ departments { code } }", **{"__class__": {"__proto__": 1}, "x" * 5000: []})
        or True
    )


HOSTILE: Mapping[str, Callable[[Any], Any]] = {
    "more keys": lambda document: {**document, "__proto__": {"x": 1}, "__class__": "y", "constructor": None},
    "a list": lambda document: [document],
    "nothing": lambda _: None,
    "text": lambda _: "__import__('os')",
    "text for numbers": lambda document: _each_value(document, "1e3; DROP TABLE"),
    "objects for numbers": lambda document: _each_value(document, {"__proto__": 1}),
    "huge numbers": lambda document: _each_value(document, 1e308),
    "true for numbers": lambda document: _each_value(document, True),
    "deep": lambda _: b'{"answers":[' * 100_000,
}


def _as_bytes(document: Any) -> bytes:
    return document if isinstance(document, bytes) else orjson.dumps(document)


def _each_value(document: Any, value: Any) -> Any:
    if isinstance(document, dict):
        return {key: _each_value(part, value) for key, part in document.items()}
    if isinstance(document, list):
        return [_each_value(part, value) for part in document]
    return value if isinstance(document, int | float) and not isinstance(document, bool) else document


@pytest.mark.parametrize("department", ["hmrc", "dfe", "dwp"])
@pytest.mark.parametrize("kind", HOSTILE)
async def test_hostile_json_from_a_department_is_data_or_that_departments_error(
    trust: Trust, monkeypatch: pytest.MonkeyPatch, department: str, kind: str
) -> None:
    """T18"""
    faults = trust.departments.apps[department].state.faults
    monkeypatch.setattr(faults, "_mangle", {"wrong-keys": lambda body: _as_bytes(HOSTILE[kind](orjson.loads(body)))})
    measure = {"hmrc": "payrolledEmployees", "dfe": "apprenticeshipStarts", "dwp": "searchingForWork"}[department]
    trust.departments.inject(department, "wrong-keys", times=2)
    answer = await trust.ask(f"""{{ area(code: "E08000003") {{
      labourMarket(periods: {{from: "2021-07", to: "2021-07"}}) {{ {measure} {{
        value markers provenance {{ release source }} }} population {{ value }} }} }} }}""")
    faults.clear()
    assert {error["extensions"]["code"] for error in answer.get("errors", ())} <= {"DEPARTMENT_MISANSWERED"}
    (row,) = answer["data"]["area"]["labourMarket"]
    assert row[measure] is None or isinstance(row[measure]["value"], int | float | None)
    assert "DROP" not in str(answer) and "__import__" not in str(answer)


ODD = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/graphql", "",
       "*/*", "application/jsonp", "message/RFC822; charset=application/json", "text/plain; application/json",
       )  # fmt: skip


@pytest.mark.parametrize("kind", ODD)
async def test_a_request_that_a_form_or_an_image_could_send_is_turned_away(trust: Trust, kind: str) -> None:
    """T19"""
    body = orjson.dumps({"query": "{ departments { code } }"})
    posted = await trust.http.post("/graphql", content=body, headers={"Content-Type": kind})
    assert posted.status_code == 415
    got = await trust.http.get("/graphql", params={"query": "{ __typename }"}, headers={"Content-Type": kind})
    assert got.status_code == (415 if kind else 200)
    assert "access-control-allow-origin" not in {name.lower() for name in (*posted.headers, *got.headers)}


async def test_cookies_and_tokens_in_the_address_make_nobody_of_anyone(trust: Trust) -> None:
    """T19, T20"""
    token = trust.headers("hmrc-analyst")["Authorization"].removeprefix("Bearer ")
    query = "{ me { subject } }"
    for name in ("token", "access_token", "Authorization", "jwt"):
        got = await trust.http.get(
            "/graphql", params={"query": query, name: token}, headers={"Cookie": f"{name}={token}"}
        )
        assert orjson.loads(without_receipt(got)) == {"data": {"me": {"subject": "public"}}}


class Issuer:
    """An issuer of tokens with one RSA key, whose keys the gateway is given."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        self.jwks = {"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]}
        self.name, self.audience = "https://issuer.example", "lmdt"

    def setting(self, jwks: object = None) -> str:
        document = {"issuer": self.name, "audience": self.audience, "jwks": jwks or self.jwks, "algorithms": ["RS256"],
                    "organisations": ["DWP", "HMRC", "DfE", "BEIS", "ONS", "GMCA"]}  # fmt: skip
        return orjson.dumps([document]).decode()

    def claims(self, **changed: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {"iss": self.name, "aud": self.audience, "sub": "a", "iat": now, "exp": now + 600, "org": "HMRC",
                "roles": ["analyst"], "purposes": ["labour-market-statistics"], **changed}  # fmt: skip
        return {key: value for key, value in claims.items() if value is not ...}

    def token(self, kid: object = "one", **changed: Any) -> str:
        return jwt.encode(self.claims(**changed), self.key, "RS256", headers={"kid": kid})

    @property
    def pem(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


def raw(header: Mapping[str, Any], claims: Mapping[str, Any] | bytes, sign: Callable[[bytes], bytes]) -> str:
    """A token of any header, claims and signature, whatever a library would say to them."""

    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).decode().rstrip("=")

    body = claims if isinstance(claims, bytes) else orjson.dumps(claims)
    text = f"{part(orjson.dumps(header))}.{part(body)}"
    return f"{text}.{part(sign(text.encode()))}"


def _mac(key: bytes) -> Callable[[bytes], bytes]:
    return lambda text: hmac.new(key, text, hashlib.sha256).digest()


def _n(issuer: Issuer) -> bytes:
    return str(issuer.jwks["keys"][0]["n"]).encode()


FORGED: Mapping[str, Callable[[Issuer], str]] = {
    "alg none": lambda i: raw({"alg": "none", "kid": "one"}, i.claims(), lambda _: b""),
    "alg None": lambda i: raw({"alg": "None", "kid": "one"}, i.claims(), lambda _: b""),
    "no alg": lambda i: raw({"kid": "one"}, i.claims(), lambda _: b""),
    "alg a list": lambda i: raw({"alg": ["RS256"], "kid": "one"}, i.claims(), lambda _: b""),
    "HS256 by the public key": lambda i: raw({"alg": "HS256", "kid": "one"}, i.claims(), _mac(i.pem)),
    "HS256 by the modulus": lambda i: raw({"alg": "HS256", "kid": "one"}, i.claims(), _mac(_n(i))),
    "RS256 in name, HMAC in fact": lambda i: raw({"alg": "RS256", "kid": "one"}, i.claims(), _mac(i.pem)),
    "another algorithm of the same key": lambda i: jwt.encode(i.claims(), i.key, "PS256", headers={"kid": "one"}),
    "another key of the same name": lambda _: Issuer().token(),
    "its own key in the header": lambda i: jwt.encode(
        i.claims(), (other := Issuer()).key, "RS256", headers={"kid": "one", "jwk": other.jwks["keys"][0]}),
    "a key address in the header": lambda i: jwt.encode(
        i.claims(), Issuer().key, "RS256", headers={"kid": "one", "jku": "https://evil.example/jwks"}),
    "a critical header": lambda i: jwt.encode(
        i.claims(), i.key, "RS256", headers={"kid": "one", "crit": ["x"], "x": 1}),
    "unknown kid": lambda i: i.token("two"),
    "no kid": lambda i: jwt.encode(i.claims(), i.key, "RS256"),
    "kid a path": lambda i: i.token("../../etc/passwd"),
    "no signature": lambda i: i.token().rpartition(".")[0] + ".",
    "claims changed after signing": lambda i: ".".join(
        (i.token().split(".")[0], Issuer().token(org="DWP").split(".")[1], i.token().split(".")[2])),
    "no exp": lambda i: i.token(exp=...),
    "no sub": lambda i: i.token(sub=...),
    "no aud": lambda i: i.token(aud=...),
    "no iss": lambda i: i.token(iss=...),
    "wrong aud": lambda i: i.token(aud="another"),
    "wrong auds": lambda i: i.token(aud=["another", "third"]),
    "aud a prefix": lambda i: i.token(aud="lmd"),
    "wrong iss": lambda i: i.token(iss="https://issuer.example/"),
    "iss a list": lambda i: raw({"alg": "RS256", "kid": "one"}, i.claims(iss=[i.name]), lambda _: b"x"),
    "expired": lambda i: i.token(exp=int(time.time()) - 3600),
    "not yet": lambda i: i.token(nbf=int(time.time()) + 3600),
    "issued in the future": lambda i: i.token(iat=int(time.time()) + 3600),
    "exp text": lambda i: i.token(exp="soon"),
    "exp null": lambda i: i.token(exp=None),
    "exp infinite": lambda i: _endless(i),
    "sub a number": lambda i: raw({"alg": "RS256", "kid": "one"}, i.claims(sub=1), _rs(i)),
    "sub empty": lambda i: i.token(sub=""),
    "org a list": lambda i: i.token(org=["HMRC"]),
    "org a number": lambda i: i.token(org=1),
    "roles text": lambda i: i.token(roles="trustee"),
    "roles an object": lambda i: i.token(roles={"trustee": True}),
    "roles of numbers": lambda i: i.token(roles=[1]),
    "purposes text": lambda i: i.token(purposes="economic-recovery"),
    "purposes null": lambda i: i.token(purposes=None),
    "claims a list": lambda i: raw({"alg": "RS256", "kid": "one"}, b"[]", _rs(i)),
    "claims no JSON": lambda i: raw({"alg": "RS256", "kid": "one"}, b"{", _rs(i)),
    "claims no text": lambda i: raw({"alg": "RS256", "kid": "one"}, b"\xff\xfe", _rs(i)),
    "claims very deep": lambda i: raw({"alg": "RS256", "kid": "one"}, b"[" * 30_000, _rs(i)),
    "not a token": lambda _: "opensesame",
    "two dots": lambda _: "..",
    "five parts": lambda i: i.token() + ".x.y",
}  # fmt: skip


def _rs(issuer: Issuer) -> Callable[[bytes], bytes]:
    algorithm = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256)
    return lambda text: algorithm.sign(text, issuer.key)


def _endless(issuer: Issuer) -> str:
    claims = orjson.dumps(issuer.claims(exp=1)).replace(b'"exp":1', b'"exp":1e999')
    return raw({"alg": "RS256", "kid": "one"}, claims, _rs(issuer))


@pytest.fixture
async def issued(open_trust: Opener, issuer: Issuer) -> Any:
    async with open_trust(DEMO="false", DWP_KEY="demo-dwp-key", ISSUERS=issuer.setting()) as trust:
        yield trust


async def test_a_good_token_of_a_configured_issuer_is_accepted(issued: Trust, issuer: Issuer) -> None:
    """T20: what the refusals below are measured against."""
    for token in (issuer.token(), issuer.token(aud=["other", "lmdt"]), issuer.token(exp=int(time.time()) - 5)):
        reply = await issued.http.post(
            "/graphql", json={"query": "{ me { subject organisation } }"}, headers={"Authorization": f"Bearer {token}"}
        )
        assert orjson.loads(without_receipt(reply)) == {"data": {"me": {"subject": "a", "organisation": "HMRC"}}}


@pytest.mark.parametrize("forgery", FORGED)
async def test_a_token_that_is_not_right_in_every_way_is_refused(issued: Trust, issuer: Issuer, forgery: str) -> None:
    """T20: and its bearer is turned away, not taken for the public."""
    token = FORGED[forgery](issuer)
    reply = await issued.http.post(
        "/graphql", json={"query": "{ me { subject } }"}, headers={"Authorization": f"Bearer {token}"}
    )
    assert reply.status_code == 401, reply.text
    (error,) = reply.json()["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert reply.headers["WWW-Authenticate"].startswith("Bearer ")
    assert token not in reply.text or len(token) < 12
    assert "https://" not in reply.text
    assert reply.headers["WWW-Authenticate"].count('"') % 2 == 0


@pytest.mark.parametrize(
    "values",
    [["Basic dXNlcjpwYXNz"], ["Bearer"], ["Bearer "], [""], ["Bearer a b"], ["Token x"],
     ["bearer\tx"], ["Bearer x, Bearer y"],
     ["Bearer \xe9\xe9"]],
    ids=str,
)  # fmt: skip
async def test_an_authorization_header_that_is_no_bearer_token_is_refused(trust: Trust, values: list[str]) -> None:
    """T20"""
    headers = [("Authorization", value.encode("latin-1")) for value in values]
    reply = await trust.http.post("/graphql", json={"query": "{ me { subject } }"}, headers=headers)
    assert reply.status_code == 401
    challenge = reply.headers["WWW-Authenticate"]
    assert challenge.removesuffix(POINTER).count('"') == 4, "quotes inside a quoted string would end it"


async def test_two_authorization_headers_are_refused_whichever_comes_first(trust: Trust) -> None:
    """T20"""
    good = trust.headers("hmrc-analyst")["Authorization"]
    for pair in ((good, good), (good, "Bearer x"), ("Bearer x", good), ("", good)):
        headers = [("Authorization", value) for value in pair]
        reply = await trust.http.post("/graphql", json={"query": "{ me { subject } }"}, headers=headers)
        assert reply.status_code == 401


async def test_a_storm_of_unknown_keys_fetches_the_issuers_keys_a_few_times_only(
    tmp_path: Path, issuer: Issuer
) -> None:
    """T20"""
    fetched: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host != "issuer.example":
            return httpx.Response(503)
        fetched.append(request)
        return httpx.Response(200, json=issuer.jwks)

    environment = {"LMDT_DATA": str(tmp_path), "LMDT_ISSUERS": issuer.setting("https://issuer.example/jwks")}
    app = create_app(read(environment), httpx.MockTransport(answer))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client,
    ):

        async def ask(token: str) -> int:
            headers = {"Authorization": f"Bearer {token}"}
            return (await client.post("/graphql", json={"query": "{ __typename }"}, headers=headers)).status_code

        statuses = await asyncio.gather(*(ask(issuer.token(f"kid-{at}")) for at in range(100)))
        assert set(statuses) == {401}
        assert await ask(issuer.token()) == 200
        assert len(fetched) <= 2


async def test_the_demonstrations_tokens_are_refused_outside_it(issued: Trust, open_trust: Opener) -> None:
    """T20"""
    async with open_trust() as demonstration:
        headers = demonstration.headers("hmrc-analyst")
    reply = await issued.http.post("/graphql", json={"query": "{ me { subject } }"}, headers=headers)
    assert reply.status_code == 401


async def test_a_purpose_that_the_token_does_not_allow_is_refused(trust: Trust) -> None:
    """T20"""
    for purpose in ("economic-recovery", "nonsense", "skills-planning, economic-recovery"):
        reply = await trust.http.post("/graphql", json={"query": TEXT}, headers=trust.headers("dfe-analyst", purpose))
        assert reply.status_code == 400
        assert reply.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_a_gateway_without_an_issuer_does_not_start_unless_told_to_serve_the_public_only(tmp_path: Path) -> None:
    """T21"""
    with pytest.raises(SettingsError, match="no issuer of tokens is configured"):
        create_app(read({"LMDT_DATA": str(tmp_path)}))
    create_app(read({"LMDT_DATA": str(tmp_path), "LMDT_PUBLIC_ONLY": "true"}))


@pytest.mark.parametrize(
    "issuers",
    ["{}", "null", '"x"', "[1]", '[{"issuer": "x"}]', '[{"issuer": "x", "audience": "y", "jwks": "http://evil.example"}]',
     '[{"issuer": "x", "audience": "y", "jwks": "https://i.example/j", "algorithms": ["HS256"]}]',
     '[{"issuer": "x", "audience": "y", "jwks": "https://i.example/j", "algorithms": ["none"]}]',
     '[{"issuer": "x", "audience": "y", "jwks": "https://i.example/j", "algorithms": []}]',
     '[{"issuer": "", "audience": "", "jwks": "https://i.example/j"}]',
     '[{"issuer": "x", "audience": "y", "jwks": "http://127.0.0.1.evil.example/jwks"}]',
     '[{"issuer": "x", "audience": "y", "jwks": {"keys": []}}]'],
)  # fmt: skip
def test_an_issuer_that_would_weaken_the_gate_stops_the_start(tmp_path: Path, issuers: str) -> None:
    """T21"""
    with pytest.raises(SettingsError):
        create_app(read({"LMDT_DATA": str(tmp_path), "LMDT_ISSUERS": issuers}))


INSIDES = ("127.0.0.1", "http://", "https://", "Traceback", ".py", "/work", "sqlite", "DSA-00", "Bearer", "eyJ")


async def test_refusals_and_failures_tell_nothing_of_the_insides(trust: Trust) -> None:
    """T22: no addresses, no agreements of others, no tokens."""
    for kind in ("503", "broken-json", "wrong-keys", "dropped", "truncated"):
        trust.departments.inject("hmrc", kind, times=2)
        answer = await trust.ask(TEXT, "hmrc-analyst")
        trust.departments.apps["hmrc"].state.faults.clear()
        assert answer["errors"]
        assert not [word for word in INSIDES if word in orjson.dumps(answer["errors"]).decode()], kind
    for persona, own in (("public", ()), ("partner", ()), ("beis-analyst", ("DSA-006",))):
        answer = await trust.ask(TEXT, persona)
        errors = orjson.dumps(answer["errors"]).decode()
        for agreement in own:
            errors = errors.replace(agreement, "")
        assert not [word for word in INSIDES if word in errors], persona
        assert "DfE" not in errors and "DWP" not in errors


async def test_an_unexpected_failure_tells_its_id_and_nothing_else(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T22"""

    def broken(*_: object) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(trust.app.state.gateway.engine, "answer", broken)
    reply = await trust.http.post("/graphql", json={"query": "{ __typename }"})
    assert reply.status_code == 500
    (error,) = reply.json()["errors"]
    assert set(error["extensions"]) == {"code", "id"} and error["extensions"]["code"] == "INTERNAL"
    assert "secret" not in reply.text


async def test_agreements_of_others_are_neither_listed_nor_found(trust: Trust) -> None:
    """T22"""
    query = """{ agreements { id consumer owner } other: agreement(id: "DSA-002") { id }
      missing: agreement(id: "DSA-999") { id } }"""
    for persona, organisation in (
        ("public", None),
        ("partner", "GMCA"),
        ("dfe-analyst", "DfE"),
        ("beis-analyst", "BEIS"),
    ):
        data = await trust.data(query, persona)
        assert data["other"] is None and data["missing"] is None
        assert all(organisation in (agreement["owner"], agreement["consumer"]) for agreement in data["agreements"])
    assert len((await trust.data(query, "auditor"))["agreements"]) == 9


async def test_selections_of_one_field_are_merged_and_decided_once(trust: Trust) -> None:
    """T23"""
    selection = (
        "medianMonthlyPay { value } ...Pay ... { medianMonthlyPay { markers } } second: medianMonthlyPay { unit }"
    )
    query = "{ " + PAY_OF % selection + " } fragment Pay on LabourMarket { medianMonthlyPay { status } }"
    answer = await trust.ask(query)
    assert denied(answer) == [["labourMarket", "nodes", 0, name] for name in ("medianMonthlyPay", "second")]
    granted = (await trust.data(query, "hmrc-analyst"))["labourMarket"]["nodes"][0]
    assert list(granted["medianMonthlyPay"]) == ["value", "status", "markers"]


async def test_the_same_field_under_two_selections_is_decided_for_each(trust: Trust) -> None:
    """T23: the arguments of one do not serve for the other, in either order."""
    wide = 'labourMarket(areas: {codes: ["E12000002"]}, by: [INDUSTRY], periods: {from: "2021-01", to: "2021-01"})'
    parts = [
        f"wide: {wide} {{ nodes {{ medianMonthlyPay {{ value }} }} }}",
        "fine: " + PAY_OF % "medianMonthlyPay { value }",
    ]
    for ordered in (parts, parts[::-1]):
        answer = await trust.ask("{ " + " ".join(ordered) + " }")
        assert any(row["medianMonthlyPay"]["value"] for row in answer["data"]["wide"]["nodes"])
        assert all(row["medianMonthlyPay"] is None for row in answer["data"]["fine"]["nodes"])
        assert denied(answer) == [["fine", "nodes", 0, "medianMonthlyPay"]]
    clash = await trust.ask("{ " + wide + " { totalCount } " + PAY + " { totalCount } }")
    assert clash["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_a_selection_is_refused_whole_where_one_of_its_places_may_not_be_read(trust: Trust) -> None:
    """T23: an open place beside a closed one does not open it, on no page: what is decided is the same on all."""
    query = """query ($first: Int) { labourMarket(areas: {codes: ["E12000002", "E08000003"]}, by: [INDUSTRY],
      first: $first, periods: {from: "2021-01", to: "2021-01"}) { nodes { payrolledEmployees { value } } } }"""
    for first in (None, 21):
        body = await trust.ask(query, first=first)
        assert [row["payrolledEmployees"] for row in body["data"]["labourMarket"]["nodes"]] == [None] * (first or 42)
        assert [error["extensions"]["code"] for error in body["errors"]] == ["UNAUTHORIZED_FIELD_OR_TYPE"]
    region = query.replace('"E12000002", "E08000003"', '"E12000002"')
    assert any(row["payrolledEmployees"]["value"] for row in (await trust.data(region))["labourMarket"]["nodes"])


@pytest.mark.parametrize("directive", ["@defer", "@stream", "@stream(initialCount: 0)"])
async def test_nothing_can_be_sent_later_than_its_decision(trust: Trust, directive: str) -> None:
    """T24"""
    inside = (
        "... %s { medianMonthlyPay { value } }" if "defer" in directive else "markers: medianMonthlyPay { markers %s }"
    )
    answer = await trust.ask("{ " + PAY_OF % (inside % directive) + " }")
    assert "data" not in answer
    assert answer["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
