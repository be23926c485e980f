"""What an operation wanted that is not there, whoever may read it: counted, in the Trust's own words."""

from collections.abc import Iterable

from graphql import FieldNode

from app.operation import GraphQLRequest, Outcome
from reference.area import Gazetteer
from resolvers.market_selection import MarketSelection
from resolvers.plan import Plan
from schema.catalogue_search import measure_search
from trust.demand.misses import Miss, Misses, MissKind


def missed(plan: Plan, request: GraphQLRequest, gazetteer: Gazetteer) -> tuple[Miss, ...]:
    """What of a plan there is nothing to ask for."""
    found: dict[Miss, None] = {}
    for selection, planned in plan.fields:
        if planned.decision is None:
            kind = MissKind.NOT_PUBLISHED if planned.offered else MissKind.NOT_OFFERED
            found[_by(request, kind)._replace(measure=planned.measure.name, **_asked(selection, gazetteer))] = None
    return tuple(found)


def count(misses: Misses, outcome: Outcome) -> None:
    """Counts what an operation missed, and the names in it that no measure has."""
    request = outcome.request
    if outcome.missed:
        misses.count(request.now, outcome.missed)
    if not outcome.executed:
        for name in _unknown(outcome):
            unfound(misses, request, MissKind.UNKNOWN_NAME, name)


def unfound(misses: Misses, request: GraphQLRequest, kind: MissKind, word: str) -> None:
    """Counts a word that led to no measure."""
    misses.count_word(request.now, _by(request, kind), word)


def nearest_measure(word: str) -> str:
    """The measure that a word may mean; empty where none is near."""
    return next(iter(measure_search().nearest(word, 1)), "")


def _by(request: GraphQLRequest, kind: MissKind) -> Miss:
    return Miss(kind, organisation=request.caller.organisation or "", purpose=request.purpose or "")


def _asked(selection: MarketSelection, gazetteer: Gazetteer) -> dict[str, str | int]:
    """By what a selection asks: the finest level, the facets and the last year."""
    levels = {gazetteer[code].level for code in selection.selected}
    finest = max(levels, key=lambda level: level.rank, default=None)
    return {
        "level": finest.value if finest else "",
        "breakdown": ",".join(sorted(facet.value for facet in selection.by)),
        "year": selection.periods[-1].end.year if selection.periods else 0,
    }


def _unknown(outcome: Outcome) -> Iterable[str]:
    """The names of fields that a document wanted of the labour market and that it does not have."""
    for error in outcome.errors:
        if error.message.startswith("Cannot query field") and "on type 'LabourMarket'" in error.message:
            node = error.nodes[0] if error.nodes else None
            if isinstance(node, FieldNode):
                yield node.name.value
