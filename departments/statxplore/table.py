"""POST /table: a cross-tabulation with custom groups and totals, every cell slightly perturbed."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from departments.statxplore.databases import Database, Field, ValueSet

CELLS = 1_000_000
PROVISIONAL, REVISED = "p", "r"
MONTH_AXIS = 1


class TableRefused(Exception):
    """A request the engine turns down, in its own words: an errorType and a message."""

    def __init__(self, kind: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.kind, self.message, self.status = kind, message, status


@dataclass(frozen=True, slots=True)
class TableItem:
    """One item of a dimension: the values it groups (none for a total) and the positions it adds up."""

    uris: tuple[str, ...]
    labels: tuple[str, ...]
    positions: tuple[int, ...]


def tabulate(databases: Sequence[Database], query: Mapping[str, Any], most: int = CELLS) -> dict[str, Any]:
    """The response to a table request of at most `most` cells. Raises TableRefused."""
    database = next((database for database in databases if database.uri == query.get("database")), None)
    if database is None:
        raise TableRefused("TXD_NOT_FOUND", f"Database {query.get('database')} was not found.")
    for measure in query["measures"]:
        if measure != database.count:
            raise TableRefused("SCHEMA_COMPONENT_NOT_FOUND", f"{measure} was not found in {database.uri}.")
    dimensions = [_dimension(database, uris, query.get("recodes", {})) for uris in query.get("dimensions", ())]
    _once(database, dimensions)
    cells = int(np.prod([len(items) for _, _, items in dimensions]))
    if cells > most:
        raise TableRefused("CELL_COUNT", f"The table has {cells} cells; at most {most} are allowed.")
    counted = _count(database, dimensions)
    return {
        "query": query,
        "database": {"id": database.id, "uri": database.uri, "label": database.label, "annotationKeys": ["S"]},
        "measures": [{"uri": database.count, "label": database.label, "measure": database.count, "function": "COUNT"}],
        "fields": [_field_document(field, items) for field, _, items in dimensions],
        "cubes": {database.count: {"values": counted.tolist(), "precision": 0}},
        "annotationMap": {
            "S": "Synthetic figures: they describe no person and no place.",
            PROVISIONAL: 'Figures marked "p" are provisional.',
            REVISED: 'Figures marked "r" have been revised since the previous release.',
        },
    }


Dimension = tuple[Field, ValueSet, list[TableItem]]


def _dimension(database: Database, uris: Sequence[str], recodes: Mapping[str, Any]) -> Dimension:
    """Without a recode each value is an item of its own. Raises TableRefused."""
    if len(uris) != 1 or uris[0] not in database.valuesets:
        raise TableRefused("SCHEMA_COMPONENT_NOT_FOUND", f"{list(uris)} was not found in {database.uri}.")
    field, valueset = database.valuesets[uris[0]]
    recode = cast(Mapping[str, Any] | None, recodes.get(uris[0]))
    if recode is None:
        groups = [[valueset.value(code)] for code in valueset.labels]
        return field, valueset, [_item(field, group) for group in groups]
    items = [_item(field, group) for group in recode["map"]]
    if recode.get("total"):
        positions = tuple(sorted({at for item in items for at in item.positions}))
        items.append(TableItem((), ("Total",), positions))
    return field, valueset, items


def _item(field: Field, uris: Sequence[str]) -> TableItem:
    """Values may be of any value set of the field. Raises TableRefused."""
    if not uris:
        raise TableRefused("BAD_REQUEST", f"A group of {field.uri} names no value.")
    labels: list[str] = []
    positions: list[int] = []
    for uri in uris:
        for valueset in field.valuesets:
            code = uri.removeprefix(f"{valueset.prefix}:")
            if code != uri and code in valueset.labels:
                labels.append(valueset.labels[code])
                positions.extend(valueset.positions[code])
                break
        else:
            raise TableRefused("SCHEMA_COMPONENT_NOT_FOUND", f"{uri} was not found in {field.uri}.")
    return TableItem(tuple(uris), tuple(labels), tuple(sorted(set(positions))))


def _once(database: Database, dimensions: Sequence[Dimension]) -> None:
    """Raises TableRefused where two dimensions lie on one axis."""
    axes = [field.axis for field, _, _ in dimensions]
    if len(set(axes)) != len(axes):
        raise TableRefused("BAD_REQUEST", f"A field of {database.uri} is used for two dimensions.")


def _count(database: Database, dimensions: Sequence[Dimension]) -> NDArray[np.int64]:
    """Counts in the order of the dimensions, perturbed."""
    axes = [field.axis for field, _, _ in dimensions]
    kept = sorted(axes)
    rest = tuple(axis for axis in range(database.values.ndim) if axis not in kept)
    counted = database.values.sum(axis=rest, dtype=np.int64).transpose([kept.index(axis) for axis in axes])
    for at, (_, _, items) in enumerate(dimensions):
        parts = [counted.take(np.array(item.positions, np.intp), axis=at).sum(axis=at) for item in items]
        counted = np.stack(parts, axis=at)
    return perturbed(counted, _people(database, dimensions))


def _people(database: Database, dimensions: Sequence[Dimension]) -> NDArray[np.uint64]:
    """A number for the people whom each cell counts, the same however a request comes to count them."""
    ndim = len(dimensions)
    at = {field.axis: (order, items) for order, (field, _, items) in enumerate(dimensions)}
    keys = np.zeros([1] * ndim, np.uint64)
    for axis, size in enumerate(database.values.shape):
        order, items = at.get(axis, (0, None))
        counted = [tuple(range(size))] if items is None else [item.positions for item in items]
        hashed = np.array([_hash(f"{database.id}:{axis}:{positions}") for positions in counted], np.uint64)
        shape = [1] * ndim
        if items is not None:
            shape[order] = len(items)
        keys = keys * np.uint64(6364136223846793005) + hashed.reshape(shape)
    return keys


def _hash(name: str) -> int:
    """The same on every machine, unlike Python's own."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big")


def perturbed(counted: NDArray[np.int64], people: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Each cell moved by at most 3, always the same for the same people, so that parts do not add up to totals."""
    keys = people ^ (people >> np.uint64(33))
    keys = keys * np.uint64(0xFF51AFD7ED558CCD)
    keys ^= keys >> np.uint64(33)
    moved = counted + (keys % np.uint64(7)).astype(np.int64) - 3
    return np.where(counted == 0, 0, np.maximum(moved, 0))


def _field_document(field: Field, items: Sequence[TableItem]) -> dict[str, Any]:
    """A dimension as JSON, with notes on the newest month and the one before."""
    newest = max(at for positions in field.valuesets[0].positions.values() for at in positions)
    notes: dict[tuple[int, ...], str] = (
        {(newest,): PROVISIONAL, (newest - 1,): REVISED} if field.axis == MONTH_AXIS else {}
    )
    documents: list[dict[str, Any]] = []
    for item in items:
        if not item.uris:
            documents.append({"type": "Total", "labels": list(item.labels)})
            continue
        document: dict[str, Any] = {"type": "RecodeItem", "uris": list(item.uris), "labels": list(item.labels)}
        if item.positions in notes:
            document["annotationKeys"] = [notes[item.positions]]
        documents.append(document)
    return {"uri": field.uri, "label": field.label, "items": documents}
