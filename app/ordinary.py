"""Ordinary execution, by graphql-core: of mutations, and of what columns do not complete."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    execute,  # pyright: ignore[reportUnknownVariableType]
)

from app.missed import unfound
from app.operation import GraphQLRequest
from policies.agreement import Agreement
from policies.book import Book
from policies.decision import AgreementRef, Refusal
from policies.rules import Rules
from reference.area import Gazetteer
from resolvers.catalogue import Catalogue
from resolvers.extents import Extents
from schema.context import Context, Samples
from schema.rows import AnswerGrid
from schema.selection import Key, RequestedData
from trust.agreements.acts import Acts
from trust.agreements.desk import Desk
from trust.demand.misses import Misses

Refused = Callable[[str, Mapping[str, Any] | None], Sequence[Refusal]]


@dataclass(frozen=True, slots=True)
class Ordinary:
    """The schema, and the books that resolvers look things up in."""

    schema: GraphQLSchema
    rules: Rules
    gazetteer: Gazetteer
    catalogue: Catalogue
    extents: Extents
    desk: Desk
    misses: Misses

    def executed(
        self,
        request: GraphQLRequest,
        document: DocumentNode,
        book: Book,
        reading: RequestedData,
        *,
        agreements: Mapping[AgreementRef, Agreement] | None = None,
        grids: Mapping[Key, AnswerGrid] | None = None,
        samples: Samples | None = None,
        acts: Acts | None = None,
        refused: Refused = lambda query, variables: (),
    ) -> tuple[dict[str, Any] | None, Sequence[GraphQLError]]:
        """Data and errors."""
        with self.desk.reading(acts) as kept:
            context = Context(
                caller=request.caller,
                purpose=request.purpose,
                now=request.now,
                gazetteer=self.gazetteer,
                catalogue=self.catalogue,
                extents=self.extents,
                rules=self.rules,
                book=book,
                agreements=agreements or {},
                grids=grids or {},
                pages=reading.pages,
                errors=reading.errors,
                kept=kept,
                acts=acts,
                samples=samples or {},
                refused=refused,
                unfound=partial(unfound, self.misses, request),
            )
            result = execute(
                self.schema,
                document,
                context_value=context,
                variable_values=dict(request.variables or {}),
                operation_name=request.operation,
            )
        assert isinstance(result, ExecutionResult), "no resolver of the schema is asynchronous"
        return result.data, result.errors or ()
