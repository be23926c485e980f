"""Who may read what: the model's agreements, what is published, what is one's own, and when that changes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from policies.agreement import Agreement, AgreementStatus
from policies.caller import PUBLIC, PURPOSES, ROLES, Caller
from policies.decision import Access, AgreementRef, Basis, Grant, Refusal
from policies.errors import PolicyError
from policies.obligation import Obligation
from policies.own_terms import OwnTerms
from reference.area import AreaLevel, gazetteer
from reference.facets import Facet
from reference.measure import Measure, Open
from schema.measures import MEASURES
from tests.policies.conftest import AGE, FOLDER, INDUSTRY, LA, NOW, REGION, SEX, UK, Policy, access, caller, load

LOW, ROUND = Obligation("suppress_below", 10, zeros=True), Obligation("round_to", 5)
DOMINANCE = Obligation("dominance", 3, 10.0)


@pytest.mark.parametrize(
    ("name", "organisation", "purpose", "wanted", "obligations"),
    [
        ("DSA-001", "DfE", "skills-planning", access("payrolledEmployees", AGE), (LOW, DOMINANCE, ROUND)),
        ("DSA-001", "DfE", "skills-planning", access("medianMonthlyPay", INDUSTRY), (LOW, DOMINANCE, ROUND)),
        ("DSA-002", "DWP", "economic-recovery", access("furloughedEmployments", SEX), (LOW, DOMINANCE, ROUND)),
        ("DSA-003", "DfE", "skills-planning", access("searchingForWork", SEX, AGE), (LOW, ROUND)),
        ("DSA-004", "DfE", "skills-planning", access("businesses", INDUSTRY), (LOW, DOMINANCE, ROUND)),
        ("DSA-005", "DWP", "levelling-up", access("businessSupportLoans", INDUSTRY), (LOW, DOMINANCE, ROUND)),
        ("DSA-007", "DWP", "levelling-up", access("youngPeopleNotInEducation", SEX), (LOW,)),
        ("DSA-008", "GMCA", "service-improvement", access("householdsWithHealthConditions"), (LOW, ROUND)),
    ],
)
def test_an_agreement_grants_its_consumer_what_it_covers_under_its_obligations(
    shared: Policy, name: str, organisation: str, purpose: str, wanted: Access, obligations: tuple[Obligation, ...]
) -> None:
    decision = shared.decide(caller(organisation, purpose), purpose, wanted, NOW)
    assert isinstance(decision, Grant), decision
    assert (decision.basis, decision.agreements) == (Basis.AGREEMENT, (AgreementRef(name, 1),))
    assert decision.obligations == obligations


@pytest.mark.parametrize(
    ("wanted", "organisation", "purpose", "role", "clause"),
    [
        (access("payrolledEmployees", AGE), "DfE", None, "analyst", "purpose"),
        (access("payrolledEmployees", AGE), "DfE", "levelling-up", "analyst", "purpose"),
        (access("payrolledEmployees", AGE), "DfE", "skills-planning", "auditor", "roles"),
        (access("payrolledEmployees", AGE, INDUSTRY), "DfE", "skills-planning", "analyst", "breakdowns"),
        (access("payrolledEmployees", AGE, level=AreaLevel.LSIP), "DfE", "skills-planning", "analyst", "finest"),
        (access("businessSupportLoans", Facet.ETHNICITY), "DWP", "levelling-up", "analyst", "breakdowns"),
        (
            access("householdsWithHealthConditions", areas=("E08000003", "E09000001")),
            "GMCA", "service-improvement", "service", "within",
        ),
        (access("householdsWithHealthConditions"), "DfE", "skills-planning", "analyst", "agreement"),
        (access("businesses", INDUSTRY), "HMRC", "skills-planning", "analyst", "agreement"),
        (access("medianMonthlyPay", INDUSTRY), "DWP", "labour-market-statistics", "analyst", "term"),
        (access("medianMonthlyPay", INDUSTRY), None, None, "analyst", "published"),
    ],
)  # fmt: skip
def test_what_no_rule_allows_is_refused_by_the_clause_that_failed(
    shared: Policy, wanted: Access, organisation: str | None, purpose: str | None, role: str, clause: str
) -> None:
    who = caller(organisation, *([purpose] if purpose else ["skills-planning"]), role=role)
    decision = shared.decide(who, purpose, wanted, NOW)
    assert isinstance(decision, Refusal)
    assert decision.clause == clause
    assert decision.coordinate == f"LabourMarket.{wanted.measure}"


def test_an_agreement_goes_down_to_its_finest_level_and_no_further(
    policy: Policy, amended: Callable[..., Agreement]
) -> None:
    policy.replace([amended("DSA-006", scope={"finest": "REGION"})])
    who, purpose = caller("BEIS", "innovation-strategy"), "innovation-strategy"
    decision = policy.decide(who, purpose, access("payrolledEmployees", INDUSTRY), NOW)
    assert isinstance(decision, Refusal)
    assert decision.clause == "finest"
    assert decision.remedy == "Ask for places of the level UK, COUNTRY or REGION."


def test_the_public_reads_what_is_published_and_its_department_protects(shared: Policy) -> None:
    decision = shared.decide(PUBLIC, None, access("payrolledEmployees"), NOW)
    assert isinstance(decision, Grant)
    assert (decision.basis, decision.agreements, decision.obligations) == (Basis.PUBLISHED, (), (LOW, ROUND))
    by_industry = access("payrolledEmployees", INDUSTRY, level=REGION)
    assert isinstance(shared.decide(PUBLIC, None, by_industry, NOW), Grant)
    assert isinstance(shared.decide(PUBLIC, None, by_industry._replace(levels=frozenset({REGION, LA})), NOW), Refusal)


@pytest.mark.parametrize("measure", sorted(MEASURES))
def test_what_is_open_is_open_to_everyone_and_what_is_finer_is_not(shared: Policy, measure: str) -> None:
    entry = MEASURES[measure]
    if entry.inputs:
        return
    for facets in [entry.facets[:count] for count in range(len(entry.facets) + 1)]:
        for level in AreaLevel:
            opened = any(
                level.rank <= rule.level.rank and (len(facets) <= min(rule.facets, 1) or rule.facets > 1)
                for rule in entry.open_to
            )
            decision = shared.decide(PUBLIC, None, access(measure, *facets, level=level), NOW)
            assert isinstance(decision, Grant) is opened, (facets, level)


@pytest.mark.parametrize("measure", [name for name in MEASURES if not MEASURES[name].inputs])
def test_an_owner_reads_its_own_data_as_it_is(shared: Policy, measure: str) -> None:
    entry, purpose = MEASURES[measure], "labour-market-statistics"
    decision = shared.decide(caller(entry.owner, purpose), purpose, access(measure, *entry.facets), NOW)
    assert isinstance(decision, Grant)
    assert (decision.basis, decision.obligations) == (Basis.OWN, ())


HMRC, STATISTICS = Caller("someone", "HMRC", frozenset(), frozenset()), "labour-market-statistics"
OWN = access("medianMonthlyPay", AGE, INDUSTRY)


@pytest.mark.parametrize(
    ("roles", "purposes", "purpose", "clause"),
    [
        ({"analyst"}, {STATISTICS}, STATISTICS, None),
        ({"auditor", "director"}, {STATISTICS, "gossip"}, STATISTICS, None),
        (set(), {STATISTICS}, STATISTICS, "roles"),
        ({"director"}, {STATISTICS}, STATISTICS, "roles"),
        ({"analyst"}, {STATISTICS}, None, "purpose"),
        ({"analyst"}, {STATISTICS}, "levelling-up", "purpose"),
        ({"analyst"}, {"gossip"}, "gossip", "purpose"),
        (set(), set(), None, "roles"),
    ],
)
def test_an_owner_reads_its_own_data_in_a_known_role_and_for_a_known_purpose_that_the_token_allows(
    shared: Policy, roles: set[str], purposes: set[str], purpose: str | None, clause: str | None
) -> None:
    who = replace(HMRC, roles=frozenset(roles), purposes=frozenset(purposes))
    decision = shared.decide(who, purpose, OWN, NOW)
    assert (decision.clause if isinstance(decision, Refusal) else None) == clause
    published = shared.decide(who, purpose, access("medianMonthlyPay"), NOW)
    assert isinstance(published, Grant)
    assert published.basis is (Basis.PUBLISHED if clause else Basis.OWN)
    assert bool(published.obligations) is bool(clause), "what is published is protected"


@pytest.mark.parametrize("role", [True, False])
@pytest.mark.parametrize("purpose", [True, False])
def test_a_department_may_ask_less_of_its_own_callers_and_of_nobody_else(*, role: bool, purpose: bool) -> None:
    policy = load(FOLDER, MEASURES, gazetteer(), {"HMRC": OwnTerms(role=role, purpose=purpose)})

    def granted(who: Caller, stated: str | None, wanted: Access = OWN) -> bool:
        return isinstance(policy.decide(who, stated, wanted, NOW), Grant)

    named, purposeful = (
        replace(HMRC, roles=frozenset({"analyst"})),
        replace(HMRC, purposes=frozenset({STATISTICS})),
    )
    assert granted(HMRC, None) is not (role or purpose)
    assert granted(named, None) is not purpose
    assert granted(purposeful, STATISTICS) is not role
    assert not granted(replace(HMRC, organisation="DfE"), None)
    dwp = replace(HMRC, organisation="DWP")
    assert not granted(dwp, None, access("searchingForWork", SEX, AGE))


def test_a_purpose_that_the_token_does_not_allow_opens_nothing(shared: Policy) -> None:
    who = caller("DfE", "levelling-up")
    decision = shared.decide(who, "skills-planning", access("payrolledEmployees", AGE), NOW)
    assert isinstance(decision, Refusal)
    assert (decision.clause, decision.reason) == ("purpose", "The token does not allow the purpose skills-planning.")


def test_an_agreement_by_two_facets_together_covers_each_alone_and_neither(shared: Policy) -> None:
    who = caller("DfE", "skills-planning")
    for facets in ((), (SEX,), (AGE,), (SEX, AGE)):
        assert isinstance(shared.decide(who, "skills-planning", access("searchingForWork", *facets), NOW), Grant)


def test_an_agreement_inside_one_place_covers_that_place_and_its_parts_and_no_other(shared: Policy) -> None:
    who, purpose = caller("GMCA", "service-improvement", role="service"), "service-improvement"
    measure = "householdsWithHealthConditions"

    def granted(*codes: str, level: AreaLevel = LA) -> bool:
        return isinstance(shared.decide(who, purpose, access(measure, level=level, areas=codes), NOW), Grant)

    assert granted(*(area.code for area in gazetteer().at(LA, "E47000001")))
    assert granted("E47000001", level=AreaLevel.COMBINED_AUTHORITY)
    assert not granted("E08000003", "E06000001")
    assert not granted("E47000002", level=AreaLevel.COMBINED_AUTHORITY)
    assert not granted("E99999999")
    assert not granted()


def test_a_derived_field_needs_every_input_as_fine_as_it_uses_it(shared: Policy) -> None:
    decision = shared.decide(PUBLIC, None, access("claimantRate", SEX), NOW)
    assert isinstance(decision, Grant)
    assert (decision.coordinate, decision.basis) == ("LabourMarket.claimantRate", Basis.PUBLISHED)


def test_a_request_for_no_level_at_all_is_refused(shared: Policy) -> None:
    for who in (PUBLIC, caller("DfE", "skills-planning")):
        nothing = access("payrolledEmployees")._replace(levels=frozenset[AreaLevel]())
        assert isinstance(shared.decide(who, "skills-planning", nothing, NOW), Refusal)


def closed(name: str, *rules: Open) -> dict[str, Measure]:
    return {**MEASURES, name: replace(MEASURES[name], open_to=rules)}


def test_a_derived_field_is_refused_in_its_own_name_for_what_its_input_lacks() -> None:
    # Population by age, which the rate divides by, is no longer open; without facets it still is.
    policy = load(FOLDER, closed("population", Open(LA, 0)), gazetteer())
    assert isinstance(policy.decide(PUBLIC, None, access("population"), NOW), Grant)
    decision = policy.decide(PUBLIC, None, access("claimantRate"), NOW)
    assert isinstance(decision, Refusal)
    assert (decision.coordinate, decision.owner, decision.clause) == ("LabourMarket.claimantRate", "ONS", "published")
    assert decision.reason.startswith("Claimant rate is computed from Population.")


def test_a_derived_field_carries_the_strictest_obligations_of_its_inputs() -> None:
    measures = closed("population", Open(LA, 99, "acro-10"))
    measures["claimantCount"] = replace(measures["claimantCount"], open_to=(Open(LA, 99, "dfe-further-education"),))
    decision = load(FOLDER, measures, gazetteer()).decide(PUBLIC, None, access("claimantRate"), NOW)
    assert isinstance(decision, Grant)
    assert decision.obligations == (Obligation("suppress_below", 11, zeros=True), ROUND)


@pytest.mark.parametrize(
    ("measures", "words"),
    [
        (closed("claimantCount"), "LabourMarket.claimantCount has no access rule"),
        (closed("businesses", Open(LA, 0, "ons-11")), "LabourMarket.businesses: there is no profile 'ons-11'"),
        (closed("apprenticeshipStarts", Open(LA, 2)), "is open by 2 of its 5 facets together"),
        ({k: v for k, v in MEASURES.items() if k != "population"}, "is computed from population"),
    ],
)
def test_a_trust_with_a_measure_that_has_no_usable_rule_does_not_start(
    measures: dict[str, Measure], words: str
) -> None:
    with pytest.raises(PolicyError, match=words):
        load(FOLDER, measures, gazetteer())


def test_a_measure_closed_to_everyone_may_be_read_under_an_agreement_alone() -> None:
    policy = load(FOLDER, closed("businesses"), gazetteer())
    assert isinstance(policy.decide(PUBLIC, None, access("businesses", level=UK), NOW), Refusal)
    who = caller("DfE", "skills-planning")
    assert isinstance(policy.decide(who, "skills-planning", access("businesses"), NOW), Grant)


def test_an_agreement_begins_and_ends_at_its_moments(policy: Policy, amended: Callable[..., Agreement]) -> None:
    term = {
        "not_before": datetime(2026, 1, 1, 9, tzinfo=UTC),
        "not_after": datetime(2026, 6, 1, tzinfo=UTC),
        "review_by": date(2026, 3, 1),
    }
    policy.replace([amended(term=term)])
    who, wanted = caller("DfE", "skills-planning"), access("payrolledEmployees", AGE)
    tick = timedelta(milliseconds=1)

    def granted(at: datetime) -> bool:
        return isinstance(policy.decide(who, "skills-planning", wanted, at), Grant)

    begins, ends = term["not_before"], term["not_after"]
    assert isinstance(begins, datetime)
    assert isinstance(ends, datetime)
    # Back and forth, so that what is remembered of one time is not told of another.
    assert [granted(at) for at in (begins - tick, begins, ends - tick, ends)] == [False, True, True, False]
    assert [granted(at) for at in (ends, ends - tick, begins, begins - tick)] == [False, True, True, False]
    decision = policy.decide(who, "skills-planning", wanted, begins)
    assert decision.until == ends
    assert policy.decide(who, "skills-planning", wanted, begins - tick).until == begins


def test_a_moment_is_the_same_moment_whatever_its_offset(policy: Policy, amended: Callable[..., Agreement]) -> None:
    summer = datetime(2026, 7, 1, 0, 30, tzinfo=ZoneInfo("Europe/London"))  # 23:30 of 30 June in UTC
    term = {"not_before": datetime(2026, 7, 1, tzinfo=UTC), "review_by": date(2027, 1, 1)}
    policy.replace([amended(term=term)])
    who, wanted = caller("DfE", "skills-planning"), access("payrolledEmployees", AGE)
    assert isinstance(policy.decide(who, "skills-planning", wanted, summer), Refusal)
    assert isinstance(policy.decide(who, "skills-planning", wanted, summer + timedelta(minutes=30)), Grant)


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        (date(2023, 7, 1), date(2024, 7, 1)),
        (date(2023, 1, 1), date(2023, 12, 1)),
        (date(2024, 3, 31), date(2024, 10, 27)),  # the clocks change on both days, after midnight
        (date(2024, 4, 1), date(2024, 10, 28)),
    ],
)
def test_an_agreement_begins_and_ends_at_midnight_in_london(
    policy: Policy, amended: Callable[..., Agreement], begins: date, ends: date
) -> None:
    policy.replace([amended(term={"not_before": begins, "not_after": ends, "review_by": ends})])
    who, wanted = caller("DfE", "skills-planning"), access("payrolledEmployees", AGE)
    second = timedelta(seconds=1)

    def decided(day: date, shift: timedelta) -> Grant | Refusal:
        midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo("Europe/London")).astimezone(UTC)
        return policy.decide(who, "skills-planning", wanted, midnight + shift)

    assert isinstance(decided(begins, timedelta()), Grant)
    assert isinstance(decided(ends, -second), Grant)
    before, after = decided(begins, -second), decided(ends, timedelta())
    assert isinstance(before, Refusal)
    assert before.reason == f"DSA-001 begins on {begins}."
    assert isinstance(after, Refusal)
    assert after.reason == f"DSA-001 ended on {ends - timedelta(days=1)}."


@pytest.mark.parametrize("status", [status for status in AgreementStatus if status is not AgreementStatus.ACTIVE])
def test_an_agreement_that_is_not_active_opens_nothing(
    policy: Policy, amended: Callable[..., Agreement], status: AgreementStatus
) -> None:
    policy.replace([amended(status=status.value)])
    decision = policy.decide(
        caller("DfE", "skills-planning"), "skills-planning", access("payrolledEmployees", AGE), NOW
    )
    assert isinstance(decision, Refusal)
    assert decision.clause == "status"


def test_a_version_taken_out_no_longer_counts_and_one_put_in_does(
    policy: Policy, amended: Callable[..., Agreement]
) -> None:
    who, wanted = caller("DfE", "skills-planning"), access("payrolledEmployees", AGE)
    before = policy.book
    assert isinstance(policy.decide(who, "skills-planning", wanted, NOW), Grant)
    policy.book = before.without(AgreementRef("DSA-001", 1))
    assert (policy.book.epoch, len(policy.book)) == (before.epoch + 1, 8)
    assert isinstance(policy.decide(who, "skills-planning", wanted, NOW), Refusal)
    policy.book = policy.book.with_(amended(version=2))
    decision = policy.decide(who, "skills-planning", wanted, NOW)
    assert isinstance(decision, Grant)
    assert decision.agreements == (AgreementRef("DSA-001", 2),)
    policy.book = before
    assert isinstance(policy.decide(who, "skills-planning", wanted, NOW), Grant), "a book does not change"


def test_an_agreement_covers_only_its_periods(policy: Policy, amended: Callable[..., Agreement]) -> None:
    policy.replace([amended(scope={"from": date(2022, 1, 1), "to": date(2022, 12, 31)})])
    who = caller("DfE", "skills-planning")
    inside = access("payrolledEmployees", AGE)
    assert isinstance(policy.decide(who, "skills-planning", inside, NOW), Grant)
    for wanted in (inside._replace(first=date(2021, 12, 31)), inside._replace(last=date(2023, 1, 1))):
        decision = policy.decide(who, "skills-planning", wanted, NOW)
        assert isinstance(decision, Refusal)
        assert decision.clause == "periods"


def test_an_agreement_that_lists_a_family_of_areas_covers_it(policy: Policy, amended: Callable[..., Agreement]) -> None:
    policy.replace([amended(scope={"levels": ["LSIP"]})])
    who, purpose = caller("DfE", "skills-planning"), "skills-planning"
    by_age = access("payrolledEmployees", AGE, level=AreaLevel.LSIP)
    assert isinstance(policy.decide(who, purpose, by_age, NOW), Grant)
    other = access("payrolledEmployees", AGE, level=AreaLevel.COMBINED_AUTHORITY)
    assert isinstance(policy.decide(who, purpose, other, NOW), Refusal)


@pytest.fixture(scope="module")
def forgetful() -> Policy:
    """A policy that forgets what it decided whenever its agreements are replaced."""
    return load(FOLDER, MEASURES, gazetteer())


CALLERS = st.builds(
    lambda organisation, role, purposes: caller(organisation, *purposes, role=role),
    st.sampled_from([None, "DWP", "DfE", "BEIS", "HMRC", "GMCA", "ONS"]),
    st.sampled_from(sorted(ROLES)),
    st.sets(st.sampled_from(sorted(PURPOSES)), max_size=3),
)
# The days on which agreements' spans begin and end, and those beside them.
EDGES = sorted(
    {
        day + timedelta(days=beside)
        for agreement in load(FOLDER, MEASURES, gazetteer()).agreements.values()
        for day in (agreement.period_from, agreement.period_to)
        for beside in (-1, 0, 1)
    }
)
ACCESSES = st.builds(
    lambda measure, facets, level, days: access(measure, *facets, level=level, first=min(days), last=max(days)),
    st.sampled_from(["medianMonthlyPay", "businesses", "claimantRate", "householdsWithHealthConditions"]),
    st.sets(st.sampled_from([SEX, AGE, INDUSTRY]), max_size=2),
    st.sampled_from(list(AreaLevel)),
    st.tuples(*[st.one_of(st.sampled_from(EDGES), st.dates(date(2018, 1, 1), date(2026, 1, 1)))] * 2),
)
MOMENTS = st.datetimes(datetime(2021, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
PURPOSE = st.one_of(st.none(), st.sampled_from(sorted(PURPOSES)))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CALLERS, PURPOSE, ACCESSES, MOMENTS), min_size=1, max_size=6))
@example([
    (caller("DWP", "labour-market-statistics"), "labour-market-statistics", access("medianMonthlyPay", INDUSTRY), at)
    for at in (datetime(2022, 6, 1, tzinfo=UTC), NOW, datetime(2022, 6, 1, tzinfo=UTC))
])  # fmt: skip
@example([
    (caller("DfE", *purposes), None, access("medianMonthlyPay", AGE), NOW) for purposes in ((), ("skills-planning",))
])  # fmt: skip
def test_what_is_remembered_is_what_would_be_decided_afresh(
    shared: Policy, forgetful: Policy, requests: list[tuple[Caller, str | None, Access, datetime]]
) -> None:
    for who, purpose, wanted, now in requests:
        forgetful.replace(forgetful.agreements.values())
        assert shared.decide(who, purpose, wanted, now) == forgetful.decide(who, purpose, wanted, now)


@pytest.mark.parametrize("order", [(-1, 0, 1), (1, 0, -1), (0, 1, -1)])
def test_what_is_remembered_of_one_span_is_told_of_no_other(forgetful: Policy, order: tuple[int, ...]) -> None:
    who, agreement = caller("DfE", "skills-planning"), forgetful.agreements["DSA-001"]
    forgetful.replace(forgetful.agreements.values())
    spans = [(agreement.period_from + timedelta(days=by), agreement.period_to) for by in order]
    spans += [(agreement.period_from, agreement.period_to + timedelta(days=by)) for by in order]
    for first, last in spans:
        wanted = access("medianMonthlyPay", AGE, first=first, last=last)
        covered = agreement.period_from <= first and last <= agreement.period_to
        decision = forgetful.decide(who, "skills-planning", wanted, NOW)
        assert isinstance(decision, Grant if covered else Refusal), (first, last)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CALLERS, PURPOSE, ACCESSES, MOMENTS, st.sets(st.sampled_from(list(Facet)), max_size=2))
def test_asking_for_less_is_never_refused_where_more_was_granted(
    shared: Policy, who: Caller, purpose: str | None, wanted: Access, now: datetime, dropped: set[Facet]
) -> None:
    if isinstance(shared.decide(who, purpose, wanted, now), Grant):
        fewer = wanted._replace(facets=wanted.facets - dropped)
        assert isinstance(shared.decide(who, purpose, fewer, now), Grant)
