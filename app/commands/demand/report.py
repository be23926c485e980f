"""The report of demand: a page for a steering board, and a CSV file of each of its tables."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.commands.demand.page import page
from app.commands.demand.words import by, fields, who, why
from app.commands.exits import Misused

Row = Sequence[object]
Found = Mapping[str, Any]


def write_report(found: Found, folder: str) -> list[Path]:
    """Writes index.html and the CSV files into a folder, which is made if it is not there. Raises Misused."""
    if not folder.endswith("/"):
        raise Misused(f"--report {folder} is no folder: end it with a slash.")
    files = {"index.html": page(found), **{name: _csv(rows(found)) for name, rows in TABLES.items()}}
    written = [Path(folder, name) for name in files]
    try:
        Path(folder).mkdir(exist_ok=True)
        for path, text in zip(written, files.values(), strict=True):
            path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise Misused(f"--report {folder}: {error.strerror}.") from error
    return written


def _between(found: Found) -> Iterable[Row]:
    yield "owner", "consumer", "met", "unmet"
    for one in found["between"]:
        yield one["owner"], who(one["consumer"]), one["met"], one["unmet"]


def _months(found: Found) -> Iterable[Row]:
    yield "month", "owner", "consumer", "met", "unmet"
    for one in found["months"]:
        yield one["month"], one["owner"], who(one["consumer"]), one["met"], one["unmet"]


def _unmet(found: Found) -> Iterable[Row]:
    yield (
        "owner", "consumer", "purpose", "operations", "would_answer", "since_met", "fields", "levels", "breakdowns",
        "first", "last", "last_asked",
    )  # fmt: skip
    for one in found["unmet"]:
        breakdowns = "; ".join(" by ".join(facets) for facets in one["breakdowns"])
        yield (
            one["owner"], who(one["consumer"]), one["purpose"], one["operations"], one["wouldAnswer"], one["sinceMet"],
            fields(one), ", ".join(one["levels"]), breakdowns, one["first"], one["last"], one["lastAsked"],
        )  # fmt: skip


def _missed(found: Found) -> Iterable[Row]:
    yield "why", "measure", "consumer", "purpose", "by", "year", "times"
    for one in found["missed"]:
        yield (
            why(one["kind"]), one["measure"], who(one["consumer"]), one["purpose"], by(one), one["year"], one["times"],
        )  # fmt: skip


def _agreements(found: Found) -> Iterable[Row]:
    yield (
        "id", "version", "title", "owner", "consumer", "status", "in_force", "operations", "figures", "last_used",
        "days_to_proposal", "days_to_signature", "days_to_use",
    )  # fmt: skip
    for one in found["agreements"]:
        said = one["agreement"]
        yield (
            said["id"], said["version"], said["title"], said["owner"], said["consumer"], said["status"],
            "yes" if one["inForce"] else "no", one["operations"], one["figures"], one["lastUsed"],
            one["daysToProposal"], one["daysToSignature"], one["daysToUse"],
        )  # fmt: skip


TABLES: Mapping[str, Callable[[Found], Iterable[Row]]] = {
    "demand.csv": _between,
    "months.csv": _months,
    "unmet.csv": _unmet,
    "missed.csv": _missed,
    "agreements.csv": _agreements,
}


def _csv(rows: Iterable[Row]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    """A value as a cell. A title that somebody wrote must not be a formula to a spreadsheet."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
