"""POST /explain: what a query would do, for the one who would ask it. No department is asked, and nothing is recorded:
there is no figure in it."""

from collections.abc import Iterable, Mapping
from typing import Any

from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app import errors, graphql_http, responses
from app.drafts import drafts
from app.execution import QueryEngine
from app.incoming import Entrance
from app.limits import Bounds, Cost
from app.operation import Mutation
from app.plans import Prepared
from policies.agreement import Agreement
from policies.decision import AgreementRef, Grant, Refusal
from resolvers.dispatch import Dispatcher
from resolvers.market_selection import MarketSelection
from resolvers.plan import DatasetRequest, PlannedField
from resolvers.protocols.connector import DatasetQuery
from schema.warnings import everywhere


class Explain:
    """Explains queries of one gateway: an ASGI application."""

    def __init__(self, engine: QueryEngine, entrance: Entrance) -> None:
        self._engine, self._entrance = engine, entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reads the request as that of a query, and tells what it would do."""
        response = await self._told(Request(scope, receive))
        await response(scope, receive, send)

    async def _told(self, request: Request) -> Response:
        incoming = await self._entrance.read(request)
        if isinstance(incoming, Response):
            return incoming
        operation, problems = incoming.operation, list(incoming.problems)
        book = self._engine.book()
        try:
            prepared = problems or await self._engine.prepare(operation, book)
        except Exception as error:
            body = {"errors": [errors.internal(error, operation.id)]}
            return responses.for_caller(500, graphql_http.JSON, body)
        if isinstance(prepared, Mutation):
            message = (
                "A mutation changes agreements: queries are explained. simulateAgreement tells what one would change."
            )
            prepared = [GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})]
        headers = dict(incoming.standing.headers) if incoming.standing else {}
        if isinstance(prepared, list):
            problem = errors.formatted(prepared[0])
            status = responses.status_of(graphql_http.RESPONSE_JSON, str(problem["extensions"]["code"]))
            body = {"errors": [errors.formatted(error) for error in prepared]}
            return responses.for_caller(status, graphql_http.JSON, body, headers)
        body = explanation(prepared, self._engine.dispatcher, self._engine.bounds)
        body = {"organisation": operation.caller.organisation, "purpose": operation.purpose, **body}
        if request.query_params.get("drafts") == "true":
            planned = (field for _, field in prepared.plan.fields)
            body["drafts"] = drafts(self._engine.rules, book, operation, planned)
        return responses.for_caller(200, graphql_http.JSON, body, headers)


def explanation(prepared: Prepared, dispatcher: Dispatcher, bounds: Bounds) -> dict[str, Any]:
    """What becomes of a query: of each selection its rows and what is decided of each of its fields; which departments
    would be asked, of which dataset, in how many calls; and what it costs. How a department is asked, and where, is
    for operators to know."""
    plan = prepared.plan
    return {
        "errors": [errors.formatted(error) for error in prepared.reading.errors.values()],
        "selections": [_selection(demand, fields, prepared.agreements) for demand, fields in plan.demands],
        "warnings": [warned._asdict() for warned in prepared.warnings],
        "calls": [call for request in plan.requests for call in _calls(request, dispatcher)],
        "cost": _cost(prepared.cost, bounds),
    }


def _selection(
    demand: MarketSelection, fields: Iterable[PlannedField], agreements: Mapping[AgreementRef, Agreement]
) -> dict[str, Any]:
    start, stop = demand.window
    return {
        "path": list(demand.key),
        "places": len(demand.selected),
        "periods": len(demand.periods),
        "from": demand.periods[0].code,
        "to": demand.periods[-1].code,
        "groups": len(demand.groups),
        "rows": stop - start,
        "fields": [
            {
                "coordinate": field.measure.coordinate,
                "name": field.measure.name,
                "title": field.measure.title,
                "owner": field.measure.owner,
                "paths": [everywhere(path) for path in demand.measures[field.measure.name]],
                **_decided(field, agreements),
            }
            for field in fields
        ],
    }


def _decided(field: PlannedField, agreements: Mapping[AgreementRef, Agreement]) -> dict[str, Any]:
    match field.decision:
        case None if not field.offered:
            return {"decision": "NOT_OFFERED"}
        case None:
            return {"decision": "ABSENT", "marker": field.absent and field.absent.marker.name}
        case Refusal() as refusal:
            told = {"clause": refusal.clause, "reason": refusal.reason, "remedy": refusal.remedy}
            return {"decision": "REFUSED", **told}
        case Grant() as grant:
            under = [
                {"id": ref.id, "version": ref.version, "title": one.title, "notAfter": one.not_after}
                for ref in grant.agreements
                if (one := agreements.get(ref))
            ]
            treatment = [obligation.words for obligation in grant.obligations]
            return {"decision": "GRANTED", "basis": grant.basis, "agreements": under, "treatment": treatment}


def _calls(request: DatasetRequest, dispatcher: Dispatcher) -> Iterable[dict[str, Any]]:
    source, dataset = request.holding.source, request.holding.dataset
    wanted = DatasetQuery(dataset, request.slices, any(part.evidence for part in request.slices))
    measures = sorted({measure for part in request.slices for measure in part.measures})
    for _ in dispatcher.connectors[source.name].requests(wanted):
        yield {"department": source.department, "dataset": dataset.id, "measures": measures}


def _cost(cost: Cost, bounds: Bounds) -> dict[str, int]:
    return {
        "figures": cost.figures,
        "mostFigures": bounds.figures,
        "rows": cost.rows,
        "values": cost.size.values,
        "mostValues": bounds.values,
        "bytes": cost.size.bytes,
        "mostBytes": bounds.bytes,
        "units": 1 + cost.units,
    }
