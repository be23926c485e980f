"""The policies of the repository over the measures and places of the model."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from policies.agreement import Agreement, agreement, read_agreements
from policies.book import Book
from policies.caller import PUBLIC, Caller
from policies.decide import decide
from policies.decision import Access, Grant, Refusal
from policies.own_terms import OwnTerms
from policies.rules import Rules, read_rules
from reference.area import AreaLevel, Gazetteer, gazetteer
from reference.facets import Facet
from reference.measure import Measure
from schema.measures import MEASURES

FOLDER = Path("policies")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LA, REGION, UK = AreaLevel.LA, AreaLevel.REGION, AreaLevel.UK
SEX, AGE, INDUSTRY = Facet.SEX, Facet.AGE_BAND, Facet.INDUSTRY
# One place of each level, inside Greater Manchester where there is one.
PLACES = {
    AreaLevel.UK: "K02000001",
    AreaLevel.COUNTRY: "E92000001",
    AreaLevel.REGION: "E12000002",
    AreaLevel.COMBINED_AUTHORITY: "E47000001",
    AreaLevel.LSIP: "E69000008",
    AreaLevel.LA: "E08000003",
}
Record = dict[str, Any]


def caller(organisation: str | None, *purposes: str, role: str = "analyst") -> Caller:
    return Caller("someone", organisation, frozenset({role}), frozenset(purposes)) if organisation else PUBLIC


def access(
    measure: str, *facets: Facet, level: AreaLevel = LA, areas: tuple[str, ...] | None = None,
    first: date = date(2022, 1, 1), last: date = date(2022, 12, 31),
) -> Access:  # fmt: skip
    places = (PLACES[level],) if areas is None else areas
    return Access(measure, frozenset({level}), frozenset(facets), places, first, last)


class Policy:
    """Rules, and the book of the day."""

    def __init__(self, rules: Rules, agreements: Iterable[Agreement]) -> None:
        self.rules, self.book = rules, Book.of(agreements)

    def decide(self, who: Caller, purpose: str | None, wanted: Access, now: datetime) -> Grant | Refusal:
        return decide(self.rules, self.book, who, purpose, wanted, now)

    def replace(self, agreements: Iterable[Agreement]) -> None:
        """Decide by these from now on."""
        self.book = Book.of(agreements)

    @property
    def agreements(self) -> dict[str, Agreement]:
        return {agreement.id: agreement for agreement in sorted(self.book, key=lambda one: one.id)}


def load(
    folder: Path, measures: Mapping[str, Measure], places: Gazetteer, own_terms: Mapping[str, OwnTerms] | None = None
) -> Policy:
    """The rules and the agreements of a folder."""
    rules = read_rules(folder, measures, places, own_terms)
    policy = Policy(rules, read_agreements(folder / "agreements", rules.known))
    rules.cover({name for agreement in policy.book for name in agreement.measures})
    return policy


@pytest.fixture(scope="session")
def shared() -> Policy:
    """The repository's policy, for tests that do not change it."""
    return load(FOLDER, MEASURES, gazetteer())


@pytest.fixture
def policy() -> Policy:
    """The repository's policy, for tests that change its agreements."""
    return load(FOLDER, MEASURES, gazetteer())


def record(name: str = "DSA-001") -> Record:
    return tomllib.loads((FOLDER / "agreements" / f"{name}.toml").read_text(encoding="utf-8"))


@pytest.fixture
def amended(policy: Policy) -> Callable[..., Agreement]:
    """An agreement of the repository with keys of its record changed: amended("DSA-001", scope={"finest": "UK"})."""

    def make(name: str = "DSA-001", **changes: Any) -> Agreement:
        document = record(name)
        for key, value in changes.items():
            if isinstance(value, Mapping) and key != "obligations":
                document[key].update(value)
            else:
                document[key] = value
        return agreement(document, policy.rules.known)

    return make
