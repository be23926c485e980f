"""What a shared table holds, by release: read and checked once a release, and then remembered."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Column, ColumnElement, CreateTableAs, Integer, MetaData, Table, func, null, select, type_coerce
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import NullType

from departments.share import contents, stored
from departments.share.checked import Checked, CheckedFile, Release, rules
from departments.share.databases import Database
from departments.share.mapping import Mapped

# Seconds for which a table is taken not to change.
FRESH = 60.0
# Looking whether it has takes a hundredth of a node's time at most: what takes a second is done every 100.
SHARE = 100
log = logging.getLogger("share")
COPY = "lmdt_checked"
Progress = Callable[[str], None]


def _line(document: dict[str, Any]) -> str:
    return orjson.dumps(document).decode()


def silent(_: str) -> None:
    """Nobody is told."""


class How(NamedTuple):
    """How a table is looked at. `progress` is told of each release that is checked; `anew`: check what is remembered as
    well; `aside`: whoever asks does not wait for what a server has to count."""

    progress: Progress = silent
    anew: bool = False
    aside: bool = False


class Catalogue:
    """The releases of a table and their codes, each checked before it is told of."""

    def __init__(self, mapped: Mapped, database: Database, table: Table, kept: CheckedFile, how: How) -> None:
        """Raises UnreadableContents, ConfigError or SQLAlchemyError."""
        self._mapped, self._database, self._table, self._file = mapped, database, table, kept
        self._progress = how.progress
        # Whether a server's tables have changed is told by nothing but a count.
        self._aside = how.aside and database.files is None
        self._rules = rules(mapped, table)
        self._known: Checked = Checked(None, ())
        self._wrong: contents.UnreadableContents | None = None
        self._looking, self._next = threading.Lock(), 0.0
        before = None if how.anew else kept.read(mapped.id, self._rules)
        if before is not None and self._aside:
            self._known = before
        else:
            self._look(before)

    def releases(self) -> list[Any]:
        """As the database holds them, newest first; none where the mapping names no column of releases."""
        return stored.newest_first(one.name for one in self._known.releases)

    def values(self, column: str) -> list[Any]:
        """The different values of a column of codes."""
        return list(dict.fromkeys(value for one in self._known.releases for value in one.values[column]))

    def look(self) -> None:
        """Whether there is something new, as of a minute ago at most; it is checked before it is told of. Raises
        UnreadableContents, or SQLAlchemyError."""
        if time.monotonic() >= self._next and self._looking.acquire(blocking=False):
            if self._aside:
                threading.Thread(target=self._looked_aside, name="catalogue", daemon=True).start()
            else:
                self._looked()
        if self._wrong is not None:
            raise self._wrong

    def _looked(self) -> None:
        wrong = None
        try:
            self._look(self._known)
        except contents.UnreadableContents as error:
            # Soon again, for it may have been mended.
            wrong, self._next = error, time.monotonic() + FRESH
        finally:
            self._looking.release()
        self._wrong = wrong

    def _looked_aside(self) -> None:
        try:
            self._looked()
        except SQLAlchemyError as error:
            log.warning(_line({"event": "unseen", "dataset": self._mapped.id, "cause": type(error).__name__}))

    def _look(self, known: Checked | None) -> None:
        began, stamp = time.monotonic(), self._database.stamp(self._mapped.table)
        try:
            if stamp is None or known is None or known.stamp != stamp:
                # Another process, such as lmdt share --check, may have checked what is there now.
                other = self._file.read(self._mapped.id, self._rules) if known is not None else None
                if stamp is not None and other is not None and other.stamp == stamp:
                    known = other
                else:
                    known = self._compared([one for one in (known, other) if one], stamp)
                    self._file.write(self._mapped.id, self._rules, known)
            self._known = known
        finally:
            took = time.monotonic() - began
            self._next = began + took + max(FRESH, SHARE * took)

    def _compared(self, known: Sequence[Checked], stamp: str | None) -> Checked:
        """What is there now; of this, what is not known is checked."""
        before = {(one.name, one.count): one for checked in known for one in checked.releases}
        self._database.unreadable(self._mapped.table)
        is_view = self._database.is_view(self._mapped.table)
        with self._database.engine.connect() as connection:
            if not before and not is_view:
                contents.check_first(self._table, self._mapped, connection)
            counted = self._counted(connection)
        new = {raw: (name, count) for raw, name, count in counted if (name, count) not in before}
        checked = self._checked(new, all_new=len(new) == len(counted), is_view=is_view) if new else {}
        return Checked(stamp, tuple(checked.get(raw) or before[name, count] for raw, name, count in counted))

    def _counted(self, connection: Connection) -> list[tuple[Any, Any, str]]:
        """Each release, as it is kept and as it is asked for, and what is counted of it."""
        mapped = self._mapped
        told: list[ColumnElement[Any]] = [func.count()]
        for name in (mapped.area, mapped.period):
            told += [func.min(self._kept(name)), func.max(self._kept(name))]
        for name in sorted({name for shared in mapped.measures.values() for name in shared.columns}):
            column = self._kept(name)
            # Sums of fractions depend on the order in which they are added up.
            whole = isinstance(self._table.c[name].type, Integer)
            told += [func.count(column), *([func.sum(column)] if whole else [func.min(column), func.max(column)])]
        if mapped.release is None:
            row = connection.execute(select(*told)).one()
            return [(None, None, repr(tuple(map(str, row))))] if row[0] else []
        release = self._kept(mapped.release)
        rows = connection.execute(select(release, *told).group_by(release)).all()
        names = contents.check_releases(self._table, mapped, connection, [row[0] for row in rows])
        return [(row[0], name, repr(tuple(map(str, row[1:])))) for name, row in zip(names, rows, strict=True)]

    def _checked(self, new: Mapping[Any, tuple[Any, str]], all_new: bool, is_view: bool) -> dict[Any, Release]:
        """Releases whose rows can all be read, by what the database keeps for each. Raises UnreadableContents."""
        began, mapped = time.monotonic(), self._mapped
        for name, _ in new.values():
            self._progress(f"{mapped.id}{'' if name is None else f', release {stored.text(name)}'}: checking")
        only: list[ColumnElement[bool]] = []
        if mapped.release is not None and not all_new:
            only.append(self._table.c[mapped.release].in_([name for name, _ in new.values()]))
        with self._database.engine.connect() as connection:
            try:
                table, left = self._read_once(connection, only) if is_view else (self._table, only)
                contents.check(table, mapped, connection, left)
                values = {
                    name: self._by_release(connection, table, name, left)
                    for name in dict.fromkeys((mapped.area, mapped.period, *(s.column for s in mapped.facets.values())))
                }
            finally:
                # A copy goes with its connection, whatever the database.
                connection.invalidate()
        self._progress(f"{mapped.id}: checked in {time.monotonic() - began:.1f} s")
        return {
            raw: Release(name, count, {column: held.get(raw, []) for column, held in values.items()})
            for raw, (name, count) in new.items()
        }

    def _by_release(
        self, connection: Connection, table: Table, name: str, only: Sequence[ColumnElement[bool]]
    ) -> dict[Any, list[Any]]:
        """The different values of a column by release, as this is kept."""
        release = self._mapped.release
        of = null() if release is None else type_coerce(table.c[release], NullType())
        held = dict[Any, list[Any]]()
        for raw, value in connection.execute(select(of, table.c[name]).where(*only).distinct()):
            held.setdefault(raw, []).append(value)
        return held

    def _read_once(
        self, connection: Connection, only: Sequence[ColumnElement[bool]]
    ) -> tuple[Table, Sequence[ColumnElement[bool]]]:
        """A copy of these rows of a view, which each reading would work out anew; or where none can be made, the view,
        and which of its rows."""
        figures = {name for shared in self._mapped.measures.values() for name in shared.columns}
        columns = [column for column in self._table.c if column.name in {*self._mapped.key, *figures}]
        try:
            connection.execute(CreateTableAs(select(*columns).where(*only), COPY, temporary=True))
        except SQLAlchemyError:
            # The reader may make no tables, not even temporary ones.
            connection.rollback()
            return self._table, only
        return Table(COPY, MetaData(), *(Column(column.name, column.type) for column in columns)), ()

    def _kept(self, name: str) -> ColumnElement[Any]:
        """A column as it is stored, without a conversion that might fail."""
        return type_coerce(self._table.c[name], NullType())
