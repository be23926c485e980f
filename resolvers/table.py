"""The columnar value that travels from a department to the answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from reference.column import Column, Shape
from reference.facets import Facet
from reference.period import Period
from resolvers.errors import DepartmentError


class Slice(NamedTuple):
    """What is asked of one dataset: measures by areas, by periods of the measure's own kind, by groups.

    `groups` holds one tuple of member codes, in the order of `by`, for each group asked: `((),)` when `by`
    is empty, which asks for the publisher's total. `evidence`: ask for unprotected figures with the evidence
    behind them, where the department gives it.
    """

    measures: tuple[str, ...]
    areas: tuple[str, ...]
    periods: tuple[Period, ...]
    by: tuple[Facet, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ((),)
    evidence: bool = False

    def over(self, other: "Slice") -> bool:
        """Whether both ask over the same grid, and in the same way."""
        own = (self.evidence, self.by, self.groups, self.periods, self.areas)
        return own == (other.evidence, other.by, other.groups, other.periods, other.areas)

    @property
    def shape(self) -> Shape:
        """Places, periods and groups."""
        return (len(self.areas), len(self.periods), len(self.groups))

    @property
    def cells(self) -> int:
        """How many figures of one measure."""
        return len(self.areas) * len(self.periods) * len(self.groups)


@dataclass(slots=True, eq=False)
class Table:
    """A department's answer to one Slice, with where it came from. Equal to itself alone.

    `protected`: the department has already applied disclosure control to these figures. `failures`: measures of the
    Slice that the department could not answer, though it answered others; they have no column.
    `outdated`: why it is shown although it is old, where the department could not be asked again.
    """

    slice: Slice
    columns: dict[str, Column]
    release: str | None
    retrieved_at: datetime
    protected: bool = True
    failures: Mapping[str, DepartmentError] = field(default_factory=dict[str, DepartmentError])
    outdated: DepartmentError | None = None

    @property
    def age(self) -> float:
        """Seconds since it was answered."""
        return (datetime.now(UTC) - self.retrieved_at).total_seconds()
