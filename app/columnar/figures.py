"""Figures: values, statuses, markers and provenance, column by column."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import orjson
from numpy.typing import NDArray

from app.columnar.dimensions import period_builder
from app.columnar.pieces import AnswerContext, Unusual, known
from app.columnar.text import HOLE, Part, json_of, numbers, object_part
from reference.column import Column
from reference.figure import STATUSES, ObservationStatus
from reference.period import Period
from resolvers.stitch import Figures
from schema import origin
from schema.catalogue import department
from schema.collected import SelectedField, SelectionSet
from schema.rows import AnswerGrid, markers

LETTERS: NDArray[np.object_] = np.array([orjson.dumps(status.value) for status in STATUSES], object)
USUAL = orjson.dumps(ObservationStatus.A.value)

# One part of every figure of a column.
FigurePart = Callable[[AnswerContext, Figures, AnswerGrid], Part]
ORIGIN: Mapping[str, Callable[[Figures], object]] = {
    "producer": lambda figures: figures.measure.producer,
    "dataset": origin.dataset,
    "release": origin.release,
    "licence": origin.licence,
    "retrievedAt": lambda figures: figures.origin.retrieved_at.isoformat(),
    "source": origin.source,
    "__typename": lambda _: "Provenance",
}
AGREEMENT_FIELDS = ("id", "version", "title", "owner", "consumer", "statement")


def figures_part(measure: str, selection: SelectionSet) -> Callable[[AnswerContext, AnswerGrid], Part]:
    """One measure on every row of a grid; null where it was refused or failed."""
    parts = [(field.key, _part(field)) for field in selection.fields]

    def measure_part(context: AnswerContext, grid: AnswerGrid) -> Part:
        figures = grid.sheet.figures.get(measure)
        return (
            (b"null", [])
            if figures is None
            else object_part((name, part(context, figures, grid)) for name, part in parts)
        )

    return measure_part


def _part(selected: SelectedField) -> FigurePart:
    match selected.name:
        case "value":
            return _shared("value", lambda figures: (HOLE, [numbers(figures.column.values)]))
        case "status":
            return _shared("status", lambda figures: _statuses(figures.column))
        case "markers":
            return _shared("markers", lambda figures: _marked(figures.column))
        case "unit":
            return lambda _, figures, __: (orjson.dumps(figures.measure.unit.value), [])
        case "period":
            return _periods_shown(period_builder(selected.below))
        case "provenance":
            fields = [(field.key, _provenance(field)) for field in selected.below.fields]
            return lambda context, figures, grid: object_part(
                (name, part(context, figures, grid)) for name, part in fields
            )
        case "__typename":
            return lambda _, __, ___: (b'"Figure"', [])
        case _:
            raise Unusual(selected.name)


def _provenance(field: SelectedField) -> FigurePart:
    """One field of the provenance of every figure: the same for all of a column, but for what was done to one."""
    if read := ORIGIN.get(field.name):
        return lambda _, figures, __: _once(read(figures))
    match field.name:
        case "treatment":
            return _shared("treatment", _treated)
        case "agreement":
            wanted = [(part.key, part.name) for part in known(field.below, AGREEMENT_FIELDS)]

            def agreement(context: AnswerContext, figures: Figures, _: AnswerGrid) -> Part:
                refs = figures.origin.agreements
                return _once(_plain(context.agreements[refs[0]], wanted, "Agreement") if refs else None)

            return agreement
        case "owner":
            fields = [(part.key, part.name) for part in known(field.below, ("code", "name"))]
            return lambda _, figures, __: _once(_plain(department(figures.measure.owner), fields, "Department"))
        case _:
            raise Unusual(field.name)


def _shared(name: str, make: Callable[[Figures], Part]) -> FigurePart:
    """One part of every figure, made once under however many names it is asked for."""
    return lambda context, figures, _: context.once((name, id(figures)), lambda: make(figures))


def plain(record: object, selection: SelectionSet, names: Sequence[str]) -> dict[str, object]:
    """What is selected of a record, by response keys. `names`: of the fields there are. Raises Unusual."""
    return {field.key: getattr(record, field.name, None) for field in known(selection, names)}


def _plain(record: object, fields: Sequence[tuple[str, str]], typename: str) -> dict[str, object]:
    return {key: typename if name == "__typename" else getattr(record, name) for key, name in fields}


def _once(value: object) -> Part:
    """The same for every row."""
    return json_of(value), []


def _treated(figures: Figures) -> Part:
    usual, notes = origin.treatment(figures, None), figures.column.notes
    if not notes:
        return _once(usual)
    treatments = [json_of(usual)] * figures.column.values.size
    texts = {text: json_of(origin.treatment(figures, text)) for text in set(notes.values())}
    for cell, text in notes.items():
        treatments[cell] = texts[text]
    return HOLE, [treatments]


def _statuses(column: Column) -> Part:
    """No column at all where one status stands for every row."""
    if column.as_usual:
        return USUAL, []
    codes = column.status
    if codes.size and (codes == codes.flat[0]).all():
        return LETTERS[codes.flat[0]], []
    return HOLE, [LETTERS[codes.ravel()].tolist()]


def _marked(column: Column) -> Part:
    bits = column.markers
    if column.as_usual or not bits.any():
        return b"[]", []
    words = {code: orjson.dumps([marker.name for marker in markers(code)]) for code in np.unique(bits).tolist()}
    return HOLE, [[words[code] for code in bits.ravel().tolist()]]


def _periods_shown(period: Callable[[Period], bytes]) -> FigurePart:
    def periods(_: AnswerContext, figures: Figures, __: AnswerGrid) -> Part:
        words = np.array([period(one) for one in figures.periods.periods], np.object_)
        return HOLE, [words[figures.periods.at.ravel()].tolist()]

    return periods
