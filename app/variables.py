"""The variables of an operation: their values, and those that it does not declare. A misspelt one is bad input, any
other is ignored with a warning."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, cast

from graphql import (
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    is_leaf_type,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values

from schema.errors import FEW, LONGEST, BadInput
from schema.warnings import Warned

# The most errors in variables that one answer tells.
MOST = 20


def signatures(schema: GraphQLSchema, operation: OperationDefinitionNode) -> tuple[GraphQLVariableSignature, ...]:
    """What an operation that is valid declares of its variables."""
    found = (get_variable_signature(schema, definition) for definition in operation.variable_definitions or ())
    return tuple(cast(GraphQLVariableSignature, signature) for signature in found)


def coerced(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    declared: Sequence[GraphQLVariableSignature],
    given: Mapping[str, Any],
) -> VariableValues | list[GraphQLError]:
    """The values of an operation's variables, or what is wrong with them. `declared`: its signatures."""
    try:
        values = {signature.name: _plain(signature.type, given[signature.name]) for signature in declared}
    except Exception:
        # One is left out, null, an object, or wrong: all that is the specification's to say.
        return get_variable_values(schema, operation.variable_definitions or (), dict(given), max_errors=MOST)
    return VariableValues({s.name: VariableValueSource(s, given[s.name]) for s in declared}, values)


def _plain(kind: Any, value: Any) -> Any:
    """A leaf's value, or those of a list of leaves, which most variables are. Raises ValueError for anything else, and
    what the leaf raises."""
    named: Any = _nullable(kind)
    if value is not None and is_leaf_type(named):
        return named.coerce_input_value(value)
    if isinstance(value, list) and isinstance(named, GraphQLList):
        leaf: Any = _nullable(named.of_type)
        items = cast(list[Any], value)
        if is_leaf_type(leaf) and None not in items:
            return [leaf.coerce_input_value(one) for one in items]
    raise ValueError("not plain")


def _nullable(kind: Any) -> Any:
    return cast(Any, kind).of_type if isinstance(kind, GraphQLNonNull) else kind


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
