"""The data-sharing agreement: what one version of it allows, read from its record."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, combinations
from pathlib import Path
from typing import Any

from policies.agreement_file import NESTED, AgreementRecord, AgreementStatus, Known
from policies.errors import PolicyError
from policies.obligation import Obligation, Profile
from policies.register import LegalGateway
from reference.area import AreaLevel, Gazetteer
from reference.facets import Facet
from reference.measure import Measures
from reference.strict_file import check, parse


@dataclass(frozen=True, slots=True)
class Agreement:
    """One version of a data-sharing agreement.

    `breakdowns`: every set of facets that is covered; fewer facets than agreed are coarser, so they are covered
    too. `levels`: areas of combined authorities and LSIPs do not nest with the other levels, so that slivers
    could be found by subtraction; they are covered only where an agreement lists one of the two, and the level
    of the place it is limited to, for that place is made of what it covers.
    """

    id: str
    version: int
    title: str
    status: AgreementStatus
    owner: str
    consumer: str
    purposes: frozenset[str]
    statement: str
    measures: tuple[str, ...]
    breakdowns: frozenset[frozenset[Facet]]
    finest: AreaLevel
    levels: frozenset[AreaLevel]
    within: str | None
    period_from: date
    period_to: date
    roles: frozenset[str]
    gateways: tuple[str, ...]
    obligations: tuple[Obligation, ...]
    stale_answers: bool
    not_before: datetime
    not_after: datetime
    review_by: date
    content_hash: str
    record: Mapping[str, Any]

    def state(self, now: datetime) -> AgreementStatus:
        """Its status at a moment: an agreement whose term is over has expired, whatever its record says."""
        return AgreementStatus.EXPIRED if now >= self.not_after else self.status


def read_agreements(
    folder: Path,
    measures: Measures,
    gazetteer: Gazetteer,
    profiles: Mapping[str, Profile],
    gateways: Mapping[str, LegalGateway],
) -> list[Agreement]:
    """The agreements of a folder, one file each. Raises PolicyError naming the file and the keys."""
    agreements: dict[str, Agreement] = {}
    for path in sorted(folder.glob("*.toml")):
        file = f"agreements/{path.name}"
        one = agreement(parse(path, PolicyError), measures, gazetteer, profiles, gateways, file=file)
        if one.id in agreements:
            raise PolicyError(f"{one.id} is in another file as well.", file=file)
        agreements[one.id] = one
    return list(agreements.values())


def agreement(
    table: Mapping[str, Any],
    measures: Measures,
    gazetteer: Gazetteer,
    profiles: Mapping[str, Profile],
    gateways: Mapping[str, LegalGateway],
    *,
    file: str = "",
) -> Agreement:
    """An agreement from its record, checked against the model. Raises PolicyError naming every key that is wrong."""
    known = Known(measures=measures, gazetteer=gazetteer, profiles=profiles, gateways=gateways)
    record = check(table, AgreementRecord, PolicyError, file=file, context=known)
    scope, term = record.scope, record.term
    limit = {gazetteer[scope.within].level} if scope.within else set[AreaLevel]()
    nested = {level for level in NESTED if level.rank <= scope.finest.rank}
    return Agreement(
        id=record.id,
        version=record.version,
        title=record.title,
        status=record.status,
        owner=record.parties.owner.value,
        consumer=record.parties.consumer,
        purposes=frozenset(record.purpose.purposes),
        statement=record.purpose.statement,
        measures=scope.measures,
        breakdowns=_covered(scope.breakdowns),
        finest=scope.finest,
        levels=frozenset(nested | limit | set(scope.levels)),
        within=scope.within,
        period_from=scope.period_from,
        period_to=scope.period_to,
        roles=frozenset(scope.roles),
        gateways=record.legal.gateways,
        obligations=record.obligations.listed(profiles),
        stale_answers=record.security.stale_answers,
        not_before=term.not_before,
        not_after=term.not_after,
        review_by=term.review_by,
        content_hash=content_hash(table),
        record=table,
    )


def content_hash(table: Mapping[str, Any]) -> str:
    """SHA-256 of the record as canonical JSON: the same for the same words, whatever their order in the file."""
    return hashlib.sha256(json.dumps(table, sort_keys=True, separators=(",", ":"), default=str).encode()).hexdigest()


def _covered(breakdowns: Iterable[Iterable[Facet]]) -> frozenset[frozenset[Facet]]:
    """Each agreed set of facets with all its subsets."""
    covered = {frozenset[Facet]()}
    for breakdown in breakdowns:
        facets = frozenset(breakdown)
        subsets = chain.from_iterable(combinations(facets, size) for size in range(len(facets) + 1))
        covered.update(frozenset(subset) for subset in subsets)
    return frozenset(covered)
