"""Explore education statistics: several rows for one cell, and members whose rows need options of several filters."""

import tomllib
from typing import Any

import httpx
import numpy as np
import pytest

from departments.ees import create_app
from reference.facets import Facet
from reference.period import parse
from resolvers.errors import DepartmentMisanswered
from resolvers.protocols.connector import DatasetQuery
from resolvers.protocols.ees import EES
from resolvers.protocols.ees.cells import DISAGREEING
from resolvers.source import SourceError, read
from resolvers.table import Slice
from resolvers.wire import Wire
from tests.resolvers.ees_desk import APPRENTICESHIPS, FILE, Desk, starts, texts
from tests.resolvers.ees_stub import SOURCE, Stub, results, row

STARTS = "apprenticeshipStarts"
BOTH = ("E06000001", "E06000002")


def twice(*rows: dict[str, Any], source: str = SOURCE) -> Stub:
    """A publisher with Hartlepool under two identifiers."""
    stub = Stub(*rows, source=source)
    stub.meta["locations"][0]["options"].append({"id": "aH2", "label": "Hartlepool", "code": "E06000001"})
    return stub


# One code under two identifiers


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("120", "120", "120"),
        ("120", "120.0", "120"),
        ("120", None, "120"),
        ("120", "x", "120"),
        ("120", "z", "120"),
        ("120", "", "120"),
        ("c", "x", "c"),
        ("c", "c", "c"),
        ("low", "[low]", "low"),
        ("x", "x", "x"),
        ("z", "z", "z"),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
async def test_one_code_under_two_identifiers_has_the_figure_that_it_has(
    first: str, second: str, expected: str, turned: bool
) -> None:
    values = [value for value in ((second, first) if turned else (first, second)) if value is not None]
    rows = [row(value, location) for value, location in zip(values, ("aH", "aH2"), strict=False)]
    column = (await twice(*rows, row("80", "aM")).table(areas=BOTH)).columns[STARTS]
    assert texts(column) == [expected, "80"]
    assert column.notes == {}


@pytest.mark.parametrize(("first", "second"), [("120", "130"), ("120", "c"), ("120", "low"), ("c", "low"), ("0", "1")])
@pytest.mark.parametrize("turned", [False, True])
async def test_two_figures_that_differ_are_none_and_the_other_places_keep_theirs(
    first: str, second: str, turned: bool
) -> None:
    one, other = (second, first) if turned else (first, second)
    stub = twice(row(one), row(other, "aH2"), row("80", "aM"))
    column = (await stub.table(areas=BOTH)).columns[STARTS]
    assert texts(column) == ["x", "80"]
    assert column.notes == {0: DISAGREEING}


async def test_a_third_row_does_not_settle_two_that_differ() -> None:
    stub = twice(row("120"), row("130", "aH2"), row("120", "aH3"))
    stub.meta["locations"][0]["options"].append({"id": "aH3", "label": "Hartlepool", "code": "E06000001"})
    column = (await stub.table()).columns[STARTS]
    assert (texts(column), column.notes) == (["x"], {0: DISAGREEING})


async def test_one_row_twice_under_one_identifier_is_a_misanswer() -> None:
    with pytest.raises(DepartmentMisanswered, match="two rows for LAD E06000001"):
        await twice(row("120"), row("120")).table()


async def test_a_code_under_two_identifiers_is_drift() -> None:
    assert await Stub().ees.drift() == ()
    (line,) = await twice().ees.drift()
    assert line.endswith(": levels: LAD E06000001 is there under several identifiers.")


async def test_the_evidence_of_two_rows_is_the_smaller() -> None:
    source = SOURCE.replace('{ indicator = "starts" }', '{ indicator = "starts", n = "people" }')
    rows = [row("50", "aH"), row("50", "aH2"), row("50", "aM")]
    for own, n in zip(rows, ("12", "9", "30"), strict=True):
        own["values"]["iN"] = n
    stub = twice(*rows, source=source)
    stub.meta["indicators"].append({"id": "iN", "column": "people", "label": "People"})
    wanted = Slice((STARTS,), BOTH, (parse("2024/25"),), evidence=True)
    (table,) = await stub.ees.answer(DatasetQuery(stub.source.datasets[0], (wanted,), evidence=True))
    evidence = table.columns[STARTS].evidence
    assert evidence is not None
    assert evidence.n.ravel().tolist() == [9, 30]


# Labels that differ in capitals or spaces


@pytest.mark.parametrize("label", ["female", " Female ", "FEMALE", "Fe male"])
async def test_labels_that_differ_in_capitals_or_spaces_only_are_one_label(label: str) -> None:
    stub = Stub(row("5", fS="sF"), row("7", fS="sM"))
    stub.meta["filters"][0]["options"][1]["label"] = label
    if label == "Fe male":
        with pytest.raises(DepartmentMisanswered):
            await stub.table(by=(Facet.SEX,))
        return
    assert texts((await stub.table(by=(Facet.SEX,))).columns[STARTS]) == ["5", "7"]
    assert await stub.ees.drift() == ()


async def test_one_label_under_two_identifiers_costs_at_most_its_own_cells() -> None:
    stub = Stub(row("5", fS="sF"), row("7", fS="sM"), row("6", fS="sF2"))
    stub.meta["filters"][0]["options"].append({"id": "sF2", "label": "FEMALE"})
    column = (await stub.table(by=(Facet.SEX,))).columns[STARTS]
    assert (texts(column), column.notes) == (["x", "7"], {0: DISAGREEING})
    stub.documents["query"] = results(row("5", fS="sF"), row("7", fS="sM"))
    assert texts((await stub.table(by=(Facet.SEX,))).columns[STARTS]) == ["5", "7"]


async def test_a_column_name_is_worth_more_than_the_label_of_another() -> None:
    stub = Stub(row("5"))
    stub.meta["indicators"].append({"id": "iO", "column": "other", "label": "STARTS"})
    assert texts((await stub.table()).columns[STARTS]) == ["5"]
    stub.meta["indicators"][0]["column"] = "begun"
    (line,) = await stub.ees.drift()
    assert line.endswith(
        "measures.apprenticeshipStarts: several indicators are called 'starts': "
        "write the column name of the one that is meant."
    )


@pytest.mark.parametrize("part", ["filters", "indicators", "options", "locations"])
async def test_one_identifier_for_several_things_is_a_misanswer(part: str) -> None:
    stub = Stub(row("5"))
    listed: list[Any] = {
        "filters": stub.meta["filters"],
        "indicators": stub.meta["indicators"],
        "options": stub.meta["filters"][0]["options"],
        "locations": stub.meta["locations"][0]["options"],
    }[part]
    listed.append(listed[0] | {"label": "Another", "code": "E06000003"})
    with pytest.raises(DepartmentMisanswered, match="to several things"):
        await stub.table()


# LA is not LAD


async def test_a_row_of_the_upper_tier_never_answers_for_a_district() -> None:
    stub = Stub(row("5", level="LA"))
    stub.meta["locations"].append(
        {"level": {"code": "LA"}, "options": [{"id": "aH", "label": "Hartlepool", "code": "E06000001"}]}
    )
    with pytest.raises(DepartmentMisanswered, match="LA E06000001"):
        await stub.table()


# Members whose rows need options of several filters

CHARACTERISTICS = SOURCE.replace(
    """[datasets.facets.SEX]
filter = "sex"
members = { FEMALE = "Female", MALE = "Male" }
""",
    """[datasets.facets.SEX]
filter = "characteristic"
[datasets.facets.SEX.members]
FEMALE = { characteristic_group = "Sex", characteristic = "Female" }
MALE = { characteristic_group = "Gender", characteristic = "Male" }
""",
)
TABLES_ALONE = CHARACTERISTICS.replace('filter = "characteristic"\n', "")


def characteristics(*rows: dict[str, Any], source: str) -> Stub:
    """A publisher that writes a group and a characteristic, "Total" and "Total" for everybody."""
    stub = Stub(*rows, source=source)
    stub.meta["filters"] = [
        {"id": "fG", "column": "characteristic_group", "label": "Group",
         "options": [{"id": "g0", "label": "Total"}, {"id": "g1", "label": "Sex"}, {"id": "g2", "label": "Gender"}]},
        {"id": "fC", "column": "characteristic", "label": "Characteristic",
         "options": [{"id": "c0", "label": "Total"}, {"id": "cF", "label": "Female"}, {"id": "cM", "label": "Male"}]},
    ]  # fmt: skip
    return stub


def of(value: str, group: str, characteristic: str) -> dict[str, Any]:
    return row(value) | {"filters": {"fG": group, "fC": characteristic}}


@pytest.mark.parametrize("source", [CHARACTERISTICS, TABLES_ALONE])
async def test_each_member_can_need_other_options_of_other_filters(source: str) -> None:
    stub = characteristics(of("40", "g1", "cF"), of("60", "g2", "cM"), source=source)
    table = await stub.table(by=(Facet.SEX,))
    assert texts(table.columns[STARTS]) == ["40", "60"]
    ((_, body),) = stub.queried
    assert body.count('{"filters":{"in":["g1"]}},{"filters":{"in":["cF"]}}') == 1
    assert body.count('{"filters":{"in":["g2"]}},{"filters":{"in":["cM"]}}') == 1
    stub.documents["query"] = results(of("100", "g0", "c0"))
    assert texts((await stub.table()).columns[STARTS]) == ["100"]
    assert await stub.ees.drift() == ()
    stub.meta["filters"][0]["options"][2]["label"] = "By gender"
    assert [line.partition(": ")[2] for line in await stub.ees.drift()] == [
        "facets.SEX: filter 'characteristic_group' has no option 'Gender'."
    ]
    with pytest.raises(DepartmentMisanswered):
        await stub.table(by=(Facet.SEX,))


async def test_a_row_between_two_members_is_of_neither() -> None:
    stub = characteristics(of("40", "g1", "cF"), of("60", "g1", "cM"), source=CHARACTERISTICS)
    with pytest.raises(DepartmentMisanswered, match="not asked for"):
        await stub.table(by=(Facet.SEX,))


async def test_members_of_several_filters_have_the_figures_of_the_sample_department(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Women, and learners with a disability: no breakdown of the model, but rows that the department has."""
    folder = tmp_path_factory.mktemp("cubes")
    table = tomllib.loads(FILE.read_text())
    facets = table["datasets"][0]["facets"]
    facets["SEX"]["members"] = {
        "FEMALE": {"sex": "Female", "lldd": "Total"},
        "MALE": {"lldd": "LLDD - yes"},
    }
    del facets["DISABILITY"]
    table["datasets"][0]["breakdowns"] = [["SEX"]]
    odd = Desk(create_app(folder), read("dfe", table))
    usual = Desk(create_app(folder))
    (mixed,), calls = await odd.answer(APPRENTICESHIPS, starts(("E06000001",), ("2022/23",), Facet.SEX))
    women = Slice((STARTS,), ("E06000001",), (parse("2022/23"),), (Facet.SEX,), (("FEMALE",),))
    disabled = Slice((STARTS,), ("E06000001",), (parse("2022/23"),), (Facet.DISABILITY,), (("DISABLED",),))
    expected, _ = await usual.answer(APPRENTICESHIPS, women, disabled)
    assert texts(mixed.columns[STARTS]) == [texts(part.columns[STARTS])[0] for part in expected]
    assert not np.isnan(mixed.columns[STARTS].values).any()
    assert len(calls) == 1


def connector(table: dict[str, Any]) -> EES:
    """Of a source file, given as its table."""
    source = read("stub", table)
    return EES(source, Wire(source, httpx.AsyncBaseTransport()))


@pytest.mark.parametrize(
    ("members", "wrong"),
    [
        ({"FEMALE": {"sex": 1}}, "facets.SEX.members.FEMALE.sex must be text, not 1."),
        ({"FEMALE": 1}, "facets.SEX.members.FEMALE must be text, not 1."),
        ({"FEMALE": "Women", "MALE": " women "}, "facets.SEX.members: FEMALE and MALE are read from the same rows."),
        ({"FEMALE": "All", "MALE": {"SEX": "all"}}, "FEMALE and MALE are read from the same rows."),
    ],
)
def test_members_that_cannot_be_read_say_which(members: dict[str, Any], wrong: str) -> None:
    table = tomllib.loads(SOURCE)
    table["datasets"][0]["facets"]["SEX"]["members"] = members
    with pytest.raises(SourceError) as raised:
        connector(table)
    assert wrong in str(raised.value)


def test_facets_of_one_filter_are_no_breakdown_together() -> None:
    table = tomllib.loads(SOURCE)
    data_set = table["datasets"][0]
    data_set["facets"]["AGE_BAND"] = {"filter": "Sex", "members": {"AGE_19_24": "19-24"}}
    data_set["breakdowns"] = [["SEX"], ["AGE_BAND"]]
    connector(table)
    data_set["breakdowns"] = [["SEX", "AGE_BAND"]]
    with pytest.raises(SourceError, match="AGE_BAND and SEX are both read from filter 'sex': not together"):
        connector(table)
