"""What is not a mistake but may surprise: why a whole column has nothing, told beside the answer with the way out."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from policies.agreement import Agreement
from policies.decision import AgreementRef, Grant
from reference.facets import Facet
from reference.london import london_day
from reference.measure import Measure, Measures
from reference.period import PeriodKind
from resolvers.extents import Extent, Extents
from resolvers.market_selection import Fill, MarketSelection, ResponsePath
from resolvers.plan import Cause, Plan, PlannedField, carried
from resolvers.stitch import Sheet

# How long before its review, or its end, an agreement is warned of.
AHEAD = timedelta(days=90)


class Warned(NamedTuple):
    """One entry of `extensions.warnings`. `path`: response keys, with * for every index of a list."""

    message: str
    path: tuple[str, ...]
    remedy: str


def warnings(plan: Plan, extents: Extents) -> tuple[Warned, ...]:
    """One for each selection of a measure and each thing about it that may surprise."""
    return tuple(
        Warned(message, everywhere(path), remedy)
        for demand, field in plan.fields
        for message, remedy in _about(demand, field, extents.of(field.measure))
        for path in demand.measures[field.measure.name]
    )


def outdated(sheets: Iterable[Sheet], measures: Measures) -> tuple[Warned, ...]:
    """One for each selection of a measure that shows an old answer, because its department did not give a new one."""
    return tuple(
        Warned(
            f"{measures[name].title}: {table.outdated.department} did not answer; these are its figures of "
            f"{table.retrieved_at:%Y-%m-%d %H:%M} UTC.",
            everywhere(path),
            "Ask again later for the figures of then.",
        )
        for sheet in sheets
        for name, table in sheet.outdated.items()
        if table.outdated
        for path in sheet.demand.measures[name]
    )


def reviews(plan: Plan, agreements: Mapping[AgreementRef, Agreement], now: datetime) -> Iterator[Warned]:
    """One for each agreement that a plan rests on and that is soon to be reviewed, or ends soon."""
    soon = (now + AHEAD).date()
    for ref, one in agreements.items():
        selected = (
            path
            for demand, field in plan.fields
            if isinstance(field.decision, Grant) and ref in field.decision.agreements
            for path in demand.measures[field.measure.name]
        )
        path, stewards = everywhere(next(selected)), f"Ask the data stewards of {one.consumer} and {one.owner}"
        if one.not_after.date() <= soon:
            ends = london_day(one.not_after - timedelta(seconds=1))
            yield Warned(f"{ref.id} ends on {ends}.", path, f"{stewards} to renew it.")
        elif one.review_by <= soon:
            message = f"{ref.id} is to be reviewed by {one.review_by}: after that day it is suspended."
            yield Warned(message, path, f"{stewards} to review it.")


def everywhere(path: ResponsePath) -> tuple[str, ...]:
    """A response path with * for every index of a list."""
    return tuple("*" if isinstance(step, int) else step for step in path)


def _about(selection: MarketSelection, field: PlannedField, extent: Extent | None) -> Iterator[tuple[str, str]]:
    """(message, remedy) of everything about one field that may surprise."""
    if field.absent:
        yield _absent(selection, field.measure, field.absent.cause)
    elif field.parts and extent:
        yield from _beyond(selection, field, extent)


def _absent(selection: MarketSelection, measure: Measure, cause: Cause) -> tuple[str, str]:
    """Why a measure has no figure at all, and the way out."""
    title = measure.title
    match cause:
        case Cause.FACETS:
            message = f"{title}: not published by {_listed(selection.by)}."
            published = f"by {_listed(measure.facets, 'or')}, or " if measure.facets else ""
            lacking = [facet for facet in selection.by if facet not in measure.facets]
            if not lacking:
                message = f"{title}: not published by {_listed(selection.by)} together."
            remedy = f'Ask for it {published}without by; see breakdowns of measure(name: "{measure.name}").'
        case Cause.GROUPS:
            message = f"{title}: not published for any of these groups by {_listed(selection.by)}."
            remedy = "Ask for it in a labourMarket of its own: the groups are then those that it is published for."
        case Cause.PERIODS:
            message = f"{title}: a figure for each {_word(measure.every)}, and no row here ends when one does."
            remedy = f"Ask with every: {measure.every}"
            remedy += ", or with fill: LATEST." if selection.fill is Fill.NONE else ", or for later periods."
        case Cause.PLACES:
            message = f"{title}: not published for any of these places."
            remedy = f"Ask for other places; the finest level it is published for is {measure.finest}."
    return message, remedy


def _beyond(selection: MarketSelection, field: PlannedField, extent: Extent) -> Iterator[tuple[str, str]]:
    """Rows after the newest figure, or before the first."""
    title, layout = field.measure.title, field.parts[0].layout
    first, latest = extent
    stands = carried(latest.kind) if layout.latest else 0
    periods = [row for row, at in zip(selection.periods, layout.period_at, strict=True) if at >= 0]
    after = [row for row in periods if row.last > latest.last + stands]
    before = [row for row in periods if row.last < first.last]
    if after:
        yield (
            f"{title}: the newest figure is for {latest.code}; rows from {after[0].code} on have none.",
            f"Ask for periods up to {latest.code}, or for {{last: {len(selection.periods)}}}.",
        )
    if before:
        yield (
            f"{title}: the first figure is for {first.code}; rows up to {before[-1].code} have none.",
            f"Ask for periods from {first.code} on.",
        )


def _listed(facets: Iterable[Facet], word: str = "and") -> str:
    *some, last = list(facets)
    return f"{', '.join(some)} {word} {last}" if some else str(last)


def _word(every: PeriodKind) -> str:
    return every.replace("_", " ").lower()
