"""The life of a mutation: its moves are made in a transaction, which the record of the operation commits."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, cast

from graphql import GraphQLError, GraphQLObjectType

from app.acting import Acting
from app.columnar.text import plain_json
from app.limits import Bounds, Cost
from app.operation import GraphQLRequest, Mutation, Outcome, Take
from app.ordinary import Ordinary
from app.rate_limits import RateLimited
from policies.book import Book
from policies.decision import Refusal
from schema.answer_size import size_of, sum_of
from schema.selection import RequestedData
from trust.agreements.acts import Acts

RefusedTo = Callable[[GraphQLRequest, Book, str, Mapping[str, Any] | None], Sequence[Refusal]]


class Mutating:
    """Executes mutations. `refused`: what of a query would be refused to the caller of a request."""

    def __init__(self, ordinary: Ordinary, acting: Acting, refused: RefusedTo) -> None:
        self._ordinary, self._acting, self._refused = ordinary, acting, refused
        self._kind = cast(GraphQLObjectType, ordinary.schema.mutation_type)

    async def act(self, outcome: Outcome, mutation: Mutation, book: Book, bounds: Bounds, take: Take) -> None:
        """Makes the moves that are asked for, in a transaction that is not yet committed."""
        request = outcome.request
        if not request.may_act:
            message = "A mutation changes something, so it is sent by POST."
            outcome.errors = [GraphQLError(message, extensions={"code": "METHOD_NOT_ALLOWED"})]
            return
        if request.as_file:
            message = "What a mutation does is told as JSON: ask for no other format."
            outcome.errors = [GraphQLError(message, extensions={"code": "BAD_USER_INPUT", "argument": "format"})]
            return
        size = sum_of(size_of(self._kind, field) for field in mutation.selected.selection.fields)
        cost = Cost(0, 0, size, size)
        if costly := bounds.exceeded(cost):
            outcome.errors = [costly]
            return
        try:
            outcome.standing = await take(cost.units) if cost.units else outcome.standing
        except RateLimited as error:
            outcome.errors, outcome.standing = [error.error], error.standing
            return
        outcome.definition, outcome.epoch = mutation.operation, book.epoch
        outcome.acting = await self._acting.open(request.now, request.id)
        loop = asyncio.get_running_loop()
        moved = partial(self._moved, request, mutation, book, loop)
        outcome.data, outcome.errors = await outcome.acting.run(moved)
        outcome.executed = True

    def _moved(
        self, request: GraphQLRequest, mutation: Mutation, book: Book, loop: asyncio.AbstractEventLoop, acts: Acts
    ) -> tuple[bytes, Sequence[GraphQLError]]:
        """Data and errors of a mutation. Where a move is refused there are no data, and the moves before it have not
        happened either. Raises what no resolver should: then nothing has happened."""

        async def on_the_loop(query: str, variables: Mapping[str, Any] | None) -> Sequence[Refusal]:
            return self._refused(request, book, query, variables)

        def refused(query: str, variables: Mapping[str, Any] | None) -> Sequence[Refusal]:
            # What is kept of documents and plans belongs to the event loop.
            return asyncio.run_coroutine_threadsafe(on_the_loop(query, variables), loop).result()

        node = mutation.document.node
        data, errors = self._ordinary.executed(request, node, book, RequestedData(), acts=acts, refused=refused)
        for error in errors:
            if error.original_error is not None and not isinstance(error.original_error, GraphQLError):
                raise error.original_error
        if data is None:
            acts.undo()
        return plain_json(data), errors
