"""Codes between vintages: the same place, or a sentence that says what replaced it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.area import VINTAGE, AreaLevel, gazetteer
from reference.vintage import Kind, Vintage, history

OURS = Vintage.parse(VINTAGE)
CODES = sorted(area.code for area in gazetteer())
VINTAGES = st.builds(Vintage, st.integers(2009, 2026), st.integers(1, 12))

CARRIED = [
    ("E06000057", "2011", "E06000048"), ("E06000057", "2013", "E06000057"), ("E06000057", "2013-03", "E06000048"),
    ("E08000037", "2012", "E08000020"), ("E07000240", "2011", "E07000100"), ("E07000240", "2012", "E07000240"),
    ("E07000241", "2011", "E07000104"), ("E07000242", "2012", "E07000097"), ("E07000243", "2012", "E07000101"),
    ("S12000047", "2017", "S12000015"), ("S12000048", "2018-01", "S12000024"), ("S12000049", "2018", "S12000046"),
    ("S12000050", "2019-03", "S12000044"), ("W06000023", "2009-01", "W06000007"), ("W06000024", "2009", "W06000024"),
    ("E06000055", "2009-03", "E07000002"), ("E06000053", "2009-03", "E07000025"),
    ("E08000016", "2025", "E08000038"), ("E08000019", "2025-04", "E08000039"), ("E08000016", "2025-03", "E08000016"),
    ("E08000003", "2009-01", "E08000003"), ("E47000014", "2015", "E47000014"), ("E12000001", "2011", "E12000001"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "to", "other"), CARRIED)
def test_a_place_that_changed_only_its_code_is_carried(code: str, to: str, other: str) -> None:
    assert history().carried(code, OURS, Vintage.parse(to)) == other
    assert history().carried(other, Vintage.parse(to), OURS) == code
    assert history().gap(code, OURS, Vintage.parse(to)) is None


GAPS = [
    ("E06000063", "2021-04", "Not published for Cumberland (E06000063) as of 2021-04: it replaced Allerdale "
     "(E07000026), Carlisle (E07000028) and Copeland (E07000029) in April 2023"),
    ("E06000066", "2018", "Not published for Somerset (E06000066) as of 2018-12: it replaced Mendip (E07000187), "
     "Sedgemoor (E07000188), South Somerset (E07000189) and Somerset West and Taunton (E07000246) in April 2023; "
     "Somerset West and Taunton replaced Taunton Deane (E07000190) and West Somerset (E07000191) in April 2019"),
    ("N09000011", "2014", "Not published for Ards and North Down (N09000011) as of 2014-12: it replaced the former "
     "Ards and the former North Down in April 2015"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "to", "note"), GAPS)
def test_a_place_that_changed_its_extent_names_its_predecessors(code: str, to: str, note: str) -> None:
    assert history().carried(code, OURS, Vintage.parse(to)) is None
    assert history().gap(code, OURS, Vintage.parse(to)) == note


@pytest.mark.parametrize(
    ("code", "since"),
    [
        ("E06000058", "2019-04"), ("E06000059", "2019-04"), ("E07000244", "2019-04"), ("E07000245", "2019-04"),
        ("E06000060", "2020-04"), ("E06000061", "2021-04"), ("E06000062", "2021-04"), ("E06000064", "2023-04"),
        ("E06000065", "2023-04"), ("E06000054", "2009-04"), ("E06000047", "2009-04"), ("N09000003", "2015-04"),
    ],
)  # fmt: skip
def test_a_merged_place_is_known_from_its_month_on(code: str, since: str) -> None:
    month = Vintage.parse(since)
    before = Vintage(month.year, month.month - 1)
    assert history().carried(code, OURS, month) == code
    assert history().carried(code, OURS, before) is None


def test_a_place_that_is_gone_names_its_successor() -> None:
    assert history().gap("E07000028", Vintage.parse("2021"), OURS) == (
        "Not published for Carlisle (E07000028) as of 2023-04: it became part of Cumberland (E06000063) in April 2023"
    )


@given(st.sampled_from(CODES), VINTAGES)
def test_there_and_back_is_the_same_place_or_there_is_a_note(code: str, vintage: Vintage) -> None:
    there = history().carried(code, OURS, vintage)
    if there is None:
        note = history().gap(code, OURS, vintage)
        assert note is not None
        assert code in note
        assert str(vintage) in note
    else:
        assert history().carried(there, vintage, OURS) == code
        assert history().gap(code, OURS, vintage) is None
        assert there in history().equivalents(code)
        assert gazetteer()[there].code == code


@given(VINTAGES)
def test_no_two_places_share_a_code_in_any_vintage(vintage: Vintage) -> None:
    carried = [there for code in CODES if (there := history().carried(code, OURS, vintage))]
    assert len(set(carried)) == len(carried)


def test_equivalent_codes_are_those_of_one_place() -> None:
    assert history().equivalents("E06000048") == ("E06000048", "E06000057")
    assert history().equivalents("E08000038") == ("E08000016", "E08000038")
    assert history().equivalents("E06000063") == ("E06000063",)


def test_every_change_leads_to_a_place_of_ours_or_came_later() -> None:
    known = {change.new for change in history().changes} & set(CODES)
    assert len(known) > 40
    for change in history().changes:
        successor = history().successor(change.old, Vintage(9999, 12)) if change.old else None
        for code in successor.codes if successor else ():
            assert code in gazetteer() or history().equivalents(code)[0] in gazetteer(), change
    extents = {change.new for change in history().changes if change.kind is Kind.EXTENT}
    assert {a.code for a in gazetteer().at(AreaLevel.LA)} >= extents - {"E06000048", "E07000246"} - {
        code for code in extents if code.startswith("E47")
    }


@pytest.mark.parametrize(("text", "vintage"), [("2023-04", (2023, 4)), ("2011", (2011, 12)), ("2009-01", (2009, 1))])
def test_a_vintage_is_a_month_or_the_december_of_a_year(text: str, vintage: tuple[int, int]) -> None:
    assert Vintage.parse(text) == vintage


@pytest.mark.parametrize(
    "text", ["", "2023-4", "2023-13", "2023-00", "2008", "1923", "23-04", "2023-04-01", "April 2023", "２０２３"]
)
def test_what_is_no_vintage_is_told_what_one_is(text: str) -> None:
    with pytest.raises(ValueError, match="give a month as 2023-04 or a year as 2023, from 2009") as error:
        Vintage.parse(text)
    assert f'"{text}"' in str(error.value)
