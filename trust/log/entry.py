"""What one entry of the log says, as canonical JSON (RFC 8785). Names, sizes and hashes: no figure, no token, and
nothing that leads to a person once that person's key has been deleted."""

import hashlib
import hmac
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Self, cast

import orjson
from sqlalchemy import Connection, insert, select

from transparency.tiles import ENTRY_BYTES
from trust.tables import log_pending

# The shape of entries, for whoever reads them later.
FORMAT = 1
SALT = 16
# Bytes from which on the long parts of an entry are told by their hash. The person comes in later.
LONG = ENTRY_BYTES - 1024
INTO_PENDING = insert(log_pending)
# What is told of a call to a department.
_CALL = ("bytes", "dataset", "department", "jti", "method", "shared", "status")
# What is told of a move of an agreement as it is, and what only by its hash: it may tell who made the move.
MOVE = ("id", "version", "move", "before", "after", "organisation", "party", "content_hash", "simulation_hash")
HIDDEN = ("comment", "signature")


class Pending(NamedTuple):
    """An entry that waits for its place in the log. `person`: what stands for whom it is about, until the entry says
    it by that person's key. `operation_id`: by which it is found."""

    person: str | None
    operation_id: str | None
    text: bytes


class Released(NamedTuple):
    """A commitment to what a caller was given: SHA-256 over the salt of its entry and the bytes of the data."""

    salt: bytes
    commitment: bytes

    @classmethod
    def of(cls, data: bytes) -> Self:
        """The commitment to these bytes."""
        salt = os.urandom(SALT)
        return cls(salt, committed(salt, data))


def committed(salt: bytes, data: bytes) -> bytes:
    """The commitment to some bytes, under a salt."""
    return hashlib.sha256(salt + data).digest()


def canonical(body: object) -> bytes:
    """Canonical JSON, where there are no floating-point numbers and all keys are ASCII: then it is orjson's, sorted."""
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)


def operation(
    *, id: str, at: datetime, person: str, organisation: str | None, roles: Sequence[str], purpose: str | None,
    operation: str, epoch: int, outcome: str, granted: orjson.Fragment, refused: orjson.Fragment,
    calls: Iterable[Mapping[str, Any]], released: Released | None, policy: str,
    uses: Sequence[tuple[str, int, int, int]],
) -> Pending:  # fmt: skip
    """An operation that was recorded. `operation`: SHA-256 of its query. `granted`, `refused`: canonical JSON.
    `policy`: hash of the rules by which it was decided. `uses`: of versions of agreements, with how many figures were
    read and suppressed."""
    body: dict[str, Any] = {
        "at": at,
        "calls": called(calls),
        "epoch": epoch,
        "format": FORMAT,
        "granted": granted,
        "kind": "operation",
        "operation": operation,
        "operation_id": id,
        "organisation": organisation,
        "outcome": outcome,
        "policy": policy,
        "purpose": purpose,
        "refused": refused,
        "roles": roles,
        "salt": (released.salt if released else os.urandom(SALT)).hex(),
        "uses": [list(use) for use in uses],
    }
    if released:
        body["released"] = released.commitment.hex()
    text = canonical(body)
    if len(text) > LONG:
        text = canonical({**body, **{name: _by_hash(body[name]) for name in ("calls", "granted", "refused")}})
    return Pending(person, id, text)


def _by_hash(part: object) -> Mapping[str, Any]:
    text = canonical(part)
    return {"bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}


def withheld(id: str, at: datetime) -> Pending:
    """That an operation was not answered after all, whatever its entry says."""
    salt = os.urandom(SALT).hex()
    body = {"at": at, "format": FORMAT, "kind": "withheld", "operation_id": id, "salt": salt}
    return Pending(None, id, canonical(body))


def asked(id: str, at: datetime, calls: Iterable[Mapping[str, Any]]) -> Pending:
    """Calls that were made for an operation, and that its own entry does not list: it did not wait for them."""
    body = {
        "at": at,
        "calls": called(calls),
        "format": FORMAT,
        "kind": "asked",
        "operation_id": id,
        "salt": os.urandom(SALT).hex(),
    }
    return Pending(None, id, canonical(body))


def called(calls: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What is told of calls to departments."""
    return [{name: call[name] for name in _CALL if name in call} for call in calls]


def act(event: Mapping[str, Any], epoch: int) -> Pending:
    """A move of an agreement, as it is written down; `epoch` is its number. A signature and a comment may lead to a
    person: they are told by their hashes under the salt."""
    salt = os.urandom(SALT)
    hidden = {name: event[name] and committed(salt, event[name].encode()).hex() for name in HIDDEN}
    operation_id = event["operation_id"] or None
    body = {
        **{name: event[name] for name in MOVE},
        **hidden,
        "at": event["at"],
        "epoch": epoch,
        "format": FORMAT,
        "kind": "act",
        "operation_id": operation_id,
        "salt": salt.hex(),
    }
    return Pending(event["person"], operation_id, canonical(body))


def expired(at: datetime, before: datetime, until: int, counts: Mapping[str, int]) -> Pending:
    """That what was older than a moment is let go: entries, all before the place `until`, and rows, by their tables."""
    return _of_the_trust("expired", at, before=before, counts=counts, until=until)


def forgotten(at: datetime, counts: Mapping[str, int]) -> Pending:
    """That a person was forgotten, and not who: how much of the books led to them, and what still does."""
    return _of_the_trust("forgotten", at, counts=counts)


def _of_the_trust(kind: str, at: datetime, **told: Any) -> Pending:
    """What the Trust has done by itself."""
    body = {"at": at, "format": FORMAT, "kind": kind, "salt": os.urandom(SALT).hex(), **told}
    return Pending(None, None, canonical(body))


def said(text: bytes, person: str | None, key: bytes | None) -> bytes:
    """An entry as it stays: with whom it is about, as HMAC-SHA-256 by a key of that person's own."""
    body = cast(dict[str, Any], orjson.loads(text))
    body["who"] = hmac.digest(key, person.encode(), "sha256").hex() if person and key else None
    return canonical(body)


def waiting(connection: Connection) -> Iterator[Mapping[str, Any]]:
    """What waits for its place, as it will be told but for whom it is about."""
    for text in connection.execute(select(log_pending.c.text)).scalars():
        yield orjson.loads(text)


def pending(connection: Connection, entries: Iterable[Pending]) -> None:
    """Entries for the log, in the transaction of what they tell: their places in it are found later."""
    if rows := [one._asdict() for one in entries]:
        connection.execute(INTO_PENDING, rows)
