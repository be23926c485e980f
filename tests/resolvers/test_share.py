"""The share protocol through its connector: the node's own figures, all of them, or an error."""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt
import numpy as np
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.cli import main
from app.signing import signer
from departments.faults import Faults
from departments.samples import share_node
from departments.share.pattern import parsed
from reference.facets import Facet
from reference.figure import STATUSES, Marker
from reference.period import Period, parse
from resolvers.errors import (
    DepartmentError,
    DepartmentMisanswered,
    DepartmentRefused,
    DepartmentSilent,
    DepartmentUnavailable,
)
from resolvers.protocols import share
from resolvers.protocols.connector import DatasetQuery
from resolvers.protocols.share import Share
from resolvers.source import Limits, Source, load, read
from resolvers.table import Slice, Table
from resolvers.wire import Vouched, Wire
from tests.conftest import FOLDER, Departments
from tests.departments import additive
from tests.departments.share_desk import AREAS, INDUSTRIES, MONTHS, SEXES, TRUST, claims, mapping
from tests.departments.share_desk import Desk as Node

SOURCES = Path(__file__).parents[2] / "resolvers" / "sources"
SOURCE = {
    "department": "HMRC",
    "protocol": "share",
    "url": "http://node",
    "datasets": [
        {
            "id": "pay",
            "title": "Pay (synthetic)",
            "licence": "Synthetic",
            "every": "MONTH",
            "breakdowns": [["SEX"], ["SEX", "INDUSTRY"]],
            "measures": {"payrolledEmployees": {}, "medianMonthlyPay": {}},
            "facets": {"SEX": {"members": list(SEXES)}, "INDUSTRY": {"members": list(INDUSTRIES)}},
        }
    ],
}
BOTH = ("payrolledEmployees", "medianMonthlyPay")


class Connected(httpx.AsyncBaseTransport):
    """A connector, the node behind it or whatever stands in its place, and the bodies that are sent there."""

    def __init__(self, transport: httpx.AsyncBaseTransport, source: Source | None = None) -> None:
        self.source = source or read("hmrc", SOURCE)
        self.bodies: list[Any] = []
        self.sign: Callable[[Mapping[str, Any]], str] = lambda claims: jwt.encode(claims, TRUST, "EdDSA", {"kid": "k0"})
        self.share = Share(self.source, Wire(self.source, self))
        self._node = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(orjson.loads(request.content) if request.content else None)
        return await self._node.handle_async_request(request)

    def ask(self, *slices: Slice, **said: Any) -> DatasetQuery:
        """A question with an assertion of these claims."""

        def vouched(_: str, address: str, body: bytes) -> Vouched:
            claimed = claims(body, urlsplit(address).path, **said)
            return Vouched(f"Bearer {self.sign(claimed)}", claimed["jti"])

        return DatasetQuery(self.source.datasets[0], slices, assertion=vouched)

    async def tables(self, *slices: Slice) -> tuple[Table, ...]:
        return await self.share.answer(self.ask(*slices))


@pytest.fixture(scope="module")
def connected(file: Path) -> Connected:
    return Connected(httpx.ASGITransport(Node(mapping(f"sqlite:///{file}")).app))


def slice_of(*months: str, measures: tuple[str, ...] = BOTH, evidence: bool = True) -> Slice:
    periods = tuple(parse(month) for month in months or MONTHS[:2])
    groups = tuple((sex,) for sex in SEXES)
    return Slice(measures, ("E08000003", "W06000015"), periods, (Facet.SEX,), groups, evidence)


def stored(file: Path, column: str, area: str, period: Period, group: dict[str, str]) -> float:
    """One figure of the newest release, asked of the database itself; NaN where there is none."""
    where = {"sex": "ALL", "industry": "ALL", **group}
    with sqlite3.connect(file) as connection:
        row = connection.execute(
            f"SELECT {column} FROM pay WHERE (release, area, month, sex, industry) = ('2023-06', ?, ?, ?, ?)",
            (area, period.code, where["sex"], where["industry"]),
        ).fetchone()
    connection.close()
    return np.nan if row is None or row[0] is None else row[0]


# The node's figures


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.parametrize("worth_arrow", [0, 1_000_000], ids=["arrow", "json"])
async def test_any_slice_has_the_departments_figures_and_evidence(
    connected: Connected, file: Path, data: st.DataObject, worth_arrow: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(share, "WORTH_ARROW", worth_arrow)
    by = data.draw(st.sampled_from([(), (Facet.SEX,), (Facet.INDUSTRY, Facet.SEX)]))
    members = {Facet.SEX: SEXES, Facet.INDUSTRY: INDUSTRIES}
    every = list(product(*(members[facet] for facet in by)))
    slices = tuple(
        Slice(
            tuple(data.draw(st.lists(st.sampled_from(BOTH), min_size=1, unique=True))),
            tuple(data.draw(st.lists(st.sampled_from(AREAS), min_size=1, unique=True))),
            tuple(parse(m) for m in data.draw(st.lists(st.sampled_from(MONTHS), min_size=1, unique=True))),
            by,
            tuple(data.draw(st.lists(st.sampled_from(every), min_size=1, unique=True))),
            evidence=True,
        )
        for _ in range(data.draw(st.integers(1, 3)))
    )
    for piece, table in zip(slices, await connected.tables(*slices), strict=True):
        assert (table.slice, table.release, table.protected) == (piece, "2023-06", False)
        named = [{facet.lower(): code for facet, code in zip(by, group, strict=True)} for group in piece.groups]
        cells = list(product(piece.areas, piece.periods, named))
        for name in piece.measures:
            own = {"payrolledEmployees": "employees", "medianMonthlyPay": "median"}[name]
            column = table.columns[name]
            assert column.evidence is not None
            for got, where in ((column.values, own), (column.evidence.n, "employees")):
                expected = np.array([stored(file, where, *cell) for cell in cells]).reshape(piece.shape)
                np.testing.assert_array_equal(got, expected)
            assert (column.markers[np.isnan(column.values)] == Marker.x).all()
            assert (column.markers[~np.isnan(column.values)] == 0).all()


async def test_evidence_of_a_kind_that_is_not_mapped_is_unknown(connected: Connected) -> None:
    (table,) = await connected.tables(slice_of())
    pay, people = (table.columns[name].evidence for name in ("medianMonthlyPay", "payrolledEmployees"))
    assert pay is not None
    assert people is not None
    assert np.isnan(pay.top1).all()
    assert not np.isnan(people.top1).all()


async def test_figures_asked_for_without_evidence_are_the_departments_protected_ones(connected: Connected) -> None:
    every = Slice(BOTH, AREAS, tuple(map(parse, MONTHS)), (Facet.SEX,), (("FEMALE",), ("MALE",)))
    (table,) = await connected.tables(every)
    assert table.protected
    column = table.columns["payrolledEmployees"]
    assert column.evidence is None
    hidden = column.status == STATUSES.index("Q")
    assert hidden.any()
    assert (column.markers[hidden] == Marker.c).all()
    assert np.isnan(column.values[hidden]).all()
    assert (column.values[column.status == STATUSES.index("A")] % 5 == 0).all()


@pytest.mark.parametrize("worth_arrow", [0, 1_000_000], ids=["arrow", "json"])
async def test_cells_that_the_owners_pattern_hides_are_marked_beside_their_figures(
    tmp_path: Path, worth_arrow: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(share, "WORTH_ARROW", worth_arrow)
    path, document = additive.files(tmp_path)
    assert main(["protect", str(path)]) == 0
    pattern = parsed((tmp_path / "patterns" / "pay.payrolledEmployees.2023-06.pattern").read_bytes())
    connected = Connected(httpx.ASGITransport(Node(document).app))
    groups = tuple((member,) for member in additive.MEMBERS)
    piece = Slice(
        BOTH, additive.AUTHORITIES, (parse("2023-03"), parse("2023-01")), (Facet.INDUSTRY,), groups, evidence=True
    )
    raw, published = [
        table.columns["payrolledEmployees"] for table in await connected.tables(piece, piece._replace(evidence=False))
    ]
    assert raw.pattern is not None
    assert published.pattern == (pattern.name, None)
    assert raw.pattern.name == pattern.name
    assert raw.pattern.hidden is not None
    assert raw.pattern.hidden.any()
    assert not np.isnan(raw.values).any()
    assert (raw.pattern.hidden == (published.status == STATUSES.index("Q"))).all()


async def test_one_request_carries_everything_that_is_asked_of_a_dataset(connected: Connected) -> None:
    connected.bodies.clear()
    many = (slice_of("2023-01"), slice_of("2023-03", measures=BOTH[:1]), slice_of(evidence=False))
    ask = connected.ask(*many)
    planned = connected.share.requests(ask)
    assert len(await connected.share.answer(ask)) == 3
    (call,) = ask.calls
    (body,) = connected.bodies
    assert (call.method, call.url, call.status) == ("POST", "http://node/v1/datasets/pay/query", 200)
    assert planned == (f"POST {call.url} {orjson.dumps(body).decode()}",)
    assert [set(query) for query in body["queries"]] == [set(body["queries"][0])] * 3


async def test_one_slice_is_asked_in_the_plain_form(connected: Connected) -> None:
    connected.bodies.clear()
    part = slice_of(measures=BOTH[:1])
    await connected.tables(part)
    plain = {
        "measures": ["payrolledEmployees"],
        "areas": ["E08000003", "W06000015"],
        "periods": {"from": "2023-01", "to": "2023-02", "every": "MONTH"},
        "by": ["SEX"],
        "groups": [["FEMALE"], ["MALE"]],
        "evidence": True,
    }
    assert connected.bodies == [plain]
    told = connected.share.requests(connected.ask(part))
    assert told == (f"POST http://node/v1/datasets/pay/query {orjson.dumps(plain).decode()}",)


# Refusals, faults, and answers that are not what was asked


async def test_a_node_that_refuses_the_assertion_is_a_refusal(connected: Connected) -> None:
    with pytest.raises(DepartmentRefused) as error:
        await connected.share.answer(connected.ask(slice_of(), aud="beis"))
    assert "Audience" in error.value.detail
    assert "Audience" not in error.value.message


async def test_a_node_without_an_assertion_is_a_refusal(connected: Connected) -> None:
    with pytest.raises(DepartmentRefused):
        await connected.share.answer(replace(connected.ask(slice_of()), assertion=None))


FAULTS: dict[str, tuple[int, type[DepartmentError]]] = {
    "slow": (1, DepartmentSilent),
    "429": (2, DepartmentUnavailable),
    "503": (2, DepartmentUnavailable),
    "dropped": (2, DepartmentUnavailable),
    "broken-json": (1, DepartmentMisanswered),
    "truncated": (1, DepartmentMisanswered),
    "wrong-keys": (1, DepartmentMisanswered),
}


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> tuple[Connected, Faults]:
    """The sample HMRC, which misbehaves on request."""
    own = signer(tmp_path_factory.getbasetemp() / "trust-key.pem")
    app = share_node("hmrc", FOLDER, keys=own.jwks, log=tmp_path_factory.mktemp("log"))
    source = load(SOURCES / "hmrc.toml")
    quick = replace(source, limits=Limits(timeout=2.0))
    connected = Connected(httpx.ASGITransport(app), quick)
    connected.sign = own.sign
    return connected, app.state.faults


@pytest.mark.parametrize("kind", FAULTS)
async def test_a_fault_of_the_department_is_an_error_of_its_kind(faulty: tuple[Connected, Faults], kind: str) -> None:
    connected, faults = faulty
    times, expected = FAULTS[kind]
    piece = Slice(("payrolledEmployees",), ("E08000003", "E06000001"), (parse("2024-01"),), (), ((),), evidence=True)
    (whole,) = await connected.share.answer(connected.ask(piece))
    assert (whole.columns["payrolledEmployees"].values > 0).all()
    faults.inject(kind, times, seconds=5.0)
    with pytest.raises(expected) as error:
        await connected.share.answer(connected.ask(piece))
    assert type(error.value) is expected
    faults.clear()
    (again,) = await connected.share.answer(connected.ask(piece))
    np.testing.assert_array_equal(
        again.columns["payrolledEmployees"].values, whole.columns["payrolledEmployees"].values
    )


@pytest.mark.parametrize("kind", ["429", "503", "dropped"])
async def test_a_department_that_was_busy_once_is_asked_once_more(faulty: tuple[Connected, Faults], kind: str) -> None:
    connected, faults = faulty
    piece = Slice(("payrolledEmployees",), ("E08000003",), (parse("2024-01"),), (), ((),), evidence=True)
    faults.inject(kind)
    ask = connected.ask(piece)
    await connected.share.answer(ask)
    assert [call.status for call in ask.calls] == [0 if kind == "dropped" else int(kind), 200]
    first, second = (call.jti for call in ask.calls)
    assert first and second and first != second


async def test_a_call_that_takes_too_long_is_one_call(faulty: tuple[Connected, Faults]) -> None:
    connected, faults = faulty
    piece = Slice(("payrolledEmployees",), ("E08000003",), (parse("2024-01"),), (), ((),), evidence=True)
    faults.inject("slow", seconds=3.0)
    ask = connected.ask(piece)
    with pytest.raises(DepartmentSilent):
        await connected.share.answer(ask)
    (call,) = ask.calls
    assert (call.status, bool(call.jti)) == (0, True)


def put(*path: str, value: Any) -> Callable[[Any], None]:
    """Puts a value where the path leads; as a function of the old value if it is one."""

    def change(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = value(document[path[-1]]) if callable(value) else value

    return change


def drop(*path: str) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        del document[path[-1]]

    return change


N = "payrolledEmployees"
MANGLED: dict[str, Callable[[Any], None]] = {
    "areas in another order": put("areas", value=lambda old: old[::-1]),
    "another period": put("periods", value=["2023-01", "2023-03"]),
    "a period too few": put("periods", value=lambda old: old[:1]),
    "groups in another order": put("groups", value=lambda old: old[::-1]),
    "another facet": put("by", value=["INDUSTRY"]),
    "no areas": drop("areas"),
    "no groups": drop("groups"),
    "no status": drop("status"),
    "no word of disclosure control": drop("sdc"),
    "an unknown word of disclosure control": put("sdc", value="partly"),
    "disclosure control that is no word": put("sdc", value=["raw"]),
    "no release": drop("release"),
    "a release that is no text": put("release", value=5),
    "no evidence with raw figures": drop("evidence"),
    "a pattern's cells without a word that they are marked": put(
        "patterns", value={"payrolledEmployees": "sha256:" + "0" * 64}
    ),
    "marked figures without the cells": put("sdc", value="marked"),
    "no evidence of one measure": drop("evidence", N),
    "evidence of another kind": put("evidence", N, value=lambda old: {**old, "names": old["n"]}),
    "too little evidence": put("evidence", N, "n", value=lambda old: old[:-1]),
    "a measure too few": drop("values", N),
    "a measure too many": put("values", value=lambda old: {**old, "population": old[N]}),
    "values that are a list": put("values", value=[]),
    "a value too many": put("values", N, value=lambda old: [*old, 1.0]),
    "a value too few": put("values", N, value=lambda old: old[:-1]),
    "values in texts": put("values", N, value=lambda old: [str(number) for number in old]),
    "values that are true or false": put("values", N, value=lambda old: [True for _ in old]),
    "values that are no list": put("values", N, value=7),
    "values in lists": put("values", N, value=lambda old: [[number] for number in old]),
    "a status too few": put("status", N, value=lambda old: old[:-1]),
    "an unknown status": put("status", N, value=lambda old: ["?"] * len(old)),
    "a figure that is said to be suppressed": put("status", N, value=lambda old: ["Q"] * len(old)),
    "no figure where one is said to be": put("values", N, value=lambda old: [None] * len(old)),
}


def mangling(file: Path, change: Callable[[Any], Any]) -> Connected:
    """A node whose answers are changed on their way."""
    node = httpx.ASGITransport(Node(mapping(f"sqlite:///{file}")).app)

    async def answer(request: httpx.Request) -> httpx.Response:
        reply = await node.handle_async_request(request)
        document = orjson.loads(await reply.aread())
        changed = change(document)
        return httpx.Response(200, content=orjson.dumps(document if changed is None else changed))

    return Connected(httpx.MockTransport(answer))


@pytest.mark.parametrize("how", MANGLED)
async def test_an_answer_that_is_not_what_was_asked_is_refused_whole(file: Path, how: str) -> None:
    with pytest.raises(DepartmentMisanswered):
        await mangling(file, MANGLED[how]).tables(slice_of())


@pytest.mark.parametrize(
    "document", [[], None, "busy", {}, {"answers": []}, {"answers": [None, None]}, {"answers": {}}]
)
async def test_something_else_than_answers_is_refused(file: Path, document: Any) -> None:
    with pytest.raises(DepartmentMisanswered):
        await mangling(file, lambda _: [document] if document is None else document).tables(
            slice_of(), slice_of("2023-04")
        )


async def test_fewer_answers_than_questions_are_refused(file: Path) -> None:
    with pytest.raises(DepartmentMisanswered):
        await mangling(file, put("answers", value=lambda old: old[:1])).tables(slice_of(), slice_of("2023-04"))


async def test_unprotected_figures_that_nobody_asked_for_are_refused(file: Path) -> None:
    with pytest.raises(DepartmentMisanswered, match="not asked for"):
        await mangling(file, put("sdc", value="raw")).tables(slice_of(evidence=False))


async def test_a_node_may_say_more_than_the_trust_knows_of(file: Path) -> None:
    desk = mangling(file, lambda document: {**document, "note": "provisional"})
    (table,) = await desk.tables(slice_of())
    assert table.release == "2023-06"


# What the node no longer shares


@pytest.mark.parametrize("name", ["hmrc", "beis"])
async def test_the_source_files_agree_with_the_sample_departments(departments: Departments, name: str) -> None:
    source = load(SOURCES / f"{name}.toml")
    assert await Share(source, Wire(source, departments.transport())).drift() == ()


def other(**changes: Any) -> Source:
    """The source file with other keys in its dataset."""
    return read("hmrc", {**SOURCE, "datasets": [{**SOURCE["datasets"][0], **changes}]})  # type: ignore[dict-item]


FACETS: dict[str, Any] = SOURCE["datasets"][0]["facets"]  # type: ignore[index]
DRIFTED: dict[str, tuple[dict[str, Any], str]] = {
    "dataset": ({"id": "wages"}, "wages: no longer shared; there are pay"),
    "length": ({"every": "YEAR"}, "pay: for each MONTH, not for each YEAR"),
    "measure": ({"measures": {"jobs": {}}}, "pay: jobs is no longer shared"),
    "protection": (
        {"protected": {"suppress_below": 10, "round_to": 10, "contributors": 3, "percent": 10}},
        "pay: public figures are protected by round_to = 5, not 10",
    ),
    "breakdown": ({"breakdowns": [["INDUSTRY"]]}, "pay: no longer by INDUSTRY"),
    "member": ({"facets": {**FACETS, "INDUSTRY": {"members": ["A", "B"]}}}, "pay: INDUSTRY has no B any more"),
    "facet": (
        {"facets": {**FACETS, "AGE_BAND": {"members": ["AGE_16_24"]}}},
        "pay: AGE_BAND has no AGE_16_24 any more",
    ),
}


@pytest.mark.parametrize("what", DRIFTED)
async def test_what_is_no_longer_shared_is_told(connected: Connected, what: str) -> None:
    changes, line = DRIFTED[what]
    source = other(**changes)
    assert await Share(source, Wire(source, connected)).drift() == (line,)


@pytest.mark.parametrize("document", [[], {"datasets": 5}, {"datasets": ["pay"]}])
async def test_a_list_of_datasets_that_cannot_be_read_is_an_error_of_the_department(document: Any) -> None:
    desk = Connected(httpx.MockTransport(lambda _: httpx.Response(200, content=orjson.dumps(document))))
    with pytest.raises(DepartmentMisanswered):
        await desk.share.drift()


@pytest.mark.parametrize("seconds", ["²", "soon", "-1", "1e9", ""])
async def test_a_department_that_says_in_no_number_when_to_ask_again_is_unavailable(seconds: str) -> None:
    busy = httpx.Response(429, headers=[(b"Retry-After", seconds.encode("latin-1"))])
    desk = Connected(httpx.MockTransport(lambda _: busy))
    with pytest.raises(DepartmentUnavailable):
        await desk.tables(slice_of())


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ({"from": "2023-01", "to": "2023-04"}, True),
        ({"from": "2023-04", "to": "2023-01"}, False),
        ({"from": "2022", "to": "2023"}, False),
        ({"from": "2023-01", "to": "2023"}, False),
        ({"from": 2023, "to": 2024}, False),
        ({"from": ["2023-01"], "to": None}, False),
        ("2023-01", False),
        (None, False),
    ],
)
async def test_an_extent_is_believed_in_the_periods_of_its_dataset_only(told: Any, known: bool) -> None:
    body = {"datasets": [{"id": "pay", "periods": told}]}
    node = Connected(httpx.MockTransport(lambda _: httpx.Response(200, json=body)))
    assert set(await node.share.extents()) == ({"pay"} if known else set())
