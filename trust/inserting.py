"""Rows put into a table as tuples: less work for each statement than SQLAlchemy's own INSERT, which every answer would
wait for."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Table

# A value as a row has it -> as the driver takes it.
Bound = Callable[[Any], Any]


class _Prepared(NamedTuple):
    """The statement in the words of one driver, and which values, by their places, are to be converted for it."""

    sql: str
    converted: Sequence[tuple[int, Bound]]


class Inserting:
    """INSERT of rows with values for some columns, in their order, each as the column's type has it."""

    def __init__(self, table: Table, *columns: str) -> None:
        self._table, self._columns = table, columns
        self._prepared: dict[str, _Prepared] = {}

    def rows(self, connection: Connection, rows: Iterable[Sequence[Any]]) -> None:
        """Inserts some rows, if there are any. Raises what the database raises, and TypeError where a value is none of
        its column's type."""
        dialect = connection.dialect
        prepared = self._prepared.get(dialect.name)
        if prepared is None:
            prepared = self._prepared[dialect.name] = self._prepare(dialect)
        bound = [_bound(row, prepared.converted) for row in rows]
        if bound:
            connection.exec_driver_sql(prepared.sql, bound)

    def _prepare(self, dialect: Dialect) -> _Prepared:
        quote = dialect.identifier_preparer.quote
        names, mark = ", ".join(map(quote, self._columns)), "?" if dialect.paramstyle == "qmark" else "%s"
        marks = ", ".join([mark] * len(self._columns))
        types = [self._table.c[name].type.dialect_impl(dialect) for name in self._columns]
        converted = [(at, bound) for at, one in enumerate(types) if (bound := one.bind_processor(dialect))]
        return _Prepared(" ".join(("INSERT INTO", quote(self._table.name), f"({names}) VALUES ({marks})")), converted)


def _bound(row: Sequence[Any], converted: Sequence[tuple[int, Bound]]) -> tuple[Any, ...]:
    values = list(row)
    for at, bound in converted:
        values[at] = bound(values[at])
    return tuple(values)
