"""Ranges of days, and places, as what changes is told by them: cut as finely as needed, and told in few words."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.places import Places, places_of, reachable
from policies.spans import Spans, cut, joined
from reference.area import Area, AreaLevel, Gazetteer, gazetteer

DAYS = [date(2020, 1, 1) + timedelta(days=by) for by in range(12)]
COVERED = st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)).map(lambda days: (min(days), max(days)))
LIMITS = ("E92000001", "E12000002", "E12000007", "E47000001", "E47000004", "E69000008", "E08000003")


def holds(span: Spans, first: date, last: date) -> bool:
    return span.first_from <= first <= span.first_to and span.last_from <= last <= span.last_to


@settings(deadline=None)
@given(st.sets(COVERED, min_size=1, max_size=4), st.data())
def test_spans_that_are_joined_are_the_same_ranges_each_in_one(
    covered: set[tuple[date, date]], data: st.DataObject
) -> None:
    classes = cut(covered)
    chosen = data.draw(st.sets(st.sampled_from(classes)))
    told = joined(chosen)
    assert len(told) <= len(chosen)
    for first in DAYS:
        for last in (day for day in DAYS if day >= first):
            assert sum(holds(span, first, last) for span in classes) <= 1
            assert sum(holds(span, first, last) for span in told) == sum(holds(span, first, last) for span in chosen)


@settings(deadline=None)
@given(st.sets(COVERED, min_size=1, max_size=4))
def test_all_that_one_agreement_covers_is_one_span(covered: set[tuple[date, date]]) -> None:
    for since, until in covered:
        inside = [span for span in cut(covered) if since <= span.first_from and span.last_to <= until]
        assert joined(inside) == (Spans(since, date.max, date.min, until),)


def test_a_span_says_only_what_its_ends_do_not() -> None:
    old, new = (date(2021, 1, 1), date(2023, 12, 31)), (date(2020, 1, 1), date(2024, 12, 31))
    more = joined(span for span in cut({old, new}) if span.first_from < old[0] or span.last_to > old[1])
    assert [span.words for span in more] == [
        "periods from 2020-01-01 to 2024-12-31 that begin by 2020-12-31",
        "periods from 2021-01-01 to 2024-12-31 that end on 2024-01-01 or later",
    ]


@settings(max_examples=40, deadline=None)
@given(st.sets(st.sampled_from(LIMITS), max_size=4), st.data())
def test_places_that_are_told_are_the_same_areas(limits: set[str], data: st.DataObject) -> None:
    known = reachable(limits, gazetteer())
    assert frozenset() in known
    for area in gazetteer():
        assert frozenset(limit for limit in limits if gazetteer().inside(area, limit)) in known
    chosen = data.draw(st.sets(st.sampled_from(sorted(known, key=sorted)), min_size=1))
    told = places_of(chosen, known)
    assert len(told) <= len(chosen)
    for inside in known:
        meant = any(set(one.inside) <= inside and not set(one.outside) & inside for one in told)
        assert meant == (inside in chosen)


def test_places_are_told_by_their_names() -> None:
    known = reachable(("E12000002", "E47000001"), gazetteer())
    region, city = frozenset({"E12000002"}), frozenset({"E12000002", "E47000001"})
    assert places_of(known, known) == (Places((), ()),)
    assert places_of([region, city], known) == (Places(("E12000002",), ()),)
    words = [one.words(gazetteer()) for chosen in ([region], [frozenset()]) for one in places_of(chosen, known)]
    assert words == [
        "inside North West (E12000002) but not inside Greater Manchester (E47000001)",
        "everywhere but not inside North West (E12000002) or Greater Manchester (E47000001)",
    ]


def test_places_that_hold_two_areas_together_and_no_area_alone_are_reached() -> None:
    authority, city, lsip = AreaLevel.LA, AreaLevel.COMBINED_AUTHORITY, AreaLevel.LSIP
    both = {city: "W", lsip: "X"}
    areas = [Area("a", "A", authority, both), Area("b", "B", authority, both), Area("c", "C", authority, {city: "W"})]
    areas += [Area("W", "West", city, {}), Area("X", "Exe", lsip, {})]
    assert frozenset({"W", "X"}) in reachable(("a", "b", "W", "X"), Gazetteer(areas))
