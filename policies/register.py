"""The legal gateways and the disclosure-control profiles that agreements name."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policies.errors import PolicyError, one_of

KINDS = ("suppress_below", "round_to", "dominance")
CONFIDENCE = ("verified", "assumed")


@dataclass(frozen=True, slots=True)
class Obligation:
    """Something done to figures before they are shown.

    "suppress_below": cells that describe fewer than `amount`. "round_to": to the nearest multiple of `amount`.
    "dominance": cells with fewer than `amount` contributors, or where all but the two largest contributors
    together come to less than `percent` of the largest.
    """

    kind: str
    amount: int
    percent: float | None = None

    @property
    def words(self) -> str:
        match self.kind:
            case "suppress_below":
                return f"Suppressed where it describes fewer than {self.amount}"
            case "round_to":
                return f"Rounded to the nearest {self.amount}"
            case _:
                return f"Suppressed where fewer than {self.amount} contribute or one dominates (p% at {self.percent:g})"


@dataclass(frozen=True, slots=True)
class Profile:
    """A named set of obligations, with where its numbers are from and how sure that is."""

    name: str
    description: str
    obligations: tuple[Obligation, ...]
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Gateway:
    """A law under which data may be shared: whose data it covers and who may receive it ("*": anyone)."""

    id: str
    act: str
    section: str
    does: str
    covers: frozenset[str]
    receivers: frozenset[str]
    source: str
    confidence: str

    def carries(self, owner: str, consumer: str) -> bool:
        return owner in self.covers and (consumer in self.receivers or "*" in self.receivers)


def obligations(told: Mapping[str, Any], profiles: Mapping[str, Profile]) -> tuple[Obligation, ...]:
    """Obligations from a table: a profile's, and others beside it. Raises PolicyError."""
    found: list[Obligation] = []
    for key, value in told.items():
        match key:
            case "profile":
                found.extend(profiles[one_of(value, profiles, "profile")].obligations)
            case "suppress_below" | "round_to":
                if not isinstance(value, int) or value < 1:
                    raise PolicyError(f"{key} must be a whole number of 1 or more, not {value!r}.")
                found.append(Obligation(key, value))
            case "dominance":
                found.append(Obligation(key, value["contributors"], float(value["percent"])))
            case _:
                one_of(key, ("profile", *KINDS), "obligation")
    return tuple(found)


def strictest(several: tuple[Obligation, ...]) -> tuple[Obligation, ...]:
    """One obligation of each kind, the strictest, in the order in which they are carried out."""
    found: list[Obligation] = []
    for kind in ("suppress_below", "dominance", "round_to"):
        same = [each for each in several if each.kind == kind]
        if same:
            percents = [each.percent for each in same if each.percent is not None]
            found.append(Obligation(kind, max(each.amount for each in same), max(percents) if percents else None))
    return tuple(found)


def read_profiles(path: Path) -> dict[str, Profile]:
    """Profiles by name. Raises PolicyError."""
    found: dict[str, Profile] = {}
    for name, told in _toml(path).items():
        try:
            confidence = one_of(told["confidence"], CONFIDENCE, "confidence")
            kept = obligations(told["obligations"], found)
            found[name] = Profile(name, told["description"], kept, told["source"], confidence)
        except (KeyError, PolicyError) as error:
            raise PolicyError(f"{path.name}: profile {name!r}: {error}") from error
    return found


def read_gateways(path: Path) -> dict[str, Gateway]:
    """Gateways by id. Raises PolicyError."""
    found: dict[str, Gateway] = {}
    for name, told in _toml(path).items():
        try:
            found[name] = Gateway(
                id=name,
                act=told["act"],
                section=told["section"],
                does=told["does"],
                covers=frozenset(told["covers"]),
                receivers=frozenset(told["receivers"]),
                source=told["source"],
                confidence=one_of(told["confidence"], CONFIDENCE, "confidence"),
            )
        except (KeyError, PolicyError) as error:
            raise PolicyError(f"{path.name}: gateway {name!r}: {error}") from error
    return found


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise PolicyError(f"{path.name}: {error}") from error
