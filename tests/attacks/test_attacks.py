"""Each attack, on a table that is made so that it recovers what is hidden, and others do not."""

import numpy as np

from attacks import scoring
from attacks.averaging import averaging, least_squares_over_time
from attacks.baseline import baseline
from attacks.bounds import bounds_by_programmes
from attacks.claims import Guesses
from attacks.difference import counting, difference
from attacks.least_squares import least_squares
from attacks.months import months_beside
from attacks.other_terms import other_terms
from attacks.scoring import Score, far_enough, of_guesses, of_intervals
from attacks.sums import Sums, sums
from attacks.table import Bounds
from attacks.treatment import read
from tests.attacks.made_up import ALONE, COMBINED, DOMINANCE, OPEN, ROUNDED, MadeUp, made_up
from tests.departments.additive import AUTHORITIES, INSIDE, REGION

MEMBERS = tuple("ABCDEFGHIJ")
SECONDS = 20.0


def known(case: MadeUp) -> tuple[Bounds, Sums]:
    bounds = case.table.bounds
    return bounds, sums(case.table, bounds)


def counted(case: MadeUp) -> Score:
    return of_intervals(counting(case.table, *known(case)), case.table, case.truth)


def subtracted(case: MadeUp) -> Score:
    return of_intervals(difference(case.table, *known(case), SECONDS), case.table, case.truth)


def programmed(case: MadeUp) -> Score:
    bounds, related = known(case)
    start = difference(case.table, bounds, related, SECONDS)
    enough = far_enough(case.table, bounds, case.truth)
    found = bounds_by_programmes(case.table, bounds, start, related, enough, SECONDS)
    assert found.finished
    return of_intervals(found, case.table, case.truth)


def squared_over_time(case: MadeUp) -> Guesses:
    return least_squares_over_time(case.table, *known(case), SECONDS)


def squared(case: MadeUp) -> Guesses:
    bounds, related = known(case)
    return least_squares(case.table, bounds, related, baseline(case.table, bounds, related, bounds.middle), SECONDS)


def test_where_as_many_are_hidden_as_are_left_each_is_one() -> None:
    """47 of the UK, and 47 places hidden: zeros are shown, so that each of those hidden holds one at least."""
    case = made_up(lambda la, _, __: float(la in AUTHORITIES[:7]), lambda place, *_: place in AUTHORITIES[:7], OPEN)
    assert counted(case).exactly == 7


def test_where_zeros_are_hidden_too_they_cannot_be_counted() -> None:
    words = f"{OPEN}, or nobody"
    case = made_up(lambda la, _, __: float(la in AUTHORITIES[:7]), lambda place, *_: place in AUTHORITIES, words)
    assert (counted(case).exactly, subtracted(case).exactly) == (0, 0)


def test_the_only_hidden_part_of_a_total_is_the_total_less_the_others() -> None:
    case = made_up(lambda *_: 120.0, lambda place, *_: place == ALONE, DOMINANCE)
    assert subtracted(case).exactly == 1


def test_rounding_leaves_as_much_doubt_as_the_parts_that_are_shown_were_rounded() -> None:
    """Of twelve places each within 2.5: much for a figure of 120, and little for one of 12,000."""
    small, large = (
        made_up(lambda *_, size=size: size, lambda place, *_: place == ALONE, DOMINANCE, ROUNDED)
        for size in (120.0, 12_000.0)
    )
    assert (subtracted(small).exactly, subtracted(small).nearer) == (0, 0)
    assert (subtracted(large).exactly, subtracted(large).nearer) == (0, 1)


def overlapping(periods: int = 1, *words: str, members: tuple[str, ...] = ()) -> MadeUp:
    """All of a combined authority is hidden, and one place besides: told by two totals together, and by none alone."""

    def figure(la: str, period: int, member: str) -> float:
        return 3_000.0 if la == ALONE else 200.0 + 7 * AUTHORITIES.index(la) + period

    def hidden(place: str, _: int, member: str) -> bool:
        return place == ALONE or place in INSIDE[COMBINED]

    return made_up(figure, hidden, DOMINANCE, *words, periods=periods, members=members)


def test_places_that_overlap_tell_what_no_total_tells_alone() -> None:
    case = overlapping()
    assert subtracted(case).exactly == 0
    assert programmed(case).exactly == 1


def test_least_squares_guess_better_than_the_baseline_where_two_totals_together_tell() -> None:
    score = of_guesses(squared(overlapping(3, members=MEMBERS)), overlapping(3, members=MEMBERS).truth)
    assert score.by_baseline is not None
    assert score.nearer is not None
    assert score.nearer - score.by_baseline[1] >= 30
    assert score.recovered >= 30


def test_least_squares_over_time_do_so_though_figures_are_rounded() -> None:
    case = overlapping(24, ROUNDED, members=MEMBERS)
    score = of_guesses(squared_over_time(case), case.truth)
    assert score.by_baseline is not None
    assert score.nearer is not None
    assert score.nearer - score.by_baseline[1] >= len(MEMBERS)


def test_guesses_that_hit_no_more_often_than_the_baselines_count_for_nothing() -> None:
    case = overlapping(3, members=MEMBERS)
    found = squared(case)
    same = Guesses("same", found.tried, found.baseline, found.baseline, found.of, 0.0)
    score = of_guesses(same, case.truth)
    assert (score.exactly, score.nearer) == score.by_baseline
    assert score.recovered == 0


def test_what_rounding_hides_in_one_period_the_mean_of_many_tells() -> None:
    """Roundings of thirteen figures make the rest uncertain by 31 in a month, and by 10 in the mean of sixty."""
    drawn = np.random.default_rng(7).integers(100, 200, (60, len(AUTHORITIES), len(MEMBERS)))

    def figure(la: str, period: int, member: str) -> float:
        return float(drawn[period, AUTHORITIES.index(la), MEMBERS.index(member)])

    case = made_up(
        figure, lambda place, _, member: place == ALONE and member != "", DOMINANCE, ROUNDED,
        periods=60, members=MEMBERS,
    )  # fmt: skip
    means = of_intervals(averaging(case.table, *known(case)), case.table, case.truth)
    assert (means.tried, means.nearer) == (len(MEMBERS), len(MEMBERS))
    each = subtracted(case)
    assert each.nearer is not None
    assert each.nearer < each.tried / 5


def test_a_cell_that_is_hidden_every_other_month_is_told_by_the_months_beside() -> None:
    def hidden(place: str, period: int, member: str) -> bool:
        return (place in INSIDE and member != "") or (place in AUTHORITIES and period % 2 == 1)

    def figure(la: str, period: int, member: str) -> float:
        return 100.0 * (1 + AUTHORITIES.index(la) * MEMBERS.index(member) % 11) + period

    case = made_up(figure, hidden, DOMINANCE, ROUNDED, periods=6, members=MEMBERS)
    bounds, related = known(case)
    score = of_guesses(months_beside(bounds, baseline(case.table, bounds, related, bounds.middle)), case.truth)
    assert score.nearer == score.tried > 300
    assert score.recovered > 0


def test_what_one_agreement_hides_another_shows() -> None:
    case = made_up(lambda *_: 400.0, lambda place, *_: place in AUTHORITIES, DOMINANCE, others=((OPEN, ROUNDED),))
    score = of_intervals(other_terms(case.table.bounds), case.table, case.truth)
    assert (score.tried, score.nearer) == (len(AUTHORITIES), len(AUTHORITIES))
    alone = made_up(lambda *_: 400.0, lambda place, *_: place in AUTHORITIES, DOMINANCE)
    assert of_intervals(other_terms(alone.table.bounds), alone.table, alone.truth).recovered == 0


def test_two_terms_that_hide_a_cell_for_different_reasons_tell_more_than_either() -> None:
    """Hidden where it is small, by one; where it is small or of nobody, by the other."""
    case = made_up(
        lambda la, *_: 1.0 if la == ALONE else 400.0, lambda place, *_: place == ALONE, f"{OPEN}, or nobody", DOMINANCE,
        others=((OPEN,),),
    )  # fmt: skip
    assert of_intervals(other_terms(case.table.bounds), case.table, case.truth).nearer == 1


def test_sums_that_do_not_hold_are_not_used() -> None:
    """People counted in several industries: the parts come to more than the total."""
    case = made_up(lambda *_: 120.0, lambda place, _, member: place == ALONE and member == "A", members=MEMBERS)
    view = case.table.views[0]
    view.values[:, :: len(MEMBERS) + 1] -= 300
    assert not sums(case.table, case.table.bounds).facets.any()


def test_a_cell_that_several_attacks_recover_counts_once() -> None:
    case = overlapping()
    score = programmed(case)
    assert scoring.recovered([score, score]) == score.recovered == 1


def test_the_words_beside_a_figure_tell_what_it_may_have_been() -> None:
    treatment = read((OPEN, DOMINANCE, ROUNDED))
    low, high = treatment.shown(np.array([0.0, 10.0, 1000.0]), np.zeros(3, bool), counted=True)
    assert (low.tolist(), high.tolist()) == ([0, 10, 998], [0, 12, 1002])
    assert treatment.hidden(counted=True) == (1, np.inf)
    assert read((OPEN, ROUNDED)).hidden(counted=True) == (1, 9)
    assert read((f"{OPEN}, or nobody",)).hidden(counted=True) == (0, 9)
    by_size = read(("Rounded the more the larger it is: to the nearest 5 from 0, 25 from 50",))
    low, high = by_size.shown(np.array([45.0, 50.0]), np.zeros(2, bool), counted=True)
    assert (low.tolist(), high.tolist()) == ([43, 38], [47, 62])
    assert REGION in INSIDE
