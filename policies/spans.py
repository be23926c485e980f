"""Ranges of days that agreements can tell apart: cut where one begins or ends to cover, and joined again to be told."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import NamedTuple

from policies.agreement_file import FIRST, LAST

DAY = timedelta(days=1)


class Spans(NamedTuple):
    """Ranges of days [first, last] whose first day and whose last day lie between these."""

    first_from: date
    first_to: date
    last_from: date
    last_to: date

    @property
    def begins_early(self) -> bool:
        """Whether a range must begin by `first_to`, which is not said by its end."""
        return self.first_to != date.max

    @property
    def ends_late(self) -> bool:
        """Whether a range may not end before `last_from`, which is not said by its beginning."""
        return self.last_from != date.min

    @property
    def words(self) -> str:
        """As a sentence names them."""
        whole = self.first_from <= FIRST and self.last_to >= LAST
        bounds = [f"begin by {self.first_to}"] if self.begins_early else []
        bounds += [f"end on {self.last_from} or later"] if self.ends_late else []
        words = "any periods" if whole else f"periods from {self.first_from} to {self.last_to}"
        return f"{words} that {' and '.join(bounds)}" if bounds else words


def cut(covered: Collection[tuple[date, date]]) -> list[Spans]:
    """All ranges that lie within one that is covered, in classes that lie within the same ones."""
    begin, end = sorted({since for since, _ in covered}), sorted({until for _, until in covered})
    firsts = [(since, begin[at + 1] - DAY if at + 1 < len(begin) else date.max) for at, since in enumerate(begin)]
    lasts = [(end[at - 1] + DAY if at else date.min, until) for at, until in enumerate(end)]
    return [Spans(*first, *last) for first in firsts for last in lasts if first[0] <= last[1]]


def joined(several: Iterable[Spans]) -> tuple[Spans, ...]:
    """The same ranges in as few spans as adjoin."""
    by_last: list[Spans] = []
    for span in sorted(several):
        near = by_last[-1] if by_last else None
        if near and near[:2] == span[:2] and near.last_to + DAY == span.last_from:
            by_last[-1] = near._replace(last_to=span.last_to)
        else:
            by_last.append(span)
    # A range ends after it begins: where that alone says how early it may end, nothing else does.
    free = [span._replace(last_from=date.min) if span.last_from <= span.first_from else span for span in by_last]
    by_first: list[Spans] = []
    for span in sorted(free, key=lambda span: (span[2:], span[:2])):
        near = by_first[-1] if by_first else None
        if near and near[2:] == span[2:] and near.first_to + DAY == span.first_from:
            by_first[-1] = near._replace(first_to=span.first_to)
        else:
            by_first.append(span)
    return tuple(
        sorted(span._replace(first_to=date.max) if span.first_to >= span.last_to else span for span in by_first)
    )
