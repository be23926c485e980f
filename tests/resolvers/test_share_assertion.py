"""What the Trust says to a share node of who asks and why."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from policies.caller import Caller
from policies.decision import ALWAYS, AgreementRef, Basis, Grant
from policies.obligation import Obligation
from resolvers.assertion import LIFETIME, SigningTrust, terms
from resolvers.catalogue import Holding
from resolvers.plan import DatasetRequest
from resolvers.source import Source, load
from tests.conftest import Trust

SOURCES = Path(__file__).parents[2] / "resolvers" / "sources"
HMRC = load(SOURCES / "hmrc.toml")
CALLER = Caller("ann", "DfE", frozenset({"analyst"}), frozenset({"skills-planning"}), "x")


def dataset_request(*bases: Basis, source: Source | None = None) -> DatasetRequest:
    """A request whose measures are granted on these bases."""
    own = source or HMRC
    grants = {
        name: Grant(
            f"LabourMarket.{name}",
            basis,
            (AgreementRef("DSA-001", 2),) if basis is Basis.AGREEMENT else (),
            (Obligation("suppress_below", 10),) if basis is Basis.AGREEMENT else (),
            ALWAYS,
        )
        for name, basis in zip(own.datasets[0].measures, bases, strict=False)
    }
    return DatasetRequest(Holding(own, own.datasets[0]), (), grants)


def said(*requests: DatasetRequest) -> dict[str, Any]:
    """The claims of the assertion that goes with requests on the same terms."""
    tokens: list[Any] = []

    def sign(claims: Any) -> str:
        tokens.append(claims)
        return "signed"

    trust = SigningTrust("https://trust.example/lmdt", sign)
    assertions = terms(requests[0], CALLER, "skills-planning", trust)
    assert assertions.assertion is not None
    authorize = assertions.assertion(requests, ["leaf-1", "leaf-2"])
    vouched = [authorize("POST", "https://node.example/q", b"{}") for _ in "12"]
    assert vouched == [("Bearer signed", token.pop("jti")) for token in tokens]
    assert vouched[0] != vouched[1]
    return tokens[0]


def test_a_department_is_told_who_asks_why_and_under_which_agreement() -> None:
    claims = said(dataset_request(Basis.AGREEMENT, Basis.PUBLISHED))
    now = claims.pop("iat")
    assert claims == {
        "iss": "https://trust.example/lmdt",
        "aud": "hmrc",
        "sub": "lmdt",
        "htm": "POST",
        "htu": "https://node.example/q",
        "digest": hashlib.sha256(b"{}").hexdigest(),
        "exp": now + LIFETIME,
        "operations": ["leaf-1", "leaf-2"],
        "org": "DfE",
        "purpose": "skills-planning",
        "agreements": ["DSA-001 v2"],
        "grants": {
            "payrolledEmployees": {"basis": "AGREEMENT", "agreements": ["DSA-001 v2"]},
            "medianMonthlyPay": {"basis": "PUBLISHED", "agreements": []},
        },
        "obligations": {"payrolledEmployees": ["Suppressed where it describes fewer than 10"]},
    }
    assert LIFETIME <= 120


@pytest.mark.parametrize("bases", [(Basis.AGREEMENT, Basis.PUBLISHED), (Basis.PUBLISHED, Basis.AGREEMENT)])
def test_errands_that_go_together_are_vouched_for_by_the_grant_that_carries_further(bases: tuple[Basis, ...]) -> None:
    claims = said(*map(dataset_request, bases))
    assert claims["grants"] == {"payrolledEmployees": {"basis": "AGREEMENT", "agreements": ["DSA-001 v2"]}}
    assert claims["obligations"] == {"payrolledEmployees": ["Suppressed where it describes fewer than 10"]}


def test_who_asks_for_what_is_open_to_everyone_is_nobodys_business() -> None:
    claims = said(dataset_request(Basis.PUBLISHED, Basis.PUBLISHED))
    assert (claims["org"], claims["purpose"], claims["agreements"]) == (None, None, [])


def test_callers_share_an_answer_only_where_the_node_is_told_the_same_of_them() -> None:
    def key(request: DatasetRequest, organisation: str) -> str:
        caller = replace(CALLER, organisation=organisation)
        return terms(request, caller, "skills-planning", SigningTrust("x", lambda _: "")).key

    published, agreed = dataset_request(Basis.PUBLISHED), dataset_request(Basis.AGREEMENT)
    assert key(published, "DfE") == key(published, "DWP")
    assert key(agreed, "DfE") != key(agreed, "DWP")
    assert key(agreed, "DfE") != key(dataset_request(Basis.OWN), "DfE")


def test_departments_that_publish_to_everyone_are_told_nothing() -> None:
    headers = terms(
        dataset_request(Basis.PUBLISHED, source=load(SOURCES / "ons.toml")),
        CALLER,
        None,
        SigningTrust("x", str),
    )
    assert (headers.key, headers.assertion) == ("", None)


async def test_a_query_of_an_analyst_is_in_the_departments_own_log(
    trust: Trust, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "share")
    query = """{ labourMarket(areas: {level: REGION}, by: [INDUSTRY], periods: {from: "2023-01", to: "2023-02"}) {
      nodes { payrolledEmployees { value } furloughedEmployments { value } } } }"""
    answer = await trust.ask(query, persona="hmrc-analyst")
    assert any(node["payrolledEmployees"]["value"] for node in answer["data"]["labourMarket"]["nodes"])
    lines = [orjson.loads(record.message) for record in caplog.records if record.name == "share"]
    asked_ = next(line for line in lines if line["dataset"] == "paye_rti")
    assert (asked_["status"], asked_["organisation"], asked_["evidence"]) == (200, "HMRC", True)
    assert asked_["purpose"] == "labour-market-statistics"
    assert len(asked_["operations"]) == 1
