"""The life of one query, in the order it happens."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple, cast

import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    execute,  # pyright: ignore[reportUnknownVariableType]
)
from graphql.execution.values import get_variable_values

from app.acting import Acting, OpenOperation
from app.beside import Beside
from app.columnar import AnswerContext
from app.columnar.text import Text, json_of, object_text
from app.documents import CompiledSelection, Document, Documents
from app.enum_values import unknown_given
from app.field_errors import field_errors
from app.limits import Bounds, Cost
from app.plans import Plans, Prepared, decided, fresh_until, relied_on
from app.rate_limits import RateLimited, Standing
from app.sampling import Sampling, counted
from app.traces import Tracing
from app.uses import uses_of
from app.variables import ignored_variables, misspelt_variables
from policies.agreement import Agreement
from policies.book import Book
from policies.caller import Caller
from policies.decide import decide
from policies.decision import Access, AgreementRef, Grant, Refusal
from policies.drafting import draft
from policies.rules import Rules
from reference.area import Gazetteer
from resolvers.dispatch import Dispatcher
from resolvers.errors import DepartmentMisanswered
from resolvers.extents import Extents
from resolvers.orders import Terms, order
from resolvers.plan import DatasetRequest, Plan, Planner
from resolvers.stitch import Sheet, stitch
from resolvers.wire import Call
from schema.agreement_terms import as_input
from schema.answer_size import size_of, sum_of
from schema.context import Context, SampleCounts
from schema.kept_selection import kept_is_looked_at, simulated
from schema.rows import AnswerGrid
from schema.selection import MOST_ERRORS, Key, RequestedData, SelectionReader
from schema.simulation import candidate, may_sample
from schema.warnings import Warned, outdated, reviews, warnings
from trust.agreements.acts import Acts
from trust.record import Decisions, Relied, Use

Take = Callable[[int], Awaitable[Standing | None]]
Samples = Mapping[tuple[str, int], SampleCounts]
TermsOf = Callable[[Caller, str | None, DatasetRequest], Terms]


class GraphQLRequest(NamedTuple):
    """One GraphQL request, as read from the wire, with who sent it and why. `may_act`: whether it came in a way by
    which mutations may."""

    id: str
    query: str
    variables: Mapping[str, Any] | None
    operation: str | None
    caller: Caller
    purpose: str | None
    now: datetime
    may_act: bool = False


@dataclass(slots=True)
class Outcome:
    """All that happened: the answer, and what the record must say of it. `failure`: ours, as the caller is told.
    `fresh_until`: says when the first of the departments' answers in it grows old, None where it must not be kept.
    `agreements`, `relied`, `uses`: the agreements it rests on. `acting`: what it moved, not yet committed."""

    request: GraphQLRequest
    data: Text = b"null"
    errors: Sequence[GraphQLError] = ()
    decisions: Decisions = field(default_factory=Decisions)
    calls: list[Call] = field(default_factory=list[Call])
    causes: list[str] = field(default_factory=list[str])
    warnings: Sequence[Warned] = ()
    definition: OperationDefinitionNode | None = None
    executed: bool = False
    long: bool = False
    standing: Standing | None = None
    epoch: int | None = None
    failure: Mapping[str, Any] | None = None
    fresh_until: Callable[[], datetime | None] = lambda: None
    agreements: Mapping[AgreementRef, Agreement] = field(default_factory=dict[AgreementRef, Agreement])
    relied: Relied | None = None
    uses: Sequence[Use] = ()
    acting: OpenOperation | None = None


class Mutation(NamedTuple):
    """A mutation that has been read."""

    document: Document
    operation: OperationDefinitionNode
    selected: CompiledSelection


class QueryEngine:
    """Answers GraphQL requests. Holds nothing of any one request."""

    def __init__(
        self,
        schema: GraphQLSchema,
        documents: Documents,
        planner: Planner,
        rules: Rules,
        book: Callable[[], Book],
        dispatcher: Dispatcher,
        gazetteer: Gazetteer,
        terms: TermsOf,
        plans: Plans,
        beside: Beside,
        bounds: Bounds,
        tracing: Tracing,
        acting: Acting,
    ) -> None:
        self.schema, self.documents, self.planner = schema, documents, planner
        self.rules, self.book, self.dispatcher, self.gazetteer = rules, book, dispatcher, gazetteer
        self._terms, self._plans, self.beside, self.bounds = terms, plans, beside, bounds
        self._phase, self.acting = tracing.phase, acting
        self._mutations = cast(GraphQLObjectType, schema.mutation_type)
        # Completion by columns can be switched off, to hold it to ordinary execution.
        self.columns = True
        self.extents = Extents(planner.catalogue, dispatcher.connectors)
        self._reader = SelectionReader(schema, planner, gazetteer, self.extents)

    async def prepare(self, request: GraphQLRequest, book: Book) -> Prepared | Mutation | list[GraphQLError]:
        """Everything up to the departments: parsed, validated, read, decided, planned. Kept for the next request
        with the same text and variables of a caller whom the policies cannot tell from this one."""
        known = self._plans.get(self._key(request, book), request.now)
        if known is not None:
            return known
        document = self.documents.kept(request.query)
        if document is None:
            read = partial(self.documents.read, request.query)
            document = await self.beside.run(read) if self.documents.takes_long(request.query) else read()
        return self._prepare(request, document, book)

    def _key(self, request: GraphQLRequest, book: Book) -> Hashable:
        caller = request.caller
        epoch = book.part(caller.organisation).epoch if book.confirmed else None
        return (
            request.query, request.operation, json_of(request.variables), caller.organisation, caller.roles,
            caller.purposes, request.purpose, epoch, self.extents.epoch,
        )  # fmt: skip

    def _prepare(
        self, request: GraphQLRequest, document: Document | tuple[GraphQLError, ...], book: Book
    ) -> Prepared | Mutation | list[GraphQLError]:
        if isinstance(document, tuple):
            return list(document)
        self.documents.keep(document)
        try:
            operation = document.operation(request.operation)
        except GraphQLError as error:
            return [error]
        coerced = get_variable_values(
            self.schema, operation.variable_definitions or (), dict(request.variables or {}), max_errors=20
        )
        if isinstance(coerced, list):
            for error in coerced:
                error.extensions = {"code": "BAD_USER_INPUT"}
            return list(unknown_given(self.schema, operation, request.variables or {})) or coerced
        if misspelt := misspelt_variables(operation, request.variables or {}):
            return list(misspelt)
        try:
            selected = self.documents.selected(document, operation, coerced)
        except GraphQLError as error:
            return [error]
        if operation.operation is OperationType.MUTATION:
            return Mutation(document, operation, selected)
        reading = self._reader.read(selected.selection, coerced)
        figures = sum(len(d.measures) * len(d.areas) * len(d.periods) * len(d.groups) for d in reading.demands)
        if len(reading.errors) > MOST_ERRORS:
            return list(reading.errors.values())[:MOST_ERRORS]
        failed = {key[0] for key in reading.errors}
        columns = {key: build for key, build in selected.builders.items() if key not in failed}
        others = [field for field in selected.selection.fields if field.key not in columns]
        resolved = sum_of(reading.sizes[field.key] for field in others)
        cost = Cost(figures, reading.rows, reading.size, resolved)
        if costly := self.bounds.exceeded(cost):
            return [costly]

        def decided_by(access: Access) -> Grant | Refusal:
            return decide(self.rules, book, request.caller, request.purpose, access, request.now)

        plan = self.planner.plan(reading.demands, decided_by)
        orders = [order(wanted, self._terms(request.caller, request.purpose, wanted)) for wanted in plan.requests]
        agreements = relied_on(plan, book)
        prepared = Prepared(
            document,
            [field.key for field in selected.selection.fields],
            columns,
            document.reduced(operation, others) if others else None,
            reading,
            plan,
            orders,
            decided(plan, self.gazetteer if request.caller.organisation else None),
            agreements,
            (
                *ignored_variables(operation, request.variables or {}),
                *warnings(plan, self.extents),
                *reviews(plan, agreements, request.now),
            ),
            cost,
            selected,
            self._key(request, book),
            long=self.bounds.takes_long(cost) or kept_is_looked_at(selected.selection),
            simulated=simulated(selected.selection, coerced, self._reader.query),
            large=self.bounds.is_large(cost),
        )
        # An error that is raised again and again would keep every traceback it was raised with.
        if not reading.errors:
            self._plans.put(prepared)
        return prepared

    async def answer(self, outcome: Outcome, take: Take) -> None:
        """Makes the answer to what is asked, not yet recorded. Whatever happens, `outcome` says how far it came.
        `take`: takes what it costs of the caller's quotas."""
        request, taken = outcome.request, False
        while True:
            book = self.book()
            with self._phase("plan"):
                prepared = await self.prepare(request, book)
            if isinstance(prepared, list):
                outcome.errors = prepared
                return
            if isinstance(prepared, Mutation):
                with self._phase("act"):
                    await self._mutate(outcome, prepared, book, take)
                return
            if prepared.cost.units and not taken:
                try:
                    outcome.standing = await take(prepared.cost.units)
                except RateLimited as error:
                    outcome.errors, outcome.standing = [error.error], error.standing
                    return
                taken = True
            outcome.executed, outcome.warnings = True, prepared.warnings
            outcome.long = prepared.long
            outcome.definition = prepared.document.operation(request.operation)
            outcome.decisions, outcome.epoch = prepared.decisions, book.epoch
            outcome.agreements = prepared.agreements
            if prepared.agreements:
                outcome.relied = Relied(book.part(request.caller.organisation).epoch, prepared.until)
            finished = prepared.finished
            if finished is not None and request.now < finished.until and self.columns:
                outcome.data, outcome.errors, outcome.uses = finished.data, finished.errors, finished.uses
                outcome.fresh_until = lambda until=finished.until: until
                return
            with self._phase("ask"):
                answers = await self.dispatcher.fetch(prepared.orders, request.id)
            if self._still_holds(prepared, request.caller, book):
                break
        outcome.calls = answers.calls
        outcome.fresh_until = partial(fresh_until, prepared.orders, answers)
        with self._phase("stitch"):
            sheets = stitch(prepared.plan, answers, request.now)
        outcome.uses = uses_of(prepared.plan, sheets) if prepared.agreements else ()
        failures = [failure for sheet in sheets.values() for failure in sheet.failures.values()]
        hidden = [table.outdated for sheet in sheets.values() for table in sheet.outdated.values()]
        outcome.causes = [str(failure) for failure in dict.fromkeys((*failures, *hidden))]
        outcome.warnings = (*prepared.warnings, *outdated(sheets.values(), self.planner.catalogue.measures))
        # What could not be protected may have been kept: the department may have mended it by the next time.
        wrong = {failure.department for failure in failures if isinstance(failure, DepartmentMisanswered)}
        if wrong:
            await self.dispatcher.forget(prepared.orders, wrong)
        samples = await self._samples(request, prepared, book)
        complete = partial(self._complete, request, prepared, sheets, book, samples)
        with self._phase("complete"):
            outcome.data, outcome.errors = await self.beside.run(complete) if prepared.long else complete()
        if isinstance(outcome.data, bytes) and not prepared.rest and not outcome.causes:
            self._plans.finish(prepared, answers, outcome.data, outcome.errors, outcome.uses)

    async def _mutate(self, outcome: Outcome, mutation: Mutation, book: Book, take: Take) -> None:
        """Makes the moves that are asked for, in a transaction that is not yet committed."""
        request = outcome.request
        size = sum_of(size_of(self._mutations, field) for field in mutation.selected.selection.fields)
        if not request.may_act:
            message = "A mutation changes something, so it is sent by POST."
            outcome.errors = [GraphQLError(message, extensions={"code": "METHOD_NOT_ALLOWED"})]
            return
        if costly := self.bounds.exceeded(Cost(0, 0, size, size)):
            outcome.errors = [costly]
            return
        outcome.definition, outcome.epoch = mutation.operation, book.epoch
        outcome.acting = await self.acting.open(request.now, request.id)
        outcome.data, outcome.errors = await outcome.acting.run(partial(self._moved, request, mutation, book))
        outcome.executed = True

    def _moved(
        self, request: GraphQLRequest, mutation: Mutation, book: Book, acts: Acts
    ) -> tuple[bytes, Sequence[GraphQLError]]:
        """Data and errors of a mutation. Raises what no resolver should: then nothing has happened."""
        nothing = RequestedData()
        data, errors = self._executed(request, mutation.document.node, nothing, {}, {}, book, acts)
        for error in errors:
            if error.original_error is not None and not isinstance(error.original_error, GraphQLError):
                raise error.original_error
        return orjson.dumps(data), errors

    async def _samples(self, request: GraphQLRequest, prepared: Prepared, book: Book) -> Samples:
        """What would newly be visible under each version that is simulated, where its caller may know."""
        samples: dict[tuple[str, int], SampleCounts] = {}
        for id, number in prepared.simulated:
            plan = await self.beside.run(partial(self._sample_plan, request, book, id, number))
            if plan is None:
                continue
            sampling, planned = plan
            orders = [order(one, self._terms(sampling.caller, sampling.purpose, one)) for one in planned.requests]
            answers = await self.dispatcher.fetch(orders, request.id)
            samples[id, number] = counted(planned, stitch(planned, answers, request.now))
        return samples

    def _sample_plan(self, request: GraphQLRequest, book: Book, id: str, number: int) -> tuple[Sampling, Plan] | None:
        with self.acting.desk.reading() as kept:
            try:
                one, terms = candidate(kept, request.caller, id, number)
            except GraphQLError:
                return None  # Told where it is simulated.
        if not may_sample(request.caller, one):
            return None
        sampling = Sampling(self.rules, book, terms, request.now)
        wanted = sampling.selections(self.planner, self.gazetteer, self.extents)
        return sampling, self.planner.plan(wanted, sampling.decided)

    def _proposed(self, request: GraphQLRequest, book: Book, refusal: Refusal) -> Mapping[str, Any] | None:
        """The terms under which something that is refused could be allowed, as far as they follow from it."""
        if refusal.wanted is None:
            return None
        wanted = (refusal.wanted,)
        return as_input(draft(self.rules, book, request.caller, request.purpose, wanted, refusal.owner, request.now))

    def in_force(self, outcome: Outcome) -> bool:
        """Whether all that an answer rests on is still in force: looked at while it is sent."""
        relied = outcome.relied
        if relied is None:
            return True
        book, now = self.book(), datetime.now(UTC)
        same = book.part(outcome.request.caller.organisation).epoch == relied.epoch
        return book.confirmed and all(
            one.in_force(now) and (same or book.get(ref) is one) for ref, one in outcome.agreements.items()
        )

    def _still_holds(self, prepared: Prepared, caller: Caller, book: Book) -> bool:
        """Whether what a plan rests on has not changed since: otherwise it is decided again."""
        latest, organisation = self.book(), caller.organisation
        same = latest.part(organisation).epoch == book.part(organisation).epoch
        return not prepared.agreements or (latest.confirmed and same)

    def _complete(
        self,
        request: GraphQLRequest,
        prepared: Prepared,
        sheets: Mapping[Key, Sheet],
        book: Book,
        samples: Samples,
    ) -> tuple[Text, Sequence[GraphQLError]]:
        """The data of an answer, as JSON, and its errors."""
        reading = prepared.reading
        grids = {key: AnswerGrid(sheet, self.gazetteer) for key, sheet in sheets.items()}
        measures, propose = self.planner.catalogue.measures, partial(self._proposed, request, book)
        errors = [error for sheet in sheets.values() for error in field_errors(sheet, measures, propose)]
        if not self.columns:
            data, raised = self._executed(
                request, prepared.document.node, reading, prepared.agreements, grids, book, samples=samples
            )
            return orjson.dumps(data), [*raised, *errors]
        others: Mapping[str, Any] = {}
        if prepared.rest:
            data, raised = self._executed(
                request, prepared.rest, reading, prepared.agreements, grids, book, samples=samples
            )
            errors = [*raised, *errors]
            if data is None:
                return b"null", errors
            others = data
        context = AnswerContext(
            grids,
            reading.pages,
            reading.areas,
            reading.levels,
            self.gazetteer,
            prepared.agreements,
            lazily=prepared.large,
        )
        fields = (
            (key, build(context) if (build := prepared.builders.get(key)) else orjson.dumps(others[key]))
            for key in prepared.fields
        )
        return object_text(fields), errors

    def _executed(
        self,
        request: GraphQLRequest,
        document: DocumentNode,
        reading: RequestedData,
        agreements: Mapping[AgreementRef, Agreement],
        grids: Mapping[Key, AnswerGrid],
        book: Book,
        acts: Acts | None = None,
        samples: Samples = MappingProxyType({}),
    ) -> tuple[dict[str, Any] | None, Sequence[GraphQLError]]:
        """Data and errors by ordinary execution."""
        with self.acting.desk.reading(acts) as kept:
            context = Context(
                caller=request.caller,
                purpose=request.purpose,
                now=request.now,
                gazetteer=self.gazetteer,
                catalogue=self.planner.catalogue,
                extents=self.extents,
                rules=self.rules,
                book=book,
                agreements=agreements,
                grids=grids,
                pages=reading.pages,
                errors=reading.errors,
                kept=kept,
                acts=acts,
                samples=samples,
                refused=partial(self.refused, request, book),
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

    def refused(
        self, request: GraphQLRequest, book: Book, query: str, variables: Mapping[str, Any] | None
    ) -> Sequence[Refusal]:
        """What of another query would be refused to the caller of a request. Raises GraphQLError where it is none that
        could be answered."""
        other = request._replace(query=query, variables=variables, operation=None)
        prepared = self._prepare(other, self.documents.kept(query) or self.documents.read(query), book)
        if isinstance(prepared, Mutation):
            raise GraphQLError("It is a mutation, not a query.")
        if problems := prepared if isinstance(prepared, list) else [*prepared.reading.errors.values()]:
            raise GraphQLError(problems[0].message)
        assert isinstance(prepared, Prepared)
        return [field.decision for _, field in prepared.plan.fields if isinstance(field.decision, Refusal)]
