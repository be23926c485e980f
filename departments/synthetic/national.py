"""National series through the published figures of calibration.csv, and through guides where nothing was published."""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from departments.synthetic.draws import Floats
from reference.packaged import rows
from reference.period import Period, PeriodKind, between, parse

FIRST, LAST = parse("2019-01"), parse("2024-06")
MONTHS: tuple[Period, ...] = between(FIRST.last, LAST.last, PeriodKind.MONTH)
MONTH_CODES = tuple(month.code for month in MONTHS)
_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@cache
def published(measure: str) -> Mapping[str, float]:
    """Published national figures of a measure by period, whatever their confidence."""
    calibration = rows("departments.synthetic", "calibration.csv")
    return {row["period"]: float(row["value"]) for row in calibration if row["measure"] == measure}


def by_year(measure: str) -> dict[int, float]:
    """Published figures of a measure by calendar year."""
    return {int(period[:4]): value for period, value in published(measure).items()}


def last_month(window: str) -> Period:
    """The last month of a window written as in "2023-Oct-Dec" or "2023-Nov-2024-Jan"."""
    *_, year = (part for part in window.split("-") if part.isdigit())
    return parse(f"{year}-{_NAMES.index(window[-3:]) + 1:02d}")


def through(points: Mapping[str, float], over: Sequence[Period] = MONTHS) -> Floats:
    """A monthly series straight from each point to the next, flat beyond the ends. Points by month, in any order."""
    ordered = dict(sorted(points.items()))
    return np.interp([month.last for month in over], [parse(code).last for code in ordered], list(ordered.values()))


def quarterly(measure: str, guides: Mapping[str, float]) -> Floats:
    """A monthly series whose mean over each quarter is the published figure, bent by guides on the way."""
    figures = {parse(code): value for code, value in published(measure).items() if "Q" in code}
    middles = {Period(quarter.last - 1, PeriodKind.MONTH).code: value for quarter, value in figures.items()}
    series = through({**middles, **guides})
    for quarter, value in figures.items():
        inside = [i for i, month in enumerate(MONTHS) if quarter.first <= month.last <= quarter.last]
        series[inside] *= value / series[inside].mean()
    return series


def quarter_ends(measure: str, guides: Mapping[str, float]) -> Floats:
    """A monthly series that has the published figures for three months at the quarter's end nearest to each."""
    ends: dict[str, float] = {}
    for window, value in published(measure).items():
        last = last_month(window).last
        ends[Period(3 * round((last + 1) / 3) - 1, PeriodKind.MONTH).code] = value
    return through({**guides, **ends})


def yearly(points: Mapping[int, float], years: range) -> Floats:
    """Figures for each year, straight between the points."""
    ordered = dict(sorted(points.items()))
    return np.interp(list(years), list(ordered), list(ordered.values()))
