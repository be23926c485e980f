"""A field as the publisher's schema has it today, and which of its values the source file means."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from reference.errors import TrustError
from resolvers.protocols.statxplore.cells import same

# Codes that mean the same in any code list: of the Government Statistical Service for a place, and of a month.
NAMES_ITSELF = re.compile(r"[A-Z][0-9]{8}|(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class SchemaItem:
    """One item of the schema."""

    id: str
    label: str
    type: str


class Replaced(TrustError):
    """A value of the source file is not what it was: its id and its label no longer belong together."""


class Learnt:
    """A field of the source file as it is today: its id, its values, and when it was learnt (seconds)."""

    def __init__(self, field: str, values: Sequence[SchemaItem]) -> None:
        self.field, self.at = field, time.monotonic()
        self.labels = {item.id: item.label for item in values}
        self._coded: dict[str, list[SchemaItem]] = {}
        for item in values:
            self._coded.setdefault(_code(item.id), []).append(item)

    def of(self, value: str, label: str | None) -> str | None:
        """Today's id of a value: itself, or the one with its code and its label; None where it is gone. `label`: as the
        source file has it; without one, only the same code in the same code list will do. Raises Replaced where another
        value has its code, or its label has another code."""
        if value in self.labels:
            if label is None or same(label) == same(self.labels[value]):
                return value
            raise Replaced(f"{value} is now {self.labels[value]!r}, not {label!r}")
        coded = self._coded.get(_code(value), [])
        own = [item for item in coded if _code_list(item.id) == _code_list(value)]
        if NAMES_ITSELF.fullmatch(_code(value)):
            candidates = own or coded
            return candidates[0].id if len({item.label for item in candidates}) == 1 else None
        candidates = own if label is None else [item for item in own or coded if same(item.label) == same(label)]
        if len(candidates) == 1:
            return candidates[0].id
        if coded:
            raise Replaced(
                f"{value} is gone, and {coded[0].id} is {coded[0].label!r}, not {label or 'known to be it'!r}"
            )
        for uri, today in self.labels.items():
            if label is not None and same(today) == same(label):
                raise Replaced(f"{value} is gone, and {label!r} is now {uri}")
        return None


def _code(uri: str) -> str:
    return uri.rpartition(":")[2]


def _code_list(uri: str) -> str:
    return uri.rpartition(":")[0].rpartition(":")[2]
