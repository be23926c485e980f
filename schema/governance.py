"""Agreements, and who the caller is here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

import strawberry

from policies.agreement import Agreement as Record
from policies.agreement import AgreementStatus
from policies.decide import decide
from policies.decision import Access, Grant
from reference.area import AreaLevel
from reference.facets import Facet
from schema.context import Context, context
from schema.vocabulary import AreaCode, described

# The organisation of trustees and auditors: a role alone is an issuer's word about its own people.
TRUST = "TRUST"
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


@strawberry.type(description="A data-sharing agreement: what an owner shares with a consumer, for what, on what terms.")
class Agreement:
    id: strawberry.ID = strawberry.field(description="As in DSA-001.")
    version: int = strawberry.field(description="Rises with every amendment.")
    title: str = strawberry.field(description="What it is about.")
    owner: str = strawberry.field(description="The department that shares.")
    consumer: str = strawberry.field(description="The organisation it shares with.")
    statement: str = strawberry.field(description="What the figures will be used for.")
    finest: AreaLevel = strawberry.field(description="The finest level of place it covers.")
    within: AreaCode | None = strawberry.field(description="The place it is limited to; null for everywhere.")
    not_before: datetime = strawberry.field(description="In force from this moment.")
    not_after: datetime = strawberry.field(description="In force until this moment.")
    review_by: date = strawberry.field(description="To be reviewed by this day.")
    content_hash: str = strawberry.field(
        description="SHA-256 of its record, by which two parties compare what they hold."
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
        return [register[gateway].citation for gateway in _record(self).gateways]

    @strawberry.field(description="What is done to figures before they are shown, in words.")
    def obligations(self) -> list[str]:
        return [obligation.words for obligation in _record(self).obligations]


def _record(source: object) -> Record:
    return cast(Record, source)


@dataclass(frozen=True, slots=True)
class ReadableRecord:
    coordinate: str
    finest: AreaLevel
    facets: list[Facet]
    basis: str
    agreement: Record | None


@strawberry.type(description="A field that you may read, how fine, and why.")
class Readable:
    coordinate: str = strawberry.field(description="Schema coordinate of the field.")
    finest: AreaLevel = strawberry.field(description="The finest level of place you may read.")
    facets: list[Facet] = strawberry.field(description="By these facets together; none: without facets.")
    basis: str = strawberry.field(description="PUBLISHED, OWN or AGREEMENT.")
    agreement: Agreement | None = strawberry.field(description="The agreement that allows it, if one does.")


@strawberry.type(description="Who you are here.")
class Caller:
    subject: str = strawberry.field(description='Your token\'s subject; "public" without a token.')
    organisation: str | None = strawberry.field(description="Your organisation; null for the public.")
    roles: list[str] = strawberry.field(description="Your roles.")
    purposes: list[str] = strawberry.field(description="Purposes your token allows.")
    purpose: str | None = strawberry.field(description="The purpose of this request.")

    @strawberry.field(description="What you may read for this purpose: each field, the finest first.")
    def may_read(self, info: strawberry.Info) -> list[Readable]:
        return cast(list[Readable], list(readable(context(info))))


@dataclass(frozen=True, slots=True)
class CallerRecord:
    subject: str
    organisation: str | None
    roles: list[str]
    purposes: list[str]
    purpose: str | None


def caller(ctx: Context) -> Caller:
    """The caller of this request."""
    who = ctx.caller
    return cast(
        Caller, CallerRecord(who.subject, who.organisation, sorted(who.roles), sorted(who.purposes), ctx.purpose)
    )


def agreements(ctx: Context, status: AgreementStatus | None, owner: str | None) -> list[Agreement]:
    """Agreements the caller's organisation is party to; trustees and auditors see every one."""
    who = ctx.caller
    overseer = who.organisation == TRUST and bool({"trustee", "auditor"} & who.roles)
    mine = (
        agreement
        for agreement in ctx.book
        if overseer or (who.organisation is not None and who.organisation in (agreement.owner, agreement.consumer))
    )
    fit = (
        agreement
        for agreement in mine
        if (status is None or agreement.state(ctx.now) is status) and owner in (None, agreement.owner)
    )
    return cast(list[Agreement], sorted(fit, key=lambda agreement: agreement.id))


def readable(ctx: Context) -> Iterable[ReadableRecord]:
    """For each field, the finest level the caller may read without facets and by each breakdown, where it may.

    Places are asked for as a whole: what an agreement allows inside one place only is shown at that place.
    """
    for name, measure in ctx.catalogue.measures.items():
        published = (
            breakdown for holding in ctx.catalogue.holdings(measure)[:1] for breakdown in holding.dataset.breakdowns
        )
        breakdowns = [frozenset[Facet](), *(facets for facets in published if facets <= set(measure.facets))]
        for facets in breakdowns:
            levels = [level for level in reversed(AreaLevel) if level.rank <= measure.finest.rank]
            for level in levels:
                granted = _granted(ctx, name, level, facets)
                if granted is not None:
                    agreement = ctx.book.get(granted.agreements[0]) if granted.agreements else None
                    ordered = sorted(facets, key=list(Facet).index)
                    yield ReadableRecord(measure.coordinate, level, ordered, granted.basis.value, agreement)
                    break


def _granted(ctx: Context, name: str, level: AreaLevel, facets: frozenset[Facet]) -> Grant | None:
    for areas in ((), *((place,) for place in sorted(ctx.book.part(ctx.caller.organisation).candidates(name).limits))):
        codes = areas or (ctx.gazetteer.at(AreaLevel.UK)[0].code,)
        access = Access(name, frozenset({level}), facets, codes, ctx.now.date(), ctx.now.date())
        decision = decide(ctx.rules, ctx.book, ctx.caller, ctx.purpose, access, ctx.now)
        if isinstance(decision, Grant):
            return decision
    return None
