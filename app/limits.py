"""How much one document may ask for, found in time linear in the document, whatever fragments it nests.

This is asked before validation, which takes far longer, so a document may be invalid here: fragments that do not
exist, or that hold themselves, weigh nothing, and validation says what is wrong with them.
"""

from collections import Counter
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

# Fields of one response key at one place of a query. Validation compares each pair of them.
REPEATED = 100


@dataclass(frozen=True, slots=True)
class Weight:
    """Of an expanded selection: how many fields it has when every fragment is written out, and how deep it is."""

    fields: int
    depth: int


NOTHING = Weight(0, 0)


@dataclass(frozen=True, slots=True)
class Allowance:
    """The most that one document may weigh."""

    fields: int = 2_000
    depth: int = 16


def weigh(document: DocumentNode) -> Weight:
    """The heaviest operation of a document. Each fragment is weighed once."""
    fragments = _fragments(document)
    weighed: dict[str, Weight] = {}
    fields = depth = 0
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            weight = _weigh(definition.selection_set, fragments, weighed)
            fields, depth = max(fields, weight.fields), max(depth, weight.depth)
    return Weight(fields, depth)


def check(document: DocumentNode, allowance: Allowance) -> None:
    """Raises GraphQLError with QUERY_TOO_COSTLY."""
    weight = weigh(document)
    if weight.fields > allowance.fields:
        raise too_costly(f"The query selects {weight.fields} fields when written out; {allowance.fields} are allowed.")
    if weight.depth > allowance.depth:
        raise too_costly(f"The query is {weight.depth} levels deep; {allowance.depth} are allowed.")
    key, times = _most_repeated(document)
    if times > REPEATED:
        raise too_costly(f'The query selects "{key}" {times} times at one place; {REPEATED} are allowed.')


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
                weighed[name] = NOTHING
                if name in fragments:
                    weighed[name] = _weigh(fragments[name].selection_set, fragments, weighed)
            weight = weighed[name]
        else:
            below: SelectionSetNode | None = getattr(node, "selection_set", None)
            weight = _weigh(below, fragments, weighed) if below else NOTHING
            if isinstance(node, FieldNode):
                weight = Weight(weight.fields + 1, weight.depth + 1)
        fields, depth = fields + weight.fields, max(depth, weight.depth)
    return Weight(fields, depth)


def _most_repeated(document: DocumentNode) -> tuple[str, int]:
    """The response key with the most fields at one place, fragments written out, and how many."""
    fragments = _fragments(document)
    counts: dict[str, Counter[str]] = {}
    most = ("", 0)

    def count(selections: SelectionSetNode) -> Counter[str]:
        nonlocal most
        keys: Counter[str] = Counter()
        for node in selections.selections:
            if isinstance(node, FragmentSpreadNode):
                name = node.name.value
                if name not in counts:
                    counts[name] = Counter()
                    if name in fragments:
                        counts[name] = count(fragments[name].selection_set)
                keys.update(counts[name])
                continue
            below: SelectionSetNode | None = getattr(node, "selection_set", None)
            inside = count(below) if below else Counter[str]()
            if isinstance(node, FieldNode):
                keys[node.alias.value if node.alias else node.name.value] += 1
            else:
                keys.update(inside)
        if keys:
            most = max(most, keys.most_common(1)[0], key=lambda counted: counted[1])
        return keys

    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            count(definition.selection_set)
    return most


def _fragments(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
