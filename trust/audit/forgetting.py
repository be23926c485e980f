"""A person who is forgotten: nothing in the books leads to them any more, but what they signed that is in force or on
its way. Entries of the log, their hashes and every proof stay as they are."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, Engine, delete, select, tuple_, update

from policies.agreement_file import AgreementStatus as S
from trust.agreements.locks import alone
from trust.audit.turns import in_turns, once, tell
from trust.log.entry import forgotten
from trust.log.people import REMEMBERED
from trust.tables import agreement_events, agreement_versions, operations, person_keys

# What stands in the place of a person who was forgotten, and of the name that they had.
FORGOTTEN = "forgotten"
# States after which nothing becomes of a version, so that nobody has to know who signed it.
ENDED = frozenset({S.REJECTED, S.CANCELLED, S.SUPERSEDED, S.EXPIRED, S.TERMINATED})
Ref = tuple[str, int]


@dataclass(frozen=True)
class Known:
    """What the books know of a person: whether entries lead to them, their operations, events and drafts of versions
    that have ended, and, by name and state, the versions that need them still."""

    key: bool
    operations: Sequence[str]
    events: Sequence[int]
    drafts: Sequence[Ref]
    kept: Sequence[str]

    @property
    def nothing(self) -> bool:
        """Whether they do not know the person at all."""
        return not (self.key or self.operations or self.events or self.drafts or self.kept)


def known_of(connection: Connection, person: str) -> Known:
    """What there is of a person."""
    table, events = agreement_versions.c, agreement_events.c
    states = {(row.id, row.version): S(row.state) for row in connection.execute(select(*_REF, table.state))}
    ended = {ref for ref, state in states.items() if state in ENDED}
    moved = connection.execute(select(events.seq, events.id, events.version).where(events.person == person)).all()
    drafts = [(row.id, row.version) for row in connection.execute(select(*_REF).where(table.proposer == person))]
    needed = sorted({(row.id, row.version) for row in moved}.union(drafts) - ended)
    return Known(
        connection.execute(select(person_keys.c.person).where(person_keys.c.person == person)).first() is not None,
        connection.execute(select(operations.c.id).where(operations.c.subject == person)).scalars().all(),
        [row.seq for row in moved if (row.id, row.version) in ended],
        [ref for ref in drafts if ref in ended],
        [f"{id} v{version} ({states[id, version]})" for id, version in needed],
    )


_REF = (agreement_versions.c.id, agreement_versions.c.version)


def forget(engine: Engine, person: str, now: datetime, place: Callable[[], object]) -> Known:
    """Forgets a person, and tells the log so, without whom. Returns what was known of them. Raises TooBusy."""
    key = once(engine, lambda connection: _key_goes(connection, person))
    if key:
        # What is recorded meanwhile may be told by it still.
        time.sleep(2 * REMEMBERED)
    with engine.connect() as connection:
        operated = known_of(connection, person).operations
    in_turns(engine, operated, lambda connection, ids: _operations_go(connection, person, ids))
    known = once(engine, lambda connection: _rest_goes(connection, person))
    counts = {"events": len(known.events), "operations": len(operated), "versions_kept": len(known.kept)}
    tell(engine, forgotten(now, counts), place)
    return replace(known, key=key or known.key)


def _key_goes(connection: Connection, person: str) -> bool:
    return connection.execute(delete(person_keys).where(person_keys.c.person == person)).rowcount > 0


def _operations_go(connection: Connection, person: str, ids: Sequence[str]) -> None:
    which = operations.c.id.in_(ids), operations.c.subject == person
    connection.execute(update(operations).where(*which).values(subject=FORGOTTEN))


def _rest_goes(connection: Connection, person: str) -> Known:
    """What there is few of, in one transaction: while it is open nobody moves an agreement. Who asks meanwhile has a
    new key, and is known by it."""
    if connection.dialect.name != "sqlite":
        alone(connection)
    known = known_of(connection, person)
    _operations_go(connection, person, known.operations)
    events, table = agreement_events, agreement_versions
    gone = update(events).where(events.c.seq.in_(known.events))
    connection.execute(gone.values(person=FORGOTTEN, subject=FORGOTTEN))
    drafts = update(table).where(tuple_(*_REF).in_(known.drafts), table.c.proposer == person)
    connection.execute(drafts.values(proposer="", request_id=None))
    return known
