"""Random agreements, books of them, and requests that they can tell apart."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import TypeVar

from hypothesis import strategies as st

from policies.agreement import Agreement, AgreementStatus
from policies.caller import Caller
from policies.decision import Access
from policies.obligation import Obligation
from reference.area import AreaLevel, gazetteer
from reference.facets import Facet
from reference.measure import Open
from schema.measures import MEASURES
from tests.policies.conftest import AGE, FOLDER, INDUSTRY, NOW, SEX, load

# Claimants and population are no longer open to everyone as finely as the rate of the one to the other needs them.
CLOSED = {
    **MEASURES,
    "claimantCount": replace(MEASURES["claimantCount"], open_to=(Open(AreaLevel.REGION, 0, "ons-10-5"),)),
    "population": replace(MEASURES["population"], open_to=(Open(AreaLevel.COUNTRY, 1),)),
}
TRUST = load(FOLDER, CLOSED, gazetteer())
RULES = TRUST.rules
DAY = timedelta(days=1)
T = TypeVar("T")
Parties = tuple[str, str, tuple[str, ...], str]
Request = tuple[Caller, str, Access]
# Owner, consumer, what may be agreed between them, and a law that carries it.
PARTIES: list[Parties] = [
    ("HMRC", "DfE", ("payrolledEmployees", "medianMonthlyPay"), "crca-2005-18-2-a"),
    ("DWP", "DfE", ("claimantCount", "searchingForWork"), "sbeea-2015-78"),
    ("ONS", "DfE", ("population",), "srsa-2007-51"),
    ("ONS", "DWP", ("population",), "srsa-2007-51"),
]
ROLES = ("analyst", "policy-adviser", "service")
PURPOSES = ("skills-planning", "levelling-up")
FACETS = [frozenset(facets) for facets in ((), (AGE,), (SEX,), (INDUSTRY,), (AGE, INDUSTRY), (SEX, AGE))]
LEVELS = (AreaLevel.UK, AreaLevel.REGION, AreaLevel.COMBINED_AUTHORITY, AreaLevel.LSIP, AreaLevel.LA)
PLACES = ("E12000002", "E47000001", "E69000008", "E08000003")
DAYS = [date(2020, 1, 1), date(2021, 6, 1), date(2022, 1, 1), date(2022, 12, 31), date(2024, 3, 31)]
MOMENTS = [NOW - 900 * DAY, NOW - DAY, NOW, NOW + DAY, NOW + 900 * DAY]
TREATMENTS: list[tuple[Obligation, ...]] = [
    (),
    (Obligation("suppress_below", 10),),
    (Obligation("suppress_below", 5, zeros=True), Obligation("round_to", 5)),
    (Obligation("round_by_size", 50, bands=((0, 5), (50, 50))), Obligation("dominance", 3, 10.0)),
]
STATUSES = [*[AgreementStatus.ACTIVE] * 14, AgreementStatus.SUSPENDED, AgreementStatus.DRAFT]
# A law that carries nothing of these.
POWERLESS = "crown-common-law"


def _some(values: Iterable[T]) -> st.SearchStrategy[frozenset[T]]:
    return st.frozensets(st.sampled_from(list(values)), min_size=1)


@st.composite
def agreements(draw: st.DrawFn, parties: Parties | None = None) -> Agreement:
    """Any agreement, in any state, most of them in force."""
    owner, consumer, measures, law = parties or draw(st.sampled_from(PARTIES))
    first, last = sorted(draw(st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS))))
    begins, ends = draw(st.sampled_from([*[(MOMENTS[0], MOMENTS[4])] * 8, *pairwise(MOMENTS)]))
    return replace(
        TRUST.agreements["DSA-001"],
        # The consumer of an agreement stays the same in all that is said of it.
        id=f"DSA-{draw(st.integers(101, 104))}-{consumer}",
        version=draw(st.integers(1, 2)),
        status=draw(st.sampled_from(STATUSES)),
        owner=owner,
        consumer=consumer,
        measures=tuple(sorted(draw(_some(measures)))),
        purposes=draw(_some(PURPOSES)),
        roles=draw(_some(ROLES)),
        breakdowns=draw(_some(FACETS)) | {frozenset[Facet]()},
        levels=draw(_some(LEVELS)),
        within=draw(st.sampled_from([None, None, None, *PLACES])),
        period_from=first,
        period_to=last,
        gateways=(draw(st.sampled_from([*[law] * 9, POWERLESS])),),
        obligations=draw(st.sampled_from(TREATMENTS)),
        stale_answers=draw(st.booleans()),
        not_before=begins,
        not_after=ends,
    )


@st.composite
def amended(draw: st.DrawFn, one: Agreement) -> Agreement:
    """The same agreement, or its next version, with some of its terms as in another."""
    parties = next(parties for parties in PARTIES if parties[:2] == (one.owner, one.consumer))
    other = draw(agreements(parties))
    keys = draw(st.sets(st.sampled_from(TERMS), min_size=1, max_size=3))
    made = replace(one, version=draw(st.integers(1, 2)), **{key: getattr(other, key) for key in keys})
    # No agreement states a period that ends before it begins: agreement_file turns it away.
    first, last = sorted((made.period_from, made.period_to))
    return replace(made, period_from=first, period_to=last)


TERMS = (
    "status", "measures", "purposes", "roles", "breakdowns", "levels", "within", "period_from", "period_to", "gateways",
    "obligations", "not_before", "not_after",
)  # fmt: skip
AREAS = [
    (),
    ("K02000001",),
    ("E12000001",),
    ("E08000003",),
    ("E08000003", "E08000012"),
    *[(place,) for place in PLACES],
]
EDGES = sorted({day + by * DAY for day in DAYS for by in (-1, 0, 1)})


LISTS = st.lists(agreements(), min_size=1, max_size=4, unique_by=lambda one: one.ref)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[list[Agreement], list[Agreement]]:
    """The agreements of a book, and of the same book after some were amended, some left out, and some added."""
    before = draw(LISTS)
    moves = [draw(st.sampled_from(["keep", "amend", "amend", "leave out"])) for _ in before]
    after = [
        draw(amended(one)) if move == "amend" else one
        for one, move in zip(before, moves, strict=True)
        if move != "leave out"
    ]
    return before, [*after, *draw(st.lists(agreements(), max_size=1))]


@st.composite
def requests(draw: st.DrawFn, near: Sequence[Agreement]) -> list[Request]:
    """Every request of a domain with two values along each axis, one of them, mostly, what one agreement covers."""
    one = draw(st.sampled_from(near))
    measure = draw(st.sampled_from([*one.measures, *(["claimantRate"] if one.owner in ("DWP", "ONS") else [])]))
    facets = [facets for facets in FACETS if facets <= set(MEASURES[measure].facets)]

    def two(covered: Collection[T], every: st.SearchStrategy[T]) -> list[T]:
        several = [draw(st.sampled_from(sorted(covered, key=repr)))] if covered else [draw(every)]
        return list(dict.fromkeys([*several, draw(every)]))

    areas = [(one.within,)] if one.within else AREAS
    ranges = st.tuples(st.sampled_from(EDGES), st.sampled_from(EDGES)).map(lambda days: (min(days), max(days)))
    return [
        (
            Caller("someone", one.consumer, roles, frozenset(PURPOSES)),
            purpose,
            Access(measure, levels, by, where, *days),
        )
        for roles in two([frozenset({role}) for role in one.roles], _some([*ROLES, "auditor"]))
        for purpose in two(one.purposes, st.sampled_from(PURPOSES))
        for levels in two([frozenset({level}) for level in one.levels], _some(LEVELS))
        for by in two([by for by in facets if by in one.breakdowns], st.sampled_from(facets))
        for where in two(areas, st.sampled_from(AREAS))
        for days in two([(one.period_from, one.period_to)], ranges)
    ]
