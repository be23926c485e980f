"""The data-sharing agreement as a record, and what makes one valid."""

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import chain, combinations
from pathlib import Path
from typing import Any

from policies import terms
from policies.caller import PARTNERS, PURPOSES, ROLES
from policies.errors import PolicyError
from policies.obligation import Obligation, Profile, obligations
from policies.record import Section
from policies.register import Gateway
from reference.area import AreaLevel, Gazetteer
from reference.facets import Facet
from reference.measure import DepartmentCode, Measures
from reference.place_names import place_names

# Key -> keys of its table that are needed, and that may be there.
TABLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "parties": (("owner", "consumer", "role", "contacts"), ("other_organisations",)),
    "purpose": (("purposes", "statement", "benefits"), ("prohibited_uses",)),
    "scope": (("measures", "breakdowns", "finest", "roles"), ("levels", "within", "from", "to")),
    "legal": (("gateways", "lawful_basis"), ("powers", "special_category_condition")),
    "protection": (("data_type", "data_subjects"), ("impact_assessment", "international_transfer")),
    "obligations": ((), ("profile", "suppress_below", "round_to", "round_by_size", "dominance")),
    "security": (("classification", "disposal"), ()),
    "term": (("not_before", "not_after", "review_by"), ()),
}
HEAD = (("id", "version", "title", "kind", "status", *TABLES), ("supersedes", "reference"))
NESTED = (AreaLevel.UK, AreaLevel.COUNTRY, AreaLevel.REGION, AreaLevel.LA)
NOT_NESTED = (AreaLevel.COMBINED_AUTHORITY, AreaLevel.LSIP)
FIRST, LAST = date(1990, 1, 1), date(2099, 12, 31)


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
            if made.id in found:
                raise PolicyError(f"{made.id} is in another file as well.")
        except (PolicyError, OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise PolicyError(f"agreements/{path.name}: {error}") from error
        found[made.id] = made
    return list(found.values())


def agreement(
    told: Mapping[str, Any],
    measures: Measures,
    gazetteer: Gazetteer,
    profiles: Mapping[str, Profile],
    gateways: Mapping[str, Gateway],
) -> Agreement:
    """An agreement from its record, checked against the model. Raises PolicyError naming the key."""
    head = Section(told, "", *HEAD)
    parties, purpose, scope, legal, protection, _, security, term = (
        head.section(name, *keys) for name, keys in TABLES.items()
    )
    owner = parties.word("owner", DepartmentCode)
    consumer = parties.word("consumer", (*DepartmentCode, *PARTNERS))
    if owner == consumer:
        raise PolicyError(f"parties.consumer: {owner} owns the data and reads it without an agreement.")
    named = _owned(scope.words("measures", measures), owner, measures)
    within = _place(scope, gazetteer)
    finest = AreaLevel(scope.word("finest", NESTED))
    cited = legal.words("gateways", gateways)
    for name in named:
        if not any(gateways[each].carries(name, owner, consumer) for each in cited):
            raise PolicyError(f"legal.gateways: none of {', '.join(cited)} lets {owner} share {name} with {consumer}.")
    not_before, not_after, review_by = _term(term)
    period_from, period_to = scope.day("from", FIRST), scope.day("to", LAST)
    if period_from > period_to:
        raise PolicyError(f"scope: from ({period_from}) must not be later than to ({period_to}).")
    made = Agreement(
        id=head.text("id"),
        version=head.whole("version"),
        title=head.text("title"),
        status=AgreementStatus(head.word("status", AgreementStatus)),
        owner=owner,
        consumer=consumer,
        purposes=frozenset(purpose.words("purposes", PURPOSES)),
        statement=purpose.text("statement"),
        measures=named,
        breakdowns=_covered(_breakdowns(scope, named, measures)),
        finest=finest,
        levels=_levels(scope, finest, gazetteer[within].level if within else None),
        within=within,
        period_from=period_from,
        period_to=period_to,
        roles=frozenset(scope.words("roles", ROLES)),
        gateways=cited,
        obligations=obligations(head.table("obligations"), profiles),
        not_before=not_before,
        not_after=not_after,
        review_by=review_by,
        content_hash=content_hash(told),
        record=told,
    )
    _answers(head, parties, purpose, legal, protection, security)
    return made


def content_hash(told: Mapping[str, Any]) -> str:
    """SHA-256 of the record as canonical JSON: the same for the same words, whatever their order in the file."""
    return hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":"), default=str).encode()).hexdigest()


def _owned(named: tuple[str, ...], owner: str, measures: Measures) -> tuple[str, ...]:
    for name in named:
        if measures[name].inputs:
            raise PolicyError(f"scope.measures: {name} is derived: name {' and '.join(measures[name].inputs)} instead.")
        if measures[name].owner != owner:
            raise PolicyError(f"scope.measures: {name} is owned by {measures[name].owner}, not by {owner}.")
    return named


def _breakdowns(scope: Section, named: Iterable[str], measures: Measures) -> tuple[tuple[Facet, ...], ...]:
    """The agreed sets of facets, each published for at least one of the measures."""
    found = tuple(tuple(Facet(facet) for facet in each) for each in scope.lists("breakdowns", Facet))
    for each in found:
        if not any(set(each) <= set(measures[name].facets) for name in named):
            offered = "; ".join(f"{name} by {', '.join(measures[name].facets) or 'none'}" for name in named)
            raise PolicyError(f"scope.breakdowns: no measure of it is published by {' and '.join(each)}: {offered}.")
    return found


def _covered(breakdowns: Iterable[Iterable[Facet]]) -> frozenset[frozenset[Facet]]:
    """Each agreed set of facets with all its subsets."""
    found = {frozenset[Facet]()}
    for each in breakdowns:
        facets = frozenset(each)
        subsets = chain.from_iterable(combinations(facets, size) for size in range(len(facets) + 1))
        found.update(frozenset(subset) for subset in subsets)
    return frozenset(found)


def _levels(scope: Section, finest: AreaLevel, limit: AreaLevel | None) -> frozenset[AreaLevel]:
    """The levels covered. Two families that do not nest in one another are never covered together."""
    listed = [AreaLevel(each) for each in scope.words("levels", NOT_NESTED)] if "levels" in scope else []
    if len(listed) > 1:
        raise PolicyError("scope.levels: one of COMBINED_AUTHORITY and LSIP, for they do not nest in one another.")
    nested = (level for level in NESTED if level.rank <= finest.rank)
    return frozenset((*nested, *listed, *((limit,) if limit else ())))


def _place(scope: Section, gazetteer: Gazetteer) -> str | None:
    if "within" not in scope:
        return None
    code = scope.text("within")
    if code not in gazetteer:
        near = place_names().near(code)
        reason = f": {near.words}" if near.words else ""
        hint = f" Nearest: {', '.join(f'{area.code} ({area.name})' for area in near.areas)}." if near.areas else ""
        raise PolicyError(f'scope.within: "{code}" is not the GSS code of a place of April 2023{reason}.{hint}')
    return code


def _term(term: Section) -> tuple[datetime, datetime, date]:
    """not_before < not_after, and the review between them."""
    not_before, not_after, review_by = term.moment("not_before"), term.moment("not_after"), term.day("review_by")
    if not_before >= not_after:
        raise PolicyError(f"term: not_before ({not_before}) must be earlier than not_after ({not_after}).")
    if not not_before.date() <= review_by <= not_after.date():
        raise PolicyError(f"term.review_by ({review_by}) must lie between not_before and not_after.")
    return not_before, not_after, review_by


def _answers(
    head: Section, parties: Section, purpose: Section, legal: Section, protection: Section, security: Section
) -> None:
    """Checks what the record says besides what is decided by."""
    head.word("kind", terms.KINDS)
    for key in ("supersedes", "reference"):
        if key in head:
            head.text(key)
    parties.word("role", terms.PARTY_ROLES)
    contacts = parties.section("contacts", ("steward", "data_protection"), terms.CONTACTS)
    for key in terms.CONTACTS:
        if key in contacts and "@" not in contacts.text(key):
            raise PolicyError(f"parties.contacts.{key} must be the address of a role, as in {key}@dwp.example.")
    purpose.words("benefits", terms.BENEFITS)
    legal.word("lawful_basis", terms.LAWFUL_BASES)
    if "special_category_condition" in legal:
        legal.word("special_category_condition", terms.SPECIAL_CATEGORY_CONDITIONS)
    elif protection.word("data_type", terms.DATA_TYPES) == "special":
        raise PolicyError("legal.special_category_condition is needed where protection.data_type is special.")
    protection.word("data_type", terms.DATA_TYPES)
    protection.text("data_subjects")
    security.word("classification", terms.CLASSIFICATIONS)
    security.text("disposal")
    for section, key in ((parties, "other_organisations"), (purpose, "prohibited_uses"), (legal, "powers")):
        if key in section:
            section.words(key)
    for key in ("impact_assessment", "international_transfer"):
        if key in protection:
            protection.text(key)
