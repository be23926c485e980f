"""What a share node is asked for one Slice."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reference.column import Shape
from reference.period import Period, between
from resolvers.table import Slice


@dataclass(frozen=True, slots=True)
class Question:
    """A Slice as it is put to a node. `held`: every period of its range, of which the Slice may want only some.
    `body`: what is sent, as JSON's plain values."""

    asked: Slice
    held: tuple[Period, ...]
    body: dict[str, Any]

    @property
    def shape(self) -> Shape:
        return (len(self.asked.areas), len(self.held), len(self.asked.groups))


def question(asked: Slice) -> Question:
    held = _range(asked.periods)
    body = {
        "measures": list(asked.measures),
        "areas": list(asked.areas),
        "periods": {"from": held[0].code, "to": held[-1].code, "every": held[0].kind},
        "by": list(asked.by),
        "groups": [list(group) for group in asked.groups],
        "evidence": asked.evidence,
    }
    return Question(asked, held, body)


def _range(periods: Sequence[Period]) -> tuple[Period, ...]:
    last = [period.last for period in periods]
    first = Period(min(last), periods[0].kind)
    return between(first.first, max(last), first.kind)
