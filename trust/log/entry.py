"""What is to be said in the log, as it waits for its place: canonical JSON (RFC 8785). Names, sizes and hashes: no
figure, no token, and nothing that leads to a person once that person's key has been deleted.

`entry` is what all who may read it see. The other keys become parts of it, each for its own readers: `sealed` says how.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Self

import orjson
from sqlalchemy import Connection, insert, select

from trust.tables import log_pending

# The shape of entries, for whoever reads them later.
FORMAT = 2
SALT = 16
INTO_PENDING = insert(log_pending)
# What is told of a call to a department.
_CALL = ("bytes", "dataset", "department", "jti", "method", "shared", "status")
# What is told of a move of an agreement as it is, and what only by its hash: it may tell who made the move.
MOVE = ("id", "version", "move", "before", "after", "organisation", "party", "content_hash", "simulation_hash")
HIDDEN = ("comment", "signature")
# A version of an agreement, how many figures were read under it, and how many of these were suppressed.
UseTold = tuple[str, int, int, int]


class Pending(NamedTuple):
    """An entry that waits for its place in the log. `person`: what stands for whom it is about, until the entry says
    it by that person's key; none for the public, who are nobody, and for the Trust itself. `operation_id`: by which it
    is found."""

    person: str | None
    operation_id: str | None
    text: bytes


class Answer(NamedTuple):
    """What a caller was given: SHA-256 of the bytes of its data, and how many those are."""

    sha256: bytes
    length: int

    @classmethod
    def of(cls, data: bytes) -> Self:
        """An answer with these data."""
        return cls(hashlib.sha256(data).digest(), len(data))


def committed(salt: bytes, data: bytes) -> bytes:
    """The commitment to some bytes, under a salt."""
    return hashlib.sha256(salt + data).digest()


def canonical(body: object) -> bytes:
    """Canonical JSON, where there are no floating-point numbers and all keys are ASCII: then it is orjson's, sorted."""
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)


def operation(
    *, id: str, at: datetime, person: str | None, organisation: str | None, roles: Sequence[str], purpose: str | None,
    operation: str, epoch: int, outcome: str, decisions: orjson.Fragment, calls: Iterable[Mapping[str, Any]],
    answer: Answer | None, policy: str, uses: Mapping[str | None, Sequence[UseTold]],
) -> Pending:  # fmt: skip
    """An operation that was recorded. `operation`: SHA-256 of its query. `decisions`: `decided` for each owner, as
    canonical JSON. `answer`: none where nothing was given, or where it is sent in chunks, and told when that ends.
    `policy`: hash of the rules by which it was decided. `uses`: of versions of agreements, by their owners."""
    body = {
        "answer": answer and _answer(answer),
        "caller": {"operation": operation},
        "entry": {
            "at": at,
            "epoch": epoch,
            "format": FORMAT,
            "kind": "operation",
            "operation_id": id,
            "organisation": organisation,
            "outcome": outcome,
            "policy": policy,
            "purpose": purpose,
            "roles": roles,
        },
        "parts": [decisions, _uses(uses), _calls(calls)],
    }
    return Pending(person, id, canonical(body))


def decided(
    owner: str | None, granted: Sequence[Mapping[str, Any]], refused: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any]:
    """The part with what was decided of the data of one owner."""
    return {"granted": granted, "owner": owner, "part": "decisions", "refused": refused}


def _answer(answer: Answer) -> Mapping[str, Any]:
    return {"bytes": answer.length, "sha256": answer.sha256.hex()}


def _uses(uses: Mapping[str | None, Sequence[UseTold]]) -> Sequence[Mapping[str, Any]]:
    return [{"owner": owner, "part": "uses", "uses": [list(use) for use in some]} for owner, some in uses.items()]


def _calls(calls: Iterable[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """For each department, the part with how it was asked."""
    asked: dict[str, list[Mapping[str, Any]]] = {}
    for call in called(calls):
        asked.setdefault(call.pop("department"), []).append(call)
    return [{"calls": calls, "owner": department, "part": "calls"} for department, calls in asked.items()]


def called(calls: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What is told of calls to departments."""
    return [{name: call[name] for name in _CALL if name in call} for call in calls]


def withheld(id: str, at: datetime) -> Pending:
    """That an operation was not answered after all, whatever its entry says."""
    return _after("withheld", id, at)


def released(id: str, at: datetime, answer: Answer, *, whole: bool) -> Pending:
    """What of an answer in chunks was given, when its sending has ended: all of it, or at most so many bytes."""
    told = {"bytes": None if whole else answer.length, "outcome": "whole" if whole else "broken off"}
    return _after("released", id, at, {"answer": _answer(answer)}, **told)


def asked(id: str, at: datetime, calls: Iterable[Mapping[str, Any]]) -> Pending:
    """Calls that were made for an operation, and that its own entry does not list: it did not wait for them."""
    return _after("asked", id, at, {"parts": [_calls(calls)]})


def _after(kind: str, id: str, at: datetime, parts: Mapping[str, Any] | None = None, **told: Any) -> Pending:
    """What became of an operation."""
    entry = {"at": at, "format": FORMAT, "kind": kind, "operation_id": id, "salt": os.urandom(SALT).hex(), **told}
    return Pending(None, id, canonical({"entry": entry, **(parts or {})}))


def act(event: Mapping[str, Any], epoch: int) -> Pending:
    """A move of an agreement, as it is written down; `epoch` is its number. A signature and a comment may lead to a
    person: they are told by their hashes under the salt."""
    salt = os.urandom(SALT)
    hidden = {name: event[name] and committed(salt, event[name].encode()).hex() for name in HIDDEN}
    operation_id = event["operation_id"] or None
    entry = {
        **{name: event[name] for name in MOVE},
        **hidden,
        "at": event["at"],
        "epoch": epoch,
        "format": FORMAT,
        "kind": "act",
        "operation_id": operation_id,
        "salt": salt.hex(),
    }
    return Pending(event["person"], operation_id, canonical({"caller": {}, "entry": entry}))


def expired(at: datetime, before: datetime, until: int, counts: Mapping[str, int]) -> Pending:
    """That what was older than a moment is let go: entries, all before the place `until`, and rows, by their tables."""
    return _of_the_trust("expired", at, before=before, counts=counts, until=until)


def forgotten(at: datetime, counts: Mapping[str, int]) -> Pending:
    """That a person was forgotten, and not who: how much of the books led to them, and what still does."""
    return _of_the_trust("forgotten", at, counts=counts)


def _of_the_trust(kind: str, at: datetime, **told: Any) -> Pending:
    """What the Trust has done by itself."""
    entry = {"at": at, "format": FORMAT, "kind": kind, "salt": os.urandom(SALT).hex(), **told}
    return Pending(None, None, canonical({"entry": entry}))


def waiting(connection: Connection) -> Iterator[Mapping[str, Any]]:
    """What all who may read them will see of entries that wait for their places."""
    for text in connection.execute(select(log_pending.c.text)).scalars():
        yield orjson.loads(text)["entry"]


def pending(connection: Connection, entries: Iterable[Pending]) -> None:
    """Entries for the log, in the transaction of what they tell: their places in it are found later."""
    if rows := [one._asdict() for one in entries]:
        connection.execute(INTO_PENDING, rows)
