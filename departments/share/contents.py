"""What a shared table holds: every period, place and figure must be one that the node can read.

A month that is written otherwise than it is asked for would never be found, and be answered as if there were none.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Table, and_, cast, func, not_, or_, select, type_coerce
from sqlalchemy.engine import Connection
from sqlalchemy.types import NullType

from departments.share import stored
from departments.share.mapping import Mapped
from reference.figure import RANGES
from reference.period import FIRST_YEAR, LAST_YEAR, between
from reference.place_names import place_names

PLACE = re.compile(r"[A-Z][0-9]{8}", re.ASCII)
# No figure of any unit is below the one or above the other.
LEAST = int(min(allowed.least for allowed in RANGES.values()))
MOST = int(max(allowed.most for allowed in RANGES.values()))
# Rows in which several of a cell are looked for before all are counted.
FIRST = 50_000


class UnreadableContents(ValueError):
    """A row that holds something else than it should: names the row, the column, the value, and what is allowed."""


def check(table: Table, mapped: Mapped, connection: Connection, only: Sequence[ColumnElement[bool]] = ()) -> None:
    """Whether every row that `only` leaves can be read. Raises UnreadableContents, or ConfigError where no period can
    be written so."""
    reader = _Reader(table, mapped, connection, tuple(only))
    reader.check_periods()
    reader.check_places()
    reader.check_figures()
    reader.check_one_row_for_each_cell()


def check_first(table: Table, mapped: Mapped, connection: Connection) -> None:
    """Rows about people nearly always show among the first, long before all are counted. Raises UnreadableContents."""
    _Reader(table, mapped, connection, ()).check_one_row_for_each_cell(FIRST)


def check_releases(table: Table, mapped: Mapped, connection: Connection, values: Iterable[object]) -> list[Any]:
    """The releases of a table, given as it keeps them, as values of their column: no row may be without one. Raises
    UnreadableContents."""
    assert mapped.release is not None
    reader = _Reader(table, mapped, connection, ())
    return reader.check_codes(
        mapped.release, lambda value: value is not None, lambda _: "each row needs a release.", values
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads a table as it is stored, whatever its columns are declared to hold."""

    table: Table
    mapped: Mapped
    connection: Connection
    only: tuple[ColumnElement[bool], ...]

    def check_periods(self) -> None:
        """Every period is written as the mapping says, and no two in one way. Raises UnreadableContents."""
        mapped, column = self.mapped, self.table.c[self.mapped.period]
        periods = between(FIRST_YEAR * 12, LAST_YEAR * 12 + 11, mapped.every)
        written = {stored.period(column, mapped, period): period for period in periods}
        if len(written) < len(periods):
            raise UnreadableContents(
                f"format {mapped.format!r} writes several periods in one way: each {mapped.every} needs its own."
            )
        example = next(text for text, period in written.items() if period.ends_in[0] == 2024)
        self.check_codes(
            mapped.period,
            written.__contains__,
            lambda _: (
                f'a {mapped.every} is written there as in "{example}". If the column writes it otherwise, say how '
                "by format and day."
            ),
        )

    def check_places(self) -> None:
        """Every place is a GSS code; names get a suggestion. Raises UnreadableContents."""

        def allowed(value: object) -> str:
            near = place_names().near(value).areas if isinstance(value, str) else ()
            question = f' Did you mean "{near[0].code}" ({near[0].name})?' if near else ""
            return (
                f'a place is a GSS code there, as in "E08000003".{question} Share a view without rows of other places.'
            )

        self.check_codes(
            self.mapped.area, lambda value: isinstance(value, str) and PLACE.fullmatch(value) is not None, allowed
        )

    def check_figures(self) -> None:
        """Figures and evidence are numbers that some unit can have; how many units or contributors, whole numbers."""
        shared = self.mapped.measures.values()
        columns = sorted({name for measure in shared for name in measure.columns})
        counts = sorted({name for measure in shared for name in (measure.n, measure.contributors) if name})
        self._check_numbers(columns, self._outside, f"a number from {LEAST} to {MOST}")
        self._check_numbers(counts, self._broken, "a whole number, for it says how many")

    def check_one_row_for_each_cell(self, first: int | None = None) -> None:
        """A table with several rows for a cell may hold rows about single people or businesses: never shared.
        `first`: only among so many rows. Raises UnreadableContents."""
        rows = self._where_only(select(*(self.table.c[name] for name in self.mapped.key))).limit(first).subquery()
        twice = self.connection.execute(select(*rows.c).group_by(*rows.c).having(func.count() > 1).limit(1)).first()
        if twice is not None:
            raise UnreadableContents(
                f"{self.mapped.table!r} has several rows for one place, period and group "
                f"({', '.join(map(str, twice))}). Map a table or view of totals, with one row for each."
            )

    def check_codes(
        self,
        name: str,
        readable: Callable[[object], bool],
        allowed: Callable[[object], str],
        values: Iterable[object] | None = None,
    ) -> list[Any]:
        """The different values of a column of codes, or those given, each as it is asked for. Every one is found by
        that. Raises UnreadableContents."""
        kept, codes = self._kept(name), list[Any]()
        if values is None:
            values = self.connection.execute(self._where_only(select(kept)).distinct()).scalars().all()
        for value in values:
            code = self._as_asked_for(name, value)
            if readable(code) and (code == value or not isinstance(value, str) or self._finds(name, value, code)):
                codes.append(code)
                continue
            raise UnreadableContents(
                f"{self._where(name, kept.is_(None) if value is None else kept == value)}: {allowed(value)}"
            )
        return codes

    def _where_only(self, statement: Select[Any]) -> Select[Any]:
        return statement.where(and_(True, *self.only))

    def _as_asked_for(self, name: str, value: object) -> object:
        """A stored value as a value of its column's type; None where it is none."""
        dialect = self.connection.dialect
        convert = self.table.c[name].type.dialect_impl(dialect).result_processor(dialect, None)
        try:
            return stored.seen(value if convert is None else convert(value))
        except (TypeError, ValueError):
            return None

    def _finds(self, name: str, value: object, code: object) -> bool:
        """Whether the database finds a value by its code: those of a fixed width have blanks behind them, and some
        databases look past these."""
        statement = select(self._kept(name)).where(self._kept(name) == value, self.table.c[name] == code)
        return self.connection.execute(statement.limit(1)).first() is not None

    def _check_numbers(self, names: Sequence[str], wrong: Callable[[str], ColumnElement[bool]], allowed: str) -> None:
        """No row has what is `wrong` in any of the columns. Raises UnreadableContents for the first that has."""
        if not names:
            return
        # One reading of the table tells whether all is well, as it nearly always is.
        anywhere = or_(*(wrong(name) for name in names))
        if (
            self.connection.execute(self._where_only(select(self._kept(names[0])).where(anywhere)).limit(1)).first()
            is None
        ):
            return
        for name in names:
            if (
                self.connection.execute(self._where_only(select(self._kept(name)).where(wrong(name))).limit(1)).first()
                is not None
            ):
                raise UnreadableContents(f"{self._where(name, wrong(name))}: a figure there is {allowed}, or NULL.")

    def _outside(self, name: str) -> ColumnElement[bool]:
        # Not a number in a database that does not hold columns to their types: texts are above every number there.
        """Where a column holds what no unit can have."""
        number = self._kept(name)
        return number.is_not(None) & or_(not_(number >= LEAST), not_(number <= MOST))

    def _broken(self, name: str) -> ColumnElement[bool]:
        """Where a column holds a number that is not whole."""
        number = self._kept(name)
        return number.is_not(None) & (number != cast(number, BigInteger))

    def _kept(self, name: str) -> ColumnElement[Any]:
        """A column as it is stored, without a conversion that might fail."""
        return type_coerce(self.table.c[name], NullType())

    def _where(self, name: str, condition: ColumnElement[bool]) -> str:
        """The first row that meets a condition, by its key, and what it has in a column."""
        keys = [key for key in self.mapped.key if key != name]
        statement = self._where_only(select(*map(self._kept, [name, *keys])).where(condition))
        row = self.connection.execute(statement.limit(1)).one()
        others = ", ".join(f"{key} {_quoted(value)}" for key, value in zip(keys, row[1:], strict=True))
        return f"table {self.mapped.table!r} has {_quoted(row[0])} in column {name!r}, in the row of {others}"


def _quoted(value: object) -> str:
    """A value for a message, cut at forty characters."""
    return "NULL" if value is None else f'"{value!s:.40}"'
