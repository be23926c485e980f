"""Who the caller is here, and what they may read."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

import strawberry

from policies.agreement import Agreement as Record
from policies.decide import decide
from policies.decision import Access, Grant
from reference.area import AreaLevel
from reference.facets import Facet
from schema.agreement import Agreement
from schema.context import Context, context


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
