"""The life of one query, in the order it happens."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import orjson
from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    execute,  # pyright: ignore[reportUnknownVariableType]
)
from graphql.execution.values import get_variable_values

from app.columnar import AnswerContext
from app.documents import Documents
from app.enum_values import unknown_given
from app.limits import too_costly
from app.plans import Plans, Prepared, decided, fresh_until
from app.variables import ignored_variables, misspelt_variables
from policies.caller import Caller
from policies.decide import Policy
from policies.decision import Access, Grant, Refusal
from reference.area import Gazetteer
from reference.measure import Measures
from resolvers.dispatch import Dispatcher, Terms, order
from resolvers.errors import DepartmentMisanswered
from resolvers.extents import Extents
from resolvers.plan import DatasetRequest, Planner
from resolvers.stitch import Sheet, stitch
from resolvers.wire import Call
from schema.context import Context
from schema.rows import AnswerGrid
from schema.selection import Key, SelectionReader
from schema.warnings import Warned, everywhere, warnings
from trust.record import Decisions

TermsOf = Callable[[Caller, str | None, DatasetRequest], Terms]


class GraphQLRequest(NamedTuple):
    """One GraphQL request, as read from the wire, with who sent it and why."""

    id: str
    query: str
    variables: Mapping[str, Any] | None
    operation: str | None
    caller: Caller
    purpose: str | None
    now: datetime


@dataclass(slots=True)
class Outcome:
    """All that happened: the answer, and what the record must say of it. `failure`: ours, as the caller is told.
    `fresh_until`: says when the first of the departments' answers in it grows old, None where it must not be kept."""

    request: GraphQLRequest
    data: dict[str, Any] | orjson.Fragment | None = None
    errors: Sequence[GraphQLError] = ()
    decisions: Decisions = field(default_factory=Decisions)
    calls: list[Call] = field(default_factory=list[Call])
    causes: list[str] = field(default_factory=list[str])
    warnings: Sequence[Warned] = ()
    executed: bool = False
    epoch: int | None = None
    failure: Mapping[str, Any] | None = None
    fresh_until: Callable[[], datetime | None] = lambda: None


class QueryEngine:
    """Answers GraphQL requests. Holds nothing of any one request."""

    def __init__(
        self,
        schema: GraphQLSchema,
        documents: Documents,
        planner: Planner,
        policy: Policy,
        dispatcher: Dispatcher,
        gazetteer: Gazetteer,
        terms: TermsOf,
        plans: Plans,
        figures: int,
        values: int,
    ) -> None:
        self.schema, self.documents, self.planner = schema, documents, planner
        self.policy, self.dispatcher, self.gazetteer = policy, dispatcher, gazetteer
        self._terms, self._plans, self._figures, self._values = terms, plans, figures, values
        # Completion by columns can be switched off, to hold it to ordinary execution.
        self.columns = True
        self.extents = Extents(planner.catalogue, dispatcher.connectors)
        self._reader = SelectionReader(schema, planner, gazetteer, self.extents)

    def prepare(self, request: GraphQLRequest) -> Prepared | list[GraphQLError]:
        """Everything up to the departments: parsed, validated, read, decided, planned. Kept for the next request
        with the same text and variables of a caller whom the policies cannot tell from this one."""
        caller = request.caller
        key = (
            request.query, request.operation, _written(request.variables), caller.organisation, caller.roles,
            caller.purposes, request.purpose, self.policy.epoch, self.extents.epoch,
        )  # fmt: skip
        known = self._plans.get(key, request.now)
        if known is not None:
            return known
        prepared = self._prepare(request)
        # An error that is raised again and again would keep every traceback it was raised with.
        if not isinstance(prepared, list) and not prepared.reading.errors:
            self._plans.put(key, prepared)
        return prepared

    def _prepare(self, request: GraphQLRequest) -> Prepared | list[GraphQLError]:
        document = self.documents.get(request.query)
        if isinstance(document, tuple):
            return list(document)
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
            selected = document.selected(operation, coerced)
        except GraphQLError as error:
            return [error]
        reading = self._reader.read(selected.selection, coerced)
        figures = sum(len(d.measures) * len(d.areas) * len(d.periods) * len(d.groups) for d in reading.demands)
        if max(figures, reading.rows) > self._figures:
            return [
                too_costly(
                    f"The query asks for {figures} figures on {reading.rows} rows and places; "
                    f"{self._figures} are allowed at once. "
                    "Ask for fewer places, periods, facets or measures, or a page at a time with first and after: "
                    "a page counts for all the rows of its places."
                )
            ]
        if reading.values > self._values:
            return [
                too_costly(
                    f"The answer could hold {reading.values} values; {self._values} are allowed at once. "
                    "Nest fewer lists in one another, or ask for fewer fields of each item."
                )
            ]

        def decide(access: Access) -> Grant | Refusal:
            return self.policy.decide(request.caller, request.purpose, access, request.now)

        build = None if reading.errors else selected.build
        plan = self.planner.plan(reading.demands, decide)
        orders = [order(wanted, self._terms(request.caller, request.purpose, wanted)) for wanted in plan.requests]
        size = len(request.query) + len(_written(request.variables))
        policy = self.policy
        return Prepared(
            document,
            build,
            reading,
            plan,
            orders,
            decided(plan),
            policy.agreements,
            (*ignored_variables(operation, request.variables or {}), *warnings(plan, self.extents)),
            policy.epoch,
            size,
        )

    async def answer(self, outcome: Outcome) -> None:
        """Makes the answer to what is asked, not yet recorded. Whatever happens, `outcome` says how far it came."""
        request = outcome.request
        prepared = self.prepare(request)
        if isinstance(prepared, list):
            outcome.errors = prepared
            return
        outcome.executed, outcome.warnings = True, prepared.warnings
        outcome.decisions, outcome.epoch = prepared.decisions, prepared.epoch
        finished = prepared.finished
        if finished is not None and request.now < finished.until and self.columns:
            outcome.data, outcome.errors = orjson.Fragment(finished.data), finished.errors
            outcome.fresh_until = lambda: finished.until
            return
        answers = await self.dispatcher.fetch(prepared.orders, request.id)
        outcome.calls = answers.calls
        outcome.fresh_until = partial(fresh_until, prepared.orders, answers)
        sheets = stitch(prepared.plan, answers, request.now)
        failures = [failure for sheet in sheets.values() for failure in sheet.failures.values()]
        outcome.causes = [str(failure) for failure in failures]
        # What could not be protected may have been kept: the department may have mended it by the next time.
        wrong = {failure.department for failure in failures if isinstance(failure, DepartmentMisanswered)}
        if wrong:
            await self.dispatcher.forget(prepared.orders, wrong)
        grids = {key: AnswerGrid(sheet, self.gazetteer) for key, sheet in sheets.items()}
        outcome.errors = self._errors(sheets)
        if prepared.build is not None and self.columns:
            reading = prepared.reading
            context = AnswerContext(
                grids, reading.pages, reading.areas, reading.levels, self.gazetteer, prepared.agreements
            )
            data = prepared.build(context)
            outcome.data = orjson.Fragment(data)
            if not outcome.causes:
                self._plans.finish(prepared, answers, data, outcome.errors)
        else:
            outcome.data, errors = self._executed(request, prepared, grids)
            outcome.errors = [*errors, *outcome.errors]

    def _errors(self, sheets: Mapping[Key, Sheet]) -> list[GraphQLError]:
        return [error for sheet in sheets.values() for error in field_errors(sheet, self.planner.catalogue.measures)]

    def _executed(
        self, request: GraphQLRequest, prepared: Prepared, grids: Mapping[Key, AnswerGrid]
    ) -> tuple[dict[str, Any] | None, Sequence[GraphQLError]]:
        """Data and errors by ordinary execution."""
        reading = prepared.reading
        context = Context(
            caller=request.caller,
            purpose=request.purpose,
            now=request.now,
            gazetteer=self.gazetteer,
            catalogue=self.planner.catalogue,
            extents=self.extents,
            policy=self.policy,
            agreements=prepared.agreements,
            grids=grids,
            pages=reading.pages,
            errors=reading.errors,
        )
        result = execute(
            self.schema,
            prepared.document.node,
            context_value=context,
            variable_values=dict(request.variables or {}),
            operation_name=request.operation,
        )
        assert isinstance(result, ExecutionResult), "no resolver of the schema is asynchronous"
        return result.data, result.errors or ()


def _written(variables: Mapping[str, Any] | None) -> bytes:
    """Variables as JSON: a copy, because orjson's own bytes hold on to the page of memory they were written in."""
    return b"%b" % orjson.dumps(variables)


def field_errors(sheet: Sheet, measures: Measures) -> list[GraphQLError]:
    """One error for each selection of a field that was refused, is not offered, or whose department failed. It stands
    at the first row; `appliesTo` says for which others it holds."""
    if not (sheet.refusals or sheet.failures or sheet.not_offered):
        return []
    demand = sheet.demand
    empty = demand.window[0] == demand.window[1]
    errors: list[GraphQLError] = []
    for name, paths in demand.measures.items():
        measure = measures[name]
        if refusal := sheet.refusals.get(name):
            message = refusal.reason
            extensions = {
                "code": "UNAUTHORIZED_FIELD_OR_TYPE",
                "coordinate": refusal.coordinate,
                "owner": refusal.owner,
                "clause": refusal.clause,
                "reason": refusal.reason,
                "remedy": refusal.remedy,
            }
        elif failure := sheet.failures.get(name):
            message = failure.message
            extensions = {
                "code": failure.code,
                "coordinate": measure.coordinate,
                "owner": measure.owner,
                "retryable": failure.retryable,
                **({} if failure.retry_after is None else {"retryAfter": failure.retry_after}),
            }
        elif name in sheet.not_offered:
            remedy = f"Leave it out, or ask {measure.owner} to join."
            message = f"{measure.title} is not offered here: {measure.owner} has no source at this gateway. {remedy}"
            extensions = {
                "code": "NOT_OFFERED",
                "coordinate": measure.coordinate,
                "owner": measure.owner,
                "remedy": remedy,
            }
        else:
            continue
        for path in paths:
            at = demand.key if empty else path
            applies = {"appliesTo": list(everywhere(path))}
            errors.append(GraphQLError(message, path=list(at), extensions=extensions | applies))
    return errors
