"""The share node through its HTTP: whose questions it answers, and with what."""

import io
import sqlite3
import sys
import time
from itertools import product
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.departments.share_desk import (
    AGREED,
    AREAS,
    INDUSTRIES,
    MONTHS,
    SEXES,
    Desk,
    assertion,
    database,
    mapping,
    question,
    rows,
)

NOW = int(time.time())


def stored(file: Path, column: str, area: str, month: str, sex: str = "ALL", industry: str = "ALL") -> float | None:
    """One figure of the newest release, asked of the database itself."""
    connection = sqlite3.connect(file)
    row = connection.execute(
        f"SELECT {column} FROM pay WHERE release = '2023-06' AND area = ? AND month = ? AND sex = ? AND industry = ?",
        (area, month, sex, industry),
    ).fetchone()
    connection.close()
    return row[0] if row else None


# What is answered


@settings(max_examples=40, deadline=None)
@given(data=st.data())
async def test_any_question_has_the_databases_own_figures(desk: Desk, file: Path, data: st.DataObject) -> None:
    by = data.draw(st.sampled_from([(), ("SEX",), ("SEX", "INDUSTRY"), ("INDUSTRY", "SEX")]))
    members = {"SEX": SEXES, "INDUSTRY": INDUSTRIES}
    every = [list(group) for group in product(*(members[facet] for facet in by))]
    groups = data.draw(st.lists(st.sampled_from(every), min_size=1, unique_by=tuple))
    areas = data.draw(st.lists(st.sampled_from([*AREAS, "S12000033"]), min_size=1, unique=True))
    first, last = sorted(data.draw(st.tuples(st.sampled_from(MONTHS), st.sampled_from(MONTHS))))
    measures = data.draw(st.lists(st.sampled_from(["payrolledEmployees", "medianMonthlyPay"]), min_size=1, unique=True))
    answer = await desk.answer(
        measures=measures, areas=areas, periods={"from": first, "to": last}, by=list(by), groups=groups
    )
    months = [month for month in MONTHS if first <= month <= last]
    assert (answer["areas"], answer["periods"], answer["groups"]) == (areas, months, groups)
    named = [dict(zip((facet.lower() for facet in by), group, strict=True)) for group in groups]
    cells = list(product(areas, months, named))
    for name, column in (("payrolledEmployees", "employees"), ("medianMonthlyPay", "median")):
        if name in measures:
            expected = [stored(file, column, area, month, **group) for area, month, group in cells]
            assert answer["values"][name] == expected
            assert answer["status"][name] == ["O" if value is None else "A" for value in expected]
            assert answer["evidence"][name]["n"] == [stored(file, "employees", a, m, **group) for a, m, group in cells]


async def test_evidence_comes_with_unprotected_figures_in_the_kinds_that_are_mapped(desk: Desk, file: Path) -> None:
    answer = await desk.answer(measures=["payrolledEmployees", "medianMonthlyPay"], areas=["E12000007"])
    assert answer["sdc"] == "raw"
    assert set(answer["evidence"]["payrolledEmployees"]) == {"n", "contributors", "top1", "top2"}
    assert set(answer["evidence"]["medianMonthlyPay"]) == {"n"}
    largest = [stored(file, "largest", "E12000007", month) for month in MONTHS[:2]]
    assert answer["evidence"]["payrolledEmployees"]["top1"] == largest


OWN, PUBLISHED = {"basis": "OWN", "agreements": []}, {"basis": "PUBLISHED", "agreements": []}


async def test_evidence_needs_a_grant_by_agreement_or_of_the_owner(desk: Desk) -> None:
    published, protected = {"payrolledEmployees": PUBLISHED}, question(evidence=False)
    answer = await desk.problem(question(), assertion(grants=published))
    assert answer["status"] == 403
    assert "payrolledEmployees" in answer["detail"]
    assert (await desk.send(protected, assertion(asked=protected, grants=published))).status_code == 200
    assert (await desk.answer(assertion(org="HMRC", grants={"payrolledEmployees": OWN})))["sdc"] == "raw"


@pytest.mark.parametrize("evidence", [True, False])
@pytest.mark.parametrize(
    "claims",
    [
        {"grants": {}},
        {"grants": {"medianMonthlyPay": AGREED}},
        {"grants": {"payrolledEmployees": OWN}},
        {"grants": {"payrolledEmployees": OWN}, "org": None},
        {"grants": {"payrolledEmployees": {**AGREED, "agreements": []}}},
        {"grants": {"payrolledEmployees": {**AGREED, "agreements": ["DSA-009 v1"]}}},
        {"org": None},
    ],
    ids=str,
)
async def test_a_measure_is_answered_only_on_a_grant_of_its_own_that_holds(
    desk: Desk, claims: dict[str, Any], evidence: bool
) -> None:
    asked = question(evidence=evidence)
    answer = await desk.problem(asked, assertion(asked=asked, **claims))
    assert answer["status"] == 403
    assert "payrolledEmployees" in answer["detail"]


async def test_a_department_that_gives_no_evidence_protects_every_figure_itself(file: Path) -> None:
    desk = Desk(mapping(f"sqlite:///{file}", evidence=False))
    answer = await desk.answer()
    assert answer["sdc"] == "applied"
    assert "evidence" not in answer
    assert all(value is None or value % 5 == 0 for value in answer["values"]["payrolledEmployees"])


async def test_figures_without_evidence_are_protected_by_the_published_profile(desk: Desk, file: Path) -> None:
    query = {"areas": list(AREAS), "periods": {"from": "2023-01", "to": "2023-04"}, "by": ["SEX", "INDUSTRY"]}
    answer = await desk.answer(evidence=False, measures=["payrolledEmployees", "medianMonthlyPay"], **query)
    assert answer["sdc"] == "applied"
    assert "evidence" not in answer
    seen = {"Q": 0, "A": 0, "O": 0}
    cells = list(product(answer["areas"], answer["periods"], answer["groups"]))
    for at, (area, month, (sex, industry)) in enumerate(cells):
        figures = {
            name: stored(file, name, area, month, sex, industry)
            for name in ("employees", "median", "employers", "largest", "second")
        }
        number, status = answer["values"]["payrolledEmployees"][at], answer["status"]["payrolledEmployees"][at]
        seen[status] += 1
        raw = figures["employees"]
        if raw is None:
            assert (number, status) == (None, "O")
            continue
        assert figures["employers"] is not None
        assert figures["largest"] is not None
        assert figures["second"] is not None
        rest = raw - figures["largest"] - figures["second"]
        unsafe = raw > 0 and (raw < 10 or figures["employers"] < 3 or rest < figures["largest"] / 10)
        assert (number, status) == ((None, "Q") if unsafe else (int(raw / 5 + 0.5) * 5, "A"))
        median = answer["values"]["medianMonthlyPay"][at]
        if figures["median"] is not None:
            # Suppressed by the same rule, and not rounded.
            assert (median, answer["status"]["medianMonthlyPay"][at]) == (
                (None, "Q") if raw < 10 else (figures["median"], "A")
            )
    assert all(seen.values())


async def test_the_newest_release_answers_unless_another_is_named(desk: Desk, file: Path) -> None:
    newest = await desk.answer()
    assert newest["release"] == "2023-06"
    older = await desk.answer(release="2023-05")
    assert older["release"] == "2023-05"
    assert older["values"] != newest["values"]
    answer = await desk.problem(question(release="2022-01"))
    assert (answer["status"], "2023-06, 2023-05" in answer["detail"]) == (400, True)


async def test_places_can_be_asked_for_by_level(desk: Desk) -> None:
    wales = await desk.answer(areas={"level": "LA", "within": "W92000004"})
    assert len(wales["areas"]) == 22
    assert "W06000015" in wales["areas"]
    assert len((await desk.answer(areas={"level": "LA"}))["areas"]) == 361


async def test_groups_that_are_not_named_are_those_that_are_held(desk: Desk) -> None:
    answer = await desk.answer(by=["SEX", "INDUSTRY"])
    assert answer["groups"] == [list(group) for group in product(SEXES, INDUSTRIES)]


async def test_a_longer_period_stands_for_the_months_in_it(desk: Desk) -> None:
    answer = await desk.answer(periods={"from": "2023-Q1", "to": "2023-Q1", "every": "MONTH"})
    assert answer["periods"] == ["2023-01", "2023-02", "2023-03"]


async def test_several_questions_are_answered_in_one_request_in_order(desk: Desk) -> None:
    alone = [await desk.answer(by=["SEX"]), await desk.answer(areas=["K02000001"], evidence=False)]
    both = [question(by=["SEX"]), question(areas=["K02000001"], evidence=False)]
    reply = await desk.send({"queries": both})
    assert orjson.loads(reply.content) == {"answers": alone}


async def test_an_arrow_stream_holds_the_same_figures(desk: Desk) -> None:
    arrow = "application/vnd.apache.arrow.stream"
    body = question(by=["SEX"], measures=["payrolledEmployees"])
    reply = await desk.send(body, Accept=arrow)
    assert reply.headers["content-type"] == arrow
    table = pa.ipc.open_stream(io.BytesIO(reply.content)).read_all()
    answer = await desk.answer(by=["SEX"], measures=["payrolledEmployees"])
    cells = list(product(answer["areas"], answer["periods"], answer["groups"]))
    assert table.column("area").to_pylist() == [area for area, _, _ in cells]
    assert table.column("SEX").to_pylist() == [group[0] for _, _, group in cells]
    assert table.column("payrolledEmployees").to_pylist() == answer["values"]["payrolledEmployees"]
    assert table.column("payrolledEmployees.status").to_pylist() == answer["status"]["payrolledEmployees"]
    assert table.column("payrolledEmployees.top1").to_pylist() == answer["evidence"]["payrolledEmployees"]["top1"]
    assert table.schema.metadata == {b"release": b"2023-06", b"sdc": b"raw"}


async def test_several_questions_are_answered_in_one_stream_after_another(desk: Desk) -> None:
    both = [question(by=["SEX"]), question(areas=["K02000001"], evidence=False)]
    reply = await desk.send({"queries": both}, Accept="application/vnd.apache.arrow.stream")
    reader = pa.BufferReader(reply.content)
    alone = [await desk.answer(by=["SEX"]), await desk.answer(areas=["K02000001"], evidence=False)]
    for answer in alone:
        table = pa.ipc.open_stream(reader).read_all()
        for name, values in answer["values"].items():
            assert table.column(name).to_pylist() == values
    assert reader.tell() == len(reply.content)


async def test_without_pyarrow_a_node_answers_in_json_or_says_that_it_has_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrow = "application/vnd.apache.arrow.stream"
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    either = await desk.send(question(), Accept=f"{arrow}, application/json;q=0.9")
    assert orjson.loads(either.content) == await desk.answer()
    without = await desk.problem(question(), Accept=arrow)
    assert (without["status"], "pyarrow is not installed" in without["detail"]) == (406, True)


# Questions that cannot be answered say what is allowed

WRONG: dict[str, tuple[object, str]] = {
    "not JSON": (b"{", "not JSON"),
    "no object": ([], "send a JSON object"),
    "an unknown key": (question(where="x"), "'where' is not a key"),
    "an unknown measure": (question(measures=["wages"]), "allowed are payrolledEmployees, medianMonthlyPay"),
    "measures that are no list": (question(measures="payrolledEmployees"), "measures must be a list"),
    "no areas": (question(areas=None), "areas must be a list"),
    "areas that are none": (question(areas=[]), "areas must be a list"),
    "areas that are no texts": (question(areas=[5]), "areas must be a list of texts"),
    "an area twice": (question(areas=["E08000003", "E08000003"]), "twice"),
    "an unknown level": (question(areas={"level": "WARD"}), "UK, COUNTRY, REGION"),
    "a level that is no text": (question(areas={"level": ["LA"]}), "areas.level must be one of"),
    "an unknown place": (question(areas={"level": "LA", "within": "X1"}), "'X1' is not a GSS code"),
    "a place that is no text": (question(areas={"level": "LA", "within": ["E08000003"]}), "is not a GSS code"),
    "no place of the level": (question(areas={"level": "REGION", "within": "E08000003"}), "no REGION lies within"),
    "no periods": (question(periods=None), "periods must be"),
    "other keys of periods": (question(periods={"from": "2023-01", "until": "2023-02"}), "periods must be"),
    "a period that is none": (question(periods={"from": "2023-13", "to": "2023-14"}), "months are 01 to 12"),
    "periods backwards": (question(periods={"from": "2023-02", "to": "2023-01"}), "no whole MONTH"),
    "another length": (question(periods={"from": "2023", "to": "2023", "every": "YEAR"}), "for each MONTH"),
    "by that is no list": (question(by="SEX"), "by must be a list"),
    "an unknown facet": (question(by=["AGE_BAND"]), "allowed are SEX, INDUSTRY"),
    "facets that are not shared together": (question(by=["INDUSTRY"]), "INDUSTRY and SEX"),
    "a facet twice": (question(by=["SEX", "SEX"]), "twice"),
    "groups that are no list": (question(by=["SEX"], groups="FEMALE"), "groups must be a list"),
    "groups that are none": (question(by=["SEX"], groups=[]), "groups must be a list"),
    "a group that is no list": (question(by=["SEX"], groups=["FEMALE"]), "each group is a list"),
    "a group of another size": (question(by=["SEX"], groups=[["FEMALE", "A"]]), "one member for each facet"),
    "a group of no text": (question(by=["SEX"], groups=[[["FEMALE"]]]), "is no member of SEX"),
    "an unknown member": (question(by=["SEX"], groups=[["F"]]), "allowed are FEMALE, MALE"),
    "a group twice": (question(by=["SEX"], groups=[["MALE"], ["MALE"]]), "twice"),
    "evidence that is neither": (question(evidence="yes"), "evidence must be true or false"),
    "a release that is no text": (question(release=202306), "release must be a text"),
    "queries beside other keys": ({"queries": [question()], "evidence": True}, "and nothing else"),
    "queries that are none": ({"queries": []}, "and nothing else"),
    "a wrong question among others": ({"queries": [question(), question(by=["AGE_BAND"])]}, "AGE_BAND"),
}


@pytest.mark.parametrize("how", WRONG)
async def test_a_wrong_question_is_told_what_is_allowed(desk: Desk, how: str) -> None:
    body, words = WRONG[how]
    answer = await desk.problem(body)
    assert answer["status"] == 400
    assert words in answer["detail"]


async def test_an_unknown_dataset_is_told_which_there_are(desk: Desk) -> None:
    answer = await desk.problem(question(), dataset="wages")
    assert (answer["status"], answer["detail"]) == (404, "shared are pay.")


async def test_another_path_and_another_method_are_problems_too(desk: Desk) -> None:
    for reply in (await desk.http.get("/v2"), await desk.http.get("/v1/datasets/pay/query")):
        assert reply.status_code in (404, 405)
        assert reply.headers["content-type"] == "application/problem+json"
        assert "POST /v1/datasets/{id}/query" in orjson.loads(reply.content)["detail"]


async def test_more_than_the_limits_is_refused(file: Path) -> None:
    desk = Desk({**mapping(f"sqlite:///{file}"), "rows": 6})
    assert (await desk.send(question(by=["SEX"], areas=["E08000003"]))).status_code == 200
    rows_ = await desk.problem(question(by=["SEX"]))
    assert (rows_["status"], rows_["detail"]) == (413, "8 rows were asked for; 6 are allowed.")
    together = await desk.problem({"queries": [question(), question()]})
    assert together["status"] == 413
    many = await desk.problem({"queries": [question()] * 201})
    assert (many["status"], many["detail"]) == (413, "201 questions were asked together; 200 are allowed.")
    long = await desk.problem(b" " * 1_000_001)
    assert (long["status"], long["detail"]) == (413, "the question is larger than 1000000 bytes.")


# What is shared


async def test_what_is_shared_is_told_to_everyone_with_an_etag(desk: Desk) -> None:
    reply = await desk.http.get("/v1/datasets")
    document = orjson.loads(reply.content)
    assert document["limits"] == {"rows": 500_000, "queries": 200, "bytes": 1_000_000}
    (dataset,) = document["datasets"]
    assert dataset["releases"] == ["2023-06", "2023-05"]
    assert dataset["dimensions"] == {"SEX": list(SEXES), "INDUSTRY": list(INDUSTRIES)}
    assert dataset["breakdowns"] == [["SEX"], ["INDUSTRY", "SEX"]]
    assert dataset["measures"]["medianMonthlyPay"] == {"additive": False, "evidence": ["n"]}
    assert dataset["profile"] == {
            "suppress_below": 10, "round_to": 5, "contributors": 3, "percent": 10, "pattern": False, "series": True,
            "cell_keys": False,
        }  # fmt: skip
    again = await desk.http.get("/v1/datasets", headers={"If-None-Match": reply.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    answered = await desk.send(question())
    assert answered.headers["row-limit"] == "500000"
    assert (await desk.http.get("/healthz")).status_code == 200


# A database that changes or breaks under the node


async def test_a_table_that_gets_a_second_row_for_a_cell_is_not_answered_from(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "pay.sqlite"
    desk = Desk(mapping(database(path)))
    row = next(row for row in rows() if row[:5] == ("2023-06", "E08000003", "2023-01", "ALL", "ALL"))
    with sqlite3.connect(path) as connection:
        connection.execute(f"INSERT INTO pay VALUES ({', '.join('?' * len(row))})", row)
    connection.close()
    reply = await desk.send(question())
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "30")
    assert "two rows for one cell" in caplog.text
    assert "two rows" not in reply.text
    assert (await desk.send(question(areas=["W06000015"]))).status_code == 200


async def test_a_database_that_fails_is_a_problem_that_tells_nothing_of_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "pay.sqlite"
    desk = Desk(mapping(database(path)))
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE pay")
    connection.close()
    answer = await desk.problem(question())
    assert answer["status"] == 503
    assert "pay" not in answer["detail"]
    assert "OperationalError" in caplog.text
