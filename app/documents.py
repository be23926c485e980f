"""Query texts to documents: parsed, validated and weighed once for each text, and kept."""

import sys
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass

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
from graphql.execution.get_variable_signature import GraphQLVariableSignature
from graphql.execution.values import VariableValues

from app.columnar import Build, builders
from app.enum_values import unknown
from app.kept import Kept
from app.limits import Allowance, check
from app.variables import signatures
from schema.collected import SelectedField, SelectionSet, collected
from schema.errors import BadInput

# Bytes of memory that a document and a selection take at most: so many, and for each token of the text so many more.
DOCUMENT, SELECTION = (8_000, 700), (6_000, 350)
# Characters of a text that is parsed and validated in a moment.
LONG = 1_000


@dataclass(frozen=True, slots=True)
class CompiledSelection:
    """What an operation selects, and the builders of those of its fields that columns can complete. `bytes`: of memory,
    with its document, which lives as long."""

    selection: SelectionSet
    builders: Mapping[str, Build]
    bytes: int


@dataclass(frozen=True, slots=True)
class Document:
    """A document that may be executed, with its text, and its operations and fragments by name. `deciding`: the
    variables that @skip and @include depend on, and so the selection. `variables`: what each operation declares of its
    own. `tokens`: of the text, comments among them."""

    text: str
    node: DocumentNode
    operations: dict[str, OperationDefinitionNode]
    fragments: dict[str, FragmentDefinitionNode]
    deciding: tuple[str, ...]
    variables: Mapping[str, tuple[GraphQLVariableSignature, ...]]
    tokens: int

    @property
    def bytes(self) -> int:
        """Of memory, at most."""
        return DOCUMENT[0] + DOCUMENT[1] * self.tokens + 2 * sys.getsizeof(self.text)

    def declared(self, operation: OperationDefinitionNode) -> tuple[GraphQLVariableSignature, ...]:
        """What one of its operations declares of its variables."""
        return self.variables[operation.name.value if operation.name else ""]

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
    """Documents by text, and what they select, kept up to so many bytes of memory. Nothing is kept of a text that is
    no document of this schema."""

    def __init__(self, schema: GraphQLSchema, allowance: Allowance, tokens: int, kept: int) -> None:
        self._schema, self._allowance, self._tokens = schema, allowance, tokens
        self._kept = Kept[Hashable, Document | CompiledSelection](kept)

    def kept(self, text: str) -> Document | None:
        """The document of a text, if it is kept."""
        known = self._kept.get(text)
        return known if isinstance(known, Document) else None

    def keep(self, document: Document) -> None:
        """Keeps a document for the next time."""
        if document.text not in self._kept:
            self._kept.keep(document.text, document)

    def selected(
        self, document: Document, operation: OperationDefinitionNode, variables: VariableValues
    ) -> CompiledSelection:
        """What an operation selects with these variables, kept for the next time. Raises GraphQLError when a variable
        of @skip or @include turns out null."""
        name = operation.name.value if operation.name else ""
        key = (document.text, name, *(variables.coerced.get(variable) for variable in document.deciding))
        known = self._kept.get(key)
        if isinstance(known, CompiledSelection):
            return known
        selection = collected(operation, document.fragments, variables)
        size = document.bytes + SELECTION[0] + SELECTION[1] * document.tokens
        compiled = CompiledSelection(selection, builders(selection), size)
        self._kept.keep(key, compiled)
        return compiled

    @staticmethod
    def takes_long(text: str) -> bool:
        """Whether it takes more than a moment to read this text."""
        return len(text) > LONG

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
            text,
            node,
            {operation.name.value if operation.name else "": operation for operation in operations},
            {fragment.name.value: fragment for fragment in fragments},
            tuple(dict.fromkeys(finder.found)),
            {
                operation.name.value if operation.name else "": signatures(self._schema, operation)
                for operation in operations
            },
            _tokens(node),
        )


def _tokens(node: DocumentNode) -> int:
    """How many tokens a document has. Each forgets the one before it: a chain in both directions would stay in memory
    until the next full garbage collection, long after the document was let go."""
    count, token = 0, node.loc.start_token if node.loc else None
    while token is not None:
        token.prev = None
        count, token = count + 1, token.next
    return count


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
