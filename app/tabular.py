"""A GraphQL answer as a table: CSV, Arrow, Parquet, or text for a terminal. Markers stay beside their figures."""

# pyarrow comes without types.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson
import pyarrow as pa
import pyarrow.parquet as pq


class Untabular(ValueError):
    """An answer without a list of rows."""


Rows = Sequence[Mapping[str, Any]]


def rows(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of the first list in an answer, flattened: nested keys joined by dots, lists by commas.
    What stands beside the list, such as the name of its place, is repeated on each row. Raises Untabular."""
    found = _find(data, {})
    if found is None:
        raise Untabular("the answer has no list of rows: only json can show it.")
    flat = [_flat(each) for each in found]
    columns = dict.fromkeys(key for row in flat for key in row)
    return [{key: row.get(key) for key in columns} for row in flat]


def _find(data: Mapping[str, Any], beside: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    around = {**beside, **{key: value for key, value in data.items() if not isinstance(value, dict | list)}}
    for key, value in data.items():
        if isinstance(value, list) and value and all(isinstance(each, dict) for each in cast(list[object], value)):
            items = cast(list[dict[str, Any]], value)
            if key == "edges":
                items = [each["node"] for each in items if "node" in each]
            nested = [_find(each, {**around, **_unlisted(each)}) for each in items]
            if all(inner is None for inner in nested):
                return [{**around, **each} for each in items]
            return [row for inner in nested if inner for row in inner]
        if isinstance(value, dict) and (inner := _find(cast(dict[str, Any], value), around)) is not None:
            return inner
    return None


def _unlisted(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if not isinstance(value, list)}


def _flat(row: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in row.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            found |= _flat(cast(dict[str, Any], value), f"{name}.")
        elif isinstance(value, list):
            items = cast(list[object], value)
            if not any(isinstance(each, dict) for each in items):
                found[name] = ",".join(map(str, items))
        else:
            found[name] = value
    return found


def _csv(table: Rows) -> bytes:
    """CSV by RFC 4180. A figure without a value shows its markers in square brackets, as published tables do."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(table[0]) if table else [])
    writer.writeheader()
    writer.writerows({key: _shown(row, key) for key in row} for row in table)
    return text.getvalue().encode()


def _shown(row: Mapping[str, Any], key: str) -> Any:
    value = row[key]
    if value is None and key.endswith(".value"):
        marks = row.get(key.removesuffix("value") + "markers")
        return "".join(f"[{mark}]" for mark in str(marks).split(",")) if marks else ""
    return value


def _arrow(table: Rows) -> bytes:
    made = pa.Table.from_pylist([dict(row) for row in table])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, made.schema) as stream:
        stream.write_table(made)
    return sink.getvalue().to_pybytes()


def _parquet(table: Rows) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist([dict(row) for row in table]), sink)
    return sink.getvalue().to_pybytes()


def _text(table: Rows) -> bytes:
    columns = list(table[0]) if table else []
    cells = [[str("" if (shown := _shown(row, key)) is None else shown) for key in columns] for row in table]
    widths = [max(len(line[at]) for line in [columns, *cells]) for at in range(len(columns))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in [columns, *cells]
    ]
    return ("\n".join(line.rstrip() for line in lines) + "\n").encode()


@dataclass(frozen=True, slots=True)
class Format:
    """A form of answer."""

    make: Callable[[Rows], bytes]
    binary: bool


FORMATS = {
    "json": Format(lambda table: b"", False),
    "csv": Format(_csv, False),
    "arrow": Format(_arrow, True),
    "parquet": Format(_parquet, True),
    "table": Format(_text, False),
}


def write(told: Mapping[str, Any], name: str) -> bytes:
    """An answer in a format. Raises Untabular."""
    if name == "json":
        return orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n"
    return FORMATS[name].make(rows(told["data"]))
