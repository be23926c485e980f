"""The Cedar engine: three fixed policies, agreements as entities, and the traps of the engine closed.

Only Decision.Allow without a single diagnostic error is a yes; the schema goes with every call; the policies
are checked strictly at start.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Lock
from typing import Any, cast

import cedarpy
from cachetools import LRUCache

from policies.agreement import Agreement
from policies.caller import PURPOSES, ROLES, Caller
from policies.errors import PolicyError
from policies.own_terms import BOTH, OwnTerms
from policies.register import LegalGateway
from reference.area import AreaLevel
from reference.measure import Measure, Measures

NOBODY = "public"
EVERYWHERE = "*"
# Agreements that are kept as the engine has them: of those that were asked about lately.
AGREEMENTS = 200
POLICY_IDS = frozenset({"published", "own", "agreement"})


def entity(kind: str, name: str) -> dict[str, Any]:
    """A reference to an entity, as Cedar's JSON has it."""
    return {"__entity": {"type": f"LMDT::{kind}", "id": name}}


def moment(value: datetime | date) -> dict[str, Any]:
    """A Cedar datetime: of a moment that knows its offset, to the millisecond; of a day, its first moment."""
    if isinstance(value, datetime):
        assert value.tzinfo is not None, "a moment without an offset is not a moment"
        text = value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    else:
        text = value.isoformat()
    return {"__extn": {"fn": "datetime", "arg": text}}


def _set(kind: str, names: Iterable[str]) -> list[dict[str, Any]]:
    """References to several entities of one kind, in the order of their names."""
    return [entity(kind, name) for name in sorted(names)]


class CedarEngine:
    """Fixed policies over the entities of the day.

    A decision is given the fields and the one agreement that it can depend on, for the engine copies and checks anew
    all that it is given: what a decision costs does not depend on how many agreements there are. `facts`: what it is
    told of the fields.
    """

    def __init__(
        self, policies: str, schema: str, measures: Measures, gateways: Mapping[str, LegalGateway],
        own_terms: Mapping[str, OwnTerms],
    ) -> None:  # fmt: skip
        self._schema, self._policies = _checked(policies, schema)
        self._names = [name for name in measures if not measures[name].inputs]
        self._gateways = gateways
        try:
            self.facts = json.dumps([_field(measures[name], own_terms) for name in self._names])
            self._fields = cedarpy.Entities.from_json_str(self.facts, self._schema)
        except Exception as error:
            raise PolicyError(f"the measures do not fit access.cedarschema: {error}") from error
        self._agreements: LRUCache[Agreement, cedarpy.Entities] = LRUCache(AGREEMENTS)
        self._lock = Lock()

    def permit(
        self,
        caller: Caller,
        measure: str,
        context: Mapping[str, Any],
        agreement: Agreement | None,
        purpose: str | None,
    ) -> str | None:
        """The id of the policy that permits reading the measure; None where none does."""
        facts = dict(context)
        entities = self._fields
        if agreement is not None:
            facts["agreement"] = entity("Agreement", agreement.id)
            entities = self._with(agreement)
        if purpose is not None:
            facts["purpose"] = entity("Purpose", purpose)
        principal: dict[str, Any] = {
            "uid": {"type": "LMDT::Caller", "id": "caller"},
            "attrs": {
                "organisation": entity("Organisation", caller.organisation or NOBODY),
                # Words of an issuer that the Trust does not know are neither roles nor purposes.
                "roles": _set("Role", ROLES.keys() & caller.roles),
                "purposes": _set("Purpose", PURPOSES.keys() & caller.purposes),
            },
            "parents": [],
        }
        result = cedarpy.is_authorized(
            {
                "principal": 'LMDT::Caller::"caller"',
                "action": 'LMDT::Action::"read"',
                "resource": f'LMDT::Field::"{measure}"',
                "context": facts,
            },
            self._policies,
            entities.with_added_json_str(json.dumps([principal]), self._schema),
            self._schema,
        )
        if result.decision is not cedarpy.Decision.Allow or result.diagnostics.errors:
            return None
        named = cast(Mapping[str, str], result.diagnostics.id_annotations_by_reason)
        ids = {named.get(reason) for reason in result.diagnostics.reasons}
        # The owner reads its own data as its own even where it is also published.
        return next((policy for policy in ("own", "published", "agreement") if policy in ids), None)

    def _with(self, agreement: Agreement) -> cedarpy.Entities:
        """The fields and one agreement. Raises PolicyError where it does not fit the schema."""
        with self._lock:
            known = self._agreements.get(agreement)
        if known is None:
            record = json.dumps([_agreement(agreement, self._names, self._gateways)])
            try:
                known = self._fields.with_added_json_str(record, self._schema)
            except Exception as error:
                raise PolicyError(f"{agreement.id} does not fit access.cedarschema: {error}") from error
            with self._lock:
                self._agreements[agreement] = known
        return known


def context(
    levels: Iterable[AreaLevel], facets: Iterable[str], inside: Iterable[str], first: date, last: date, now: datetime
) -> dict[str, Any]:
    """The facts of one request, as the schema of the policies has them."""
    names = sorted(facets)
    return {
        "levels": _set("Level", levels),
        "facets": _set("Facet", names),
        "facetCount": len(names),
        "inside": _set("Place", inside),
        "periodFrom": moment(first),
        "periodTo": moment(last),
        "now": moment(now),
    }


def opened(measure: Measure, count: int) -> frozenset[AreaLevel]:
    """The levels that a measure is open to everyone at by so many facets, of which 2 stands for any number."""
    ranks = [rule.level.rank for rule in measure.open_to if rule.facets >= count]
    return frozenset(level for level in AreaLevel if ranks and level.rank <= max(ranks))


def _field(measure: Measure, own_terms: Mapping[str, OwnTerms]) -> dict[str, Any]:
    """A measure as an entity: its owner and what that asks of its own callers, and the levels it is open to by no
    facet, one facet and any."""
    own = own_terms.get(measure.owner, BOTH)
    attributes = {
        "owner": entity("Organisation", measure.owner),
        "ownRole": own.role,
        "ownPurpose": own.purpose,
        "open0": _set("Level", opened(measure, 0)),
        "open1": _set("Level", opened(measure, 1)),
        "openAny": _set("Level", opened(measure, 2)),
    }
    return {"uid": {"type": "LMDT::Field", "id": measure.name}, "attrs": attributes, "parents": []}


def _agreement(agreement: Agreement, measures: Iterable[str], gateways: Mapping[str, LegalGateway]) -> dict[str, Any]:
    """An agreement as an entity, with the fields that the laws it cites may carry."""
    cited = [gateways[key] for key in agreement.gateways]
    lawful = (
        name
        for name in measures
        if any(gateway.carries(name, agreement.owner, agreement.consumer) for gateway in cited)
    )
    attributes = {
        "status": agreement.status.value,
        "owner": entity("Organisation", agreement.owner),
        "consumer": entity("Organisation", agreement.consumer),
        "fields": _set("Field", agreement.measures),
        "lawful": _set("Field", lawful),
        "breakdowns": [_set("Facet", breakdown) for breakdown in sorted(agreement.breakdowns, key=sorted)],
        "levels": _set("Level", agreement.levels),
        "within": entity("Place", agreement.within or EVERYWHERE),
        "purposes": _set("Purpose", agreement.purposes),
        "roles": _set("Role", agreement.roles),
        "periodFrom": moment(agreement.period_from),
        "periodTo": moment(agreement.period_to),
        "notBefore": moment(agreement.not_before),
        "notAfter": moment(agreement.not_after),
    }
    return {"uid": {"type": "LMDT::Agreement", "id": agreement.id}, "attrs": attributes, "parents": []}


def _checked(policies: str, schema: str) -> tuple[cedarpy.Schema, cedarpy.PolicySet]:
    """The schema and the policies, which fit it strictly and are permits by the names expected. Raises PolicyError.

    A forbid is refused: one that cannot be evaluated is passed over by the engine, and what it forbids is allowed.
    """
    validation = cedarpy.validate_policies(policies, schema)
    if not validation.validation_passed:
        raise PolicyError(
            f"access.cedar does not fit access.cedarschema: {'; '.join(str(e) for e in validation.errors)}"
        )
    try:
        fixed = json.loads(cedarpy.policies_to_json_str(policies))
        handles = cedarpy.Schema.from_str(schema), cedarpy.PolicySet.from_str(policies)
    except ValueError as error:
        raise PolicyError(f"access.cedar cannot be read: {error}") from error
    static: list[dict[str, Any]] = list(fixed["staticPolicies"].values())
    if any(policy["effect"] != "permit" for policy in static) or fixed.get("templates"):
        raise PolicyError("access.cedar may hold permits only: a forbid that cannot be evaluated would be passed over.")
    ids = sorted(str(policy.get("annotations", {}).get("id")) for policy in static)
    if ids != sorted(POLICY_IDS):
        raise PolicyError(f"access.cedar must hold the policies {', '.join(sorted(POLICY_IDS))}, not {', '.join(ids)}.")
    return handles


def read_policies(folder: Path) -> tuple[str, str]:
    """The text of the policies and of their schema. Raises PolicyError."""
    try:
        policies = (folder / "access.cedar").read_text(encoding="utf-8")
        return policies, (folder / "access.cedarschema").read_text(encoding="utf-8")
    except OSError as error:
        raise PolicyError(f"{folder}: {error.strerror}: access.cedar and access.cedarschema are needed.") from error
