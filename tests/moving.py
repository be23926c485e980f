"""Agreements moved through the front door, by personas of the demonstration."""

from collections.abc import Mapping
from typing import Any

import orjson

from app.issuer import PERSONAS, Persona, mint
from tests.conftest import Trust, without_receipt

Change = dict[str, Any]
_TYPES = {
    "id": "ID!", "version": "Int!", "expectedVersion": "Int!", "contentHash": "String!", "simulationHash": "String",
    "comment": "String!", "reason": "String!", "terms": "AgreementTerms", "requestId": "ID", "fromQuery": "String",
    "variables": "JSON", "owner": "DepartmentCode", "consumer": "String",
}  # fmt: skip
CHANGE = "agreement { id version status contentHash } from to missing { key problem }"
# Refused to BEIS, and to anybody without an agreement with HMRC.
PAY = """{ labourMarket(areas: {codes: ["E08000003"]}, periods: {from: "2022-01", to: "2022-03"}, by: [INDUSTRY]) {
  nodes { medianMonthlyPay { value } } } }"""
# What a draft from that query does not say.
ANSWERS: Mapping[str, Any] = {
    "parties": {
        "role": "controller",
        "contacts": {"steward": "steward@beis.example", "dataProtection": "protection@beis.example"},
    },
    "purpose": {"statement": "To plan.", "benefits": ["decision-making"]},
    "legal": {"gateways": ["crca-2005-18-2-a"], "lawfulBasis": "public-task"},
    "protection": {"dataType": "none", "dataSubjects": "None"},
    "security": {"disposal": "Nothing is copied."},
    "term": {"notAfter": "2028-04-01", "reviewBy": "2027-10-01"},
}
OTHER_STEWARD = Persona("hmrc-steward-2", "", "HMRC", "data-steward", ("labour-market-statistics",))


def headers(trust: Trust, who: str | Persona) -> dict[str, str]:
    """Of somebody's requests."""
    persona = PERSONAS[who] if isinstance(who, str) else who
    token = mint(trust.app.state.gateway.demo, persona)
    return {"Authorization": f"Bearer {token}"} if token else {}


def called(name: str) -> str:
    return "suspendAll" if name == "suspendAll" else f"{name}Agreement"


def mutation(name: str, given: Mapping[str, Any]) -> str:
    """The text of one move."""
    types = _TYPES | ({"terms": "AgreementTerms!"} if name in ("amend", "narrow") else {})
    declared = ", ".join(f"${key}: {types[key]}" for key in given)
    passed = ", ".join(f"{key}: ${key}" for key in given)
    return f"mutation({declared}) {{ {called(name)}({passed}) {{ {CHANGE} }} }}"


async def sent(trust: Trust, who: str | Persona, text: str, **variables: Any) -> Any:
    """The JSON of the answer to a document, with its status."""
    body = {"query": text, "variables": variables}
    reply = await trust.http.post("/graphql", json=body, headers=headers(trust, who))
    return {**orjson.loads(without_receipt(reply)), "status": reply.status_code}


async def answer(trust: Trust, who: str | Persona, name: str, **given: Any) -> Any:
    """The answer to one move."""
    return await sent(trust, who, mutation(name, given), **given)


async def moved(trust: Trust, who: str | Persona, name: str, **given: Any) -> Any:
    """What a move has changed, which must be made."""
    told = await answer(trust, who, name, **given)
    assert "errors" not in told, told["errors"]
    return told["data"][called(name)]


async def refused(trust: Trust, who: str | Persona, name: str, code: str, **given: Any) -> Any:
    """The error of a move, which must be refused with this code and change nothing."""
    before = await kept(trust)
    told = await answer(trust, who, name, **given)
    assert told.get("data") is None
    (error,) = told["errors"]
    assert error["extensions"]["code"] == code, error
    assert await kept(trust) == before
    return error


async def kept(trust: Trust) -> Any:
    """All that the Trust keeps of agreements' lives."""
    text = "{ agreements { id versions { version status contentHash } history { version move at by comment } } }"
    return (await sent(trust, "auditor", text))["data"]["agreements"]


async def history(trust: Trust, id: str) -> list[tuple[int, str, str | None, str]]:
    """What happened to an agreement: version, move, from, to."""
    text = "query($id: ID!) { agreement(id: $id) { history { version move from to } } }"
    told = (await sent(trust, "auditor", text, id=id))["data"]["agreement"]["history"]
    return [(one["version"], one["move"], one["from"], one["to"]) for one in told]


async def status(trust: Trust, id: str) -> list[str]:
    """The states of all versions, the first first."""
    text = "query($id: ID!) { agreement(id: $id) { versions { status } } }"
    told = (await sent(trust, "auditor", text, id=id))["data"]["agreement"]["versions"]
    return [one["status"] for one in told]


async def submitted(trust: Trust, **terms: Any) -> Change:
    """A proposal by BEIS's analyst to HMRC that waits for its signatures."""
    drafted = await moved(trust, "beis-analyst", "propose", fromQuery=PAY, terms={**ANSWERS, **terms})
    assert drafted["missing"] == []
    one = drafted["agreement"]
    return (await moved(trust, "beis-steward", "submit", id=one["id"], version=1))["agreement"]


async def signed(trust: Trust, one: Change, *people: str | Persona) -> Change:
    """The last of some signatures."""
    change: Change = {}
    for who in people or ("hmrc-steward", "trustee"):
        given = {"id": one["id"], "version": one["version"], "contentHash": one["contentHash"]}
        change = await moved(trust, who, "approve", **given)
    return change
