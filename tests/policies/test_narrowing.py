"""Which amendments an owner may put in force alone: those that are nowhere wider."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from policies.agreement import Agreement, agreement
from policies.agreement_content import content_of
from policies.book import Book
from policies.difference import Outcome, difference
from policies.narrowing import weaker, wider
from policies.obligation import Obligation, strictest
from policies.terms_difference import terms_difference
from tests.policies.books import MOMENTS, RULES, agreements
from tests.policies.conftest import Record, record

EVERYTHING = {"suppress_below": {"fewer_than": 10, "zeros": True}, "dominance": {"contributors": 3, "percent": 10},
              "round_to": 5}  # fmt: skip


def amended(name: str = "DSA-001", **changes: Any) -> Agreement:
    document = record(name)
    for key, value in changes.items():
        document[key] = {**document[key], **value} if isinstance(value, Mapping) and key != "obligations" else value
    return agreement(document, RULES.known)


ORIGINAL: Record = {
    "scope": {"from": date(2020, 1, 1), "to": date(2024, 12, 31), "levels": ["LSIP"], "within": "E12000002"},
    "obligations": EVERYTHING,
    "purpose": {"purposes": ["skills-planning", "levelling-up"]},
}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"version": 2, "supersedes": "DSA-001"},
        {"scope": {"measures": ["medianMonthlyPay"]}},
        {"scope": {"breakdowns": [["AGE_BAND"]]}},
        {"scope": {"breakdowns": []}},
        {"scope": {"finest": "REGION"}},
        {"scope": {"levels": []}},
        {"scope": {"within": "E08000003"}},
        {"scope": {"from": date(2021, 1, 1), "to": date(2022, 12, 31)}},
        {"scope": {"roles": ["analyst"]}},
        {"purpose": {"purposes": ["levelling-up"]}},
        {"obligations": {**EVERYTHING, "suppress_below": {"fewer_than": 11, "zeros": True}}},
        {"obligations": {**EVERYTHING, "dominance": {"contributors": 4, "percent": 20}}},
        {"obligations": {**EVERYTHING, "round_by_size": [[0, 5], [50, 25]]}},
        {"term": {"not_before": date(2023, 1, 1), "not_after": date(2027, 1, 1), "review_by": date(2026, 1, 1)}},
    ],
)
def test_an_amendment_that_is_nowhere_wider_is_a_narrowing(change: Record) -> None:
    merged = {key: {**ORIGINAL.get(key, {}), **value} if key in ("scope", "purpose") else value
              for key, value in {**ORIGINAL, **change}.items()}  # fmt: skip
    assert wider(amended(**ORIGINAL), amended(**merged)) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"scope": {"measures": ["payrolledEmployees", "medianMonthlyPay", "furloughedEmployments"]}},
         ["scope.measures: adds furloughedEmployments."]),
        ({"scope": {"breakdowns": [["AGE_BAND", "INDUSTRY"]]}}, ["scope.breakdowns: adds AGE_BAND and INDUSTRY."]),
        ({"scope": {"levels": ["COMBINED_AUTHORITY"]}}, ["scope.levels: adds COMBINED_AUTHORITY."]),
        ({"scope": {"within": None}},
         ["scope.within: everywhere does not lie inside North West (E12000002)."]),
        ({"scope": {"within": "E12000001"}},
         ["scope.within: North East (E12000001) does not lie inside North West (E12000002)."]),
        ({"scope": {"within": "E47000001"}}, ["scope.within: adds COMBINED_AUTHORITY."]),
        ({"scope": {"from": date(2019, 12, 31)}}, ["scope.from: 2019-12-31 is earlier than 2020-01-01."]),
        ({"scope": {"to": date(2025, 1, 1)}}, ["scope.to: 2025-01-01 is later than 2024-12-31."]),
        ({"scope": {"roles": ["analyst", "service"]}}, ["scope.roles: adds service."]),
        ({"purpose": {"purposes": ["skills-planning", "innovation-strategy"]}},
         ["purpose.purposes: adds innovation-strategy."]),
        ({"obligations": {**EVERYTHING, "suppress_below": 10}},
         ["obligations: was: Suppressed where it describes fewer than 10, or nobody. "
          "Is: Suppressed where it describes fewer than 10."]),
        ({"obligations": {**EVERYTHING, "round_to": 4}},
         ["obligations: was: Rounded to the nearest 5. Is: Rounded to the nearest 4."]),
        ({"obligations": {**EVERYTHING, "round_to": None, "round_by_size": [[0, 3], [50, 25]]}},
         ["obligations: was: Rounded to the nearest 5. "
          "Is: Rounded the more the larger it is: to the nearest 3 from 0, 25 from 50."]),
        ({"obligations": {}},
         ["obligations: was: Suppressed where it describes fewer than 10, or nobody. Is: Nothing is done.",
          "obligations: was: Suppressed where fewer than 3 contribute or one dominates (p% at 10). "
          "Is: Nothing is done.",
          "obligations: was: Rounded to the nearest 5. Is: Nothing is done."]),
        ({"security": {"stale_answers": True}},
         ["security.stale_answers: the last answer may be kept while the owner cannot be asked."]),
        ({"term": {"not_before": date(2022, 1, 1), "not_after": date(2028, 4, 2), "review_by": date(2027, 4, 2)}},
         ["term.not_before: 2022-01-01T00:00:00+00:00 is earlier than 2022-03-31T23:00:00+00:00.",
          "term.not_after: 2028-04-01T23:00:00+00:00 is later than 2028-03-31T23:00:00+00:00.",
          "term.review_by: 2027-04-02 is later than 2027-04-01."]),
        ({"purpose": {"statement": "Another."}}, ["purpose.statement: is other."]),
        ({"parties": {"consumer": "DWP"}}, ["parties.consumer: is other."]),
        ({"legal": {"gateways": ["sbeea-2015-78"]}}, ["legal.gateways: is other."]),
        ({"id": "DSA-100", "title": "Another"}, ["id: is other.", "title: is other."]),
    ],
)  # fmt: skip
def test_what_is_wider_or_other_is_told_by_its_key(change: Record, words: list[str]) -> None:
    merged = {**ORIGINAL, **change}
    for key in ("scope", "purpose"):
        merged[key] = {**ORIGINAL[key], **change.get(key, {})}
    merged["obligations"] = {key: value for key, value in merged["obligations"].items() if value}
    assert wider(amended(**ORIGINAL), amended(**merged)) == words


def test_a_finer_level_is_wider() -> None:
    assert wider(amended(scope={"finest": "REGION"}), amended()) == ["scope.finest: adds LA."]


ONE = st.one_of(
    st.builds(Obligation, st.just("suppress_below"), st.integers(1, 12), zeros=st.booleans()),
    st.builds(Obligation, st.just("dominance"), st.integers(1, 4), st.sampled_from([5.0, 10.0])),
    st.builds(Obligation, st.just("round_to"), st.integers(1, 12)),
    st.integers(1, 60).map(lambda to: Obligation("round_by_size", max(5, to), bands=((0, 5), (50, to)))),
)


@given(st.lists(ONE, max_size=4), st.lists(ONE, max_size=4))
def test_obligations_are_weaker_unless_with_the_former_they_would_be_the_same(
    before: list[Obligation], after: list[Obligation]
) -> None:
    assert (weaker(before, after) == []) == (strictest([*before, *after]) == strictest(after))
    assert weaker(before, [*before, *after]) == []


# Of each term, what it may be, each nowhere wider than those before it, but that a combined authority is of a level.
CHOICES: dict[str, list[Any]] = {
    "scope.measures": [["payrolledEmployees", "medianMonthlyPay"], ["medianMonthlyPay"]],
    "scope.breakdowns": [[["AGE_BAND", "INDUSTRY"]], [["AGE_BAND"], ["INDUSTRY"]], [["AGE_BAND"]], []],
    "scope.finest": ["LA", "REGION"],
    "scope.levels": [["LSIP"], []],
    "scope.within": [None, "E12000002", "E47000001", "E08000003"],
    "scope.roles": [["analyst", "service"], ["analyst"]],
    "scope.from": [date(2020, 1, 1), date(2022, 1, 1)],
    "scope.to": [date(2024, 12, 31), date(2022, 12, 31)],
    "purpose.purposes": [["skills-planning", "levelling-up"], ["skills-planning"]],
    "obligations.suppress_below": [None, 10, {"fewer_than": 10, "zeros": True}],
    "obligations.round_by_size": [None, [[0, 5]], [[0, 5], [50, 25]], [[0, 6], [50, 25]]],
    "term.not_before": [date(2022, 4, 1), date(2026, 11, 23)],
}


def version(choices: Mapping[str, Any]) -> Agreement:
    sections: Record = {"obligations": {}}
    for key, value in choices.items():
        section, name = key.split(".")
        sections.setdefault(section, {}).update({name: value} if value is not None else {})
    return amended(**sections)


@st.composite
def narrowings(draw: st.DrawFn) -> tuple[Agreement, Agreement]:
    """Two versions of an agreement, of which the second is narrower, or would be but for one term."""
    first = {key: draw(st.integers(0, len(values) - 1)) for key, values in CHOICES.items()}
    second = {key: draw(st.integers(first[key], len(values) - 1)) for key, values in CHOICES.items()}
    if draw(st.booleans()):
        key = draw(st.sampled_from(list(CHOICES)))
        second[key] = draw(st.integers(0, first[key]))
    chosen = [version({key: CHOICES[key][at] for key, at in picks.items()}) for picks in (first, second)]
    return chosen[0], chosen[1]


@settings(max_examples=150, deadline=None)
@given(narrowings(), st.lists(agreements(), max_size=2), st.sampled_from(MOMENTS))
def test_a_narrowing_allows_nothing_new_and_treats_nothing_less(
    pair: tuple[Agreement, Agreement], others: list[Agreement], now: datetime
) -> None:
    before, after = pair
    assume(not wider(before, after))
    for change in difference(RULES, Book.of([before]), Book.of([after]), now):
        assert change.outcome is not Outcome.ALLOWED
        assert not (change.before and change.after and weaker(change.before.obligations, change.after.obligations))
    for change in difference(RULES, Book.of([before, *others]), Book.of([after, *others]), now):
        assert change.outcome is not Outcome.ALLOWED
        if change.before and change.after and weaker(change.before.obligations, change.after.obligations):
            assert after.ref not in change.after.agreements, "another agreement has come first"


@settings(max_examples=100, deadline=None)
@given(narrowings())
def test_what_is_told_as_wider_is_all_that_is_wider(pair: tuple[Agreement, Agreement]) -> None:
    before, after = pair
    keys = {line.split(":")[0] for line in wider(before, after)}
    terms = terms_difference(content_of(before.record), content_of(after.record))
    assert len(keys) <= 1 + ("scope.within" in {term.key for term in terms})
    assert wider(before, before) == []
