"""Demand: which departments' wants are met, which are not, and what would meet them."""

from datetime import date, datetime, timedelta
from typing import Any, cast

import strawberry
from strawberry.scalars import JSON

from policies.caller import Caller
from reference.area import AreaLevel
from reference.facets import Facet
from reference.london import from_london, london_day
from schema.agreement import Agreement, told
from schema.agreement_terms import as_input
from schema.context import Context
from schema.errors import BadInput
from schema.vocabulary import described
from trust.demand.lives import Life, lives
from trust.demand.measured import Arrangement, Between, Met, measured
from trust.demand.misses import Miss, MissKind, missed
from trust.demand.recorded import kinds

# Days that are looked at by default and at most, and items of each list: those there were most of, and the last months.
# schema.answer_size counts with as many.
DAYS, MOST_DAYS = 90, 1_096
MOST, UNMET, MONTHS = 100, 32, 400

described(
    MissKind,
    "MissKind",
    "Why something that was wanted is not there.",
    {
        "NOT_PUBLISHED": "Its publisher does not publish it for the places, periods or facets that were asked for.",
        "NOT_OFFERED": "No source of this gateway has it.",
        "UNKNOWN_NAME": "A name that no measure has; the measure is the one with the nearest name.",
        "NOTHING_FOUND": "A search of the measures that found none.",
    },
)


@strawberry.type(description="Operations of one consumer that wanted data of one owner.")
class DemandBetween:
    owner: str = strawberry.field(description="The department whose data it is.")
    consumer: str | None = strawberry.field(description="Who asked; null for the public.")
    met: int = strawberry.field(description="Operations that were given some of it.")
    unmet: int = strawberry.field(description="Operations that were refused some of it. One can be both.")


@strawberry.type(description="The same, of one month.")
class DemandMonth:
    month: str = strawberry.field(description="As in 2026-11.")
    owner: str = strawberry.field(description="The department whose data it is.")
    consumer: str | None = strawberry.field(description="Who asked; null for the public.")
    met: int = strawberry.field(description="Operations that were given some of it.")
    unmet: int = strawberry.field(description="Operations that were refused some of it. One can be both.")


@strawberry.type(description="A field that was refused.")
class UnmetField:
    coordinate: str = strawberry.field(description="The field.")
    operations: int = strawberry.field(description="In how many operations.")


@strawberry.type(description="What one owner refused to one consumer for one purpose, and what would allow it.")
class UnmetDemand:
    owner: str = strawberry.field(description="The department that refused.")
    consumer: str | None = strawberry.field(description="Who asked; null for the public.")
    purpose: str | None = strawberry.field(description="For what; null where none was stated.")
    operations: int = strawberry.field(description="Operations that were refused something.")
    since_met: int = strawberry.field(description="Of these, those that would be answered today.")
    untold: int = strawberry.field(description="Of these, those whose record does not say enough to decide them again.")
    fields: list[UnmetField] = strawberry.field(description="What was refused, the most frequent first.")
    levels: list[AreaLevel] = strawberry.field(description="The levels of place that are refused still.")
    breakdowns: list[list[Facet]] = strawberry.field(description="The sets of facets that are refused still.")
    first: date | None = strawberry.field(description="The first day of the figures that are refused still.")
    last: date | None = strawberry.field(description="The last day of the figures that are refused still.")
    last_asked: datetime = strawberry.field(description="When it was last refused.")
    draft: JSON | None = strawberry.field(
        description="Terms that would allow it, as the argument terms of proposeAgreement, as far as they follow from "
        "what was asked; null where no agreement could allow it, or nothing is refused still."
    )
    would_answer: int | None = strawberry.field(
        description="Operations that would be answered in all that this owner refused, if an agreement of these terms "
        "were in force, under a law that carries them; null without a draft."
    )


@strawberry.type(description="Something that was wanted and is not there, whoever may read it.")
class MissedDemand:
    kind: MissKind = strawberry.field(description="Why it is not there.")
    measure: str | None = strawberry.field(description="The measure, or the one with the nearest name; null for none.")
    consumer: str | None = strawberry.field(description="Who asked; null for the public.")
    purpose: str | None = strawberry.field(description="For what; null where none was stated.")
    level: AreaLevel | None = strawberry.field(description="The finest level of place that was asked for.")
    breakdown: list[Facet] = strawberry.field(description="The facets that were asked for.")
    year: int | None = strawberry.field(description="The last year that was asked for.")
    times: int = strawberry.field(description="How often.")


@strawberry.type(description="How an agreement came about, and how it is used.")
class AgreementDemand:
    agreement: Agreement = strawberry.field(description="The agreement.")
    in_force: bool = strawberry.field(description="Whether it is in force now.")
    operations: int = strawberry.field(description="Operations that read something under it.")
    figures: int = strawberry.field(description="Figures that were shown or suppressed.")
    last_used: datetime | None = strawberry.field(description="When last; null where it was not used.")
    days_to_proposal: float | None = strawberry.field(
        description="Days from the first refusal of what it covers until it was submitted; null where not known."
    )
    days_to_signature: float | None = strawberry.field(
        description="Days from then until the last who must had signed it; null where not known."
    )
    days_to_use: float | None = strawberry.field(
        description="Days from then until it was first used; null where not known."
    )


@strawberry.type(
    description="What was asked for, met and unmet, counted from the record: of everybody for trustees and auditors, "
    "for others of what they own or asked for."
)
class Demand:
    since: date = strawberry.field(description="The first day that is looked at.")
    until: date = strawberry.field(description="The last day that is looked at.")
    operations: int = strawberry.field(description="Operations that were looked at.")
    untold: int = strawberry.field(
        description="Operations that were not, as there were too many different ones: the rarest. Of everybody."
    )
    between: list[DemandBetween] = strawberry.field(description="By owner and consumer, the most operations first.")
    months: list[DemandMonth] = strawberry.field(description="The same over time, the last months.")
    unmet: list[UnmetDemand] = strawberry.field(
        description="What was refused, that first of which an agreement would answer the most."
    )
    missed: list[MissedDemand] = strawberry.field(
        description="What is not there, the most frequent first. It is written once a minute."
    )
    agreements: list[AgreementDemand] = strawberry.field(description="Agreements, the most used first.")


def demand(ctx: Context, since: date | None, until: date | None, owner: str | None, consumer: str | None) -> Demand:
    """Demand over some days, as far as it is the caller's business. Raises BadInput."""
    last = until or london_day(ctx.now)
    if not date(2000, 1, 1) <= last <= date(2999, 1, 1):
        raise BadInput("until", f"{last} is not a day that anything was asked on.")
    first = since or last - timedelta(days=DAYS)
    if first > last:
        raise BadInput("since", f"{first} is later than {last}.")
    if (last - first).days > MOST_DAYS:
        raise BadInput("since", f"{first} is more than {MOST_DAYS} days before {last}.")
    begin, end = from_london(first), from_london(last + timedelta(days=1))
    caller, connection = ctx.caller, ctx.kept.connection

    def concerns(pair: Between) -> bool:
        wanted = owner in (None, pair.owner) and consumer in (None, pair.consumer)
        return wanted and _is_business_of(caller, pair)

    recorded, untold = kinds(connection, begin, end)
    found = measured(ctx.rules, ctx.book, recorded, concerns, ctx.now)
    versions = ctx.kept.listed(caller, owner=owner, consumer=consumer)
    return Demand(
        since=first,
        until=last,
        operations=found.operations,
        untold=untold,
        between=[_between(pair, met) for pair, met in found.between.items()][:MOST],
        months=[_month(month, pair, met) for (month, pair), met in found.months.items()][-MONTHS:],
        unmet=[_unmet(one) for one in found.unmet[:UNMET]],
        missed=[_missed(miss, times) for miss, times in missed(connection, first, last) if _shown(ctx, miss, concerns)][
            :MOST
        ],
        agreements=[_agreement(ctx, life) for life in lives(connection, ctx.rules, versions, begin, end)[:MOST]],
    )


def _is_business_of(caller: Caller, pair: Between) -> bool:
    return caller.oversees or (caller.organisation is not None and caller.organisation in pair)


def _shown(ctx: Context, miss: Miss, concerns: Any) -> bool:
    """Whether a miss is told: what has no measure is the business of who asked, and of those who oversee."""
    measure = ctx.rules.measures.get(miss.measure)
    return concerns(Between(measure.owner.value if measure else "", miss.organisation or None))


def _between(pair: Between, met: Met) -> DemandBetween:
    return DemandBetween(owner=pair.owner, consumer=pair.consumer, met=met.met, unmet=met.unmet)


def _month(month: str, pair: Between, met: Met) -> DemandMonth:
    return DemandMonth(month=month, owner=pair.owner, consumer=pair.consumer, met=met.met, unmet=met.unmet)


def _unmet(one: Arrangement) -> UnmetDemand:
    accesses = list(one.accesses)
    levels = {level for access in accesses for level in access.levels}
    breakdowns = {access.facets for access in accesses if access.facets}
    ordered = (sorted(facets, key=list(Facet).index) for facets in breakdowns)
    return UnmetDemand(
        owner=one.owner, consumer=one.consumer, purpose=one.purpose, operations=one.operations,
        since_met=one.since_met, untold=one.untold,
        fields=[UnmetField(coordinate=name, operations=count) for name, count in one.fields.most_common()],
        levels=[level for level in AreaLevel if level in levels],
        breakdowns=sorted(ordered, key=lambda facets: (len(facets), facets)),
        first=min((access.first for access in accesses), default=None),
        last=max((access.last for access in accesses), default=None),
        last_asked=cast(datetime, one.last),
        draft=cast(JSON, as_input(one.draft)) if one.draft else None,
        would_answer=one.would_answer,
    )  # fmt: skip


def _missed(miss: Miss, times: int) -> MissedDemand:
    return MissedDemand(
        kind=miss.kind, measure=miss.measure or None, consumer=miss.organisation or None,
        purpose=miss.purpose or None, level=AreaLevel(miss.level) if miss.level else None,
        breakdown=[Facet(facet) for facet in miss.breakdown.split(",") if facet], year=miss.year or None, times=times,
    )  # fmt: skip


def _agreement(ctx: Context, life: Life) -> AgreementDemand:
    return AgreementDemand(
        agreement=told(ctx, life.version), in_force=life.in_force(ctx.now), operations=life.operations,
        figures=life.figures, last_used=life.last_use, days_to_proposal=_days(life.first_refusal, life.proposed),
        days_to_signature=_days(life.proposed, life.signed), days_to_use=_days(life.signed, life.first_use),
    )  # fmt: skip


def _days(before: datetime | None, after: datetime | None) -> float | None:
    """Days between two moments, where both are known and in order."""
    return round((after - before).total_seconds() / 86_400, 2) if before and after and before <= after else None
