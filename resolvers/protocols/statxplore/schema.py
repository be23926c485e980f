"""The publisher's own schema: which values a field has, and where a field went whose id has moved."""

from collections.abc import Mapping
from typing import Any

from resolvers.errors import DepartmentMisanswered
from resolvers.protocols.statxplore.mapping import DatabaseMap
from resolvers.protocols.statxplore.table import Dimension, Ready
from resolvers.source import Source
from resolvers.wire import Call, Wire


class Publisher:
    """What /schema says, asked for when it is needed and kept. An ETag makes asking again cost nothing."""

    def __init__(self, source: Source, wire: Wire, headers: Mapping[str, str]) -> None:
        self._source, self._wire, self._headers = source, wire, headers
        self._kept: dict[str, tuple[str | None, list[dict[str, Any]]]] = {}
        self._fields: dict[str, str] = {}
        self._values: dict[str, dict[str, str]] = {}

    async def children(self, uri: str, calls: list[Call], *, again: bool = False) -> list[dict[str, Any]]:
        """The children of a schema item, all pages of them. Raises DepartmentError."""
        if uri in self._kept and not again:
            return self._kept[uri][1]
        tag = self._kept[uri][0] if uri in self._kept else None
        headers = {**self._headers, **({"If-None-Match": tag} if tag else {})}
        found: list[dict[str, Any]] = []
        path: str | None = f"/schema/{uri}"
        while path:
            reply = await self._wire.send(
                "GET", path, dataset=uri, calls=calls, headers=headers, expect=frozenset({200, 304})
            )
            if reply.status == 304:
                return self._kept[uri][1]
            told = reply.json()
            if not isinstance(told, dict) or not isinstance(told.get("children"), list):  # pyright: ignore[reportUnknownMemberType]
                raise DepartmentMisanswered(self._source.department, f"no children in the schema of {uri}")
            found.extend(told["children"])  # pyright: ignore[reportUnknownArgumentType]
            tag = reply.headers.get("ETag") if path.endswith(uri) else tag
            path = _next(reply.headers.get("Link"), uri)
            headers = dict(self._headers)
        self._kept[uri] = (tag, found)
        return found

    async def values(self, field: str, calls: list[Call]) -> dict[str, str]:
        """Code -> uri of every value of a field, over all its value sets. The code is the uri's last part."""
        found: dict[str, str] = {}
        for child in await self.children(self._fields.get(field, field), calls):
            inside = await self.children(child["id"], calls) if child["type"] == "VALUESET" else [child]
            for value in inside:
                found.setdefault(value["id"].rpartition(":")[2], value["id"])
        return found

    async def moved(self, database: str, field: str, label: str | None) -> str | None:
        """What has become of a field; None when it is where the source file says."""
        held = {each["id"]: each["label"] for each in await self._descendants(database)}
        if field in held:
            return None
        found = next((uri for uri, told in held.items() if label is not None and told == label), None)
        return f"{field} is now {found}" if found else f"{field} is gone"

    async def resolve(self, database: str, known: DatabaseMap, calls: list[Call]) -> bool:
        """Finds fields by their labels where their ids have moved. Whether anything was found."""
        held = {each["label"]: each["id"] for each in await self._descendants(database, calls, again=True)}
        for field, label in known.labels.items():
            if label in held and held[label] != field:
                self._fields[field] = held[label]
                self._values[field] = await self.values(field, calls)
        return bool(self._fields)

    def current(self, ready: Ready) -> Ready:
        """The request with the ids of the day."""
        if not self._fields:
            return ready
        return Ready(ready.database, ready.count, tuple(self._dimension(each) for each in ready.dimensions))

    def _dimension(self, told: Dimension) -> Dimension:
        if told.field not in self._fields:
            return told
        values = self._values[told.field]
        items = tuple(tuple(values.get(uri.rpartition(":")[2], uri) for uri in group) for group in told.items)
        return Dimension(self._fields[told.field], items)

    async def _descendants(
        self, database: str, calls: list[Call] | None = None, *, again: bool = False
    ) -> list[dict[str, Any]]:
        """The fields of a database, those in its groups as well."""
        found: list[dict[str, Any]] = []
        for child in await self.children(database, calls or [], again=again):
            if child["type"] == "GROUP":
                found.extend(await self.children(child["id"], calls or [], again=again))
            else:
                found.append(child)
        return found


def _next(link: str | None, uri: str) -> str | None:
    """The path of the next page, from a Link header."""
    if not link or 'rel="next"' not in link:
        return None
    address = link.partition("<")[2].partition(">")[0]
    return f"/schema/{uri}?{address.partition('?')[2]}" if "?" in address else None
