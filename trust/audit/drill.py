"""A drill: whatever may be done to the database is done to a copy of it, and each time the audit must see it."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, insert, select

from policies.rules import Rules
from transparency.note import Key
from transparency.signing_key import SigningKey
from trust.audit.deep import Deep, audited
from trust.audit.harms import HARMS, Copy, Harm
from trust.database import open_database
from trust.log.kept import Kept
from trust.log.verify import verify
from trust.tables import metadata

AT_A_TIME = 5_000
# What sees a harm, the least first.
PLAIN, DEEP, KEPT = "verify", "verify --deep", "verify --checkpoint"


@dataclass(frozen=True)
class Tried:
    """A harm, where it was done (none: there was nothing to harm), what saw it (none: nothing did), in which words."""

    what: str
    where: str | None
    seen_by: str | None = None
    words: str = ""

    @property
    def passed(self) -> bool:
        """Whether it went unseen."""
        return self.where is not None and self.seen_by is None


def copied(source: Connection, folder: Path) -> Engine:
    """A copy in a new database in a folder. The original is only read."""
    engine = open_database(f"sqlite:///{folder}/drill.sqlite")
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            connection.execute(delete(table))
            for rows in _rows(source, table):
                connection.execute(insert(table), rows)
    return engine


def _rows(source: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    result = source.execute(select(table), execution_options={"yield_per": AT_A_TIME})
    for some in result.mappings().partitions(AT_A_TIME):
        yield [{str(name): value for name, value in row.items()} for row in some]


@dataclass
class Drill:
    """Does each harm to the copy, looks, and undoes it. `key`: the log's own, which whoever holds both could sign with;
    `other`: a key of nobody's."""

    engine: Engine
    rules: Rules
    keys: Sequence[Key]
    key: SigningKey | None
    other: SigningKey
    seed: int

    def untouched(self) -> Deep:
        """What an audit finds of the copy as it is: nothing must be wrong with it."""
        with self.engine.connect() as connection:
            return audited(connection, self.rules, self.keys)

    def tried(self, harms: Sequence[Harm] = HARMS) -> Iterator[Tried]:
        """Each harm, by itself."""
        with self.engine.connect() as connection:
            held = Kept(connection).signed() or ""
        for harm in harms:
            with self.engine.connect() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                chance = random.Random(f"{self.seed} {harm.what}")  # noqa: S311 - a drill is to be repeated
                where = harm.do(Copy(connection, chance, self.key, self.other))
                seen = Tried(harm.what, None) if where is None else self._seen(connection, harm, where, held)
                connection.rollback()
            yield seen

    def _seen(self, connection: Connection, harm: Harm, where: str, held: str) -> Tried:
        looks: Sequence[tuple[str, Callable[[], Sequence[str]]]] = (
            (PLAIN, lambda: verify(connection, self.keys).wrong),
            (DEEP, lambda: audited(connection, self.rules, self.keys).wrong),
            (KEPT, lambda: verify(connection, self.keys, [held]).wrong),
        )
        for by, look in looks:
            if wrong := look():
                return Tried(harm.what, where, by, wrong[0])
        return Tried(harm.what, where)
