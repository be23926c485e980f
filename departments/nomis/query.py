"""Reading a data request: which times, places and codes it selects, and which page of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from departments.nomis.dataset import Concept, DataSet, Holdings
from departments.nomis.geography import find

GUEST_ROWS, KNOWN_ROWS = 25_000, 100_000
_MINUS = re.compile(r"latestminus(\d+)")
_SPAN = re.compile(r"(.+?)-(latest.*|\d{4}(?:-\d{2})?)")


class Misunderstood(ValueError):
    """A parameter of which nothing is known. The publisher answers with an empty body and 200."""


@dataclass(frozen=True, slots=True)
class CodeSelection:
    """Positions along each axis of the data set, and the page: rows `offset` up to at most `offset + limit`."""

    axes: tuple[tuple[int, ...], ...]
    offset: int
    limit: int

    @property
    def count(self) -> int:
        """Rows selected, whatever the page."""
        total = 1
        for axis in self.axes:
            total *= len(axis)
        return total


def select(data_set: DataSet, holdings: Holdings, filters: Mapping[str, str]) -> CodeSelection:
    """What a query string, its keys in lower case, selects. Keys that are no concept are passed over, and a
    concept that is not named gives all its codes. Raises Misunderstood."""
    if "time" in filters and "date" in filters:
        raise Misunderstood("time and date together")
    if "geography" not in filters:
        raise Misunderstood("no geography")
    times = _times(filters.get("time") or filters.get("date") or "latest", holdings.times)
    axes = (
        _known("time", times),
        _known("geography", find(filters["geography"], holdings.places)),
        *(_codes(concept, filters.get(concept.ref)) for concept in data_set.concepts),
    )
    most = KNOWN_ROWS if filters.get("uid") else GUEST_ROWS
    return CodeSelection(
        axes,
        _whole(filters, "recordoffset", 0),
        min(_whole(filters, "recordlimit", most), most),
    )


def _known(key: str, positions: Sequence[int]) -> tuple[int, ...]:
    """The positions, as they are. Raises Misunderstood where there are none."""
    if not positions:
        raise Misunderstood(key)
    return tuple(positions)


def _whole(filters: Mapping[str, str], key: str, default: int) -> int:
    """A number in digits alone, so never below 0. Raises Misunderstood."""
    text = filters.get(key, str(default))
    if not text.isdigit():
        raise Misunderstood(key)
    return int(text)


def _codes(concept: Concept, text: str | None) -> tuple[int, ...]:
    """Positions of the codes a parameter names: numbers and ranges a...b, separated by commas."""
    if text is None:
        return tuple(range(len(concept.codes)))
    at = {code.id: position for position, code in enumerate(concept.codes)}
    positions: list[int] = []
    for part in text.split(","):
        first, dots, last = part.partition("...")
        if not first.isdigit() or (dots and not last.isdigit()):
            raise Misunderstood(concept.ref)
        positions += [at[number] for number in at if int(first) <= number <= int(last or first)]
    return _known(concept.ref, list(dict.fromkeys(positions)))


def _times(text: str, codes: Sequence[str]) -> list[int]:
    """Positions of the times a parameter names: codes, latest, latestMINUSn, first, prevyear, ranges a-b."""
    times: set[int] = set()
    for part in text.lower().split(","):
        if (at := _moment(part, codes)) is not None:
            times.add(at)
        elif (span := _SPAN.fullmatch(part)) and part not in codes:
            first, last = _moment(span[1], codes), _moment(span[2], codes)
            if first is not None and last is not None:
                times.update(range(first, last + 1))
    return sorted(times)


def _moment(text: str, codes: Sequence[str]) -> int | None:
    """Where one time lies, by its code or by a word; None where it is not known."""
    last = len(codes) - 1
    if text in codes:
        return codes.index(text)
    if text == "latest":
        return last
    if text == "first":
        return 0
    if match := _MINUS.fullmatch(text):
        return max(last - int(match[1]), 0)
    if text == "prevyear":
        year, rest = codes[last][:4], codes[last][4:]
        before = f"{int(year) - 1}{rest}"
        return codes.index(before) if before in codes else None
    return None
