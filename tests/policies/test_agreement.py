"""The agreements a new Trust starts with, and what an agreement's file is told when it is wrong."""

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from policies.agreement import Agreement, AgreementStatus, agreement
from policies.agreement_content import content_hash
from policies.agreement_file import AgreementRecord
from policies.errors import PolicyError
from reference.area import AreaLevel, gazetteer
from reference.facets import Facet
from reference.strict_file import Section
from schema.measures import MEASURES
from tests.policies.conftest import FOLDER, NOW, Policy, load, record

FIRST_NINE = [f"DSA-00{number}" for number in range(1, 10)]


def test_the_trust_starts_with_nine_agreements_of_which_one_has_expired(shared: Policy) -> None:
    assert list(shared.agreements) == FIRST_NINE
    states = {name: document.state(NOW) for name, document in shared.agreements.items()}
    assert states.pop("DSA-009") is AgreementStatus.EXPIRED
    assert set(states.values()) == {AgreementStatus.ACTIVE}
    ninth = shared.agreements["DSA-009"]
    assert ninth.state(ninth.not_after - timedelta(seconds=1)) is AgreementStatus.ACTIVE
    assert ninth.state(ninth.not_after) is AgreementStatus.EXPIRED
    assert ninth.not_after == datetime(2023, 1, 1, tzinfo=UTC)


def test_an_expired_agreement_does_not_come_back_by_its_record(amended: Callable[..., Agreement]) -> None:
    assert amended("DSA-009", status="SUSPENDED").state(NOW) is AgreementStatus.EXPIRED
    assert amended("DSA-001", status="SUSPENDED").state(NOW) is AgreementStatus.SUSPENDED


@pytest.mark.parametrize(
    ("key", "changes", "words"),
    [
        ("parties.owner", {"parties": {"owner": "HMCR"}}, 'Did you mean "HMRC"'),
        ("parties.consumer", {"parties": {"consumer": "GCHQ"}}, "allowed are DWP, HMRC, DfE"),
        ("parties.consumer", {"parties": {"consumer": "HMRC"}}, "reads it without an agreement"),
        ("parties.role", {"parties": {"role": "boss"}}, "controller, joint, processor"),
        ("parties.contacts.steward", {"parties": {"contacts": {"data_protection": "d@hmrc.example"}}}, "is needed"),
        ("parties.contacts.steward", {"parties": {"contacts": {"data_protection": "d@x.example", "steward": "Jo"}}},
         "must be the address of a role"),
        ("purpose.purposes", {"purpose": {"purposes": ["curiosity"]}}, "economic-recovery"),
        ("purpose.purposes", {"purpose": {"purposes": []}}, "must hold at least one"),
        ("purpose.benefits", {"purpose": {"benefits": ["profit"]}}, "decision-making"),
        ("purpose.statement", {"purpose": {"statement": "  "}}, "must be text"),
        ("scope.measures", {"scope": {"measures": ["medianPay"]}}, "is not known"),
        ("scope.measures", {"scope": {"measures": "medianMonthlyPay"}}, "must be a list"),
        ("scope.measures", {"scope": {"measures": ["businesses"]}}, "owned by BEIS, not by HMRC"),
        ("scope.measures", {"scope": {"measures": ["claimantRate"]}}, "name claimantCount and population instead"),
        ("scope.measures", {"scope": {"measures": ["medianMonthlyPay", "medianMonthlyPay"]}}, "more than once"),
        ("scope.breakdowns", {"scope": {"breakdowns": [["AGEBAND"]]}}, 'Did you mean "AGE_BAND"'),
        ("scope.breakdowns", {"scope": {"breakdowns": ["AGE_BAND"]}}, "must be a list, not \"AGE_BAND\""),
        ("scope.breakdowns", {"scope": {"breakdowns": [["SEX"]]}}, "no measure of it is published by SEX"),
        ("scope.finest", {"scope": {"finest": "WARD"}}, "UK, COUNTRY, REGION, LA"),
        ("scope.finest", {"scope": {"finest": "LSIP"}}, "UK, COUNTRY, REGION, LA"),
        ("scope.levels", {"scope": {"levels": ["LA"]}}, "COMBINED_AUTHORITY, LSIP"),
        ("scope.levels", {"scope": {"levels": ["COMBINED_AUTHORITY", "LSIP"]}}, "do not nest"),
        ("scope.within", {"scope": {"within": "E47000099"}}, "not the GSS code of a place"),
        ("scope.within", {"scope": {"within": "E47000011"}}, "Nearest: E47000014 (North East)"),
        ("scope.roles", {"scope": {"roles": ["minister"]}}, "analyst"),
        ("scope", {"scope": {"from": date(2024, 1, 1), "to": date(2023, 1, 1)}}, "must not be later than"),
        ("scope.from", {"scope": {"from": "2024-01-01"}}, "must be a date"),
        ("legal.gateways", {"legal": {"gateways": ["crca"]}}, "crca-2005-18-2-a"),
        ("legal.gateways", {"legal": {"gateways": ["sta-1947-9"]}}, "lets HMRC share payrolledEmployees, "),
        ("legal.lawful_basis", {"legal": {"lawful_basis": "because"}}, "public-task"),
        ("legal.special_category_condition", {"protection": {"data_type": "special"}}, "is needed where"),
        ("protection.data_type", {"protection": {"data_type": "aggregates"}}, "personal, special, none"),
        ("security.classification", {"security": {"classification": "SECRET"}}, "OFFICIAL"),
        ("obligations", {"obligations": {"profile": "ons-11-5"}}, "ons-10-5"),
        ("obligations", {"obligations": {"suppress_under": 10}}, 'Did you mean "suppress_below"'),
        ("obligations.round_to", {"obligations": {"round_to": 0}}, "a whole number of 1 or more"),
        ("obligations", {"obligations": 5}, "must be a table"),
        ("term", {"term": {"not_after": date(2022, 4, 1)}}, "must be earlier than"),
        ("term.review_by", {"term": {"review_by": date(2030, 1, 1)}}, "between not_before and not_after"),
        ("term.not_before", {"term": {"not_before": "2022-04-01"}}, "must be a date"),
        ("term.not_before", {"term": {"not_before": datetime(2022, 4, 1, 0, 0, 0, 1, UTC)}}, "whole seconds"),
        ("term.renewal", {"term": {"renewal": True}}, "not_before, not_after, review_by"),
        ("penalty", {"penalty": 1}, "is not a key: allowed are id"),
        ("status", {"status": "active"}, "ACTIVE"),
        ("version", {"version": "1"}, "a whole number of 1 or more"),
        ("version", {"version": True}, "a whole number of 1 or more"),
        ("kind", {"kind": "HANDSHAKE"}, "MOU, DUA, ISA"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_its_key_with_what_is_allowed(
    amended: Callable[..., Agreement], key: str, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(PolicyError) as error:
        amended(**changes)
    assert str(error.value).startswith(key)
    assert words in str(error.value)


@pytest.mark.parametrize("key", ["id", "title", "status", "parties", "scope", "legal", "obligations", "term"])
def test_a_missing_key_is_told(shared: Policy, key: str) -> None:
    document = record()
    del document[key]
    with pytest.raises(PolicyError, match=f"{key}.* is needed"):
        agreement(document, shared.rules.known)


def test_each_measure_needs_a_gateway_of_its_own(amended: Callable[..., Agreement]) -> None:
    with pytest.raises(PolicyError, match="lets BEIS share businessSupportLoans with DWP"):
        amended("DSA-005", legal={"gateways": ["sta-1947-9"]})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "policies", ignore=shutil.ignore_patterns("*.py", "__pycache__")))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace('"LA"', '"WARD"'), 'DSA-001.toml: scope.finest "WARD" is not known'),
        (lambda text: text + "\n]", "DSA-001.toml: "),
        (lambda text: text.replace("DSA-001", "DSA-002"), "DSA-002.toml: DSA-002 is in another file as well"),
    ],
)
def test_a_file_that_is_wrong_is_named_and_the_trust_does_not_start(
    folder: Path, change: Callable[[str], str], words: str
) -> None:
    path = folder / "agreements" / "DSA-001.toml"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(PolicyError, match=words):
        load(folder, MEASURES, gazetteer())


def test_a_file_that_is_not_text_is_named(folder: Path) -> None:
    (folder / "agreements" / "DSA-010.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(PolicyError, match=r"DSA-010\.toml"):
        load(folder, MEASURES, gazetteer())


def test_the_hash_of_the_content_changes_with_the_words_and_not_with_their_order(
    amended: Callable[..., Agreement],
) -> None:
    document = record()
    assert content_hash(dict(reversed(document.items()))) == content_hash(document) == amended().content_hash
    hashes = {amended(**changes).content_hash for changes in ({}, {"version": 2}, {"scope": {"finest": "REGION"}})}
    assert len(hashes) == 3


def test_each_agreed_set_of_facets_brings_its_subsets_and_no_union(amended: Callable[..., Agreement]) -> None:
    covered = amended("DSA-003").breakdowns
    sex, age = Facet.SEX, Facet.AGE_BAND
    assert covered == {frozenset(), frozenset({sex}), frozenset({age}), frozenset({sex, age})}
    assert frozenset({age, Facet.INDUSTRY}) not in amended("DSA-001").breakdowns


def test_levels_that_do_not_nest_are_covered_only_where_listed(amended: Callable[..., Agreement]) -> None:
    nested = {AreaLevel.UK, AreaLevel.COUNTRY, AreaLevel.REGION, AreaLevel.LA}
    assert amended().levels == nested
    assert amended(scope={"levels": ["LSIP"]}).levels == nested | {AreaLevel.LSIP}
    assert amended(scope={"finest": "REGION"}).levels == nested - {AreaLevel.LA}
    assert amended("DSA-008").levels == nested | {AreaLevel.COMBINED_AUTHORITY}


def test_a_moment_keeps_its_offset_and_a_day_begins_at_its_first_moment(amended: Callable[..., Agreement]) -> None:
    summer = timezone(timedelta(hours=1))
    document = amended(term={"not_before": datetime(2022, 7, 1, tzinfo=summer)})
    assert document.not_before == datetime(2022, 6, 30, 23, tzinfo=UTC)
    assert document.not_after == datetime(2028, 3, 31, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        (date(2023, 7, 1), datetime(2023, 6, 30, 23, tzinfo=UTC)),
        (date(2023, 1, 1), datetime(2023, 1, 1, tzinfo=UTC)),
        (date(2024, 3, 31), datetime(2024, 3, 31, tzinfo=UTC)),  # the clocks go forward at 1 in the morning
        (date(2024, 4, 1), datetime(2024, 3, 31, 23, tzinfo=UTC)),
        (date(2024, 10, 27), datetime(2024, 10, 26, 23, tzinfo=UTC)),  # they go back at 2
        (date(2024, 10, 28), datetime(2024, 10, 28, tzinfo=UTC)),
        (datetime.fromisoformat("2023-07-01T09:00"), datetime(2023, 7, 1, 8, tzinfo=UTC)),
        (datetime(2023, 7, 1, 9, tzinfo=UTC), datetime(2023, 7, 1, 9, tzinfo=UTC)),
        (datetime(2024, 10, 27, 1, 30, tzinfo=UTC), datetime(2024, 10, 27, 1, 30, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("end", ["not_before", "not_after"])
def test_agreements_begin_and_end_by_londons_clocks(
    amended: Callable[..., Agreement], written: date, moment: datetime, end: str
) -> None:
    term = {"not_before": date(2022, 4, 1), "not_after": date(2028, 4, 1), end: written}
    term["review_by"] = date(2022, 12, 1) if end == "not_after" else date(2027, 1, 1)
    read = amended(term=term)
    assert getattr(read, end) == moment
    assert getattr(read, end).utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "written", [datetime.fromisoformat("2024-10-27T01:30"), datetime.fromisoformat("2024-03-31T01:30")]
)
def test_a_moment_that_londons_clocks_show_twice_or_never_needs_an_offset(
    amended: Callable[..., Agreement], written: datetime
) -> None:
    with pytest.raises(PolicyError, match=r"term.not_after must have an offset, as in 2024-.*Z: .*twice or never"):
        amended(term={"not_after": written, "review_by": date(2023, 1, 1)})


def test_every_key_of_an_agreement_is_documented() -> None:
    documented = Path("docs/agreements-and-policies.md").read_text(encoding="utf-8")
    for key, field in AgreementRecord.model_fields.items():
        section: Any = field.annotation
        if not (isinstance(section, type) and issubclass(section, Section)):
            assert f"`{key}`" in documented, key
            continue
        for name, inner in section.model_fields.items():
            assert f"`{key}.{inner.alias or name}`" in documented, f"{key}.{name}"
