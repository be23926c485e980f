"""How much of an answer a selection makes, worked out before anything is asked: values, and bytes of JSON."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, cast

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    SchemaMetaFieldDef,
    TypeMetaFieldDef,
    get_named_type,
)

from schema.collected import SelectedField

# Items taken to be in a list whose length the query does not say, such as the catalogue's.
ASSUMED = 32
# Items of introspection's lists: on average over the whole schema, as below `types` and `directives`; and at most, as
# everywhere else. A test holds them to the schema.
AVERAGE: Mapping[str, float] = {
    "__Schema.types": 96,
    "__Schema.directives": 8,
    "__Type.fields": 4,
    "__Type.inputFields": 0.9,
    "__Type.enumValues": 3,
    "__Type.interfaces": 0,
    "__Type.possibleTypes": 0,
    "__Field.args": 0.3,
    "__Directive.args": 1.5,
    "__Directive.locations": 5,
}
MOST: Mapping[str, float] = AVERAGE | {
    "__Type.fields": 40,
    "__Type.inputFields": 12,
    "__Type.enumValues": 24,
    "__Field.args": 8,
    "__Directive.args": 3,
    "Demand.between": 100,
    "Demand.months": 400,
    "Demand.missed": 100,
    "Demand.agreements": 100,
}
META = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}
# Bytes of a value by its type, and of the texts that are longer than texts commonly are.
BYTES: Mapping[str, int] = {"Float": 16, "Int": 8, "Boolean": 5, "Date": 12, "DateTime": 36, "String": 64, "ID": 48}
ENUM, OTHER = 26, 64
# Bytes around an object in a list.
BRACKETS = 3
LONG: Mapping[str, int] = {
    "Provenance.source": 900,
    "Provenance.treatment": 600,
    "Provenance.dataset": 320,
    "Provenance.release": 330,
    "Provenance.licence": 160,
    "Agreement.title": 160,
    "Agreement.statement": 400,
    "Agreement.content": 4_000,
    "UnmetDemand.draft": 4_000,
    "Area.history": 900,
    "Measure.description": 400,
    "Measure.licence": 160,
    "Measure.protection": 600,
    "MeasureRefusal.reason": 300,
    "MeasureRefusal.remedy": 300,
    "__Type.description": 400,
    "__Field.description": 400,
    "__InputValue.description": 400,
    "__EnumValue.description": 400,
}
# Values that a field takes as much time as, where it works something out.
WORK: Mapping[str, int] = {
    "Caller.mayRead": 2_000,
    "Measure.refusal": 40,
    "Query.areas": 500,
    "Query.measures": 500,
    "Query.agreements": 100,
    "Query.simulateAgreement": 2_000,
    "Query.demand": 10_000,
}


@dataclass(slots=True)
class AnswerSize:
    """Values, which stand for time, and bytes of an answer or of a part of it."""

    values: int = 0
    bytes: int = 0

    def add(self, other: "AnswerSize", times: float = 1) -> None:
        """Adds what another holds, so many times."""
        self.values += ceil(other.values * times)
        self.bytes += ceil(other.bytes * times)


def sum_of(sizes: Iterable[AnswerSize]) -> AnswerSize:
    """What all of these hold together."""
    total = AnswerSize()
    for size in sizes:
        total.add(size)
    return total


def of_key(field: SelectedField) -> AnswerSize:
    """The value of a field and its key, without what is in it: brackets, quotation marks, colon and comma."""
    return AnswerSize(1, len(field.key) + 6)


def size_of(kind: GraphQLObjectType, field: SelectedField, *, overall: bool = False) -> AnswerSize:
    """What one field of an object may hold: itself and all below it, lists at their assumed length. `overall`: of every
    such object of the schema, one after the other."""
    if field.size is None:
        field.size = _size(kind, field, overall=overall)
    return field.size


def _size(kind: GraphQLObjectType, field: SelectedField, *, overall: bool) -> AnswerSize:
    size, coordinate = of_key(field), f"{kind.name}.{field.name}"
    if field.name == "__typename":
        size.bytes += 26
        return size
    declared = cast(Any, META.get(field.name) or kind.fields[field.name]).type
    nullable = cast(Any, declared.of_type) if isinstance(declared, GraphQLNonNull) else declared
    named: Any = cast(Any, get_named_type)(declared)
    size.values += WORK.get(coordinate, 0)
    if isinstance(named, GraphQLObjectType):
        several = isinstance(nullable, GraphQLList)
        overall = several and (overall or kind.name == "__Schema")
        items = (AVERAGE if overall else MOST).get(coordinate, ASSUMED) if several else 1
        item = sum_of(size_of(named, inner, overall=overall) for inner in field.below.fields)
        item.bytes += BRACKETS
        size.add(item, items)
    else:
        plain = ENUM if isinstance(named, GraphQLEnumType) else BYTES.get(named.name, OTHER)
        size.bytes += LONG.get(coordinate, 3 * plain if isinstance(nullable, GraphQLList) else plain)
    return size
