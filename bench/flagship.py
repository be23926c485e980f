"""The query of the README and its answer, read from the README: they are written nowhere else."""

import re
from pathlib import Path
from typing import Any, cast

import orjson

README = Path(__file__).resolve().parent.parent / "README.md"


def query() -> str:
    return _block("graphql")


def answer() -> dict[str, Any]:
    """The whole response, errors included, that the demonstration gives."""
    return orjson.loads(_block("json"))


def outline(answer: object) -> object:
    """A response without what its figures are: everything in it but the numbers and how they were treated, for which
    made-up nodes have no pattern."""
    if isinstance(answer, dict):
        fields = cast(dict[str, object], answer).items()
        return {key: outline(value) for key, value in fields if key != "treatment"}
    if isinstance(answer, list):
        return [outline(value) for value in cast(list[object], answer)]
    return float if isinstance(answer, int | float) and not isinstance(answer, bool) else answer


def undated(answer: object) -> object:
    """A response without the day that its draft was made on."""
    if isinstance(answer, dict):
        fields = cast(dict[str, object], answer).items()
        return {key: undated(value) for key, value in fields if key != "notBefore"}
    return [undated(value) for value in cast(list[object], answer)] if isinstance(answer, list) else answer


def _block(language: str) -> str:
    match = re.search(rf"```{language}\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    if match is None:
        raise RuntimeError(f"{README} has no block of {language}")
    return match[1]
