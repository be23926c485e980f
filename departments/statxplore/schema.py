"""What GET /schema shows: folders, databases, groups, fields, value sets, values and counts, by id."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from departments.statxplore.databases import Database, Field

ROOT = "str:folder:root"


@dataclass(frozen=True, slots=True)
class SchemaItem:
    """One item of the schema, with the ids of what is directly inside it."""

    id: str
    label: str
    type: str
    children: tuple[str, ...] = ()

    def described(self, base: str) -> dict[str, str]:
        """The item without its children. `base`: the service's own address."""
        return {"id": self.id, "label": self.label, "location": f"{base}/schema/{self.id}", "type": self.type}


def items(databases: Sequence[Database]) -> dict[str, SchemaItem]:
    """Every item by id."""
    items_ = [item for database in databases for item in _database(database)]
    items_.append(
        SchemaItem("str:folder:fuc", "Universal Credit", "FOLDER", tuple(database.uri for database in databases))
    )
    items_.append(SchemaItem(ROOT, "Root", "FOLDER", ("str:folder:fuc",)))
    return {item.id: item for item in items_}


def _database(database: Database) -> list[SchemaItem]:
    """The database after all that is inside it; a named group of fields is an item of its own."""
    items = [SchemaItem(database.count, database.label, "COUNT")]
    inside = [database.count]
    for group, fields in groupby(database.fields, lambda field: field.group):
        uris: list[str] = []
        for field in fields:
            items += _field(field)
            uris.append(field.uri)
        if group:
            items.append(SchemaItem(f"str:group:{database.id}:X_{group}", group, "GROUP", tuple(uris)))
            uris = [items[-1].id]
        inside += uris
    items.append(SchemaItem(database.uri, database.label, "DATABASE", tuple(inside)))
    return items


def _field(field: Field) -> list[SchemaItem]:
    """The field after its value sets, and each of these after its values."""
    items: list[SchemaItem] = []
    for valueset in field.valuesets:
        items += [SchemaItem(valueset.value(code), label, "VALUE") for code, label in valueset.labels.items()]
        values = tuple(valueset.value(code) for code in valueset.labels)
        items.append(SchemaItem(valueset.uri, valueset.label, "VALUESET", values))
    items.append(SchemaItem(field.uri, field.label, "FIELD", tuple(valueset.uri for valueset in field.valuesets)))
    return items
