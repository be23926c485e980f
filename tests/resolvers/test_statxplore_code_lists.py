"""Stat-Xplore's code lists change: a value is asked for only where its id and its label still belong together."""

import logging
from collections.abc import Mapping
from typing import Any

import httpx
import numpy as np
import pytest

from app.main import create_app as create_gateway
from app.settings import read as read_settings
from reference.facets import Facet
from reference.figure import Marker
from resolvers.errors import DepartmentMisanswered, DepartmentUnavailable
from tests.resolvers.statxplore_desk import (
    EVERYBODY,
    SEARCHING,
    WORKING,
    Answer,
    Changed,
    Desk,
    people,
    unknown_id,
    web_page,
)

LIST = "C_UC_EMPLOYMENT_2023_BAND"
NEW = "C_UC_EMPLOYMENT_2025_BAND"
ASKED = people(EVERYBODY, SEARCHING, WORKING)
REPLACED: dict[str, dict[str, Any]] = {
    "codes moved up by one": {"ids": {f"{LIST}:1": f"{NEW}:2", f"{LIST}:0": f"{NEW}:1"}},
    "codes changed places in a new list": {"ids": {f"{LIST}:1": f"{NEW}:0", f"{LIST}:0": f"{NEW}:1"}},
    "the label has another code": {"ids": {f"{LIST}:1": f"{NEW}:WORKING"}},
    "labels changed places": {"labels": {"In employment": "Not in employment", "Not in employment": "In employment"}},
    "a label is another": {"labels": {"In employment": "In employment or training"}},
}


def same_figures(one: Any, other: Any, *measures: str) -> bool:
    return all(np.array_equal(one.columns[name].values, other.columns[name].values) for name in measures)


@pytest.mark.parametrize("what", REPLACED)
@pytest.mark.parametrize("answers", [unknown_id, web_page])
async def test_a_value_that_was_replaced_fails_its_own_measure_and_is_drift(
    what: str, answers: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    (before,) = await Desk().answer(ASKED)
    desk = Desk(Changed(**REPLACED[what], answers=answers))
    for _ in range(2):
        (table,) = await desk.answer(ASKED)
        assert set(table.failures) == {WORKING}
        assert set(table.columns) == {EVERYBODY, SEARCHING}
        assert isinstance(table.failures[WORKING], DepartmentMisanswered)
        assert LIST in table.failures[WORKING].detail
        assert same_figures(table, before, EVERYBODY, SEARCHING)
    (record,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert f"{LIST}:1" in record.__dict__["drift"]
    lines = [line for line in await desk.statxplore.drift() if f"{LIST}:1" in line]
    assert lines == [record.__dict__["drift"]]


async def test_a_label_of_the_table_that_is_not_the_schemas_is_not_believed() -> None:
    with pytest.raises(DepartmentMisanswered) as error:
        await Desk(Changed(labels={"In employment": "At work"}, schema=False)).answer(ASKED)
    assert "the table and the schema do not agree" in error.value.detail


@pytest.mark.parametrize("what", REPLACED)
async def test_a_measure_that_is_asked_for_alone_and_was_replaced_is_a_misanswer(what: str) -> None:
    with pytest.raises(DepartmentMisanswered):
        await Desk(Changed(**REPLACED[what])).answer(people(WORKING))


async def test_a_member_that_was_replaced_fails_its_breakdown_and_no_other() -> None:
    desk = Desk(Changed(labels={"Male": "Female", "Female": "Male"}))
    by_sex = people(EVERYBODY, by=(Facet.SEX,), groups=(("FEMALE",), ("MALE",)))
    (before,) = await Desk().answer(people(EVERYBODY))
    whole, parts = await desk.answer(people(EVERYBODY), by_sex)
    assert same_figures(whole, before, EVERYBODY)
    assert isinstance(parts.failures[EVERYBODY], DepartmentMisanswered)
    with pytest.raises(DepartmentMisanswered):
        await desk.answer(by_sex)


@pytest.mark.parametrize(
    "change",
    [
        {"ids": {LIST: NEW}},
        {"ids": {":EMPLOYMENT_CODE": ":employment_code"}},
        {"ids": {":EMPLOYMENT_CODE": ":JOB", LIST: NEW}, "labels": {"Employment indicator": "EMPLOYMENT  INDICATOR"}},
        {"labels": {"In employment": "IN  EMPLOYMENT", "Searching for work": "searching for Work"}},
        {"ids": {LIST: NEW}, "labels": {"In employment": "in Employment"}, "answers": web_page},
    ],
)  # fmt: skip
async def test_a_value_whose_label_still_agrees_keeps_its_figures(change: dict[str, Any]) -> None:
    (before,) = await Desk().answer(ASKED)
    (table,) = await Desk(Changed(**change)).answer(ASKED)
    assert not table.failures
    assert same_figures(table, before, EVERYBODY, SEARCHING, WORKING)


async def test_labels_that_differ_in_case_only_are_no_drift() -> None:
    labels = {"In employment": "in employment", "Male": "MALE", "Employment indicator": "employment indicator"}
    assert await Desk(Changed(labels=labels)).statxplore.drift() == ()


# Ids that are gone

BY_AGE = people(
    EVERYBODY, SEARCHING, by=(Facet.AGE_BAND,), groups=(("AGE_16_24",), ("AGE_25_34",)), months=("2023-12",)
)
GONE: Mapping[str, tuple[Any, str, Any]] = {
    "a place": (ASKED, "LA_TO_REGION:E12000007", None),
    "a region": (ASKED, "REGION_TO_COUNTRY:E12000007", np.s_[0]),
    "a country": (people(EVERYBODY, WORKING, areas=("E12000007", "E92000001")), "GB:E92000001", np.s_[1]),
    "an authority": (people(EVERYBODY, areas=("E06000001", "E12000007")), "LA_TO_REGION:E06000001", np.s_[0]),
    "a month": (ASKED, "C_UC_DATE:202311", np.s_[:, 0]),
    "one of the values of a member": (BY_AGE, "C_UC_AGE_BAND:1", np.s_[:, :, 0]),
}


@pytest.mark.parametrize("what", GONE)
@pytest.mark.parametrize("answers", [unknown_id, web_page])
async def test_an_id_that_is_gone_is_x_with_a_note_and_the_others_keep_their_figures(
    what: str, answers: Answer
) -> None:
    piece, uri, cells = GONE[what]
    (before,) = await Desk().answer(piece)
    (table,) = await Desk(Changed(gone=(uri,), answers=answers)).answer(piece)
    for name in piece.measures:
        column, expected = table.columns[name], before.columns[name].values.copy()
        gone = np.zeros(expected.shape, bool)
        if cells is not None:
            gone[cells] = True
            assert gone.any()
        expected[gone] = np.nan
        assert np.array_equal(column.values, expected, equal_nan=True)
        assert set(column.markers[gone].tolist()) <= {int(Marker.x)}
        assert set(column.notes) == set(np.flatnonzero(gone).tolist())
        assert all(uri.rpartition(":")[2] in note and "does not list" in note for note in column.notes.values())


@pytest.mark.parametrize("answers", [unknown_id, web_page])
async def test_a_measure_whose_value_is_gone_is_x_and_the_others_keep_their_figures(answers: Answer) -> None:
    (before,) = await Desk().answer(ASKED)
    (table,) = await Desk(Changed(gone=("C_UC_CONDITIONALITY:AA",), answers=answers)).answer(ASKED)
    assert same_figures(table, before, EVERYBODY, WORKING)
    assert np.isnan(table.columns[SEARCHING].values).all()
    assert set(table.columns[SEARCHING].markers.ravel().tolist()) == {int(Marker.x)}
    assert "C_UC_CONDITIONALITY:AA" in table.columns[SEARCHING].notes[0]
    (alone,) = await Desk(Changed(gone=("C_UC_CONDITIONALITY:AA",), answers=answers)).answer(people(SEARCHING))
    assert set(alone.columns[SEARCHING].markers.ravel().tolist()) == {int(Marker.x)}


async def test_a_field_that_is_gone_fails_its_own_measure() -> None:
    change = {":EMPLOYMENT_CODE": ":OTHER", "Employment indicator": "Something else"}
    (before,) = await Desk().answer(ASKED)
    (table,) = await Desk(Changed(ids=change)).answer(ASKED)
    assert same_figures(table, before, EVERYBODY, SEARCHING)
    assert "EMPLOYMENT_CODE is gone" in table.failures[WORKING].detail


# Pages and limits


async def test_a_publisher_that_answers_everything_with_a_page_is_left_alone_for_a_while() -> None:
    publisher = Changed(pages={"/": web_page})
    desk = Desk(publisher)
    for _ in range(3):
        with pytest.raises(DepartmentUnavailable):
            await desk.answer(people(EVERYBODY))
    assert len(publisher.paths) == 2


async def test_a_page_that_the_schema_does_not_explain_is_a_department_that_does_not_answer() -> None:
    publisher = Changed(pages={"/table": web_page})
    desk = Desk(publisher)
    for _ in range(3):
        with pytest.raises(DepartmentUnavailable):
            await desk.answer(people(EVERYBODY))
    assert publisher.paths.count("/table") == 1


@pytest.mark.parametrize("body", ["", "Unprocessable", "<html>busy</html>", '{"message": "later"}', "[]"])
async def test_status_422_without_an_error_of_the_engine_is_a_limit(body: str) -> None:
    publisher = Changed(pages={"/table": lambda: httpx.Response(422, text=body)})
    desk = Desk(publisher)
    for _ in range(3):
        with pytest.raises(DepartmentUnavailable) as error:
            await desk.answer(people(EVERYBODY))
        assert error.value.retry_after
    assert publisher.paths == ["/table"]


async def test_drift_of_a_database_that_is_unavailable_keeps_the_lines_of_the_other() -> None:
    busy = {"/schema/str:database:UC_Households": lambda: httpx.Response(503, text=web_page().text)}
    lines = await Desk(Changed(gone=("C_UC_SEX:2",), pages=busy)).statxplore.drift()
    assert len(lines) == 2
    assert lines[0].endswith("C_UC_SEX:2 is gone")
    assert lines[1] == 'str:database:UC_Households: cannot be read: HTTP 503: a web page, "Error"'


# Through the gateway

QUERY = """{ labourMarket(areas: {codes: ["E12000007"]}, periods: {from: "2023-12", to: "2023-12"}) {
  nodes { peopleOnUniversalCredit { value } inWorkOnUniversalCredit { value } } } }"""


async def test_only_the_field_that_was_replaced_is_null_and_has_an_error(tmp_path: Any) -> None:
    changed = Changed(**REPLACED["codes moved up by one"])
    settings = read_settings({"LMDT_DEMO": "true", "LMDT_DATA": str(tmp_path)})
    gateway = create_gateway(settings, changed)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(gateway), base_url="http://localhost") as http:
        for _ in range(2):
            answer = (await http.post("/graphql", json={"query": QUERY})).json()
            (node,) = answer["data"]["labourMarket"]["nodes"]
            assert node["peopleOnUniversalCredit"]["value"] > 0
            assert node["inWorkOnUniversalCredit"] is None
            assert [error["extensions"]["code"] for error in answer["errors"]] == ["DEPARTMENT_MISANSWERED"]
            assert answer["errors"][0]["path"][-1] == "inWorkOnUniversalCredit"
    await gateway.state.gateway.close()


async def test_a_limit_of_requests_says_in_the_error_when_to_ask_again(tmp_path: Any) -> None:
    limited = Changed(pages={"/": lambda: httpx.Response(422, headers={"Retry-After": "40"})})
    gateway = create_gateway(read_settings({"LMDT_DEMO": "true", "LMDT_DATA": str(tmp_path)}), limited)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(gateway), base_url="http://localhost") as http:
        for _ in range(3):
            errors = (await http.post("/graphql", json={"query": QUERY})).json()["errors"]
            assert len(errors) == 2
            for error in errors:
                extensions = error["extensions"]
                assert (extensions["code"], extensions["retryable"]) == ("DEPARTMENT_UNAVAILABLE", True)
                assert 35 < extensions["retryAfter"] <= 40
                assert f"Ask again in {extensions['retryAfter']} seconds" in error["message"]
    assert len(limited.paths) == 1
    await gateway.state.gateway.close()
