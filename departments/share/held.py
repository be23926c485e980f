"""A dataset in the department's database, read by SQL that any SQLAlchemy dialect speaks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Column, ColumnElement, String, and_, select
from sqlalchemy.exc import NoSuchTableError, SQLAlchemyError

from departments.share import contents, stored
from departments.share.answer import Answer, Floats
from departments.share.catalogue import Catalogue, How
from departments.share.cell_keys import NoCellKey, perturbation_table
from departments.share.checked import CheckedFile
from departments.share.databases import Database
from departments.share.errors import ConfigError
from departments.share.mapping import Mapped, Shared, Split
from departments.share.pattern import NoPattern, Patterns
from departments.share.protection import protect
from departments.share.question import BadQuestion, NodeQuery
from reference.facets import Facet
from reference.period import Period, between

# Values in one IN list: with two lists and the rest, below the number of parameters of any database we know of.
CHUNK = 900
# Months, counted from year 0, between which figures can lie: 1950 to 2099.
YEARS = (1950 * 12, 2100 * 12 - 1)


class Unfit(Exception):
    """The table no longer is as it was mapped: two rows for one cell, or a figure that is no number."""


class Figures(NamedTuple):
    """Figures of a release by measure, and by measure and kind the evidence behind them."""

    release: str | None
    values: dict[str, Floats]
    behind: dict[str, Mapping[str, Floats]]


class Held:
    """One dataset in the department's database. Raises ConfigError where the table is not as mapped."""

    def __init__(
        self,
        mapped: Mapped,
        database: Database,
        patterns: Patterns,
        kept: CheckedFile,
        how: How,
    ) -> None:
        self.mapped, self._engine, self._patterns = mapped, database.engine, patterns
        perturbation = mapped.protection.perturbation
        self._perturbation = perturbation_table(Path(perturbation)) if perturbation else None
        try:
            self._table = database.table(mapped.table)
            self._check_columns()
            self._catalogue = Catalogue(mapped, database, self._table, kept, how)
            self._check_members()
        except contents.UnreadableContents as error:
            raise ConfigError(f"dataset {mapped.id!r}: {error}") from error
        except NoSuchTableError as error:
            raise ConfigError(f"dataset {mapped.id!r}: the database has no table {mapped.table!r}.") from error
        except SQLAlchemyError as error:
            what = error.__class__.__name__
            raise ConfigError(f"dataset {mapped.id!r}: {mapped.table!r} cannot be read: {what}.") from error

    def releases(self) -> list[str]:
        """Releases held, newest first."""
        return [stored.text(value) for value in self._catalogue.releases()]

    def members(self, facet: Facet) -> tuple[str, ...]:
        """Members of a facet that the table holds, in published order."""
        split = self.mapped.facets[facet]
        values = {stored.seen(value) for value in self._catalogue.values(split.column)}
        return tuple(member for member, at in self._codes(split).items() if at in values)

    def periods(self) -> tuple[str, str] | None:
        """The first and the newest period that the table holds, by their codes; None where it holds none."""
        known = self.every_period()
        return (known[0].code, known[-1].code) if known else None

    def every_period(self) -> tuple[Period, ...]:
        """The periods that the table holds."""
        mapped, column = self.mapped, self._column(self.mapped.period)
        seen = {stored.seen(value) for value in self._catalogue.values(mapped.period)}
        return tuple(one for one in between(*YEARS, mapped.every) if stored.period(column, mapped, one) in seen)

    def areas(self) -> tuple[str, ...]:
        """The codes of places that the table holds."""
        return tuple(sorted(str(stored.seen(value)) for value in self._catalogue.values(self.mapped.area)))

    def figures(self, query: NodeQuery) -> Figures:
        """Figures as they are held, or changed by their cell keys, with the evidence behind them. Raises BadQuestion,
        Unfit or SQLAlchemyError."""
        try:
            self._catalogue.look()
        except contents.UnreadableContents as error:
            raise Unfit(str(error)) from error
        release = self._release(query.release)
        arrays = self._read(query, release)
        values, behind = dict[str, Floats](), dict[str, Mapping[str, Floats]]()
        for name in query.measures:
            measure = self.mapped.measures[name]
            values[name] = self._perturbed(arrays, measure)
            behind[name] = {
                kind: values[name] if column == measure.column else arrays[column]
                for kind, column in measure.evidence.items()
            }
        return Figures(None if release is None else stored.text(release), values, behind)

    def answer(self, query: NodeQuery, raw: bool) -> Answer:
        """The answer: `raw`, with evidence, or else protected. Raises BadQuestion, Unfit or SQLAlchemyError."""
        release, values, behind = self.figures(query)
        status: dict[str, Any] = {}
        patterns: dict[str, str] = {}
        marked: dict[str, NDArray[np.bool_]] = {}
        for name in query.measures:
            status[name] = np.where(np.isnan(values[name]), "O", "A")
            if self.mapped.protection.pattern and self.mapped.measures[name].cell_key is None:
                patterns[name], marked[name] = self._marked(query, name, release, values[name])
            if not raw:
                shared, rule = self.mapped.measures[name], self.mapped.protection
                values[name], hidden = protect(values[name], behind[name], shared, rule)
                if name in marked:
                    hidden |= marked[name]
                    values[name][hidden] = np.nan
                status[name][hidden] = "Q"
        return Answer(query, release, values, status, behind if raw else None, patterns, marked if raw else {})

    def _perturbed(self, arrays: Mapping[str, Floats], measure: Shared) -> Floats:
        """A measure's figures, changed by their cell keys where they have them. Raises Unfit."""
        if measure.cell_key is None or self._perturbation is None:
            return arrays[measure.column]
        try:
            return self._perturbation.perturbed(arrays[measure.column], arrays[measure.cell_key])
        except NoCellKey as error:
            raise Unfit(f"{self.mapped.table!r}: {error}") from error

    def _marked(
        self, query: NodeQuery, measure: str, release: str | None, values: Floats
    ) -> tuple[str, NDArray[np.bool_]]:
        """The name of a measure's pattern, and which of these figures it hides. Raises Unfit where there is none, or
        where there are figures that it does not know."""
        try:
            pattern = self._patterns.of(self.mapped, measure, release)
        except NoPattern as error:
            raise Unfit(str(error)) from error
        hidden, known = pattern.over(query)
        there = ~np.isnan(values)
        if (there & ~known).any():
            raise Unfit(f"{self.mapped.table!r} has figures of {measure} that its pattern does not know")
        return pattern.name, hidden & there

    def _release(self, name: str | None) -> Any:
        """A release as the database holds it: the one asked for, else the newest."""
        releases = {stored.text(value): value for value in self._catalogue.releases()}
        if name is None:
            return next(iter(releases.values()), None)
        if name not in releases:
            raise BadQuestion(f"release: there is no {name!r}: there are {', '.join(releases) or 'none'}.")
        return releases[name]

    def _read(self, query: NodeQuery, release: Any) -> dict[str, Floats]:
        """Column -> its figures in the shape of the question."""
        mapped = self.mapped
        splits = [mapped.facets[facet] for facet in query.by]
        codes = [self._codes(split) for split in splits]
        groups = [
            tuple(facet_codes[member] for facet_codes, member in zip(codes, group, strict=True))
            for group in query.groups
        ]
        period_column = self._column(mapped.period)
        axes = [
            {area: at for at, area in enumerate(query.areas)},
            {stored.period(period_column, mapped, period): at for at, period in enumerate(query.periods)},
            {group: at for at, group in enumerate(groups)},
        ]
        wanted = sorted({column for name in query.measures for column in mapped.measures[name].columns})
        arrays = {name: np.full(query.shape, np.nan) for name in wanted}
        filled = np.zeros(query.shape, bool).reshape(-1)
        conditions = list(self._conditions(query, groups, release))
        for rows in self._rows([mapped.area, mapped.period, *(s.column for s in splits), *wanted], conditions, axes):
            if not rows:
                continue
            areas, periods, *rest = ([stored.seen(value) for value in column] for column in zip(*rows, strict=True))
            keys = list(zip(*rest[: len(splits)], strict=True)) if splits else [()] * len(rows)
            places = [_places(areas, axes[0]), _places(periods, axes[1]), _places(keys, axes[2])]
            if min(places[0].min(), places[1].min()) < 0:
                raise Unfit(f"{mapped.table!r} wrote a place or period otherwise than it was asked for")
            # Members are asked for facet by facet, so groups that were not asked for may come too.
            own = places[2] >= 0
            at = np.ravel_multi_index([place[own] for place in places], query.shape)
            if filled[at].any() or len(np.unique(at)) < len(at):
                raise Unfit(f"{mapped.table!r} has two rows for one cell")
            filled[at] = True
            for name, column in zip(wanted, rest[len(splits) :], strict=True):
                try:
                    arrays[name].reshape(-1)[at] = np.array(column, np.float64)[own]
                except (TypeError, ValueError) as error:
                    raise Unfit(f"column {name!r} of {mapped.table!r} holds what is no number") from error
        return arrays

    def _rows(
        self, names: Sequence[str], conditions: Sequence[ColumnElement[bool]], axes: Sequence[Mapping[Any, int]]
    ) -> Iterator[Sequence[Any]]:
        """Rows of these columns, read in parts that no database finds too many parameters in."""
        areas, periods = self._column(self.mapped.area), self._column(self.mapped.period)
        base = select(*(self._column(name) for name in names)).where(and_(True, *conditions))
        with self._engine.connect() as connection:
            for area_chunk in _chunks(axes[0]):
                for period_chunk in _chunks(axes[1]):
                    yield connection.execute(base.where(areas.in_(area_chunk), periods.in_(period_chunk))).all()

    def _conditions(self, query: NodeQuery, groups: Sequence[tuple[Any, ...]], release: Any) -> Iterable[Any]:
        """The release, the members of each facet asked by, and the totals of all others."""
        if self.mapped.release is not None:
            yield self._column(self.mapped.release) == release
        for facet, split in self.mapped.facets.items():
            column = self._column(split.column)
            if facet in query.by:
                at = query.by.index(facet)
                yield column.in_(sorted({group[at] for group in groups}))
            elif split.total is None:
                yield column.is_(None)
            else:
                yield column == stored.code(column, split.total, f"dataset {self.mapped.id!r}")

    def _codes(self, split: Split) -> dict[str, str | int]:
        """Member -> what the column holds for it."""
        column, where = self._column(split.column), f"dataset {self.mapped.id!r}"
        return {member: stored.code(column, text, where) for member, text in split.codes.items()}

    def _column(self, name: str) -> Column[Any]:
        """A column as the database declares it."""
        return self._table.c[name]

    def _check_columns(self) -> None:
        """Whether the columns are there, and of figures. Raises ConfigError."""
        mapped = self.mapped
        figures = [name for shared in mapped.measures.values() for name in shared.columns]
        for name in (*mapped.key, *figures):
            if name not in self._table.c:
                raise ConfigError(f"dataset {mapped.id!r}: table {mapped.table!r} has no column {name!r}.")
        for name in figures:
            if isinstance(self._column(name).type, String):
                raise ConfigError(f"dataset {mapped.id!r}: column {name!r} holds texts, not figures.")

    def _check_members(self) -> None:
        """Whether each facet has a member that the table holds. Raises ConfigError."""
        for facet, split in self.mapped.facets.items():
            held = self._catalogue.values(split.column)
            if held and not self.members(facet):
                values = ", ".join(sorted(map(str, held))[:5])
                raise ConfigError(
                    f"dataset {self.mapped.id!r}: column {split.column!r} holds no member of {facet} but {values}. "
                    f'Say what stands for which member: {facet} = {{ column = "{split.column}", members = {{ ... }} }}.'
                )


def _places(values: Sequence[Any], axis: Mapping[Any, int]) -> NDArray[np.intp]:
    """Where each value lies on an axis; -1 where it does not."""
    return np.fromiter((axis.get(value, -1) for value in values), np.intp, len(values))


def _chunks(axis: Mapping[Any, int]) -> Iterator[list[Any]]:
    """What lies on the axis, in lists of at most CHUNK."""
    values = list(axis)
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]
