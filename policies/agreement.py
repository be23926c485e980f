"""The data-sharing agreement as a record, and what makes one valid."""

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from itertools import chain, combinations
from pathlib import Path
from typing import Any, cast

from policies.caller import PURPOSES, ROLES
from policies.errors import PolicyError, one_of
from policies.register import Gateway, Obligation, Profile, obligations
from reference.area import AreaLevel, Gazetteer
from reference.facets import Facet
from reference.measure import DepartmentCode, Measures

BOOK = {
    "": {"id", "version", "title", "kind", "status", "supersedes", "reference"},
    "parties": {"owner", "consumer", "other_organisations", "role", "contacts"},
    "purpose": {"purposes", "statement", "benefits", "prohibited_uses"},
    "scope": {"measures", "breakdowns", "finest", "levels", "within", "from", "to", "roles"},
    "legal": {"gateways", "lawful_basis", "special_category_condition", "powers"},
    "protection": {"data_type", "data_subjects", "impact_assessment", "international_transfer"},
    "obligations": {"profile", "suppress_below", "round_to", "dominance"},
    "security": {"classification", "disposal"},
    "term": {"not_before", "not_after", "review_by"},
}
NESTED = (AreaLevel.UK, AreaLevel.COUNTRY, AreaLevel.REGION, AreaLevel.LA)


class AgreementStatus(StrEnum):
    """Where an agreement is in its life."""

    DRAFT = "DRAFT"
    APPROVED = "APPROVED"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    TERMINATED = "TERMINATED"
    SUPERSEDED = "SUPERSEDED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class Agreement:
    """One version of a data-sharing agreement.

    `breakdowns`: every set of facets that is covered; fewer facets than agreed are coarser, so they are covered
    too. `levels`: areas of combined authorities and LSIPs do not nest with the other levels, so that slivers
    could be found by subtraction; they are covered only where an agreement lists them.
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
    gateways: Mapping[str, Gateway],
) -> list[Agreement]:
    """The agreements of a folder, one file each. Raises PolicyError naming the file and the key."""
    found: dict[str, Agreement] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            told = tomllib.loads(path.read_text(encoding="utf-8"))
            made = agreement(told, measures, gazetteer, profiles, gateways)
        except (PolicyError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
            missing = f"{error} is needed" if isinstance(error, KeyError) else str(error)
            raise PolicyError(f"agreements/{path.name}: {missing}") from error
        if made.id in found:
            raise PolicyError(f"agreements/{path.name}: {made.id} is in another file as well.")
        found[made.id] = made
    return list(found.values())


def agreement(
    told: Mapping[str, Any],
    measures: Measures,
    gazetteer: Gazetteer,
    profiles: Mapping[str, Profile],
    gateways: Mapping[str, Gateway],
) -> Agreement:
    """An agreement from its record, checked against the model. Raises PolicyError, or KeyError for a missing key."""
    _known_keys(told)
    parties, purpose, scope, term = told["parties"], told["purpose"], told["scope"], told["term"]
    owner = one_of(parties["owner"], DepartmentCode, "parties.owner")
    named = tuple(one_of(name, measures, "scope.measures:") for name in scope["measures"])
    for name in named:
        if measures[name].owner != owner:
            raise PolicyError(f"scope.measures: {name} is owned by {measures[name].owner}, not by {owner}.")
    finest = AreaLevel(one_of(scope["finest"], AreaLevel, "scope.finest"))
    extra = frozenset(AreaLevel(one_of(level, AreaLevel, "scope.levels:")) for level in scope.get("levels", ()))
    within = scope.get("within")
    if within is not None and within not in gazetteer:
        raise PolicyError(f'scope.within: "{within}" is not a GSS code. Nearest: {gazetteer.nearest(within)}.')
    cited = tuple(one_of(each, gateways, "legal.gateways:") for each in told["legal"]["gateways"])
    if not any(gateways[each].carries(owner, parties["consumer"]) for each in cited):
        raise PolicyError(f"legal.gateways: none of {list(cited)} lets {owner} share with {parties['consumer']}.")
    not_before, not_after = _moment(term["not_before"], "term.not_before"), _moment(term["not_after"], "term.not_after")
    if not_before >= not_after:
        raise PolicyError("term: not_before must be earlier than not_after.")
    period_from, period_to = scope.get("from", date(1990, 1, 1)), scope.get("to", date(2099, 12, 31))
    if period_from > period_to:
        raise PolicyError("scope: from must not be later than to.")
    return Agreement(
        id=told["id"],
        version=told["version"],
        title=told["title"],
        status=AgreementStatus(one_of(told["status"], AgreementStatus, "status")),
        owner=owner,
        consumer=parties["consumer"],
        purposes=frozenset(one_of(each, PURPOSES, "purpose.purposes:") for each in purpose["purposes"]),
        statement=purpose["statement"],
        measures=named,
        breakdowns=_covered(scope["breakdowns"]),
        finest=finest,
        levels=frozenset(level for level in NESTED if level.rank <= finest.rank) | extra,
        within=within,
        period_from=period_from,
        period_to=period_to,
        roles=frozenset(one_of(role, ROLES, "scope.roles:") for role in scope["roles"]),
        gateways=cited,
        obligations=obligations(told["obligations"], profiles),
        not_before=not_before,
        not_after=not_after,
        review_by=term["review_by"],
        content_hash=content_hash(told),
        record=told,
    )


def content_hash(told: Mapping[str, Any]) -> str:
    """SHA-256 of the record as canonical JSON: the same for the same words, whatever their order in the file."""
    return hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":"), default=str).encode()).hexdigest()


def _covered(breakdowns: Iterable[Iterable[str]]) -> frozenset[frozenset[Facet]]:
    """Each agreed set of facets with all its subsets."""
    found = {frozenset[Facet]()}
    for each in breakdowns:
        facets = [Facet(one_of(facet, Facet, "scope.breakdowns:")) for facet in each]
        subsets = chain.from_iterable(combinations(facets, size) for size in range(len(facets) + 1))
        found.update(frozenset(subset) for subset in subsets)
    return frozenset(found)


def _known_keys(told: Mapping[str, Any]) -> None:
    for key, value in told.items():
        if not isinstance(value, Mapping):
            one_of(key, BOOK[""], "key")
            continue
        one_of(key, [each for each in BOOK if each], "table")
        for inner in cast(Mapping[str, Any], value):
            one_of(inner, BOOK[key], f"{key}: key")


def _moment(value: object, key: str) -> datetime:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    raise PolicyError(f"{key} must be a date, as in 2024-03-31, not {value!r}.")
