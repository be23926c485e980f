"""What a query selects, as a tree of response keys: the columns of its tables are there before any row is."""

from collections.abc import Iterable
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
)


@dataclass(frozen=True, slots=True)
class ResponseField:
    """One field of an answer: its key there, its name in the schema, and what is selected of it."""

    key: str
    name: str
    fields: tuple["ResponseField", ...] = ()


def selected(document: DocumentNode, operation: str | None) -> tuple[ResponseField, ...]:
    """The fields that an operation selects, fragments written out. `operation`: its name, where there are several."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    chosen = [node for node in operations if operation is None or (node.name and node.name.value == operation)]
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    return _fields([node.selection_set for node in chosen[:1]], fragments)


def _fields(
    sets: Iterable[SelectionSetNode], fragments: dict[str, FragmentDefinitionNode]
) -> tuple[ResponseField, ...]:
    """Fields with one response key are one field, as in an answer."""
    nodes: dict[str, list[FieldNode]] = {}
    seen: set[str] = set()

    def collect(selection: SelectionSetNode) -> None:
        for node in selection.selections:
            if isinstance(node, FieldNode):
                nodes.setdefault((node.alias or node.name).value, []).append(node)
            elif isinstance(node, FragmentSpreadNode):
                name = node.name.value
                if name in fragments and name not in seen:
                    seen.add(name)
                    collect(fragments[name].selection_set)
            else:
                collect(node.selection_set)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]

    for selection in sets:
        collect(selection)
    return tuple(
        ResponseField(
            key,
            same[0].name.value,
            _fields([node.selection_set for node in same if node.selection_set], fragments),
        )
        for key, same in nodes.items()
    )
