"""Who may read which entry of the log, and which part of it: reading is no way round what may be asked."""

import asyncio
import hashlib
import json
from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from app.issuer import PERSONAS
from tests.conftest import Opener, Trust
from tests.trust.entries import entry
from transparency.note import Key
from transparency.tree import leaf_hash
from trust.entry import logged
from trust.log.sealed import opened, sealed
from trust.log.sequencer import Sequencer
from trust.log.views import Reader, seen

FLAGSHIP = """{ area(code: "E08000003") { labourMarket(periods: {from: "2023-07", to: "2023-07"}, fill: LATEST) {
  searchingForWork { value } medianMonthlyPay { value } businesses { value } businessSupportLoans { value } } } }"""
OPEN = """{ area(code: "E08000003") { labourMarket(periods: {from: "2023-07", to: "2023-07"}) {
  payrolledEmployees { value } } } }"""
SUSPEND = 'mutation { suspendAgreement(id: "DSA-004", reason: "An incident") { at } }'

ALL_BUT_CALLS = ["answer", "caller", "decisions BEIS", "decisions DWP", "decisions HMRC", "uses BEIS"]
ALL_BUT_THE_ANSWER = [
    "caller", "calls BEIS", "calls DWP", "calls HMRC", "decisions BEIS", "decisions DWP", "decisions HMRC",
    "uses BEIS",
]  # fmt: skip
# Who asked what, who reads, and which parts of which entries are seen; None: that there is one is not told.
TABLE: list[tuple[str, str, str, list[tuple[str, list[str]]] | None]] = [
    ("dfe-analyst", FLAGSHIP, "dfe-analyst", [("operation", ALL_BUT_CALLS)]),
    ("dfe-analyst", FLAGSHIP, "auditor", [("operation", ALL_BUT_THE_ANSWER)]),
    ("dfe-analyst", FLAGSHIP, "trustee", [("operation", ALL_BUT_THE_ANSWER)]),
    ("dfe-analyst", FLAGSHIP, "hmrc-steward", [("operation", ["calls HMRC", "decisions HMRC"])]),
    ("dfe-analyst", FLAGSHIP, "dwp-steward", [("operation", ["calls DWP", "decisions DWP"])]),
    ("dfe-analyst", FLAGSHIP, "beis-steward", [("operation", ["calls BEIS", "decisions BEIS", "uses BEIS"])]),
    ("dfe-analyst", FLAGSHIP, "dfe-steward", None),
    ("dfe-analyst", FLAGSHIP, "hmrc-analyst", None),
    ("dfe-analyst", FLAGSHIP, "partner", None),
    ("dfe-analyst", FLAGSHIP, "public", None),
    ("public", OPEN, "public", [("operation", ["answer", "caller", "decisions HMRC"])]),
    ("public", OPEN, "dfe-analyst", [("operation", ["answer", "caller", "decisions HMRC"])]),
    ("public", OPEN, "auditor", [("operation", ["answer", "caller", "calls HMRC", "decisions HMRC"])]),
    ("beis-steward", SUSPEND, "beis-steward", [("act", ["caller"]), ("operation", ["answer", "caller"])]),
    ("beis-steward", SUSPEND, "dfe-steward", [("act", [])]),
    ("beis-steward", SUSPEND, "trustee", [("act", ["caller"]), ("operation", ["caller"])]),
    ("beis-steward", SUSPEND, "hmrc-steward", None),
    ("beis-steward", SUSPEND, "dfe-analyst", None),
    ("beis-steward", SUSPEND, "public", None),
    ("dwp-analyst", "{ nothing }", "dwp-analyst", [("operation", ["caller"])]),
    ("dwp-analyst", "{ nothing }", "dwp-steward", None),
    ("dwp-analyst", "{ nothing }", "auditor", [("operation", ["caller"])]),
]


def parts(texts: Sequence[str], said: Mapping[str, Any]) -> list[str]:
    """What the opened parts are, each held to the entry."""
    names: list[str] = []
    for text in texts:
        assert hashlib.sha256(text.encode()).hexdigest() in (
            said.get("caller"), said.get("answer"), *said.get("parts", ())
        )  # fmt: skip
        part = json.loads(text)
        names.append(f"{part['part']} {part['owner']}" if "owner" in part else part["part"])
    return sorted(names)


def shown(reply: httpx.Response) -> list[tuple[str, list[str]]] | None:
    if reply.status_code == 404:
        return None
    assert (reply.status_code, reply.headers["cache-control"]) == (200, "no-store"), reply.text
    entries = [(json.loads(one["entry"]), one["opened"]) for one in reply.json()["entries"]]
    return [(said["kind"], parts(opened, said)) for said, opened in entries]


async def asked(trust: Trust, persona: str, query: str) -> httpx.Response:
    return await trust.http.post("/graphql", json={"query": query}, headers=trust.headers(persona))


@pytest.mark.parametrize(("who", "query", "reader", "expected"), TABLE)
async def test_each_reader_sees_the_parts_that_are_theirs_and_no_others(
    trust: Trust, who: str, query: str, reader: str, expected: list[tuple[str, list[str]]] | None
) -> None:
    path = (await asked(trust, who, query)).headers["receipt"]
    reply = await trust.http.get(path, headers=trust.headers(reader))
    nothing = await trust.http.get("/audit/receipt/" + "0" * 32, headers=trust.headers(reader))
    assert shown(reply) == expected
    if expected is None:
        assert (reply.status_code, reply.content) == (nothing.status_code, nothing.content)


async def test_what_waits_for_its_place_is_told_to_who_may_read_it_and_to_nobody_else(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.audit_pages.EVERY", 0.0)
    monkeypatch.setattr(Sequencer, "step", lambda _: 0)
    path = (await asked(trust, "dfe-analyst", FLAGSHIP)).headers["receipt"]
    moved = (await asked(trust, "beis-steward", SUSPEND)).headers["receipt"]
    readers = {persona: await trust.http.get(path, headers=trust.headers(persona)) for persona in PERSONAS}
    waiting = {persona for persona, reply in readers.items() if reply.status_code == 202}
    assert waiting == {"dfe-analyst", "hmrc-steward", "dwp-steward", "beis-steward", "trustee", "auditor"}
    assert {reply.headers.get("retry-after") for reply in readers.values()} == {"1", None}
    assert {readers[persona].status_code for persona in readers.keys() - waiting} == {404}
    readers = {persona: await trust.http.get(moved, headers=trust.headers(persona)) for persona in PERSONAS}
    waiting = {persona for persona, reply in readers.items() if reply.status_code == 202}
    assert waiting == {"beis-steward", "dfe-steward", "trustee", "auditor"}
    monkeypatch.undo()
    for _ in range(100):
        reply = await trust.http.get(path, headers=trust.headers("dfe-analyst"))
        if reply.status_code == 200:
            break
        await asyncio.sleep(0.05)
    assert shown(reply) == [("operation", ALL_BUT_CALLS)]


@pytest.mark.parametrize("of", ["", "x", "-1", "01", "1.0", "9" * 30, "A" * 32, "0" * 31, "0" * 33, "%00", "..", "١"])
async def test_what_is_no_name_of_an_entry_is_not_found(trust: Trust, of: str) -> None:
    reply = await trust.http.get(f"/audit/receipt/{of}", headers=trust.headers("auditor"))
    assert (reply.status_code, reply.headers["content-type"]) == (404, "application/problem+json")


async def test_the_public_reads_nothing_by_its_place(trust: Trust) -> None:
    path = (await asked(trust, "public", OPEN)).headers["receipt"]
    assert (await trust.http.get(path)).status_code == 200
    all_of_it = (await trust.http.get("/audit/entries", headers=trust.headers("auditor"))).text.splitlines()
    places = [json.loads(line)["index"] for line in all_of_it]
    assert places == list(range(len(places)))
    for place in places:
        assert (await trust.http.get(f"/audit/receipt/{place}")).status_code == 404
        assert (await trust.http.get(f"/audit/receipt/{place}", headers=trust.headers("partner"))).status_code == 404
        assert (await trust.http.get(f"/audit/receipt/{place}", headers=trust.headers("auditor"))).status_code == 200
    assert (await trust.http.get("/audit/entries")).status_code == 404


async def test_a_bad_token_is_nobodys_and_a_quota_is_one_for_all(open_trust: Opener) -> None:
    async with open_trust(QUOTA_SUBJECT="3") as trust:
        for path in ("/audit/receipt/1", "/audit/entries"):
            bad = await trust.http.get(path, headers={"Authorization": "Bearer x"})
            assert bad.status_code == 401 and bad.headers["www-authenticate"].startswith("Bearer error=")
        head = trust.headers("auditor")
        codes = [(await trust.http.get("/audit/entries", headers=head)).status_code for _ in range(4)]
        assert codes == [200, 200, 200, 429]
        assert int((await trust.http.get("/audit/receipt/1", headers=head)).headers["retry-after"]) > 0


# One after the other


async def lines(trust: Trust, persona: str, query: str = "") -> list[dict[str, Any]]:
    reply = await trust.http.get(f"/audit/entries{query}", headers=trust.headers(persona))
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/jsonl"), reply.text
    return [json.loads(line) for line in reply.text.splitlines()]


async def test_a_department_reads_how_it_was_asked_entry_by_entry(trust: Trust) -> None:
    ids = [(await asked(trust, who, FLAGSHIP)).headers["lmdt-operation-id"] for who in ("dfe-analyst", "partner")]
    for id in ids:
        assert (await trust.http.get(f"/audit/receipt/{id}", headers=trust.headers("auditor"))).status_code == 200
    calls: dict[str, Any] = {}
    for line in await lines(trust, "hmrc-steward"):
        said = json.loads(line["entry"])
        assert b64decode(line["leaf"]) == leaf_hash(line["entry"].encode())
        assert list(line) == ["entry", "index", "leaf", "opened"]
        if said["kind"] == "operation":
            asking = [one for one in map(json.loads, line["opened"]) if one["part"] == "calls"]
            assert all(one["owner"] == "HMRC" for one in asking)
            calls[said["operation_id"]] = (said["outcome"], [call for one in asking for call in one["calls"]])
    assert list(calls) == ids
    outcome, (call,) = calls[ids[0]]
    assert call.pop("bytes") > 100 and len(call.pop("jti")) == 32
    assert (outcome, call) == ("answered", {"dataset": "paye_rti", "method": "POST", "status": 200})
    # What the department has answered a moment ago it is not asked for again.
    assert calls[ids[1]] == ("answered", [])


async def test_entries_are_read_in_pages_whose_next_is_named(trust: Trust) -> None:
    await asked(trust, "dfe-analyst", FLAGSHIP)
    id = (await asked(trust, "dfe-analyst", OPEN)).headers["receipt"]
    await trust.http.get(id, headers=trust.headers("auditor"))
    everything, read, path = await lines(trust, "auditor"), list[Any](), "/audit/entries?first=0&count=3"
    while path:
        reply = await trust.http.get(path, headers=trust.headers("auditor"))
        read += [json.loads(line) for line in reply.text.splitlines()]
        path = reply.headers.get("link", "<>").partition("<")[2].partition(">")[0]
    assert read == everything and len(read) > 9
    assert await lines(trust, "auditor", f"?first={len(read)}") == []
    assert await lines(trust, "auditor", f"?first={10**17}&count=1000") == []


@pytest.mark.parametrize(
    "query", ["count=0", "count=1001", "count=-1", "count=x", "first=-1", "first=1.5", "first=", "first=01"]
)
async def test_pages_have_bounds(trust: Trust, query: str) -> None:
    reply = await trust.http.get(f"/audit/entries?{query}", headers=trust.headers("auditor"))
    assert reply.status_code == 400


async def test_the_keys_of_the_log_are_told_one_a_line(trust: Trust) -> None:
    reply = await trust.http.get("/audit/keys")
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    (key,) = [Key.read(line) for line in reply.text.splitlines()]
    assert key.name == "trust.example/lmdt/log"
    assert key.public == trust.app.state.gateway.signer.public


async def test_the_tiles_stay_open_and_those_of_entries_closed(trust: Trust) -> None:
    assert (await trust.http.get("/tile/0/000.p/1")).status_code == 200
    for persona in ("public", "auditor"):
        for path in ("/tile/entries/000.p/1", "/tile/entries/000"):
            assert (await trust.http.get(path, headers=trust.headers(persona))).status_code == 404


async def test_a_database_that_does_not_answer_is_no_place_that_is_empty(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise OperationalError("", {}, Exception("gone"))

    monkeypatch.setattr("trust.log.kept.Kept.leaves", gone)
    for path in ("receipt/1", "entries"):
        reply = await trust.http.get(f"/audit/{path}", headers=trust.headers("auditor"))
        assert reply.status_code == 503


# What is never seen

OWNERS = ["BEIS", "DWP", "DfE", "HMRC", "ONS"]
FIELDS = {f"LabourMarket.of{owner}{at}": owner for owner in OWNERS for at in range(3)}
DECIDED = st.lists(st.sampled_from(sorted(FIELDS)), max_size=6)


@st.composite
def told(draw: st.DrawFn) -> dict[str, Any]:
    """An operation whose every word says whose it is."""
    shared = draw(st.dictionaries(st.sampled_from(sorted(FIELDS)), st.sampled_from(OWNERS), max_size=2))
    owners = {name: sorted({owner, shared.get(name, owner)}) for name, owner in FIELDS.items()}
    asked = draw(st.lists(st.sampled_from(OWNERS), max_size=6))
    return {
        "granted": [{"coordinate": one, "basis": "AGREEMENT", "agreements": []} for one in draw(DECIDED)],
        "refused": [{"coordinate": one, "clause": "agreement"} for one in draw(DECIDED)],
        "calls": [{"department": one, "dataset": f"dataset of {one}", "bytes": 1, "status": 200} for one in asked],
        "owners": owners,
    }


@given(told(), st.sampled_from(OWNERS))
def test_no_part_of_another_owner_and_no_person_is_in_any_partial_view(said: dict[str, Any], owner: str) -> None:
    one = sealed(logged(entry(**said)), "f" * 64)
    body = json.loads(one.entry)
    views = seen(body, one.parts, Reader("other", b"-", owner, oversees=False, knows=body["operation_id"]))
    mine = {name for name, owners in said["owners"].items() if owner in owners}
    named = {decided["coordinate"] for kind in ("granted", "refused") for decided in said[kind]}
    asked = {call["department"] for call in said["calls"]}
    if views is None:
        assert not named & mine and owner not in asked
        return
    visible = one.entry + b"".join(views)
    for text in views:
        assert json.loads(text)["owner"] == owner
    assert all((name.encode() in visible) == (name in mine) for name in named)
    assert all((f"dataset of {other}".encode() in visible) == (other == owner) for other in asked)
    assert json.loads(sealed_who(one.parts))["who"].encode() not in visible
    assert b"0" * 64 not in visible


def sealed_who(texts: bytes) -> bytes:
    return next(text for text, part in opened(texts) if part["part"] == "caller")
