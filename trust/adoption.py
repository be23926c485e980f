"""The key by which a database tells people: noted when the first gateway begins, and the same ever after. What was told
without a key before that is told by it from then on."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, func, insert, select, update

from reference.errors import TrustError
from trust.agreements import store
from trust.agreements.locks import alone
from trust.agreements.signatures import SIGNED, Seal, holds
from trust.log.kept import Kept
from trust.people import People
from trust.tables import agreement_events, agreement_versions, log_pending, operations, people_key, person_keys

# Wherever a pseudonym stands.
PEOPLE = (operations.c.subject, agreement_events.c.person, agreement_versions.c.proposer, person_keys.c.person)
# Milliseconds for which a gateway waits on SQLite until another has done this.
PATIENCE = 60_000
_BY_KEY = Table(
    "people_by_key",
    MetaData(),
    Column("plain", String(64), primary_key=True),
    Column("keyed", String(64), nullable=False),
    prefixes=["TEMPORARY"],
)


class OtherPeople(TrustError):
    """The database tells people by another key: with this one, everybody in it would be somebody else."""


def adopt(engine: Engine, people: People, seal: Seal) -> None:
    """Notes the key of a new database, and converts one that told people without. Events whose signatures hold are
    signed anew, for a pseudonym is part of what is signed. Raises OtherPeople where another key was noted."""
    with engine.connect() as connection:
        known = _noted(connection)
        if known is None:
            connection.rollback()
            _patiently_alone(connection)
            known = _noted(connection)
            if known is None:
                known = people.fingerprint
                _convert(connection, people, seal)
                waiting = connection.execute(select(func.count()).select_from(log_pending)).scalar_one()
                there = {"epoch": store.epoch(connection), "entries": Kept(connection).size() + waiting}
                connection.execute(insert(people_key).values(fingerprint=known, **there))
                connection.commit()
    check(known, people)


def check_key(connection: Connection, people: People) -> None:
    """Raises OtherPeople unless the database tells people by this key."""
    check(_noted(connection), people)


def check(known: str | None, people: People) -> None:
    """Raises OtherPeople unless this is the key with that fingerprint."""
    if known != people.fingerprint:
        began = "none yet" if known is None else f"that of the fingerprint {known[:16]}"
        raise OtherPeople(
            f"the key by which people are told has the fingerprint {people.fingerprint[:16]}, and the database tells "
            f"them by {began}: every gateway of a database has the people-key.hex of the first"
        )


def _noted(connection: Connection) -> str | None:
    return connection.execute(select(people_key.c.fingerprint)).scalar_one_or_none()


def _patiently_alone(connection: Connection) -> None:
    """Alone, however long another gateway takes to convert what it found."""
    if connection.dialect.name != "sqlite":
        alone(connection)
        return
    (was,) = connection.exec_driver_sql("PRAGMA busy_timeout").one()
    connection.exec_driver_sql(f"PRAGMA busy_timeout={PATIENCE}")
    try:
        alone(connection)
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={was}")


def _convert(connection: Connection, people: People, seal: Seal) -> None:
    there = {one for column in PEOPLE for one in connection.execute(select(column).distinct()).scalars() if one}
    if not there:
        return
    signed = _signed_anew(connection, people, seal)
    _BY_KEY.create(connection)
    connection.execute(insert(_BY_KEY), [{"plain": one, "keyed": people.keyed(one)} for one in sorted(there)])
    for column in PEOPLE:
        by_key = select(_BY_KEY.c.keyed).where(_BY_KEY.c.plain == column).scalar_subquery()
        known = column.in_(select(_BY_KEY.c.plain))
        connection.execute(update(column.table).where(known).values({column: by_key}))
    _BY_KEY.drop(connection)
    if signed:
        store.keep_key(connection, seal.key.kid, seal.key.public)
    for seq, signature in signed.items():
        connection.execute(update(agreement_events).where(agreement_events.c.seq == seq).values(signature=signature))


def _signed_anew(connection: Connection, people: People, seal: Seal) -> Mapping[int, str]:
    """By event, the signature over it with the pseudonym. What does not hold is left as it is, and holds no better."""
    keys, table = store.keys(connection), agreement_events.c
    wanted = select(table.seq, table.signature, *(table[name] for name in SIGNED))
    wanted = wanted.where(table.person.is_not(None), table.signature.is_not(None))
    signed: dict[int, str] = {}
    for row in connection.execute(wanted).mappings():
        event: dict[str, Any] = {name: row[name] for name in SIGNED}
        if holds(event, row["signature"], keys):
            signed[row["seq"]] = seal.sign({**event, "person": people.keyed(event["person"])})
    return signed
