"""Errors and warnings of an answer in plain words, for standard error."""

import sys
from collections.abc import Iterable, Mapping
from typing import Any

from app.tabular.printable import printable


def print_messages(errors: Iterable[Mapping[str, Any]], warnings: Iterable[Mapping[str, Any]] = ()) -> None:
    """Prints each on a line of standard error."""
    for error in errors:
        print(error_line(error), file=sys.stderr)
    for warning in warnings:
        print(warning_line(warning), file=sys.stderr)


def error_line(error: Mapping[str, Any]) -> str:
    """ "CODE LabourMarket.field: what is wrong. What to do.", or where in the query: "CODE line 1, column 3: ..."."""
    extensions: Mapping[str, Any] = error.get("extensions") or {}
    locations = error.get("locations") or ()
    place = extensions.get("coordinate") or ", ".join(
        f"line {location['line']}, column {location['column']}" for location in locations[:1]
    )
    return _line((extensions.get("code", "ERROR"), place), error.get("message"), extensions.get("remedy"))


def warning_line(warning: Mapping[str, Any]) -> str:
    """ "WARNING area.labourMarket.employmentRate: what may surprise. What to do."."""
    path = ".".join(step for step in warning.get("path") or () if isinstance(step, str) and step != "*")
    return _line(("WARNING", path), warning.get("message"), warning.get("remedy"))


def _line(head: Iterable[object], message: object, remedy: object) -> str:
    words = " ".join(str(part) for part in head if part) + f": {message or ''}" + (f" {remedy}" if remedy else "")
    # A gateway elsewhere writes these words.
    return printable(words)
