"""Each owner sees for itself that every use of its data that its node answered is in the Trust's log."""

import asyncio
import shutil
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from app.signing import signer
from departments.samples import share_node
from departments.share import reconcile
from policies.decision import AgreementRef
from resolvers.errors import DepartmentUnavailable
from tests.app.reconciling import Reconciling, without_call
from tests.conftest import FOLDER, TRUST_KEY, Departments, gateway
from transparency.tree import leaf_hash

PAY = """query ($area: AreaCode!, $month: String! = "2021-01") { area(code: $area) {
  labourMarket(periods: {from: $month, to: $month}, fill: LATEST) {
    payrolledEmployees { value } businesses { value } } } }"""
BY_INDUSTRY = """{ labourMarket(areas: {level: LA, within: "E12000007"}, by: [INDUSTRY],
  periods: {from: "2021-01", to: "2021-01"}) { nodes { payrolledEmployees { value } } } }"""
LONDON = ["E09000001", "E09000007", "E09000012", "E09000020", "E09000022", "E09000028", "E09000030", "E09000033"]


@pytest.fixture
def settings() -> dict[str, str]:
    return {}


@pytest.fixture
async def opened(
    departments: Departments,
    settings: dict[str, str],
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> AsyncGenerator[Reconciling]:
    shutil.copy(tmp_path_factory.getbasetemp() / TRUST_KEY, tmp_path)
    monkeypatch.setenv("LMDT_DATA", str(tmp_path))
    keys = signer(tmp_path / TRUST_KEY).jwks
    nodes = {
        name: share_node(name, FOLDER, keys=keys, log=tmp_path / f"{name}-log") for name in ("hmrc", "beis")
    }  # fmt: skip
    async with gateway(Departments({**departments.apps, **nodes}, []), tmp_path, **settings) as trust:
        yield Reconciling(trust, tmp_path, capsys)


async def ask(opened: Reconciling, query: str, persona: str, **variables: Any) -> dict[str, Any]:
    return await opened.trust.ask(query, persona, **variables)


async def stranger(opened: Reconciling, **claims: Any) -> int:
    """What somebody is told who asks HMRC's node by other ways than a query."""
    transport = httpx.ASGITransport(opened.trust.departments.apps["hmrc"])
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as http:
        return (await http.post("/v1/datasets/paye_rti/query", json={}, headers={"Authorization": "x"})).status_code


async def test_the_two_agree_whatever_was_asked_and_however_it_was_answered(opened: Reconciling) -> None:
    departments = opened.trust.departments
    # Several callers at once, some of them the same: questions gather, and others join them.
    everybody = ("public", "dfe-analyst", "hmrc-analyst", "dwp-analyst", "partner", "public", "dfe-analyst")
    await asyncio.gather(*(ask(opened, PAY, who, area=area) for who in everybody for area in LONDON))
    # From the cache, and finished before.
    for _ in range(3):
        await ask(opened, PAY, "public", area=LONDON[0])
    # Tried again, and not answered at all.
    for kind in ("503", "dropped", "broken-json", "truncated"):
        departments.inject("hmrc", kind)
        await ask(opened, PAY, "public", area="E08000003", month="2020-02" if kind == "503" else "2020-03")
    departments.inject("hmrc", "503", times=2)
    await ask(opened, PAY, "public", area="E08000003", month="2020-04")
    departments.apps["hmrc"].state.faults.clear()
    # Under an agreement, and refused by the node.
    await ask(opened, BY_INDUSTRY, "dfe-analyst")
    assert await stranger(opened) == 401
    for name, told in (("hmrc", "HMRC"), ("beis", "BEIS")):
        code, said = await opened.said(name=name)
        assert (code, [line for line in said if "lacking" in line or "not the same" in line]) == (0, [])
        answered = len(opened.lines(name))
        assert f"{answered} answers of the node and " in said[-1] and said[-1].endswith("UTC: they agree.")
        calls = [call for entry in await opened.entries(told) for call in entry.calls]
        kept = {orjson.loads(line)["jti"] for line in opened.lines(name)}
        assert {call.jti for call in calls if call.status == 200} <= kept <= {call.jti for call in calls}
    assert len(opened.lines()) < len(everybody) * len(LONDON)


async def test_who_joins_a_question_that_is_out_lists_its_call_as_shared(opened: Reconciling) -> None:
    opened.trust.departments.inject("hmrc", "slow", seconds=0.3)
    first = asyncio.create_task(ask(opened, PAY, "dfe-analyst", area="E09000001"))
    await asyncio.sleep(0.15)
    await asyncio.gather(first, *(ask(opened, PAY, persona, area="E09000001") for persona in ("public", "partner")))
    (line,) = opened.lines()
    told = orjson.loads(line)
    listed = [(entry, call) for entry in await opened.entries() for call in entry.calls]
    as_told = [(entry.operation in told["operations"], call.shared) for entry, call in listed]
    assert sorted(as_told) == [(False, True), (False, True), (True, False)]
    assert {call.jti for _, call in listed} == {told["jti"]}
    assert (await opened.said())[0] == 0


async def test_who_has_an_answer_from_the_cache_lists_no_call(opened: Reconciling) -> None:
    for persona in ("public", "dfe-analyst", "public"):
        await ask(opened, PAY, persona, area="E09000001")
    assert [len(entry.calls) for entry in await opened.entries()] == [1, 0, 0]
    assert (await opened.said())[0] == 0


async def test_each_attempt_is_a_call_of_its_own(opened: Reconciling) -> None:
    opened.trust.departments.inject("hmrc", "503")
    await ask(opened, PAY, "public", area="E09000001")
    (entry,) = await opened.entries()
    first, second = entry.calls
    assert (first.status, second.status) == (503, 200)
    assert orjson.loads(opened.lines()[0])["jti"] == second.jti != first.jti


async def test_an_entry_lists_no_call_that_was_for_others_alone(
    opened: Reconciling, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = opened.trust.app.state.gateway.engine.dispatcher.connectors["hmrc"]
    answer = connector.answer

    async def burdened(wanted: Any) -> Any:
        if any("E09000028" in part.areas for part in wanted.slices):
            raise DepartmentUnavailable("hmrc", "HTTP 503")
        return await answer(wanted)

    monkeypatch.setattr(connector, "answer", burdened)
    await asyncio.gather(*(ask(opened, PAY, "public", area=area) for area in LONDON))
    lines = [orjson.loads(line) for line in opened.lines()]
    assert len(lines) > 1
    for entry in await opened.entries():
        of_it = {line["jti"] for line in lines if entry.operation in line["operations"]}
        assert {call.jti for call in entry.calls if not call.shared} == of_it
    assert (await opened.said())[0] == 0


@pytest.mark.parametrize("settings", [{"OPERATION_SECONDS": "1"}])
async def test_a_call_that_was_not_waited_for_is_in_an_entry_of_its_own(opened: Reconciling) -> None:
    opened.trust.departments.inject("hmrc", "slow", seconds=1.5)
    answer = await ask(opened, PAY, "public", area="E09000001")
    assert "did not answer" in answer["errors"][0]["message"]
    await asyncio.gather(*opened.trust.app.state.gateway.engine.dispatcher._tasks)
    first, later = await opened.entries()
    assert (first.kind, first.calls) == ("operation", [])
    assert (later.kind, later.operation, [call.status for call in later.calls]) == ("asked", first.operation, [200])
    assert (await opened.said())[0] == 0


@pytest.fixture
def sources(tmp_path: Path, settings: dict[str, str]) -> Path:
    """The demonstration's source files, in which HMRC's answers are old at once, and may be shown for a minute."""
    folder = Path(shutil.copytree("resolvers/sources", tmp_path / "sources"))
    hmrc = folder / "hmrc.toml"
    hmrc.write_text(hmrc.read_text().replace("cache = 3600", "cache = 0\nstale = 60"))
    settings["SOURCES"] = str(folder)
    return folder


async def test_a_call_that_renews_an_old_answer_is_in_an_entry_of_its_own(sources: Path, opened: Reconciling) -> None:
    for _ in range(2):
        await ask(opened, PAY, "public", area="E09000001")
        await asyncio.gather(*opened.trust.app.state.gateway.engine.dispatcher._tasks)
    kinds = [(entry.kind, len(entry.calls)) for entry in await opened.entries()]
    assert sorted(kinds) == [("asked", 1), ("operation", 0), ("operation", 1)]
    assert len(opened.lines()) == 2
    assert (await opened.said())[0] == 0


async def test_what_is_decided_again_lists_what_was_asked_before(opened: Reconciling) -> None:
    opened.trust.departments.inject("hmrc", "slow", seconds=0.3)
    waiting = asyncio.create_task(ask(opened, BY_INDUSTRY, "dfe-analyst"))
    await asyncio.sleep(0.1)
    engine = opened.trust.app.state.gateway.engine
    changed = engine.book().without(AgreementRef("DSA-001", 1))
    engine.book = lambda: changed
    answer = await waiting
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHORIZED_FIELD_OR_TYPE"
    (entry,) = await opened.entries()
    assert [call.status for call in entry.calls] == [200]
    assert (await opened.said())[0] == 0


async def asked(opened: Reconciling) -> None:
    """Three operations, each with an answer of its own."""
    for area in LONDON[:3]:
        await ask(opened, PAY, "public", area=area)


def write(opened: Reconciling, lines: list[bytes]) -> None:
    """A node's log anew, every line with the hash of the one before it."""
    (file,) = opened.node_log().glob("*.jsonl")
    before, anew = None, list[bytes]()
    for line in lines:
        anew.append(orjson.dumps({**orjson.loads(line), "before": before}, option=orjson.OPT_SORT_KEYS))
        before = leaf_hash(anew[-1]).hex()
    file.write_bytes(b"".join(line + b"\n" for line in anew))


@pytest.mark.parametrize("lost", [1, 2])
async def test_a_node_that_lost_an_entry_is_found_and_named(
    opened: Reconciling, lost: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "LEEWAY", timedelta(0))
    await asked(opened)
    lines = opened.lines()
    write(opened, [line for at, line in enumerate(lines) if at != lost])
    gone = orjson.loads(lines[lost])
    code, said = await opened.said()
    assert code == 1
    (told,) = [line for line in said if "lacking" in line]
    assert f"operation {gone['operations'][0]} paye_rti assertion {gone['jti']} lacking in the node's log" in told
    assert said[-1].endswith("UTC: 1 difference.")


async def test_a_node_whose_log_was_changed_is_found(opened: Reconciling) -> None:
    await asked(opened)
    (file,) = opened.node_log().glob("*.jsonl")
    file.write_bytes(file.read_bytes().replace(b'"rows":1', b'"rows":2', 1))
    code, said = await opened.said()
    assert code == 1
    assert said == [
        f"The node's log is not as it was written: {file.name}, line 2 does not go on from the line before it."
    ]


async def test_a_gateway_that_dropped_an_entry_is_found_and_named(opened: Reconciling) -> None:
    await asked(opened)
    told = orjson.loads(opened.lines()[1])
    (operation,) = told["operations"]
    kept = opened.logs / "kept"
    await opened.placed()
    kept.write_bytes((await opened.trust.http.get("/checkpoint")).content)
    assert (await opened.said("--checkpoint", str(kept)))[0] == 0
    await opened.made_anew(lambda leaves: [leaf for leaf in leaves if operation.encode() not in leaf.entry])
    code, said = await opened.said()
    assert code == 1
    (line,) = [line for line in said if "lacking" in line]
    assert f"operation {operation} paye_rti assertion {told['jti']} lacking in the Trust's log" in line
    assert "no entry of the operation: nothing was shown for it, if the gateway is honest" in line
    # Whoever kept a checkpoint is not given another history.
    code, said = await opened.said("--checkpoint", str(kept))
    assert (code, len(said)) == (1, 1)
    assert said[0].startswith("The Trust's log is not what was signed: a checkpoint of ")


async def test_a_gateway_that_changed_a_call_is_found_and_named(opened: Reconciling) -> None:
    await asked(opened)
    told = orjson.loads(opened.lines()[1])
    await opened.made_anew(lambda leaves: [without_call(leaf, told["jti"]) for leaf in leaves])
    code, said = await opened.said()
    assert code == 1
    (line,) = [line for line in said if "lacking" in line]
    assert f"operation {told['operations'][0]} paye_rti assertion {told['jti']} lacking in the Trust's log" in line
    assert "the operation's entry does not list the call" in line


async def test_an_operation_that_was_never_recorded_is_told_as_such(
    opened: Reconciling, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ask(opened, PAY, "public", area="E08000003")
    recorder = opened.trust.app.state.gateway.recorder

    def broken(*_: Any) -> Any:
        raise OSError("the disk is gone")

    with monkeypatch.context() as patch:
        patch.setattr(recorder, "_insert", broken)
        body = {"query": PAY, "variables": {"area": "E09000001"}}
        assert (await opened.trust.http.post("/graphql", json=body)).status_code == 503
    code, said = await opened.said()
    assert code == 1
    assert "nothing was shown for it, if the gateway is honest" in said[0]
    assert "does not list the call" not in said[0]


async def test_what_is_used_wrongly_is_told(opened: Reconciling, tmp_path: Path) -> None:
    assert await opened.said() == (
        2,
        [f"lmdt audit: --node-log {opened.node_log()}: there is no line of a node's log."],
    )
    await asked(opened)
    nothing = tmp_path / "nothing"
    assert (await opened.said("--node-log", str(nothing)))[1] == [
        f"lmdt audit: --node-log {nothing}: it cannot be read."
    ]
    assert (await opened.said("--key", "x"))[0] == 2
    other = "lmdt.example/log+a546944e+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
    code, said = await opened.said("--key", other)
    assert code in (1, 2), said
