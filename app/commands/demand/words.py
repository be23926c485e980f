"""What demand is called, in the text and in the report."""

from collections.abc import Callable, Mapping
from typing import Any

from schema.measures import MEASURES

WHY = {
    "NOT_PUBLISHED": "not published",
    "NOT_OFFERED": "no source",
    "UNKNOWN_NAME": "no such name",
    "NOTHING_FOUND": "nothing found",
}
LEVELS = {"UK": "UK", "LA": "local authority", "LSIP": "skills plan area"}
One = Mapping[str, Any]


def who(consumer: str | None) -> str:
    """Who asked."""
    return consumer or "the public"


def why(kind: str) -> str:
    """Why something is not there. A kind that a newer gateway knows stays as it is."""
    return WHY.get(kind, kind)


def title(name: str | None) -> str:
    """What a measure is called, by its name or coordinate."""
    short = (name or "").rpartition(".")[2]
    return MEASURES[short].title if short in MEASURES else short


def fields(one: One) -> str:
    """The fields that were refused, the most frequent first."""
    return ", ".join(field["coordinate"].rpartition(".")[2] for field in one["fields"])


def by(one: One, written: Callable[[str], str] = str) -> str:
    """The level and the facets of a miss, each as it is to be written."""
    words = [written(one["level"])] if one["level"] else []
    if one["breakdown"]:
        words.append(f"by {' and '.join(map(written, one['breakdown']))}")
    return " ".join(words) or "-"


def plain(word: str) -> str:
    """A level or a facet as people call it."""
    return LEVELS.get(word) or word.replace("_", " ").lower()


def days(number: float | None) -> str:
    """A length of time."""
    if number is None:
        return "-"
    return "under a day" if number < 1 else f"{number:.0f} day{'' if round(number) == 1 else 's'}"
