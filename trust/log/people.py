"""Whom an entry of the log is about: told by a key of that person's own, which can be deleted."""

import hmac

from sqlalchemy import Connection, select

from trust.tables import person_keys

_NO_KEY = b"none"


def who(person: str | None, key: bytes | None) -> str | None:
    """What an entry says of a person: HMAC-SHA-256, of what stands for them in the record."""
    return hmac.digest(key, person.encode(), "sha256").hex() if person and key else None


def key_of(connection: Connection, person: str | None) -> bytes:
    """The key of a person. Who has none yet is told by one that no entry in its place is told by."""
    key = connection.execute(select(person_keys.c.key).where(person_keys.c.person == person)).scalar()
    return bytes(key) if key else _NO_KEY
