"""The traps of the policy engine, each sprung on purpose: none of them may end in a yes."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import cedarpy
import pytest

from policies import cedar
from policies.agreement import AgreementStatus
from policies.caller import Caller
from policies.cedar import EVERYWHERE, CedarEngine, read_policies
from policies.decision import Grant, Refusal
from policies.errors import PolicyError
from policies.register import LegalGateway
from reference.area import AreaLevel, gazetteer
from reference.measure import DepartmentCode
from schema.measures import MEASURES
from tests.policies.conftest import AGE, FOLDER, INDUSTRY, LA, NOW, Policy, access, caller, load

TEXT, SCHEMA = read_policies(FOLDER)
DFE, HMRC = caller("DfE", "skills-planning"), caller("HMRC", "skills-planning")


def engine(policy: Policy, text: str = TEXT) -> CedarEngine:
    return CedarEngine(text, SCHEMA, MEASURES, policy.rules.gateways, {})


def context(levels: Iterable[AreaLevel] = (LA,), facets: Iterable[str] = (AGE,)) -> dict[str, Any]:
    return cedar.context(levels, facets, (EVERYWHERE,), date(2022, 1, 1), date(2022, 12, 31), NOW)


def test_the_three_policies_say_yes_by_their_names(shared: Policy) -> None:
    rules = engine(shared)
    first = shared.agreements["DSA-001"]
    assert rules.permit(DFE, "payrolledEmployees", context(), first, "skills-planning") == "agreement"
    assert rules.permit(DFE, "payrolledEmployees", context(facets=()), None, None) == "published"
    assert rules.permit(HMRC, "payrolledEmployees", context(facets=()), None, "skills-planning") == "own"
    assert rules.permit(DFE, "payrolledEmployees", context(), None, None) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (TEXT.replace("context has agreement &&", ""), "optional attribute"),
        (TEXT.replace("context.agreement.status", "context.agreement.stautus"), "stautus"),
        (TEXT.replace("principal is LMDT::Caller", "principal is LMDT::Department"), "Department"),
        (TEXT + 'forbid (principal, action, resource) when { context.facetCount > 9 };', "permits only"),
        (TEXT + 'permit (principal, action, resource);', "must hold the policies"),
        (TEXT.replace('@id("own")', ""), "must hold the policies"),
        (TEXT.replace('@id("own")', '@id("published")'), "must hold the policies"),
        (TEXT + "permit (principal == ?principal, action, resource);", "permits only"),
        (TEXT.replace("permit (", "permitt (", 1), "access.cedar"),
        ("", "must hold the policies"),
    ],
)  # fmt: skip
def test_policies_that_could_fail_open_do_not_start(shared: Policy, change: str, words: str) -> None:
    with pytest.raises(PolicyError, match=words):
        engine(shared, change)


def test_a_schema_that_is_none_does_not_start(shared: Policy) -> None:
    with pytest.raises(PolicyError, match=r"access\.cedar"):
        CedarEngine(TEXT, "namespace LMDT {", MEASURES, shared.rules.gateways, {})


def test_a_folder_without_policies_is_told_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="are needed"):
        read_policies(tmp_path)


def test_a_field_that_does_not_exist_denies(shared: Policy) -> None:
    assert engine(shared).permit(HMRC, "everything", context(), None, "skills-planning") is None


@pytest.mark.parametrize(
    "change",
    [
        {"facetCount": "0"},
        {"facetCount": 0.0},
        {"facetCount": None},
        {"levels": "LA"},
        {"levels": [{"__entity": {"type": "LMDT::Place", "id": "LA"}}]},
        {"now": 1700000000},
        {"extra": True},
    ],
)
def test_a_context_of_the_wrong_kind_denies(shared: Policy, change: dict[str, Any]) -> None:
    # Open to everyone without facets, so only the schema stands in the way.
    facts = {**context(facets=()), **change}
    assert engine(shared).permit(DFE, "claimantCount", context(facets=()), None, None) == "published"
    assert engine(shared).permit(DFE, "claimantCount", facts, None, None) is None


@pytest.mark.parametrize("missing", ["levels", "facetCount", "now", "inside"])
def test_a_context_that_lacks_a_fact_denies(shared: Policy, missing: str) -> None:
    facts = context()
    del facts[missing]
    assert engine(shared).permit(DFE, "claimantCount", facts, None, None) is None


def test_no_level_at_all_is_not_every_level(shared: Policy) -> None:
    rules = engine(shared)
    assert rules.permit(DFE, "claimantCount", context(levels=()), None, None) is None
    first = shared.agreements["DSA-001"]
    assert rules.permit(DFE, "payrolledEmployees", context(levels=()), first, "skills-planning") is None


@pytest.mark.parametrize("word", ['x" || true || "" == "', '") };', "\\", "\x00", "LMDT", "☃" * 500, ""])
def test_words_of_a_caller_are_never_read_as_policy(shared: Policy, word: str) -> None:
    hostile = Caller(word, word, frozenset({word}), frozenset({word}))
    decision = shared.decide(hostile, word, access("medianMonthlyPay", INDUSTRY), NOW)
    assert isinstance(decision, Refusal)
    assert isinstance(shared.decide(hostile, word, access("claimantCount"), NOW), Grant)


def test_an_organisation_called_public_is_not_the_public_and_owns_nothing(shared: Policy) -> None:
    decision = shared.decide(caller("public"), None, access("medianMonthlyPay", INDUSTRY), NOW)
    assert isinstance(decision, Refusal)


def test_only_an_allow_without_any_error_is_a_yes(shared: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = engine(shared)
    request = (DFE, "claimantCount", context(facets=()), None, None)
    for decision, reason, errors, expected in (
        ("Allow", "policy0", [], "published"),
        ("Allow", "policy0", ["integer overflow"], None),
        ("NoDecision", "policy0", [], None),
        ("Deny", "policy0", [], None),
        ("Allow", "policy9", [], None),
    ):
        diagnostics = {"reason": [reason], "errors": errors, "id_annotations_by_reason": {"policy0": "published"}}
        answer = cedarpy.AuthzResult({"decision": decision, "diagnostics": diagnostics})
        monkeypatch.setattr(cedarpy, "is_authorized", lambda *_, given=answer: given)
        assert rules.permit(*request) == expected, (decision, reason, errors)


def test_the_schema_goes_with_every_call(shared: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[object] = []
    original = cedarpy.is_authorized

    def noting(request: object, policies: object, entities: object, schema: object) -> object:
        given.append(schema)
        return original(request, policies, entities, schema)  # pyright: ignore

    monkeypatch.setattr(cedarpy, "is_authorized", noting)
    engine(shared).permit(DFE, "claimantCount", context(), None, None)
    assert [type(one) for one in given] == [cedarpy.Schema]


def test_an_agreement_that_does_not_fit_the_schema_permits_nothing(shared: Policy) -> None:
    broken = replace(shared.agreements["DSA-001"], within=7)  # pyright: ignore[reportArgumentType]
    with pytest.raises(PolicyError, match="DSA-001 does not fit"):
        engine(shared).permit(DFE, "payrolledEmployees", context(), broken, "skills-planning")


def test_the_policies_hold_no_arithmetic_that_could_overflow() -> None:
    fixed = json.dumps(json.loads(cedarpy.policies_to_json_str(TEXT)))
    assert not [sign for sign in ('"+"', '"-"', '"*"', '"neg"') if sign in fixed]


DAY = timedelta(days=1)
ANY_LAW = LegalGateway(
    act="An Act", does="All", covers=tuple(DepartmentCode), receivers=("*",), source="None", confidence="assumed"
)
# Each condition of the agreement policy -> what to change of the agreement, and of the request, for it alone to fail.
CONDITIONS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    'context.agreement.status == "ACTIVE"': ({"status": AgreementStatus.SUSPENDED}, {}),
    "context.agreement.owner == resource.owner": ({"owner": "BEIS"}, {}),
    "context.agreement.consumer == principal.organisation": ({}, {"who": caller("DWP", "skills-planning")}),
    "context.agreement.fields.contains(resource)": ({"measures": ("medianMonthlyPay",)}, {}),
    "context.agreement.lawful.contains(resource)": ({"gateways": ()}, {}),
    "context.agreement.purposes.contains(context.purpose)": ({"purposes": frozenset({"levelling-up"})}, {}),
    "principal.purposes.contains(context.purpose)": ({}, {"who": caller("DfE", "levelling-up")}),
    "context.agreement.roles.containsAny(principal.roles)": ({"roles": frozenset({"service"})}, {}),
    "context.agreement.breakdowns.contains(context.facets)": ({}, {"facets": (AGE, INDUSTRY)}),
    "!context.levels.isEmpty()": ({}, {"levels": ()}),
    "context.agreement.levels.containsAll(context.levels)": ({}, {"levels": (LA, AreaLevel.LSIP)}),
    "context.inside.contains(context.agreement.within)": ({"within": "E47000001"}, {}),
    "context.agreement.periodFrom <= context.periodFrom": ({"period_from": date(2022, 1, 2)}, {}),
    "context.periodTo <= context.agreement.periodTo": ({"period_to": date(2022, 12, 30)}, {}),
    "context.agreement.notBefore <= context.now": ({"not_before": NOW + DAY}, {}),
    "context.now < context.agreement.notAfter": ({"not_after": NOW}, {}),
}


def test_every_condition_of_the_agreement_policy_is_tried() -> None:
    body = TEXT[TEXT.index('@id("agreement")') :]
    lines = [line.strip().removesuffix("&&").strip() for line in body[body.index("{") :].splitlines()]
    assert [line for line in lines if "context" in line and " has " not in line] == list(CONDITIONS)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_each_condition_alone_refuses_what_would_be_let_through_without_it(shared: Policy, condition: str) -> None:
    terms, request = CONDITIONS[condition]
    agreement = replace(shared.agreements["DSA-001"], **{"gateways": ("any",), **terms})
    facts = context(request.get("levels", (LA,)), request.get("facets", (AGE,)))

    def permitted(text: str) -> bool:
        rules = CedarEngine(text, SCHEMA, MEASURES, {"any": ANY_LAW}, {})
        who = request.get("who", DFE)
        return rules.permit(who, "payrolledEmployees", facts, agreement, "skills-planning") is not None

    at = TEXT.index(condition, TEXT.index('@id("agreement")'))
    without = TEXT[:at] + "true" + TEXT[at + len(condition) :]
    assert (permitted(TEXT), permitted(without)) == (False, True)


# Each condition of the policy on own data -> who asks and for what purpose, for it alone to fail.
OWN_CONDITIONS: dict[str, tuple[Caller, str | None]] = {
    "principal.organisation == resource.owner": (caller("DWP", "skills-planning"), "skills-planning"),
    "(!resource.ownRole || !principal.roles.isEmpty())": (
        caller("HMRC", "skills-planning", role="x"),
        "skills-planning",
    ),
    "(!resource.ownPurpose || (context has purpose && principal.purposes.contains(context.purpose)))": (HMRC, None),
}


def test_every_condition_of_the_policy_on_own_data_is_tried() -> None:
    body = TEXT[TEXT.index('@id("own")') : TEXT.index('@id("agreement")')]
    lines = [line.strip().removesuffix("&&").strip() for line in body[body.index("{") :].splitlines()[1:]]
    assert [line for line in lines if line and line != "};"] == list(OWN_CONDITIONS)


@pytest.mark.parametrize("condition", OWN_CONDITIONS)
def test_each_condition_alone_keeps_own_data_from_whom_it_would_be_let_through_to(
    shared: Policy, condition: str
) -> None:
    who, purpose = OWN_CONDITIONS[condition]
    texts = TEXT, TEXT.replace(condition, "true")
    permits = [engine(shared, text).permit(who, "payrolledEmployees", context(), None, purpose) for text in texts]
    assert permits == [None, "own"]


def test_loading_the_repository_twice_gives_the_same_answers(shared: Policy) -> None:
    again = load(FOLDER, MEASURES, gazetteer())
    wanted = access("payrolledEmployees", AGE)
    assert again.decide(DFE, "skills-planning", wanted, NOW) == shared.decide(DFE, "skills-planning", wanted, NOW)
