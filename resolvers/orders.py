"""What departments are asked for an operation, on what terms, and what came back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from policies.caller import Caller
from resolvers.cache import key_of
from resolvers.errors import DepartmentError
from resolvers.plan import DatasetRequest, Part
from resolvers.table import Table
from resolvers.wire import Authorize, Call


@dataclass(slots=True)
class Answers:
    """What came back: a Table or an error for each Slice of each request, and the calls that were made for it."""

    tables: list[list[Table | DepartmentError]]
    calls: list[Call]

    def of(self, part: Part) -> Table | DepartmentError:
        """The answer that holds a part's measure over its grid."""
        request, asked = part.answer
        table = self.tables[request][asked]
        return table if isinstance(table, DepartmentError) else table.failures.get(part.layout.measure.name, table)


@dataclass(frozen=True, slots=True)
class Terms:
    """On whose behalf a department is asked: `key` tells apart what it may answer differently, `assertion` makes
    the Trust's signed statement of it for some requests, of operations by their ids. Neither, for departments that
    publish to everyone."""

    key: str = ""
    assertion: Callable[[Sequence[DatasetRequest], Sequence[str]], Authorize] | None = None


# On what terms a caller, for a purpose, asks for something.
TermsOf = Callable[[Caller, str | None, DatasetRequest], Terms]


class Order(NamedTuple):
    """A request, the terms it goes out on, and what its answers are called in the cache."""

    request: DatasetRequest
    terms: Terms
    keys: tuple[str, ...]


def order(request: DatasetRequest, terms: Terms) -> Order:
    """A request with its terms, and a cache key for each of its Slices."""
    source, dataset = request.holding.key
    return Order(request, terms, tuple(key_of(source, dataset, part, terms.key) for part in request.slices))
