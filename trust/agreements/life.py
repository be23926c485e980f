"""The life of an agreement's version: its states, and the moves between them. One table, which the code obeys, the
documentation prints and the tests walk."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from policies.agreement_file import AgreementStatus as S
from policies.caller import ROLES, TRUST, Caller


class Party(StrEnum):
    """In whose name somebody moves an agreement."""

    CONSUMER = "a member of the consumer"
    CONSUMER_STEWARD = "the consumer's data steward"
    OWNER_STEWARD = "the owner's data steward"
    TRUSTEE = "a trustee"
    TRUST = "the Trust itself"


class Move(NamedTuple):
    """A move: from which states (none: of a new version), to which, by whom, and what must hold besides."""

    name: str
    before: frozenset[S]
    after: S
    by: tuple[Party, ...]
    needs: str = ""


def _move(name: str, before: Iterable[S], after: S, by: Iterable[Party], needs: str = "") -> Move:
    return Move(name, frozenset(before), after, tuple(by), needs)


_REVIEWERS = (Party.OWNER_STEWARD, Party.TRUSTEE)
_PROPOSED = (S.SUBMITTED, S.IN_REVIEW)
# The states of an agreement's last version after which another may be drafted.
AMENDABLE = frozenset({S.DRAFT, S.RETURNED, S.REJECTED, S.CANCELLED, S.ACTIVE, S.SUSPENDED, S.EXPIRED, S.TERMINATED})
MOVES = (
    _move("propose", (), S.DRAFT, (Party.CONSUMER,), "the consumer is the caller's organisation"),
    _move("amend", (), S.DRAFT, (Party.CONSUMER, Party.OWNER_STEWARD), "no other version is on its way"),
    _move("submit", (S.DRAFT, S.RETURNED), S.SUBMITTED, (Party.CONSUMER_STEWARD,), "every question is answered"),
    _move("return", _PROPOSED, S.RETURNED, _REVIEWERS, "a comment; signatures lapse"),
    _move("reject", _PROPOSED, S.REJECTED, _REVIEWERS, "a reason"),
    _move(
        "sign", _PROPOSED, S.IN_REVIEW, _REVIEWERS,
        "signs the hash of the content; not by who proposed it, and nobody twice",
    ),
    _move("approve", _PROPOSED, S.APPROVED, _REVIEWERS, "signs as well, and is the last that must"),
    _move("cancel", (S.DRAFT, S.RETURNED, *_PROPOSED, S.APPROVED, S.SCHEDULED), S.CANCELLED, (Party.CONSUMER_STEWARD,)),
    _move(
        "schedule", (S.APPROVED,), S.SCHEDULED, (Party.TRUST,),
        "its term has not begun, or the version before is on hold",
    ),
    _move("activate", (S.APPROVED, S.SCHEDULED), S.ACTIVE, (Party.TRUST,), "its term has begun; every signature holds"),
    _move(
        "supersede", (S.DRAFT, S.RETURNED, *_PROPOSED, S.APPROVED, S.SCHEDULED, S.ACTIVE, S.SUSPENDED), S.SUPERSEDED,
        (Party.TRUST,),
        "another version takes its place",
    ),
    _move("narrow", (), S.ACTIVE, (Party.OWNER_STEWARD,), "the version in force covers all that this one covers"),
    _move("suspend", (S.ACTIVE,), S.SUSPENDED, _REVIEWERS, "a reason"),
    _move("lapse", (S.ACTIVE,), S.SUSPENDED, (Party.TRUST,), "the day of its review has passed"),
    _move(
        "resume", (S.SUSPENDED,), S.ACTIVE, _REVIEWERS,
        "a reason; by the party that suspended it; its review is not overdue",
    ),
    _move("terminate", (S.APPROVED, S.SCHEDULED, S.ACTIVE, S.SUSPENDED), S.TERMINATED, _REVIEWERS, "a reason"),
    _move("expire", (S.APPROVED, S.SCHEDULED, S.ACTIVE, S.SUSPENDED), S.EXPIRED, (Party.TRUST,), "its term is over"),
)  # fmt: skip
BY_NAME = {move.name: move for move in MOVES}
# States in which a version is in the book: it counts, will count, or explains why nothing counts any more.
IN_THE_BOOK = frozenset({S.SCHEDULED, S.ACTIVE, S.SUSPENDED, S.EXPIRED, S.TERMINATED})


def parties(caller: Caller, owner: str, consumer: str) -> frozenset[Party]:
    """In whose names a caller may move an agreement between these two."""
    mine: set[Party] = set()
    steward = "data-steward" in caller.roles
    if caller.organisation == consumer and ROLES.keys() & caller.roles:
        mine.add(Party.CONSUMER)
        if steward:
            mine.add(Party.CONSUMER_STEWARD)
    if caller.organisation == owner and steward:
        mine.add(Party.OWNER_STEWARD)
    if caller.organisation == TRUST and "trustee" in caller.roles:
        mine.add(Party.TRUSTEE)
    return frozenset(mine)


def signers(*, banded: bool) -> tuple[Party, ...]:
    """Who must sign a version before it comes into force: within a band, which has been signed for by all, the owner
    alone."""
    return (Party.OWNER_STEWARD,) if banded else _REVIEWERS


def moves_from(state: S) -> list[Move]:
    """The moves of a version in a state."""
    return [move for move in MOVES if state in move.before]


def diagram() -> str:
    """The table as a state diagram in Mermaid's notation."""
    lines = ["stateDiagram-v2"]
    for move in MOVES:
        lines += [f"    {state} --> {move.after}: {move.name}" for state in sorted(move.before) or ["[*]"]]
    return "\n".join(lines)


def table() -> str:
    """The table in Markdown."""
    lines = ["| move | from | to | by | needs |", "|---|---|---|---|---|"]
    for move in MOVES:
        before = ", ".join(sorted(move.before)) or "a new version"
        lines.append(f"| {move.name} | {before} | {move.after} | {', '.join(move.by)} | {move.needs} |")
    return "\n".join(lines)
