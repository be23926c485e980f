"""What is chosen for a table becomes a valid query, and the query becomes the same choice again."""

from typing import Any

import pytest
from graphql import build_schema, parse, validate
from hypothesis import given, settings
from hypothesis import strategies as some

from reference import period
from reference.facets import Facet
from schema.build import printed
from schema.measures import MEASURES
from tests.tables.conftest import Explorer

SCHEMA = build_schema(printed())
LEVELS = ("UK", "COUNTRY", "REGION", "COMBINED_AUTHORITY", "LSIP", "LA")
CODES = some.from_regex(r"[A-Z]\d{8}", fullmatch=True)
CHOICES = some.fixed_dictionaries(
    {
        "measures": some.lists(some.sampled_from(sorted(MEASURES)), unique=True, max_size=5),
        "places": some.one_of(
            some.fixed_dictionaries({"codes": some.lists(CODES, max_size=4)}),
            some.fixed_dictionaries({"level": some.sampled_from(LEVELS), "within": some.one_of(some.none(), CODES)}),
        ),
        "periods": some.one_of(
            some.fixed_dictionaries({"last": some.integers(1, 240)}),
            some.fixed_dictionaries({"from": some.just("2020/21"), "to": some.sampled_from(["2024-Q1", "2024", ""])}),
        ),
        "every": some.sampled_from([str(kind) for kind in period.PeriodKind]),
        "by": some.lists(some.sampled_from([str(facet) for facet in Facet]), unique=True, max_size=3),
        "latest": some.booleans(),
    }
)


@given(some.lists(CHOICES, min_size=40, max_size=40))
@settings(max_examples=5, deadline=None)
def test_a_choice_is_written_as_a_valid_query_and_read_back_as_itself(
    queries: Explorer, choices: list[dict[str, Any]]
) -> None:
    for choice, answer in zip(choices, queries([{"choice": choice} for choice in choices]), strict=True):
        assert validate(SCHEMA, parse(answer["query"])) == [], answer["query"]
        assert answer["choice"] == choice


PLAIN = """{ labourMarket(areas: { level: REGION } periods: { last: 12 }) {
  nodes { area { code name } period { code label } claimantCount { value markers unit } } } }"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{ labour", "query Named { labour"),
        ("claimantCount {", "count: claimantCount {"),
        ("claimantCount {", "claimantCount @include(if: true) {"),
        ("value markers", "value status markers"),
        ("last: 12", "last: $n"),
        ("periods: {", "first: 10 periods: {"),
        ("nodes {", "totalCount nodes {"),
        ("code name", "code name level"),
        ("level: REGION", 'level: REGION codes: ["E12000001"]'),
        ("} } } }", "} } } me { subject } }"),
        ("} } } }", "} } } } query Other { me { subject } }"),
        ("{ labour", "mutation { labour"),
        ("{ labour", "{ labour("),
    ],
)
def test_what_says_more_than_a_choice_is_not_read_as_one(queries: Explorer, old: str, new: str) -> None:
    more, plain = queries([{"query": PLAIN.replace(old, new, 1)}, {"query": "# A remark.\n" + PLAIN}])
    assert old in PLAIN
    assert more["choice"] is None
    assert plain["choice"]["measures"] == ["claimantCount"]


def test_the_periods_to_choose_from_are_those_of_the_model(queries: Explorer) -> None:
    asked = [
        {"first": "2019-01", "latest": "2020-03", "every": "MONTH"},
        {"first": "2019-Q1", "latest": "2020-Q2", "every": "QUARTER"},
        {"first": "2018/19", "latest": "2023/24", "every": "ACADEMIC_YEAR"},
        {"first": "2018", "latest": "2024", "every": "YEAR"},
    ]
    for question, answer in zip(asked, queries(asked), strict=True):
        assert (answer["periods"][0], answer["periods"][-1]) == (question["first"], question["latest"])
        for code in answer["periods"]:
            assert str(period.parse(code).kind) == question["every"]
