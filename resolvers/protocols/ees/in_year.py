"""Years that were not over when they were published: their figures are of the year so far, and must say so."""

import re
from calendar import month_abbr, month_name
from datetime import date
from typing import NamedTuple

from reference.period import Period, PeriodKind
from resolvers.protocols.ees.mapping import EesMapping
from resolvers.protocols.ees.metadata import Metadata

# Months from the start of the year that the parts of a year reach, where they end with a month.
QUARTERS = {f"{year}Q{quarter}": 3 * quarter for year in ("AY", "CY") for quarter in (1, 2, 3)}
TERMS = {"T1": "the autumn term", "T1T2": "the autumn and spring terms"}
# How publishers call a part of a year in the label of a period or the title of a release.
QUARTER_RANGE = re.compile(r"\b(?:q|quarters?\s*)([1-4])(?:\s*(?:to|and|&|-|–|/)?\s*(?:q|quarter\s*)?([1-4]))?\b")
QUARTER_COUNT = re.compile(r"\b(one|two|three|[123]) quarters?\b")
COUNTS = {"one": 1, "two": 2, "three": 3}
MONTHS = {
    **{month_name[month].casefold(): month for month in range(1, 13)},
    **{month_abbr[month].casefold(): month for month in range(1, 13)},
    "sept": 9,
}
MONTH = re.compile(rf"\b({'|'.join(sorted(MONTHS, key=len, reverse=True))})\b")
SO_FAR = re.compile(
    r"\b(?:so far|to date|ytd|in[- ]year|part[- ]year|part of (?:the|a) year|half[- ]year|incomplete|cumulative"
    r"|(?:autumn|spring)(?: and spring)? terms?)\b"
)
PROVISIONAL = re.compile(r"\b(?:provisional|preliminary)\b")


class Standing(NamedTuple):
    """What must be said of every figure of a provisional period: its `note`, and whether it is only `part` of it."""

    note: str
    part: bool


def standing(mapping: EesMapping, metadata: Metadata, period: Period) -> Standing | None:
    """Whether the figures of a period are of a part of it, or provisional; None when they are neither.

    The source file says it by `in_year`; else the label of the period, or for the newest one the title of the release;
    else the day of publication, for what was published before a period ended cannot be of the whole of it.
    """
    time = mapping.period(period, metadata.times)
    code, written = time
    if code in mapping.in_year:
        months = QUARTERS.get(code)
        return _up_to(period, months) if months else Standing(_part(f"{TERMS[code]} of {period.code}"), part=True)
    texts = [metadata.times.get(time, "")]
    newest = max((at for own, at in metadata.times if own == code), default="")
    if written == newest and _is_of(metadata.version.title, period):
        texts.append(metadata.version.title)
    said = [one for text in texts if period.kind.months == 12 and (one := _as_called(text, period))]
    if said:
        return max(said, key=lambda one: one.part)
    published = metadata.version.published
    # When a reporting year ends, the publisher does not say.
    if published <= period.end and code != "RY" and not mapping.snapshot:
        return Standing(_part(f"as it stood on {_day(published)}, before its end on {_day(period.end)}"), part=True)
    return None


def _as_called(text: str, period: Period) -> Standing | None:
    """What a label or a title says of a year."""
    words = text.casefold()
    if counted := QUARTER_COUNT.search(words):
        return _up_to(period, 3 * (COUNTS.get(counted[1]) or int(counted[1])))
    if quarters := QUARTER_RANGE.search(words):
        first, last = quarters[1], quarters[2] or quarters[1]
        if last == "4" and first in "14":
            return None
        return _up_to(period, 3 * int(last)) if first == "1" else _called(text)
    months = [MONTHS[month] for month in MONTH.findall(words)]
    start = period.first % 12 + 1
    if len(months) == 2 and months[0] == start:
        length = (months[1] - start) % 12 + 1
        return _up_to(period, length) if length < 12 else None
    if SO_FAR.search(words):
        return _called(text)
    if PROVISIONAL.search(words):
        return Standing(f'Provisional: the department calls it "{text.strip()}"', part=False)
    return None


def _is_of(title: str, period: Period) -> bool:
    """Whether the title of a release names a year."""
    year = period.ends_in[0]
    if period.kind is PeriodKind.ACADEMIC_YEAR:
        return any(text in title for text in (period.code, f"{year - 1}/{year}", f"{year - 1}-{year % 100:02d}"))
    return re.search(rf"\b{year}\b", title) is not None


def _up_to(period: Period, months: int) -> Standing:
    last = period.first + months - 1
    span = f"{_month(period.first)} to {_month(last)}" if months > 1 else _month(last)
    return Standing(_part(span), part=True)


def _called(text: str) -> Standing:
    return Standing(_part(f'the department calls it "{text.strip()}"'), part=True)


def _part(which: str) -> str:
    return f"Part of the year only: {which}, cumulative so far"


def _month(month: int) -> str:
    return f"{month_name[month % 12 + 1]} {month // 12}"


def _day(day: date) -> str:
    return f"{day.day} {month_name[day.month]} {day.year}"
