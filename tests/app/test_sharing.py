"""Work that several requests share, and that none of them notices: not who asked first, not whom it was granted to."""

import asyncio
import shutil
import time
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from policies.decision import AgreementRef
from resolvers import batch
from resolvers.errors import DepartmentSilent, DepartmentUnavailable
from resolvers.protocols.connector import DatasetQuery
from tests.conftest import Opener, Trust, without_receipt

PAY = """query ($area: AreaCode!) { area(code: $area) { labourMarket(periods: {from: "2021-01", to: "2021-03"}) {
  period { code } payrolledEmployees { value status markers } } } }"""
BY_INDUSTRY = """{ labourMarket(areas: {level: LA, within: "E12000007"}, by: [INDUSTRY],
  periods: {from: "2021-01", to: "2021-01"}) {
  nodes { area { code } group { industry { code } } payrolledEmployees { value status markers } } } }"""
ONE = """query ($area: AreaCode!, $month: String!) { area(code: $area) {
  labourMarket(periods: {from: $month, to: $month}, fill: LATEST) { %s { value provenance { source } } } } }"""
BY_SEX = ONE.replace("fill: LATEST", "fill: LATEST, by: [SEX]")
LONDON = ["E09000001", "E09000007", "E09000012", "E09000020", "E09000022", "E09000028", "E09000030", "E09000033"]
AUDIENCES = ("public", "dfe-analyst", "hmrc-analyst", "dwp-analyst", "partner")


async def sent(trust: Trust, query: str, persona: str, **variables: Any) -> bytes:
    body = {"query": query, "variables": variables}
    return without_receipt(await trust.http.post("/graphql", json=body, headers=trust.headers(persona)))


async def test_the_same_question_asked_by_many_at_once_goes_out_once(trust: Trust) -> None:
    answers = await asyncio.gather(*(sent(trust, PAY, "public", area="E09000001") for _ in range(20)))
    assert len(set(answers)) == 1
    assert b'"errors"' not in answers[0]
    assert trust.departments.asked() == [("POST", "hmrc")]


async def test_other_questions_of_one_department_gather_while_a_request_is_out(trust: Trust) -> None:
    alone = {area: await sent(trust, PAY, "public", area=area) for area in LONDON}
    await trust.app.state.gateway.cache._backend.clear()
    trust.departments.asked()
    together = await asyncio.gather(*(sent(trust, PAY, "public", area=area) for area in LONDON))
    assert dict(zip(LONDON, together, strict=True)) == alone
    assert len(trust.departments.asked()) < len(LONDON)


async def test_no_more_go_out_together_than_a_department_bears(
    trust: Trust, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(batch, "SLICES", 3)
    caplog.set_level("INFO", "share")
    answers = await asyncio.gather(*(sent(trust, PAY, "public", area=area) for area in LONDON))
    assert all(b'"errors"' not in answer for answer in answers)
    lines = [orjson.loads(record.message) for record in caplog.records if record.name == "share"]
    together = [len(line["operations"]) for line in lines]
    assert (max(together), sum(together)) == (3, len(LONDON))


PUBLISHED = {"claimantCount": "ons", "searchingForWork": "dwp", "apprenticeshipStarts": "dfe"}
AT_ONCE = [(area, f"2021-{month:02}") for month, area in enumerate(LONDON, 1)]


def spied(trust: Trust, monkeypatch: pytest.MonkeyPatch, department: str) -> list[DatasetQuery]:
    """Everything that a department is asked from now on."""
    connector = trust.app.state.gateway.engine.dispatcher.connectors[department]
    answer, seen = connector.answer, list[DatasetQuery]()

    async def noting(ask: DatasetQuery) -> Any:
        seen.append(ask)
        return await answer(ask)

    monkeypatch.setattr(connector, "answer", noting)
    return seen


@pytest.mark.parametrize("measure", PUBLISHED)
async def test_questions_to_a_publisher_gather_and_each_is_answered_as_if_it_were_alone(
    trust: Trust, measure: str
) -> None:
    text = ONE % measure
    alone = [await sent(trust, text, "public", area=area, month=month) for area, month in AT_ONCE]
    await trust.app.state.gateway.cache._backend.clear()
    trust.departments.asked()
    together = await asyncio.gather(*(sent(trust, text, "public", area=a, month=m) for a, m in AT_ONCE))
    assert together == alone
    assert len(trust.departments.asked()) == 1


@pytest.mark.parametrize("measure", PUBLISHED)
async def test_questions_to_a_publisher_that_differ_in_more_than_places_and_periods_stay_apart(
    trust: Trust, monkeypatch: pytest.MonkeyPatch, measure: str
) -> None:
    seen = spied(trust, monkeypatch, PUBLISHED[measure])
    texts = [ONE % measure, BY_SEX % measure]
    answers = await asyncio.gather(
        *(sent(trust, text, "dfe-analyst", area=a, month=m) for a, m in AT_ONCE for text in texts)
    )
    assert all(b'"errors"' not in part for part in answers)
    assert sorted({part.by for part in ask.slices} == {()} for ask in seen) == [False, True]
    assert all(len({part.by for part in ask.slices}) == 1 for ask in seen)


async def test_questions_to_a_publisher_gather_up_to_so_many_cells_of_all_of_their_combinations(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "COMBINED", 9)
    seen = spied(trust, monkeypatch, "ons")
    text = ONE % "claimantCount"
    answers = await asyncio.gather(*(sent(trust, text, "public", area=a, month=m) for a, m in AT_ONCE))
    assert all(b'"errors"' not in answer for answer in answers)
    assert [len(ask.slices) for ask in seen] == [3, 3, 2]


@pytest.mark.parametrize("kind", ["wrong-keys", "broken-json", "truncated"])
async def test_of_questions_that_went_out_together_one_that_fails_takes_no_other_with_it(
    trust: Trust, kind: str
) -> None:
    trust.departments.inject("hmrc", kind)
    answers = await asyncio.gather(*(sent(trust, PAY, "public", area=area) for area in LONDON))
    assert all(b'"errors"' not in answer for answer in answers), (
        "the one answer was no answer, so each half was asked for again"
    )
    assert [name for _, name in trust.departments.asked()] == ["hmrc"] * 3


@pytest.mark.parametrize(
    ("error", "times"),
    [(DepartmentSilent("HMRC", "no answer within 5 s"), 1), (DepartmentUnavailable("HMRC", "HTTP 503"), 3)],
    ids=["does not answer", "is down"],
)
async def test_a_department_that_is_not_there_is_not_asked_again_by_everyone(
    trust: Trust, monkeypatch: pytest.MonkeyPatch, error: Exception, times: int
) -> None:
    connector, asked = trust.app.state.gateway.engine.dispatcher.connectors["hmrc"], list[Any]()

    async def failing(ask: Any) -> Any:
        asked.append(ask)
        raise error

    monkeypatch.setattr(connector, "answer", failing)
    answers = await asyncio.gather(*(sent(trust, PAY, "public", area=area) for area in LONDON))
    assert all(b"DEPARTMENT_UNAVAILABLE" in answer for answer in answers)
    assert len(asked) == times


async def test_an_answer_that_is_kept_is_the_one_that_would_be_made_anew(open_trust: Opener) -> None:
    async with open_trust(KEPT_ANSWERS="false") as trust:
        anew = [await sent(trust, BY_INDUSTRY, persona) for persona in AUDIENCES]
    async with open_trust() as trust:
        for _ in range(4):
            assert [await sent(trust, BY_INDUSTRY, persona) for persona in AUDIENCES] == anew


async def test_an_answer_is_kept_no_longer_than_what_it_was_made_from(open_trust: Opener, sources: Path) -> None:
    hmrc = sources / "hmrc.toml"
    hmrc.write_text(hmrc.read_text().replace("cache = 0\nstale = 60", "cache = 2"))
    async with open_trust(SOURCES=str(sources)) as trust:
        plans = trust.app.state.gateway.engine._plans._kept
        first = await sent(trust, PAY, "public", area="E09000001")
        assert not plans, "most are asked for once"
        assert await sent(trust, PAY, "public", area="E09000001") == first
        (kept,) = plans.values()
        finished = kept.finished
        assert finished is not None
        assert await sent(trust, PAY, "public", area="E09000001") == first
        assert kept.finished is finished
        assert trust.departments.asked() == [("POST", "hmrc")]
        await asyncio.sleep(2.01)
        assert await sent(trust, PAY, "public", area="E09000001") == first
        assert kept.finished is not finished
        assert trust.departments.asked() == [("POST", "hmrc")]


def end_first_agreement(trust: Trust) -> None:
    """DSA-001 is no longer in the book of this gateway."""
    engine = trust.app.state.gateway.engine
    changed = engine.book().without(AgreementRef("DSA-001", 1))
    engine.book = lambda: changed


async def test_an_answer_under_an_agreement_ends_with_it(trust: Trust) -> None:
    answers = [orjson.loads(await sent(trust, BY_INDUSTRY, "dfe-analyst")) for _ in range(3)]
    assert all("errors" not in answer for answer in answers)
    end_first_agreement(trust)
    refused = orjson.loads(await sent(trust, BY_INDUSTRY, "dfe-analyst"))
    assert refused["errors"][0]["extensions"]["code"] == "UNAUTHORIZED_FIELD_OR_TYPE"
    assert all(row["payrolledEmployees"] is None for row in refused["data"]["labourMarket"]["nodes"])


async def test_a_failure_is_kept_for_nobody(trust: Trust) -> None:
    trust.departments.inject("hmrc", "broken-json", times=2)
    failed = orjson.loads(await sent(trust, PAY, "public", area="E09000001"))
    trust.departments.apps["hmrc"].state.faults.clear()
    assert failed["errors"][0]["extensions"]["code"] == "DEPARTMENT_MISANSWERED"
    assert b'"errors"' not in await sent(trust, PAY, "public", area="E09000001")


async def test_a_department_is_told_of_every_operation_that_its_answer_is_for(
    trust: Trust, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "share")
    await asyncio.gather(*(sent(trust, PAY, "public", area=area) for area in LONDON))
    lines = [orjson.loads(record.message) for record in caplog.records if record.name == "share"]
    operations = [operation for line in lines for operation in line["operations"]]
    assert len(operations) == len(set(operations)) == len(LONDON)


async def test_every_request_is_recorded_whoever_shares_its_answer(trust: Trust) -> None:
    await asyncio.gather(*(sent(trust, PAY, persona, area="E09000001") for persona in AUDIENCES * 3))
    counted = Counter(row.organisation for row in trust.recorded())
    assert counted == dict.fromkeys((None, "DfE", "HMRC", "DWP", "GMCA"), 3)


async def test_the_answers_that_are_kept_take_no_more_than_is_allowed(open_trust: Opener) -> None:
    async with open_trust(MEMORY="1") as trust:
        kept = trust.app.state.gateway.engine._plans._kept
        for area in LONDON * 2:
            await sent(trust, PAY, "public", area=area)
        assert 0 < sum(prepared.bytes for prepared in kept.values()) == kept.currsize <= kept.maxsize == 343_750
        assert any(prepared.finished for prepared in kept.values())
        assert len(kept) < len(LONDON)


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """The demonstration's source files, in which HMRC's answers are old at once, and may be shown for a minute."""
    folder = Path(shutil.copytree("resolvers/sources", tmp_path / "sources"))
    hmrc = folder / "hmrc.toml"
    hmrc.write_text(hmrc.read_text().replace("cache = 3600", "cache = 0\nstale = 60"))
    return folder


async def test_an_old_answer_is_shown_while_it_is_asked_for_anew(open_trust: Opener, sources: Path) -> None:
    async with open_trust(SOURCES=str(sources)) as trust:
        first = await sent(trust, PAY, "public", area="E09000001")
        assert trust.departments.asked() == [("POST", "hmrc")]
        trust.departments.inject("hmrc", "slow", seconds=1.0)
        started = time.perf_counter()
        assert [await sent(trust, PAY, "public", area="E09000001") for _ in range(5)] == [first] * 5
        assert time.perf_counter() - started < 1.0, "nobody waits for what is asked for anew"
        await asyncio.gather(*trust.app.state.gateway.engine.dispatcher._tasks)
        assert trust.departments.asked() == [("POST", "hmrc")], (
            "asked for anew once, however many were shown the old one"
        )


async def test_a_gateway_that_closes_does_not_wait_for_what_is_asked_for_anew(
    open_trust: Opener, sources: Path
) -> None:
    async with open_trust(SOURCES=str(sources)) as trust:
        await sent(trust, PAY, "public", area="E09000001")
        trust.departments.inject("hmrc", "slow", seconds=10)
        await sent(trust, PAY, "public", area="E09000001")
        dispatcher = trust.app.state.gateway.engine.dispatcher
        assert dispatcher._tasks
        started = time.perf_counter()
    assert time.perf_counter() - started < 8
    assert not dispatcher._tasks


async def test_an_old_answer_that_cannot_be_had_anew_is_still_shown_and_the_log_says_so(
    open_trust: Opener, sources: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_trust(SOURCES=str(sources)) as trust:
        first = await sent(trust, PAY, "public", area="E09000001")
        trust.departments.inject("hmrc", "503", times=2)
        assert await sent(trust, PAY, "public", area="E09000001") == first
        await asyncio.gather(*trust.app.state.gateway.engine.dispatcher._tasks)
        assert "an answer could not be renewed" in caplog.messages
        assert await sent(trust, PAY, "public", area="E09000001") == first
        await asyncio.gather(*trust.app.state.gateway.engine.dispatcher._tasks)


@pytest.mark.parametrize(
    "measure", ["claimantCount", "searchingForWork", "apprenticeshipStarts", "population", "payrolledEmployees"]
)
async def test_what_others_ask_at_the_same_time_is_in_nobodys_provenance(trust: Trust, measure: str) -> None:
    asks = [("public", "E08000003", "2021-01"), ("dfe-analyst", "E09000001", "2020-07")]
    alone: list[bytes] = []
    for persona, area, month in asks:
        alone.append(await sent(trust, ONE % measure, persona, area=area, month=month))
        await trust.app.state.gateway.cache._backend.clear()
    trust.departments.asked()

    async def together() -> list[bytes]:
        return await asyncio.gather(*(sent(trust, ONE % measure, who, area=a, month=m) for who, a, m in asks))

    for _ in ("asked", "kept", "finished"):
        assert await together() == alone


@pytest.mark.parametrize("measure", ["claimantCount", "searchingForWork", "apprenticeshipStarts", "payrolledEmployees"])
async def test_what_one_caller_asked_in_one_go_is_not_told_to_the_next_who_asks_a_part_of_it(
    trust: Trust, measure: str
) -> None:
    inside = f"{measure} {{ value provenance {{ source }} }}"
    part = """%s: area(code: "%s") { labourMarket(periods: {from: "%s", to: "%s"}, fill: LATEST) { %s } }"""
    first, second = (
        part % ("a", "E08000003", "2021-01", "2021-01", inside),
        part % ("b", "E09000001", "2020-07", "2020-07", inside),
    )
    alone = await sent(trust, f"{{ {first} }}", "public")
    await trust.app.state.gateway.cache._backend.clear()
    await sent(trust, f"{{ {first} {second} }}", "beis-analyst")
    trust.departments.asked()
    assert await sent(trust, f"{{ {first} }}", "public") == alone
    assert trust.departments.asked() == []


@pytest.mark.parametrize(("measure", "department"), [("payrolledEmployees", "hmrc"), *PUBLISHED.items()])
async def test_of_questions_that_go_out_together_one_that_is_too_much_takes_no_other_with_it(
    trust: Trust, monkeypatch: pytest.MonkeyPatch, measure: str, department: str
) -> None:
    connector = trust.app.state.gateway.engine.dispatcher.connectors[department]
    answer = connector.answer

    async def burdened(ask: Any) -> Any:
        if any("E09000028" in part.areas for part in ask.slices):
            raise DepartmentUnavailable(department, "HTTP 503")
        return await answer(ask)

    monkeypatch.setattr(connector, "answer", burdened)
    answers = await asyncio.gather(*(sent(trust, ONE % measure, "public", area=a, month="2021-01") for a in LONDON))
    failed = [area for area, reply in zip(LONDON, answers, strict=True) if b'"errors"' in reply]
    assert failed == ["E09000028"]


async def test_what_could_not_be_protected_is_asked_for_anew(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    connector = trust.app.state.gateway.engine.dispatcher.connectors["hmrc"]
    answer = connector.answer

    async def without_evidence(ask: Any) -> Any:
        tables = await answer(ask)
        for column in tables[0].columns.values():
            for array in (column.evidence.n, column.evidence.contributors, column.evidence.top1, column.evidence.top2):
                array[:] = float("nan")
        return tables

    with monkeypatch.context() as patch:
        patch.setattr(connector, "answer", without_evidence)
        for _ in range(3):
            sick = orjson.loads(await sent(trust, BY_INDUSTRY, "dfe-analyst"))
            assert sick["errors"][0]["extensions"]["code"] == "DEPARTMENT_MISANSWERED"
    assert b'"errors"' not in await sent(trust, BY_INDUSTRY, "dfe-analyst")


async def test_what_was_decided_before_an_agreement_ended_is_decided_again_before_it_is_shown(trust: Trust) -> None:
    trust.departments.inject("hmrc", "slow", seconds=0.3)
    epoch = trust.app.state.gateway.engine.book().epoch
    waiting = asyncio.create_task(sent(trust, BY_INDUSTRY, "dfe-analyst"))
    await asyncio.sleep(0.1)
    end_first_agreement(trust)
    answer = orjson.loads(await waiting)
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHORIZED_FIELD_OR_TYPE"
    assert all(row["payrolledEmployees"] is None for row in answer["data"]["labourMarket"]["nodes"])
    assert [row.epoch for row in trust.recorded()] == [epoch + 1]


async def test_an_answer_with_so_many_errors_that_they_fill_the_memory_is_not_kept(open_trust: Opener) -> None:
    async with open_trust(MEMORY="4") as trust:
        kept = trust.app.state.gateway.engine._plans._kept
        refused = " ".join(f"a{at}: medianMonthlyPay {{ value }}" for at in range(60))
        text = BY_INDUSTRY.replace("payrolledEmployees { value status markers }", refused)
        for _ in range(3):
            assert len(orjson.loads(await sent(trust, text, "public"))["errors"]) == 60
        assert len(kept) == 1
        assert not next(iter(kept.values())).finished
