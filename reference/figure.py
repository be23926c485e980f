"""What can be said of a figure besides its value: SDMX observation status, GSS markers, units."""

from collections.abc import Mapping
from enum import IntFlag, StrEnum
from typing import NamedTuple


class ObservationStatus(StrEnum):
    """SDMX observation status (CL_OBS_STATUS)."""

    A = "A"
    B = "B"
    D = "D"
    E = "E"
    F = "F"
    I = "I"  # noqa: E741 - the code list's own letter
    K = "K"
    L = "L"
    M = "M"
    N = "N"
    O = "O"  # noqa: E741 - the code list's own letter
    P = "P"
    Q = "Q"
    U = "U"
    V = "V"


STATUSES: tuple[ObservationStatus, ...] = tuple(ObservationStatus)
STATUS_INDEX: dict[str, int] = {status: index for index, status in enumerate(STATUSES)}


class Marker(IntFlag):
    """GSS shorthand for figures in tables, as bits so that a column of them is an array of integers."""

    b = 1
    c = 2
    e = 4
    er = 8
    f = 16
    low = 32
    p = 64
    r = 128
    u = 256
    w = 512
    x = 1024
    z = 2048


class Unit(StrEnum):
    """What a figure counts or measures."""

    PERSONS = "PERSONS"
    HOUSEHOLDS = "HOUSEHOLDS"
    EMPLOYMENTS = "EMPLOYMENTS"
    STARTS = "STARTS"
    ACHIEVEMENTS = "ACHIEVEMENTS"
    LEARNERS = "LEARNERS"
    ENROLMENTS = "ENROLMENTS"
    PERCENT = "PERCENT"
    BUSINESSES = "BUSINESSES"
    ENTERPRISES = "ENTERPRISES"
    LOANS = "LOANS"
    JOBS = "JOBS"
    VACANCIES = "VACANCIES"
    ADVERTS = "ADVERTS"
    GBP_PER_MONTH = "GBP_PER_MONTH"
    GBP_PER_WEEK = "GBP_PER_WEEK"
    GBP_MILLION = "GBP_MILLION"


class Range(NamedTuple):
    """The values that figures of a unit can have, both ends included. `whole`: whole numbers only."""

    least: float
    most: float
    whole: bool


# Far above any figure of the United Kingdom, and far below what a slip of a decimal point or an overflow makes.
_COUNT, _POUNDS = Range(0, 1e9, whole=True), Range(0, 1e6, whole=False)
RANGES: Mapping[Unit, Range] = {
    **dict.fromkeys(Unit, _COUNT),
    Unit.PERCENT: Range(0, 100, whole=False),
    Unit.GBP_PER_MONTH: _POUNDS,
    Unit.GBP_PER_WEEK: _POUNDS,
    Unit.GBP_MILLION: Range(0, 1e7, whole=False),
}
