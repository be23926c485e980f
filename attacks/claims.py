"""What an attack says of cells: between what figures each lies, or a guess at each."""

from dataclasses import dataclass

from attacks.table import Cells, Floats


@dataclass(frozen=True)
class Intervals:
    """Rows x cells. `tried`: cells that the attack was tried on; `told_low`, `told_high`: what was said of them without
    it. `finished`: it was not cut short by its time. `of`: of which periods the mean is bounded in each row; each of
    the table's own where that is not said."""

    attack: str
    tried: Cells
    low: Floats
    high: Floats
    told_low: Floats
    told_high: Floats
    seconds: float
    finished: bool = True
    of: tuple[tuple[int, ...], ...] | None = None


@dataclass(frozen=True)
class Guesses:
    """Figures, and those of the baseline beside them: rows x cells. `of`: of which periods the mean is guessed in
    each row."""

    attack: str
    tried: Cells
    guesses: Floats
    baseline: Floats
    of: tuple[tuple[int, ...], ...]
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
