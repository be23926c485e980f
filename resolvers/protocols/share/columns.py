"""What a share node answers, as columns: checked to be what was asked, and read from JSON."""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from reference.column import EVIDENCE, Column, Evidence, Pattern, Shape, usual
from reference.errors import TrustError
from reference.figure import STATUS_INDEX, Marker, ObservationStatus
from resolvers.protocols.numbers import all_from_json
from resolvers.protocols.share.question import NodeQuery
from resolvers.table import Slice

MARKED = {"Q": Marker.c, "M": Marker.z, "O": Marker.x, "L": Marker.x}


class NotAsAsked(TrustError, ValueError):
    """An answer of a node that is not what it was asked, or cannot be read."""


class NodeAnswer(NamedTuple):
    """One answer: a column for each measure asked. `protected`: disclosure control has been applied to them."""

    columns: dict[str, Column]
    release: str | None
    protected: bool


def all_from_body(body: object, questions: Sequence[NodeQuery]) -> list[NodeAnswer]:
    """The answer to each question, from a body of JSON. Raises NotAsAsked or NotANumber."""
    if len(questions) == 1:
        return [from_json(body, questions[0])]
    answers = _value(_keys(body, "the body"), "answers")
    if not isinstance(answers, list) or len(cast(list[object], answers)) != len(questions):
        raise NotAsAsked(f"not a list of {len(questions)} answers")
    pairs = zip(cast(list[object], answers), questions, strict=True)
    return [from_json(answer, question) for answer, question in pairs]


def from_json(answer: object, question: NodeQuery) -> NodeAnswer:
    """One answer in JSON. Raises NotAsAsked or NotANumber where any part of it is not what was asked."""
    parts = _keys(answer, "an answer")
    part, shape = question.part, question.shape
    for key in ("areas", "by", "groups"):
        if _value(parts, key) != question.body[key]:
            raise NotAsAsked(f"{key} differ from those asked")
    if _value(parts, "periods") != [period.code for period in question.periods]:
        raise NotAsAsked("periods differ from those asked")
    release = _value(parts, "release")
    if not isinstance(release, str | None):
        raise NotAsAsked("release is not a text")
    protected, marked = protection(_value(parts, "sdc"), part)
    if protected and "evidence" in parts:
        raise NotAsAsked("evidence with figures that are said to be protected")
    names = _keys(parts.get("patterns", {}), "patterns")
    marks: Mapping[str, Any] = _of_measures(parts, "hidden", part.measures) if marked else {}
    values, status = (_of_measures(parts, key, part.measures) for key in ("values", "status"))
    behind = None if protected else _of_measures(parts, "evidence", part.measures)
    size = shape[0] * shape[1] * shape[2]
    columns: dict[str, Column] = {}
    for name in part.measures:
        kept = None
        if behind is not None:
            kept = _evidence_from_json(_keys(behind[name], f"evidence of {name}"), shape)
        figures = all_from_json(values[name], size).reshape(shape)
        columns[name] = column(name, figures, _statuses(status[name], shape), kept)
        columns[name].pattern = pattern(names.get(name), _marks(marks[name], shape) if marked else None, protected)
    return NodeAnswer(columns, release, protected)


def protection(word: object, part: Slice) -> tuple[bool, bool]:
    """Whether disclosure control has been applied, and whether the cells of the owner's pattern are marked instead, by
    the node's word for it. Raises NotAsAsked."""
    if word not in ("raw", "marked", "applied"):
        raise NotAsAsked('sdc is neither "raw", "marked" nor "applied"')
    if word != "applied" and not part.evidence:
        raise NotAsAsked("unprotected figures that were not asked for")
    return word == "applied", word == "marked"


def pattern(name: object, hidden: NDArray[np.bool_] | None, protected: bool) -> Pattern | None:
    """The owner's pattern, where an answer names one. Raises NotAsAsked where figures are not protected and there is
    only its name, or only its cells."""
    if name is None and hidden is None:
        return None
    if not isinstance(name, str) or (hidden is None and not protected):
        raise NotAsAsked("a pattern without a name, or without its cells")
    return Pattern(name, hidden)


def column(
    name: str, values: NDArray[np.float64], codes: NDArray[np.uint8] | None, evidence: Evidence | None
) -> Column:
    """A column with the markers that its statuses stand for. `codes`: indices of SDMX observation statuses; None where
    every figure is as usual. Raises NotAsAsked where a figure and its status do not fit."""
    if codes is None:
        # One figure that is none makes the sum none: the fastest way to see that there is none of them.
        if not isfinite(np.add.reduce(values, None)):
            raise NotAsAsked(f"{name} has no figure where its status says that there is one")
        return Column(values, *usual(values.shape), evidence)
    finite = np.isfinite(values)
    markers = np.zeros(values.shape, np.uint16)
    absent = np.zeros(values.shape, bool)
    for letter, marker in MARKED.items():
        of_letter = codes == STATUS_INDEX[letter]
        markers[of_letter] = int(marker)
        absent |= of_letter
    if (np.isnan(values) != absent).any() or (finite == absent).any():
        raise NotAsAsked(f"{name} has figures that its status does not allow, or none where it says there are")
    return Column(values, codes, markers, evidence)


def evidence(kinds: Mapping[str, NDArray[np.float64]], shape: Shape) -> Evidence:
    """Evidence from the kinds that are given; nothing is known of the others. Raises NotAsAsked."""
    if unknown := set(kinds) - set(EVIDENCE):
        raise NotAsAsked(f"evidence of a kind that nobody knows: {unknown}")
    return Evidence(*(kinds[key] if key in kinds else np.full(shape, np.nan) for key in EVIDENCE))


def _evidence_from_json(kinds: Mapping[str, Any], shape: Shape) -> Evidence:
    """Evidence from lists of numbers, of which all kinds are read in one go. Raises NotAsAsked or NotANumber."""
    size = shape[0] * shape[1] * shape[2]
    numbers: list[object] = []
    for kind, values in kinds.items():
        if not isinstance(values, list) or len(cast(list[object], values)) != size:
            raise NotAsAsked(f"{kind} is not a list of {size} numbers")
        numbers += cast(list[object], values)
    read = all_from_json(numbers, size * len(kinds)).reshape((len(kinds), *shape))
    return evidence(dict(zip(kinds, read, strict=True)), shape)


def status_index(letter: object) -> int:
    """The index of an SDMX observation status, by its letter. Raises NotAsAsked."""
    if not isinstance(letter, str) or letter not in STATUS_INDEX:
        raise NotAsAsked(f"{letter!r:.40} is not an observation status")
    return STATUS_INDEX[letter]


def _keys(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise NotAsAsked(f"{what} is not an object with keys")
    return cast(Mapping[str, Any], value)


def _value(parts: Mapping[str, Any], key: str) -> Any:
    if key not in parts:
        raise NotAsAsked(f"{key} is missing")
    return parts[key]


def _of_measures(parts: Mapping[str, Any], key: str, measures: Iterable[str]) -> Mapping[str, Any]:
    """A part that has one value for each measure."""
    by_measure = _keys(_value(parts, key), key)
    if set(by_measure) != set(measures):
        raise NotAsAsked(f"{key} are not of the measures that were asked for")
    return by_measure


def _marks(hidden: object, shape: Shape) -> NDArray[np.bool_]:
    """Which cells are hidden, from a list of true and false. Raises NotAsAsked."""
    size = shape[0] * shape[1] * shape[2]
    several = cast(list[object], hidden) if isinstance(hidden, list) else []
    if len(several) != size or not all(one is True or one is False for one in several):
        raise NotAsAsked(f"hidden is not a list of {size} times true or false")
    return np.array(several, np.bool_).reshape(shape)


def _statuses(letters: object, shape: Shape) -> NDArray[np.uint8] | None:
    """Indices of statuses, from a list of letters; None where all are as usual."""
    size = shape[0] * shape[1] * shape[2]
    if not isinstance(letters, list) or len(cast(list[object], letters)) != size:
        raise NotAsAsked(f"status is not a list of {size} letters")
    several = cast(list[object], letters)
    if several.count(ObservationStatus.A) == size:
        return None
    return np.array([status_index(letter) for letter in several], np.uint8).reshape(shape)
