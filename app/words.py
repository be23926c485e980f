"""Words of a query that no enum has: bad input, with the argument they stand in and the words that would do."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    EnumValueNode,
    GraphQLEnumType,
    GraphQLSchema,
    ObjectFieldNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    visit,
)

from schema.errors import BadInput

# As many as are read at a glance; of a longer enum the closest are told.
FEW = 12


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
        if self._path and isinstance(kind, GraphQLEnumType) and node.value not in kind.values:
            self.found[node] = bad_word(".".join(self._path), node.value, kind)


def bad_word(argument: str, word: str, kind: GraphQLEnumType) -> BadInput:
    """The error for a word that an enum does not have."""
    words = list(kind.values)
    near = get_close_matches(word.upper(), words, 3, 0.5)
    return BadInput(argument, f'"{word}" is not a value of {kind.name}.', near or words[:FEW])
