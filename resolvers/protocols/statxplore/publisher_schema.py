"""The publisher's own schema: which values a field has, and where ids of the source file have gone."""

import asyncio
import math
import re
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from resolvers.errors import DepartmentError, DepartmentMisanswered
from resolvers.protocols.comparison import Comparison
from resolvers.protocols.statxplore.cells import same
from resolvers.protocols.statxplore.learnt import Learnt, Replaced, SchemaItem
from resolvers.protocols.statxplore.mapping import DatabaseMap
from resolvers.protocols.statxplore.table import Dimension, Group, TableRequest
from resolvers.source import Source
from resolvers.wire import Call, Wire

FRESH = 3600.0
MOST_VALUES = 10_000  # no code list of the common model is as long: the publisher's output areas are
NEXT = re.compile(r'<[^>?]*(\?[^>]*)>\s*;[^,]*rel="?next"?')
CONTAINERS = ("FOLDER", "GROUP")


@dataclass(frozen=True, slots=True)
class Kept:
    """What was last told of an item's children (None: there is no such item), with its ETag and when (seconds)."""

    children: tuple[SchemaItem, ...] | None
    tag: str | None
    at: float


class PublisherSchema:
    """What /schema says, asked for only when it is needed and kept for an hour; then an ETag makes asking again
    cost nothing."""

    def __init__(self, source: Source, wire: Wire, headers: Mapping[str, str], meanings: Mapping[str, str]) -> None:
        """`meanings`: value -> label, as the source file has them."""
        self._source, self._wire, self._headers, self._meanings = source, wire, headers, meanings
        self._gone: dict[str, float] = {}
        self._kept: dict[str, Kept] = {}
        self._learnt: dict[str, Learnt] = {}
        self._asking = asyncio.Lock()

    async def everybody(self, known: DatabaseMap, field: str, values: Group, calls: list[Call]) -> Group:
        """All values of a field, in the value set that holds `values`: together, everybody.
        Raises DepartmentError."""
        learnt = self._learnt.get(field) or await self._learn(known, field, calls)
        named = {learnt.of(value, self._meanings.get(value)) for value in values} - {None} if learnt else {None}
        for part in await self._values(known, field, learnt.field, calls) if learnt else ():
            ids = tuple(item.id for item in part)
            if named <= set(ids):
                return ids
        raise DepartmentMisanswered(self._source.department, f"{field} does not have {', '.join(values)}")

    async def values(self, known: DatabaseMap, field: str) -> Collection[str]:
        """The ids of all values of a field; none where it is gone. Raises DepartmentError."""
        learnt = await self._learn(known, field, [])
        return learnt.labels.keys() if learnt else ()

    def current(self, request: TableRequest) -> TableRequest:
        """The request with the ids of today, as far as they had to be learnt."""
        for dimension in request.dimensions:
            learnt = self._learnt.get(dimension.field)
            if learnt and time.monotonic() - learnt.at > FRESH:
                del self._learnt[dimension.field]
        return replace(request, dimensions=tuple(map(self._dimension, request.dimensions)))

    async def learn(self, known: DatabaseMap, fields: Iterable[str], calls: list[Call]) -> None:
        """Asks anew where fields and their values are today. Raises DepartmentError."""
        self._doubt()
        for field in fields:
            await self._learn(known, field, calls)

    async def learnt(self, known: DatabaseMap, fields: Iterable[str], calls: list[Call]) -> None:
        """Looks up those fields that have not been. Raises DepartmentError."""
        for field in fields:
            if field not in self._learnt and not self._is_gone(field):
                await self._learn(known, field, calls)

    def trouble(self, field: str, values: Iterable[str]) -> str | None:
        """Why these values of a field cannot be asked for, as far as was learnt: the field is gone, or one of them is
        not what it was."""
        if self._is_gone(field):
            return f"{field} is gone"
        if learnt := self._learnt.get(field):
            try:
                for value in values:
                    learnt.of(value, self._meanings.get(value))
            except Replaced as error:
                return str(error)
        return None

    def gone(self, field: str, values: Iterable[str]) -> list[str]:
        """Those of these values of a field that the schema does not have, as far as was learnt."""
        learnt = self._learnt.get(field)
        if learnt is None or self.trouble(field, values := tuple(values)):
            return []
        return [value for value in values if learnt.of(value, self._meanings.get(value)) is None]

    def labels(self, request: TableRequest) -> Mapping[str, frozenset[str]]:
        """For each value of a request of which the source file has a label: those that it may have in the answer."""
        allowed: dict[str, frozenset[str]] = {}
        for dimension in request.dimensions:
            for value in (value for group in dimension.items for value in group if value in self._meanings):
                today = [learnt.labels[value] for learnt in self._learnt.values() if value in learnt.labels]
                allowed[value] = frozenset(map(same, (self._meanings[value], *today)))
        return allowed

    async def drift(self, known: DatabaseMap) -> Comparison:
        """What of the source file the schema does not have, one line each, and why there are no more lines."""
        lines: list[str] = []
        try:
            await self._compare(known, lines)
        except DepartmentError as error:
            return Comparison(lines, error)
        return Comparison(lines)

    async def _compare(self, known: DatabaseMap, lines: list[str]) -> None:
        """Adds a line for each disagreement. Raises DepartmentError."""
        calls: list[Call] = []
        self._doubt()
        present = {item.id for item in await self._fields(known.id, calls)}
        if not present:
            lines.append(f"{known.id} is gone")
            return
        if known.count not in present:
            lines.append(f"{known.id}: {known.count} is gone")
        gone = set[str]()
        for field in dict.fromkeys(field for field, _ in (*known.prefixed(), *known.named())):
            learnt = await self._learn(known, field, calls)
            if learnt is None:
                gone.add(field)
                lines.append(f"{known.id}: {field} is gone")
            elif learnt.field != field:
                lines.append(f"{known.id}: {field} is now {learnt.field}")
        for field, values in known.named():
            lines.extend(f"{known.id}: {line}" for value in values if (line := self._moved(field, value)))
        for field, prefix in known.prefixed():
            if field not in gone and not any(value.startswith(prefix) for value in self._learnt[field].labels):
                lines.append(f"{known.id}: no value is like {prefix}")

    def _doubt(self) -> None:
        """Everything kept is to be asked for again: what has not changed costs the publisher nothing."""
        self._kept = {uri: replace(kept, at=-math.inf) for uri, kept in self._kept.items()}

    def _is_gone(self, field: str) -> bool:
        """Whether a field was looked for within the hour and was not there."""
        return time.monotonic() - self._gone.get(field, -math.inf) <= FRESH

    def _moved(self, field: str, value: str) -> str | None:
        learnt = self._learnt.get(field)
        if learnt is None:
            return None
        try:
            today = learnt.of(value, self._meanings.get(value))
        except Replaced as error:
            return str(error)
        if today is None:
            return f"{value} is gone"
        return None if today == value else f"{value} is now {today}"

    def _dimension(self, own: Dimension) -> Dimension:
        """A dimension with the ids of today. A group that has lost a value is another, so it is not asked for."""
        learnt = self._learnt.get(own.field)
        if learnt is None:
            return own
        items: list[Group] = []
        for group in own.items:
            try:
                today = [learnt.of(value, self._meanings.get(value)) for value in group]
            except Replaced:
                today = group
            present = tuple(value for value in today if value is not None)
            items.append(present if len(present) == len(group) else ())
        return Dimension(learnt.field, tuple(items))

    async def _learn(self, known: DatabaseMap, field: str, calls: list[Call]) -> Learnt | None:
        """Where a field is today, by its id or by its label, with its values. None: it is gone."""
        uri = field
        parts = await self._values(known, field, uri, calls)
        if not parts and (id_ := await self._labelled(known, field, calls)):
            uri, parts = id_, await self._values(known, field, id_, calls)
        if not parts:
            self._learnt.pop(field, None)
            self._gone[field] = time.monotonic()
            return None
        self._gone.pop(field, None)
        learnt = self._learnt[field] = Learnt(uri, [item for part in parts for item in part])
        return learnt

    async def _labelled(self, known: DatabaseMap, field: str, calls: list[Call]) -> str | None:
        """The id of the one field with the label that the source file gives."""
        fields = await self._fields(known.id, calls)
        if field not in known.labels:
            return None
        label = same(known.labels[field])
        ids = [item.id for item in fields if item.type == "FIELD" and same(item.label) == label]
        return ids[0] if len(ids) == 1 else None

    async def _values(self, known: DatabaseMap, field: str, uri: str, calls: list[Call]) -> list[Sequence[SchemaItem]]:
        """The values of a field whose id is `uri` today, by value set: those that the source file uses or, if they
        are gone, all. `uri` may itself be a value set."""
        children = await self._children(known.id, uri, calls) or ()
        if all(child.type == "VALUE" for child in children):
            return [children] if children else []
        sets = [child for child in children if child.type == "VALUESET"]
        used = known.codelists(field)
        sets = [item for item in sets if item.id.rpartition(":")[2] in used] or sets
        parts = [await self._children(known.id, item.id, calls) for item in sets]
        return [part for part in parts if part]

    async def _fields(self, database: str, calls: list[Call]) -> list[SchemaItem]:
        """Everything in a database, also that in its groups."""
        fields: list[SchemaItem] = []
        waiting = [database]
        while waiting:
            for child in await self._children(database, waiting.pop(), calls) or ():
                fields.append(child)
                if child.type in CONTAINERS:
                    waiting.append(child.id)
        return fields

    async def _children(self, database: str, uri: str, calls: list[Call]) -> tuple[SchemaItem, ...] | None:
        """The children of a schema item, all pages of them; None where there is no such item."""
        async with self._asking:
            kept = self._kept.get(uri)
            if kept is None or time.monotonic() - kept.at > FRESH:
                kept = self._kept[uri] = await self._read(database, uri, kept, calls)
            return kept.children

    async def _read(self, database: str, uri: str, kept: Kept | None, calls: list[Call]) -> Kept:
        headers = {**self._headers, **({"If-None-Match": kept.tag} if kept and kept.tag else {})}
        items: list[SchemaItem] = []
        tag: str | None = None
        page: str | None = ""
        while page is not None:
            reply = await self._wire.send(
                "GET", f"/schema/{uri}{page}", dataset=database, calls=calls, headers=headers,
                expect=frozenset({200, 304, 400, 404}),
            )  # fmt: skip
            now = time.monotonic()
            if reply.status == 304 and kept:
                return replace(kept, at=now)
            if reply.status != 200:
                return Kept(None, None, now)
            items += self._items(uri, reply.json())
            tag = tag or reply.headers.get("ETag")
            if len(items) > MOST_VALUES:
                return Kept(None, None, now)
            following = NEXT.search(reply.headers.get("Link", ""))
            page, headers = following[1] if following else None, dict(self._headers)
        return Kept(tuple(items), tag, time.monotonic())

    def _items(self, uri: str, value: Any) -> list[SchemaItem]:
        try:
            return [
                SchemaItem(str(child["id"]), str(child["label"]), str(child["type"])) for child in value["children"]
            ]
        except (KeyError, TypeError) as error:
            raise DepartmentMisanswered(self._source.department, f"no children in the schema of {uri}") from error
