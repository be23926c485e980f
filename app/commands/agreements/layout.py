"""Agreements laid out as text, one thing a line."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from app.tabular.printable import printable

Question = Mapping[str, Any]


def aligned(rows: Iterable[Sequence[str]], indent: int = 0) -> list[str]:
    """Rows with their columns one below the other."""
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
    return [f"{' ' * indent}{line}".rstrip() for line in lines]


def asked(questions: Iterable[Question]) -> list[str]:
    """Questions by key, with what is wrong with an answer that is there, and what is allowed."""
    rows: list[tuple[str, str]] = []
    for one in questions:
        rows.append((one["key"], str(one.get("text") or one.get("question"))))
        if (problem := one.get("problem")) and problem != "is needed.":
            rows.append(("", f"{one['key']} {problem}"))
        if allowed := one.get("allowed"):
            rows.append(("", f"allowed: {', '.join(allowed)}"))
    return aligned(rows, 2)


def terms(content: Mapping[str, Any], above: str = "") -> list[tuple[str, str]]:
    """The keys and values of a content, as an agreement's file has them."""
    rows: list[tuple[str, str]] = []
    for key, value in content.items():
        if not above and key in ("id", "version"):
            continue
        if isinstance(value, Mapping):
            rows += terms(cast(Mapping[str, Any], value), f"{above}{key}.")
        else:
            rows.append((f"{above}{key}", worded(value)))
    return rows


def worded(value: object) -> str:
    """A value for people to read."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        items = cast(list[object], value)
        inner = [" by ".join(map(str, cast(list[object], item))) if isinstance(item, list) else item for item in items]
        return ", ".join(map(str, inner)) or "none"
    return str(value)


def say(*lines: str) -> None:
    """Prints lines that are laid out."""
    if lines:
        print("\n".join(lines))
