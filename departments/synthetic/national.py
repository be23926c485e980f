"""National series, month by month, through the published figures of calibration.csv."""

from functools import cache

import numpy as np

from departments.synthetic.places import Floats
from reference.packaged import rows
from reference.period import Period, PeriodKind, between, parse

FIRST, LAST = parse("2019-01"), parse("2024-06")
MONTHS: tuple[Period, ...] = between(FIRST.last, LAST.last, PeriodKind.MONTH)
MONTH_CODES = tuple(month.code for month in MONTHS)


@cache
def published(measure: str) -> dict[str, float]:
    """Published national figures of a measure by period, whatever their confidence."""
    calibration = rows("departments.synthetic", "calibration.csv")
    return {row["period"]: float(row["value"]) for row in calibration if row["measure"] == measure}


def through(points: dict[str, float]) -> Floats:
    """A monthly series straight from each point to the next, flat beyond the ends. Points by month code."""
    at = [parse(code).last for code in points]
    return np.interp([month.last for month in MONTHS], at, list(points.values()))


def quarterly(measure: str) -> Floats:
    """A monthly series whose mean over each quarter is the published figure."""
    figures = {parse(code): value for code, value in published(measure).items() if "Q" in code}
    series = np.interp(
        [month.last for month in MONTHS], [quarter.last - 1 for quarter in figures], list(figures.values())
    )
    for quarter, value in figures.items():
        inside = [i for i, month in enumerate(MONTHS) if quarter.first <= month.last <= quarter.last]
        series[inside] *= value / series[inside].mean()
    return series


def yearly(points: dict[int, float], years: range) -> Floats:
    """Figures for each year, straight between the points."""
    return np.interp(list(years), list(points), list(points.values()))
