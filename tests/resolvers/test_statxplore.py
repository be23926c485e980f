"""Stat-Xplore through its connector: the publisher's own figures, never sums of them, or an error."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from departments.faults import Faults
from departments.statxplore import create_app
from reference.area import AreaLevel, gazetteer
from reference.facets import Facet
from reference.figure import STATUSES, Marker
from reference.period import parse
from resolvers.errors import DepartmentError, DepartmentMisanswered, DepartmentRefused, DepartmentUnavailable
from resolvers.protocols.connector import DatasetQuery
from resolvers.protocols.statxplore import StatXplore, publisher_schema
from resolvers.source import Limits, Source, load
from resolvers.table import Slice, Table
from resolvers.wire import Wire

FOLDER = Path(".data/departments")
DWP = load(Path(__file__).parents[2] / "resolvers" / "sources" / "dwp.toml")
KEY = "demo-dwp-key"
PEOPLE, HOUSEHOLDS = "str:database:UC_Monthly", "str:database:UC_Households"
EVERYBODY, SEARCHING, WORKING = "peopleOnUniversalCredit", "searchingForWork", "inWorkOnUniversalCredit"
AUTHORITIES = tuple(area.code for area in gazetteer().at(AreaLevel.LA) if not area.code.startswith("N"))
BANDS = ("AGE_16_24", "AGE_25_34", "AGE_35_49", "AGE_50_64", "AGE_65_PLUS")
APP = create_app(FOLDER)


class Desk:
    """A connector, the publisher behind it and a note of what the publisher was asked."""

    def __init__(self, transport: httpx.AsyncBaseTransport, source: Source = DWP, key: str | None = KEY) -> None:
        self.source = source
        self.statxplore = StatXplore(source, Wire(source, transport), key)
        self.calls: list[tuple[str, int]] = []

    def ask(self, *slices: Slice, dataset: str = PEOPLE) -> DatasetQuery:
        return DatasetQuery(next(entry for entry in self.source.datasets if entry.id == dataset), slices)

    async def answer(self, *slices: Slice, dataset: str = PEOPLE) -> tuple[Table, ...]:
        ask = self.ask(*slices, dataset=dataset)
        try:
            return await self.statxplore.answer(ask)
        finally:
            self.calls = [(call.url.removeprefix(self.source.url), call.status) for call in ask.calls]

    @property
    def tables(self) -> list[int]:
        """Statuses of the table requests of the last answer."""
        return [status for path, status in self.calls if path == "/table"]


def sample(**options: Any) -> Desk:
    return Desk(httpx.ASGITransport(create_app(FOLDER, **options) if options else APP))


def faults() -> Faults:
    return APP.state.faults


def people(
    *measures: str,
    areas: tuple[str, ...] = ("E12000007",),
    months: tuple[str, ...] = ("2023-12",),
    by: tuple[Facet, ...] = (),
    groups: tuple[tuple[str, ...], ...] = ((),),
) -> Slice:
    return Slice(measures or (EVERYBODY,), areas, tuple(parse(month) for month in months), by, groups)


def by_sex(*measures: str, **options: Any) -> Slice:
    return people(*measures, by=(Facet.SEX,), groups=(("FEMALE",), ("MALE",)), **options)


# The publisher's own figures


def ids(measure: str) -> tuple[str, str] | None:
    """The field that a measure counts one value of, and that value."""
    base = "UC_Monthly:V_F_UC_CASELOAD_FULL"
    return {
        SEARCHING: (f"{base}:CCCONDITIONALITY_REGIME", "C_UC_CONDITIONALITY:AA"),
        WORKING: (f"{base}:EMPLOYMENT_CODE", "C_UC_EMPLOYMENT_2023_BAND:1"),
    }.get(measure)


AGES = {"AGE_16_24": (0, 1), "AGE_25_34": (2, 3), "AGE_35_49": (4, 5, 6), "AGE_50_64": (7, 8, 9), "AGE_65_PLUS": (10,)}


async def asked_directly(measure: str, area: str, month: str, group: dict[Facet, str]) -> float:
    """One figure by a table request of its own, with its five-year bands as a custom group."""
    base = "UC_Monthly:V_F_UC_CASELOAD_FULL"
    codelist = {"E1": "REGION_TO_COUNTRY", "E9": "COUNTRY_TO_GB", "W9": "COUNTRY_TO_GB", "S9": "COUNTRY_TO_GB"}
    picked: dict[str, list[str]] = {
        f"{base}:WARD_CODE": [f"V_C_MASTERGEOG21_{codelist.get(area[:2], 'LA_TO_REGION')}:{area}"],
        "UC_Monthly:F_UC_DATE:DATE_NAME": [f"C_UC_DATE:{month.replace('-', '')}"],
    }
    if Facet.SEX in group:
        picked[f"{base}:SEX"] = ["C_UC_SEX:" + {"MALE": "1", "FEMALE": "2"}[group[Facet.SEX]]]
    if Facet.AGE_BAND in group:
        picked[f"{base}:AGE_BAND"] = [f"C_UC_AGE_BAND:{code}" for code in AGES[group[Facet.AGE_BAND]]]
    if counts := ids(measure):
        picked[counts[0]] = [counts[1]]
    body = {
        "database": PEOPLE,
        "measures": [f"str:count:{base}"],
        "recodes": {
            f"str:field:{name}": {"map": [[f"str:value:{name}:{value}" for value in values]], "total": False}
            for name, values in picked.items()
        },
        "dimensions": [[f"str:field:{name}"] for name in picked],
    }
    async with httpx.AsyncClient(transport=httpx.ASGITransport(APP)) as http:
        reply = await http.post(f"{DWP.url}/table", json=body, headers={"APIKey": KEY})
    return float(np.array(reply.json()["cubes"][f"str:count:{base}"]["values"]).item())


@st.composite
def slices(draw: st.DrawFn) -> Slice:
    places = ["E92000001", "W92000004", "S92000003", "E12000001", "E12000007", *AUTHORITIES[:3], *AUTHORITIES[-3:]]
    offered = {Facet.SEX: ("FEMALE", "MALE"), Facet.AGE_BAND: BANDS}
    by = draw(st.sampled_from([(), (Facet.SEX,), (Facet.AGE_BAND,), (Facet.SEX, Facet.AGE_BAND)]))
    group = st.tuples(*(st.sampled_from(offered[facet]) for facet in by))

    def some(choices: list[str], most: int) -> tuple[str, ...]:
        return tuple(draw(st.lists(st.sampled_from(choices), min_size=1, max_size=most, unique=True)))

    return people(
        *some([EVERYBODY, SEARCHING, WORKING], 3),
        areas=some(places, 3),
        months=some(["2019-01", "2021-06", "2024-05"], 2),
        by=by,
        groups=tuple(draw(st.lists(group, min_size=1, max_size=3, unique=True))),
    )


@settings(max_examples=20, deadline=None)
@given(pieces=st.lists(slices(), min_size=1, max_size=3, unique=True))
async def test_any_slices_have_the_figures_that_the_publisher_gives_when_asked_for_each(pieces: list[Slice]) -> None:
    desk = sample()
    tables = await desk.answer(*pieces)
    assert [table.slice for table in tables] == pieces
    assert len(desk.tables) == len({piece.by for piece in pieces})
    for table in tables:
        query = table.slice
        for measure, column in table.columns.items():
            assert column.values.shape == query.shape
            for at in [(0, 0, 0), tuple(size - 1 for size in query.shape)]:
                group = dict(zip(query.by, query.groups[at[2]], strict=True))
                expected = await asked_directly(measure, query.areas[at[0]], query.periods[at[1]].code, group)
                assert column.values[at] == expected


async def test_totals_are_the_publishers_own_and_no_sum_of_its_parts() -> None:
    whole, parts = await sample().answer(people(areas=AUTHORITIES), by_sex(areas=AUTHORITIES))
    totals, sums = whole.columns[EVERYBODY].values[..., 0], parts.columns[EVERYBODY].values.sum(axis=2)
    assert (totals != sums).mean() > 0.5
    assert np.abs(totals - sums).max() <= 9


async def test_all_measures_of_a_breakdown_come_from_one_table() -> None:
    desk = sample()
    measures = (EVERYBODY, SEARCHING, WORKING)
    (first,) = await desk.answer(people(*measures, areas=AUTHORITIES, months=("2023-11", "2023-12")))
    assert desk.tables == [200]
    assert set(first.columns) == set(measures)
    await desk.answer(people(*measures), people(SEARCHING, months=("2023-01",)), by_sex(*measures))
    assert desk.tables == [200, 200]
    values = [first.columns[name].values for name in measures]
    assert (values[0] > values[1]).all()
    assert (values[0] > values[2]).all()


async def test_one_measure_of_a_filter_needs_nothing_of_the_schema() -> None:
    desk = sample()
    await desk.answer(people(SEARCHING, areas=AUTHORITIES))
    assert desk.calls == [("/table", 200)]


async def test_the_schema_is_asked_once_and_again_only_when_it_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = sample()
    await desk.answer(people(EVERYBODY, SEARCHING))
    first = [status for path, status in desk.calls if path.startswith("/schema")]
    await desk.answer(people(EVERYBODY, SEARCHING, areas=("E12000001",)))
    assert (first, desk.calls) == ([200, 200], [("/table", 200)])
    monkeypatch.setattr(publisher_schema, "FRESH", 0.0)
    await desk.answer(people(EVERYBODY, SEARCHING))
    assert [status for path, status in desk.calls if path.startswith("/schema")] == [304, 304]


async def test_households_with_a_health_condition_are_some_of_those_on_universal_credit() -> None:
    families = tuple(
        (f,) for f in ("SINGLE_NO_CHILDREN", "SINGLE_WITH_CHILDREN", "COUPLE_NO_CHILDREN", "COUPLE_WITH_CHILDREN")
    )
    months = (parse("2024-06"),)
    measures = ("householdsOnUniversalCredit", "householdsWithHealthConditions")
    piece = Slice(measures, ("W92000004", "E92000001"), months, (Facet.FAMILY_TYPE,), families)
    (table,) = await sample().answer(piece, dataset=HOUSEHOLDS)
    households, ill = (table.columns[name].values for name in measures)
    assert (ill > 0.2 * households).all()
    assert (ill < 0.4 * households).all()
    assert {STATUSES[int(status)] for status in table.columns[measures[0]].status.ravel()} == {"P"}


async def test_the_newest_month_is_provisional_and_its_employment_not_known_yet() -> None:
    measures = (EVERYBODY, SEARCHING, WORKING)
    (table,) = await sample().answer(
        people(*measures, areas=AUTHORITIES[:50], months=("2024-04", "2024-05", "2024-06"))
    )
    for measure in measures:
        column = table.columns[measure]
        newest = ("O", int(Marker.x)) if measure == WORKING else ("P", int(Marker.p))
        for at, (status, marker) in enumerate([("A", 0), ("A", int(Marker.r)), newest]):
            assert {STATUSES[int(code)] for code in column.status[:, at].ravel()} == {status}
            assert set(column.markers[:, at].ravel().tolist()) == {marker}
        assert np.isnan(column.values[:, 2]).all() == (measure == WORKING)


async def test_months_and_places_that_are_not_published_are_empty_and_do_not_spoil_the_rest() -> None:
    desk = sample()
    piece = people(areas=("N92000002", "E12000007"), months=("2018-12", "2023-12", "2024-07"))
    (table,) = await desk.answer(piece)
    column = table.columns[EVERYBODY]
    assert desk.tables == [400, 200]
    assert np.isnan(column.values[..., 0]).tolist() == [[True, True, True], [True, False, True]]
    assert column.markers[..., 0].tolist() == [[1024, 1024, 1024], [1024, 0, 1024]]
    assert column.values[1, 1, 0] == await asked_directly(EVERYBODY, "E12000007", "2023-12", {})
    await desk.answer(piece)
    assert desk.tables == [200]
    (nothing,) = await desk.answer(people(months=("2031-01",)))
    assert (desk.tables, np.isnan(nothing.columns[EVERYBODY].values).all()) == ([], True)


async def test_a_table_over_the_limit_of_cells_is_asked_in_parts() -> None:
    piece = by_sex(EVERYBODY, WORKING, areas=AUTHORITIES[:6], months=tuple(f"2023-0{n}" for n in range(1, 8)))
    small, large = sample(cells=40), sample()
    (whole,), (parts,) = await large.answer(piece), await small.answer(piece)
    assert small.tables.count(400) > 1
    assert (large.tables, small.tables.count(200) > 6) == ([200], True)
    for measure in (EVERYBODY, WORKING):
        assert (whole.columns[measure].values == parts.columns[measure].values).all()


async def test_a_limit_below_one_place_and_month_is_an_answer_that_cannot_be_trusted() -> None:
    with pytest.raises(DepartmentMisanswered):
        await sample(cells=1).answer(by_sex())


async def test_the_requests_are_told_without_making_any() -> None:
    desk = sample()
    piece = by_sex(months=("2023-12",))
    requests = desk.statxplore.requests(desk.ask(piece, people(EVERYBODY, WORKING)))
    assert len(requests) == 2
    assert requests[0].startswith(f"POST {DWP.url}/table {{")
    body = orjson.loads(requests[0].partition("/table ")[2])
    assert (body["database"], len(body["dimensions"])) == (PEOPLE, 3)
    assert KEY not in "".join(requests)


# Ids that move


class Renamed(httpx.AsyncBaseTransport):
    """The publisher after a release in which ids have changed: old text -> new text, both ways."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names, self._inner = names, httpx.ASGITransport(APP)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url, body = str(request.url), await request.aread()
        if any(old in url or old.encode() in body for old in self._names):
            refusal = {"message": "not found", "errorType": "SCHEMA_COMPONENT_NOT_FOUND"}
            return httpx.Response(400 if body else 404, json=refusal, request=request)
        for old, new in self._names.items():
            url, body = url.replace(new, old), body.replace(new.encode(), old.encode())
        headers = {"APIKey": request.headers["APIKey"]}
        reply = await self._inner.handle_async_request(
            httpx.Request(request.method, url, content=body, headers=headers)
        )
        content = await reply.aread()
        link = reply.headers.get("Link", "")
        for old, new in self._names.items():
            content, link = content.replace(old.encode(), new.encode()), link.replace(old, new)
        return httpx.Response(reply.status_code, content=content, headers={"Link": link}, request=request)


MOVED = {
    "UC_Monthly:F_UC_DATE:": "UC_Monthly:F_UC_PEOPLE_DATE:",
    "V_C_MASTERGEOG21_": "V_C_MASTERGEOG31_",
    ":EMPLOYMENT_CODE": ":employment_code",
}


async def test_ids_that_have_moved_are_found_again_by_label_and_code() -> None:
    areas = ("W92000004", "E12000007", AUTHORITIES[0], AUTHORITIES[-1])
    piece = by_sex(EVERYBODY, WORKING, areas=areas, months=("2023-12", "2025-01"))
    desk = Desk(Renamed(MOVED))
    (moved,), (before,) = await desk.answer(piece), await sample().answer(piece)
    for measure in (EVERYBODY, WORKING):
        assert not np.isnan(moved.columns[measure].values[:, 0]).any()
        assert np.array_equal(moved.columns[measure].values, before.columns[measure].values, equal_nan=True)
    assert "F_UC_PEOPLE_DATE" in desk.statxplore.requests(desk.ask(piece))[0]
    await desk.answer(piece)
    assert desk.calls == [("/table", 200)]


async def test_drift_tells_what_has_moved_and_where_to() -> None:
    assert await sample().statxplore.drift() == ()
    names = {**MOVED, "C_UC_SEX:2": "C_UC_SEX:F", "V_F_UC_HOUSEHOLDS:hnfamily": "V_F_UC_HOUSEHOLDS:hnhousehold"}
    lines = "\n".join(await Desk(Renamed(names)).statxplore.drift())
    for moved in (
        "UC_Monthly:F_UC_DATE:DATE_NAME is now str:field:UC_Monthly:F_UC_PEOPLE_DATE:DATE_NAME",
        "EMPLOYMENT_CODE is now str:field:UC_Monthly:V_F_UC_CASELOAD_FULL:employment_code",
        "V_F_UC_HOUSEHOLDS:hnfamily_type is now str:field:UC_Households:V_F_UC_HOUSEHOLDS:hnhousehold_type",
        "C_UC_SEX:2 is gone",
        "no value is like str:value:UC_Monthly:V_F_UC_CASELOAD_FULL:WARD_CODE:V_C_MASTERGEOG21_LA_TO_REGION:",
    ):
        assert moved in lines
    gone = await Desk(Renamed({PEOPLE: "str:database:UC_Renamed"})).statxplore.drift()
    assert gone == (f"{PEOPLE} is gone",)


@pytest.mark.parametrize("names", [{"C_UC_SEX:2": "C_UC_SEX:F"}, {"str:count:UC_Monthly": "str:count:UC_Moved"}])
async def test_a_figure_that_is_not_there_any_more_is_never_replaced_by_another(names: dict[str, str]) -> None:
    with pytest.raises(DepartmentMisanswered):
        await Desk(Renamed(names)).answer(by_sex())


# Departments misbehave


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("429", DepartmentUnavailable),
        ("503", DepartmentUnavailable),
        ("dropped", DepartmentUnavailable),
        ("broken-json", DepartmentMisanswered),
        ("truncated", DepartmentMisanswered),
        ("wrong-keys", DepartmentMisanswered),
    ],
)
async def test_every_fault_becomes_its_own_error(kind: str, error: type[DepartmentError]) -> None:
    times = 2 if error is DepartmentUnavailable else 1
    faults().inject(kind, times)
    desk = sample()
    with pytest.raises(error):
        await desk.answer(people(areas=AUTHORITIES))
    assert len(desk.tables) == times
    await desk.answer(people())


@pytest.mark.parametrize("kind", ["429", "503", "dropped"])
async def test_one_fault_of_a_busy_department_is_forgiven(kind: str) -> None:
    faults().inject(kind)
    (table,) = await sample().answer(people())
    assert table.columns[EVERYBODY].values[0, 0, 0] > 0


async def test_a_slow_department_is_not_waited_for() -> None:
    faults().inject("slow", seconds=5)
    with pytest.raises(DepartmentUnavailable):
        async with asyncio.timeout(2):
            await Desk(httpx.ASGITransport(APP), replace(DWP, limits=Limits(timeout=0.05))).answer(people())


async def test_a_wrong_key_is_a_refusal() -> None:
    with pytest.raises(DepartmentRefused) as refused:
        await Desk(httpx.ASGITransport(APP), key="wrong").answer(people())
    assert "wrong" not in refused.value.message
