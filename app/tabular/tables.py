"""An answer as tables: one for each list of objects, never a product of two."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

import orjson
from graphql import parse

from app.tabular.columns import ASIDE, NO_VALUE, ColumnSource, Level, Shape, headings, level, objects, table_names
from app.tabular.reasons import Path, Reasons
from app.tabular.response_fields import selected

Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """One column. `figure`: of numbers, with markers. `markers`: the name of the column that holds these.
    `marks[n]` are the markers of row n, or the reason why its value is null."""

    name: str
    figure: bool
    markers: str
    values: list[Value] = field(default_factory=list[Value])
    marks: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])

    @property
    def is_marked(self) -> bool:
        """Whether a column of markers stands beside it: with every figure, elsewhere only where there are any."""
        return self.figure or any(self.marks)


@dataclass(frozen=True, slots=True)
class OutputTable:
    """The rows of one list. `repeated`: each is repeated on the rows of a list inside it, so none would be missed."""

    name: str
    columns: list[OutputColumn]
    repeated: bool

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return len(self.columns[0].values)


def tables(query: str, operation: str | None, answer: Mapping[str, Any], private: str = "") -> list[OutputTable]:
    """The tables of an answer to a query, in the order of the query. `private`: the alias of the markers that were
    added to it. Raises GraphQLError where the query cannot be parsed."""
    data: Mapping[str, Any] = answer.get("data") or {}
    fields = selected(parse(query, no_location=True), operation)
    shape, reasons = Shape(fields, data), Reasons(answer.get("errors") or ())
    filled: list[_Rows] = []
    for one in fields:
        if one.name in ASIDE or shape.skipped((one.key,)):
            continue
        rows = _Rows(level(one, shape, private), ())
        value = data.get(one.key)
        for place, item in _items(value, (one.key,)) if one.fields else [((one.key,), value)]:
            rows.add(item, place, [], reasons)
        filled += rows.all()
    filled = [rows for rows in filled if rows.level.sources]
    return [rows.table(name) for rows, name in zip(filled, table_names([rows.level for rows in filled]), strict=True)]


Cell = tuple[Value, tuple[str, ...]]


class _Rows:
    """The rows of a level as they are gathered. `around`: the levels in whose items it stands, outermost first."""

    def __init__(self, of: Level, around: tuple[Level, ...]) -> None:
        self.level, self._around = of, around
        self._cells: list[list[Cell]] = []
        self._inner = [_Rows(inner, (*around, of)) for inner in of.inner]
        # Whether each item so far has rows in that inner list.
        self._full = [True] * len(of.inner)

    def add(self, item: Any, place: Path, beside: list[Cell], reasons: Reasons) -> None:
        """One item, with the cells of what stands around it, which each row repeats."""
        cells = [*beside, *(_cell(source, item, place, reasons) for source in self.level.sources)]
        self._cells.append(cells)
        for at, inner in enumerate(self._inner):
            steps = inner.level.path[len(self.level.path) :]
            rows = list(_items(_reach(item, steps), (*place, *steps)))
            self._full[at] &= bool(rows)
            for where, row in rows:
                inner.add(row, where, cells, reasons)

    def all(self) -> Iterator["_Rows"]:
        yield self
        for inner in self._inner:
            yield from inner.all()

    def table(self, name: str) -> OutputTable:
        columns = [
            OutputColumn(heading.name, heading.figure, heading.markers)
            for heading in headings(self._around, self.level)
        ]
        for cells in self._cells:
            for column, (value, marks) in zip(columns, cells, strict=True):
                column.values.append(value)
                column.marks.append(marks)
        return OutputTable(name, columns, self._is_repeated())

    def _is_repeated(self) -> bool:
        return any(
            full and (bool(inner.level.sources) or inner._is_repeated())
            for full, inner in zip(self._full, self._inner, strict=True)
        )


def _items(value: Any, place: Path) -> Iterator[tuple[Path, Any]]:
    """The objects of a list with the place of each; an object alone is a list of one."""
    if isinstance(value, list):
        for at, inner in enumerate(cast("list[Any]", value)):
            yield from _items(inner, (*place, at))
    elif objects(value):
        yield place, value


def _reach(item: Any, steps: tuple[str, ...]) -> Any:
    for step in steps:
        if not isinstance(item, dict):
            return None
        item = cast("dict[str, Any]", item).get(step)
    return item


def _cell(source: ColumnSource, item: Any, place: Path, reasons: Reasons) -> Cell:
    value = _reach(item, source.path)
    if source.figure is not None:
        figure: Mapping[str, Any] = _reach(item, source.path[:-1]) or {}
        markers = next((figure[key] for key in source.figure if key in figure), None) or ()
        if value is not None or markers:
            return value, tuple(map(str, markers))
        return None, (reasons.at((*place, *source.path)) or NO_VALUE,)
    if value is None and not source.of_figure and (reason := reasons.at((*place, *source.path))):
        return None, (reason,)
    return cell_value(value), ()


def cell_value(value: Any) -> Value:
    """A value of an answer as one cell: a list of words is joined."""
    if isinstance(value, list):
        return "; ".join(text(one) for one in cast("list[Any]", value))
    return orjson.dumps(value).decode() if isinstance(value, dict) else value


def text(value: Any) -> str:
    """A value as text: whole numbers without a decimal point, no exponents, true and false as in JSON."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return _plain(value)
        case str() | int():
            return str(value)
        case _:
            return orjson.dumps(value).decode()


def _plain(number: float) -> str:
    shortest = format(Decimal(repr(number)), "f")
    return shortest.rstrip("0").rstrip(".") if "." in shortest else shortest
