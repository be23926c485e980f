"""The errors of fields that were refused, are not offered, or whose department failed."""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import GraphQLError

from policies.decision import Refusal
from policies.explain import UNCONFIRMED
from reference.measure import Measures
from resolvers.stitch import Sheet
from schema.warnings import everywhere

Propose = Callable[[Refusal], Mapping[str, Any] | None]


def field_errors(sheet: Sheet, measures: Measures, propose: Propose) -> list[GraphQLError]:
    """One error for each selection of a field that was refused, is not offered, or whose department failed. It stands
    at the first row; `appliesTo` says for which others it holds. `propose`: the terms under which a refused field could
    be allowed, as `proposeAgreement` takes them."""
    if not (sheet.refusals or sheet.failures or sheet.not_offered):
        return []
    demand = sheet.demand
    empty = demand.window[0] == demand.window[1]
    errors: list[GraphQLError] = []
    for name, paths in demand.measures.items():
        measure = measures[name]
        if refusal := sheet.refusals.get(name):
            message = refusal.reason
            unconfirmed = refusal.clause == UNCONFIRMED
            extensions = {
                "code": "AGREEMENTS_UNCONFIRMED" if unconfirmed else "UNAUTHORIZED_FIELD_OR_TYPE",
                "coordinate": refusal.coordinate,
                "owner": refusal.owner,
                "clause": refusal.clause,
                "reason": refusal.reason,
                "remedy": refusal.remedy,
                **({"retryable": True} if unconfirmed else {}),
                **({"terms": terms} if (terms := propose(refusal)) else {}),
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
