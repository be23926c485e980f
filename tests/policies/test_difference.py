"""What would be decided otherwise, held to the decisions themselves."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.agreement import Agreement
from policies.book import Book
from policies.caller import Caller
from policies.decide import decide
from policies.decision import Access, Grant
from policies.difference import Change, Outcome, Terms, difference
from tests.policies.books import RULES, pairs, requests
from tests.policies.conftest import NOW

Decided = tuple[Terms | None, Terms | None]


def decided(before: Book, after: Book, who: Caller, purpose: str | None, wanted: Access) -> Decided:
    def terms(book: Book) -> Terms | None:
        decision = decide(RULES, book, who, purpose, wanted, NOW)
        return Terms(decision.agreements, decision.obligations) if isinstance(decision, Grant) else None

    return terms(before), terms(after)


def changed(decisions: Decided) -> Outcome | None:
    before, after = decisions
    if before and after:
        return Outcome.TREATED if before.obligations != after.obligations else None
    return Outcome.ALLOWED if after else Outcome.REFUSED if before else None


def touches(change: Change, who: Caller, purpose: str | None, wanted: Access, *, whole: bool) -> bool:
    """Whether a request is one of a change's; unless whole, whether a part of it is: some of its roles and levels."""
    areas = [RULES.gazetteer[code] for code in wanted.areas]

    def inside(place: str) -> bool:
        return bool(areas) and all(RULES.gazetteer.inside(area, place) for area in areas)

    def listed(sets: Sequence[Sequence[str]], values: frozenset[Any]) -> bool:
        return any(frozenset(one) == values or (not whole and frozenset(one) <= values) for one in sets)

    return (
        change.organisation == who.organisation
        and wanted.measure in change.measures
        and purpose in change.purposes
        and listed(change.roles, who.roles)
        and listed(change.levels, wanted.levels)
        and wanted.facets in {frozenset(facets) for facets in change.breakdowns}
        and any(
            span.first_from <= wanted.first <= span.first_to and span.last_from <= wanted.last <= span.last_to
            for span in change.periods
        )
        and any(
            all(inside(place) for place in one.inside) and not any(inside(place) for place in one.outside)
            for one in change.within
        )
    )


def any_of(change: Change, draw: Callable[..., Any]) -> tuple[Caller, str, Access] | None:
    """One of the requests of a change; None where no areas lie so."""
    where = draw(st.sampled_from(change.within))
    areas = () if where.inside == () else where.inside[:1]
    span = draw(st.sampled_from(change.periods))
    first = min(span.first_to, max(span.first_from, span.last_from))
    last = max(first, span.last_from)
    roles, purpose = draw(st.sampled_from(change.roles)), draw(st.sampled_from(change.purposes))
    wanted = Access(
        draw(st.sampled_from(change.measures)), frozenset(draw(st.sampled_from(change.levels))),
        frozenset(draw(st.sampled_from(change.breakdowns))), areas, first, last,
    )  # fmt: skip
    who = Caller("someone", change.organisation, frozenset(roles), frozenset((purpose,)))
    return (who, purpose, wanted) if touches(change, who, purpose, wanted, whole=True) else None


def holds(before: Book, after: Book, asked: list[tuple[Caller, str, Access]]) -> Counter[Outcome | None]:
    """What is told is what would be decided. Returns how often each came out."""
    changes = difference(RULES, before, after, NOW)
    seen = Counter[Outcome | None]()
    for request in asked:
        decisions = decided(before, after, *request)
        outcome = changed(decisions)
        seen[outcome] += 1
        whole = [change for change in changes if touches(change, *request, whole=True)]
        for change in whole:
            assert (change.outcome, (change.before, change.after)) == (outcome, decisions), (request, change)
        who, _, wanted = request
        if len(who.roles) == 1 and len(wanted.levels) == 1:
            assert len(whole) == (outcome is not None), (request, decisions)
        elif outcome:
            alike = [(change.before, change.after) for change in changes if touches(change, *request, whole=False)]
            assert decisions in alike, (request, decisions)
    return seen


@settings(max_examples=80, deadline=None)
@given(pairs(), st.data())
def test_every_decision_that_changes_is_told_and_no_other(
    books: tuple[list[Agreement], list[Agreement]], data: st.DataObject
) -> None:
    before, after = (Book.of(agreed) for agreed in books)
    asked = data.draw(requests([*before, *after]))
    changes = difference(RULES, before, after, NOW)
    told = [any_of(change, data.draw) for change in changes[:8]]
    print(len(told), told.count(None), holds(before, after, [*asked, *(one for one in told if one)]))
