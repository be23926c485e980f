"""The one reader of numbers: what is a number in JSON and in text, and which numbers a unit can have."""

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.figure import RANGES, Unit
from resolvers.protocols.numbers import (
    NotANumber,
    all_from_json,
    all_from_text,
    check_range,
    from_json,
    from_text,
)

NO_NUMBERS_IN_JSON = [None, True, False, "969", "", "²", [], [5], {}, float("nan"), float("inf"), b"5"]
NO_NUMBERS_IN_TEXT = [
    "", " ", "²", "1²", "½", "٣", "５", "+5", "5 ", " 5", "5\n", "\n5", "1e5", "1,000", "1_000", "0x1F", "nan", "inf",
    "-", "--5", ".5", "5.", "1.2.3", "true", "null", "9" * 19,
]  # fmt: skip


@pytest.mark.parametrize("value", NO_NUMBERS_IN_JSON, ids=repr)
def test_what_is_no_number_in_json_is_refused(value: object) -> None:
    with pytest.raises(NotANumber):
        from_json(value)


@pytest.mark.parametrize("text", NO_NUMBERS_IN_TEXT, ids=repr)
def test_what_is_no_number_in_text_is_refused_alone_and_among_others(text: str) -> None:
    with pytest.raises(NotANumber):
        from_text(text)
    for texts in ([text], ["5", text], [text, "5"]):
        with pytest.raises(NotANumber):
            all_from_text(texts)


@pytest.mark.parametrize(
    "values",
    [
        None,
        5,
        "55",
        {},
        (1, 2),
        [],
        [1],
        [1, 2, 3],
        [1, "2"],
        [True, False],
        [5, True],
        [1, [2]],
        [1, {}],
        [1, 10**400],
    ],
    ids=lambda values: f"{values!r:.20}",
)
def test_a_list_in_json_holds_so_many_numbers_and_nulls_and_nothing_else(values: object) -> None:
    with pytest.raises(NotANumber):
        all_from_json(values, 2)


@given(st.lists(st.none() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)))
def test_numbers_and_nulls_in_json_are_read_as_they_are(values: list[float | None]) -> None:
    values = orjson.loads(orjson.dumps(values))
    read = all_from_json(values, len(values))
    np.testing.assert_array_equal(read, np.array([np.nan if value is None else value for value in values], float))


@pytest.mark.parametrize("unit", Unit)
def test_a_figure_lies_in_the_range_of_its_unit(unit: Unit) -> None:
    allowed = RANGES[unit]
    check_range(np.array([allowed.least, allowed.most, np.nan, 7.0]), unit)
    wrong = [-1.0, -0.5, allowed.most + 1, 1e308, np.inf, -np.inf]
    for value in [*wrong, 1.5] if allowed.whole else wrong:
        with pytest.raises(NotANumber, match=f"as {unit} are"):
            check_range(np.array([5.0, value, np.nan]), unit)
    assert allowed.whole is (unit not in (Unit.PERCENT, Unit.GBP_PER_MONTH, Unit.GBP_PER_WEEK, Unit.GBP_MILLION))
