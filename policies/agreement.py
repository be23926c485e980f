"""The data-sharing agreement: what one version of it allows, read from its record."""

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import chain, combinations
from pathlib import Path
from typing import Any

from policies.agreement_content import content_hash
from policies.agreement_file import NESTED, AgreementRecord, AgreementStatus, Known
from policies.caller import Caller
from policies.decision import Access, AgreementRef
from policies.errors import PolicyError
from policies.obligation import Obligation
from reference.area import Area, AreaLevel
from reference.facets import Facet
from reference.strict_file import check, parse

# States in which the end of its term ends an agreement.
HELD = frozenset(
    {AgreementStatus.APPROVED, AgreementStatus.SCHEDULED, AgreementStatus.ACTIVE, AgreementStatus.SUSPENDED}
)


@dataclass(frozen=True, slots=True, eq=False)
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
    kind: str
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

    @property
    def ref(self) -> AgreementRef:
        """Its name."""
        return AgreementRef(self.id, self.version)

    def state(self, now: datetime) -> AgreementStatus:
        """Its status at a moment: one in force or on hold whose term is over has expired, whatever its record says."""
        return AgreementStatus.EXPIRED if now >= self.not_after and self.status in HELD else self.status

    def in_force(self, now: datetime) -> bool:
        """Whether it counts at a moment."""
        return self.status is AgreementStatus.ACTIVE and self.not_before <= now < self.not_after

    @property
    def coverage(self) -> Hashable:
        """All that decides what it covers. Two versions of which it is the same cover the same."""
        return (
            self.owner, self.consumer, self.measures, self.purposes, self.roles, self.breakdowns, self.levels,
            self.within, self.period_from, self.period_to, self.gateways,
        )  # fmt: skip

    def covers(self, caller: Caller, purpose: str | None, access: Access, inside: Collection[str]) -> bool:
        """Whether it covers a request of its consumer's, whatever its state and term: `inside` are the places that hold
        every area asked for. A gateway may still not carry the field."""
        return (
            purpose in self.purposes
            and purpose in caller.purposes
            and not self.roles.isdisjoint(caller.roles)
            and access.facets in self.breakdowns
            and bool(access.levels)
            and access.levels <= self.levels
            and (self.within is None or self.within in inside)
            and self.period_from <= access.first
            and access.last <= self.period_to
        )


def read_agreements(folder: Path, known: Known) -> list[Agreement]:
    """The agreements of a folder, one file each. Raises PolicyError naming the file and the keys."""
    agreements: dict[str, Agreement] = {}
    for path in sorted(folder.glob("*.toml")):
        file = f"agreements/{path.name}"
        one = agreement(parse(path, PolicyError), known, file=file)
        if one.id in agreements:
            raise PolicyError(f"{one.id} is in another file as well.", file=file)
        agreements[one.id] = one
    return list(agreements.values())


def agreement(table: Mapping[str, Any], known: Known, *, file: str = "", hashed: str | None = None) -> Agreement:
    """An agreement from its record, checked against the model. `hashed`: the hash of its content, where it has been
    worked out before. Raises PolicyError naming every key that is wrong."""
    record = check(table, AgreementRecord, PolicyError, file=file, context=known)
    scope, term = record.scope, record.term
    return Agreement(
        id=record.id,
        version=record.version,
        title=record.title,
        kind=record.kind,
        status=record.status,
        owner=record.parties.owner.value,
        consumer=record.parties.consumer,
        purposes=frozenset(record.purpose.purposes),
        statement=record.purpose.statement,
        measures=scope.measures,
        breakdowns=covered(frozenset(frozenset(breakdown) for breakdown in scope.breakdowns)),
        finest=scope.finest,
        levels=levels_of(scope.finest, scope.levels, known["gazetteer"][scope.within] if scope.within else None),
        within=scope.within,
        period_from=scope.period_from,
        period_to=scope.period_to,
        roles=frozenset(scope.roles),
        gateways=record.legal.gateways,
        obligations=record.obligations.listed(known["profiles"]),
        stale_answers=record.security.stale_answers,
        not_before=term.not_before,
        not_after=term.not_after,
        review_by=term.review_by,
        content_hash=hashed or content_hash(table),
        record=table,
    )


def levels_of(finest: AreaLevel, others: Iterable[AreaLevel], limit: Area | None) -> frozenset[AreaLevel]:
    """The levels that are covered: those down to the finest that nest, and of the others what is listed or is the level
    of the place that it is limited to."""
    nested = {level for level in NESTED if level.rank <= finest.rank}
    return frozenset({*nested, *others, *([limit.level] if limit else [])})


@lru_cache(256)
def covered(breakdowns: frozenset[frozenset[Facet]]) -> frozenset[frozenset[Facet]]:
    """Each agreed set of facets with all its subsets."""
    covered = {frozenset[Facet]()}
    for facets in breakdowns:
        subsets = chain.from_iterable(combinations(facets, size) for size in range(len(facets) + 1))
        covered.update(frozenset(subset) for subset in subsets)
    return frozenset(covered)
