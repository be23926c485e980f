"""What is to be said in the log: names, sizes and hashes. No figure, no token, and nothing that leads to a person once
that person's key has been deleted.

`entry` is what all who may read it see. The rest becomes parts of it, each for its own readers: `sealed` says how.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Self

import orjson

# The shape of entries, for whoever reads them later.
FORMAT = 2
SALT = 16
# What is told of a call to a department.
_CALL = ("bytes", "dataset", "department", "jti", "method", "shared", "status")
# What is told of a move of an agreement as it is, and what only by its hash: it may tell who made the move.
MOVE = ("id", "version", "move", "before", "after", "organisation", "party", "content_hash", "simulation_hash")
HIDDEN = ("comment", "signature")
# A version of an agreement, how many figures were read under it, and how many of these were suppressed.
UseTold = tuple[str, int, int, int]
# What a part says; or as canonical JSON, where many entries say it: all its keys come before that of the salt.
Part = Mapping[str, Any] | bytes


class Said(NamedTuple):
    """What an entry is to say. `person`: what stands for whom it is about, which the entry says by that person's key;
    none for the public, who are nobody, and for the Trust itself. `operation_id`: by which it is found. `caller` and
    `answer`: what these parts say, where it has them. `owned`: the parts for owners; none where it has no such."""

    person: str | None
    operation_id: str | None
    entry: Mapping[str, Any]
    caller: Mapping[str, Any] | None = None
    answer: Mapping[str, Any] | None = None
    owned: Iterable[Part] | None = None


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
    operation: str, epoch: int, outcome: str, decisions: Iterable[Part], calls: Iterable[Mapping[str, Any]],
    answer: Answer | None, policy: str, uses: Mapping[str | None, Sequence[UseTold]],
) -> Said:  # fmt: skip
    """An operation that was recorded. `operation`: SHA-256 of its query. `decisions`: `decided` for each owner.
    `answer`: none where nothing was given, or where it is sent in chunks, and told when that ends. `policy`: hash of
    the rules by which it was decided. `uses`: of versions of agreements, by their owners."""
    entry = {
        "answer": None,
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
    }
    caller = {"operation": operation}
    return Said(person, id, entry, caller, answer and _answer(answer), (*decisions, *_uses(uses), *_calls(calls)))


def decided(owner: str | None, granted: Sequence[Mapping[str, Any]], refused: Sequence[Mapping[str, Any]]) -> bytes:
    """The part with what was decided of the data of one owner."""
    return canonical({"granted": granted, "owner": owner, "part": "decisions", "refused": refused})


def _answer(answer: Answer) -> Mapping[str, Any]:
    return {"bytes": answer.length, "sha256": answer.sha256.hex()}


def _uses(uses: Mapping[str | None, Sequence[UseTold]]) -> Sequence[Part]:
    return [{"owner": owner, "part": "uses", "uses": [list(use) for use in some]} for owner, some in uses.items()]


def _calls(calls: Iterable[Mapping[str, Any]]) -> Sequence[Part]:
    """For each department, the part with how it was asked."""
    asked: dict[str, list[Mapping[str, Any]]] = {}
    for call in called(calls):
        asked.setdefault(call.pop("department"), []).append(call)
    return [{"calls": calls, "owner": department, "part": "calls"} for department, calls in asked.items()]


def called(calls: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What is told of calls to departments."""
    return [{name: call[name] for name in _CALL if name in call} for call in calls]


def withheld(id: str, at: datetime) -> Said:
    """That an operation was not answered after all, whatever its entry says."""
    return _after("withheld", id, at)


def released(id: str, at: datetime, answer: Answer, *, whole: bool) -> Said:
    """What of an answer in chunks was given, when its sending has ended: all of it, or at most so many bytes."""
    told = {"bytes": None if whole else answer.length, "outcome": "whole" if whole else "broken off"}
    return _after("released", id, at, **told)._replace(answer=_answer(answer))


def asked(id: str, at: datetime, calls: Iterable[Mapping[str, Any]]) -> Said:
    """Calls that were made for an operation, and that its own entry does not list: it did not wait for them."""
    return _after("asked", id, at)._replace(owned=_calls(calls))


def _after(kind: str, id: str, at: datetime, **told: Any) -> Said:
    """What became of an operation."""
    entry = {"at": at, "format": FORMAT, "kind": kind, "operation_id": id, "salt": os.urandom(SALT).hex(), **told}
    return Said(None, id, entry)


def act(event: Mapping[str, Any], epoch: int) -> Said:
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
    return Said(event["person"], operation_id, entry, caller={})


def expired(at: datetime, before: datetime, until: int, counts: Mapping[str, int]) -> Said:
    """That what was older than a moment is let go: entries, all before the place `until`, and rows, by their tables."""
    return _of_the_trust("expired", at, before=before, counts=counts, until=until)


def forgotten(at: datetime, counts: Mapping[str, int]) -> Said:
    """That a person was forgotten, and not who: how much of the books led to them, and what still does."""
    return _of_the_trust("forgotten", at, counts=counts)


def _of_the_trust(kind: str, at: datetime, **told: Any) -> Said:
    """What the Trust has done by itself."""
    entry = {"at": at, "format": FORMAT, "kind": kind, "salt": os.urandom(SALT).hex(), **told}
    return Said(None, None, entry)
