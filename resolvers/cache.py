"""Departments' answers, kept for as long as their source file allows, keyed by what was asked of the department."""

import hashlib
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, ParamSpec, Protocol, TypeVar

import numpy as np
import orjson
from aiocache.serializers import BaseSerializer

from reference.column import EVIDENCE, Column, Evidence, Pattern
from reference.facets import Facet
from reference.period import parse
from resolvers.table import Slice, Table

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger("lmdt")
ARRAYS = ("values", "status", "markers")
DTYPES = {"status": np.uint8, "markers": np.uint16, "hidden": np.bool_}
# Seconds for which a cache that failed is not asked.
PAUSE = 5.0


class Backend(Protocol):
    """Where tables are kept, and how much of it: aiocache's, or the memory of this process."""

    def multi_get(self, keys: Sequence[str]) -> Awaitable[Sequence[Table | None]]: ...
    def set(self, key: str, value: Table, ttl: float) -> Awaitable[bool]: ...
    def delete(self, key: str) -> Awaitable[object]: ...
    def close(self) -> Awaitable[object]: ...


class AnswerCache:
    """Tables by what was asked, in a backend, which bounds itself."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._shunned_until = 0.0

    async def get(self, keys: Sequence[str]) -> Sequence[Table | None]:
        """What is kept under each key."""
        if not keys:
            return ()
        return await self._tried(self._backend.multi_get, keys) or [None] * len(keys)

    async def put(self, key: str, table: Table, seconds: float) -> None:
        """Keeps a table for so many seconds."""
        if seconds > 0:
            await self._tried(self._backend.set, key, table, ttl=float(seconds))

    async def forget(self, keys: Sequence[str]) -> None:
        """Lets go of what is kept under these keys."""
        for key in keys:
            await self._tried(self._backend.delete, key)

    async def close(self) -> None:
        """Lets go of connections to a cache outside the process."""
        await self._backend.close()

    async def _tried(self, use: Callable[P, Awaitable[T]], *given: P.args, **named: P.kwargs) -> T | None:
        """What the backend says, or None. A cache that cannot be reached costs time, never an answer; and it
        costs that once, for it is then left alone for a while."""
        if time.monotonic() < self._shunned_until:
            return None
        try:
            return await use(*given, **named)
        except Exception as error:
            self._shunned_until = time.monotonic() + PAUSE
            log.warning("cache unavailable", extra={"event": "cache", "cause": error.__class__.__name__})
            return None


def key_of(source: str, dataset: str, part: Slice, terms: str) -> str:
    """The cache key: what was asked, and `terms`, on whose behalf, where the department takes that into account."""
    parts = (
        source, dataset, terms, str(part.evidence), ",".join(part.measures), ",".join(part.areas),
        ",".join([period.code for period in part.periods]), ",".join(part.by),
        ";".join([",".join(group) for group in part.groups]),
    )  # fmt: skip
    return "answer:" + hashlib.sha256("\n".join(parts).encode()).hexdigest()


class TableSerializer(BaseSerializer):
    """Tables as bytes for a cache outside the process: a JSON head and raw arrays, never pickle, because
    whoever can write to the cache must not be able to run code here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.encoding = None

    def dumps(self, value: Table) -> bytes:  # pyright: ignore[reportIncompatibleMethodOverride]
        """A table as bytes: its head as JSON, then its arrays."""
        arrays: list[bytes] = []
        columns: dict[str, Any] = {}
        for name, column in value.columns.items():
            columns[name] = {
                "evidence": column.evidence is not None,
                "notes": list(column.notes.items()),
                "partial": sorted(column.partial),
                "pattern": None if column.pattern is None else column.pattern.name,
                "hidden": column.pattern is not None and column.pattern.hidden is not None,
            }
            arrays.extend(getattr(column, kind).tobytes() for kind in ARRAYS)
            if column.evidence is not None:
                arrays.extend(getattr(column.evidence, kind).tobytes() for kind in EVIDENCE)
            if column.pattern is not None and column.pattern.hidden is not None:
                arrays.append(column.pattern.hidden.tobytes())
        head = orjson.dumps(
            {
                "slice": _slice_to_json(value.slice),
                "columns": columns,
                "release": value.release,
                "retrieved_at": value.retrieved_at.isoformat(),
                "protected": value.protected,
            }
        )
        return len(head).to_bytes(4, "big") + head + b"".join(arrays)

    def loads(self, value: bytes | None) -> Table | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The table; None for what this version did not write, which is then asked for anew."""
        try:
            return None if value is None else _table(value)
        except (ValueError, TypeError, KeyError, AttributeError):
            return None


def _slice_to_json(part: Slice) -> dict[str, Any]:
    return {
        "measures": part.measures,
        "areas": part.areas,
        "periods": [period.code for period in part.periods],
        "by": part.by,
        "groups": part.groups,
        "evidence": part.evidence,
    }


def _table(value: bytes) -> Table:
    size = int.from_bytes(value[:4], "big")
    head = orjson.loads(value[4 : 4 + size])
    document = head["slice"]
    wanted = Slice(
        tuple(document["measures"]),
        tuple(document["areas"]),
        tuple(parse(code) for code in document["periods"]),
        tuple(Facet(facet) for facet in document["by"]),
        tuple(tuple(group) for group in document["groups"]),
        document["evidence"],
    )
    at, shape = 4 + size, wanted.shape
    count = shape[0] * shape[1] * shape[2]

    def array(name: str) -> Any:
        nonlocal at
        kind = np.dtype(DTYPES.get(name, np.float64))
        read = np.frombuffer(value, kind, count, at).reshape(shape)
        at += count * kind.itemsize
        return read

    columns: dict[str, Column] = {}
    for name, described in head["columns"].items():
        values, status, markers = (array(part) for part in ARRAYS)
        evidence = Evidence(*(array(part) for part in EVIDENCE)) if described["evidence"] else None
        hidden = array("hidden") if described["hidden"] else None
        pattern = None if described["pattern"] is None else Pattern(described["pattern"], hidden)
        notes = {int(k): v for k, v in described["notes"]}
        columns[name] = Column(values, status, markers, evidence, notes, frozenset(described["partial"]), pattern)
    return Table(
        wanted,
        columns,
        head["release"],
        datetime.fromisoformat(head["retrieved_at"]),
        head["protected"],
    )
