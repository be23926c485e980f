"""Every answer says where its receipt is, and the log says what was answered."""

import asyncio
import hashlib
import json
import shutil
import subprocess
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from typing import Any

import httpx
import orjson
import pytest
from starlette.requests import ClientDisconnect

from app.plans import Plans
from tests.conftest import Opener, Trust, without_receipt
from trust.record import Recorder, RecordFailed

PLACES = '{ areas(where: {codes: ["W06000001", "E08000003"]}) { nodes { name } } }'
PAY = """{ area(code: "E08000003") { name labourMarket(periods: {from: "2023-07", to: "2023-08"}) {
  payrolledEmployees { value status } medianMonthlyPay { value } employmentRate { value } } } }"""
REFUSED = """{ area(code: "E08000003") { labourMarket(periods: {from: "2021", to: "2021", every: YEAR}) {
  businesses { value } } } }"""
MONTHS = """{ labourMarket(areas: {level: LA}, periods: {from: "2021-01", to: "2021-12"}) {
  nodes { area { name } payrolledEmployees { value } } } }"""


async def post(trust: Trust, query: str, persona: str = "dfe-analyst", **headers: str) -> httpx.Response:
    return await trust.http.post("/graphql", json={"query": query}, headers={**trust.headers(persona), **headers})


async def receipt(trust: Trust, reply: httpx.Response, persona: str = "dfe-analyst") -> list[dict[str, Any]]:
    """What a receipt says: its entries, each with its opened parts by their names."""
    got = await trust.http.get(reply.headers["receipt"], headers=trust.headers(persona))
    assert got.status_code == 200, got.text
    entries: list[dict[str, Any]] = []
    for one in got.json()["entries"]:
        entry = json.loads(one["entry"])
        for text in one["opened"]:
            part = json.loads(text)
            hashed = hashlib.sha256(text.encode()).hexdigest()
            assert hashed in (entry.get("caller"), entry.get("answer"), *entry.get("parts", ()))
            entry.setdefault("opened", {}).setdefault(part["part"], []).append(part)
        entries.append(entry)
    return entries


def given(entry: Mapping[str, Any]) -> Any:
    (part,) = entry["opened"]["answer"]
    return part


# Where it is said

ASKED = {
    "an answer": (PAY, "dfe-analyst", 200),
    "an answer of the public": (PAY, "public", 200),
    "a part that is refused": (REFUSED, "dfe-analyst", 200),
    "a query that is no GraphQL": ("{", "dfe-analyst", 400),
    "a field that there is not": ("{ nothing }", "dfe-analyst", 400),
    "a mutation that is refused": ('mutation { suspendAgreement(id: "DSA-004", reason: "x") { at } }', "partner", 200),
}
NEW = "application/graphql-response+json"


@pytest.mark.parametrize("asked", ASKED)
async def test_whatever_is_recorded_says_in_its_body_and_its_head_where_its_receipt_is(
    trust: Trust, asked: str
) -> None:
    query, persona, status = ASKED[asked]
    reply = await post(trust, query, persona, Accept=NEW)
    assert reply.status_code == status
    id = reply.headers["lmdt-operation-id"]
    assert reply.headers["receipt"] == f"/audit/receipt/{id}"
    assert reply.json()["extensions"]["receipt"] == {"log": "trust.example/lmdt/log", "path": f"/audit/receipt/{id}"}
    (entry, *_) = await receipt(trust, reply, persona)
    assert (entry["operation_id"], entry["kind"]) == (id, "operation")


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("{", {}),
        ("{ nothing }", {}),
        (PAY, {"Authorization": "Bearer nobody"}),
        (PAY, {"Purpose": "fun"}),
        (PAY, {"Accept": "x/y"}),
    ],
)
async def test_what_is_in_no_record_has_no_receipt(trust: Trust, query: str, headers: dict[str, str]) -> None:
    reply = await trust.http.post("/graphql", json={"query": query}, headers=headers)
    assert "errors" in reply.json()
    assert "receipt" not in reply.headers and "receipt" not in reply.text


async def test_what_could_not_be_recorded_has_no_receipt(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(*_: object) -> str:
        raise RecordFailed("no")

    monkeypatch.setattr(Recorder, "record", failing)
    reply = await post(trust, PAY)
    assert reply.status_code == 503
    assert "receipt" not in reply.headers and "receipt" not in reply.text


async def test_a_failure_of_ours_that_is_recorded_has_a_receipt(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(trust.app.state.gateway.engine), "answer", None)
    reply = await post(trust, PAY)
    monkeypatch.undo()
    assert (reply.status_code, reply.json()["errors"][0]["extensions"]["code"]) == (500, "INTERNAL")
    (entry,) = await receipt(trust, reply)
    assert (entry["outcome"], entry["answer"]) == ("failed", None)


async def test_an_answer_that_is_withheld_says_so_in_its_receipt(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(trust.app.state.gateway.engine), "in_force", lambda *_: False)
    reply = await post(trust, PAY)
    monkeypatch.undo()
    assert (reply.status_code, without_receipt(reply)[:10]) == (503, b'{"errors":')
    operation, withheld = await receipt(trust, reply)
    assert (operation["kind"], withheld["kind"]) == ("operation", "withheld")


# What does not differ


async def test_the_tag_of_an_open_answer_is_of_what_does_not_differ(trust: Trust) -> None:
    first, second = [await trust.http.get("/graphql", params={"query": PLACES}) for _ in range(2)]
    assert first.headers["etag"] == second.headers["etag"]
    assert first.headers["receipt"] != second.headers["receipt"]
    other = await trust.http.get("/graphql", params={"query": PLACES.replace("W06000001", "W06000002")})
    assert other.headers["etag"] != first.headers["etag"]
    spoken = await trust.http.get("/graphql", params={"query": PLACES}, headers={"Accept": NEW})
    assert spoken.headers["etag"] != first.headers["etag"]
    again = await trust.http.get("/graphql", params={"query": PLACES}, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["receipt"] not in (first.headers["receipt"], second.headers["receipt"])
    (entry,), (before,) = await receipt(trust, again, "public"), await receipt(trust, first, "public")
    assert given(entry)["sha256"] == given(before)["sha256"]
    assert given(entry)["salt"] != given(before)["salt"]


async def test_a_warning_is_of_the_tag(trust: Trust) -> None:
    far = """{ area(code: "E08000003") { labourMarket(periods: {from: "%s", to: "%s"}) {
      payrolledEmployees { value } } } }"""
    one, other = [await trust.http.get("/graphql", params={"query": far % (at, at)}) for at in ("2030-01", "2030-02")]
    assert without_receipt(one).partition(b',"extensions"')[0] == without_receipt(other).partition(b',"extensions"')[0]
    assert one.headers["etag"] != other.headers["etag"]


# What was given


def by_json(answer: bytes) -> bytes:
    return json.dumps(json.loads(answer)["data"], separators=(",", ":"), ensure_ascii=False).encode()


def by_orjson(answer: bytes) -> bytes:
    return orjson.dumps(orjson.loads(answer)["data"])


def by_node(answer: bytes) -> bytes:
    script = "process.stdout.write(JSON.stringify(JSON.parse(require('fs').readFileSync(0)).data))"
    return subprocess.run(["node", "-e", script], input=answer, capture_output=True, check=True).stdout


LIBRARIES = [by_json, by_orjson, *([by_node] if shutil.which("node") else [])]
SAID = [
    PLACES,
    PAY,
    REFUSED,
    '{ __type(name: "Period") { description fields { name description } } me { subject purposes } }',
    '{ a: area(code: "E08000003") { __proto__: name constructor: name } measures(search: "pay") { name openTo } }',
    "{ demand { unmet { draft } } agreements { content } }",
    r"""mutation { proposeAgreement(terms: {
      title: "Ynys Môn / \u2028 \"é\" \\ \u007f \t 😀", parties: {owner: HMRC}}) {
      agreement { title content } missing { text } } }""",
    """{ labourMarket(areas: {level: REGION}, periods: {last: 2, every: YEAR}, by: [SEX]) { nodes {
      population { value } employmentRate { value markers } claimantRate { value } adultLearners { value } } } }""",
]


@pytest.mark.parametrize("made", LIBRARIES, ids=lambda made: made.__name__)
@pytest.mark.parametrize("query", SAID, ids=range(len(SAID)))
async def test_who_has_parsed_an_answer_can_make_the_bytes_that_the_log_commits_to(
    trust: Trust, query: str, made: Any
) -> None:
    reply = await post(trust, query)
    assert "data" in reply.json(), reply.text
    (entry,) = [one for one in await receipt(trust, reply) if one["kind"] == "operation"]
    data = made(reply.content)
    assert len(data) > 10
    assert given(entry)["sha256"] == hashlib.sha256(data).hexdigest()
    assert given(entry)["bytes"] == len(data)


@pytest.mark.parametrize("made", LIBRARIES, ids=lambda made: made.__name__)
@pytest.mark.parametrize("columns", [True, False])
async def test_every_figure_is_written_as_every_library_writes_it(trust: Trust, made: Any, columns: bool) -> None:
    query = MONTHS.replace("payrolledEmployees { value }", "payrolledEmployees { value } medianMonthlyPay { value }")
    engine = trust.app.state.gateway.engine
    engine.columns = columns
    reply = await post(trust, query.replace("2021-12", "2021-01"))
    engine.columns = True
    (entry,) = await receipt(trust, reply)
    assert given(entry)["sha256"] == hashlib.sha256(made(reply.content)).hexdigest()


async def test_what_is_kept_and_sent_again_is_committed_to_anew(trust: Trust) -> None:
    replies = [await post(trust, PAY) for _ in range(4)]
    said = [given((await receipt(trust, reply))[0]) for reply in replies]
    assert len({one["sha256"] for one in said}) == 1
    assert len({one["salt"] for one in said}) == len({reply.headers["receipt"] for reply in replies}) == 4


# What is sent in chunks


@pytest.fixture
async def chunked(open_trust: Opener) -> AsyncGenerator[Trust]:
    """A gateway that sends every answer of figures as it is made."""
    async with open_trust() as trust:
        engine = trust.app.state.gateway.engine
        engine.bounds, engine._plans = replace(engine.bounds, whole=0), Plans(0, answers=False)
        yield trust


@pytest.mark.parametrize("coding", ["identity", "gzip", "zstd"])
async def test_what_was_sent_in_chunks_is_told_when_all_of_it_has_been(chunked: Trust, coding: str) -> None:
    reply = await post(chunked, MONTHS, **{"Accept-Encoding": coding})
    assert reply.headers.get("content-encoding", "identity") == coding
    operation, released = await receipt(chunked, reply)
    assert (operation["kind"], operation["answer"], released["kind"]) == ("operation", None, "released")
    assert (released["outcome"], released["bytes"]) == ("whole", None)
    for made in LIBRARIES:
        data = made(reply.content)
        assert given(released)["sha256"] == hashlib.sha256(data).hexdigest()
    assert given(released)["bytes"] == len(data)


async def test_what_is_broken_off_is_told_with_how_much_was_sent(
    chunked: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.columnar.text.CHUNK", 20_000)
    whole = (await post(chunked, MONTHS)).content
    engine, looks = type(chunked.app.state.gateway.engine), iter([True, True, True])
    monkeypatch.setattr(engine, "in_force", lambda *_: next(looks, False))
    head, parts = dict[str, str](), list[bytes]()
    await _sent(chunked, MONTHS, lambda message: None, head, parts)
    sent = b"".join(parts)
    monkeypatch.undo()
    path = head["receipt"]
    got = await chunked.http.get(path, headers=chunked.headers("dfe-analyst"))
    _, released = [json.loads(one["entry"]) for one in got.json()["entries"]]
    (opened,) = [json.loads(text) for text in got.json()["entries"][1]["opened"]]
    assert released["outcome"] == "broken off"
    data = by_orjson(whole)
    assert 0 < len(sent) - len(b'{"data":') <= released["bytes"] < len(data)
    assert opened["sha256"] == hashlib.sha256(data[: released["bytes"]]).hexdigest()


async def test_a_caller_who_leaves_is_told_of_as_broken_off(chunked: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.columnar.text.CHUNK", 20_000)

    def leaves(message: Mapping[str, Any]) -> None:
        if message.get("body"):
            raise OSError("gone")

    head: dict[str, str] = {}
    with pytest.raises(ClientDisconnect):
        await _sent(chunked, MONTHS, leaves, head, [])
    operation, released = await _entries(chunked, head["receipt"])
    assert (operation["answer"], released["outcome"]) == (None, "broken off")


async def test_without_a_word_about_its_end_it_is_not_known_how_much_was_sent(
    chunked: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Recorder, "tell", lambda *_: None)
    reply = await post(chunked, MONTHS)
    (operation,) = await receipt(chunked, reply)
    assert (operation["outcome"], operation["answer"]) == ("answered", None)


async def test_what_cannot_be_told_at_once_is_told_later(chunked: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = chunked.app.state.gateway.recorder
    with monkeypatch.context() as patch:
        patch.setattr("trust.record.pending", None)
        with patch.context() as inner:
            inner.setattr(Recorder, "record", _recorded)
            reply = await post(chunked, MONTHS)
    await recorder.probe()
    assert len(recorder._told) == 0
    assert reply.status_code == 200


async def _recorded(self: Recorder, entry: Any) -> str:
    return entry.id


async def _entries(trust: Trust, path: str, persona: str = "dfe-analyst") -> list[dict[str, Any]]:
    got = await trust.http.get(path, headers=trust.headers(persona))
    return [json.loads(one["entry"]) for one in got.json()["entries"]]


async def _sent(trust: Trust, query: str, each: Any, head: dict[str, str], parts: list[bytes]) -> None:
    """A request to the application itself, whose messages are looked at one by one."""
    body = orjson.dumps({"query": query})
    headers = {**trust.headers("dfe-analyst"), "content-type": "application/json", "host": "localhost"}
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "method": "POST", "path": "/graphql",
        "query_string": b"", "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
        "scheme": "http", "server": ("localhost", 80), "client": ("127.0.0.1", 1), "http_version": "1.1",
    }  # fmt: skip
    asked = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if asked:
            return asked.pop()
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def send(message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            head.update({k.decode(): v.decode() for k, v in message["headers"]})
        parts.append(message.get("body", b""))
        each(message)

    await trust.app(scope, receive, send)
