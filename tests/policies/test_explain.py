"""A refusal says what failed and what would help, and nothing that is not the caller's to know."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from itertools import combinations

import pytest

from policies.agreement import Agreement
from policies.caller import PURPOSES, ROLES, Caller
from policies.decision import Access, Refusal
from reference.area import AreaLevel
from schema.measures import MEASURES
from tests.policies.conftest import AGE, INDUSTRY, LA, NOW, PLACES, SEX, Policy, access, caller


def refusal(policy: Policy, who: Caller, purpose: str | None, wanted: Access, now: datetime = NOW) -> Refusal:
    decision = policy.decide(who, purpose, wanted, now)
    assert isinstance(decision, Refusal), decision
    return decision


def test_the_public_is_told_what_is_open_and_that_an_agreement_is_needed(shared: Policy) -> None:
    reason = refusal(shared, caller(None), None, access("payrolledEmployees", INDUSTRY))
    assert reason.reason == (
        "Payrolled employees for LA areas by INDUSTRY is not open to everyone: "
        "it is HMRC's to share under an agreement."
    )
    assert reason.remedy == (
        "Ask for what is open (LA without facets; REGION by one facet), "
        "or send the token of an organisation that has an agreement."
    )


def test_an_organisation_without_an_agreement_is_told_to_propose_one(shared: Policy) -> None:
    reason = refusal(shared, caller("ONS", "labour-market-statistics"), None, access("medianMonthlyPay", INDUSTRY))
    assert reason.reason.endswith("and ONS has no agreement with HMRC for it.")
    assert reason.remedy.endswith("or propose an agreement to HMRC.")


@pytest.mark.parametrize(
    ("who", "purpose", "wanted", "reason", "remedy"),
    [
        (
            caller("DfE", "skills-planning", "levelling-up"), None, access("payrolledEmployees", AGE),
            "DSA-001 is for the purpose skills-planning; this request states none.",
            "Send the header Purpose: skills-planning.",
        ),
        (
            caller("DfE", "levelling-up"), "levelling-up", access("payrolledEmployees", AGE),
            'DSA-001 is for the purpose skills-planning; this request\'s is "levelling-up".',
            "Use a token whose purposes include skills-planning.",
        ),
        (
            caller("DfE", "skills-planning", role="trustee"), "skills-planning", access("payrolledEmployees", AGE),
            "DSA-001 is for the role analyst or policy-adviser.",
            "Use the token of someone with the role analyst or policy-adviser.",
        ),
        (
            caller("DfE", "skills-planning"), "skills-planning", access("payrolledEmployees", AGE, INDUSTRY),
            "DSA-001 covers figures by AGE_BAND or INDUSTRY, not by AGE_BAND and INDUSTRY.",
            "Ask by AGE_BAND or INDUSTRY, or without facets.",
        ),
        (
            caller("DfE", "skills-planning"), "skills-planning",
            access("payrolledEmployees", AGE, level=AreaLevel.LSIP),
            "DSA-001 covers UK, COUNTRY, REGION and LA, not LSIP.",
            "Ask for places of the level UK, COUNTRY, REGION or LA.",
        ),
        (
            caller("GMCA", "service-improvement"), "service-improvement",
            access("householdsWithHealthConditions", areas=("E09000001",)),
            "DSA-008 covers places inside Greater Manchester (E47000001) only.",
            "Ask for areas within Greater Manchester (E47000001).",
        ),
        (
            caller("DWP", "labour-market-statistics"), "labour-market-statistics", access("medianMonthlyPay", INDUSTRY),
            "DSA-009 ended on 2022-12-31.",
            "Ask HMRC to renew DSA-009.",
        ),
    ],
)  # fmt: skip
def test_a_refusal_says_the_one_condition_that_failed_and_what_would_help(
    shared: Policy, who: Caller, purpose: str | None, wanted: Access, reason: str, remedy: str
) -> None:
    error = refusal(shared, who, purpose, wanted)
    assert (error.reason, error.remedy) == (reason, remedy)


@pytest.mark.parametrize(
    ("who", "purpose", "clause", "reason", "remedy"),
    [
        (
            caller("HMRC", "skills-planning", role="director"), "skills-planning", "roles",
            "HMRC's own figures, as they are, need a role that the Trust knows; the token has none.",
            "Use the token of someone with the role analyst or policy-adviser or service or data-steward or trustee or "
            "auditor.",
        ),
        (
            caller("HMRC", "skills-planning", "levelling-up"), None, "purpose",
            "HMRC's own figures, as they are, need a purpose that the Trust knows and the token allows; "
            "this request states none.",
            "Send the header Purpose: levelling-up.",
        ),
        (
            caller("HMRC", "gossip"), "gossip", "purpose",
            "HMRC's own figures, as they are, need a purpose that the Trust knows and the token allows; "
            'this request\'s is "gossip".',
            "Use a token whose purposes include economic-recovery or innovation-strategy or labour-market-statistics "
            "or levelling-up or service-improvement or skills-planning.",
        ),
    ],
)  # fmt: skip
def test_an_owner_is_told_what_its_own_data_needs(
    shared: Policy, who: Caller, purpose: str | None, clause: str, reason: str, remedy: str
) -> None:
    error = refusal(shared, who, purpose, access("medianMonthlyPay", AGE, INDUSTRY))
    assert (error.owner, error.clause, error.reason, error.remedy) == ("HMRC", clause, reason, remedy)


def test_an_agreement_of_another_purpose_is_further_away_than_one_that_ended(shared: Policy) -> None:
    """DSA-002 lacks only the purpose and DSA-009 only its term: the request is for what DSA-009 was for."""
    who = caller("DWP", *PURPOSES)
    assert refusal(shared, who, "labour-market-statistics", access("medianMonthlyPay", INDUSTRY)).clause == "term"
    assert "DSA-002" in refusal(shared, who, "levelling-up", access("medianMonthlyPay", INDUSTRY)).reason


def test_before_an_agreement_begins_its_consumer_is_told_when(
    policy: Policy, amended: Callable[..., Agreement]
) -> None:
    policy.replace([amended(term={"not_before": datetime(2027, 1, 1, tzinfo=UTC), "review_by": date(2027, 6, 1)})])
    reason = refusal(policy, caller("DfE", "skills-planning"), "skills-planning", access("payrolledEmployees", AGE))
    assert (reason.reason, reason.remedy) == ("DSA-001 begins on 2027-01-01.", "Ask again from 2027-01-01.")
    assert reason.until == datetime(2027, 1, 1, tzinfo=UTC)


def test_an_agreement_whose_law_does_not_carry_the_field_says_so(policy: Policy) -> None:
    policy.replace([replace(policy.agreements["DSA-001"], gateways=("sta-1947-9",))])
    reason = refusal(policy, caller("DfE", "skills-planning"), "skills-planning", access("payrolledEmployees", AGE))
    assert (reason.clause, reason.reason) == ("gateways", "No law that DSA-001 cites carries the field.")


def test_following_the_remedy_helps(shared: Policy) -> None:
    """The remedy of a missing purpose, a facet too many and a level too fine is followed and grants."""
    who, purpose = caller("DfE", "skills-planning"), "skills-planning"
    wanted = access("payrolledEmployees", AGE)
    assert refusal(shared, who, None, wanted).remedy == f"Send the header Purpose: {purpose}."
    assert not isinstance(shared.decide(who, purpose, wanted, NOW), Refusal)
    assert refusal(shared, who, purpose, access("payrolledEmployees", AGE, INDUSTRY)).remedy.startswith(
        "Ask by AGE_BAND"
    )


@pytest.mark.parametrize("organisation", [None, "DWP", "HMRC", "DfE", "BEIS", "ONS", "GMCA", "ACME"])
def test_nobody_learns_of_agreements_between_others(shared: Policy, organisation: str | None) -> None:
    others = [agreement for agreement in shared.agreements.values() if agreement.consumer != organisation]
    foreign = {other.id for other in others} | {
        other.consumer for other in others if other.consumer not in {entry.owner for entry in MEASURES.values()}
    }
    facets = [combination for size in range(3) for combination in combinations((SEX, AGE, INDUSTRY), size)]
    for role in sorted(ROLES) if organisation else ["analyst"]:
        who = caller(organisation, *PURPOSES, role=role)
        for measure in MEASURES:
            for by in facets:
                decision = shared.decide(who, "skills-planning", access(measure, *by, level=LA), NOW)
                if isinstance(decision, Refusal):
                    said = json.dumps(asdict(decision), default=str)
                    assert not [name for name in foreign if name in said], said


def test_two_callers_are_each_told_of_their_own_token(shared: Policy) -> None:
    wanted = access("payrolledEmployees", AGE)
    remedies = [
        refusal(shared, caller("DfE", *purposes), None, wanted).remedy for purposes in (["skills-planning"], [])
    ]
    assert remedies == [
        "Send the header Purpose: skills-planning.",
        "Use a token whose purposes include skills-planning.",
    ]


def test_a_place_nobody_knows_is_inside_nothing(shared: Policy) -> None:
    who = caller("GMCA", "service-improvement")
    wanted = access("householdsWithHealthConditions", areas=(PLACES[LA], "E99999999"))
    assert refusal(shared, who, "service-improvement", wanted).clause == "within"
