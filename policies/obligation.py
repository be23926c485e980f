"""What is done to figures before they are shown: obligations, the strictest of several, and named profiles."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from policies.errors import PolicyError, one_of

KINDS = ("suppress_below", "dominance", "round_to", "round_by_size")
CONFIDENCE = ("verified", "assumed")
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


@dataclass(frozen=True, slots=True)
class Profile:
    """A named set of obligations, with where its numbers are from and how sure that is."""

    name: str
    description: str
    obligations: tuple[Obligation, ...]
    source: str
    confidence: str


def obligations(told: Mapping[str, Any], profiles: Mapping[str, Profile]) -> tuple[Obligation, ...]:
    """Obligations from a table: a profile's, and others beside it. Raises PolicyError."""
    found: list[Obligation] = []
    for key, value in told.items():
        match one_of(key, ("profile", *KINDS), "obligations: key"):
            case "profile":
                found.extend(profiles[one_of(value, profiles, "obligations.profile")].obligations)
            case "suppress_below" if isinstance(value, dict):
                table = _table(key, cast(object, value), {"fewer_than", "zeros"})
                zeros = table.get("zeros", False)
                if not isinstance(zeros, bool):
                    raise PolicyError(f"obligations.{key}.zeros must be true or false, not {zeros!r}.")
                found.append(Obligation(key, _whole(f"{key}.fewer_than", table.get("fewer_than")), zeros=zeros))
            case "round_by_size":
                bands = _bands(value)
                found.append(Obligation(key, max(to for _, to in bands), bands=bands))
            case "dominance":
                table = _table(key, value, {"contributors", "percent"})
                percent = table.get("percent")
                if isinstance(percent, bool) or not isinstance(percent, int | float) or not 0 <= percent <= 100:
                    raise PolicyError(f"obligations.{key}.percent must be a number from 0 to 100, not {percent!r}.")
                contributors = _whole(f"{key}.contributors", table.get("contributors"))
                found.append(Obligation(key, contributors, float(percent)))
            case _:
                found.append(Obligation(key, _whole(key, value)))
    return tuple(found)


def strictest(several: Iterable[Obligation]) -> tuple[Obligation, ...]:
    """At most one obligation to suppress low counts, to suppress dominated cells, and to round: in the order in
    which they are carried out, each as strict as every one of its kind."""
    held = tuple(several)
    found: list[Obligation] = []
    low = [each for each in held if each.kind == "suppress_below"]
    if low:
        found.append(Obligation("suppress_below", max(o.amount for o in low), zeros=any(o.zeros for o in low)))
    dominance = [each for each in held if each.kind == "dominance"]
    if dominance:
        percent = max(each.percent or 0.0 for each in dominance)
        found.append(Obligation("dominance", max(each.amount for each in dominance), percent))
    rounding = [each for each in held if each.kind in ("round_to", "round_by_size")]
    if rounding:
        found.append(_coarsest(rounding))
    return tuple(found)


def read_profiles(path: Path) -> dict[str, Profile]:
    """Profiles by name; one may build on those above it. Raises PolicyError."""
    found: dict[str, Profile] = {}
    for name, told in read_tables(path).items():
        try:
            table = _table(name, told, {"description", "source", "confidence", "obligations"})
            confidence = one_of(table["confidence"], CONFIDENCE, "confidence")
            kept = strictest(obligations(_table("obligations", table["obligations"]), found))
            found[name] = Profile(name, table["description"], kept, table["source"], confidence)
        except KeyError as error:
            raise PolicyError(f"{path.name}: profile {name!r}: {error.args[0]} is needed.") from error
        except PolicyError as error:
            raise PolicyError(f"{path.name}: profile {name!r}: {error}") from error
    return found


def read_tables(path: Path) -> dict[str, Any]:
    """A TOML file of named tables. Raises PolicyError."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PolicyError(f"{path.name}: {error}") from error


def _coarsest(rounding: Iterable[Obligation]) -> Obligation:
    """One rounding that, at every size of value, is to the coarsest base of several."""
    several = [each.steps for each in rounding]
    starts = sorted({start for steps in several for start, _ in steps})
    bands: list[tuple[int, int]] = []
    for start in starts:
        to = max(next(to for since, to in reversed(steps) if since <= start) for steps in several)
        if not bands or bands[-1][1] != to:
            bands.append((start, to))
    if len(bands) == 1:
        return Obligation("round_to", bands[0][1])
    return Obligation("round_by_size", max(to for _, to in bands), bands=tuple(bands))


def _bands(value: object) -> Bands:
    wanted = (
        "obligations.round_by_size must be pairs of whole numbers that begin at 0 and rise, as in [[0, 5], [50, 25]]"
    )
    if not isinstance(value, list) or not value:
        raise PolicyError(f"{wanted}.")
    bands: list[tuple[int, int]] = []
    for each in cast(list[object], value):
        pair = cast(list[object], each) if isinstance(each, list) else []
        whole = [number for number in pair if isinstance(number, int) and not isinstance(number, bool)]
        if len(pair) != 2 or len(whole) != 2 or whole[1] < 1 or whole[0] <= (bands[-1][0] if bands else -1):
            raise PolicyError(f"{wanted}, not {each!r}.")
        bands.append((whole[0], whole[1]))
    if bands[0][0] != 0:
        raise PolicyError(f"{wanted}.")
    return tuple(bands)


def _whole(key: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise PolicyError(f"obligations.{key} must be a whole number of 1 or more, not {value!r}.")
    return value


def _table(key: str, value: object, keys: Iterable[str] | None = None) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise PolicyError(f"{key} must be a table of keys, not {value!r}.")
    told = cast(Mapping[str, Any], value)
    if keys is not None:
        for each in told:
            one_of(each, keys, f"{key}: key")
    return told
