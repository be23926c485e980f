"""Who may read what: one decision for each field, with its reason, before any department is asked."""

from bisect import bisect_left, bisect_right
from dataclasses import replace
from datetime import datetime

from policies.book import Book, Part
from policies.caller import Caller
from policies.cedar import EVERYWHERE, context
from policies.decision import ALWAYS, Access, Basis, Grant, Refusal
from policies.explain import explain, explain_own, explain_unconfirmed
from policies.obligation import strictest
from policies.rules import Rules
from reference.facets import Facet
from reference.measure import Measure


def decide(
    rules: Rules, book: Book, caller: Caller, purpose: str | None, access: Access, now: datetime
) -> Grant | Refusal:
    """Grant or Refusal for one field. Where the book is not known to be the latest, what needs an agreement of it is
    refused."""
    decision, measure = _remembered(rules, book, caller, purpose, access, now), rules.measures[access.measure]
    if caller.organisation in (None, measure.owner):
        return decision
    if not book.confirmed and not (isinstance(decision, Grant) and not decision.agreements):
        return explain_unconfirmed(measure)
    return replace(decision, wanted=access) if isinstance(decision, Refusal) else decision


def _remembered(
    rules: Rules, book: Book, caller: Caller, purpose: str | None, access: Access, now: datetime
) -> Grant | Refusal:
    """A decision is remembered by all that it can depend on: the consumer's part of the book, which of its agreements
    have begun or ended, what is known of the caller, and what is wanted."""
    part = book.part(caller.organisation)
    names = rules.measures[access.measure].inputs or (access.measure,)
    eras = [_era(part, name, now) for name in names]
    key = (
        tuple(era for era, _ in eras), caller.organisation, caller.roles, caller.purposes, purpose, access.measure,
        access.levels, access.facets, _where(rules, part, access), _when(rules, part, access),
    )  # fmt: skip
    known = part.memo.get(key)
    if known is None:
        known = _decide(rules, book, caller, purpose, access, now, min(until for _, until in eras))
        part.memo.keep(key, known)
    return known


def _decide(
    rules: Rules, book: Book, caller: Caller, purpose: str | None, access: Access, now: datetime, until: datetime
) -> Grant | Refusal:
    """The decision itself: as its owner, as published, or by the first agreement that permits it."""
    measure = rules.measures[access.measure]
    if measure.inputs:
        return _derived(rules, book, measure, caller, purpose, access, now)
    part = book.part(caller.organisation)
    inside = _where(rules, part, access)
    facts = context(access.levels, access.facets, inside, access.first, access.last, now)
    permitted = rules.cedar.permit(caller, measure.name, facts, None, purpose)
    if permitted == "own":
        return Grant(measure.coordinate, Basis.OWN, (), (), until)
    if permitted == "published":
        return Grant(measure.coordinate, Basis.PUBLISHED, (), rules.published(measure), until)
    candidates = part.candidates(measure.name)
    for candidate in candidates.told(now):
        # Cedar decides: what the agreement plainly does not cover, it need not be asked about.
        if not candidate.covers(caller, purpose, access, inside):
            continue
        if rules.cedar.permit(caller, measure.name, facts, candidate, purpose) == "agreement":
            obligations, stale = strictest(candidate.obligations), candidate.stale_answers
            return Grant(measure.coordinate, Basis.AGREEMENT, (candidate.ref,), obligations, until, stale=stale)
    if caller.organisation == measure.owner:
        return explain_own(measure, rules.own(measure.owner), caller, purpose, until)
    return explain(measure, candidates.told(now), caller, purpose, access, inside, rules.gazetteer, now, until)


def _derived(
    rules: Rules, book: Book, measure: Measure, caller: Caller, purpose: str | None, access: Access, now: datetime
) -> Grant | Refusal:
    """A derived field is granted when every input is, under the obligations of all of them."""
    grants: list[Grant] = []
    for name in measure.inputs:
        needed = rules.measures[name]
        facets = facets_of_input(needed, access.facets)
        needed_access = Access(name, access.levels, facets, access.areas, access.first, access.last)
        decision = _remembered(rules, book, caller, purpose, needed_access, now)
        if isinstance(decision, Refusal):
            reason = f"{measure.title} is computed from {needed.title}. {decision.reason}"
            return replace(decision, coordinate=measure.coordinate, reason=reason)
        grants.append(decision)
    bases = [grant.basis for grant in grants]
    return Grant(
        measure.coordinate,
        next((basis for basis in (Basis.AGREEMENT, Basis.OWN) if basis in bases), Basis.PUBLISHED),
        tuple(dict.fromkeys(ref for grant in grants for ref in grant.agreements)),
        strictest(tuple(obligation for grant in grants for obligation in grant.obligations)),
        min(grant.until for grant in grants),
        all(grant.stale for grant in grants),
        dict(zip(measure.inputs, grants, strict=True)),
    )


def facets_of_input(needed: Measure, facets: frozenset[Facet]) -> frozenset[Facet]:
    """The facets that one input is asked by, where a field that is computed from it is asked by these."""
    own = facets & set(needed.facets)
    return own | {Facet.AGE_BAND} if needed.name == "population" else own


def _era(part: Part, measure: str, now: datetime) -> tuple[int, datetime]:
    """How many times an agreement that names the measure has begun or ended by now, and when one does so next."""
    boundaries = part.candidates(measure).boundaries
    era = bisect_right(boundaries, now)
    return era, boundaries[era] if era < len(boundaries) else ALWAYS


def _when(rules: Rules, part: Part, access: Access) -> tuple[int, ...]:
    """How many of the consumer's agreements, by their spans, begin too late to cover the first day asked for, and how
    many end before the last: two requests of which that is the same are the same to every one of them."""
    positions: list[int] = []
    for name in rules.measures[access.measure].inputs or (access.measure,):
        begin, end = part.candidates(name).spans
        positions += (bisect_right(begin, access.first), bisect_left(end, access.last))
    return tuple(positions)


def _where(rules: Rules, part: Part, access: Access) -> frozenset[str]:
    """Places that hold every area asked for, of those that an agreement of the consumer is limited to. None holds areas
    that are unknown, or not told."""
    names = rules.measures[access.measure].inputs or (access.measure,)
    limits = {place for name in names for place in part.candidates(name).limits}
    if not limits or not access.areas:
        return frozenset((EVERYWHERE,))
    areas = [rules.gazetteer.get(code) for code in access.areas]
    inside = (
        place for place in limits if all(area is not None and rules.gazetteer.inside(area, place) for area in areas)
    )
    return frozenset((EVERYWHERE, *inside))
