"""What an entry of the log tells, whichever shape it has."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

import orjson

from trust.log.entry import canonical
from trust.log.kept import Leaf

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

    def fields(self, name: str) -> Fields | None:
        """What was granted or refused; None where that is told by its hash."""
        told: Any = self.body[name]
        return cast(Fields, told) if isinstance(told, list) else None

    def says(self, name: str, part: object) -> bool:
        """Whether it says this of what was granted or refused, as it is or by its hash."""
        told = self.body[name]
        if isinstance(told, list):
            return told == part
        text = canonical(part)
        return bool(told == {"bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()})


def told(leaf: Leaf) -> Told | None:
    """What a leaf tells; None where it tells nothing that can be read: that is for the audit of the tree to say."""
    try:
        body = orjson.loads(leaf.entry)
    except ValueError:
        return None
    return Told(leaf.position, leaf.operation_id, body) if isinstance(body, dict) else None
