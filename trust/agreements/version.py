"""What the Trust keeps of an agreement: its versions, and what happened to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple, cast

from policies.agreement import Agreement, agreement
from policies.agreement_content import Content, table_of
from policies.agreement_file import AgreementStatus, Known
from policies.questions import Question
from reference.london import from_london


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an agreement. `content` may lack what its questions still ask for. `proposer` stands for the
    person who wrote it."""

    id: str
    version: int
    state: AgreementStatus
    owner: str
    consumer: str
    content: Content
    content_hash: str
    proposer: str

    @property
    def table(self) -> dict[str, Any]:
        """Its record, with its state."""
        return {**table_of(self.content), "status": self.state.value}

    @property
    def key(self) -> tuple[str, int]:
        """Its name."""
        return self.id, self.version

    def agreement(self, known: Known) -> Agreement:
        """What it says. Raises PolicyError where it is not complete."""
        return agreement(self.table, known, hashed=self.content_hash)

    @property
    def banded(self) -> bool:
        """Whether it is a band: terms signed in advance, which nobody reads figures under."""
        return self.content.get("kind") == "BAND"


@dataclass(frozen=True, slots=True)
class Event:
    """One move of a version: who, in whose name, when and why. `seq` is the epoch of the book that it made. `person`
    stands for who did it; none where the Trust itself did."""

    seq: int
    id: str
    version: int
    move: str
    before: AgreementStatus | None
    after: AgreementStatus
    at: datetime
    person: str | None
    subject: str | None
    organisation: str | None
    party: str
    comment: str
    content_hash: str
    simulation_hash: str | None
    signature: str | None
    operation_id: str | None

    @property
    def who(self) -> str:
        """Who moved it, in words."""
        return self.party if self.subject is None else f"{self.subject} ({self.organisation})"

    @property
    def when(self) -> str:
        """When, in words."""
        return f"{self.at:%Y-%m-%d %H:%M:%S}Z"


class Change(NamedTuple):
    """What a move has changed. `missing`: the questions that are still to be answered."""

    version: Version
    before: AgreementStatus | None
    after: AgreementStatus
    at: datetime
    missing: tuple[Question, ...] = ()


def fields_of(one: Version | Event) -> dict[str, Any]:
    """What is kept of it, by the names of its fields."""
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


class Dates(NamedTuple):
    """When a version's term begins and ends, and when its review is overdue, as far as its content says."""

    not_before: datetime | None
    not_after: datetime | None
    review_end: datetime | None


def dates_of(content: Mapping[str, Any]) -> Dates:
    """The dates of a content, in UTC. A day is by London's clocks, and a review is due by the end of its day."""
    term: object = table_of(content).get("term")
    known: dict[str, Any] = cast(dict[str, Any], term) if isinstance(term, dict) else {}

    def moment(value: object) -> datetime | None:
        try:
            return from_london(value) if isinstance(value, date) else None
        except ValueError:
            return None

    review: object = known.get("review_by")
    overdue: date | None = None
    if isinstance(review, date) and not isinstance(review, datetime) and review < date.max:
        overdue = review + timedelta(days=1)
    return Dates(moment(known.get("not_before")), moment(known.get("not_after")), moment(overdue))


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)
