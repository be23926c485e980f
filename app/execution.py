"""The life of one query, in the order it happens."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, cast

from graphql import (
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationType,
)

from app.acting import Acting
from app.beside import Beside
from app.columnar import AnswerColumns, AnswerContext
from app.columnar.text import Text, json_of, object_text, plain_json
from app.documents import Document, Documents
from app.enum_values import unknown_given
from app.field_errors import field_errors
from app.limits import Bounds, Cost
from app.missed import missed
from app.mutating import Mutating
from app.operation import GraphQLRequest, Mutation, Outcome, Take
from app.ordinary import Ordinary
from app.plans import Plans, Prepared, decided, fresh_until, relied_on
from app.rate_limits import RateLimited
from app.sampling import Samples
from app.traces import Tracing
from app.uses import uses_of
from app.variables import coerced, ignored_variables, misspelt_variables
from policies.book import Book
from policies.caller import Caller
from policies.decide import decide
from policies.decision import Access, Grant, Refusal
from policies.drafting import draft
from policies.rules import Rules
from reference.area import Gazetteer
from resolvers.dispatch import Dispatcher
from resolvers.errors import DepartmentMisanswered
from resolvers.extents import Extents
from resolvers.orders import TermsOf, order
from resolvers.plan import Planner
from resolvers.stitch import Sheet, stitch
from schema.agreement_terms import as_input
from schema.answer_size import sum_of
from schema.context import SampleCounts
from schema.kept_selection import kept_is_looked_at, simulated
from schema.rows import AnswerGrid
from schema.selection import MOST_ERRORS, Key, SelectionReader
from schema.warnings import outdated, reviews, warnings
from trust.demand.misses import Misses
from trust.entry import Relied
from trust.log.entry import Answer

# The data of an answer, as JSON, and its errors.
Completed = tuple[Text, Sequence[GraphQLError]]


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
        misses: Misses,
    ) -> None:
        self.schema, self.documents, self.planner = schema, documents, planner
        self.rules, self.book, self.dispatcher, self.gazetteer = rules, book, dispatcher, gazetteer
        self._terms, self._plans, self.beside, self.bounds = terms, plans, beside, bounds
        self._phase, self.acting = tracing.phase, acting
        # Completion by columns can be switched off, to hold it to ordinary execution.
        self.columns = True
        self.extents = Extents(planner.catalogue, dispatcher.connectors)
        self.query_type = cast(GraphQLObjectType, schema.query_type)
        self._reader = SelectionReader(schema, planner, gazetteer, self.extents)
        self._ordinary = Ordinary(schema, rules, gazetteer, planner.catalogue, self.extents, acting.desk, misses)
        self._mutating = Mutating(self._ordinary, acting, self.refused)
        self._samples = Samples(self._ordinary, planner, dispatcher, terms, beside)

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
            caller.purposes, request.purpose, epoch, self.extents.epoch, request.as_file,
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
        values = coerced(self.schema, operation, document.declared(operation), request.variables or {})
        if isinstance(values, list):
            for error in values:
                error.extensions = {"code": "BAD_USER_INPUT"}
            return list(unknown_given(self.schema, operation, request.variables or {})) or values
        if misspelt := misspelt_variables(operation, request.variables or {}):
            return list(misspelt)
        try:
            selected = self.documents.selected(document, operation, values)
        except GraphQLError as error:
            return [error]
        if operation.operation is OperationType.MUTATION:
            return Mutation(document, operation, selected)
        reading = self._reader.read(selected.selection, values)
        figures = sum(len(d.measures) * len(d.areas) * len(d.periods) * len(d.groups) for d in reading.demands)
        if len(reading.errors) > MOST_ERRORS:
            return list(reading.errors.values())[:MOST_ERRORS]
        failed = {key[0] for key in reading.errors}
        columns = {key: build for key, build in selected.builders.items() if key not in failed}
        others = [field for field in selected.selection.fields if field.key not in columns]
        resolved = sum_of(reading.sizes[field.key] for field in others)
        cost = Cost(figures, reading.rows, reading.size, resolved)
        by_columns = request.as_file and not others
        if costly := (self.bounds.of_files if by_columns else self.bounds).exceeded(cost):
            return [costly]

        def decided_by(access: Access) -> Grant | Refusal:
            return decide(self.rules, book, request.caller, request.purpose, access, request.now)

        plan = self.planner.plan(reading.demands, decided_by)
        orders = [order(wanted, self._terms(request.caller, request.purpose, wanted)) for wanted in plan.requests]
        agreements, measures = relied_on(plan, book), self.planner.catalogue.measures
        prepared = Prepared(
            document,
            [field.key for field in selected.selection.fields],
            columns,
            document.reduced(operation, others) if others else None,
            reading,
            plan,
            orders,
            decided(plan, measures, agreements, self.gazetteer if request.caller.organisation else None),
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
            missed=missed(plan, request, self.gazetteer),
            simulated=simulated(selected.selection, values, self._reader.query),
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
                    await self._mutating.act(outcome, prepared, book, self.bounds, take)
                return
            if request.refused and (unfit := request.refused(prepared.selected.selection)):
                outcome.errors = [unfit]
                return
            if prepared.cost.units and not taken:
                try:
                    outcome.standing = await take(prepared.cost.units)
                except RateLimited as error:
                    outcome.errors, outcome.standing = [error.error], error.standing
                    return
                taken = True
            outcome.executed, outcome.warnings = True, prepared.warnings
            outcome.long, outcome.large = prepared.long, prepared.large
            outcome.definition = prepared.document.operation(request.operation)
            outcome.missed = prepared.missed
            outcome.decisions, outcome.epoch = prepared.decisions, book.epoch
            outcome.agreements = prepared.agreements
            if prepared.agreements:
                outcome.relied = Relied(book.part(request.caller.organisation).epoch, prepared.until)
            finished = prepared.finished
            if finished is not None and request.now < finished.until and self.columns and not request.as_file:
                outcome.data, outcome.errors, outcome.uses = finished.data, finished.errors, finished.uses
                outcome.answer = finished.answer
                outcome.fresh_until = lambda until=finished.until: until
                return
            with self._phase("ask"):
                answers = await self.dispatcher.fetch(prepared.orders, request.id)
            # What is still out when it is decided again is asked once, and listed once.
            outcome.calls = [*dict.fromkeys((*outcome.calls, *answers.calls))] if outcome.calls else answers.calls
            if self._still_holds(prepared, request.caller, book):
                break
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
        samples = await self._samples.counted(request, prepared.simulated, book, outcome.calls)
        complete = partial(self._complete, outcome, prepared, sheets, book, samples)
        with self._phase("complete"):
            await self.beside.run(complete) if prepared.long else complete()
        if (
            outcome.answer is not None
            and isinstance(outcome.data, bytes)
            and not outcome.columns
            and not prepared.rest
            and not outcome.causes
        ):
            self._plans.finish(prepared, answers, outcome.data, outcome.answer, outcome.errors, outcome.uses)

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
        outcome: Outcome,
        prepared: Prepared,
        sheets: Mapping[Key, Sheet],
        book: Book,
        samples: Mapping[tuple[str, int], SampleCounts],
    ) -> None:
        """Makes the data of an answer, its errors, and where the data are whole what is committed to of them. What is
        not written as JSON needs no data, where columns are all of it."""
        request, reading = outcome.request, prepared.reading
        grids = {key: AnswerGrid(sheet, self.gazetteer) for key, sheet in sheets.items()}
        measures, propose = self.planner.catalogue.measures, partial(self._proposed, request, book)
        outcome.errors = [error for sheet in sheets.values() for error in field_errors(sheet, measures, propose)]
        context = AnswerContext(
            grids,
            reading.pages,
            reading.areas,
            reading.levels,
            self.gazetteer,
            prepared.agreements,
            lazily=prepared.large,
        )
        if request.as_file:
            by_columns = self.columns and not prepared.rest
            outcome.columns = AnswerColumns(prepared.selected.selection, context, whole=by_columns)
            if by_columns:
                return
        outcome.data, raised = self._data(request, prepared, context, book, samples)
        outcome.errors = [*raised, *outcome.errors]
        outcome.answer = Answer.of(outcome.data) if isinstance(outcome.data, bytes) else None

    def _data(
        self,
        request: GraphQLRequest,
        prepared: Prepared,
        context: AnswerContext,
        book: Book,
        samples: Mapping[tuple[str, int], SampleCounts],
    ) -> Completed:
        """The data of an answer, and the errors of what columns do not complete."""
        ordinary = partial(
            self._ordinary.executed, request, agreements=prepared.agreements, grids=context.grids, samples=samples
        )
        if not self.columns:
            data, raised = ordinary(prepared.document.node, book, prepared.reading)
            return plain_json(data), raised
        others: Mapping[str, Any] = {}
        raised: Sequence[GraphQLError] = ()
        if prepared.rest:
            data, raised = ordinary(prepared.rest, book, prepared.reading)
            if data is None:
                return b"null", raised
            others = data
        fields = (
            (key, build(context) if (build := prepared.builders.get(key)) else plain_json(others[key]))
            for key in prepared.fields
        )
        return object_text(fields), raised

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
