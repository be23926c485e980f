"""How much one document may ask for, found in time linear in the document, whatever fragments it nests."""

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
)


@dataclass(frozen=True, slots=True)
class Weight:
    """Of an expanded selection: how many fields it has when every fragment is written out, and how deep it is."""

    fields: int
    depth: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """The most that one document may weigh."""

    fields: int = 2_000
    depth: int = 16


def weigh(document: DocumentNode) -> Weight:
    """The heaviest operation of a valid document. Each fragment is weighed once."""
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    weighed: dict[str, Weight] = {}
    fields = depth = 0
    for each in document.definitions:
        if isinstance(each, OperationDefinitionNode):
            weight = _weigh(each.selection_set, fragments, weighed)
            fields, depth = max(fields, weight.fields), max(depth, weight.depth)
    return Weight(fields, depth)


def check(document: DocumentNode, allowance: Allowance) -> None:
    """Raises GraphQLError with QUERY_TOO_COSTLY."""
    weight = weigh(document)
    if weight.fields > allowance.fields:
        raise too_costly(f"The query selects {weight.fields} fields when written out; {allowance.fields} are allowed.")
    if weight.depth > allowance.depth:
        raise too_costly(f"The query is {weight.depth} levels deep; {allowance.depth} are allowed.")


def too_costly(message: str) -> GraphQLError:
    """The error for a query that asks for too much: says how much, and how much is allowed."""
    return GraphQLError(message, extensions={"code": "QUERY_TOO_COSTLY"})


def _weigh(
    selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], weighed: dict[str, Weight]
) -> Weight:
    fields = depth = 0
    for node in selections.selections:
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name not in weighed:
                weighed[name] = _weigh(fragments[name].selection_set, fragments, weighed)
            weight = weighed[name]
        else:
            below: SelectionSetNode | None = getattr(node, "selection_set", None)
            weight = _weigh(below, fragments, weighed) if below else Weight(0, 0)
            if isinstance(node, FieldNode):
                weight = Weight(weight.fields + 1, weight.depth + 1)
        fields, depth = fields + weight.fields, max(depth, weight.depth)
    return Weight(fields, depth)
