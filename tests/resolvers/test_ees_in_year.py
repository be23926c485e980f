"""Explore education statistics: years that were not over when they were published."""

import numpy as np
import pytest

from reference.column import Column
from reference.facets import Facet
from reference.figure import STATUSES
from resolvers.cache import TableSerializer
from resolvers.source import SourceError
from tests.conftest import Opener
from tests.resolvers.ees_desk import APPRENTICESHIPS, texts
from tests.resolvers.ees_stub import SOURCE, Stub, results, row

STARTS = "apprenticeshipStarts"
QUARTERS = SOURCE.replace("levels = { REGION", 'in_year = ["AYQ1", "AYQ2", "AYQ3", "T1"]\nlevels = { REGION', 1)
TO_APRIL = "Part of the year only: August 2025 to April 2026, cumulative so far"


def in_year(stub: Stub, period: str = "2025/2026", code: str = "AY", label: str = "2025/26") -> Stub:
    """The stub with one more time period."""
    stub.meta["timePeriods"].append({"code": code, "period": period, "label": label})
    return stub


def said(column: Column) -> list[tuple[str, str, str | None]]:
    """Each cell as its value or marker, its status and its note."""
    statuses = [STATUSES[at] for at in column.status.ravel().tolist()]
    cells = zip(texts(column), statuses, strict=True)
    return [(text, status, column.notes.get(at)) for at, (text, status) in enumerate(cells)]


@pytest.mark.parametrize(
    ("label", "note"),
    [
        ("2025/26 Q1 to Q3", TO_APRIL),
        ("2025/26 (Q1 to Q3)", TO_APRIL),
        ("2025/26 Q1-Q3", TO_APRIL),
        ("2025/26 Q1Q3", TO_APRIL),
        ("2025/26 Quarters 1 to 3", TO_APRIL),
        ("2025/26 (first three quarters)", TO_APRIL),
        ("2025/26, 3 quarters so far", TO_APRIL),
        ("2025/26 (August to April)", TO_APRIL),
        ("August 2025 to April 2026", TO_APRIL),
        ("Aug 2025 - Apr 2026", TO_APRIL),
        ("2025/26 Q1", "Part of the year only: August 2025 to October 2025, cumulative so far"),
        ("2025/26 Q1 and Q2", "Part of the year only: August 2025 to January 2026, cumulative so far"),
        ("2025/26 Q3", 'Part of the year only: the department calls it "2025/26 Q3", cumulative so far'),
        ("2025/26 Q2 to Q4", 'Part of the year only: the department calls it "2025/26 Q2 to Q4", cumulative so far'),
        ("2025/26 so far", 'Part of the year only: the department calls it "2025/26 so far", cumulative so far'),
        ("2025/26 (in-year)", 'Part of the year only: the department calls it "2025/26 (in-year)", cumulative so far'),
        ("Reported to date", 'Part of the year only: the department calls it "Reported to date", cumulative so far'),
        ("2025/26 Autumn term",
         'Part of the year only: the department calls it "2025/26 Autumn term", cumulative so far'),
    ],
)  # fmt: skip
async def test_a_label_says_which_part_of_the_year_it_is(label: str, note: str) -> None:
    stub = in_year(Stub(row("900", period="2025/2026"), row("1200")), label=label)
    stub.version["published"] = "2027-01-28T09:30:00Z"
    column = (await stub.table("2024/25", "2025/26")).columns[STARTS]
    values, markers = column.values.ravel().tolist(), column.markers.ravel().tolist()
    assert (values, markers) == ([1200, 900], [0, 64])
    assert said(column)[0][1:] == ("A", None)
    assert said(column)[1][1:] == ("P", note)
    assert column.partial == {1}


@pytest.mark.parametrize(
    "label",
    ["2025/26", "", "2025/26 Q1 to Q4", "Academic year 2025/26 Q4", "August 2025 to July 2026", "2025/26 final"],
)
async def test_a_whole_year_is_a_whole_year(label: str) -> None:
    stub = in_year(Stub(row("900", period="2025/2026")), label=label)
    stub.version["published"] = "2026-11-26T09:30:00Z"
    column = (await stub.table("2025/26")).columns[STARTS]
    assert said(column) == [("900", "A", None)]
    assert column.partial == frozenset()


async def test_a_provisional_year_is_whole_and_provisional() -> None:
    stub = in_year(Stub(row("900", period="2025/2026")), label="2025/26 provisional")
    stub.version["published"] = "2026-10-01T09:30:00Z"
    column = (await stub.table("2025/26")).columns[STARTS]
    assert said(column) == [("900", "P", 'Provisional: the department calls it "2025/26 provisional"')]
    assert column.partial == frozenset()


@pytest.mark.parametrize("published", ["2026-06-25T09:30:00+00:00", "2026-06-25T09:30:00Z", "2026-06-25"])
async def test_a_year_published_before_its_end_is_a_part_of_it(published: str) -> None:
    stub = in_year(Stub(row("900", period="2025/2026"), row("1200")))
    stub.version["published"] = published
    column = (await stub.table("2024/25", "2025/26")).columns[STARTS]
    note = "Part of the year only: as it stood on 25 June 2026, before its end on 31 July 2026, cumulative so far"
    assert said(column) == [("1200", "A", None), ("900", "P", note)]
    assert column.partial == {1}


@pytest.mark.parametrize("published", [None, 5, "soon", ""])
async def test_a_year_that_is_not_over_is_no_whole_one_though_nobody_says_when_it_was_published(published: str) -> None:
    stub = in_year(Stub(row("900", period="2097/2098")), period="2097/2098")
    stub.version["published"] = published
    column = (await stub.table("2097/98")).columns[STARTS]
    assert column.partial == {0}
    assert said(column)[0][1] == "P"


@pytest.mark.parametrize(
    ("title", "part"),
    [
        ("Academic year 2025/26 Q1 to Q3", True),
        ("Quarters 1 to 3 2025-26", True),
        ("Academic year 2025/26", False),
        ("2026 Q2", False),
        ("Academic year 2024/25 Q1 to Q3", False),
    ],
)
async def test_the_title_of_the_release_speaks_of_its_newest_year(title: str, part: bool) -> None:
    stub = in_year(Stub(row("900", period="2025/2026"), row("1200")))
    stub.version.update(published="2026-09-01T09:30:00Z", release={"title": title})
    column = (await stub.table("2024/25", "2025/26")).columns[STARTS]
    assert column.partial == ({1} if part else frozenset())
    assert said(column) == [("1200", "A", None), ("900", "P", TO_APRIL) if part else ("900", "A", None)]


async def test_a_snapshot_is_whole_although_published_before_the_end_of_its_year() -> None:
    source = SOURCE.replace("levels = { REGION", "snapshot = true\nlevels = { REGION", 1)
    stub = in_year(Stub(row("900", period="2025/2026"), source=source))
    stub.version["published"] = "2026-06-25T09:30:00Z"
    assert said((await stub.table("2025/26")).columns[STARTS]) == [("900", "A", None)]


async def test_parts_of_a_year_under_codes_of_their_own_are_read_where_the_whole_one_is_not_there() -> None:
    stub = in_year(in_year(Stub(source=QUARTERS), code="AYQ1"), code="AYQ3")
    stub = in_year(stub, code="AYQ3", period="2024/2025")
    stub.documents["query"] = results(row("900", period="2025/2026", code="AYQ3"), row("1200"))
    table = await stub.table("2024/25", "2025/26")
    assert said(table.columns[STARTS]) == [("1200", "A", None), ("900", "P", TO_APRIL)]
    assert table.columns[STARTS].partial == {1}
    assert '{"code":"AY","period":"2024/2025"},{"code":"AYQ3","period":"2025/2026"}' in stub.queried[-1][1]


async def test_a_term_is_named_as_the_term_that_it_is() -> None:
    stub = in_year(Stub(row("900", period="2025/2026", code="T1"), source=QUARTERS), code="T1")
    note = "Part of the year only: the autumn term of 2025/26, cumulative so far"
    assert said((await stub.table("2025/26")).columns[STARTS]) == [("900", "P", note)]


async def test_what_is_no_figure_keeps_its_symbol_in_a_part_of_a_year() -> None:
    areas = ("E06000001", "E06000002", "E12000001")
    rows = [row("low", period="2025/2026"), row("c", "aM", "2025/2026"), row("z", "rN", "2025/2026", level="REG")]
    stub = in_year(Stub(*rows), label="2025/26 Q1 to Q3")
    column = (await stub.table("2025/26", areas=areas)).columns[STARTS]
    assert said(column) == [("low|p", "N", TO_APRIL), ("c|p", "Q", TO_APRIL), ("z", "M", None)]


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ('in_year = "AYQ3"', 'in_year must be a list, not "AYQ3".'),
        ('in_year = ["AYQ5"]', "in_year has 'AYQ5': allowed are T1, AYQ1, AYQ2, T1T2, AYQ3."),
        ('in_year = ["CYQ1"]', "in_year has 'CYQ1': allowed are T1"),
        ("snapshot = 1", "snapshot must be true or false, not 1."),
        ('refresh = "long"', 'refresh must be a number of 0 or more, not "long".'),
        ("refresh = true", "refresh must be a number of 0 or more, not true."),
    ],
)
def test_keys_that_cannot_be_used_say_what_is_allowed(line: str, wrong: str) -> None:
    with pytest.raises(SourceError) as raised:
        Stub(source=SOURCE.replace("levels = { REGION", f"{line}\nlevels = {{ REGION", 1))
    assert wrong in str(raised.value)


async def test_a_cache_outside_the_process_keeps_what_is_partial() -> None:
    stub = in_year(Stub(row("900", period="2025/2026"), row("1200")), label="2025/26 Q1 to Q3")
    table = await stub.table("2024/25", "2025/26")
    kept = TableSerializer().loads(TableSerializer().dumps(table))
    assert kept is not None
    assert kept.columns[STARTS].partial == {1}
    assert kept.columns[STARTS].notes == {1: TO_APRIL}


# Through the front door

QUERY = """query ($from: String!, $to: String!, $fill: Fill!, $every: Every!) { area(code: "E06000001") {
  labourMarket(periods: {from: $from, to: $to, every: $every}, fill: $fill) {
    apprenticeshipStarts { value status markers period { code } provenance { treatment } } } } }"""


async def test_a_part_of_a_year_is_shown_with_its_own_year_and_never_carried_forward(open_trust: Opener) -> None:
    async with open_trust() as trust:
        whole = await trust.data(QUERY, **{"from": "2024-06", "to": "2024-12", "fill": "LATEST", "every": "MONTH"})
    shelf = trust.departments.apps["dfe"].state.shelf
    shelf.amend(APPRENTICESHIPS, "2.0", published="2024-06-27T09:30:00+00:00")
    try:
        async with open_trust() as trust:
            span = {"from": "2024-06", "to": "2024-12"}
            monthly = await trust.data(QUERY, fill="LATEST", every="MONTH", **span)
            plain = await trust.data(QUERY, fill="NONE", every="MONTH", **span)
            yearly = await trust.data(QUERY, fill="NONE", every="ACADEMIC_YEAR", **{"from": "2022/23", "to": "2023/24"})
            late = await trust.data(QUERY, fill="LATEST", every="MONTH", **{"from": "2024-11", "to": "2024-12"})
    finally:
        shelf.amend(APPRENTICESHIPS, "2.0")
    before = [node["apprenticeshipStarts"] for node in whole["area"]["labourMarket"]]
    cells = [node["apprenticeshipStarts"] for node in monthly["area"]["labourMarket"]]
    assert [cell["period"]["code"] for cell in before] == ["2022/23", *["2023/24"] * 6]
    assert [cell["period"]["code"] for cell in cells] == ["2022/23", "2023/24", *["2022/23"] * 5]
    assert cells[1]["value"] == before[1]["value"]
    assert (cells[1]["status"], cells[1]["markers"]) == ("P", ["p"])
    assert cells[1]["provenance"]["treatment"][-1] == (
        "Part of the year only: as it stood on 27 June 2024, before its end on 31 July 2024, cumulative so far"
    )
    assert all((cell["status"], cell["markers"]) == ("A", []) for cell in (cells[0], *cells[2:]))
    assert {cell["value"] for cell in (cells[0], *cells[2:])} == {before[0]["value"]}
    assert [node["apprenticeshipStarts"]["markers"] for node in plain["area"]["labourMarket"]] == [
        ["z"], ["p"], *[["z"]] * 5,
    ]  # fmt: skip
    assert [node["apprenticeshipStarts"]["status"] for node in yearly["area"]["labourMarket"]] == ["A", "P"]
    assert [node["apprenticeshipStarts"] for node in late["area"]["labourMarket"]] == cells[-2:]


async def test_by_a_facet_every_group_of_the_part_is_marked() -> None:
    rows = [row("1", period="2025/2026", fS="sF"), row("2", period="2025/2026", fS="sM")]
    stub = in_year(Stub(*rows), label="2025/26 Q1 to Q3")
    column = (await stub.table("2025/26", by=(Facet.SEX,))).columns[STARTS]
    assert said(column) == [("1", "P", TO_APRIL), ("2", "P", TO_APRIL)]
    assert not np.isnan(column.values).any()
