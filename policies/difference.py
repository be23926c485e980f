"""What would be decided otherwise: every decision that differs between two books of agreements, and no other.

The domain is every request by callers of an organisation, in roles that the Trust knows, for a purpose that it knows
and their token allows: without any of these no agreement counts. What is one's own or published is decided before the
agreements are looked at, so it stays as it is; nothing else of a book is read for a decision than the consumer's
agreements that name the measure, or what the measure is computed from, so only where these differ can it differ.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from policies.agreement import Agreement, AgreementStatus
from policies.book import Book
from policies.caller import PURPOSES, ROLES
from policies.cells import Cell, cells, joined_cells, ordered
from policies.decision import AgreementRef
from policies.domain import Box, boxes, domain
from policies.obligation import Obligation, strictest
from policies.places import Inside, Places, places_of
from policies.rules import Rules
from policies.spans import Spans, joined
from reference.area import AreaLevel
from reference.facets import Facet
from reference.measure import Measure


class Outcome(StrEnum):
    """How a decision changes."""

    ALLOWED = "newly allowed"
    REFUSED = "newly refused"
    TREATED = "treated differently"


class Terms(NamedTuple):
    """On which terms something is allowed: under which agreements, and what is done to the figures first."""

    agreements: tuple[AgreementRef, ...]
    obligations: tuple[Obligation, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """Requests whose decisions change alike: every combination of what is listed.

    `roles`: those that a caller has. Most are one; several are listed where a caller who has them all is decided as
    none is who has fewer of them. `levels`: in the same way, those of a request. A breakdown is a set of facets, the
    empty one of figures without any. `before`, `after`: None where it is refused.
    """

    organisation: str
    outcome: Outcome
    before: Terms | None
    after: Terms | None
    roles: tuple[tuple[str, ...], ...]
    purposes: tuple[str, ...]
    measures: tuple[str, ...]
    levels: tuple[tuple[AreaLevel, ...], ...]
    breakdowns: tuple[tuple[Facet, ...], ...]
    periods: tuple[Spans, ...]
    within: tuple[Places, ...]


def difference(rules: Rules, before: Book, after: Book, now: datetime) -> list[Change]:
    """Every decision that is not the same by both books at a moment, each in one Change. Both are taken to be the
    latest."""
    changes: dict[Change, set[str]] = {}
    for organisation, measure in _touched(rules, before, after):
        for change in _changes(rules, measure, organisation, before, after, now):
            changes.setdefault(change, set()).add(measure.name)
    order = list(rules.measures)
    named = [replace(one, measures=tuple(sorted(names, key=order.index))) for one, names in changes.items()]
    return sorted(named, key=lambda one: (one.organisation, list(Outcome).index(one.outcome), repr(one)))


def as_if_in_force(book: Book, candidate: Agreement, now: datetime) -> tuple[Book, datetime]:
    """The book with an agreement in force, whatever its state, in place of its other versions; and the moment at which
    to compare: now, or when its term begins."""
    for ref in [one.ref for one in book if one.id == candidate.id]:
        book = book.without(ref)
    return book.with_(replace(candidate, status=AgreementStatus.ACTIVE)), max(now, candidate.not_before)


def _touched(rules: Rules, before: Book, after: Book) -> Iterator[tuple[str, Measure]]:
    """The organisations and measures of which an agreement is in one book alone."""
    gone = [one for one in before if after.get(one.ref) is not one]
    new = [one for one in after if before.get(one.ref) is not one]
    touched = {(one.consumer, name) for one in (*gone, *new) for name in one.measures}
    for organisation in sorted({consumer for consumer, _ in touched}):
        for measure in rules.measures.values():
            if any((organisation, name) in touched for name in measure.inputs or (measure.name,)):
                yield organisation, measure


def _changes(
    rules: Rules, measure: Measure, organisation: str, before: Book, after: Book, now: datetime
) -> Iterator[Change]:
    """The changes of one organisation and one measure, whose name is left out."""
    needed = measure.inputs or (measure.name,)

    def covered(book: Book) -> list[Box]:
        told = {name: book.part(organisation).candidates(name).told(now) for name in needed}
        in_force = {name: [one for one in told[name] if one.in_force(now)] for name in needed}
        return [box for name in needed for box in boxes(rules, rules.measures[name], organisation, in_force[name])]

    old, new = covered(before), covered(after)
    bits = {box: 1 << bit for bit, box in enumerate(dict.fromkeys((*old, *new)))}
    differing = sum(bits[box] for box in set(old) ^ set(new))
    axes = domain(rules, measure, list(bits))
    everywhere = frozenset[Inside]().union(*axes.places.values())

    @cache
    def change(mask: int) -> Change | None:
        then, next_ = (_terms([box for box in of if mask & bits[box]], needed) for of in (old, new))
        outcome = _outcome(then, next_)
        return Change(organisation, outcome, then, next_, (), (), (), (), (), (), ()) if outcome else None

    alike: dict[Change, list[Cell]] = {}
    for mask, cell in cells(axes, (1 << len(bits)) - 1, differing):
        if found := change(mask):
            alike.setdefault(found, []).append(cell)
    for found, several in alike.items():
        for roles, purposes, levels, breakdowns, periods, places in joined_cells(several):
            yield replace(
                found,
                roles=ordered(roles, list(ROLES)),
                purposes=tuple(name for name in PURPOSES if name in purposes),
                levels=ordered(levels, list(AreaLevel)),
                breakdowns=ordered(breakdowns, list(Facet)),
                periods=joined(periods),
                within=places_of(places, everywhere),
            )


def _terms(covering: Sequence[Box], needed: Sequence[str]) -> Terms | None:
    """On which terms a request is allowed that lies in these boxes: the first of each measure that is needed counts."""
    first = {box.measure: box for box in reversed(covering)}
    if len(first) < len(needed):
        return None
    deciding = [first[name] for name in needed]
    agreements = tuple(dict.fromkeys(ref for box in deciding for ref in box.agreements))
    return Terms(agreements, strictest(obligation for box in deciding for obligation in box.obligations))


def _outcome(before: Terms | None, after: Terms | None) -> Outcome | None:
    """How the decision changes, if it does: that other agreements come to the same is no change."""
    if before and after:
        return Outcome.TREATED if before.obligations != after.obligations else None
    return Outcome.ALLOWED if after else Outcome.REFUSED if before else None
