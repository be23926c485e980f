"""From a question to columns, by SQL that any SQLAlchemy dialect speaks."""

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Column, ColumnElement, MetaData, Select, Table, and_, func, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import NoSuchTableError, SQLAlchemyError

from departments.share.config import ConfigError, Protection, Shared
from departments.share.config import Table as Mapped
from departments.share.question import Question
from reference.facets import members

# Parameters in one IN list: below the limit of every database we know of.
CHUNK = 900
EVIDENCE = ("n", "contributors", "top1", "top2")


class Held:
    """One dataset in the department's database. Raises ConfigError where the table is not as mapped."""

    def __init__(self, mapped: Mapped, engine: Engine) -> None:
        self.mapped, self._engine = mapped, engine
        try:
            self._table = Table(mapped.table, MetaData(), autoload_with=engine)
        except NoSuchTableError as error:
            raise ConfigError(f"dataset {mapped.id!r}: the database has no table {mapped.table!r}.") from error
        except SQLAlchemyError as error:
            raise ConfigError(
                f"dataset {mapped.id!r}: the database cannot be read: {error.__class__.__name__}."
            ) from error
        for name in self._names():
            if name not in self._table.c:
                raise ConfigError(f"dataset {mapped.id!r}: table {mapped.table!r} has no column {name!r}.")
        self._one_row_for_each_cell()

    def releases(self) -> list[str]:
        """Releases held, newest first."""
        if self.mapped.release is None:
            return []
        column = self._column(self.mapped.release)
        with self._engine.connect() as connection:
            return [str(row[0]) for row in connection.execute(select(column).distinct().order_by(column.desc()))]

    def answer(self, asked: Question) -> dict[str, Any]:
        """The answer in columns: values in the order areas, periods, groups."""
        groups = asked.groups if asked.groups is not None else self._all_groups(asked)
        shape = (len(asked.areas), len(asked.periods), len(groups))
        release = asked.release or next(iter(self.releases()), None)
        arrays = self._read(asked, groups, shape, release)
        values: dict[str, Any] = {}
        status: dict[str, Any] = {}
        evidence: dict[str, Any] = {}
        for name in asked.measures:
            shared = self.mapped.measures[name]
            column = arrays[shared.column]
            behind = {key: arrays[at] for key in EVIDENCE if (at := getattr(shared, key))}
            letters = np.where(np.isnan(column), "O", "A")
            if asked.evidence:
                evidence[name] = {key: _listed(array) for key, array in behind.items()}
            else:
                column, hidden = protect(column, behind, shared, self.mapped.protection)
                letters[hidden] = "Q"
            values[name] = _listed(column)
            status[name] = letters.ravel().tolist()
        told: dict[str, Any] = {
            "release": release,
            "areas": list(asked.areas),
            "periods": [period.code for period in asked.periods],
            "by": list(asked.by),
            "groups": [list(group) for group in groups],
            "values": values,
            "status": status,
            "sdc": "raw" if asked.evidence else "applied",
        }
        return {**told, "evidence": evidence} if asked.evidence else told

    def _read(
        self, asked: Question, groups: Sequence[tuple[str, ...]], shape: tuple[int, int, int], release: str | None
    ) -> dict[str, NDArray[np.float64]]:
        area_at = {code: at for at, code in enumerate(asked.areas)}
        period_at = {period.code: at for at, period in enumerate(asked.periods)}
        group_at = {group: at for at, group in enumerate(groups)}
        wanted = sorted({name for m in asked.measures for name in _columns(self.mapped.measures[m])})
        arrays = {name: np.full(shape, np.nan) for name in wanted}
        facets = [self.mapped.facets[facet] for facet in asked.by]
        with self._engine.connect() as connection:
            for rows in self._rows(connection, asked, groups, wanted, facets, release):
                for area, period, *rest in rows:
                    group = group_at.get(tuple(rest[: len(facets)]))
                    if group is None:
                        continue
                    cell = (area_at[area], period_at[period], group)
                    for name, value in zip(wanted, rest[len(facets) :], strict=True):
                        if value is not None:
                            arrays[name][cell] = value
        return arrays

    def _rows(
        self, connection: Connection, asked: Question, groups: Sequence[tuple[str, ...]], wanted: Sequence[str],
        facets: Sequence[str], release: str | None,
    ) -> Iterable[Sequence[Any]]:  # fmt: skip
        mapped = self.mapped
        names = (mapped.area, mapped.period, *facets, *wanted)
        periods = [period.code for period in asked.periods]
        conditions: list[ColumnElement[bool]] = [self._column(mapped.period).between(periods[0], periods[-1])]
        if mapped.release is not None:
            conditions.append(self._column(mapped.release) == release)
        for facet, name in mapped.facets.items():
            if facet in asked.by:
                at = asked.by.index(facet)
                conditions.append(self._column(name).in_(sorted({group[at] for group in groups})))
            else:
                conditions.append(self._column(name) == mapped.total)
        base: Select[Any] = select(*(self._column(name) for name in names)).where(and_(*conditions))
        for start in range(0, len(asked.areas), CHUNK):
            some = asked.areas[start : start + CHUNK]
            yield connection.execute(base.where(self._column(mapped.area).in_(some))).all()

    def _all_groups(self, asked: Question) -> tuple[tuple[str, ...], ...]:
        return tuple(product(*(members(facet) for facet in asked.by)))

    def _names(self) -> list[str]:
        mapped = self.mapped
        evidence = [name for shared in mapped.measures.values() for name in _columns(shared)]
        release = [mapped.release] if mapped.release else []
        return [mapped.area, mapped.period, *release, *mapped.facets.values(), *evidence]

    def _column(self, name: str) -> Column[Any]:
        return self._table.c[name]

    def _one_row_for_each_cell(self) -> None:
        """A table with several rows for a cell may hold rows about single people or businesses: never shared."""
        mapped = self.mapped
        key = [mapped.area, mapped.period, *mapped.facets.values(), *([mapped.release] if mapped.release else [])]
        grouped = select(*(self._column(name) for name in key)).group_by(*(self._column(name) for name in key))
        with self._engine.connect() as connection:
            doubled = connection.execute(grouped.having(func.count() > 1).limit(1)).first()
        if doubled is not None:
            raise ConfigError(
                f"dataset {mapped.id!r}: {mapped.table!r} has several rows for one place, period and group "
                f"({', '.join(map(str, doubled))}). Map a table or view of totals, with one row for each."
            )


def protect(
    values: NDArray[np.float64], behind: dict[str, NDArray[np.float64]], shared: Shared, rule: Protection
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Figures fit to be published, and which of them were suppressed."""
    units = behind.get("n", values if shared.additive else np.zeros_like(values))
    hidden = ~np.isnan(values) & (units < rule.suppress_below) & (units != 0)
    if {"contributors", "top1", "top2"} <= set(behind):
        total = values if shared.additive else units
        rest = total - behind["top1"] - behind["top2"]
        few = behind["contributors"] < rule.contributors
        hidden |= ~np.isnan(values) & (few | (rest < rule.percent / 100 * behind["top1"])) & (total != 0)
    rounded = np.floor(values / rule.round_to + 0.5) * rule.round_to
    return np.where(hidden, np.nan, rounded), hidden


def _columns(shared: Shared) -> list[str]:
    return [shared.column, *(name for key in EVIDENCE if (name := getattr(shared, key)))]


def _listed(array: NDArray[np.float64]) -> list[float | None]:
    """A flat list for JSON, null where there is no figure."""
    return [None if value != value else value for value in array.ravel().tolist()]
