"""What of a selection is read from what the Trust keeps of agreements, and so takes longer than a moment."""

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import GraphQLError, GraphQLField
from graphql.execution.values import get_argument_values

from schema.collected import SelectedField, SelectionSet

# Fields that ask the database, wherever they are selected.
KEPT = frozenset({
    "agreements", "agreement", "simulateAgreement", "versions", "history", "moves", "use", "questions", "attention",
    "changes", "demand",
})  # fmt: skip


def kept_is_looked_at(selection: SelectionSet) -> bool:
    """Whether the database is asked for a selection."""
    return any(_looks(field) for field in selection.fields)


def _looks(field: SelectedField) -> bool:
    return (field.name in KEPT and bool(field.below.fields)) or any(_looks(inner) for inner in field.below.fields)


def simulated(selection: SelectionSet, variables: Any, query: Mapping[str, GraphQLField]) -> Sequence[tuple[str, int]]:
    """The versions of agreements that are simulated with a sample."""
    wanted: list[tuple[str, int]] = []
    for field in selection.fields:
        if field.name == "simulateAgreement" and any(inner.name == "sample" for inner in field.below.fields):
            try:
                values = get_argument_values(query["simulateAgreement"], field.node, variables)
            except GraphQLError:
                continue  # Told where it is executed.
            wanted.append((str(values["id"]), int(values["version"])))
    return tuple(dict.fromkeys(wanted))
