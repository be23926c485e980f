"""Words of a query that no enum has: bad input, with the argument they stand in and the words that would do."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import Any, cast

from graphql import (
    ArgumentNode,
    DocumentNode,
    EnumValueNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLSchema,
    ObjectFieldNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    get_nullable_type,  # pyright: ignore[reportUnknownVariableType]
    type_from_ast,  # pyright: ignore[reportUnknownVariableType]
    visit,
)

from reference.spelling import stem
from reference.synonyms import synonyms
from schema.errors import LONGEST, BadInput

# Words that are looked at: as many as there are errors in one answer.
MOST = 20


def unknown(schema: GraphQLSchema, document: DocumentNode) -> Mapping[EnumValueNode, BadInput]:
    """Every word in a field's arguments that its enum does not have, with the error that says so."""
    types = TypeInfo(schema)
    finder = _Finder(types)
    visit(document, TypeInfoVisitor(types, finder))
    return finder.found


class _Finder(Visitor):
    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types, self._path = types, list[str]()
        self.found: dict[EnumValueNode, BadInput] = {}

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        self._path.append(node.name.value)

    def leave_argument(self, *_: Any) -> None:
        self._path.pop()

    def enter_object_field(self, node: ObjectFieldNode, *_: Any) -> None:
        self._path.append(node.name.value)

    def leave_object_field(self, *_: Any) -> None:
        self._path.pop()

    def enter_enum_value(self, node: EnumValueNode, *_: Any) -> None:
        kind: Any = get_named_type(self._types.get_input_type())
        strange = isinstance(kind, GraphQLEnumType) and node.value not in kind.values
        if strange and self._path and len(self.found) < MOST:
            self.found[node] = bad_word(".".join(self._path), node.value, kind)


def bad_word(argument: str, word: str, kind: GraphQLEnumType) -> BadInput:
    """The error for a word that an enum does not have, with the values it may mean and all that are allowed."""
    values, word = list(kind.values), word[:LONGEST]
    near = nearest_value(word, values)
    return BadInput(argument, f'"{word}" is not a value of {kind.name}.', near, allowed=values)


def nearest_value(word: str, values: Sequence[str]) -> list[str]:
    """Values that a word may mean, the likeliest first: by what people call them, else by how they are written."""
    written = "_".join(re.split(r"[\s_-]+", word.strip())).upper()
    meant = (synonyms("value").get(word, ()) for word in (written, stem(written.lower()).upper()))
    for candidates in meant:
        if near := [value for value in candidates if value in values]:
            return near
    same = {value.upper(): value for value in values}
    if written in same:
        return [same[written]]
    if len(written) > 2 and (near := [value for name, value in same.items() if name.startswith(written)]):
        return near[:3]
    return [same[name] for name in get_close_matches(written, same, 3, 0.75)]


def unknown_given(
    schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> list[BadInput]:
    """Every word in an operation's variables that its enum does not have."""
    words = (
        word
        for definition in operation.variable_definitions or ()
        for name in (definition.variable.name.value,)
        for word in _given(type_from_ast(schema, definition.type), variables.get(name), [f"${name}"])
    )
    return list(islice(words, MOST))


def _given(kind: Any, value: Any, path: list[str]) -> Iterator[BadInput]:
    kind = cast(Any, get_nullable_type(kind))
    if isinstance(kind, GraphQLList):
        for item in cast("list[Any]", value) if isinstance(value, list) else [value]:
            yield from _given(kind.of_type, item, path)
    elif isinstance(kind, GraphQLInputObjectType) and isinstance(value, dict):
        for name, field in kind.fields.items():
            yield from _given(field.type, cast("dict[str, Any]", value).get(name), [*path, name])
    elif isinstance(kind, GraphQLEnumType) and isinstance(value, str) and value not in kind.values:
        yield bad_word(".".join(path), value, kind)
