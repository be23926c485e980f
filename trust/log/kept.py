"""The log as it is kept in the Trust's database: leaves, hashes, checkpoints. Read in an open transaction."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from reference.errors import TrustError
from transparency import tree
from transparency.checkpoint import Checkpoint
from trust.tables import log_checkpoints, log_hashes, log_leaves, log_witnessed

# Leaves that are read at a time.
AT_A_TIME = 1000


_LEAF = [log_leaves.c[name] for name in ("position", "entry", "hash", "operation_id", "parts")]


class LogBroken(TrustError):
    """What is kept of the log is not what was signed: says what."""


class Leaf(NamedTuple):
    """An entry in its place. `operation_id`: by which it is found; what it says itself is the entry's word. `parts`:
    what it commits to, one a line."""

    position: int
    entry: bytes
    hash: bytes
    operation_id: str | None = None
    parts: bytes = b""

    @property
    def opened(self) -> list[bytes]:
        """Its parts, each as the text that was hashed."""
        return self.parts.split(b"\n") if self.parts else []


class Kept:
    """What is kept of the log, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.hash_at = tree.from_stored(self.stored)

    def signed(self, size: int | None = None) -> str | None:
        """The last checkpoint as a note, or that of a size."""
        wanted = select(log_checkpoints.c.signed).order_by(log_checkpoints.c.size.desc()).limit(1)
        if size is not None:
            wanted = wanted.where(log_checkpoints.c.size == size)
        return self._connection.execute(wanted).scalar()

    def witnessed(self, at_least: int | None = None) -> str | None:
        """The last checkpoint whose quorum of witnesses is met, as a note with all its cosignatures; or the smallest
        of those that have at least so many entries, which is the same one whenever it is asked for."""
        size = log_witnessed.c.size
        wanted = select(log_witnessed.c.signed).where(log_witnessed.c.met).limit(1)
        wanted = wanted.order_by(size.desc()) if at_least is None else wanted.where(size >= at_least).order_by(size)
        return self._connection.execute(wanted).scalar()

    def covering(self, position: int) -> str:
        """The checkpoint to prove by that the leaf at a place is in the log: the first that witnesses have cosigned, or
        else the last that was signed. Raises LogBroken."""
        signed = self.witnessed(position + 1) or self.signed()
        if signed is None or Checkpoint.signed(signed).size <= position:
            raise LogBroken(f"no checkpoint is over entry {position}")
        return signed

    def cosigned(self) -> Iterator[str]:
        """All checkpoints that a witness has cosigned, as notes, the smallest first."""
        yield from self._connection.execute(select(log_witnessed.c.signed).order_by(log_witnessed.c.size)).scalars()

    def checkpoints(self) -> Iterator[str]:
        """All checkpoints as notes, the smallest first."""
        wanted = select(log_checkpoints.c.signed).order_by(log_checkpoints.c.size)
        yield from self._connection.execute(wanted).scalars()

    def checkpoint(self) -> Checkpoint | None:
        """The last checkpoint. Raises NoteWrong."""
        signed = self.signed()
        return Checkpoint.signed(signed) if signed else None

    def stored(self, level: int, first: int, count: int) -> Sequence[bytes]:
        """So many hashes of a tile level. Raises LogBroken where one is lacking."""
        table = log_hashes if level else log_leaves
        position = table.c.position
        wanted = select(table.c.hash).where(position >= first, position < first + count).order_by(position)
        if level:
            wanted = wanted.where(log_hashes.c.level == level)
        hashes = [bytes(one) for one in self._connection.execute(wanted).scalars()]
        if len(hashes) != count:
            raise LogBroken(f"hashes of level {level} are lacking among {first} to {first + count - 1}")
        return hashes

    def hashes(self, level: int, first: int, end: int) -> Mapping[int, bytes]:
        """The hashes of a tile level above the leaves that are there, from one place up to before another."""
        if end <= first:
            return {}
        position = log_hashes.c.position
        wanted = select(position, log_hashes.c.hash).where(log_hashes.c.level == level)
        rows: Any = self._connection.execute(wanted.where(position >= first, position < end)).all()
        return {at: bytes(one) for at, one in rows}

    def size(self) -> int:
        """How many leaves there are."""
        last = self._connection.execute(select(func.max(log_leaves.c.position))).scalar()
        return 0 if last is None else last + 1

    def leaves(self, first: int, end: int) -> Iterator[Leaf]:
        """Leaves from one place up to before another, in order, as many as there are."""
        position = log_leaves.c.position
        for begin in range(first, end, AT_A_TIME):
            wanted = select(*_LEAF).order_by(position)
            wanted = wanted.where(position >= begin, position < min(begin + AT_A_TIME, end))
            yield from map(_leaf, self._connection.execute(wanted).all())

    def of_operation(self, operation_id: str) -> list[Leaf]:
        """What the log says of an operation, in order."""
        position = log_leaves.c.position
        wanted = select(*_LEAF).order_by(position)
        wanted = wanted.where(log_leaves.c.operation_id == operation_id)
        return list(map(_leaf, self._connection.execute(wanted).all()))


def _leaf(row: Any) -> Leaf:
    return Leaf(row[0], bytes(row[1]), bytes(row[2]), row[3], bytes(row[4] or b""))
