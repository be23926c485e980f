"""What would be decided otherwise, held to the decisions themselves."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.agreement import Agreement, AgreementStatus
from policies.book import Book
from policies.caller import PURPOSES, ROLES, Caller
from policies.decide import decide
from policies.decision import Access, Grant
from policies.difference import Change, Outcome, Terms, as_if_in_force, difference
from policies.difference_words import lines, plain
from policies.domain import subsets
from policies.obligation import Obligation, strictest
from policies.places import Places
from reference.area import AreaLevel
from reference.facets import Facet
from tests.policies.books import DAY, RULES, TRUST, Request, pairs, requests
from tests.policies.conftest import AGE, INDUSTRY, LA, NOW, SEX

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


def any_of(change: Change, draw: Callable[..., Any]) -> Request | None:
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


def holds(before: Book, after: Book, changes: list[Change], asked: list[Request]) -> Counter[Outcome | None]:
    """What is told is what would be decided. Returns how often each came out.

    A request in one role and for one level is of one change, or of none. One in several roles, or for several levels,
    that changes does so as is told of some of them; and where it is listed itself, as is told of it.
    """
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
    agreed: tuple[list[Agreement], list[Agreement]], data: st.DataObject
) -> None:
    before, after = (Book.of(several) for several in agreed)
    changes = difference(RULES, before, after, NOW)
    told = [any_of(change, data.draw) for change in changes[:8]]
    asked = data.draw(requests([*before, *after]))
    holds(before, after, changes, [*asked, *(one for one in told if one)])


@settings(max_examples=40, deadline=None)
@given(pairs())
def test_books_that_are_the_same_differ_in_nothing_and_each_way_round_tells_the_same(
    agreed: tuple[list[Agreement], list[Agreement]],
) -> None:
    before, after = (Book.of(several) for several in agreed)
    again = Book.of(replace(one) for one in reversed(list(before)))
    assert difference(RULES, before, again, NOW) == []
    forth, back = difference(RULES, before, after, NOW), difference(RULES, after, before, NOW)
    turned = {Outcome.ALLOWED: Outcome.REFUSED, Outcome.REFUSED: Outcome.ALLOWED, Outcome.TREATED: Outcome.TREATED}
    assert set(back) == {replace(one, outcome=turned[one.outcome], before=one.after, after=one.before) for one in forth}
    assert difference(RULES, again, after, NOW) == forth, "the order is the same whatever that of the books"


FIRST = TRUST.agreements["DSA-001"]
WHOLE = replace(FIRST, period_from=date(2020, 1, 1), period_to=date(2024, 12, 31))


def test_the_whole_domain_of_an_amendment_is_decided_as_is_told() -> None:
    other = replace(WHOLE, id="DSA-000", measures=("medianMonthlyPay",), obligations=(), within="E12000002")
    amended = replace(
        WHOLE,
        version=2,
        within="E47000001",
        levels=WHOLE.levels | {AreaLevel.LSIP},
        breakdowns=WHOLE.breakdowns | {frozenset((AGE, INDUSTRY))},
        roles=frozenset(("analyst", "service")),
        purposes=frozenset(("skills-planning", "levelling-up")),
        period_to=date(2025, 12, 31),
        obligations=(Obligation("suppress_below", 20),),
    )
    before, after = Book.of([WHOLE, other]), Book.of([amended, other])
    changes = difference(RULES, before, after, NOW)
    edges = [date(2019, 12, 31), date(2020, 1, 1), date(2024, 12, 31), date(2025, 12, 31)]
    who = [Caller("someone", "DfE", frozenset((role,)), frozenset(PURPOSES)) for role in ROLES]
    places = (("E12000002",), ("E47000001",), ("E08000003", "E12000001"))
    asked = [
        (caller, purpose, Access(measure, frozenset((level,)), facets, areas, first, last))
        for caller in who
        for purpose in ("skills-planning", "levelling-up")
        for measure in ("payrolledEmployees", "medianMonthlyPay")
        for level in AreaLevel
        for facets in subsets((AGE, INDUSTRY))
        for areas in places
        for first, last in combinations(edges, 2)
    ]
    seen = holds(before, after, changes, asked)
    assert set(seen) == {None, *Outcome}


def test_what_changes_is_told_in_few_lines() -> None:
    book = Book.of(TRUST.agreements.values())
    low = (Obligation("suppress_below", 10),)
    wider = replace(
        FIRST, version=2, status=AgreementStatus.DRAFT, period_from=date(2020, 1, 1),
        levels=FIRST.levels | {AreaLevel.LSIP}, obligations=low,
    )  # fmt: skip
    changes = difference(RULES, book, *as_if_in_force(book, wider, NOW))
    asked = "DfE, as analyst or policy-adviser, for skills-planning: payrolledEmployees, medianMonthlyPay"
    by = "by AGE_BAND or by INDUSTRY"
    was = (
        "under DSA-001 version 1, suppressed where it describes fewer than 10, or nobody; "
        "suppressed where fewer than 3 contribute or one dominates (p% at 10); rounded to the nearest 5"
    )
    will = "under DSA-001 version 2, suppressed where it describes fewer than 10"
    assert lines(changes, RULES.gazetteer) == [
        f"{asked} newly allowed, for LSIP, {by}, periods from 2020-01-01 to 2099-12-31, everywhere. "
        f"Before: refused. After: {will}.",
        f"{asked} newly refused, for LA, {by}, any periods that begin by 2019-12-31, everywhere. "
        f"Before: {was}. After: refused.",
        f"{asked} treated differently, for LA, {by}, periods from 2020-01-01 to 2099-12-31, everywhere. "
        f"Before: {was}. After: {will}.",
    ]
    assert orjson.loads(orjson.dumps(plain(changes)))[1] == {
        "organisation": "DfE",
        "outcome": "REFUSED",
        "roles": [["analyst"], ["policy-adviser"]],
        "purposes": ["skills-planning"],
        "measures": ["payrolledEmployees", "medianMonthlyPay"],
        "levels": [["LA"]],
        "breakdowns": [["AGE_BAND"], ["INDUSTRY"]],
        "periods": [{"from": "1990-01-01", "to": "2099-12-31", "begin_by": "2019-12-31", "end_from": None}],
        "within": [{"inside": [], "outside": []}],
        "before": {
            "agreements": [{"id": "DSA-001", "version": 1}],
            "obligations": [
                "Suppressed where it describes fewer than 10, or nobody",
                "Suppressed where fewer than 3 contribute or one dominates (p% at 10)",
                "Rounded to the nearest 5",
            ],
        },
        "after": None,
    }


def test_a_draft_is_compared_when_its_term_begins() -> None:
    book = Book.of([FIRST])
    later = replace(FIRST, version=2, status=AgreementStatus.DRAFT, not_before=NOW + 30 * DAY, within="E12000002")
    after, moment = as_if_in_force(book, later, NOW)
    assert (moment, len(after), len(book)) == (NOW + 30 * DAY, 1, 1)
    (change,) = difference(RULES, book, after, moment)
    assert (change.outcome, change.within) == (Outcome.REFUSED, (Places((), ("E12000002",)),))
    assert as_if_in_force(book, replace(later, not_before=NOW - DAY), NOW)[1] == NOW


def test_an_agreement_with_another_consumer_changes_nothing_for_the_first() -> None:
    book = Book.of([FIRST])
    other = replace(FIRST, id="DSA-100", consumer="BEIS")
    changes = difference(RULES, book, book.with_(other), NOW)
    assert {change.organisation for change in changes} == {"BEIS"}


def test_what_is_published_or_ones_own_does_not_change() -> None:
    low = replace(FIRST, breakdowns=frozenset({frozenset[Facet]()}))
    assert difference(RULES, Book(), Book.of([low]), NOW) == [], "open to everyone without facets, at every level"
    owner = replace(FIRST, consumer="HMRC")
    assert difference(RULES, Book(), Book.of([owner]), NOW) == []


def test_what_is_computed_from_what_changes_is_told() -> None:
    count = replace(FIRST, id="DSA-101", owner="DWP", measures=("claimantCount",), gateways=("sbeea-2015-78",),
                    breakdowns=frozenset(subsets((SEX, AGE))))  # fmt: skip
    people = replace(count, id="DSA-102", owner="ONS", measures=("population",), gateways=("srsa-2007-51",))
    before, after = Book.of([count]), Book.of([count, people])
    rates = [one for one in difference(RULES, before, after, NOW) if one.measures == ("claimantRate",)]
    (of_authorities,) = (one for one in rates if (LA,) in one.levels)
    assert of_authorities.outcome is Outcome.ALLOWED
    assert of_authorities.after
    assert [ref.id for ref in of_authorities.after.agreements] == ["DSA-101", "DSA-102"]
    assert of_authorities.after.obligations == strictest(count.obligations)
    # Of regions and wider claimants are open to everyone, so that the rate of a region needs the second alone.
    alone = difference(RULES, Book(), Book.of([people]), NOW)
    levels = {levels for change in alone if change.measures == ("claimantRate",) for levels in change.levels}
    assert levels == {(AreaLevel.REGION,)}
    assert not [c for c in difference(RULES, Book(), before, NOW) if c.measures == ("claimantRate",)]


def test_a_caller_of_two_roles_is_told_where_neither_role_alone_tells_of_it() -> None:
    strict, lax = (Obligation("suppress_below", 20),), (Obligation("suppress_below", 10),)
    adviser = replace(FIRST, id="DSA-105", roles=frozenset({"policy-adviser"}), obligations=strict)
    analyst = replace(FIRST, id="DSA-103", roles=frozenset({"analyst"}), obligations=lax)
    # The same for analysts, but after the other by its name: of both roles, the other now comes first.
    renamed = replace(analyst, id="DSA-107")
    (change,) = difference(RULES, Book.of([adviser, analyst]), Book.of([adviser, renamed]), NOW)
    assert (change.outcome, change.roles) == (Outcome.TREATED, (("analyst", "policy-adviser"),))


def test_a_request_for_two_levels_is_told_where_neither_level_alone_tells_of_it() -> None:
    lsip, region = AreaLevel.LSIP, AreaLevel.REGION
    both = replace(FIRST, levels=frozenset({LA, lsip}))
    one, other = (replace(FIRST, id=f"DSA-10{at}", levels=frozenset({level})) for at, level in enumerate((LA, lsip)))
    (change,) = difference(RULES, Book.of([both]), Book.of([one, other]), NOW)
    assert (change.outcome, change.levels) == (Outcome.REFUSED, ((lsip, LA),))
    assert not difference(RULES, Book.of([both]), Book.of([both, replace(one, levels=frozenset({region}))]), NOW)
