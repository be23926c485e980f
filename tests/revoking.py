"""What is asked under one agreement, on every path there is to its figures, and how it is put on hold."""

import hashlib
import time
from collections.abc import Callable, Mapping
from typing import Any, cast
from urllib.parse import urlencode

import orjson

# DfE reads HMRC's pay by industry under it, and its own and open figures without.
AGREEMENT, ANALYST, STEWARD = "DSA-001", "dfe-analyst", "hmrc-steward"
PAY = "medianMonthlyPay { value }"
MONTHS = 'periods: {from: "2022-01", to: "2022-03"}'
BY = f"labourMarket({MONTHS}, by: [INDUSTRY])"
NESTED = f'{{ area(code: "E08000003") {{ {BY} {{ {PAY} }} }} }}'
ROOT = f'{{ labourMarket(areas: {{codes: ["E08000003"]}}, {MONTHS}, by: [INDUSTRY]) {{ nodes {{ {PAY} }} }} }}'
ALIASES = f"""query Two($code: AreaCode! = "E08000003") {{ here: area(code: $code) {{ a: {BY} {{ pay: {PAY} }} }}
  there: area(code: "E08000003") {{ {BY} {{ again: {PAY} }} }} }}"""
PLACES = f"{{ areas(where: {{level: LA}}, first: 3) {{ nodes {{ {BY} {{ {PAY} }} }} }} }}"
OPEN = f'{{ area(code: "E08000003") {{ labourMarket({MONTHS}) {{ claimantCount {{ value }} }} }} }}'
LARGE = """{ labourMarket(areas: {level: LA}, periods: {from: "2022-01", to: "2022-05"}, by: [INDUSTRY]) {
  nodes { area { code } medianMonthlyPay { value provenance { licence treatment dataset } } } } }"""
SUSPEND = 'mutation { suspendAgreement(id: "DSA-001", reason: "A breach.") { to } }'
RESUME = 'mutation { resumeAgreement(id: "DSA-001", reason: "Looked into.") { to } }'
TERMINATE = 'mutation { terminateAgreement(id: "DSA-001", reason: "Over.") { to } }'
# What nobody may wait longer for, in seconds.
AT_ONCE = 1.0
# Until a database that is back is found, on a machine that does other work as well.
BACK = 4.0
Sent = tuple[str, str, bytes | None]


def posted(query: str) -> Sent:
    return "POST", "/graphql", orjson.dumps({"query": query})


def got(query: str) -> Sent:
    return "GET", f"/graphql?{urlencode({'query': query})}", None


def by_hash(query: str, *, whole: bool = False) -> Sent:
    """A persisted query by its hash. `whole`: with its text, so that it is kept."""
    known = {"persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(query.encode()).hexdigest()}}
    return "POST", "/graphql", orjson.dumps({"extensions": known} | ({"query": query} if whole else {}))


PATHS: Mapping[str, Sent] = {
    "a field of a place": posted(NESTED),
    "a field of the root": posted(ROOT),
    "aliases": posted(ALIASES),
    "several places": posted(PLACES),
    "GET": got(NESTED),
    "a persisted query": by_hash(ROOT),
}


def codes(answer: bytes) -> set[str]:
    """The codes of the errors in an answer."""
    return {error["extensions"]["code"] for error in orjson.loads(answer).get("errors", ())}


def has_figures(value: object) -> bool:
    """Whether a figure is in an answer."""
    match value:
        case dict():
            held = cast(dict[str, Any], value)
            return any(has_figures(item) or (key == "value" and item is not None) for key, item in held.items())
        case list():
            return any(has_figures(item) for item in cast(list[Any], value))
        case _:
            return False


def seconds_until(holds: Callable[[], bool], most: float = 10.0) -> float:
    """How long it takes until something holds, looked at every few milliseconds."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < most, "it never came"
        time.sleep(0.005)
    return time.monotonic() - began
