"""What every connector does, whatever its department speaks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from resolvers.extents import Extent
from resolvers.source import Dataset
from resolvers.table import Slice, Table
from resolvers.wire import Authorize, Call


@dataclass(slots=True)
class DatasetQuery:
    """All that one query wants of one dataset. Connectors append every HTTP exchange to `calls`.

    `assertion` makes the Trust's signed statement of who asks for what and why, for departments that check it (share).
    """

    dataset: Dataset
    slices: tuple[Slice, ...]
    evidence: bool = False
    assertion: Authorize | None = None
    calls: list[Call] = field(default_factory=list[Call])


class Connector(Protocol):
    """Speaks one protocol to one endpoint. Built as `Connector(source, wire, credential)`."""

    async def answer(self, ask: DatasetQuery) -> tuple[Table, ...]:
        """One Table for each Slice, in order, from as few requests as the publisher allows.

        Every cell of the Slice is answered: what the publisher does not hold is NaN with marker x. Raises
        DepartmentError; never passes on a truncated or partly read answer.
        """
        ...

    def requests(self, ask: DatasetQuery) -> tuple[str, ...]:
        """The requests that `answer` would make, one line each, without making any."""
        ...

    async def extents(self) -> Mapping[str, Extent]:
        """By the ids of datasets the first and the newest period that the publisher's own metadata has, of those
        of which it says so. Raises DepartmentError."""
        ...

    async def drift(self) -> tuple[str, ...]:
        """What the publisher's own metadata no longer agrees with in the source file, one line each."""
        ...
