"""What is done to figures before they are shown: obligations, the strictest of several, and named profiles."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from policies.errors import PolicyError
from reference.strict_file import (
    Count,
    Section,
    Switch,
    Tables,
    Text,
    ValueOrTable,
    Worded,
    check,
    known_in,
    parse,
)

Confidence = Literal["verified", "assumed"]
Bands = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Obligation:
    """Something done to figures before they are shown.

    "suppress_below": cells that describe fewer than `amount`; with `zeros`, cells that describe nobody as well.
    "round_to": to the nearest multiple of `amount`. "round_by_size": to the nearest multiple of the second number
    of the last of `bands` whose first number the value reaches; `amount` is the coarsest. "dominance": cells with
    fewer than `amount` contributors, or where all but the two largest contributors together come to less than
    `percent` of the largest.
    """

    kind: str
    amount: int
    percent: float | None = None
    zeros: bool = False
    bands: Bands = ()

    @property
    def words(self) -> str:
        """What it does to a figure, as provenance shows it."""
        match self.kind:
            case "suppress_below":
                nobody = ", or nobody" if self.zeros else ""
                return f"Suppressed where it describes fewer than {self.amount}{nobody}"
            case "round_to":
                return f"Rounded to the nearest {self.amount}"
            case "round_by_size":
                steps = ", ".join(f"{to} from {start}" for start, to in self.bands)
                return f"Rounded the more the larger it is: to the nearest {steps}"
            case _:
                return f"Suppressed where fewer than {self.amount} contribute or one dominates (p% at {self.percent:g})"

    @property
    def steps(self) -> Bands:
        """Of a rounding: (from this value on, to the nearest), rising."""
        return self.bands or ((0, self.amount),)


class Suppression(Section):
    """Low counts suppressed; with `zeros`, cells that describe nobody as well."""

    fewer_than: Count
    zeros: Switch = False


class Dominance(Section):
    """Cells suppressed that have few contributors, or that one of them dominates."""

    contributors: Count
    percent: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False), Worded("a number from 0 to 100")]


def _rising(bands: Bands) -> Bands:
    """Bands whose starts rise from 0. Raises ValueError."""
    starts = [start for start, _ in bands]
    if not bands or starts[0] != 0 or starts != sorted(set(starts)) or any(to < 1 for _, to in bands):
        raise ValueError
    return bands


class Obligations(Section):
    """Obligations as files say them: those of a profile, and others beside it."""

    profile: Annotated[Text, known_in("profiles")] | None = None
    suppress_below: ValueOrTable[Count, Suppression] | None = None
    dominance: Dominance | None = None
    round_to: Count | None = None
    round_by_size: (
        Annotated[
            Tables[Annotated[tuple[int, int], Field(strict=False)]],
            AfterValidator(_rising),
            Worded("pairs of whole numbers that begin at 0 and rise, as in [[0, 5], [50, 25]]"),
        ]
        | None
    ) = None

    def listed(self, profiles: Mapping[str, "Profile"]) -> tuple[Obligation, ...]:
        """Each obligation, those of the profile first."""
        several = [*profiles[self.profile].obligations] if self.profile else []
        match self.suppress_below:
            case Suppression(fewer_than=least, zeros=zeros):
                several.append(Obligation("suppress_below", least, zeros=zeros))
            case int(least):
                several.append(Obligation("suppress_below", least))
            case None:
                pass
        if self.dominance:
            several.append(Obligation("dominance", self.dominance.contributors, float(self.dominance.percent)))
        if self.round_to:
            several.append(Obligation("round_to", self.round_to))
        if self.round_by_size:
            coarsest = max(to for _, to in self.round_by_size)
            several.append(Obligation("round_by_size", coarsest, bands=self.round_by_size))
        return tuple(several)


@dataclass(frozen=True, slots=True)
class Profile:
    """A named set of obligations, with where its numbers are from and how sure that is."""

    name: str
    description: str
    obligations: tuple[Obligation, ...]
    source: str
    confidence: str


class ProfileKeys(Section):
    """A profile as its file says it."""

    description: Text
    source: Text
    confidence: Confidence
    obligations: Obligations


def obligations(table: Mapping[str, Any], profiles: Mapping[str, Profile]) -> tuple[Obligation, ...]:
    """Obligations from a table. Raises PolicyError."""
    return check(table, Obligations, PolicyError, context={"profiles": profiles}).listed(profiles)


def beside_pattern(obligations: Iterable[Obligation]) -> tuple[Obligation, ...]:
    """What is left where the owner has fixed which cells are hidden: of zeros it shows those that tell nothing."""
    return tuple(replace(obligation, zeros=False) if obligation.zeros else obligation for obligation in obligations)


def strictest(obligations: Iterable[Obligation]) -> tuple[Obligation, ...]:
    """At most one obligation to suppress low counts, to suppress dominated cells, and to round: in the order in
    which they are carried out, each as strict as every one of its kind."""
    every = tuple(obligations)
    kept: list[Obligation] = []
    low = [obligation for obligation in every if obligation.kind == "suppress_below"]
    if low:
        kept.append(
            Obligation("suppress_below", max(rule.amount for rule in low), zeros=any(rule.zeros for rule in low))
        )
    dominance = [obligation for obligation in every if obligation.kind == "dominance"]
    if dominance:
        percent = max(obligation.percent or 0.0 for obligation in dominance)
        kept.append(Obligation("dominance", max(obligation.amount for obligation in dominance), percent))
    rounding = [obligation for obligation in every if obligation.kind in ("round_to", "round_by_size")]
    if rounding:
        kept.append(_coarsest(rounding))
    return tuple(kept)


def read_profiles(path: Path) -> dict[str, Profile]:
    """Profiles by name; one may build on those above it. Raises PolicyError."""
    tables = parse(path, PolicyError)
    known = check(tables, dict[str, ProfileKeys], PolicyError, file=path.name, context={"profiles": tables})
    profiles: dict[str, Profile] = {}
    for name, keys in known.items():
        if (above := keys.obligations.profile) and above not in profiles:
            raise PolicyError(f"{name}.obligations.profile: {above} must stand above {name}.", file=path.name)
        kept = strictest(keys.obligations.listed(profiles))
        profiles[name] = Profile(name, keys.description, kept, keys.source, keys.confidence)
    return profiles


def _coarsest(rounding: Iterable[Obligation]) -> Obligation:
    """One rounding that, at every size of value, is to the coarsest base of several."""
    scales = [obligation.steps for obligation in rounding]
    starts = sorted({start for steps in scales for start, _ in steps})
    bands: list[tuple[int, int]] = []
    for start in starts:
        to = max(next(to for since, to in reversed(steps) if since <= start) for steps in scales)
        if not bands or bands[-1][1] != to:
            bands.append((start, to))
    if len(bands) == 1:
        return Obligation("round_to", bands[0][1])
    return Obligation("round_by_size", max(to for _, to in bands), bands=tuple(bands))
