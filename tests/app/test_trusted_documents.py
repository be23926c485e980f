"""Trusted documents: answered by their id, and all that chosen callers may send."""

import hashlib
import time
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from app.gateway import build
from app.issuer import AUDIENCE, NAME
from app.manifest import FORMAT
from app.settings import SettingsError, read
from tests.conftest import Opener, Trust, without_receipt

TRUSTED = 'query Manchester { area(code: "E08000003") { name } }'
MINE = "query WhoAmI { me { organisation } }"
OTHER = 'query Leeds { area(code: "E08000035") { name } }'
INTROSPECTION = "{ __schema { queryType { name } } }"
RESPONSE_JSON = "application/graphql-response+json"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def listed(text: str, **changed: Any) -> dict[str, Any]:
    name = text.split()[1]
    return {"id": sha256(text), "name": name, "type": "query", "body": text, **changed}


def manifest(*operations: Any, **changed: Any) -> bytes:
    return orjson.dumps({"format": FORMAT, "version": 1, "operations": operations, **changed})


@pytest.fixture
def trusted(tmp_path: Path) -> str:
    path = tmp_path / "manifest.json"
    path.write_bytes(manifest(listed(TRUSTED), listed(MINE)))
    return str(path)


def persisted(text: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": sha256(text)}}


async def post(trust: Trust, body: dict[str, Any], headers: dict[str, str] | None = None) -> httpx.Response:
    return await trust.http.post("/graphql", json=body, headers=headers or {})


def code(reply: httpx.Response) -> str | None:
    """The code of the only error of a refused request; None of one that is answered."""
    body = reply.json()
    if "data" in body:
        return None
    (error,) = body["errors"]
    return error["extensions"]["code"]


def as_client(trust: Trust, **claims: str) -> dict[str, str]:
    """The headers of a client's system, whose token also has these claims."""
    now = int(time.time())
    token = trust.app.state.gateway.demo.sign(
        {"iss": NAME, "aud": AUDIENCE, "sub": "system", "iat": now, "exp": now + 600, "org": "GMCA", **claims}
    )
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize(
    "body",
    [
        {"documentId": f"sha256:{sha256(TRUSTED)}"},
        {"documentId": sha256(TRUSTED)},
        {"documentId": f"sha256:{sha256(TRUSTED).upper()}", "operationName": "Manchester", "variables": {}},
        {"extensions": persisted(TRUSTED)},
        {"documentId": sha256(TRUSTED), "extensions": persisted(TRUSTED)},
        {"query": TRUSTED},
        {"query": TRUSTED, "documentId": f"sha256:{sha256(TRUSTED)}"},
        {"query": TRUSTED, "extensions": persisted(TRUSTED)},
    ],
    ids=str,
)
@pytest.mark.parametrize("only", ["", "everyone"])
async def test_a_trusted_document_is_answered_by_its_id_and_to_the_letter(
    open_trust: Opener, trusted: str, body: dict[str, Any], only: str
) -> None:
    async with open_trust(TRUSTED_DOCUMENTS=trusted, TRUSTED_ONLY=only) as trust:
        in_the_address = {name: v if isinstance(v, str) else orjson.dumps(v).decode() for name, v in body.items()}
        for reply in (await post(trust, body), await trust.http.get("/graphql", params=in_the_address)):
            assert orjson.loads(without_receipt(reply)) == {"data": {"area": {"name": "Manchester"}}}


@pytest.mark.parametrize(
    "body",
    [
        {"query": OTHER},
        {"query": TRUSTED + " "},
        {"query": TRUSTED + "\n" + OTHER, "operationName": "Manchester"},
        {"query": INTROSPECTION},
        {"query": "{"},
        {"query": "{a" * 20_000},
        {"query": OTHER, "extensions": persisted(OTHER)},
        {"query": OTHER, "extensions": persisted(TRUSTED)},
        {"query": OTHER, "documentId": f"sha256:{sha256(TRUSTED)}"},
        {"documentId": f"sha256:{sha256(OTHER)}"},
        {"documentId": sha256(OTHER)},
        {"extensions": persisted(OTHER)},
    ],
    ids=lambda body: str(body)[:60],
)
@pytest.mark.parametrize("kept", ["false", "true"])
async def test_whoever_may_send_nothing_else_is_refused_it_before_it_is_parsed(
    open_trust: Opener, trusted: str, body: dict[str, Any], kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"TRUSTED_DOCUMENTS": trusted, "TRUSTED_ONLY": "public", "PERSISTED_QUERIES": kept}
    async with open_trust(**settings) as trust:
        # Somebody else has had it kept by its hash.
        known = await post(trust, {"query": OTHER, "extensions": persisted(OTHER)}, trust.headers("dfe-analyst"))
        assert code(known) is None
        monkeypatch.setattr("app.documents.parse", None)
        reply = await post(trust, body)
        assert (reply.status_code, code(reply)) == (200, "DOCUMENT_NOT_TRUSTED")
        assert "trusted documents only" in reply.json()["errors"][0]["message"]
        by_status = await post(trust, body, {"Accept": RESPONSE_JSON})
        assert (by_status.status_code, code(by_status)) == (400, "DOCUMENT_NOT_TRUSTED")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"documentId": "sha256:short"}, "sha256:"),
        ({"documentId": f"md5:{'0' * 32}"}, "sha256:"),
        ({"documentId": f":{sha256(TRUSTED)}"}, "sha256:"),
        ({"documentId": f"SHA256:{sha256(TRUSTED)}"}, "sha256:"),
        ({"documentId": f"{sha256(TRUSTED)}\n"}, "sha256:"),
        ({"documentId": "\u0660" * 64}, "sha256:"),
        ({"documentId": ""}, "sha256:"),
        ({"documentId": 7}, "sha256:"),
        ({"documentId": [sha256(TRUSTED)]}, "sha256:"),
        ({"documentId": 7, "query": TRUSTED}, "sha256:"),
        ({"documentId": None}, '"documentId"'),
        ({"documentId": sha256(TRUSTED), "query": ""}, '"query"'),
        ({"documentId": sha256(TRUSTED), "query": 7}, '"query"'),
        ({"documentId": sha256(TRUSTED), "extensions": persisted(MINE)}, "two documents"),
        ({"query": TRUSTED, "documentId": sha256(MINE)}, "is not the SHA-256"),
    ],
    ids=str,
)
async def test_an_id_that_cannot_be_meant_is_400(
    open_trust: Opener, trusted: str, body: dict[str, Any], words: str
) -> None:
    async with open_trust(TRUSTED_DOCUMENTS=trusted, TRUSTED_ONLY="everyone") as trust:
        reply = await post(trust, body)
        assert (reply.status_code, code(reply)) == (400, "BAD_USER_INPUT")
        assert words in reply.json()["errors"][0]["message"]


async def test_an_id_given_twice_in_an_address_is_400(open_trust: Opener, trusted: str) -> None:
    async with open_trust(TRUSTED_DOCUMENTS=trusted) as trust:
        twice = [("documentId", sha256(TRUSTED)), ("documentId", sha256(MINE))]
        reply = await trust.http.get("/graphql", params=twice)
        assert (reply.status_code, code(reply)) == (400, "BAD_USER_INPUT")


@pytest.mark.parametrize(
    ("only", "refused"),
    [
        ("", set[str]()),
        ("public", {"public"}),
        ("org GMCA", {"partner", "app", "page"}),
        ("org DfE, public", {"public", "dfe-analyst"}),
        ("client reporting-app", {"app"}),
        ("client web page", {"page"}),
        ("client web  page", set[str]()),
        ("client reporting", set[str]()),
        ("sub partner", {"partner"}),
        ("sub GMCA, client GMCA, client partner, sub public", set[str]()),
        ("  org   DfE ,, client  reporting-app,", {"dfe-analyst", "app"}),
        ("everyone", {"public", "partner", "dfe-analyst", "app", "page"}),
    ],
)
async def test_who_may_send_nothing_else_is_chosen(
    open_trust: Opener, trusted: str, only: str, refused: set[str]
) -> None:
    async with open_trust(TRUSTED_DOCUMENTS=trusted, TRUSTED_ONLY=only) as trust:
        callers = {name: trust.headers(name) for name in ("public", "partner", "dfe-analyst")}
        callers["app"] = as_client(trust, client_id="reporting-app", azp="another")
        callers["page"] = as_client(trust, azp="web page")
        codes = {name: code(await post(trust, {"query": OTHER}, headers)) for name, headers in callers.items()}
        assert codes == {name: "DOCUMENT_NOT_TRUSTED" if name in refused else None for name in callers}
        assert {code(await post(trust, {"query": TRUSTED}, headers)) for headers in callers.values()} == {None}


async def test_what_a_trusted_document_shows_is_decided_for_who_sends_it(open_trust: Opener, trusted: str) -> None:
    async with open_trust(TRUSTED_DOCUMENTS=trusted, TRUSTED_ONLY="everyone") as trust:
        body = {"documentId": sha256(MINE)}
        assert orjson.loads(without_receipt(await post(trust, body))) == {"data": {"me": {"organisation": None}}}
        mine = await post(trust, body, trust.headers("dfe-analyst"))
        assert orjson.loads(without_receipt(mine)) == {"data": {"me": {"organisation": "DfE"}}}
        wrong = await post(trust, body, {"Authorization": "Bearer nobody"})
        assert wrong.status_code == 401


async def test_nobody_who_may_send_nothing_else_has_a_text_kept(open_trust: Opener, trusted: str) -> None:
    async with open_trust(TRUSTED_DOCUMENTS=trusted, TRUSTED_ONLY="public") as trust:
        assert code(await post(trust, {"query": OTHER, "extensions": persisted(OTHER)})) == "DOCUMENT_NOT_TRUSTED"
        analyst = trust.headers("dfe-analyst")
        unknown = await post(trust, {"extensions": persisted(OTHER)}, analyst)
        assert code(unknown) == "PERSISTED_QUERY_NOT_FOUND"
        by_id = await post(trust, {"documentId": f"sha256:{sha256(OTHER)}"}, analyst)
        assert code(by_id) == "PERSISTED_QUERY_NOT_FOUND"
        assert code(await post(trust, {"query": OTHER, "extensions": persisted(OTHER)}, analyst)) is None
        assert code(await post(trust, {"documentId": f"sha256:{sha256(OTHER)}"}, analyst)) is None


async def test_trusted_documents_stay_whatever_else_is_kept(open_trust: Opener, trusted: str) -> None:
    async with open_trust(TRUSTED_DOCUMENTS=trusted, PERSISTED_QUERIES="true") as trust:
        for number in range(7):
            text = f"{OTHER}#{number}{' ' * 180_000}"
            assert code(await post(trust, {"query": text, "extensions": persisted(text)})) is None
        assert code(await post(trust, {"documentId": sha256(TRUSTED)})) is None
    async with open_trust(TRUSTED_DOCUMENTS=trusted, PERSISTED_QUERIES="false") as trust:
        assert code(await post(trust, {"extensions": persisted(TRUSTED)})) is None
        assert code(await post(trust, {"extensions": persisted(OTHER)})) == "PERSISTED_QUERY_NOT_SUPPORTED"


async def test_what_is_refused_is_counted_of_the_public_and_recorded_of_others(
    open_trust: Opener, trusted: str
) -> None:
    async with open_trust(TRUSTED_DOCUMENTS=trusted, TRUSTED_ONLY="everyone", METRICS="true") as trust:
        await post(trust, {"query": OTHER})
        assert trust.recorded() == []
        await post(trust, {"query": OTHER}, trust.headers("dfe-analyst"))
        (row,) = trust.recorded()
        assert (row.outcome, row.organisation, row.operation) == ("rejected", "DfE", sha256(OTHER))
        metrics = (await trust.http.get("/metrics")).text
        assert 'code="DOCUMENT_NOT_TRUSTED"' in metrics


LONG_AGO = 'query LongAgo { area(code: "E08000003") { population2021 } }'
DEEP = "query Deep " + '{ area(code: "E08000003") { within(level: UK) ' * 30 + "{ name }" + " }" * 60
WRONG = [
    (b"", "not JSON"),
    (b"[", "not JSON"),
    (b"\xff\xfe", "not JSON"),
    (b'{"operations": [{"body": "\\ud800"}]}', "not JSON"),
    (b"[" * 100_000, "not JSON"),
    (b'{"a":' * 40 + b"1" + b"}" * 40, "nested more than"),
    (b"[]", "must be an object"),
    (b"null", "must be an object"),
    (manifest(format="apollo-persisted-query-manifests"), 'Did you mean "apollo-persisted-query-manifest"?'),
    (manifest(version=2), "version must be 1, not 2"),
    (manifest(version=True), "version must be 1, not true"),
    (orjson.dumps({"format": FORMAT, "version": 1}), "operations is needed"),
    (orjson.dumps({"operations": []}), "format is needed"),
    (manifest(7), "operations[0] must be a table, not 7"),
    (manifest(operations={}), "operations must be a list, not a table"),
    (manifest({"id": sha256(TRUSTED), "name": "Manchester", "type": "query"}), "body is needed"),
    (manifest(listed(TRUSTED, name="")), "name must be text"),
    (manifest(listed(TRUSTED, type="fragment")), "allowed are query, mutation, subscription"),
    (manifest(listed(TRUSTED, id=sha256(MINE))), "operation 'Manchester': its id is not the SHA-256 of its body"),
    (manifest(listed(TRUSTED, body=TRUSTED + " ")), "operation 'Manchester': its id is not"),
    (manifest(listed(TRUSTED), listed(MINE, id=sha256(TRUSTED))), "operation 'WhoAmI': its id is not"),
    (manifest(listed(LONG_AGO)), "operation 'LongAgo' cannot be answered: Cannot query field 'population2021'"),
    (manifest(listed(DEEP)), "operation 'Deep' cannot be answered"),
    (manifest(listed("query Half {")), "operation 'Half' cannot be answered: Syntax Error"),
    (manifest(listed("fragment Name on Area { name }")), "operation 'Name' cannot be answered"),
    (orjson.dumps({"0" * 32: TRUSTED}), f"operation '{'0' * 32}': its id is not the SHA-256"),
    (orjson.dumps({sha256(TRUSTED): 7}), "must be text, not 7"),
    (manifest(listed(TRUSTED + "#" * 2_000_000)), "is larger than 2 MB"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "words"), WRONG, ids=[words for _, words in WRONG])
def test_a_manifest_that_is_wrong_stops_the_gateway_and_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "partner.json"
    path.write_bytes(content)
    with pytest.raises(SettingsError) as wrong:
        build(read({"LMDT_DATA": str(tmp_path), "LMDT_PUBLIC_ONLY": "true"}, TRUSTED_DOCUMENTS=str(path)))
    assert words in str(wrong.value)
    assert str(wrong.value).startswith("LMDT_TRUSTED_DOCUMENTS: ") and "partner.json" in str(wrong.value)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"TRUSTED_DOCUMENTS": "nowhere.json"}, "LMDT_TRUSTED_DOCUMENTS: nowhere.json: No such file or directory."),
        ({"TRUSTED_DOCUMENTS": "policies"}, "LMDT_TRUSTED_DOCUMENTS: policies holds no manifest"),
        ({"TRUSTED_ONLY": "public"}, "LMDT_TRUSTED_ONLY leaves nothing to send"),
        ({"TRUSTED_ONLY": "org DFE", "TRUSTED_DOCUMENTS": "x"}, "no issuer speaks for an organisation 'DFE'"),
        ({"TRUSTED_ONLY": "Public"}, "must be everyone, public, org CODE"),
        ({"TRUSTED_ONLY": "public DfE"}, "must be everyone, public, org CODE"),
        ({"TRUSTED_ONLY": "client"}, "not 'client'"),
        ({"TRUSTED_ONLY": "public, azp web"}, "not 'azp web'"),
    ],
    ids=str,
)
def test_settings_that_cannot_be_meant_stop_the_gateway(tmp_path: Path, settings: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        build(read({"LMDT_DATA": str(tmp_path), "LMDT_DEMO": "true"}, **settings))
    assert words in str(wrong.value)


async def test_a_folder_has_the_manifests_of_several_teams_of_either_form(open_trust: Opener, tmp_path: Path) -> None:
    folder = tmp_path / "manifests"
    folder.mkdir()
    (folder / "apollo.json").write_bytes(manifest({**listed(TRUSTED), "clientName": None}, listed(MINE), lastly=1))
    (folder / "relay.json").write_bytes(orjson.dumps({sha256(OTHER): OTHER, f"sha256:{sha256(MINE)}": MINE}))
    (folder / "README.md").write_text("Ask the web team.")
    async with open_trust(TRUSTED_DOCUMENTS=str(folder), TRUSTED_ONLY="everyone") as trust:
        for text in (TRUSTED, MINE, OTHER):
            assert code(await post(trust, {"documentId": sha256(text)})) is None
        assert code(await post(trust, {"query": INTROSPECTION})) == "DOCUMENT_NOT_TRUSTED"
