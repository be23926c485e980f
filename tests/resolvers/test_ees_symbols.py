"""Explore education statistics: what a text in place of a figure means."""

from typing import Any

import numpy as np
import pytest

from reference.column import UNEXPLAINED as NOTE
from reference.figure import Marker
from resolvers.errors import DepartmentMisanswered
from resolvers.protocols.ees.symbols import NIL, read
from resolvers.protocols.numbers import NotANumber
from tests.resolvers.ees_stub import Stub, row

X, Z, C, LOW, U, W = Marker.x, Marker.z, Marker.c, Marker.low, Marker.u, Marker.w
SYMBOLS = [
    ("c", "Q", C),
    ("low", "N", LOW),
    ("u", "U", U),
    ("w", "N", W),
    ("x", "O", X),
    ("z", "M", Z),
    ("b", "O", X | Marker.b),
    ("e", "O", X | Marker.e),
    ("er", "O", X | Marker.er),
    ("f", "O", X | Marker.f),
    ("p", "O", X | Marker.p),
    ("r", "O", X | Marker.r),
    ("~", "N", LOW),
    (":", "O", X),
    ("..", "O", X),
    (".", "M", Z),
    ("", "O", X),
]


@pytest.mark.parametrize("form", ["{}", "[{}]", " {} ", "[ {} ]"])
@pytest.mark.parametrize("change", [str, str.upper, str.title])
@pytest.mark.parametrize(("symbol", "status", "marker"), SYMBOLS)
def test_every_symbol_has_its_marker_in_or_out_of_brackets_and_in_any_capitals(
    symbol: str, status: str, marker: Marker, change: Any, form: str
) -> None:
    observation = read(form.format(change(symbol)))
    assert np.isnan(observation.value)
    assert (observation.status, observation.marker, observation.note) == (status, marker, None)
    assert observation.known


def test_every_marker_of_the_model_is_a_symbol() -> None:
    assert {str(marker.name) for marker in Marker} <= {symbol for symbol, _, _ in SYMBOLS}


def test_a_dash_is_none_or_too_few_and_says_so() -> None:
    assert read("-")[1:] == ("N", LOW, NIL, True)


@pytest.mark.parametrize(
    ("text", "value"), [("969", 969), ("0", 0), ("-1", -1), ("12.50", 12.5), (" 5 ", 5), (17, 17), (0.5, 0.5)]
)
def test_a_number_is_a_number(text: Any, value: float) -> None:
    assert read(text) == (value, "A", Marker(0), None, True)


@pytest.mark.parametrize(
    ("text", "value", "status", "marker"),
    [
        ("123 [p]", 123, "P", Marker.p),
        ("123[r]", 123, "A", Marker.r),
        ("123 [er]", 123, "A", Marker.er),
        ("12.5 [U]", 12.5, "U", Marker.u),
        ("123 [b]", 123, "B", Marker.b),
        ("123 [e]", 123, "E", Marker.e),
        ("123 [f]", 123, "F", Marker.f),
        ("123 [r, p]", 123, "P", Marker.r | Marker.p),
        ("123 [r][p]", 123, "P", Marker.r | Marker.p),
        ("123 [r] [e]", 123, "E", Marker.r | Marker.e),
    ],
)
def test_a_figure_can_be_qualified_in_brackets(text: str, value: float, status: str, marker: Marker) -> None:
    assert read(text) == (value, status, marker, None, True)


UNEXPLAINED = ["n/k", "nan", "NaN", "inf", "1,234", "1e5", "1E5", "1e999", "1_000", "²", "٣", "+5", "5.", ".5", "--1",
               "0x10", "1 234", "5%", "£5", "123p", "123 p", "123 [x]", "123 [c]", "123 [low]", "123 [q]", "123 []",
               "[]c", "[c", "c]", "[[c]]", "*", "n/a", "None", "null", "true", "<html>", "…"]  # fmt: skip


@pytest.mark.parametrize("text", UNEXPLAINED)
def test_any_other_text_is_not_available_and_says_what_was_written(text: str) -> None:
    observation = read(text)
    assert np.isnan(observation.value)
    assert observation[1:] == ("O", X, NOTE, False)


@pytest.mark.parametrize("value", [True, False, [], ["5"], {}, {"value": 5}, float("inf")])
async def test_what_is_neither_text_nor_number_is_a_misanswer(value: Any) -> None:
    with pytest.raises(NotANumber):
        read(value)
    if value != float("inf"):
        with pytest.raises(DepartmentMisanswered):
            await Stub(row(value)).table()


async def test_an_unexplained_text_is_drift_from_then_on() -> None:
    stub = Stub(row("n/k"))
    assert await stub.ees.drift() == ()
    await stub.table()
    await stub.table()
    (line,) = await stub.ees.drift()
    assert line.endswith(": 'n/k' stands in place of a figure, and is no symbol that we know: shown as not available.")


async def test_many_unexplained_texts_are_a_few_short_lines() -> None:
    stub = Stub()
    for at in range(100):
        stub.documents["query"]["results"] = [row(f"n/k {at} " + "<p>" * 500)]
        stub.documents["query"]["paging"]["totalResults"] = 1
        await stub.table()
    lines = await stub.ees.drift()
    assert len(lines) == 20
    assert max(map(len, lines)) < 200
