"""The owner's data, to score attacks by: each figure as it is, and how far from it the owner's rule leaves a reader."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy.exc import SQLAlchemyError

from attacks.table import Cells, Floats, Table
from departments.protect.family import Family
from departments.protect.primary import RULES, primary
from departments.protect.reading import families
from departments.share.config import ShareConfig
from departments.share.databases import connect
from departments.share.errors import ConfigError
from departments.share.held import Unfit
from departments.share.node import tables
from departments.share.question import BadQuestion
from reference.errors import TrustError

# Why a cell is hidden for its own sake: few or none, and few contributors or one that dominates.
SMALL, LARGE = ("few", "zero"), ("contributors", "dominated")


class NoTruth(TrustError):
    """The owner's data cannot be read, and why."""


@dataclass(frozen=True)
class Truth:
    """Periods x cells of a table. `values`: NaN where the owner holds nothing; `low`, `high`: what must stay possible
    of a cell of which `small` or `large` says that a rule hides it."""

    values: Floats
    low: Floats
    high: Floats
    small: Cells
    large: Cells

    def of(self, rows: Sequence[tuple[int, ...]]) -> "Truth":
        """Of means over some periods each. A rule is that of a mean where it is that of each period."""
        values, low, high = (
            np.array([array[list(row)].mean(axis=0) for row in rows]) for array in (self.values, self.low, self.high)
        )
        small, rule = (
            np.array([array[list(row)].all(axis=0) for row in rows]) for array in (self.small, self.small | self.large)
        )
        return Truth(values, low, high, small, rule & ~small)


def truth(config: ShareConfig, table: Table) -> Truth:
    """From the newest release behind a share node. Raises NoTruth."""
    try:
        held = [one for one in tables(config, connect(config)).values() if table.measure in one.mapped.measures]
        if not held:
            raise NoTruth(f"no dataset of the node shares {table.measure}.")
        [family] = families(held[0], None, [table.measure])
    except (ConfigError, BadQuestion, Unfit) as error:
        raise NoTruth(str(error)) from error
    except SQLAlchemyError as error:
        raise NoTruth(f"the database cannot be read: {type(error).__name__}.") from error
    return _laid(family, [facet.value for facet in held[0].mapped.facets], table)


def _laid(family: Family, facets: list[str], table: Table) -> Truth:
    """A family's figures where the table has them."""
    found = primary(family)
    groups = [tuple(dict(zip(facets, group, strict=True)).get(f, "") for f in table.facets) for group in family.groups]
    axes = [
        _shared(table.areas, family.areas),
        _shared(table.periods, family.periods),
        _shared(table.groups, groups),
    ]
    of_table, of_family = (np.ix_(*(axis[side] for axis in axes)) for side in (0, 1))
    # A cell that is hidden for another period's sake is protected by the same rule, by its own figure.
    why, series = found.why, RULES.index("series") + 1
    own = {name: why == RULES.index(name) + 1 for name in (*SMALL, *LARGE)}
    again = (why == series) & family.rule.pattern
    small = own["few"] | own["zero"] | again & (family.values < family.rule.suppress_below)
    large = own["contributors"] | own["dominated"] | again & ~small

    def over(array: Floats | Cells, empty: float | bool) -> np.ndarray:  # pyright: ignore
        cube = np.full((len(table.areas), len(table.periods), len(table.groups)), empty, array.dtype)
        cube[of_table] = array[of_family]
        return np.swapaxes(cube, 0, 1).reshape(table.shape)

    low, high = family.values - found.down, family.values + found.up
    return Truth(
        over(family.values, np.nan), over(low, np.nan), over(high, np.nan), over(small, False), over(large, False)
    )


def _shared(mine: Sequence[object], others: Sequence[object]) -> tuple[list[int], list[int]]:
    """Where what both have stands in each."""
    at = {one: position for position, one in enumerate(others)}
    both = [(position, at[one]) for position, one in enumerate(mine) if one in at]
    return [one for one, _ in both], [other for _, other in both]
