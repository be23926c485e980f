"""A decision is a value with a reason: what was wanted, and whether and why it was granted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import NamedTuple

from policies.obligation import Obligation
from reference.area import AreaLevel
from reference.facets import Facet

ALWAYS = datetime.max.replace(tzinfo=UTC)


class Basis(StrEnum):
    """Why a field may be read."""

    PUBLISHED = "PUBLISHED"
    OWN = "OWN"
    AGREEMENT = "AGREEMENT"


class AgreementRef(NamedTuple):
    """One version of an agreement, by name."""

    id: str
    version: int


class Access(NamedTuple):
    """What one selection wants of one field: levels and facets of its groups, every place, and the whole time."""

    measure: str
    levels: frozenset[AreaLevel]
    facets: frozenset[Facet]
    areas: tuple[str, ...]
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Grant:
    """The field may be read, on this basis, after these obligations. It holds until `until`. `inputs`: for a field that
    is computed, the grant of each field that it is computed from. `stale`: the last answer may be kept, and shown as
    such, while its department fails."""

    coordinate: str
    basis: Basis
    agreements: tuple[AgreementRef, ...]
    obligations: tuple[Obligation, ...]
    until: datetime
    stale: bool = True
    inputs: Mapping[str, "Grant"] = field(default_factory=dict[str, "Grant"], hash=False, compare=False)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The field may not be read: the clause that failed, why in plain words, and what would remedy it. `wanted`: what
    an agreement would have to allow, where one could."""

    coordinate: str
    owner: str
    clause: str
    reason: str
    remedy: str
    until: datetime = ALWAYS
    wanted: Access | None = None
