"""What an attack says of cells: between what figures each lies, or a guess at each."""

from dataclasses import dataclass

from attacks.table import Cells, Floats


@dataclass(frozen=True)
class Intervals:
    """Periods x cells. `tried`: cells that the attack was tried on; `told_low`, `told_high`: what was said of them
    without it. `finished`: it was not cut short by its time."""

    attack: str
    tried: Cells
    low: Floats
    high: Floats
    told_low: Floats
    told_high: Floats
    seconds: float
    finished: bool = True


@dataclass(frozen=True)
class Guesses:
    """Figures, and those of the baseline beside them: rows x cells, each row the mean over some `periods`."""

    attack: str
    tried: Cells
    guesses: Floats
    baseline: Floats
    periods: tuple[tuple[int, ...], ...]
    seconds: float
    finished: bool = True


@dataclass(frozen=True)
class Behaviour:
    """Of what a gateway does beside its figures: so many cells tried, and so many of which it told something."""

    attack: str
    tried: int
    told: int
    seconds: float
    note: str = ""
    finished: bool = True
