"""What an entry of the log tells, with all its parts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from trust.log.entry import canonical
from trust.log.kept import Leaf
from trust.log.sealed import opened

Fields = Sequence[Mapping[str, Any]]


class Told(NamedTuple):
    """An entry, read. `operation_id` is the one that its row is found by."""

    position: int
    operation_id: str | None
    body: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """What kind of entry it is."""
        return str(self.body.get("kind"))

    @property
    def at(self) -> datetime:
        """The moment that it tells of."""
        return datetime.fromisoformat(self.body["at"])

    def fields(self, name: str) -> Fields:
        """What was granted or refused, in no order."""
        return self.body[name]

    def says(self, name: str, part: Iterable[Mapping[str, Any]]) -> bool:
        """Whether it says this, in whatever order, of what was granted, refused or asked."""
        return sorted(map(canonical, self.body[name])) == sorted(map(canonical, part))


def told(leaf: Leaf) -> Told | None:
    """What a leaf tells; None where it tells nothing that can be read: that is for the audit of the tree to say."""
    try:
        body = orjson.loads(leaf.entry)
        parts = [part for _, part in opened(leaf.parts)]
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    return Told(leaf.position, leaf.operation_id, {**body, **_together(parts)})


def _together(parts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """What the parts of an entry say, as it is recorded: of all owners."""
    said: dict[str, Any] = {"calls": [], "granted": [], "operation": "", "refused": [], "uses": [], "who": None}
    decisions: list[Mapping[str, Any]] = []
    for part in parts:
        match part.get("part"):
            case "caller":
                said |= {name: part[name] for name in ("operation", "who") if name in part}
            case "decisions":
                decisions.append(part)
            case "uses":
                said["uses"] += part["uses"]
            case "calls":
                said["calls"] += [{**call, "department": part["owner"]} for call in part["calls"]]
            case _:
                pass
    return {**said, **{name: _each_once([part[name] for part in decisions]) for name in ("granted", "refused")}}


def _each_once(several: Sequence[Fields]) -> Fields:
    """What several owners were told: what is computed from the data of two is in the part of each."""
    if len(several) == 1:
        return several[0]
    counted = Counter[bytes]()
    for fields in several:
        counted |= Counter(map(canonical, fields))
    return [orjson.loads(text) for text in counted.elements()]
