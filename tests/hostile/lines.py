"""A table from what its parts give, in which nothing is hidden by another of its name."""

from collections.abc import Callable, Iterator
from typing import TypeVar

Line = TypeVar("Line")


def table(*parts: Callable[[], Iterator[tuple[str, Line]]]) -> dict[str, Line]:
    """The lines of all parts by their names. Raises ValueError where two have one name."""
    lines: dict[str, Line] = {}
    for part in parts:
        for name, line in part():
            if name in lines:
                raise ValueError(f"two lines are called {name!r}")
            lines[name] = line
    return lines
