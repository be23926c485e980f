"""Terms of one owner held beside each other: what contradicts, what does not, and what is accepted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from policies.agreement import Agreement
from policies.agreement_content import content_of
from policies.contradiction import OPEN, Terms, among, contradictions, differences, is_open, sentence, terms_of
from policies.obligation import Obligation
from reference.area import AreaLevel
from tests.policies.conftest import INDUSTRY, Policy

TEN, FIVE = Obligation("suppress_below", 10), Obligation("suppress_below", 5)
ZEROS = Obligation("suppress_below", 10, zeros=True)
PERCENT, LESS = Obligation("dominance", 3, 10.0), Obligation("dominance", 3, 5.0)


def rounding(*bands: tuple[int, int]) -> Obligation:
    if len(bands) == 1:
        return Obligation("round_to", bands[0][1])
    return Obligation("round_by_size", max(to for _, to in bands), bands=bands)


def nearest(value: int, rule: Obligation) -> int:
    """A number of quarters, rounded half up: what provenance says, written down anew."""
    base = 4 * next(to for start, to in reversed(rule.steps) if 4 * start <= value)
    return (2 * value + base) // (2 * base) * base


@pytest.mark.parametrize(
    ("mine", "theirs", "words"),
    [
        ((TEN,), (FIVE,), "here: suppressed where it describes fewer than 10; there: suppressed where"),
        ((TEN,), (), "here, and not there: suppressed where it describes fewer than 10"),
        ((), (TEN,), "there, and not here: suppressed where it describes fewer than 10"),
        ((ZEROS,), (TEN,), "fewer than 10, or nobody"),
        ((TEN, PERCENT), (TEN,), "here, and not there: suppressed where fewer than 3 contribute"),
        ((PERCENT,), (LESS,), "(p% at 5)"),
        ((rounding((0, 5)),), (rounding((0, 10)),), "the two together tell more than either"),
        ((rounding((0, 5)),), (rounding((0, 3)),), "the two together tell more than either"),
        ((rounding((0, 10), (50, 50)),), (rounding((0, 5), (50, 50)),), "the two together tell more than either"),
    ],
)
def test_terms_that_show_what_others_hide_contradict_them(
    mine: tuple[Obligation, ...], theirs: tuple[Obligation, ...], words: str
) -> None:
    (told,) = differences(mine, theirs)
    assert words in told
    assert differences(theirs, mine)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ((), ()),
        ((TEN, PERCENT), (TEN, FIVE, PERCENT)),
        ((TEN, rounding((0, 5))), (TEN,)),
        ((rounding((0, 5)),), (rounding((0, 15)),)),
        ((rounding((0, 2)),), (rounding((0, 6), (60, 30)),)),
        ((rounding((0, 5)),), (rounding((0, 5), (1000, 5)),)),
    ],
)
def test_terms_of_which_one_shows_all_that_both_show_do_not(
    mine: tuple[Obligation, ...], theirs: tuple[Obligation, ...]
) -> None:
    assert differences(mine, theirs) == differences(theirs, mine) == []


def test_terms_may_be_stricter_than_those_that_are_over() -> None:
    assert differences((TEN, PERCENT), (FIVE,), over=True) == []
    assert differences((FIVE,), (TEN, PERCENT), over=True)
    assert differences((rounding((0, 10)),), (rounding((0, 5)),), over=True), "what was shown is known all the same"


rules = st.lists(st.tuples(st.integers(1, 40), st.sampled_from([1, 2, 3, 4, 5, 6, 9, 10, 15, 25, 30])), max_size=2).map(
    lambda more: rounding(*dict([(0, 1), *sorted(more)]).items())
)


@example(rounding((0, 1)), rounding((0, 1), (5, 6)), 10)
@given(rules, rules, st.sampled_from([1, 2, 3, 5, 10]))
def test_roundings_that_are_let_stand_beside_each_other_tell_no_more_than_one(
    one: Obligation, other: Obligation, base: int
) -> None:
    one = rounding(*[(start, to * base) for start, to in one.steps])
    assume(one != other)
    if differences((one,), (other,)):
        return
    # A year of values, in quarters: beyond the last band all is the same again after the two bases.
    values = range(4 * (40 + 2 * one.steps[-1][1] * other.steps[-1][1]))
    both = {(nearest(value, one), nearest(value, other)) for value in values}
    assert len(both) in (len({a for a, _ in both}), len({b for _, b in both}))


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_two_bases_stand_beside_each_other_where_one_is_an_odd_multiple_of_the_other(one: int, other: int) -> None:
    large, small = max(one, other), min(one, other)
    stands = large % small == 0 and large // small % 2 == 1
    assert (differences((rounding((0, one)),), (rounding((0, other)),)) == []) == stands


def test_only_what_is_shared_is_compared(shared: Policy) -> None:
    mine = Terms("A", frozenset({"businesses"}), (TEN,), "E12000002", date(2022, 1, 1), date(2022, 12, 31))
    other = Terms("B", frozenset({"businesses"}), (FIVE,), None, date(2022, 6, 1), date(2030, 1, 1))

    def contradicted(them: Terms) -> bool:
        return any(found.other == "B" for found in contradictions(mine, [them], shared.rules))

    assert contradicted(other)
    assert contradicted(other._replace(within="E08000003")), "Manchester lies in the North West"
    assert contradicted(other._replace(within="E47000001"))
    assert not contradicted(other._replace(within="E12000007")), "London does not"
    assert not contradicted(other._replace(first=date(2023, 1, 1)))
    assert not contradicted(other._replace(measures=frozenset({"businessSupportLoans"})))


def test_what_is_open_counts_with_what_its_publisher_has_done(shared: Policy) -> None:
    mine = Terms("A", frozenset({"businesses"}), (ZEROS, PERCENT), None, date(2022, 1, 1), date(2022, 12, 31))
    offered = replace(shared.rules, protected={"businesses": ()})
    (found,) = contradictions(mine, [], offered)
    assert (found.other, found.measures) == (OPEN, ("businesses",))
    said = "contradicts what everyone may read on businesses (here, and not there: suppressed where fewer than 3"
    assert sentence([found]).startswith(said)
    protected = replace(shared.rules, protected={"businesses": (PERCENT,)})
    assert contradictions(mine, [], protected) == []
    assert contradictions(mine, [], replace(shared.rules, protected={})) == [], "no source answers it"


def test_agreements_are_named_once_for_each_pair_unless_one_of_the_two_accepts_it(
    shared: Policy, amended: Callable[..., Agreement]
) -> None:
    rules = replace(shared.rules, protected=dict.fromkeys(("payrolledEmployees", "medianMonthlyPay"), (PERCENT,)))
    strict, lax = amended("DSA-001"), {"profile": "ons-10-5"}
    told = among([strict, amended("DSA-006", obligations=lax)], rules)
    assert [words.partition(" (")[0] for words in told] == [
        "DSA-001 contradicts DSA-006 on payrolledEmployees",
        "DSA-006 contradicts what everyone may read on payrolledEmployees",
    ]
    allowed = [{"terms": "DSA-001", "reason": "Employers of these industries are not told apart."}]
    assert among([strict, amended("DSA-006", obligations={**lax, "accepted": allowed})], rules) == told[1:]
    allowed.append({"terms": OPEN, "reason": "As above."})
    assert among([strict, amended("DSA-006", obligations={**lax, "accepted": allowed})], rules) == []


def test_a_content_says_the_same_as_its_agreement(shared: Policy, amended: Callable[..., Agreement]) -> None:
    for id in ("DSA-001", "DSA-003", "DSA-008"):
        one = amended(id, scope={"from": date(2020, 1, 1)}) if id == "DSA-008" else amended(id)
        assert terms_of(content_of(one.record), shared.rules.profiles) == Terms.of(one)


def test_an_agreement_on_what_everyone_may_read_is_never_used(
    shared: Policy, amended: Callable[..., Agreement]
) -> None:
    regions = {"measures": ["payrolledEmployees"], "breakdowns": [["INDUSTRY"]], "finest": "REGION"}
    assert is_open(amended(scope=regions), shared.rules)
    assert not is_open(amended(scope={**regions, "finest": "LA"}), shared.rules)
    assert not is_open(amended(scope={**regions, "breakdowns": [["INDUSTRY", "AGE_BAND"]]}), shared.rules)
    assert not any(is_open(one, shared.rules) for one in shared.agreements.values())
    assert AreaLevel.LA in shared.agreements["DSA-006"].levels and {INDUSTRY} in shared.agreements["DSA-006"].breakdowns
