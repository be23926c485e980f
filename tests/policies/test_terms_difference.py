"""What is written otherwise in one version of an agreement than in another."""

import json
from datetime import date

from policies.agreement_content import content_of
from policies.terms_difference import ChangedTerm, lines, terms_difference
from tests.policies.conftest import FOLDER, record


def test_each_key_that_differs_is_told_section_by_section() -> None:
    before, after = record(), record()
    after["version"] = 2
    after["scope"].update(measures=["medianMonthlyPay", "furloughedEmployments"], finest="REGION", within="E12000002")
    after["parties"]["contacts"]["steward"] = "steward@hmrc.example"
    after["obligations"] = {"profile": "hmrc-rti", "suppress_below": {"fewer_than": 12, "zeros": True}}
    after["protection"].pop("impact_assessment")
    after["term"]["not_after"] = date(2029, 4, 1)
    assert lines(terms_difference(content_of(before), content_of(after))) == [
        "version: 1 -> 2",
        "parties.contacts.steward: data.steward@hmrc.example -> steward@hmrc.example",
        "scope.finest: LA -> REGION",
        "scope.measures: added furloughedEmployments; removed payrolledEmployees",
        "scope.within: nothing -> E12000002",
        "protection.impact_assessment: DPIA-001 -> nothing",
        "obligations.suppress_below.fewer_than: nothing -> 12",
        "obligations.suppress_below.zeros: nothing -> yes",
        "term.not_after: 2028-04-01 -> 2029-04-01",
    ]


def test_lists_tell_what_came_and_what_went() -> None:
    before, after = content_of(record()), content_of(record())
    after["scope"]["breakdowns"] = [["AGE_BAND", "INDUSTRY"], ["AGE_BAND"]]
    (change,) = terms_difference(before, after)
    assert change == ChangedTerm(
        "scope.breakdowns", [["AGE_BAND"], ["INDUSTRY"]], [["AGE_BAND", "INDUSTRY"], ["AGE_BAND"]]
    )
    assert (change.added, change.removed) == ([["AGE_BAND", "INDUSTRY"]], [["INDUSTRY"]])
    assert change.words == "scope.breakdowns: added AGE_BAND and INDUSTRY; removed INDUSTRY"


def test_another_order_is_another_text() -> None:
    before, after = content_of(record()), content_of(record())
    after["scope"]["measures"].reverse()
    words = "scope.measures: payrolledEmployees and medianMonthlyPay -> medianMonthlyPay and payrolledEmployees"
    assert lines(terms_difference(before, after)) == [words]


def test_the_same_words_do_not_differ_whatever_their_order_and_state() -> None:
    for path in sorted((FOLDER / "agreements").glob("*.toml")):
        before = record(path.stem)
        after = json.loads(json.dumps(content_of({**before, "status": "DRAFT"}), sort_keys=True))
        assert terms_difference(content_of(before), after) == []
