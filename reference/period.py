"""Months, quarters, calendar years and academic years, and the arithmetic between them."""

import re
from calendar import month_name, monthrange
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache

from reference.errors import TrustError


class PeriodKind(StrEnum):
    """Lengths of time that figures are published for."""

    MONTH = "MONTH"
    QUARTER = "QUARTER"
    YEAR = "YEAR"
    ACADEMIC_YEAR = "ACADEMIC_YEAR"

    @property
    def months(self) -> int:
        """Length in months."""
        return _LENGTHS[self]


_LENGTHS = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.YEAR: 12, PeriodKind.ACADEMIC_YEAR: 12}
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
_YEAR = re.compile(r"\d{4}")
_ACADEMIC = re.compile(r"(\d{4})/(\d{2})")
FIRST_YEAR, LAST_YEAR = 1990, 2099


class PeriodError(TrustError, ValueError):
    """The text is not a period: says what is allowed."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A length of time by its last month, counted in months since year 0. All our periods end with a month.
    `code`: as in "2021-01", "2021-Q1", "2021", "2020/21"."""

    last: int
    kind: PeriodKind
    code: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "code", self._code())

    def __hash__(self) -> int:
        return self.last

    @property
    def first(self) -> int:
        """Its first month, counted as `last` is."""
        return self.last - self.kind.months + 1

    @property
    def ends_in(self) -> tuple[int, int]:
        """The calendar year and month (1 to 12) that it ends in."""
        return self.last // 12, self.last % 12 + 1

    @property
    def start(self) -> date:
        """Its first day."""
        return date(self.first // 12, self.first % 12 + 1, 1)

    @property
    def end(self) -> date:
        """Its last day."""
        year, month = self.ends_in
        return date(year, month, monthrange(year, month)[1])

    @property
    def label(self) -> str:
        """In words, as in "January 2021" or "Academic year 2020/21"."""
        year, month = self.ends_in
        match self.kind:
            case PeriodKind.MONTH:
                return f"{month_name[month]} {year}"
            case PeriodKind.QUARTER:
                return f"{month_name[month - 2]} to {month_name[month]} {year}"
            case PeriodKind.YEAR:
                return f"{year}"
            case PeriodKind.ACADEMIC_YEAR:
                return f"Academic year {self.code}"

    def _code(self) -> str:
        """How it is written, as in "2021-01"."""
        year, month = self.ends_in
        match self.kind:
            case PeriodKind.MONTH:
                return f"{year}-{month:02d}"
            case PeriodKind.QUARTER:
                return f"{year}-Q{month // 3}"
            case PeriodKind.YEAR:
                return f"{year}"
            case PeriodKind.ACADEMIC_YEAR:
                return f"{year - 1}/{year % 100:02d}"


@lru_cache(4096)
def parse(text: str) -> Period:
    """A period from its code. Raises PeriodError."""
    if match := _MONTH.fullmatch(text):
        year, month = int(match[1]), int(match[2])
        if not 1 <= month <= 12:
            raise PeriodError(f'"{text}" has no such month: months are 01 to 12.')
        period = Period(year * 12 + month - 1, PeriodKind.MONTH)
    elif match := _QUARTER.fullmatch(text):
        period = Period(int(match[1]) * 12 + int(match[2]) * 3 - 1, PeriodKind.QUARTER)
    elif _YEAR.fullmatch(text):
        period = Period(int(text) * 12 + 11, PeriodKind.YEAR)
    elif match := _ACADEMIC.fullmatch(text):
        year = int(match[1]) + 1
        if year % 100 != int(match[2]):
            raise PeriodError(f'"{text}" is not one academic year: did you mean "{year - 1}/{year % 100:02d}"?')
        period = Period(year * 12 + 6, PeriodKind.ACADEMIC_YEAR)
    else:
        raise PeriodError(f'"{text}" is not a period: write "2021-01", "2021-Q1", "2021" or "2020/21".')
    if not FIRST_YEAR <= period.last // 12 <= LAST_YEAR:
        raise PeriodError(f'"{text}" is outside the years {FIRST_YEAR} to {LAST_YEAR}.')
    return period


@lru_cache(1024)
def between(first: int, last: int, kind: PeriodKind) -> tuple[Period, ...]:
    """The periods of a kind that lie wholly between two months, in order. Months counted as in Period."""
    step = kind.months
    # The month of the year (0 = January) in which periods of this kind end, modulo their length.
    phase = 6 if kind is PeriodKind.ACADEMIC_YEAR else step - 1
    end = first + step - 1
    end += (phase - end) % step
    return tuple(_the(month, kind) for month in range(end, last + 1, step))


# There are few periods, and many spans of them: each is made once.
_the = lru_cache(8192)(Period)
