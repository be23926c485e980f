"""The publisher's own schema: which values a field has, and where ids of the source file have gone."""

import asyncio
import math
import re
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from resolvers.errors import DepartmentMisanswered
from resolvers.protocols.statxplore.mapping import DatabaseMap
from resolvers.protocols.statxplore.table import MONTHS, PLACES, Dimension, Group, Request
from resolvers.source import Source
from resolvers.wire import Call, Wire

FRESH = 3600.0
MOST_VALUES = 10_000  # no code list of the common model is as long: the publisher's output areas are
NEXT = re.compile(r'<[^>?]*(\?[^>]*)>\s*;[^,]*rel="?next"?')
CONTAINERS = ("FOLDER", "GROUP")


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the schema."""

    id: str
    label: str
    type: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What was last told of an item's children (None: there is no such item), with its ETag and when (seconds)."""

    children: tuple[Item, ...] | None
    tag: str | None
    at: float


class Learnt:
    """A field of the source file as it is today: its id, its values, and when it was learnt (seconds)."""

    def __init__(self, field: str, values: Sequence[Item]) -> None:
        self.field, self.at = field, time.monotonic()
        self.values = {each.id for each in values}
        self._coded: dict[str, list[Item]] = {}
        for each in values:
            self._coded.setdefault(each.id.rpartition(":")[2], []).append(each)

    def of(self, value: str) -> str | None:
        """Today's id of a value: itself, or the one value with its code, if nothing else could be meant."""
        if value in self.values:
            return value
        codelist, code = value.split(":")[-2:]
        coded = self._coded.get(code, [])
        same = [each for each in coded if each.id.split(":")[-2] == codelist] or coded
        return same[0].id if len({each.label for each in same}) == 1 else None


class Publisher:
    """What /schema says, asked for only when it is needed and kept for an hour; then an ETag makes asking again
    cost nothing."""

    def __init__(self, source: Source, wire: Wire, headers: Mapping[str, str]) -> None:
        self._source, self._wire, self._headers = source, wire, headers
        self._kept: dict[str, Kept] = {}
        self._learnt: dict[str, Learnt] = {}
        self._asking = asyncio.Lock()

    async def everybody(self, known: DatabaseMap, field: str, values: Group, calls: list[Call]) -> Group:
        """All values of a field, in the value set that holds `values`: together, everybody.
        Raises DepartmentError."""
        learnt = self._learnt.get(field) or await self._learn(known, field, calls)
        named = {learnt.of(value) for value in values} if learnt else set[str | None]()
        for part in await self._values(known, field, learnt.field, calls) if learnt else ():
            held = tuple(each.id for each in part)
            if named <= set(held):
                return held
        raise DepartmentMisanswered(self._source.department, f"{field} does not have {', '.join(values)}")

    async def values(self, known: DatabaseMap, field: str) -> Collection[str]:
        """The ids of all values of a field; none where it is gone. Raises DepartmentError."""
        learnt = await self._learn(known, field, [])
        return learnt.values if learnt else ()

    def current(self, request: Request) -> Request:
        """The request with the ids of today, as far as they had to be learnt."""
        for dimension in request.dimensions:
            learnt = self._learnt.get(dimension.field)
            if learnt and time.monotonic() - learnt.at > FRESH:
                del self._learnt[dimension.field]
        dimensions = (self._dimension(at, each) for at, each in enumerate(request.dimensions))
        return replace(request, dimensions=tuple(dimensions))

    async def learn(self, known: DatabaseMap, request: Request, calls: list[Call]) -> Request:
        """The request with the ids of today, after the publisher did not know one. Raises DepartmentError."""
        self._doubt()
        for dimension in request.dimensions:
            await self._learn(known, dimension.field, calls)
        return self.current(request)

    async def drift(self, known: DatabaseMap) -> list[str]:
        """What of the source file the schema does not have, one line each. Raises DepartmentError."""
        calls: list[Call] = []
        self._doubt()
        held = {each.id for each in await self._fields(known.id, calls)}
        if not held:
            return [f"{known.id} is gone"]
        found = [] if known.count in held else [f"{known.id}: {known.count} is gone"]
        gone = set[str]()
        for field in dict.fromkeys(field for field, _ in (*known.prefixed(), *known.named())):
            learnt = await self._learn(known, field, calls)
            if learnt is None:
                gone.add(field)
                found.append(f"{known.id}: {field} is gone")
            elif learnt.field != field:
                found.append(f"{known.id}: {field} is now {learnt.field}")
        for field, values in known.named():
            found.extend(f"{known.id}: {line}" for value in values if (line := self._moved(field, value)))
        for field, prefix in known.prefixed():
            if field not in gone and not any(value.startswith(prefix) for value in self._learnt[field].values):
                found.append(f"{known.id}: no value is like {prefix}")
        return list(dict.fromkeys(found))

    def _doubt(self) -> None:
        """Everything kept is to be asked for again: what has not changed costs the publisher nothing."""
        self._kept = {uri: replace(kept, at=-math.inf) for uri, kept in self._kept.items()}

    def _moved(self, field: str, value: str) -> str | None:
        learnt = self._learnt.get(field)
        if learnt is None or value in learnt.values:
            return None
        return f"{value} is now {now}" if (now := learnt.of(value)) else f"{value} is gone"

    def _dimension(self, at: int, told: Dimension) -> Dimension:
        learnt = self._learnt.get(told.field)
        if learnt is None:
            return told
        items: list[Group] = []
        for group in told.items:
            now = tuple(each for each in map(learnt.of, group) if each is not None)
            if len(now) == len(group):
                items.append(now)
            else:
                # A month or place that is not published has no figures; a group that has lost a value is another.
                items.append(() if at in (PLACES, MONTHS) else group)
        return Dimension(learnt.field, tuple(items))

    async def _learn(self, known: DatabaseMap, field: str, calls: list[Call]) -> Learnt | None:
        """Where a field is today, by its id or by its label, with its values. None: it is gone."""
        uri = field
        parts = await self._values(known, field, uri, calls)
        if not parts and (found := await self._labelled(known, field, calls)):
            uri, parts = found, await self._values(known, field, found, calls)
        if not parts:
            self._learnt.pop(field, None)
            return None
        learnt = self._learnt[field] = Learnt(uri, [each for part in parts for each in part])
        return learnt

    async def _labelled(self, known: DatabaseMap, field: str, calls: list[Call]) -> str | None:
        """The id of the one field with the label that the source file gives."""
        fields = await self._fields(known.id, calls)
        if field not in known.labels:
            return None
        found = [each.id for each in fields if each.type == "FIELD" and each.label == known.labels[field]]
        return found[0] if len(found) == 1 else None

    async def _values(self, known: DatabaseMap, field: str, uri: str, calls: list[Call]) -> list[Sequence[Item]]:
        """The values of a field whose id is `uri` today, by value set: those that the source file uses or, if they
        are gone, all. `uri` may itself be a value set."""
        children = await self._children(known.id, uri, calls) or ()
        if all(each.type == "VALUE" for each in children):
            return [children] if children else []
        sets = [each for each in children if each.type == "VALUESET"]
        used = known.codelists(field)
        sets = [each for each in sets if each.id.rpartition(":")[2] in used] or sets
        parts = [await self._children(known.id, each.id, calls) for each in sets]
        return [part for part in parts if part]

    async def _fields(self, database: str, calls: list[Call]) -> list[Item]:
        """Everything in a database, also that in its groups."""
        found: list[Item] = []
        waiting = [database]
        while waiting:
            for child in await self._children(database, waiting.pop(), calls) or ():
                found.append(child)
                if child.type in CONTAINERS:
                    waiting.append(child.id)
        return found

    async def _children(self, database: str, uri: str, calls: list[Call]) -> tuple[Item, ...] | None:
        """The children of a schema item, all pages of them; None where there is no such item."""
        async with self._asking:
            kept = self._kept.get(uri)
            if kept is None or time.monotonic() - kept.at > FRESH:
                kept = self._kept[uri] = await self._told(database, uri, kept, calls)
            return kept.children

    async def _told(self, database: str, uri: str, kept: Kept | None, calls: list[Call]) -> Kept:
        headers = {**self._headers, **({"If-None-Match": kept.tag} if kept and kept.tag else {})}
        found: list[Item] = []
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
            found += self._items(uri, reply.json())
            tag = tag or reply.headers.get("ETag")
            if len(found) > MOST_VALUES:
                return Kept(None, None, now)
            following = NEXT.search(reply.headers.get("Link", ""))
            page, headers = following[1] if following else None, dict(self._headers)
        return Kept(tuple(found), tag, time.monotonic())

    def _items(self, uri: str, told: Any) -> list[Item]:
        try:
            return [Item(str(each["id"]), str(each["label"]), str(each["type"])) for each in told["children"]]
        except (KeyError, TypeError) as error:
            raise DepartmentMisanswered(self._source.department, f"no children in the schema of {uri}") from error
