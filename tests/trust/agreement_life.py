"""People, terms and a simple model of an agreement's life, for the machine that walks it at random."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from policies.agreement_content import content_of
from policies.agreement_file import AgreementStatus as S
from policies.caller import PUBLIC, Caller
from policies.rules import read_rules
from reference.area import gazetteer
from reference.london import LONDON
from resolvers.catalogue import read_folder
from schema.measures import MEASURES
from trust.agreements.life import Party

START = datetime(2026, 6, 1, 12, tzinfo=UTC)
FOLDER = Path("policies/agreements")
_SOURCES = read_folder(Path("resolvers/sources"), MEASURES)
RULES = read_rules(FOLDER.parent, MEASURES, gazetteer(), _SOURCES.own_terms, _SOURCES.protected)


def record(id: str) -> dict[str, Any]:
    """The record of an agreement that a new Trust starts with."""
    return tomllib.loads((FOLDER / f"{id}.toml").read_text())


def _person(name: str, organisation: str, role: str) -> Caller:
    return Caller(name, organisation, frozenset({role}), frozenset({"skills-planning"}), "https://login.example/")


PEOPLE = {
    one.subject: one
    for one in (
        _person("proposer", "DfE", "analyst"),
        _person("consumer's steward", "DfE", "data-steward"),
        _person("owner's steward", "HMRC", "data-steward"),
        _person("owner's other steward", "HMRC", "data-steward"),
        _person("owner's analyst", "HMRC", "analyst"),
        _person("another owner's steward", "DWP", "data-steward"),
        _person("trustee", "TRUST", "trustee"),
        _person("auditor", "TRUST", "auditor"),
        _person("self-made trustee", "BEIS", "trustee"),
        _person("stranger", "BEIS", "data-steward"),
        PUBLIC,
    )
}


def parties_of(who: Caller, owner: str, consumer: str) -> set[Party]:
    """In whose names somebody may act, said in another way than the code does."""
    name, org = who.subject, who.organisation
    mine: set[Party] = set()
    if org == consumer:
        mine.add(Party.CONSUMER)
    if "data-steward" in who.roles and org in (owner, consumer):
        mine.add(Party.CONSUMER_STEWARD if org == consumer else Party.OWNER_STEWARD)
    if name == "trustee":
        mine.add(Party.TRUSTEE)
    return mine


def sees(who: Caller, owner: str, consumer: str) -> bool:
    """Whether somebody may know of an agreement."""
    return who.organisation in (owner, consumer) or who.subject in ("trustee", "auditor")


class Said(NamedTuple):
    """What the machine varies of an agreement's terms. A day begins in London."""

    measures: tuple[str, ...] = ("payrolledEmployees", "medianMonthlyPay")
    breakdowns: tuple[str, ...] = ("AGE_BAND", "INDUSTRY")
    finest: str = "LA"
    not_before: date = date(2026, 1, 1)
    not_after: date = date(2028, 4, 1)
    review_by: date = date(2027, 4, 1)
    statement: str | None = "Where pay is growing."

    def terms(self) -> dict[str, Any]:
        """As terms that put all of these in the place of what was there."""
        return {
            "purpose": {"statement": self.statement},
            "scope": {
                "measures": [*self.measures], "breakdowns": [[one] for one in self.breakdowns], "finest": self.finest,
            },
            "term": {"not_before": self.not_before, "not_after": self.not_after, "review_by": self.review_by},
        }  # fmt: skip

    def complete(self, now: datetime) -> bool:
        """Whether it could come into force, now or later."""
        begin, end, review = moment(self.not_before), moment(self.not_after), self.review_end
        ordered = begin < end and self.not_before <= self.review_by <= self.not_after
        return self.statement is not None and ordered and now < end and now < review

    def narrower(self, other: "Said") -> bool:
        """Whether it is nowhere wider than another, and otherwise the same."""
        return (
            {*self.measures} <= {*other.measures}
            and {*self.breakdowns} <= {*other.breakdowns}
            and (self.finest == other.finest or self.finest == "REGION")
            and self.not_before >= other.not_before
            and self.not_after <= other.not_after
            and self.review_by <= other.review_by
            and self.statement == other.statement
        )

    @property
    def review_end(self) -> datetime:
        return moment(self.review_by + timedelta(days=1))


def moment(day: date) -> datetime:
    """The first moment of a day in London."""
    return datetime(day.year, day.month, day.day, tzinfo=LONDON).astimezone(UTC)


PENDING = (S.DRAFT, S.RETURNED, S.SUBMITTED, S.IN_REVIEW, S.SCHEDULED)
IN_FORCE = (S.ACTIVE, S.SUSPENDED)


@dataclass
class Kept:
    """A version as the model knows it."""

    version: int
    state: S
    said: Said
    proposer: str = ""
    signed: dict[Party, str] = field(default_factory=dict[Party, str])
    held: Party | None = None


@dataclass(repr=False)
class Known:
    """An agreement as the model knows it."""

    id: str
    owner: str
    consumer: str
    versions: list[Kept]

    def __repr__(self) -> str:
        return f"{self.id} ({', '.join(f'{one.version} {one.state}' for one in self.versions)})"

    @property
    def last(self) -> Kept:
        return self.versions[-1]

    @property
    def standing(self) -> Kept:
        """What is suspended, resumed or terminated by its id alone."""
        for states in (IN_FORCE, (S.SCHEDULED,)):
            for one in reversed(self.versions):
                if one.state in states:
                    return one
        return self.last

    @property
    def in_force(self) -> Kept | None:
        return next((one for one in self.versions if one.state in IN_FORCE), None)

    def add(self, state: S, said: Said, proposer: Caller) -> None:
        """Another version."""
        self.versions.append(Kept(self.last.version + 1, state, said, proposer.subject))

    @property
    def on_hold(self) -> bool:
        """Whether somebody has put it on hold: no other version comes into force."""
        standing = self.in_force
        return standing is not None and standing.state is S.SUSPENDED and standing.held is not None

    def put_in_force(self, one: Kept) -> None:
        """A version, in the place of the one that is."""
        if (before := self.in_force) is not None and before is not one:
            before.state = S.SUPERSEDED
        one.state = S.ACTIVE

    def tick(self, now: datetime) -> None:
        """Whatever is due."""
        for one in self.versions:
            if one.state in (S.SCHEDULED, *IN_FORCE) and moment(one.said.not_after) <= now:
                one.state = S.EXPIRED
            if one.state is S.ACTIVE and one.said.review_end <= now:
                one.state, one.held = S.SUSPENDED, None
        for one in self.versions:
            if one.state is S.SCHEDULED and moment(one.said.not_before) <= now and not self.on_hold:
                self.put_in_force(one)
                self.tick(now)


def imported(id: str, owner: str, consumer: str) -> tuple[dict[str, Any], Known]:
    """An agreement in force that a new Trust starts with."""
    said = Said() if id == "DSA-001" else Said(("medianMonthlyPay",), ("INDUSTRY",))
    table = merged_record(record("DSA-001"), said.terms() | {"id": id})
    table["parties"] |= {"owner": owner, "consumer": consumer}
    return table, Known(id, owner, consumer, [Kept(1, S.ACTIVE, said)])


def merged_record(table: Mapping[str, Any], terms: Mapping[str, Any]) -> dict[str, Any]:
    """A record with other values for some keys of its sections."""
    return {**table, **{key: {**table[key], **new} if isinstance(new, dict) else new for key, new in terms.items()}}


def proposal(said: Said) -> dict[str, Any]:
    """The terms of a new agreement between HMRC and DfE."""
    table = merged_record(record("DSA-001"), said.terms())
    return content_of({key: value for key, value in table.items() if key not in ("id", "version", "status")})
