"""One page of an answer, CSV or JSON, as columns by the publisher's column names in lower case."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import repeat
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from resolvers.errors import DepartmentMisanswered
from resolvers.protocols.numbers import all_from_text, from_json
from resolvers.wire import Reply

# Under which names the place and the time may come, that which is asked for first.
PLACE = ("geography_code", "geography")
TIME = ("date", "date_code", "time", "time_code")
VALUE, STATUS, STATUS_TEXT, CONFIDENTIALITY, COUNT = (
    "obs_value",
    "obs_status",
    "obs_status_name",
    "obs_conf",
    "record_count",
)
# Without these a row of the CSV may be a figure that is not to be shown.
_NEEDED = (VALUE, STATUS, STATUS_TEXT, CONFIDENTIALITY)
# How the text of nearly every status arrives.
_USUAL = '"Normal Value"'
_WHOLE = re.compile(r"[0-9]{1,12}", re.ASCII)
_TRUNCATED = {"true": True, "false": False}
Columns = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class NomisPage:
    """Rows of an answer. `values`: the figures as the publisher wrote them, texts or JSON values, which `numbers`
    reads (it raises NotANumber). `count`: rows of the whole answer, None if the page does not say. `more`: whether it
    says that rows are missing, None if it does not say."""

    columns: Columns
    values: Sequence[Any]
    numbers: Callable[[Sequence[Any]], NDArray[np.float64]]
    count: int | None
    more: bool | None

    @property
    def rows(self) -> int:
        """How many rows the page has."""
        return len(self.values)

    def column(self, *names: str) -> Sequence[str] | None:
        """The first of these columns that there is."""
        return next((self.columns[name] for name in names if name in self.columns), None)


def read_page(reply: Reply, form: str) -> NomisPage | None:
    """A page; None when the body is empty, as it is when the publisher knew nothing of a parameter.
    Raises DepartmentMisanswered."""
    if not reply.content.strip():
        return None
    return _from_csv(reply) if form == "csv" else _from_json(reply)


def excerpt(content: bytes) -> str:
    """The beginning of a reply, on one line, for the log."""
    return repr(content[:80])


def _from_csv(reply: Reply) -> NomisPage:
    try:
        head, _, body = reply.content.decode("utf-8-sig").replace("\r\n", "\n").partition("\n")
        names = [name.strip().lower() for name in next(csv.reader([head], strict=True), ())]
        if missing := [name for name in _NEEDED if name not in names]:
            raise ValueError(f"no column {missing[0].upper()}")
        if len(set(names)) < len(names):
            raise ValueError("two columns of one name")
        columns = _plain(body, names) or _quoted(body, names)
        rows = len(columns[VALUE])
        count = _count(columns, rows)
    except (UnicodeDecodeError, csv.Error, ValueError) as error:
        raise DepartmentMisanswered(reply.department, f"not CSV: {error}: {excerpt(reply.content)}") from error
    return NomisPage(columns, columns[VALUE], all_from_text, count, None if count is None else count > rows)


def _count(columns: Columns, rows: int) -> int | None:
    """RECORD_COUNT, the same in every row; None where there is no such column. Raises ValueError."""
    if not rows:
        return 0
    counts = set(columns.get(COUNT, ()))
    if len(counts) > 1 or not all(map(_WHOLE.fullmatch, counts)):
        raise ValueError(f"RECORD_COUNT is not one number: {sorted(counts)[:3]}")
    return int(counts.pop()) if counts else None


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
    rows = [row for row in csv.reader(StringIO(body, newline=""), strict=True) if row]
    if not rows:
        return {name: [] for name in names}
    if any(len(row) != len(names) for row in rows):
        raise ValueError(f"a row that does not have {len(names)} columns")
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _from_json(reply: Reply) -> NomisPage:
    document: Any = reply.json()
    if not isinstance(document, dict) or "obs" not in document:
        raise DepartmentMisanswered(reply.department, f"no obs in the JSON: {excerpt(reply.content)}")
    answer = cast(dict[str, Any], document)
    observations = many(answer["obs"])
    columns: dict[str, list[str]] = {}
    values: list[Any] = []
    try:
        for row, observation in enumerate(observations):
            parts = list(_flat(observation))
            for key, text in parts:
                columns.setdefault(key, [""] * row).append(text)
            for column in columns.values():
                if len(column) == row:
                    column.append("")
            if any(len(column) > row + 1 for column in columns.values()):
                raise ValueError("two values for one key of an observation")
            values.append(_value(observation))
        more = _truncated(answer.get("header"))
        if values and STATUS not in columns:
            raise ValueError("observations without obs_status")
    except ValueError as error:
        raise DepartmentMisanswered(reply.department, f"not as published: {error}") from error
    return NomisPage(columns, values, _all_from_json, None, more)


def _truncated(header: Any) -> bool | None:
    """Whether the header says that the answer was cut short. Raises ValueError for another word than true or false."""
    if not isinstance(header, dict) or "truncated" not in header:
        return None
    word = str(cast(dict[str, Any], header)["truncated"]).lower()
    if word not in _TRUNCATED:
        raise ValueError(f"header.truncated is {word!r:.40}")
    return _TRUNCATED[word]


def _all_from_json(values: Sequence[Any]) -> NDArray[np.float64]:
    return np.fromiter(map(from_json, values), np.float64, len(values))


def _value(observation: Mapping[str, Any]) -> Any:
    """The figure of an observation, "" where it has none. Raises ValueError."""
    lowered = {key.lower(): part for key, part in observation.items()}
    if VALUE not in lowered:
        raise ValueError("an observation without obs_value")
    part = lowered[VALUE]
    value = cast(dict[str, Any], part).get("value") if isinstance(part, dict) else part
    return "" if value is None else value


def _flat(observation: Any) -> Iterator[tuple[str, str]]:
    """An observation's parts under the names that the CSV gives them, but for the figure. Raises ValueError."""
    if not isinstance(observation, dict):
        raise ValueError(f"an observation that is {observation!r:.40}")
    for name, part in cast(dict[str, Any], observation).items():
        key = name.lower()
        if not isinstance(part, dict):
            yield key, _text(part)
            continue
        parts = cast(dict[str, Any], part)
        yield key, _text(parts.get("value"))
        if key == "geography" and "geogcode" in parts:
            yield "geography_code", _text(parts["geogcode"])
        if key == STATUS:
            yield STATUS_TEXT, _text(parts.get("description"))


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def many(value: Any) -> list[Any]:
    """A collection as a list: the publisher writes a collection of one as the thing itself."""
    if value is None:
        return []
    return cast(list[Any], value) if isinstance(value, list) else [value]
