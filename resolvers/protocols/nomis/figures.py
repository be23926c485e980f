"""What the rows of a page say: a value, or in markers why there is none."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from reference.column import UNEXPLAINED
from reference.figure import STATUS_INDEX, Marker
from resolvers.errors import DepartmentMisanswered
from resolvers.protocols.nomis.page import CONFIDENTIALITY, STATUS, STATUS_TEXT, NomisPage
from resolvers.protocols.nomis.texts import STATUS_OF, Texts, meaning
from resolvers.protocols.numbers import NotANumber

# What a status with a figure says of it, in markers; a status without a figure, below.
_SAYS = {"B": Marker.b, "E": Marker.e, "F": Marker.f, "P": Marker.p, "U": Marker.u}
_SAYS_WHY_NOT = {"M": Marker.z, "L": Marker.x, "O": Marker.x}
_FREE = ("", "F")
# Of a text that nobody has explained, so many letters are kept.
_KEPT = 200
Item = TypeVar("Item")


class Verdict(NamedTuple):
    """What the status of a row says. `words`: the publisher's, where nobody has explained them."""

    status: int
    marker: int
    has_value: bool
    words: str = ""


_NORMAL = Verdict(STATUS_INDEX["A"], 0, True)


@dataclass(slots=True)
class NomisFigures:
    """The figures of some rows. `values`: NaN is null. `status`: index into STATUSES. `markers`: bits of Marker.
    `notes`: row -> a sentence about it. `words`: words of the publisher's that nobody has explained."""

    values: NDArray[np.float64]
    status: NDArray[np.uint8]
    markers: NDArray[np.uint16]
    notes: dict[int, str] = field(default_factory=dict[int, str])
    words: frozenset[str] = frozenset()


def read_figures(page: NomisPage, rows: NDArray[np.intp], texts: Texts, department: str) -> NomisFigures:
    """The figures of some rows of a page. Raises DepartmentMisanswered where a row has no status, or has one of a
    figure that is there and a value that is no number."""
    written = _at(rows, page.values)
    statuses, words, confidentialities = (
        _at(rows, page.column(name) or [""] * page.rows) for name in (STATUS, STATUS_TEXT, CONFIDENTIALITY)
    )
    described = list(zip(statuses, words, confidentialities, strict=True))
    try:
        verdicts = {parts: _verdict(*parts, texts) for parts in set(described)}
        if all(verdict == _NORMAL for verdict in verdicts.values()):
            values = page.numbers(written)
            return NomisFigures(values, np.full(len(rows), _NORMAL.status, np.uint8), np.zeros(len(rows), np.uint16))
        by_row = [verdicts[parts] for parts in described]
        has_value = np.array([verdict.has_value for verdict in by_row])
        values = np.full(len(rows), np.nan)
        values[has_value] = page.numbers(_at(np.flatnonzero(has_value), written))
    except NotANumber as error:
        raise DepartmentMisanswered(department, f"a row of the answer: {error}") from error
    return NomisFigures(
        values,
        np.array([verdict.status for verdict in by_row], np.uint8),
        np.array([verdict.marker for verdict in by_row], np.uint16),
        {row: UNEXPLAINED for row, verdict in enumerate(by_row) if verdict.words},
        frozenset(verdict.words for verdict in verdicts.values() if verdict.words),
    )


def _at(rows: NDArray[np.intp], column: Sequence[Item]) -> Sequence[Item]:
    """The column at these rows, which are in order."""
    if len(rows) == len(column):
        return column
    positions: list[int] = rows.tolist()
    return [column[row] for row in positions]


def _verdict(status: str, text: str, confidentiality: str, texts: Texts) -> Verdict:
    """What the status, its text and the confidentiality of a row say together. Raises NotANumber where there is no
    status, so that nothing says that the value is one."""
    status = status.strip().upper()
    if confidentiality.strip().upper() not in _FREE:
        return _withheld(Marker.c)
    if not status:
        raise NotANumber("no status says that its value is a number")
    if status == "Q":
        marker = meaning(text, texts)
        return _unknown(text.strip() or status) if marker is None else _withheld(marker)
    if why := _SAYS_WHY_NOT.get(status):
        return Verdict(STATUS_INDEX[status], int(why), False)
    if status not in STATUS_INDEX:
        return _unknown(f"{status} {text}")
    return Verdict(STATUS_INDEX[status], int(_SAYS.get(status, 0)), True)


def _withheld(marker: Marker) -> Verdict:
    return Verdict(STATUS_INDEX[STATUS_OF[marker]], int(marker), False)


def _unknown(words: str) -> Verdict:
    return _withheld(Marker.x)._replace(words=" ".join(words.split())[:_KEPT])
