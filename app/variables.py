"""Variables that an operation does not declare: a misspelt one is bad input, any other is ignored with a warning."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from graphql import OperationDefinitionNode

from schema.errors import FEW, LONGEST, BadInput
from schema.warnings import Warned


def misspelt_variables(operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> list[BadInput]:
    """One error for each variable that is not declared, but is like one that is and was not given."""
    declared = _declared(operation)
    absent = {name.casefold(): name for name in declared if name not in variables}
    errors: list[BadInput] = []
    for name in _unknown(operation, variables)[:FEW]:
        if near := get_close_matches(name.casefold(), absent, 1, 0.7):
            message = f"the operation declares no variable of this name. It declares {_listed(declared)}."
            errors.append(BadInput(f"${name[:LONGEST]}", message, [f"${absent[near[0]]}"]))
    return errors


def ignored_variables(operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> tuple[Warned, ...]:
    """One warning for each variable that is not declared, and changed nothing."""
    remedy = f"Leave it out; the operation declares {_listed(_declared(operation))}."
    return tuple(
        Warned(f"${name[:LONGEST]}: the operation declares no variable of this name. It was ignored.", (), remedy)
        for name in _unknown(operation, variables)[:FEW]
    )


def _declared(operation: OperationDefinitionNode) -> list[str]:
    return [definition.variable.name.value for definition in operation.variable_definitions or ()]


def _unknown(operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> list[str]:
    declared = _declared(operation)
    return [name for name in variables if name not in declared]


def _listed(names: list[str]) -> str:
    return ", ".join(f"${name}" for name in names) or "none"
