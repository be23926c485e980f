"""What a pattern hides, and why: for the owner alone, since it tells primary cells from secondary ones."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from departments.protect.audit import Audit
from departments.protect.making import Made
from departments.protect.primary import RULES
from reference.area import gazetteer

WORDS = {
    "few": "describe too few",
    "contributors": "have too few contributors",
    "dominated": "are dominated by one",
    "zero": "are zeros that tell how many the others are",
    "series": "are hidden in another period",
    "secondary": "would tell another cell",
}


@dataclass(frozen=True)
class Line:
    """Of a level of places and a breakdown: how many cells there are, and how many each of RULES hides."""

    level: str
    breakdown: str
    cells: int
    hidden: tuple[int, ...]


@dataclass(frozen=True)
class Report:
    """`value`: the share of all figures together that is in hidden cells; `primary_value`: in those that are hidden for
    their own sake."""

    made: Made
    audit: Audit
    seconds: float
    lines: tuple[Line, ...]
    value: float
    primary_value: float

    @property
    def passed(self) -> bool:
        """Whether the pattern may be kept."""
        return self.audit.passed and not self.made.open

    @property
    def hidden(self) -> tuple[int, ...]:
        """By rule, over all tables."""
        return tuple(sum(line.hidden[at] for line in self.lines) for at in range(len(RULES)))

    @property
    def cells(self) -> int:
        """Of all tables."""
        return sum(line.cells for line in self.lines)


def report(made: Made, audited: Audit, seconds: float, facets: tuple[str, ...]) -> Report:
    """Count what a pattern hides."""
    family = made.family
    why = np.where(made.hidden & (made.primary.why == 0), len(RULES), made.primary.why)
    there = ~np.isnan(family.values)
    levels = [_level(code) for code in family.areas]
    breakdowns = [tuple(at for at, code in enumerate(group) if code) for group in family.groups]
    lines: list[Line] = []
    for level in dict.fromkeys(levels):
        for breakdown in family.breakdowns:
            areas, groups = (
                np.array(them) for them in ([one == level for one in levels], [one == breakdown for one in breakdowns])
            )
            cells = there & areas[:, None, None] & groups
            counts = np.bincount(why[cells], minlength=len(RULES) + 1)
            name = " and ".join(facets[facet] for facet in breakdown) or "totals"
            lines.append(Line(level, name, int(cells.sum()), tuple(map(int, counts[1:]))))
    values = np.nan_to_num(family.values)
    total = max(values.sum(), 1e-300)
    hidden, primary = (float(values[cells].sum() / total) for cells in (made.hidden, made.primary.hidden))
    return Report(made, audited, seconds, tuple(lines), hidden, primary)


def _level(code: str) -> str:
    area = gazetteer().get(code)
    return "other" if area is None else area.level.value


def summary(told: Report) -> str:
    """One line."""
    secondary, primary, cells = told.hidden[-1], sum(told.hidden[:-1]), max(told.cells, 1)
    # Medians and rates have no sum of which something could be hidden.
    value = f", {told.value:.2%} of what is counted" if told.made.family.shared.additive else ""
    return (
        f"{told.made.family.measure}: {primary + secondary} of {told.cells} cells hidden: {primary} "
        f"({primary / cells:.1%}) for their own sake, {secondary} ({secondary / cells:.1%}) for that of others{value}; "
        f"{told.seconds:.1f} s"
    )


def text(told: Report) -> Iterator[str]:
    """A report for the owner's statistician, line by line."""
    yield summary(told)
    for at, rule in enumerate(RULES):
        if told.hidden[at]:
            yield f"  {told.hidden[at]:>9} {WORDS[rule]}"
    if told.made.family.shared.additive:
        yield f"  {told.value:.3%} of what is counted is hidden; {told.primary_value:.3%} for its own sake"
    yield f"  {'level':<20}{'tables':<28}{'cells':>9}" + "".join(f"{rule:>13}" for rule in RULES)
    for line in told.lines:
        yield f"  {line.level:<20}{line.breakdown:<28}{line.cells:>9}" + "".join(f"{n:>13}" for n in line.hidden)
    found = told.audit
    yield (
        f"  audit: {found.asked} bounds shown wide enough by tables that no reader can tell from the true one; "
        f"{found.tried} bounds worked out; {len(found.told)} cells told by sums and differences"
    )


def wrong(told: Report) -> Iterator[str]:
    """What could not be protected, cell by cell."""
    found, family = told.audit, told.made.family
    for cell, period in dict.fromkeys((*told.made.open, *found.unproven, *found.narrow)):
        yield f"  NOT PROTECTED: {_name(told, cell)}, {family.periods[period]}"
    for cell in found.told:
        yield f"  CAN BE WORKED OUT: {_name(told, cell)}"


def _name(told: Report, cell: int) -> str:
    area, group = divmod(cell, len(told.made.family.groups))
    return f"{told.made.family.areas[area]}, {' and '.join(filter(None, told.made.family.groups[group])) or 'total'}"
