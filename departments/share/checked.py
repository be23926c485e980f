"""What a node has checked, kept in a small file beside its log, so that a start reads it and not the data."""

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import orjson
from sqlalchemy import Table

from departments.share.mapping import Mapped

log = logging.getLogger("share")
FILE = "checked.json"
# Of what is checked and of the file: another number, and all is checked anew.
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Release:
    """One release that was checked. `name`: as the database holds it, None where there are no releases; `count`: what
    was counted of it, which is something else when its rows are; `values`: column -> the different values of codes."""

    name: Any
    count: str
    values: Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Checked:
    """A table that was checked. `stamp`: of its files, None where these do not tell whether they have changed."""

    stamp: str | None
    releases: tuple[Release, ...]


class CheckedFile:
    """The file, in the folder of the node's log. Without a folder nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self._path = folder / FILE if folder else None

    def read(self, dataset: str, rules: str) -> Checked | None:
        """What was checked of a dataset by the same rules. None where there is nothing, or nothing that can be read."""
        try:
            told = self._all()[dataset]
            if told["rules"] != rules:
                return None
            releases = tuple(
                Release(
                    _value(one["name"]), one["count"], {k: [_value(v) for v in vs] for k, vs in one["values"].items()}
                )
                for one in told["releases"]
            )
            return Checked(told["stamp"], releases)
        except (KeyError, TypeError, ValueError, AttributeError):
            return None

    def write(self, dataset: str, rules: str, checked: Checked) -> None:
        """Keep what was checked in the place of what was kept before. What cannot be kept is checked again."""
        if self._path is None:
            return
        told = {
            "rules": rules,
            "stamp": checked.stamp,
            "releases": [
                {
                    "name": _written(one.name),
                    "count": one.count,
                    "values": {name: [_written(value) for value in values] for name, values in one.values.items()},
                }
                for one in checked.releases
            ],
        }
        beside = self._path.with_name(f"{FILE}.{os.getpid()}")
        try:
            content = orjson.dumps({"format": FORMAT, "datasets": {**self._all(), dataset: told}})
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(content)
            beside.replace(self._path)
        except (OSError, TypeError) as error:
            log.warning(orjson.dumps({"event": "unkept", "dataset": dataset, "cause": type(error).__name__}).decode())

    def _all(self) -> dict[str, Any]:
        """The datasets of the file; none where it cannot be read or is of another format."""
        try:
            document: dict[str, Any] = orjson.loads(self._path.read_bytes()) if self._path else {}
            return cast(dict[str, Any], document["datasets"]) if document.get("format") == FORMAT else {}
        except (OSError, ValueError, AttributeError, KeyError):
            return {}


def rules(mapped: Mapped, table: Table) -> str:
    """What a table is checked by, hashed: its columns and how they are mapped."""
    facets = [(facet, split.column, sorted(split.codes.items()), split.total) for facet, split in mapped.facets.items()]
    figures = [(one.columns, one.n, one.contributors) for one in mapped.measures.values()]
    types = sorted((column.name, repr(column.type)) for column in table.c)
    told = (mapped.table, mapped.every, mapped.area, mapped.period, mapped.format, mapped.day, mapped.release)
    return sha256(repr((FORMAT, told, sorted(facets, key=str), figures, types)).encode()).hexdigest()


def _written(value: object) -> object:
    """A code as JSON has it. Raises TypeError for one that would not come back as it was."""
    if isinstance(value, date):
        return {type(value).__name__: value.isoformat()}
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(type(value).__name__)


def _value(written: Any) -> Any:
    """Raises ValueError or KeyError for what is none."""
    if isinstance(written, dict):
        ((kind, text),) = cast(dict[str, str], written).items()
        return {"date": date, "datetime": datetime}[kind].fromisoformat(text)
    return written
