"""What a share node is asked for one Slice."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from reference.column import Shape
from reference.period import Period, between
from resolvers.table import Slice


class NodeQuery(NamedTuple):
    """A Slice as it is put to a node. `periods`: every period of its range, of which the Slice may want only some.
    `body`: what is sent, as JSON's plain values."""

    part: Slice
    periods: tuple[Period, ...]
    body: dict[str, Any]

    @property
    def shape(self) -> Shape:
        """Places, periods and groups of the answer."""
        return (len(self.part.areas), len(self.periods), len(self.part.groups))


def to_question(part: Slice) -> NodeQuery:
    """A Slice as it is put to a node."""
    periods = _range(part.periods)
    body = {
        "measures": list(part.measures),
        "areas": list(part.areas),
        "periods": {"from": periods[0].code, "to": periods[-1].code, "every": periods[0].kind},
        "by": list(part.by),
        "groups": [list(group) for group in part.groups],
        "evidence": part.evidence,
    }
    return NodeQuery(part, periods, body)


def _range(periods: Sequence[Period]) -> tuple[Period, ...]:
    last = [period.last for period in periods]
    kind = periods[0].kind
    return between(min(last) - kind.months + 1, max(last), kind)
