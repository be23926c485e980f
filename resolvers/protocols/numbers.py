"""The one reader of numbers, for every protocol: what is a number, and which numbers a measure can have."""

import re
from array import array
from collections.abc import Sequence
from math import isfinite
from typing import cast

import numpy as np
from numpy.typing import NDArray

from reference.errors import TrustError
from reference.figure import RANGES, Range, Unit

# Plain decimal notation in ASCII digits: neither "1e5", "1,000" nor "²" is a number of a publisher's.
DECIMAL = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?", re.ASCII)
_JSON_TYPES = {int, float, type(None)}
# As min, max and any of an array, which cost half as much again where it is small.
_least, _most, _any = np.minimum.reduce, np.maximum.reduce, np.logical_or.reduce
_LINES = re.compile(rf"(?:{DECIMAL.pattern}\n)*+", re.ASCII)


class NotANumber(TrustError, ValueError):
    """A value that should be a number and is not one, or is one that its measure cannot have."""


def from_json(value: object) -> float:
    """A number that came as a JSON number. Raises NotANumber for a boolean, a text, null, or one that is not finite."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise NotANumber(f"{value!r:.40} is not a number")
    return float(value)


def all_from_json(values: object, count: int) -> NDArray[np.float64]:
    """Numbers and nulls, which become NaN, that came as a JSON list of so many. Raises NotANumber where one of them is
    something else, or where there are more or fewer."""
    if not isinstance(values, list) or len(cast(list[object], values)) != count:
        raise NotANumber(f"not a list of {count} numbers and nulls")
    numbers = cast(list[float], values)
    try:
        # Twice as fast as numpy's own way from a list. Of what is no number it takes true and false, as 1 and 0.
        fast = np.frombuffer(array("d", numbers))
        if not count or _least(fast) > 1:
            return fast
    except TypeError:
        fast = None
    except OverflowError as error:
        raise NotANumber("a number that is too large") from error
    if not set(map(type, numbers)) <= _JSON_TYPES:
        raise NotANumber(f"not a list of {count} numbers and nulls")
    try:
        return np.array(numbers, np.float64) if fast is None else fast
    except OverflowError as error:
        raise NotANumber("a number that is too large") from error


def from_text(text: str) -> float:
    """A number that came as text, in protocols that write all numbers so. Raises NotANumber."""
    if not DECIMAL.fullmatch(text):
        raise NotANumber(f"{text!r:.40} is not a number")
    return float(text)


def all_from_text(texts: Sequence[str]) -> NDArray[np.float64]:
    """As from_text, for many texts at once and much faster. Raises NotANumber naming the first that is none."""
    if _LINES.fullmatch("".join([f"{text}\n" for text in texts])):
        try:
            return np.fromiter(map(float, texts), np.float64, len(texts))
        except ValueError:
            # A text of several lines: it is named below.
            pass
    return np.fromiter(map(from_text, texts), np.float64, len(texts))


def check_range(values: NDArray[np.float64], unit: Unit) -> bool:
    """Whether there are figures only; NaN stands for no figure. Raises NotANumber where figures of a unit cannot have
    these values."""
    return check_within(values, RANGES[unit], unit)


def check_within(values: NDArray[np.float64], allowed: Range, what: str) -> bool:
    """Whether there are values only; NaN stands for no value. `what` names them in errors. Raises NotANumber where one
    lies outside a range."""
    # The usual case, in few steps: the least and the most of values with a NaN among them are NaN.
    inside = values.size and allowed.least <= _least(values, None) and _most(values, None) <= allowed.most
    if inside and not (allowed.whole and _any(values != np.floor(values), None)):
        return True
    # NaN is neither below the least nor above the most; infinity is above the most.
    wrong = (values < allowed.least) | (values > allowed.most)
    if allowed.whole:
        wrong |= (values != np.floor(values)) & ~np.isnan(values)
    if wrong.any():
        value = float(values[wrong].flat[0])
        whole = "whole and " if allowed.whole else ""
        raise NotANumber(f"{value!r} is not {whole}from {allowed.least:g} to {allowed.most:g}, as {what} are")
    return not np.isnan(values).any()
