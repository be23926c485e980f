"""What the publisher writes in place of a figure, or beside one. Every text is a number, a symbol, or unexplained."""

import re
from collections.abc import Mapping
from math import nan
from typing import NamedTuple

from reference.column import UNEXPLAINED
from reference.figure import Marker, ObservationStatus
from resolvers.protocols.numbers import NotANumber, from_json, from_text

S = ObservationStatus
# Symbols in place of a figure, without brackets: those of the Government Statistical Service, then those of files
# before 2020. `low` and `w` are no zeros. Those that only qualify a figure are below: alone, they say it is not there.
SYMBOLS: Mapping[str, tuple[ObservationStatus, Marker]] = {
    "": (S.O, Marker.x),
    "c": (S.Q, Marker.c),
    "low": (S.N, Marker.low),
    "u": (S.U, Marker.u),
    "w": (S.N, Marker.w),
    "x": (S.O, Marker.x),
    "z": (S.M, Marker.z),
    "~": (S.N, Marker.low),
    "-": (S.N, Marker.low),
    ":": (S.O, Marker.x),
    "..": (S.O, Marker.x),
    ".": (S.M, Marker.z),
}
# Symbols beside a figure, and the status of the figure.
QUALIFIERS: Mapping[str, tuple[ObservationStatus, Marker]] = {
    "b": (S.B, Marker.b),
    "e": (S.E, Marker.e),
    "er": (S.A, Marker.er),
    "f": (S.F, Marker.f),
    "p": (S.P, Marker.p),
    "r": (S.A, Marker.r),
    "u": (S.U, Marker.u),
}
NIL = 'The department wrote "-", which can mean none or too few to show'
# A number with its symbols in brackets, as in "120 [p]", "120[p, r]" or "120 [p][r]".
QUALIFIED = re.compile(r"([^\s\[]+)\s*((?:\[[^\[\]]*\]\s*)+)")


class Observation(NamedTuple):
    """What one text says: a value, NaN for none, its status and marker, and a note where those do not say it all.
    `known`: whether somebody has explained the text."""

    value: float
    status: ObservationStatus
    marker: Marker
    note: str | None = None
    known: bool = True


def read(text: object) -> Observation:
    """What the publisher says of one cell. Raises NotANumber for what is neither text, number nor null."""
    if text is None:
        text = ""
    if not isinstance(text, str):
        return Observation(from_json(text), S.A, Marker(0))
    text = text.strip()
    try:
        return Observation(from_text(text), S.A, Marker(0))
    except NotANumber:
        return _symbol(text) or _qualified(text) or Observation(nan, S.O, Marker.x, UNEXPLAINED, known=False)


def _symbol(text: str) -> Observation | None:
    bare = text[1:-1].strip() if text.startswith("[") and text.endswith("]") else text
    word = bare.casefold()
    if word in SYMBOLS:
        return Observation(nan, *SYMBOLS[word], NIL if word == "-" else None)
    if word in QUALIFIERS:
        return Observation(nan, S.O, QUALIFIERS[word][1] | Marker.x)
    return None


def _qualified(text: str) -> Observation | None:
    """A figure with the symbols that qualify it in brackets; without brackets, nobody could tell them from a unit."""
    if not (match := QUALIFIED.fullmatch(text)):
        return None
    symbols = re.split(r"[\s,;\[\]]+", match[2].strip("[] ").casefold())
    if not all(symbol in QUALIFIERS for symbol in symbols):
        return None
    try:
        value = from_text(match[1])
    except NotANumber:
        return None
    status, marker = S.A, Marker(0)
    for symbol in symbols:
        own, bit = QUALIFIERS[symbol]
        status, marker = own if status is S.A else status, marker | bit
    return Observation(value, status, marker)
