"""What is recorded of one operation, and the rows that it is kept as."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection

from trust.inserting import Inserting
from trust.log.entry import Answer, Said, UseTold, canonical, decided, operation
from trust.log.pending import pending
from trust.tables import agreement_uses, operations, refusals

INTO_OPERATIONS = Inserting(
    operations, "id", "at", "subject", "organisation", "issuer", "roles", "purpose", "operation", "epoch", "outcome",
    "granted", "refused", "calls", "milliseconds",
)  # fmt: skip
INTO_REFUSALS = Inserting(refusals, "operation_id", "at", "organisation", "purpose", "coordinate")
INTO_USES = Inserting(
    agreement_uses, "operation_id", "at", "organisation", "purpose", "id", "version", "figures", "suppressed"
)


class Use(NamedTuple):
    """What was read under one version of an agreement: figures, and how many of them were suppressed."""

    id: str
    version: int
    figures: int
    suppressed: int


class Relied(NamedTuple):
    """What an operation rests on, where it is agreements: the epoch of its consumer's part of the book, and the moment
    until which its grants hold."""

    epoch: int
    until: datetime


@dataclass(frozen=True)
class Decisions:
    """What was granted and refused: names, numbers of agreements and clauses. Many operations share one, and it is
    written as JSON once. `owners`: of each coordinate, several of one that is computed from the data of several, and
    of each agreement."""

    granted: Sequence[Mapping[str, Any]] = ()
    refused: Sequence[Mapping[str, Any]] = ()
    owners: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])

    @cached_property
    def as_json(self) -> tuple[orjson.Fragment, orjson.Fragment]:
        """What was granted, and what was refused, as canonical JSON."""
        return orjson.Fragment(canonical(self.granted)), orjson.Fragment(canonical(self.refused))

    @cached_property
    def by_owner(self) -> Sequence[bytes]:
        """The same as the log tells it: for each owner what was decided of its data, as canonical JSON."""
        owned: dict[str | None, dict[str, list[Mapping[str, Any]]]] = {}
        for name, fields in (("granted", self.granted), ("refused", self.refused)):
            for one in fields:
                for owner in self.owners.get(one["coordinate"], (None,)):
                    owned.setdefault(owner, {"granted": [], "refused": []})[name].append(one)
        return [decided(owner, **told) for owner, told in owned.items()]

    @cached_property
    def unmet(self) -> Sequence[str]:
        """Coordinates refused, each once."""
        return sorted({refusal["coordinate"] for refusal in self.refused})


class Entry(NamedTuple):
    """What is recorded of one operation: who, why, what was granted and refused, whom it was asked of.

    `outcome`: answered, rejected before anything was asked, failed by a mistake of ours after it was read, or withheld
    because the record itself came too late.
    `person` stands for who asked (trust/people.py). `operation` is the SHA-256 of the query's text. `decisions` and
    `calls` hold names and sizes: never a figure, never a variable of the query. `relied`: on which agreements, if on
    any; `uses`: of each of them; `answer`: what was shown, where that is known before it leaves. `policy`: the hash of
    the rules by which it was decided.
    """

    id: str
    at: datetime
    person: str
    organisation: str | None
    issuer: str | None
    purpose: str | None
    operation: str
    epoch: int
    outcome: str
    decisions: Decisions
    calls: Sequence[Mapping[str, Any]]
    milliseconds: float
    roles: Sequence[str] = ()
    relied: Relied | None = None
    uses: Sequence[Use] = ()
    answer: Answer | None = None
    policy: str = ""

    @property
    def about(self) -> str | None:
        """The person whom it is about: the public are nobody."""
        return self.person if self.issuer else None

    @property
    def uses_by_owner(self) -> Mapping[str | None, Sequence[UseTold]]:
        """Uses of agreements, by the owner of each."""
        owned: dict[str | None, list[UseTold]] = {}
        for use in self.uses:
            for owner in self.decisions.owners.get(use.id, (None,)):
                owned.setdefault(owner, []).append((use.id, use.version, use.figures, use.suppressed))
        return owned


def write(connection: Connection, entries: Sequence[Entry], known: Mapping[str, str] | None = None) -> None:
    """The rows of some entries, and what the log is to say of them. `known`: what it says of their people, where that
    has been found out."""
    INTO_OPERATIONS.rows(connection, map(_row, entries))
    INTO_REFUSALS.rows(connection, (row for entry in entries for row in _refusals(entry)))
    INTO_USES.rows(connection, (row for entry in entries for row in _uses(entry)))
    pending(connection, map(logged, entries), known)


def logged(entry: Entry) -> Said:
    """What the log is to say of an entry."""
    return operation(
        id=entry.id,
        at=entry.at,
        person=entry.about,
        organisation=entry.organisation,
        roles=entry.roles,
        purpose=entry.purpose,
        operation=entry.operation,
        epoch=entry.epoch,
        outcome=entry.outcome,
        decisions=entry.decisions.by_owner,
        calls=entry.calls,
        answer=entry.answer,
        policy=entry.policy,
        uses=entry.uses_by_owner,
    )


def _row(entry: Entry) -> Sequence[Any]:
    granted, refused = entry.decisions.as_json
    return (
        entry.id, entry.at, entry.person, entry.organisation, entry.issuer, entry.roles, entry.purpose,
        entry.operation, entry.epoch, entry.outcome, granted, refused, entry.calls, entry.milliseconds,
    )  # fmt: skip


def _refusals(entry: Entry) -> Iterator[Sequence[Any]]:
    return ((*_by(entry), coordinate) for coordinate in entry.decisions.unmet)


def _uses(entry: Entry) -> Iterator[Sequence[Any]]:
    return ((*_by(entry), *use) for use in entry.uses)


def _by(entry: Entry) -> Sequence[Any]:
    """By which refusals and uses are counted."""
    return entry.id, entry.at, entry.organisation, entry.purpose
