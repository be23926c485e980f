"""The codes of places at a point in time: which code a place has in a publisher's vintage, and what replaced it.

Source: ONS, Code History Database (Open Government Licence v3.0). It begins in January 2009.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from reference.packaged import rows

_MONTHS = tuple(
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)
_WRITTEN = re.compile(r"(20(?:09|[1-9][0-9]))(?:-(0[1-9]|1[0-2]))?", re.ASCII)


class Vintage(NamedTuple):
    """A month whose codes are meant, after its changes. Later vintages compare as greater."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> "Vintage":
        """A vintage from "2023-04" or "2023"; a year alone means its December. Raises ValueError."""
        match = _WRITTEN.fullmatch(text)
        if match is None:
            raise ValueError(
                f'"{text}" is not a vintage of codes: give a month as 2023-04 or a year as 2023, from 2009.'
            )
        return cls(int(match[1]), int(match[2] or 12))

    @property
    def words(self) -> str:
        """As people write it: April 2023."""
        return f"{_MONTHS[self.month - 1]} {self.year}"

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02d}"


class Kind(StrEnum):
    """What changed: the code alone, the extent, or a county that made way for unitary authorities, whose districts
    are changes of extent themselves."""

    RECODED = "recoded"
    EXTENT = "extent"
    COUNTY = "county"


class Change(NamedTuple):
    """One place that another one replaced. `old` is empty where the place never had a GSS code."""

    since: Vintage
    kind: Kind
    old: str
    old_name: str
    new: str
    new_name: str


class Successor(NamedTuple):
    """What became of a code: a sentence's end, and the codes that are in force instead."""

    words: str
    codes: tuple[str, ...]


class History:
    """Every change of code, oldest first."""

    def __init__(self, changes: Iterable[Change]) -> None:
        self.changes = tuple(sorted(changes))
        self._from: dict[str, list[Change]] = {}
        self._into: dict[str, list[Change]] = {}
        for change in self.changes:
            if change.old:
                self._from.setdefault(change.old, []).append(change)
            if change.kind is not Kind.COUNTY:
                self._into.setdefault(change.new, []).append(change)

    def carried(self, code: str, at: Vintage, to: Vintage) -> str | None:
        """The code in vintage `to` of the place that `code` means in vintage `at`. None where no place of `to` has
        the same extent."""
        for change in self._between(code, at, to):
            if change.kind is not Kind.RECODED:
                return None
            code = change.new if at < to else change.old
        return code

    def recoded(self, at: Vintage, to: Vintage) -> dict[str, str]:
        """Code in vintage `at` -> code in vintage `to`, of every place that changed nothing but its code between."""
        codes = {code for change in self.changes for code in (change.old, change.new) if code}
        carried = {code: self.carried(code, at, to) for code in codes}
        return {code: other for code, other in carried.items() if other is not None and other != code}

    def equivalents(self, code: str) -> tuple[str, ...]:
        """Every code that has meant the same place, oldest first, this one among them."""
        codes = [code]
        while earlier := self._recoding(self._into.get(codes[0], ())):
            codes.insert(0, earlier.old)
        while later := self._recoding(self._from.get(codes[-1], ())):
            codes.append(later.new)
        return tuple(codes)

    def gap(self, code: str, at: Vintage, to: Vintage) -> str | None:
        """Why vintage `to` has no figure for the place that `code` means in vintage `at`, as a sentence naming its
        predecessors or successors; None where it has one."""
        for change in self._between(code, at, to):
            if change.kind is not Kind.RECODED:
                name = change.old_name if at < to else change.new_name
                words = self._onward(change.old, to) if at < to else self._replaced(change.new, to)
                return f"Not published for {name} ({code}) as of {to}: it {words}"
        return None

    def successor(self, code: str, at: Vintage) -> Successor | None:
        """What the place with a code of another time than `at` is in vintage `at`; None for a code that is not known
        to have changed."""
        replaced = [change for change in self._from.get(code, ()) if change.since <= at]
        if replaced:
            return Successor(f"{replaced[0].old_name} {self._onward(code, at)}", tuple(self._latest(code, at)))
        later = [change for change in self._into.get(code, ()) if change.since > at]
        if not later:
            return None
        change, codes = later[0], tuple(change.old for change in later)
        if change.kind is Kind.RECODED:
            return Successor(f"it has been the code of {change.new_name} since {change.since.words}", codes)
        return Successor(f"{change.new_name} replaces {_listed(_old(later))} in {change.since.words}", codes)

    def told(self, code: str, at: Vintage) -> tuple[str, ...]:
        """Sentences on what the place with a code in vintage `at` was before, and is to become; none where nothing
        changed."""
        before = [change for change in self._into.get(code, ()) if change.since <= at]
        after = [change for change in self._from.get(code, ()) if change.since > at]
        sentences: list[str] = []
        if before and before[-1].kind is Kind.RECODED:
            sentences.append(f"It had the code {before[-1].old} until {before[-1].since.words}.")
        elif before:
            sentences.append(f"It {self._replaced(code, before[-1].since)}.")
        if after:
            sentences.append(f"It {self._onward(code, after[-1].since)}.")
        return tuple(sentences)

    def former(self, at: Vintage) -> Iterator[tuple[str, Successor]]:
        """Name of every place that was gone by a vintage, with what became of it."""
        for change in self.changes:
            if change.kind is not Kind.RECODED and change.since <= at:
                words = self._onward(change.old, at) if change.old else f"became part of {_listed(_new([change]))}"
                codes = self._latest(change.old, at) if change.old else [change.new]
                yield change.old_name, Successor(f"{change.old_name} {words}", tuple(codes))

    def _between(self, code: str, at: Vintage, to: Vintage) -> Iterator[Change]:
        """The changes that a place meets on the way from one vintage to another, until its extent changes."""
        known = self._from if at < to else self._into
        while True:
            met = [step for step in known.get(code, ()) if min(at, to) < step.since <= max(at, to)]
            if not met:
                return
            change = met[0] if at < to else met[-1]
            yield change
            if change.kind is not Kind.RECODED:
                return
            code = change.new if at < to else change.old

    @staticmethod
    def _recoding(changes: Sequence[Change]) -> Change | None:
        """The first change that is of the code alone."""
        return next((change for change in changes if change.kind is Kind.RECODED), None)

    def _onward(self, code: str, at: Vintage) -> str:
        """What became of a place, step by step: "became part of X (E0...) in April 2019, which became ..."."""
        changes = self._from[code]
        first = [change for change in changes if change.since == changes[0].since]
        when = first[0].since.words
        if first[0].kind is Kind.RECODED:
            words = f"has had the code {first[0].new} since {when}"
        elif len(first) > 1 or first[0].kind is Kind.COUNTY:
            words = f"was replaced by {_listed(_new(first))} in {when}"
        else:
            words = f"became part of {_listed(_new(first))} in {when}"
        after = self._from.get(first[0].new, ())
        if len(first) == 1 and after and after[0].since <= at:
            words += f", which {self._onward(first[0].new, at)}"
        return words

    def _replaced(self, code: str, at: Vintage) -> str:
        """What a place replaced, down to what there was in vintage `at`."""
        latest = self._into[code][-1].since
        changes = [change for change in self._into[code] if change.since == latest]
        words = f"replaced {_listed(_old(changes))} in {latest.words}"
        for change in changes:
            before = self._into.get(change.old, ())
            if before and before[-1].since > at:
                words += f"; {change.old_name} {self._replaced(change.old, at)}"
        return words

    def _latest(self, code: str, at: Vintage) -> list[str]:
        """The codes of today of the places that a code became."""
        changes = [change for change in self._from.get(code, ()) if change.since <= at]
        codes = [later for change in changes for later in self._latest(change.new, at)]
        return list(dict.fromkeys(codes)) or [code]


@cache
def history() -> History:
    """The changes of local authorities, counties and combined authorities since 2009, read once."""
    return History(_change(row) for row in rows("reference", "area_changes.csv"))


def _change(row: dict[str, str]) -> Change:
    """The change of one row of area_changes.csv."""
    codes = (row["old_code"], row["old_name"], row["new_code"], row["new_name"])
    return Change(Vintage.parse(row["date"][:7]), Kind(row["kind"]), *codes)


def _old(changes: Iterable[Change]) -> list[str]:
    """Names and codes of the places that were replaced."""
    return [
        f"{change.old_name} ({change.old})" if change.old else f"the former {change.old_name}" for change in changes
    ]


def _new(changes: Iterable[Change]) -> list[str]:
    """Names and codes of the places that replaced them."""
    return [f"{change.new_name} ({change.new})" for change in changes]


def _listed(names: Sequence[str]) -> str:
    """Names as a sentence lists them: A, B and C."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
