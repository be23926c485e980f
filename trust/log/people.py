"""Whom an entry of the log is about: told by a key of that person's own, which can be deleted."""

import hmac
import os
from collections.abc import Collection, Mapping

from cachetools import TTLCache
from sqlalchemy import Connection, Select, select
from sqlalchemy.dialects import postgresql, sqlite

from trust.tables import person_keys

KEY = 32
# People who are remembered, and for how many seconds.
MOST, REMEMBERED = 10_000, 1.0
_NO_KEY = b"none"
# Of two who make a person's key at once, the second has the first's.
_INTO_KEYS = {
    "postgresql": postgresql.insert(person_keys).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(person_keys).on_conflict_do_nothing(),
}


def who(person: str | None, key: bytes | None) -> str | None:
    """What an entry says of a person: HMAC-SHA-256, of what stands for them in the record."""
    return hmac.digest(key, person.encode(), "sha256").hex() if person and key else None


def told(connection: Connection, people: Collection[str]) -> Mapping[str, str]:
    """What entries say of people, each by their key. It is made if there is none, in the connection's transaction."""
    if not people:
        return {}
    wanted = select(person_keys.c.person, person_keys.c.key).where(person_keys.c.person.in_(people))
    keys = _by_person(connection, wanted)
    if new := [{"person": one, "key": os.urandom(KEY)} for one in sorted(people) if one not in keys]:
        connection.execute(_INTO_KEYS[connection.dialect.name], new)
        keys = _by_person(connection, wanted)
    return {person: str(who(person, key)) for person, key in keys.items()}


class KnownPeople:
    """What entries say of people, remembered for a moment: a key that is deleted is not told by for longer."""

    def __init__(self) -> None:
        self._known = TTLCache[str, str](MOST, REMEMBERED)

    def of(self, connection: Connection, people: Collection[str]) -> dict[str, str]:
        """Of these people. What is found out is remembered by `remember`, when the connection's transaction, in which
        keys may have been made, is over."""
        known = {person: one for person in people if (one := self._known.get(person))}
        return {**known, **told(connection, [person for person in people if person not in known])}

    def remember(self, known: Mapping[str, str]) -> None:
        """What was found out of people."""
        for person, one in known.items():
            if person not in self._known:
                self._known[person] = one


def _by_person(connection: Connection, wanted: Select[str, bytes]) -> dict[str, bytes]:
    return {row.person: bytes(row.key) for row in connection.execute(wanted)}


def key_of(connection: Connection, person: str | None) -> bytes:
    """The key of a person. Who has none yet is told by one that no entry in its place is told by."""
    key = connection.execute(select(person_keys.c.key).where(person_keys.c.person == person)).scalar()
    return bytes(key) if key else _NO_KEY
