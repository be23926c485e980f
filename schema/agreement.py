"""Agreements: what they say, where they are in their life, and what happened to them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, cast

import strawberry
from strawberry.scalars import JSON

from policies.agreement import Agreement as Terms
from policies.agreement_content import Content, content_of
from policies.agreement_file import AgreementStatus, Known
from policies.errors import PolicyError
from policies.questions import Question as AskedQuestion
from policies.terms_difference import terms_difference
from reference.area import AreaLevel
from reference.facets import Facet
from reference.london import from_london
from schema.context import Context, context
from schema.vocabulary import AreaCode, described
from trust.agreements.version import Event, Version

described(
    AgreementStatus,
    "AgreementStatus",
    "Where an agreement is in its life.",
    {
        "DRAFT": "Being written by the consumer.",
        "SUBMITTED": "Proposed to its owner and the Trust.",
        "IN_REVIEW": "Signed by some of those who must sign.",
        "RETURNED": "Sent back to the consumer with comments.",
        "REJECTED": "Turned down by its owner or the Trust.",
        "APPROVED": "Signed by all, not yet put in force.",
        "SCHEDULED": "Signed by all, in force from a later day.",
        "ACTIVE": "In force.",
        "SUSPENDED": "Put on hold by its owner or the Trust, or because its review is overdue.",
        "EXPIRED": "Its term is over.",
        "TERMINATED": "Ended early by its owner or the Trust.",
        "SUPERSEDED": "Replaced by a later version.",
        "CANCELLED": "Withdrawn by the consumer before it was in force.",
    },
)


@strawberry.type(description="A question that an agreement answers, by the key of its record.")
class Question:
    key: str = strawberry.field(description="Key of the record, as in purpose.statement.")
    text: str = strawberry.field(description="The question.")
    step: str | None = strawberry.field(description="Its step in the government's data share request.")
    allowed: list[str] = strawberry.field(description="The answers it may have, where they are a list.")
    answered: bool = strawberry.field(description="Whether it is answered so that the agreement can go on.")
    problem: str | None = strawberry.field(description="What is missing or wrong.")


@strawberry.type(description="Something that happened to a version of an agreement.")
class AgreementEvent:
    version: int = strawberry.field(description="The version.")
    move: str = strawberry.field(description="What was done, by the name of the move.")
    before: AgreementStatus | None = strawberry.field(
        name="from", description="The state before; null for a new version."
    )
    after: AgreementStatus = strawberry.field(name="to", description="The state after.")
    at: datetime = strawberry.field(description="When.")
    by: str | None = strawberry.field(
        description="Who did it, by the subject of their token; null for the Trust itself."
    )
    organisation: str | None = strawberry.field(description="Of which organisation.")
    party: str = strawberry.field(description="In whose name.")
    comment: str = strawberry.field(description="The reason or comment given; empty where none was.")
    content_hash: str = strawberry.field(description="SHA-256 of the content that it was done with.")
    simulation_hash: str | None = strawberry.field(description="Of the simulation that was looked at before signing.")
    signed: bool = strawberry.field(description="Whether it carries a signature over the content.")


@strawberry.type(description="A move of an agreement that you may make now.")
class AgreementMove:
    move: str = strawberry.field(description="Its name.")
    by: list[str] = strawberry.field(description="Those who may make it.")


@strawberry.type(description="What one organisation has read under an agreement for one purpose.")
class AgreementUseBy:
    organisation: str | None = strawberry.field(description="Who.")
    purpose: str | None = strawberry.field(description="For what.")
    operations: int = strawberry.field(description="Operations that read something.")
    figures: int = strawberry.field(description="Figures that were shown or suppressed.")
    suppressed: int = strawberry.field(description="Figures of these that were suppressed.")
    last_used: datetime = strawberry.field(description="When last.")


@strawberry.type(description="What was read under an agreement.")
class AgreementUse:
    operations: int = strawberry.field(description="Operations that read something.")
    figures: int = strawberry.field(description="Figures that were shown or suppressed.")
    suppressed: int = strawberry.field(description="Figures of these that were suppressed.")
    last_used: datetime | None = strawberry.field(description="When last; null where it was not used.")
    by: list[AgreementUseBy] = strawberry.field(description="By organisation and purpose.")


@strawberry.type(description="A difference between two versions of an agreement.")
class TermsChange:
    key: str = strawberry.field(description="Key of the record.")
    words: str = strawberry.field(description="How it was and how it is, in words.")


@strawberry.type(description="A data-sharing agreement: what an owner shares with a consumer, for what, on what terms.")
class Agreement:
    id: strawberry.ID = strawberry.field(description="As in DSA-001.")
    version: int = strawberry.field(description="Rises with every amendment.")
    title: str = strawberry.field(description="What it is about.")
    owner: str = strawberry.field(description="The department that shares.")
    consumer: str = strawberry.field(description="The organisation it shares with.")
    statement: str | None = strawberry.field(description="What the figures will be used for.")
    finest: AreaLevel | None = strawberry.field(description="The finest level of place it covers.")
    within: AreaCode | None = strawberry.field(description="The place it is limited to; null for everywhere.")
    not_before: datetime | None = strawberry.field(description="In force from this moment.")
    not_after: datetime | None = strawberry.field(description="In force until this moment.")
    review_by: date | None = strawberry.field(description="To be reviewed by this day.")
    content_hash: str = strawberry.field(
        description="SHA-256 of its content, which is what is signed, and by which two parties compare what they hold."
    )

    @strawberry.field(description="Its state now: expired once its term is over.")
    def status(self, info: strawberry.Info) -> AgreementStatus:
        return _record(self).state(context(info).now)

    @strawberry.field(description="The purposes it allows.")
    def purposes(self) -> list[str]:
        return sorted(_record(self).purposes)

    @strawberry.field(description="The roles it allows.")
    def roles(self) -> list[str]:
        return sorted(_record(self).roles)

    @strawberry.field(description="Schema coordinates of the fields it covers.")
    def coordinates(self) -> list[str]:
        return [f"LabourMarket.{name}" for name in _record(self).measures]

    @strawberry.field(description="The combinations of facets it covers, besides none.")
    def breakdowns(self) -> list[list[Facet]]:
        sets = (sorted(breakdown, key=list(Facet).index) for breakdown in _record(self).breakdowns if breakdown)
        return sorted(sets, key=lambda facets: (len(facets), facets))

    @strawberry.field(description="The legal gateways it cites.")
    def gateways(self, info: strawberry.Info) -> list[str]:
        register = context(info).rules.gateways
        return [register[gateway].citation for gateway in _record(self).gateways if gateway in register]

    @strawberry.field(description="What is done to figures before they are shown, in words.")
    def obligations(self) -> list[str]:
        return [obligation.words for obligation in _record(self).obligations]

    @strawberry.field(description="The whole of its content, as plain JSON values, which its hash is of.")
    def content(self) -> JSON:
        record = _record(self)
        return cast(JSON, record.content if isinstance(record, Draft) else content_of(record.record))

    @strawberry.field(description="Its versions, the first first.")
    def versions(self, info: strawberry.Info) -> "list[Agreement]":
        ctx = context(info)
        return [told(ctx, one) for one in ctx.kept.versions(_record(self).id)]

    @strawberry.field(description="What happened to it, in order: who, when, and why.")
    def history(self, info: strawberry.Info) -> list[AgreementEvent]:
        return [_event(event) for event in context(info).kept.history(_record(self).id)]

    @strawberry.field(description="The moves that you may make of this version now.")
    def moves(self, info: strawberry.Info) -> list[AgreementMove]:
        ctx = context(info)
        one = _version(ctx, self)
        moves = ctx.kept.moves(ctx.caller, one, ctx.now) if one else ()
        return [AgreementMove(move=move.move, by=list(move.by)) for move in moves]

    @strawberry.field(description="What was read under it.")
    def use(
        self,
        info: strawberry.Info,
        since: Annotated[date | None, strawberry.argument(description="Only from this day on.")] = None,
    ) -> AgreementUse:
        used = context(info).kept.used(_record(self).id, from_london(since) if since else None)
        return AgreementUse(
            operations=sum(one.operations for one in used),
            figures=sum(one.figures for one in used),
            suppressed=sum(one.suppressed for one in used),
            last_used=max((one.last for one in used), default=None),
            by=[
                AgreementUseBy(
                    organisation=one.organisation, purpose=one.purpose, operations=one.operations,
                    figures=one.figures, suppressed=one.suppressed, last_used=one.last,
                )
                for one in used
            ],
        )  # fmt: skip

    @strawberry.field(description="The questions that it answers, and those that are still to be answered.")
    def questions(self, info: strawberry.Info) -> list[Question]:
        ctx = context(info)
        one = _version(ctx, self)
        return [question(asked) for asked in ctx.kept.questions(one)] if one else []

    @strawberry.field(description="Why it needs your attention, in words; empty where it does not.")
    def attention(self, info: strawberry.Info) -> list[str]:
        ctx = context(info)
        one = _version(ctx, self)
        return ctx.kept.attention(ctx.caller, one, ctx.now) if one else []

    @strawberry.field(description="How it differs from another version, by default the one before; key by key.")
    def changes(
        self,
        info: strawberry.Info,
        since: Annotated[int | None, strawberry.argument(description="The version to compare it with.")] = None,
    ) -> list[TermsChange]:
        ctx, record = context(info), _record(self)
        other = ctx.kept.version(record.id, record.version - 1 if since is None else since)
        one = _version(ctx, self)
        if one is None or other is None:
            return []
        changes = terms_difference(other.content, one.content)
        return [TermsChange(key=change.key, words=change.words) for change in changes if change.key != "version"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A version that is not complete, as far as it goes: the attributes of Terms."""

    id: str
    version: int
    title: str
    owner: str
    consumer: str
    statement: str | None
    finest: AreaLevel | None
    within: str | None
    purposes: frozenset[str]
    roles: frozenset[str]
    measures: tuple[str, ...]
    breakdowns: frozenset[frozenset[Facet]]
    gateways: tuple[str, ...]
    content: Content
    content_hash: str
    status: AgreementStatus
    not_before: datetime | None = None
    not_after: datetime | None = None
    review_by: date | None = None
    obligations: tuple[Any, ...] = ()

    def state(self, now: datetime) -> AgreementStatus:
        """Its state: it has no term that could be over."""
        return self.status


Record = Terms | Draft


def _record(source: object) -> Record:
    return cast(Record, source)


def told(ctx: Context, one: Version) -> Agreement:
    """A version as the schema has it: complete, or as far as it goes."""
    return cast(Agreement, record_of(one, ctx.rules.known))


def listed(
    ctx: Context,
    status: AgreementStatus | None,
    owner: str | None,
    consumer: str | None,
    measure: str | None,
    *,
    needs_attention: bool | None,
) -> list[Agreement]:
    """The caller's agreements. Those that need attention are looked for among all versions, as one may wait for a
    signature while another is in force."""
    kept, who = ctx.kept, ctx.caller
    if needs_attention is None:
        return [
            told(ctx, one) for one in kept.listed(who, status=status, owner=owner, consumer=consumer, measure=measure)
        ]
    every = {
        (one.id, one.version): one
        for state in ((status,) if status else (*AgreementStatus,))
        for one in kept.listed(who, status=state, owner=owner, consumer=consumer, measure=measure)
    }
    chosen = [one for _, one in sorted(every.items()) if bool(kept.attention(who, one, ctx.now)) is needs_attention]
    return [told(ctx, one) for one in chosen]


def record_of(one: Version, known: Known) -> Record:
    """The terms of a version, or its draft."""
    try:
        return one.agreement(known)
    except PolicyError:
        return _draft(one)


def _draft(one: Version) -> Draft:
    content = one.content
    scope, purpose = _section(content, "scope"), _section(content, "purpose")
    breakdowns = _words(scope.get("breakdowns"), list)
    return Draft(
        id=one.id,
        version=one.version,
        title=str(content.get("title") or one.id),
        owner=one.owner,
        consumer=one.consumer,
        statement=purpose.get("statement"),
        finest=AreaLevel(scope["finest"]) if scope.get("finest") in set(AreaLevel) else None,
        within=scope.get("within"),
        purposes=frozenset(_words(purpose.get("purposes"), str)),
        roles=frozenset(_words(scope.get("roles"), str)),
        measures=tuple(_words(scope.get("measures"), str)),
        breakdowns=frozenset(frozenset(Facet(facet) for facet in one if facet in set(Facet)) for one in breakdowns),
        gateways=tuple(_words(_section(content, "legal").get("gateways"), str)),
        content=content,
        content_hash=one.content_hash,
        status=one.state,
    )


def _section(content: Content, key: str) -> Content:
    section: object = content.get(key)
    return cast(Content, section) if isinstance(section, dict) else {}


def _words(value: object, kind: type) -> list[Any]:
    return [one for one in cast(list[object], value) if isinstance(one, kind)] if isinstance(value, list) else []


def _version(ctx: Context, source: object) -> Version | None:
    record = _record(source)
    return ctx.kept.version(record.id, record.version)


def _event(event: Event) -> AgreementEvent:
    return AgreementEvent(
        version=event.version, move=event.move, before=event.before, after=event.after, at=event.at, by=event.subject,
        organisation=event.organisation, party=event.party, comment=event.comment, content_hash=event.content_hash,
        simulation_hash=event.simulation_hash, signed=event.signature is not None,
    )  # fmt: skip


def question(asked: AskedQuestion) -> Question:
    """A question as the schema has it."""
    return Question(
        key=asked.key, text=asked.text, step=asked.step or None, allowed=list(asked.allowed), answered=asked.answered,
        problem=asked.problem or None,
    )  # fmt: skip
