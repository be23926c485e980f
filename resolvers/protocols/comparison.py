"""Where source files and departments' own metadata no longer agree: how the lines that say so are gathered,
for every protocol alike.

What is wrong with one dataset, or one department, keeps no other's lines.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from resolvers.errors import DepartmentError, DepartmentUnavailable, one_line
from resolvers.protocols.connector import Connector
from resolvers.source import Source
from resolvers.wire import address


class Comparison(NamedTuple):
    """The lines of one dataset or source, and why there are no more of them, if it could not be compared whole."""

    lines: Sequence[str] = ()
    failure: DepartmentError | None = None


def gathered(comparisons: Mapping[str, Comparison]) -> tuple[str, ...]:
    """The lines of every dataset, each once, then one line for each cause why some could not be compared, which names
    them. Raises DepartmentUnavailable where all are unavailable."""
    failures = [comparison.failure for comparison in comparisons.values()]
    unavailable = [failure for failure in failures if isinstance(failure, DepartmentUnavailable)]
    causes: dict[str, list[str]] = {}
    for name, comparison in comparisons.items():
        if comparison.failure is not None:
            causes.setdefault(comparison.failure.detail, []).append(name)
    if unavailable and len(unavailable) == len(failures):
        raise DepartmentUnavailable(unavailable[0].department, "; ".join(causes), unavailable[0].retry_after)
    lines = [line for comparison in comparisons.values() for line in comparison.lines]
    lines += [f"{', '.join(names)}: cannot be read: {cause}" for cause, names in causes.items()]
    return tuple(dict.fromkeys(map(one_line, lines)))


async def drift_of(source: Source, connector: Connector) -> Comparison:
    """All lines of one source, or why there are none. Never raises: a fault of ours is a cause as well."""
    try:
        return Comparison(await connector.drift())
    except DepartmentError as error:
        failure = error
    except Exception as error:
        failure = DepartmentError(source.department, f"cannot be compared: {error!r}")
    failure.at = address(source)
    return Comparison((), failure)
