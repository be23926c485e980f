"""The patterns of the sample HMRC and BEIS, attacked with all that their nodes publish."""

import hashlib
from functools import cache

import numpy as np
import pytest

from departments.samples import mapping
from departments.share.databases import connect
from departments.share.node import tables
from tests.conftest import FOLDER
from tests.departments.attacks import Reader, Seen, seen, told_apart

THRESHOLD, PERCENT = 10, 10
# Of each family so many of the cells hidden for their own sake are attacked, in so many of its periods.
CELLS, PERIODS = 25, 2
FAMILIES = {
    "payrolledEmployees": ("hmrc", "paye_rti"),
    "furloughedEmployments": ("hmrc", "cjrs"),
    "businesses": ("beis", "business_population"),
}


@cache
def published(measure: str) -> Seen:
    """What a sample node publishes of its newest release, with the pattern that came with it."""
    name, dataset = FAMILIES[measure]
    config = mapping(name, FOLDER)
    return seen(tables(config, connect(config))[dataset], measure)


@pytest.fixture(scope="module", params=FAMILIES)
def family(request: pytest.FixtureRequest) -> Seen:
    return published(request.param)


def wanted(figure: float, largest: float) -> tuple[float, float]:
    """What must stay possible of a cell that is hidden for its own sake."""
    if figure < THRESHOLD:
        return 0, THRESHOLD - 1
    reach = max(PERCENT / 100 * largest, THRESHOLD / 2)
    return figure - reach, figure + reach


def own_sake(family: Seen, period: int) -> list[int]:
    """Cells that describe few, or of which one contributor has nearly all, in an order that their names decide."""
    figures, largest = family.flat(family.true, period), family.flat(family.largest, period)
    hidden = np.isnan(family.flat(family.shown, period))
    sensitive = np.flatnonzero(hidden & ((figures < THRESHOLD) | (largest > 0.85 * figures)))
    return sorted(sensitive.tolist(), key=lambda cell: hashlib.sha256(family.name(cell).encode()).digest())


def periods_of(family: Seen) -> list[int]:
    return np.linspace(0, len(family.periods) - 1, PERIODS).astype(int).tolist()


def test_nothing_is_told_by_totals_minus_parts(family: Seen) -> None:
    for period in range(len(family.periods)):
        assert told_apart(family, period) == {}


@pytest.mark.parametrize("rounding", [0.0, 2.5], ids=["exact", "rounded"])
def test_no_cell_is_bounded_more_closely_than_its_rule_allows(family: Seen, rounding: float) -> None:
    for period in periods_of(family):
        reader = Reader(family, [period], rounding)
        cells = own_sake(family, period)[:CELLS]
        assert cells
        for cell in cells:
            figure = family.flat(family.true, period)[cell]
            low, high = wanted(figure, family.flat(family.largest, period)[cell])
            least, most = reader.bounds(cell)
            assert least <= low + 1e-4, family.name(cell)
            assert most >= high - 1e-4, family.name(cell)


def test_the_mean_over_all_periods_tells_no_more(family: Seen) -> None:
    """Rounding is averaged away: what is left is one table of means, known exactly."""
    every = range(len(family.periods))
    reader = Reader(family, list(every), 0.0)
    for cell in own_sake(family, 0)[:CELLS]:
        figures = np.array([family.flat(family.true, period)[cell] for period in every])
        largest = np.array([family.flat(family.largest, period)[cell] for period in every])
        bounds = [wanted(figure, most) for figure, most in zip(figures, largest, strict=True)]
        least, most = reader.bounds(cell)
        assert least <= np.mean([low for low, _ in bounds]) + 1e-4, family.name(cell)
        assert most >= np.mean([high for _, high in bounds]) - 1e-4, family.name(cell)


def test_a_cell_is_hidden_in_all_periods_or_in_none(family: Seen) -> None:
    hidden = np.isnan(family.shown)
    assert (hidden == hidden[:, :1]).all()


def test_those_who_are_hidden_cannot_be_counted() -> None:
    """45 in the UK, as it was published, and 47 places hidden among zeros: there was one in each."""
    furlough = published("furloughedEmployments")
    period, group = furlough.periods.index("2021-09"), ("INDUSTRY", "U")
    reader = Reader(furlough, [period], 2.5)
    figures, shown = furlough.flat(furlough.true, period), furlough.flat(furlough.shown, period)
    local = [furlough.cell(code, group) for code in furlough.areas if code[:3] in ("E06", "E07", "E08", "E09")]
    assert np.isnan(shown[local]).all()
    ones = [cell for cell in local if figures[cell] == 1]
    assert ones
    for cell in ones[:CELLS]:
        least, most = reader.bounds(cell)
        assert least <= 1e-4
        assert most >= THRESHOLD - 1


def test_the_one_hidden_industry_of_a_place_is_not_told_by_the_others() -> None:
    """The total less the twenty that are shown told it to within 12, of whom one employer paid nearly all."""
    employees = published("payrolledEmployees")
    period = employees.periods.index("2024-05")
    figures, largest = (employees.flat(array, period) for array in (employees.true, employees.largest))
    reader = Reader(employees, [period], 2.5)
    row = [employees.cell("E07000137", group) for group in employees.groups if group and group[0] == "INDUSTRY"]
    hidden = [cell for cell in row if np.isnan(employees.flat(employees.shown, period)[cell])]
    assert len(hidden) > 1
    for cell in (cell for cell in hidden if largest[cell] > 0.9 * figures[cell]):
        low, high = wanted(figures[cell], largest[cell])
        least, most = reader.bounds(cell)
        assert least <= low + 1e-4
        assert most >= high - 1e-4
