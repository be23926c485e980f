"""Every question that the explorer offers is answered, to the one who would ask it."""

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from app.issuer import PERSONAS
from app.pages import EXAMPLES
from tests.conftest import Trust

LISTED: list[dict[str, str]] = tomllib.loads((EXAMPLES / "examples.toml").read_text(encoding="utf-8"))["example"]


def figures(answer: Any) -> Iterator[dict[str, Any]]:
    """Every figure of an answer, however deep."""
    if isinstance(answer, dict):
        if "value" in answer:
            yield answer
        else:
            for inner in answer.values():
                yield from figures(inner)
    elif isinstance(answer, list):
        for inner in answer:
            yield from figures(inner)


@pytest.mark.parametrize("example", LISTED, ids=lambda example: example["title"])
async def test_an_example_is_answered_without_a_refusal(trust: Trust, example: dict[str, str]) -> None:
    query = (EXAMPLES / example["file"]).read_text(encoding="utf-8")
    data = await trust.data(query, example["persona"], example["purpose"] or None)
    cells = list(figures(data))
    if not cells:
        assert "labourMarket" not in query
        assert all(data.values())
        return
    present = [figure for figure in cells if figure["value"] is not None]
    assert len(present) > len(cells) / 2
    absent = [figure for figure in cells if figure["value"] is None]
    assert all(figure["markers"] for figure in absent), "an absent figure says why"


async def test_every_picture_of_the_start_is_of_figures_open_to_the_public(trust: Trust) -> None:
    pictured = [example for example in LISTED if "picture" in example]
    assert len(pictured) > 8 and all(example["caption"] for example in pictured)
    data = await trust.data("{ " + " ".join(f"p{at}: {each['picture']}" for at, each in enumerate(pictured)) + " }")
    for picture in data.values():
        drawn = [cell["value"] for cell in figures(picture) if cell["value"] is not None]
        assert len(drawn) > 4 or any(len(department["measures"]) > 4 for department in picture)


def test_the_examples_listed_are_the_examples_there_are() -> None:
    assert sorted(example["file"] for example in LISTED) == sorted(path.name for path in EXAMPLES.glob("*.graphql"))


@pytest.mark.parametrize("example", LISTED, ids=lambda example: example["title"])
def test_an_example_is_asked_by_someone_with_that_purpose(example: dict[str, str]) -> None:
    persona = PERSONAS[example["persona"]]
    assert example["purpose"] in (persona.purposes or ("",))


async def test_the_page_gets_the_examples_with_their_queries(trust: Trust) -> None:
    body = (await trust.http.get("/examples.json")).json()
    assert [example["title"] for example in body] == [example["title"] for example in LISTED]
    assert all(example["query"].startswith("#") and example["question"].endswith("?") for example in body)
