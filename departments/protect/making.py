"""The pattern of one family, from its figures to the cells that are hidden."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from departments.protect.cycles import spots
from departments.protect.family import Cells, Family
from departments.protect.flow import Change
from departments.protect.plane import plane
from departments.protect.primary import Primary, primary
from departments.protect.relations import Relations, relations
from departments.protect.secondary import by_cycles, by_programmes


@dataclass(frozen=True)
class Shown:
    """Changes that show cells to be in doubt, each possible in every one of some periods."""

    periods: tuple[int, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Made:
    """A pattern and how it came about. `hidden`: over (places, periods, groups). `open`: cell and period of primary
    cells for which nothing could be found that leaves them in doubt; a pattern with any is no protection."""

    family: Family
    primary: Primary
    relations: Relations
    hidden: Cells
    shown: tuple[Shown, ...]
    open: tuple[tuple[int, int], ...]


def make(family: Family, before: Cells | None = None) -> Made:
    """Protect a family. `before`: over (places, groups), what the pattern of an earlier release hides. Raises
    DoesNotAddUp."""
    found = primary(family)
    if not family.shared.additive:
        # Medians, means and rates of parts do not make up that of the whole: there is nothing to work out.
        return Made(family, found, _alone(family), found.hidden, (), ())
    related = relations(family)
    every = range(len(family.periods))
    every = range(len(family.periods))
    flat = None if before is None else before.ravel()
    hidden, shown, never = np.zeros(family.values.shape, bool), list[Shown](), list[tuple[int, int]]()
    for span in [every] if family.rule.series else [range(period, period + 1) for period in every]:
        cells, changes, left = _protect(family, related, found, span, flat)
        shown += changes
        never += left
        hidden[:, span, :] = cells[: related.cells].reshape(len(family.areas), 1, len(family.groups))
    hidden &= ~np.isnan(family.values)
    return Made(family, found, related, hidden, tuple(shown), tuple(never))


def _protect(
    family: Family, related: Relations, found: Primary, span: Sequence[int], before: Cells | None
) -> tuple[Cells, list[Shown], list[tuple[int, int]]]:
    """What is hidden in all of some periods: first what protects a cell in all of them at once, then in each, the one
    with the smallest figures first, what is left."""
    where = spots(related, len(family.groups))
    choice = by_cycles(plane(family, related, found, span, before), where)
    hidden, shown, never = choice.hidden, [Shown(tuple(span), tuple(choice.witnesses))], list[tuple[int, int]]()
    targets = np.zeros(len(hidden), bool)
    targets[choice.open] = True
    known: list[Change] = []
    for period in sorted(span, key=lambda at: float(related.values[at].sum())):
        one = plane(family, related, found, (period,), before).left(hidden, targets)
        more = by_programmes(one, related, where, known)
        hidden = hidden | more.hidden
        shown.append(Shown((period,), tuple(more.witnesses)))
        never += [(int(cell), period) for cell in more.open]
        known = more.witnesses
    return hidden, shown, never


def _alone(family: Family) -> Relations:
    """A family in which nothing adds up."""
    cells = len(family.areas) * len(family.groups)
    return Relations(cells, (), np.zeros((len(family.periods), cells)), (), ())
