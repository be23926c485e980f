"""Tables made up for one attack each: a region, its authorities and combined authorities, by industry."""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import numpy as np

from attacks.table import Floats, Group, Table, View
from attacks.treatment import read
from attacks.truth import Truth
from reference.area import AreaLevel
from tests.departments.additive import AUTHORITIES, INSIDE, REGION

OPEN = "Suppressed where it describes fewer than 10"
DOMINANCE = "Suppressed where fewer than 3 contribute or one dominates (p% at 10)"
ROUNDED = "Rounded to the nearest 5"
# Of the combined authorities one alone has a table, and there are places outside it.
COMBINED = next(code for code in INSIDE if code != REGION)
ALONE = next(code for code in AUTHORITIES if code not in INSIDE[COMBINED])
PLACES = (*AUTHORITIES, REGION, COMBINED)


class MadeUp(NamedTuple):
    """A table as it is answered, and as it is."""

    table: Table
    truth: Truth


def made_up(
    figure: Callable[[str, int, str], float],
    hidden: Callable[[str, int, str], bool],
    *words: str,
    periods: int = 1,
    members: Sequence[str] = (),
    others: Collection[tuple[str, ...]] = (),
    reach: float = 0.1,
) -> MadeUp:
    """`figure`, `hidden`: of an authority, a period and a member, "" where there are none, wider places being made up
    of theirs; `words`: of the treatment; `others`: those of other answers, which hide nothing above their threshold;
    `reach`: how much of each figure must stay in doubt."""
    groups: list[Group] = [("",), *((member,) for member in members)]
    true = np.zeros((periods, len(PLACES), len(groups)))
    hide = np.zeros(true.shape, bool)
    for period in range(periods):
        for at, place in enumerate(PLACES):
            for one, (member,) in enumerate(groups):
                of = members if members and not member else (member,)
                inside = INSIDE.get(place, (place,))
                true[period, at, one] = sum(figure(la, period, name) for la in inside for name in of)
                hide[period, at, one] = hidden(place, period, member)
    flat, hide = true.reshape(periods, -1), hide.reshape(periods, -1)
    views = [
        _view("one", words, flat, hide),
        *(_view("other", told, flat, (flat > 0) & (flat < 10)) for told in others),
    ]
    codes = tuple(f"2023-{month:02d}" if periods <= 12 else f"{month}" for month in range(1, periods + 1))
    table = Table("made up", "HMRC", True, True, ("INDUSTRY",), PLACES, codes, tuple(groups), tuple(views))
    small = flat < 10
    low, high = np.where(small, 0, flat * (1 - reach)), np.where(small, 9, flat * (1 + reach))
    return MadeUp(table, Truth(flat, low, high, small, ~small))


def _view(
    terms: str, words: tuple[str, ...], figures: Floats, hidden: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
) -> View:
    treatment = read(words)
    base = treatment.bands[0][1] if treatment.bands else 1
    values = np.where(hidden, np.nan, np.floor(figures / base + 0.5) * base)
    cells = np.arange(figures.shape[1])
    return View((), AreaLevel.LA, terms, treatment, cells, values, hidden.astype(np.int16), (("A",), ("Q", "c")))
