"""What a share node answers, as columns: checked to be what was asked, and read from JSON."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from reference.column import EVIDENCE, Column, Evidence, Shape
from reference.figure import STATUS_INDEX, Marker, ObservationStatus
from resolvers.protocols.share.question import Question
from resolvers.table import Slice

USUAL = STATUS_INDEX[ObservationStatus.A]
NUMBERS = {int, float, type(None)}
MARKED = {"Q": Marker.c, "M": Marker.z, "O": Marker.x, "L": Marker.x}


class Told(NamedTuple):
    """One answer: a column for each measure asked. `protected`: disclosure control has been applied to them."""

    columns: dict[str, Column]
    release: str | None
    protected: bool


def from_json(told: Mapping[str, Any], put: Question) -> Told:
    """An answer in JSON. Raises ValueError, KeyError or TypeError where it is not what was asked."""
    asked, shape = put.asked, put.shape
    for key in ("areas", "by", "groups"):
        if told[key] != put.body[key]:
            raise ValueError(f"{key} differ from those asked")
    if told["periods"] != [period.code for period in put.held]:
        raise ValueError("periods differ from those asked")
    protected = protection(told["sdc"], asked)
    for key in ("values", "status") if protected else ("values", "status", "evidence"):
        _same_keys(key, told[key], asked.measures)
    if told["release"] is not None and not isinstance(told["release"], str):
        raise ValueError("release is not a text")
    columns: dict[str, Column] = {}
    for name in asked.measures:
        behind: dict[str, Any] = {} if protected else told["evidence"][name]
        held = None if protected else evidence({kind: _array(each, shape) for kind, each in behind.items()}, shape)
        columns[name] = column(name, _array(told["values"][name], shape), _codes(told["status"][name], shape), held)
    return Told(columns, told["release"], protected)


def protection(word: str, asked: Slice) -> bool:
    """Whether disclosure control has been applied, by the node's word for it. Raises ValueError."""
    protected = {"raw": False, "applied": True}[word]
    if not protected and not asked.evidence:
        raise ValueError("unprotected figures that were not asked for")
    return protected


def column(
    name: str, values: NDArray[np.float64], codes: NDArray[np.uint8] | None, evidence: Evidence | None
) -> Column:
    """A column with the markers that its statuses stand for. `codes`: indices of SDMX observation statuses; None where
    every figure is as usual. Raises ValueError where a figure and its status do not fit."""
    finite = np.isfinite(values)
    if codes is None:
        if not finite.all():
            raise ValueError(f"{name} has no figure where its status says that there is one")
        return Column(values, *_usual(values.shape), evidence)
    markers = np.zeros(values.shape, np.uint16)
    absent = np.zeros(values.shape, bool)
    for letter, marker in MARKED.items():
        of_letter = codes == STATUS_INDEX[letter]
        markers[of_letter] = int(marker)
        absent |= of_letter
    if (np.isnan(values) != absent).any() or (finite == absent).any():
        raise ValueError(f"{name} has figures that its status does not allow, or none where it says there are")
    return Column(values, codes, markers, evidence)


def evidence(kinds: Mapping[str, NDArray[np.float64]], shape: Shape) -> Evidence:
    """Evidence from the kinds that are given; nothing is known of the others. Raises ValueError."""
    if unknown := set(kinds) - set(EVIDENCE):
        raise ValueError(f"evidence of a kind that nobody knows: {unknown}")
    return Evidence(*(kinds[key] if key in kinds else np.full(shape, np.nan) for key in EVIDENCE))


@lru_cache(64)
def _usual(shape: Shape) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    """Statuses and markers where every figure is as usual: one cell, seen from every place, that cannot be written."""
    return np.broadcast_to(np.uint8(USUAL), shape), np.broadcast_to(np.uint16(0), shape)


def _same_keys(what: str, told: Any, wanted: Iterable[str]) -> None:
    if set(cast(Mapping[str, Any], told) if isinstance(told, dict) else ()) != set(wanted):
        raise ValueError(f"{what} are not of what was asked")


def _codes(letters: Sequence[str], shape: Shape) -> NDArray[np.uint8] | None:
    size = shape[0] * shape[1] * shape[2]
    if letters.count(ObservationStatus.A) == size == len(letters):
        return None
    return np.array([STATUS_INDEX[letter] for letter in letters], np.uint8).reshape(shape)


def _array(told: object, shape: Shape) -> NDArray[np.float64]:
    """Numbers and nulls, as many as the grid has cells."""
    size = shape[0] * shape[1] * shape[2]
    if not isinstance(told, list) or len(cast(list[object], told)) != size:
        raise ValueError(f"figures are not a list of {size} numbers and nulls")
    figures = cast(list[float | None], told)
    try:
        # Twice as fast as numpy's own way from a list. Of what is no number it takes true and false, as 1 and 0.
        numbers = np.frombuffer(array("d", cast(list[float], figures)))
        certain = numbers.min() > 1
    except TypeError:
        numbers, certain = None, False
    if not certain and not set(map(type, figures)) <= NUMBERS:
        raise ValueError("figures are not a list of numbers and nulls")
    return (np.array(figures, np.float64) if numbers is None else numbers).reshape(shape)
