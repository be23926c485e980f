"""A selection as the specification collects it: one field for each response key, fragments written out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLSkipDirective,
    OperationDefinitionNode,
    SelectionSetNode,
)
from graphql.execution.values import get_directive_values


@dataclass(slots=True, eq=False)
class SelectedField:
    """One field of a selection, under its response key: all the nodes that select it, and their selections merged.
    Equal to itself alone. `size`: of what it may hold, once that has been worked out."""

    key: str
    name: str
    nodes: tuple[FieldNode, ...]
    below: "SelectionSet"
    size: Any = None

    @property
    def node(self) -> FieldNode:
        """The first node, whose arguments all of them have."""
        return self.nodes[0]


@dataclass(frozen=True, slots=True)
class SelectionSet:
    """Fields in response order, fragments written out, skipped fields left out."""

    fields: tuple[SelectedField, ...]


NOTHING = SelectionSet(())


def collected(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode], variables: Any
) -> SelectionSet:
    """An operation's selection, collected as the specification says. `variables` decide @skip and @include."""
    return _Collector(fragments, variables).selection([operation.selection_set])


class _Collector:
    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], variables: Any) -> None:
        self._fragments, self._variables = fragments, variables

    def selection(self, sets: Iterable[SelectionSetNode]) -> SelectionSet:
        by_key: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for selection_set in sets:
            self._collect(selection_set, by_key, seen)
        if not by_key:
            return NOTHING
        return SelectionSet(tuple(self._field(key, nodes) for key, nodes in by_key.items()))

    def _field(self, key: str, nodes: list[FieldNode]) -> SelectedField:
        below = self.selection(node.selection_set for node in nodes if node.selection_set)
        return SelectedField(key, nodes[0].name.value, tuple(nodes), below)

    def _collect(self, selections: SelectionSetNode, fields: dict[str, list[FieldNode]], seen: set[str]) -> None:
        for node in selections.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                fields.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
            elif isinstance(node, FragmentSpreadNode):
                name = node.name.value
                if name not in seen:
                    seen.add(name)
                    self._collect(self._fragments[name].selection_set, fields, seen)
            else:
                self._collect(cast(Any, node).selection_set, fields, seen)

    def _included(self, node: Any) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)
        if skip and skip["if"]:
            return False
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)
        return not (include and not include["if"])
