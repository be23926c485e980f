"""Query texts to documents: parsed, validated and weighed once for each text, and kept."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    DirectiveNode,
    DocumentNode,
    EnumValueNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    parse,
    validate,
    visit,
)
from graphql.execution.values import VariableValues

from app.columnar import Build, builders
from app.enum_values import unknown
from app.limits import Allowance, check
from schema.collected import SelectedField, SelectionSet, collected
from schema.errors import BadInput

# Selections kept for one document: as many as combinations of a few @skip and @include.
SELECTIONS = 32
# Characters of a text that is parsed and validated in a moment.
LONG = 1_000


@dataclass(frozen=True, slots=True)
class CompiledSelection:
    """What an operation selects, and the builders of those of its fields that columns can complete."""

    selection: SelectionSet
    builders: Mapping[str, Build]


@dataclass(frozen=True, slots=True)
class Document:
    """A document that may be executed, with its operations and fragments by name. `deciding`: the variables
    that @skip and @include depend on, and so the selection."""

    node: DocumentNode
    operations: dict[str, OperationDefinitionNode]
    fragments: dict[str, FragmentDefinitionNode]
    deciding: tuple[str, ...]
    selections: dict[tuple[object, ...], CompiledSelection] = field(
        default_factory=dict[tuple[object, ...], CompiledSelection]
    )

    def selected(self, operation: OperationDefinitionNode, variables: VariableValues) -> CompiledSelection:
        """What an operation selects with these variables, kept for the next time. Raises GraphQLError when a variable
        of @skip or @include turns out null."""
        name = operation.name.value if operation.name else ""
        key = (name, *(variables.coerced.get(variable) for variable in self.deciding))
        known = self.selections.get(key)
        if known is None:
            selection = collected(operation, self.fragments, variables)
            known = CompiledSelection(selection, builders(selection))
            if len(self.selections) < SELECTIONS:
                self.selections[key] = known
        return known

    def reduced(self, operation: OperationDefinitionNode, fields: Iterable[SelectedField]) -> DocumentNode:
        """A document of one operation that selects only these fields of its root."""
        selections = tuple(node for field in fields for node in field.nodes)
        only = OperationDefinitionNode(
            operation=operation.operation,
            name=operation.name,
            variable_definitions=operation.variable_definitions,
            directives=operation.directives,
            selection_set=SelectionSetNode(selections=selections),
        )
        return DocumentNode(definitions=(only, *self.fragments.values()))

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation to execute. Raises GraphQLError when the name does not settle which."""
        if name is None:
            if len(self.operations) == 1:
                return next(iter(self.operations.values()))
            raise _invalid(f"Give operationName: the document has {', '.join(self.operations) or 'no operation'}.")
        if name not in self.operations:
            raise _invalid(f'No operation is named "{name}": the document has {", ".join(self.operations)}.')
        return self.operations[name]


class Documents:
    """Documents by text, kept up to so many characters of text, those unused for longest let go first: a document
    takes some hundred times the memory of its text. Errors are kept too: they are as true the second time."""

    def __init__(self, schema: GraphQLSchema, allowance: Allowance, tokens: int, kept: int = 2_000_000) -> None:
        self._schema, self._allowance, self._tokens, self._kept = schema, allowance, tokens, kept
        self._characters = 0
        self._documents: OrderedDict[str, Document | tuple[GraphQLError, ...]] = OrderedDict()

    def get(self, text: str) -> Document | tuple[GraphQLError, ...]:
        """The document, or the errors that say why it cannot be executed."""
        known = self._documents.get(text)
        if known is not None:
            self._documents.move_to_end(text)
            return known
        return self.keep(text, self.read(text))

    def takes_long(self, text: str) -> bool:
        """Whether it takes more than a moment to read this text, which is not kept."""
        return len(text) > LONG and text not in self._documents

    def keep(self, text: str, document: Document | tuple[GraphQLError, ...]) -> Document | tuple[GraphQLError, ...]:
        """Keeps what was read of a text, and gives it back."""
        self._characters += len(text) if text not in self._documents else 0
        self._documents[text] = document
        while self._characters > self._kept and len(self._documents) > 1:
            self._characters -= len(self._documents.popitem(last=False)[0])
        return document

    def read(self, text: str) -> Document | tuple[GraphQLError, ...]:
        """The document of a text, or the errors that say why it cannot be executed. Neither looks at what is kept, nor
        keeps it: so it may be done beside the event loop."""
        try:
            return self._document(text)
        except RecursionError:
            return (GraphQLError("The query is nested too deeply.", extensions={"code": "QUERY_TOO_COSTLY"}),)

    def _document(self, text: str) -> Document | tuple[GraphQLError, ...]:
        try:
            node = parse(text, max_tokens=self._tokens)
        except GraphQLSyntaxError as error:
            # The parser gives up on a text that is too long or too deep with these words.
            costly = error.message.endswith("Parsing aborted.")
            error.extensions = {"code": "QUERY_TOO_COSTLY" if costly else "GRAPHQL_PARSE_FAILED"}
            return (error,)
        try:
            check(node, self._allowance)
            if errors := validate(self._schema, node, max_errors=20):
                return tuple(_explained(errors, unknown(self._schema, node)))
        except GraphQLError as error:
            return (error,)
        definitions = node.definitions
        operations = [definition for definition in definitions if isinstance(definition, OperationDefinitionNode)]
        fragments = [definition for definition in definitions if isinstance(definition, FragmentDefinitionNode)]
        finder = _Deciding()
        visit(node, finder)
        return Document(
            node,
            {operation.name.value if operation.name else "": operation for operation in operations},
            {fragment.name.value: fragment for fragment in fragments},
            tuple(dict.fromkeys(finder.found)),
        )


class _Deciding(Visitor):
    """Finds the variables in @skip and @include."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        if node.name.value in ("skip", "include"):
            values = (argument.value for argument in node.arguments or ())
            self.found += [value.name.value for value in values if isinstance(value, VariableNode)]


def _explained(errors: Iterable[GraphQLError], words: Mapping[EnumValueNode, BadInput]) -> Iterator[GraphQLError]:
    """Errors of validation with their code: bad input where nothing is wrong but a word."""
    for error in errors:
        node = error.nodes[0] if error.nodes else None
        word = words.get(node) if isinstance(node, EnumValueNode) else None
        if word is None:
            error.extensions = {"code": "GRAPHQL_VALIDATION_FAILED"}
            yield error
        else:
            yield GraphQLError(word.message, node, extensions=word.extensions)


def _invalid(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "GRAPHQL_VALIDATION_FAILED"})
