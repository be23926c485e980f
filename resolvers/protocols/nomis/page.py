"""One page of an answer, CSV or JSON, as columns of text by the publisher's column names in lower case."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, cast

from resolvers.errors import DepartmentMisanswered
from resolvers.wire import Reply

# Under which names the place, the time and the count of all rows may come.
PLACE = ("geography_code", "geography")
TIME = ("date_code", "date", "time_code", "time")
# How the text of nearly every status arrives.
_USUAL = '"Normal Value"'
Columns = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Page:
    """`count`: rows of the whole answer, None if it does not say. `more`: it says that it was cut short."""

    columns: Columns
    rows: int
    count: int | None
    more: bool

    def column(self, *names: str) -> Sequence[str] | None:
        """The first of these columns that there is."""
        return next((self.columns[name] for name in names if name in self.columns), None)


def read_page(reply: Reply, form: str) -> Page | None:
    """A page; None when the body is empty, as it is when the publisher knew nothing of a parameter.
    Raises DepartmentMisanswered."""
    if not reply.content.strip():
        return None
    return _from_csv(reply) if form == "csv" else _from_json(reply)


def _from_csv(reply: Reply) -> Page:
    try:
        head, _, body = reply.content.decode("utf-8-sig").replace("\r\n", "\n").partition("\n")
        names = [name.strip().lower() for name in next(csv.reader([head], strict=True))]
        if "obs_value" not in names:
            raise DepartmentMisanswered(reply.department, f"no column OBS_VALUE: {reply.content[:200]!r}")
        columns = _plain(body, names) or _quoted(body, names)
    except (UnicodeDecodeError, csv.Error, ValueError) as error:
        raise DepartmentMisanswered(reply.department, f"not CSV: {error}: {reply.content[:200]!r}") from error
    rows = len(columns["obs_value"])
    counts = set(columns.get("record_count", ()))
    if len(counts) > 1 or not all(count.isdigit() for count in counts):
        raise DepartmentMisanswered(reply.department, f"RECORD_COUNT is not one number: {sorted(counts)[:3]}")
    count = int(counts.pop()) if counts else 0 if not rows else None
    return Page(columns, rows, count, count is not None and count > rows)


def _plain(body: str, names: Sequence[str]) -> Columns | None:
    """Columns cut straight out of the text, four times as fast as the csv module; None if anything but the
    usual status is quoted or a line is not as wide as the rest, which is for that module to judge."""
    text = body.replace(_USUAL, _USUAL[1:-1]).rstrip("\n")
    if not text or '"' in text:
        return None
    lines = text.split("\n")
    if set(map(str.count, lines, repeat(","))) != {len(names) - 1}:
        return None
    cut = text.replace("\n", ",").split(",")
    return {name: cut[at :: len(names)] for at, name in enumerate(names)}


def _quoted(body: str, names: Sequence[str]) -> Columns:
    rows = [row for row in csv.reader(body.splitlines(), strict=True) if row]
    if not rows:
        return {name: [] for name in names}
    if any(len(row) != len(names) for row in rows):
        raise ValueError(f"a row that does not have {len(names)} columns")
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _from_json(reply: Reply) -> Page:
    told: Any = reply.json()
    if not isinstance(told, dict) or "obs" not in told:
        raise DepartmentMisanswered(reply.department, f"no obs in the JSON: {reply.content[:200]!r}")
    body = cast(dict[str, Any], told)
    header = cast(dict[str, Any], body.get("header") or {})
    rows = many(body["obs"])
    columns: dict[str, list[str]] = {}
    for at, row in enumerate(rows):
        for key, value in _flat(row):
            column = columns.setdefault(key, [""] * at)
            if len(column) > at:
                raise DepartmentMisanswered(reply.department, f"two values for {key} in one observation")
            column.append(value)
        for column in columns.values():
            if len(column) == at:
                column.append("")
    if rows and "obs_value" not in columns:
        raise DepartmentMisanswered(reply.department, "observations without obs_value")
    return Page(columns, len(rows), None, str(header.get("truncated", "false")).lower() == "true")


def _flat(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """An observation's parts under the names that the CSV gives them."""
    flat: list[tuple[str, str]] = []
    for name, part in row.items():
        key = name.lower()
        if not isinstance(part, Mapping):
            flat.append((key, _text(part)))
            continue
        parts = cast(Mapping[str, Any], part)
        flat.append((key, _text(parts.get("value"))))
        if key == "geography" and "geogcode" in parts:
            flat.append(("geography_code", _text(parts["geogcode"])))
        if key in ("obs_status", "obs_conf"):
            flat.append((f"{key}_name", _text(parts.get("description"))))
    return flat


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def many(value: Any) -> list[Any]:
    """A collection as a list: the publisher writes a collection of one as the thing itself."""
    if value is None:
        return []
    return cast(list[Any], value) if isinstance(value, list) else [value]
