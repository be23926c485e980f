"""Disclosure control over whole columns: what must never be released, and what must not be hidden."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.disclosure import EvidenceMissing, Protected, protect
from policies.obligation import Obligation
from reference.column import Column, Evidence, Pattern
from reference.figure import STATUS_INDEX, Marker

LOW, ROUND = Obligation("suppress_below", 10), Obligation("round_to", 5)
ZEROS = Obligation("suppress_below", 10, zeros=True)
DOMINANCE = Obligation("dominance", 3, 10.0)
BANDS = Obligation("round_by_size", 100, bands=((0, 10), (50, 50), (250, 100)))
NAN = float("nan")
Cell = tuple[float, float, float, float, float]  # value, n, contributors, top1, top2


def column(*cells: Cell, evidence: bool = True) -> Column:
    """Cells in a row: one place, all periods, one group."""
    values, *parts = (np.array(part, float).reshape(1, -1, 1) for part in zip(*cells, strict=True))
    status = np.full(values.shape, STATUS_INDEX["A"], np.uint8)
    given_evidence = Evidence(parts[0], parts[1], parts[2], parts[3]) if evidence else None
    return Column(values, status, np.zeros(values.shape, np.uint16), given_evidence)


def counts(*values: float) -> Column:
    return column(*((value, NAN, NAN, NAN, NAN) for value in values), evidence=False)


def figures(protected: Protected) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in protected.column.values.flat]


def test_low_counts_are_null_and_confidential_and_zero_is_zero() -> None:
    protected = protect(counts(0, 1, 9, 10, 12, 13), [LOW, ROUND], additive=True)
    assert figures(protected) == [0, None, None, 10, 10, 15]
    assert [int(marker) for marker in protected.column.markers.flat] == [0, Marker.c, Marker.c, 0, 0, 0]
    assert protected.column.status.flat[1] == STATUS_INDEX["Q"]
    assert protected.column.status.flat[3] == STATUS_INDEX["A"]
    assert protected.treatment == ("Suppressed where the figure as published is below 10", "Rounded to the nearest 5")


def test_the_owners_pattern_hides_what_no_rule_does_and_is_named() -> None:
    figures_of = counts(0, 1, 12, 13, NAN)
    figures_of.pattern = Pattern("sha256:00", np.array([True, True, True, False, True]).reshape(1, 5, 1))
    protected = protect(figures_of, [LOW, ROUND], additive=True)
    assert figures(protected) == [None, None, None, 15, None]
    assert [int(marker) for marker in protected.column.markers.flat] == [Marker.c, Marker.c, Marker.c, 0, 0]
    assert protected.column.pattern is None
    assert protected.treatment[-1].endswith("its department's pattern sha256:00")


def test_a_profile_may_hold_zeros_disclosive() -> None:
    assert figures(protect(counts(0, 20), [ZEROS], additive=True)) == [None, 20]


def test_the_number_described_decides_where_it_is_known() -> None:
    survey = column((5000, 9, NAN, NAN, NAN), (5000, 10, NAN, NAN, NAN), (30, NAN, NAN, NAN, NAN))
    assert figures(protect(survey, [LOW], additive=True)) == [None, 5000, 30]


def test_a_median_is_hidden_by_how_many_it_describes_and_by_doubt() -> None:
    pay = column((2000, 9, 5, 2, 2), (2000, 10, 5, 2, 2), (2000, NAN, 5, 2, 2), (NAN, 0, 0, NAN, NAN), (0, 4, 5, 2, 2))
    assert figures(protect(pay, [LOW], additive=False)) == [None, 2000, None, None, None]


def test_evidence_that_contradicts_the_figure_hides_it() -> None:
    odd = column((50, 0, 9, 5, 5), (0, 7, 9, 1, 1), (-20, -20, 9, 5, 5))
    assert figures(protect(odd, [LOW], additive=True)) == [None, None, None]
    money = column((0, 0, 9, 5, 5), (0, NAN, 9, 5, 5), (8_000, NAN, 9, 5, 5))
    assert figures(protect(money, [LOW], additive=True, counted=False)) == [0, None, None]
    medians = column((1800, 0, 9, 5, 5))
    assert figures(protect(medians, [LOW], additive=False)) == [None]


@pytest.mark.parametrize(
    ("cell", "released"),
    [
        ((100, 100, 3, 60, 30), True),  # 10 remain, at least 6
        ((100, 100, 2, 60, 30), False),  # two contributors
        ((100, 100, 3, 60, 34), True),  # 6 remain: exactly a tenth of the largest
        ((100, 100, 3, 60, 35), False),  # 5 remain
        ((100, 100, NAN, 60, 30), False),
        ((100, 100, 3, NAN, 30), False),
        ((100, 100, 3, 60, NAN), False),
        ((100, 100, 3, 30, 60), False),  # the second is larger than the first
        ((100, 100, 9, 0, 0), False),  # the largest contributes nothing to a total of 100
        ((100, 100, 9, 200, 10), False),  # the largest contributes more than there is
        ((0, 0, 0, NAN, NAN), True),  # a true zero
    ],
)
def test_a_cell_is_released_only_where_nobody_dominates_it(cell: Cell, released: bool) -> None:
    protected = protect(column(cell, (500, 500, 20, 50, 50)), [DOMINANCE], additive=True)
    assert figures(protected) == [cell[0] if released else None, 500]


def test_of_a_median_the_total_is_the_number_described() -> None:
    pay = column((2000, 100, 3, 60, 30), (2000, 100, 3, 60, 38))
    assert figures(protect(pay, [DOMINANCE], additive=False)) == [2000, None]


@pytest.mark.parametrize(
    ("bare", "obligation", "additive", "counted"),
    [
        (column((2000, 50, 3, 2, 1), evidence=False), LOW, False, True),
        (column((2000, NAN, 3, 2, 1)), LOW, False, True),
        (column((8, NAN, NAN, NAN, NAN), evidence=False), LOW, True, False),
        (counts(100), DOMINANCE, True, True),
        (column((100, 100, NAN, 60, 30)), DOMINANCE, True, True),
        (column((100, 100, 3, NAN, NAN)), DOMINANCE, True, True),
        # evidence of another cell, that holds no figure
        (column((2000, NAN, 3, 2, 1), (NAN, 50, 3, 2, 1)), LOW, False, True),
        (column((100, 100, NAN, 60, 30), (NAN, 500, 20, 50, 50)), DOMINANCE, True, True),
    ],
)
def test_an_obligation_without_its_evidence_shows_nothing(
    bare: Column, obligation: Obligation, additive: bool, counted: bool
) -> None:
    with pytest.raises(EvidenceMissing, match="it did not say how many"):
        protect(bare, [obligation], additive=additive, counted=counted)


@pytest.mark.parametrize("obligation", [LOW, DOMINANCE, ROUND, BANDS])
@pytest.mark.parametrize("additive", [True, False])
def test_a_column_with_nothing_in_it_needs_no_evidence(obligation: Obligation, additive: bool) -> None:
    absent = Column.absent((1, 2, 1), Marker.x)
    protected = protect(absent, [obligation], additive=additive)
    assert figures(protected) == [None, None]
    assert (protected.column.markers == int(Marker.x)).all()
    assert (protected.column.status == absent.status).all()


def test_cells_that_were_absent_stay_as_they_were() -> None:
    before = counts(NAN, 3)
    before.markers.flat[0] = int(Marker.z)
    before.status.flat[0] = STATUS_INDEX["M"]
    done = protect(before, [LOW, ROUND], additive=True)
    assert list(done.column.markers.flat) == [Marker.z, Marker.c]
    assert done.column.status.flat[0] == STATUS_INDEX["M"]


def test_rounding_is_half_up_of_the_value_as_it_was() -> None:
    assert figures(protect(counts(12.4, 12.5, 17.5, 2.5, 1e9 + 3), [ROUND], additive=True)) == [10, 15, 20, 5, 1e9 + 5]


def test_what_rounds_to_nothing_says_that_it_is_not_nothing() -> None:
    protected = protect(counts(2, 0, 3), [ROUND], additive=True)
    assert figures(protected) == [0, 0, 5]
    assert list(protected.column.markers.flat) == [Marker.low, 0, 0]
    # Nor does it pass as a true zero afterwards, or tell on itself when it is suppressed.
    again = protect(protected.column, [LOW], additive=True)
    assert figures(again) == [None, 0, None]
    assert list(again.column.markers.flat) == [Marker.c, 0, Marker.c]


def test_rounding_by_size_goes_by_the_value_as_it_was() -> None:
    protected = protect(counts(4, 44, 49, 50, 74, 249, 250, 10_049), [BANDS], additive=True)
    assert figures(protected) == [0, 40, 50, 50, 50, 250, 300, 10_000]


def test_neither_evidence_nor_the_text_of_a_suppressed_cell_is_left() -> None:
    before = column((4, 4, 1, 4, 0), (400, 400, 9, 90, 80))
    before.notes.update({0: "4 (one firm)", 1: "~"})
    done = protect(before, [LOW], additive=True)
    assert done.column.evidence is None
    assert done.column.notes == {1: "~"}


def test_the_department_s_own_column_is_not_changed() -> None:
    own = column((4, 4, 1, 4, 0), (403, 403, 9, 90, 80), (2, NAN, NAN, NAN, NAN), (0, 0, 0, NAN, NAN))
    own.notes.update({0: "4 (one firm)", 1: "~"})
    for array in (own.values, own.status, own.markers):
        array.setflags(write=False)
    assert figures(protect(own, [LOW, DOMINANCE, ROUND], additive=True)) == [None, 405, None, 0]
    assert figures(protect(own, [ROUND], additive=True)) == [5, 405, 0, 0]
    assert figures(protect(own, [], additive=True)) == [4, 403, 2, 0]
    assert own.notes == {0: "4 (one firm)", 1: "~"}


def test_several_agreements_are_carried_out_by_the_strictest_of_each() -> None:
    several = [LOW, Obligation("suppress_below", 20), ROUND, Obligation("round_to", 10)]
    assert figures(protect(counts(9, 19, 24, 25), several, additive=True)) == [None, None, 20, 30]


NUMBERS = st.one_of(st.just(NAN), st.integers(0, 60).map(float), st.integers(0, 9_000).map(float))
CELLS = st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=12)
THRESHOLDS = st.builds(Obligation, st.just("suppress_below"), st.integers(1, 30), zeros=st.booleans())
DOMINANCES = st.builds(Obligation, st.just("dominance"), st.integers(1, 6), st.integers(0, 50).map(float))
ROUNDINGS = st.builds(Obligation, st.just("round_to"), st.integers(1, 50))


def tried(cells: Column, several: list[Obligation], additive: bool) -> Column | None:
    try:
        return protect(cells, several, additive=additive).column
    except EvidenceMissing:
        return None


@given(CELLS, THRESHOLDS, st.booleans())
def test_no_cell_that_describes_fewer_than_allowed_is_ever_released(
    cells: list[Cell], low: Obligation, additive: bool
) -> None:
    done = tried(column(*cells), [low], additive)
    for at, (value, n, *_) in enumerate(cells if done is not None else []):
        assert done is not None
        if np.isnan(done.values.flat[at]):
            continue
        described = [n] if not additive else [number for number in (value, n) if not np.isnan(number)]
        nobody = value == 0 and all(number == 0 for number in described) and not low.zeros
        assert nobody or all(number >= low.amount for number in described)


@given(CELLS, DOMINANCES, st.booleans())
def test_no_dominated_cell_is_ever_released(cells: list[Cell], rule: Obligation, additive: bool) -> None:
    done = tried(column(*cells), [rule], additive)
    assert rule.percent is not None
    for at, (value, n, contributors, top1, top2) in enumerate(cells if done is not None else []):
        assert done is not None
        if np.isnan(done.values.flat[at]) or (value == 0 and (n == 0 or (additive and np.isnan(n)))):
            continue
        total = value if additive else n
        assert contributors >= rule.amount
        assert total - top1 - top2 >= rule.percent / 100 * top1


@given(CELLS, THRESHOLDS, DOMINANCES, ROUNDINGS, st.booleans())
def test_a_suppressed_cell_is_null_and_confidential_and_the_rest_keep_their_standing(
    cells: list[Cell], low: Obligation, rule: Obligation, rounding: Obligation, additive: bool
) -> None:
    before = column(*cells)
    done = tried(before, [low, rule, rounding], additive)
    if done is None:
        return
    confidential = (done.markers & int(Marker.c)) != 0
    assert (confidential == (np.isnan(done.values) & ~np.isnan(before.values))).all()
    assert (done.status[confidential] == STATUS_INDEX["Q"]).all()
    assert (done.status[~confidential] == before.status[~confidential]).all()


@given(st.lists(st.integers(0, 100_000).map(float), min_size=1, max_size=12), ROUNDINGS)
def test_rounding_moves_a_figure_by_half_its_base_at_most_and_once(values: list[float], rounding: Obligation) -> None:
    done = protect(counts(*values), [rounding], additive=True).column
    assert (np.abs(done.values.ravel() - np.array(values)) <= rounding.amount / 2).all()
    assert (done.values % rounding.amount == 0).all()
    again = protect(done, [rounding], additive=True).column
    assert (again.values == done.values).all()
    assert (again.markers == done.markers).all()


@given(st.lists(st.integers(0, 200).map(float), min_size=1, max_size=12))
def test_protecting_twice_is_protecting_once(values: list[float]) -> None:
    once = protect(counts(*values), [LOW, ROUND], additive=True).column
    twice = protect(once, [LOW, ROUND], additive=True).column
    assert np.array_equal(once.values, twice.values, equal_nan=True)
    assert (once.markers == twice.markers).all()
    assert (once.status == twice.status).all()


@given(CELLS, st.randoms(use_true_random=False), st.permutations([LOW, DOMINANCE, ROUND]), st.booleans())
def test_neither_the_order_of_cells_nor_of_obligations_matters(
    cells: list[Cell], shuffler: object, several: list[Obligation], additive: bool
) -> None:
    order = list(range(len(cells)))
    shuffler.shuffle(order)  # pyright: ignore
    one = tried(column(*cells), [LOW, DOMINANCE, ROUND], additive)
    other = tried(column(*(cells[at] for at in order)), several, additive)
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert np.array_equal(one.values.ravel()[order], other.values.ravel(), equal_nan=True)
        assert (one.markers.ravel()[order] == other.markers.ravel()).all()
