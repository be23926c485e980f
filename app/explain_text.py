"""What a query would do, told step by step, and what the source files leave unanswered."""

from collections.abc import Iterable

from app.execution import QueryEngine
from app.operation import GraphQLRequest
from app.plans import Prepared
from policies.decision import Grant, Refusal
from resolvers.catalogue import Catalogue
from resolvers.dispatch import Dispatcher
from resolvers.plan import DatasetRequest, PlannedField
from resolvers.protocols.connector import DatasetQuery


def story(request: GraphQLRequest, prepared: Prepared, engine: QueryEngine) -> str:
    """The life of one query up to its departments, in the order it happens."""
    plan = prepared.plan
    who = request.caller.organisation or "the public"
    lines = [f"Caller: {who}, purpose {request.purpose or 'none stated'}."]
    for key, error in prepared.reading.errors.items():
        lines.append(f"{'.'.join(key)}: {error.message}")
    for demand, fields in plan.demands:
        rows = demand.window[1] - demand.window[0]
        span = f"{demand.periods[0].code} to {demand.periods[-1].code}"
        lines.append(
            f"{'.'.join(demand.key)}: {len(demand.areas)} places, {len(demand.periods)} periods ({span}), "
            f"{len(demand.groups)} groups: {rows} rows."
        )
        lines.extend(f"  {field.measure.coordinate}: {_decided(field)}" for field in fields)
    lines.append(engine.bounds.told(prepared.cost))
    calls = [line for request in plan.requests for line in _requests(request, engine.dispatcher)]
    lines.append(f"{len(calls)} {'call' if len(calls) == 1 else 'calls'} to departments:")
    lines.extend(f"  {call}" for call in calls)
    return "\n".join(lines)


def _decided(field: PlannedField) -> str:
    decision = field.decision
    match decision:
        case None if not field.offered:
            return "NOT OFFERED: this gateway has no source for it"
        case None:
            return f"nothing to ask for, marked [{field.absent and field.absent.marker.name}]"
        case Refusal():
            return f"REFUSED ({decision.clause}). {decision.reason} {decision.remedy}"
        case Grant():
            under = ", ".join(f"{ref.id} v{ref.version}" for ref in decision.agreements) or decision.basis.lower()
            then = "; ".join(obligation.words for obligation in decision.obligations)
            return f"granted, {under}{'. ' + then if then else ''}"


def _requests(request: DatasetRequest, dispatcher: Dispatcher) -> Iterable[str]:
    source, dataset = request.holding.source, request.holding.dataset
    ask = DatasetQuery(dataset, request.slices, any(part.evidence for part in request.slices))
    for line in dispatcher.connectors[source.name].requests(ask):
        yield f"{source.department} {dataset.id}: {line[:160]}{'...' if len(line) > 160 else ''}"


def gaps(catalogue: Catalogue) -> list[str]:
    """Source files and the model agree once they have been read; what is left is what they leave out."""
    missing: list[str] = []
    for measure in catalogue.measures.values():
        for name, holding in zip(measure.inputs or (measure.name,), catalogue.holdings(measure), strict=False):
            dataset = holding.dataset
            if not dataset.tenures:
                missing.append(f"{dataset.id}: owners is missing: say who has owned {name} since when.")
            elif measure.owner not in {tenure.owner for tenure in dataset.tenures} and not measure.inputs:
                missing.append(f"{dataset.id}: owners does not name {measure.owner}, who owns {name} in the model.")
    return missing
