"""What one worker keeps in memory: each kind has its share of one number of bytes, and lets go of what is unused for
longest. What a thing takes is worked out from what it is made of; a test holds that to what is really taken."""

from contextlib import suppress
from typing import NamedTuple, Protocol, TypeVar

from cachetools import LRUCache


class Sized(Protocol):
    """`bytes`: of memory that a thing takes, never counted short."""

    @property
    def bytes(self) -> int: ...


K = TypeVar("K")
V = TypeVar("V", bound=Sized)


def _bytes(value: Sized) -> int:
    return value.bytes


class Kept(LRUCache[K, V]):
    """Things of so many bytes in all."""

    def __init__(self, most: int) -> None:
        super().__init__(most, getsizeof=_bytes)

    def keep(self, key: K, value: V) -> None:
        """Keeps a thing, in the place of what was there. One that is larger than all of it is let go at once."""
        self.pop(key, None)
        with suppress(ValueError):
            self[key] = value


class Shares(NamedTuple):
    """Bytes for each kind: departments' answers; plans, with the finished answers they led to; documents, with what
    they select; texts of persisted queries."""

    tables: int
    plans: int
    documents: int
    texts: int


def shares(megabytes: int) -> Shares:
    """The shares of so many megabytes."""
    return Shares(*(megabytes * 1_000_000 * share // 32 for share in (15, 11, 5, 1)))
