"""What a query may ask for at most, found in linear time; and what an argument may be."""

import time
import tracemalloc
from typing import Any

import orjson
import pytest
from graphql import parse
from hypothesis import given, settings
from hypothesis import strategies as st

from app.limits import weigh
from reference.period import FIRST_YEAR, LAST_YEAR, PeriodKind, between
from tests.conftest import Opener, Trust

MONTH = 'periods: {from: "2021-01", to: "2021-01"}'
HERE = 'areas: {codes: ["E08000003"]}'


async def refusal(trust: Trust, query: str, **variables: Any) -> dict[str, Any]:
    """The only error of a query that is not executed."""
    answer = await trust.ask(query, **variables)
    assert "data" not in answer
    (error,) = answer["errors"]
    return error


async def test_a_query_of_too_many_tokens_is_refused_before_it_is_read_whole(open_trust: Opener) -> None:
    async with open_trust(MAX_TOKENS="20") as trust:
        assert (await trust.data("{ departments { code name until } }"))["departments"]
        error = await refusal(trust, "{ departments { " + "code " * 20 + "} }")
    assert error["extensions"]["code"] == "QUERY_TOO_COSTLY"
    assert "more than 20 tokens" in error["message"]


async def test_a_query_that_is_too_deep_is_refused_and_told_how_deep_it_may_be(open_trust: Opener) -> None:
    async with open_trust(MAX_DEPTH="3") as trust:
        assert await trust.data('{ area(code: "E08000003") { within(level: UK) { name } } }')
        error = await refusal(
            trust,
            '{ area(code: "E08000003") { ...F } } fragment F on Area { within(level: UK)'
            " { areas(level: LA) { code } } }",
        )
    assert error["message"] == "The query is 4 levels deep; 3 are allowed."
    assert error["extensions"]["code"] == "QUERY_TOO_COSTLY"


async def test_fields_are_counted_with_fragments_written_out(open_trust: Opener) -> None:
    async with open_trust(MAX_FIELDS="6") as trust:
        fragment = " fragment F on Department { code name }"
        assert await trust.data("{ a: departments { ...F } b: departments { ...F } }" + fragment)
        error = await refusal(
            trust, "{ a: departments { ...F } b: departments { ...F } c: departments { code } }" + fragment
        )
    assert error["message"] == "The query selects 8 fields when written out; 6 are allowed."


async def test_figures_are_counted_before_any_department_is_asked(open_trust: Opener) -> None:
    query = "{ labourMarket(areas: {level: LA}, %s%s) { nodes { claimantCount { value } population { value } } } }"
    async with open_trust(MAX_FIGURES="721") as trust:
        error = await refusal(trust, query % (MONTH, ""))
        assert error["extensions"]["code"] == "QUERY_TOO_COSTLY"
        assert "asks for 722 figures" in error["message"]
        assert trust.departments.asked() == []
        assert await trust.data(query % (MONTH, ", first: 10"))


async def test_rows_without_figures_are_counted_too(open_trust: Opener) -> None:
    async with open_trust(MAX_FIGURES="360") as trust:
        for selection in ("nodes { __typename }", "edges { cursor }", "edges { node { area { code } } }", "totalCount"):
            error = await refusal(trust, f"{{ labourMarket(areas: {{level: LA}}, {MONTH}) {{ {selection} }} }}")
            assert "361 rows" in error["message"], selection


@pytest.mark.parametrize(
    "query",
    [
        '{ area(code: "K02000001") { areas(level: LA) { within(level: UK) { areas(level: LA) { within(level: UK) {'
        " areas(level: LA) { code } } } } } } }",
        '{ area(code: "K02000001") { areas(level: LA) { within(level: UK) { areas(level: LA) {'
        f" labourMarket({MONTH}) {{ claimantCount {{ value }} }} }} }} }} }} }}",
        f"{{ labourMarket(areas: {{level: LA}}, {MONTH}) {{ nodes {{ area {{ within(level: UK) {{ areas(level: LA) {{"
        " within(level: UK) { areas(level: LA) { code } } } } } } } }",
        "{ departments { measures { owner { measures { owner { measures { owner { measures { name } } } } } } } } }",
        f"{{ labourMarket(areas: {{level: LA}}, {MONTH}) {{ nodes {{ population {{ provenance {{ owner {{ measures {{"
        " owner { measures { owner { measures { owner { measures { name unit owner { name } } } } } } } } } } } } } }",
        "{ labourMarket(areas: {level: LA}, periods: {from: \"2019-01\", to: \"2024-06\"}) { nodes { "
        + " ".join(f"p{at}: period {{ code }}" for at in range(200)) + " } } }",
        "{ __schema { types { fields { args { " + " ".join(
            f"t{at}: type {{ fields {{ args {{ name }} }} }}" for at in range(10)) + " } } } } }",
    ],
    ids=["places", "rows of places", "places of rows", "catalogue", "catalogue of figures", "aliases", "introspection"],
)  # fmt: skip
async def test_lists_nested_in_lists_are_counted_as_often_as_they_are_shown(trust: Trust, query: str) -> None:
    started = time.perf_counter()
    answer = await trust.ask(query)
    assert "data" not in answer
    assert {error["extensions"]["code"] for error in answer["errors"]} <= {
        "QUERY_TOO_COSTLY",
        "GRAPHQL_VALIDATION_FAILED",
    }
    assert time.perf_counter() - started < 2
    assert trust.departments.asked() == []


async def test_the_usual_introspection_is_not_too_much(trust: Trust) -> None:
    from graphql import get_introspection_query

    assert len((await trust.data(get_introspection_query(input_value_deprecation=True)))["__schema"]["types"]) > 30


@pytest.mark.parametrize(
    "query",
    ["{" + "__typename " * 1900 + "}", "{" + 'area(code: "E08000003") { name } ' * 500 + "}",
     '{ area(code: "E08000003") {' + "... { name } " * 900 + "} }",
     "{" + "...F " * 1000 + "} fragment F on Query { departments { code } }"],
    ids=["fields", "selections", "inline", "spreads"],
)  # fmt: skip
async def test_one_field_written_many_times_is_refused_before_validation_compares_every_pair(
    trust: Trust, query: str
) -> None:
    started = time.perf_counter()
    error = await refusal(trust, query)
    assert error["extensions"]["code"] == "QUERY_TOO_COSTLY"
    assert time.perf_counter() - started < 1


async def test_a_fragment_that_does_not_exist_or_holds_itself_is_refused_by_name(trust: Trust) -> None:
    missing = await refusal(trust, "{ ...Nowhere }")
    assert missing["message"] == "Unknown fragment 'Nowhere'."
    assert missing["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    itself = await refusal(trust, "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }")
    assert itself["message"] == "Cannot spread fragment 'A' within itself via 'B'."


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, str]:
    """A document with fragments, and the same document with its fragments written out."""
    bodies: list[tuple[str, str]] = []

    def body(depth: int) -> tuple[str, str]:
        parts = draw(st.lists(st.sampled_from(("leaf", "field", "inline", "spread")), min_size=1, max_size=4))
        short, long = "", ""
        for part in parts:
            if part == "spread" and bodies:
                at = draw(st.integers(0, len(bodies) - 1))
                short, long = f"{short} ...F{at}", f"{long} ... {{ {bodies[at][1]} }}"
            elif part in ("field", "inline") and depth < 3:
                inside = body(depth + 1)
                opened = "a" if part == "field" else "... on Query"
                short, long = f"{short} {opened} {{ {inside[0]} }}", f"{long} {opened} {{ {inside[1]} }}"
            else:
                short, long = f"{short} x", f"{long} x"
        return short, long

    for _ in range(draw(st.integers(0, 5))):
        bodies += [body(1)]
    short, long = body(0)
    fragments = " ".join(f"fragment F{at} on Query {{ {text} }}" for at, (text, _) in enumerate(bodies))
    return f"{{ {short} }} {fragments}", f"{{ {long} }}"


@settings(max_examples=100, deadline=None)
@given(documents())
def test_a_document_weighs_what_it_weighs_when_written_out(pair: tuple[str, str]) -> None:
    short, long = pair
    assert weigh(parse(short)) == weigh(parse(long))


def doubling(levels: int) -> str:
    """Fragments that each spread the next one twice: 2^levels fields."""
    chain = " ".join(f"fragment F{at} on Query {{ ...F{at + 1} ...F{at + 1} }}" for at in range(levels))
    return f"{{ ...F0 }} {chain} fragment F{levels} on Query {{ __typename }}"


def test_time_is_linear_in_the_document_however_often_fragments_are_reused() -> None:
    document = parse(doubling(200))
    started = time.perf_counter()
    assert weigh(document).fields == 2**200
    assert time.perf_counter() - started < 0.5


BAD_ARGUMENTS = {
    "unknown facet": (f"{{ labourMarket({HERE}, {MONTH}, by: [SEXX]) {{ totalCount }} }}", "by", "SEX"),
    "unlike any facet": (f"{{ labourMarket({HERE}, {MONTH}, by: [COLOUR]) {{ totalCount }} }}", "by", "INDUSTRY"),
    "unknown level": (f"{{ labourMarket(areas: {{level: WARD}}, {MONTH}) {{ totalCount }} }}", "areas.level", "LA"),
    "unknown fill": (f"{{ labourMarket({HERE}, {MONTH}, fill: LAST) {{ totalCount }} }}", "fill", "LATEST"),
    "unknown code": ('{ area(code: "E0800003") { name } }', "code", "E08000003"),
    "a name for a code": ('{ area(code: "Manchester") { name } }', "code", "E08000003"),
    "unknown code in a selection": (f'{{ labourMarket(areas: {{codes: ["E07000028"]}}, {MONTH}) {{ totalCount }} }}',
                                    "areas.codes", "E06000063"),
    "level not inside": (f'{{ labourMarket(areas: {{level: REGION, within: "E08000003"}}, {MONTH}) {{ totalCount }} }}',
                         "areas.level", "LA"),
    "unknown place to be within": ('{ areas(where: {level: LA, within: "E1200000"}) { totalCount } }',
                                   "where.within", "E12000009"),
    "code outside": ('{ areas(where: {codes: ["E08000003"], within: "W92000004"}) { totalCount } }',
                     "where.codes", None),
    "codes and level": ('{ areas(where: {codes: ["E08000003"], level: LA}) { totalCount } }', "where", None),
    "neither codes nor level": ("{ areas(where: {}) { totalCount } }", "where", None),
    "from after to": (f'{{ labourMarket({HERE}, periods: {{from: "2021-02", to: "2021-01"}}) {{ totalCount }} }}',
                      "periods", None),
    "month thirteen": (f'{{ labourMarket({HERE}, periods: {{from: "2021-13", to: "2021-13"}}) {{ totalCount }} }}',
                       "periods.from", None),
    "not a period": (f'{{ labourMarket({HERE}, periods: {{from: "2021", to: "January"}}) {{ totalCount }} }}',
                     "periods.to", None),
    "two academic years": (f'{{ labourMarket({HERE}, periods: {{from: "2020/22", to: "2022"}}) {{ totalCount }} }}',
                           "periods.from", None),
    "far away": (f'{{ labourMarket({HERE}, periods: {{from: "0001-01", to: "9999-12"}}) {{ totalCount }} }}',
                 "periods.from", None),
    "no whole period": (
        f'{{ labourMarket({HERE}, periods: {{from: "2021-02", to: "2021-03", every: QUARTER}}) {{ totalCount }} }}',
        "periods", "2021-Q1"),
    "facet twice": (f"{{ labourMarket({HERE}, {MONTH}, by: [SEX, SEX]) {{ totalCount }} }}", "by", None),
    "four facets": (f"{{ labourMarket({HERE}, {MONTH}, by: [SEX, AGE_BAND, INDUSTRY, ETHNICITY]) {{ totalCount }} }}",
                    "by", None),
    "negative first": (f"{{ labourMarket({HERE}, {MONTH}, first: -1) {{ totalCount }} }}", "first", None),
    "cursor of nothing": (f'{{ labourMarket({HERE}, {MONTH}, after: "zzz") {{ totalCount }} }}', "after", None),
    "cursor of no text": (f'{{ labourMarket({HERE}, {MONTH}, after: "é\\u0000") {{ totalCount }} }}', "after", None),
    "cursor of places": ('{ areas(where: {level: REGION}, after: "RTA4MDAwMDAz") { totalCount } }', "after", None),
    "negative first of places": ("{ areas(where: {level: REGION}, first: -5) { totalCount } }", "first", None),
    "inside a place": ('{ area(code: "K02000001") { labourMarket(periods: {from: "x", to: "y"}) { __typename } } }',
                       "periods.from", None),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_ARGUMENTS)
async def test_a_bad_argument_is_named_with_what_is_allowed(trust: Trust, case: str) -> None:
    query, argument, nearest = BAD_ARGUMENTS[case]
    answer = await trust.ask(query)
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["extensions"]["argument"] == argument
    assert error["message"].startswith(f"Argument {argument}: ")
    assert nearest is None or nearest in error["extensions"]["nearest"]
    assert trust.departments.asked() == []


async def test_however_many_words_are_unknown_few_are_named_and_quickly(trust: Trust) -> None:
    query = f"query ($by: [Facet!]! = []) {{ labourMarket(areas: {{level: UK}}, {MONTH}, by: $by) {{ totalCount }} }}"
    many = ["SEXX" * 100] * 100 + [f"SEX{at}" for at in range(8_000)]
    words = ", ".join(f"SEX{at}" for at in range(1_500))
    started = time.perf_counter()
    in_variables = await trust.ask(query, "public", None, by=many)
    in_the_text = await trust.ask(query.replace("by: $by", f"by: [{words}]").replace(" ($by: [Facet!]! = [])", ""))
    assert time.perf_counter() - started < 2
    for answer in (in_variables, in_the_text):
        assert 0 < len(answer["errors"]) <= 21
        assert len(orjson.dumps(answer)) < 20_000


@pytest.mark.parametrize(
    ("given", "argument", "nearest"),
    [
        ({"by": ["SEXX"]}, "$by", "SEX"),
        ({"by": "age"}, "$by", "AGE_BAND"),
        ({"areas": {"level": "WARD"}}, "$areas.level", "LA"),
    ],
)
async def test_an_unknown_word_in_a_variable_is_named_with_what_is_allowed(
    trust: Trust, given: dict[str, Any], argument: str, nearest: str
) -> None:
    query = f"""query ($by: [Facet!]! = [], $areas: AreaSelection! = {{level: UK}}) {{
      labourMarket(areas: $areas, {MONTH}, by: $by) {{ totalCount }} }}"""
    (error,) = (await trust.ask(query, "public", None, **given))["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["extensions"]["argument"] == argument
    assert nearest in error["extensions"]["nearest"]


async def test_an_unknown_field_is_answered_with_the_nearest(trust: Trust) -> None:
    error = await refusal(trust, f"{{ labourMarket({HERE}, {MONTH}) {{ nodes {{ claimantCounts {{ value }} }} }} }}")
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert "'claimantCount'" in error["message"]


async def test_a_cursor_of_another_query_is_refused(trust: Trust) -> None:
    query = """query ($month: String!, $after: String) { labourMarket(areas: {level: REGION}, after: $after,
      periods: {from: $month, to: $month}) { edges { cursor } } }"""
    edges = (await trust.data(query, month="2021-01"))["labourMarket"]["edges"]
    assert await trust.data(query, month="2021-01", after=edges[0]["cursor"])
    answer = await trust.ask(query, month="2021-02", after=edges[0]["cursor"])
    assert answer["errors"][0]["extensions"]["argument"] == "after"


async def test_variables_are_refused_by_name_and_kind(trust: Trust) -> None:
    query = """query ($by: [Facet!]!, $first: Int, $range: PeriodRange!) {
      labourMarket(areas: {level: UK}, periods: $range, by: $by, first: $first) { totalCount } }"""
    good: dict[str, Any] = {"by": [], "first": 1, "range": {"from": "2021", "to": "2021"}}
    assert await trust.data(query, **good)
    for name, value in (("by", ["SEXX"]), ("by", None), ("first", "x"), ("first", 2**40), ("range", {"from": 2021}),
                        ("range", {"from": "2021", "to": "2021", "every": "WEEK"}), ("range", "2021")):  # fmt: skip
        answer = await trust.ask(query, **{**good, name: value})
        assert "data" not in answer, (name, value)
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}
        assert any(f"${name}" in error["message"] for error in answer["errors"])


async def test_a_null_where_a_value_is_needed_spoils_its_own_field_only(trust: Trust) -> None:
    query = f"""query ($level: AreaLevel = LA) {{ area(code: "E08000003") {{ within(level: $level) {{ name }}
      labourMarket({MONTH}) {{ claimantCount {{ value }} }} }} }}"""
    answer = await trust.ask(query, level=None)
    assert answer["data"]["area"]["labourMarket"][0]["claimantCount"]["value"] > 0
    (error,) = answer["errors"]
    assert error["path"] == ["area", "within"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "'level'" in error["message"]


async def test_many_unknown_codes_are_answered_in_good_time(trust: Trust) -> None:
    fields = " ".join(f'a{at}: area(code: "E0800{at:04}x") {{ name }}' for at in range(400))
    started = time.perf_counter()
    answer = await trust.ask(f"{{ {fields} }}")
    assert len(answer["errors"]) == 20
    assert time.perf_counter() - started < 3


async def test_queries_are_forgotten_before_they_fill_the_memory(trust: Trust) -> None:
    kept = trust.app.state.gateway.engine.documents._kept
    for at in range(400):
        await trust.ask(f"{{ __typename }} # {at} {'x' * 100_000}")
    assert 20_000_000 < kept.currsize <= kept.maxsize == 40_000_000
    assert sum(document.bytes for document in kept.values()) == kept.currsize


async def test_nothing_is_kept_of_what_is_no_document_of_this_schema(trust: Trust) -> None:
    kept = trust.app.state.gateway.engine.documents._kept
    for text in ("{", "{ nothing }", "{ me { subject } } { me { subject } }", "query ($a: Nothing) { __typename }"):
        await trust.ask(text)
    assert not kept


async def test_more_rows_than_an_int_can_count_are_refused(trust: Trust) -> None:
    answer = await trust.ask("""{ labourMarket(areas: {level: LA}, by: [OCCUPATION, INDUSTRY, SUBJECT_AREA], first: 0,
      periods: {from: "1990", to: "2099"}) { totalCount } }""")
    (error,) = answer["errors"]
    assert error["extensions"]["argument"] == "periods"
    assert "5253633000 rows" in error["message"]


async def test_places_inside_every_place_are_found_in_good_time(trust: Trust) -> None:
    inside = "areas(where: {level: LA}) { nodes { areas(level: LA) { areas(level: LA) { code } } } }"
    started = time.perf_counter()
    data = await trust.data("{ " + " ".join(f"a{at}: {inside}" for at in range(100)) + " }")
    assert time.perf_counter() - started < 3
    assert len(data["a99"]["nodes"]) == 361


def test_spans_of_time_take_little_memory_however_many_are_asked_for() -> None:
    first, last = FIRST_YEAR * 12, LAST_YEAR * 12 + 11
    whole = between(first, last, PeriodKind.MONTH)
    tracemalloc.start()
    spans = [between(first, end, PeriodKind.MONTH) for end in range(last - 200, last)]
    memory, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert all(span == whole[: len(span)] for span in spans)
    assert memory / len(spans) < 20 * len(whole)
