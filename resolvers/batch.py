"""What several operations want of one dataset gathers into one request, as far as its protocol can keep it apart."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from resolvers.orders import Order
from resolvers.table import Slice, Table
from resolvers.wire import Call

# The most Slices and cells that gather for one request: more would gain little, and nodes have limits of their own.
SLICES, CELLS = 100, 100_000
# Protocols in which one request keeps several questions apart. Publishers are asked for every place by every period of
# all the questions in a request: questions that differ in nothing else gather, up to so many cells of that.
APART = frozenset({"share"})
COMBINED = 10_000

Flying = asyncio.Future[Table]
# What may go out in one request: of a dataset, on terms by their key, and where a request does not keep its questions
# apart, what they have to have in common.
Lane = tuple[tuple[str, str], str, frozenset[Slice] | None]


@dataclass(slots=True)
class Want:
    """What one operation wants of a dataset that is neither kept nor asked for yet, by key. `asked`: for each request
    that it was part of, the calls that it took. `left`: the operation waits no more, and its entry lists no more
    calls."""

    order: Order
    operation: str
    slices: dict[str, tuple[Slice, Flying]] = field(default_factory=dict[str, tuple[Slice, Flying]])
    asked: list[list[Call]] = field(default_factory=list[list[Call]])
    left: bool = False

    def add(self, key: str, part: Slice) -> Flying:
        flying = asyncio.get_running_loop().create_future()
        self.slices[key] = (part, flying)
        return flying

    @property
    def common(self) -> frozenset[Slice]:
        """Its Slices but for their places and periods."""
        return frozenset(part._replace(areas=(), periods=()) for part, _ in self.slices.values())


@dataclass(slots=True)
class Batch:
    """Wants that go out together."""

    wants: list[Want] = field(default_factory=list[Want])
    slices: int = 0
    cells: int = 0

    def add(self, want: Want) -> None:
        self.wants.append(want)
        self.slices += len(want.slices)
        self.cells += sum(part.cells for part, _ in want.slices.values())

    def takes(self, want: Want, common: frozenset[Slice] | None) -> bool:
        """Whether a want may still go out with these. `common`: of every place and period what is asked."""
        if self.slices >= SLICES or self.cells >= CELLS:
            return False
        if common is None:
            return True
        wanted = [part for other in (*self.wants, want) for part, _ in other.slices.values()]
        areas = {area for part in wanted for area in part.areas}
        periods = {period for part in wanted for period in part.periods}
        return len(areas) * len(periods) * sum(len(part.measures) * len(part.groups) for part in common) <= COMBINED


def calls_of(operation: str, wants: Iterable[Want]) -> list[Call]:
    """The calls for what an operation waited for. Those to which it came when they were out are marked as shared: the
    department was not told of it."""
    own, others = dict[int, list[Call]](), dict[int, list[Call]]()
    for want in wants:
        for calls in want.asked:
            (own if want.operation == operation else others)[id(calls)] = calls
    shared = (call._replace(shared=True) for at, calls in others.items() if at not in own for call in calls)
    return [*(call for calls in own.values() for call in calls), *shared]
