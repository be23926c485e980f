"""Errors and warnings of an answer in plain words, for standard error."""

import sys
from collections.abc import Iterable, Mapping
from typing import Any


def tell(errors: Iterable[Mapping[str, Any]], warnings: Iterable[Mapping[str, Any]] = ()) -> None:
    """Prints each on a line of standard error."""
    for error in errors:
        print(error_line(error), file=sys.stderr)
    for warning in warnings:
        print(warning_line(warning), file=sys.stderr)


def error_line(error: Mapping[str, Any]) -> str:
    """ "CODE LabourMarket.field: what is wrong. What to do.", or where in the query: "CODE line 1, column 3: ..."."""
    extensions: Mapping[str, Any] = error.get("extensions") or {}
    places = error.get("locations") or ()
    where = extensions.get("coordinate") or ", ".join(
        f"line {place['line']}, column {place['column']}" for place in places[:1]
    )
    head = " ".join(part for part in (extensions.get("code", "ERROR"), where) if part)
    return _one_line(f"{head}: {error.get('message', '')}", extensions.get("remedy"))


def warning_line(warning: Mapping[str, Any]) -> str:
    """ "WARNING area.labourMarket.employmentRate: what may surprise. What to do."."""
    path = ".".join(step for step in warning.get("path") or () if isinstance(step, str) and step != "*")
    return _one_line(
        f"{' '.join(filter(None, ('WARNING', path)))}: {warning.get('message', '')}", warning.get("remedy")
    )


def _one_line(text: str, remedy: str | None) -> str:
    # A gateway elsewhere writes these words: no control character of them reaches the terminal.
    whole = f"{text} {remedy}" if remedy else text
    return " ".join("".join(letter if letter.isprintable() else " " for letter in whole).split())
