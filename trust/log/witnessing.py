"""What witnesses say of the log, kept beside its checkpoints, and which gateway it is that asks them. Nothing is locked
while a witness is waited for: each of these is a short transaction of its own."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Engine, func, insert, select, update

from transparency import note, tree
from transparency.checkpoint import Checkpoint
from transparency.note import Note, Signature
from transparency.policy import NotTrusted, Policy
from trust.log.kept import Kept
from trust.log.published import opened
from trust.tables import log_asker, log_witnessed

# Any number that no other user of the database locks: taken by whoever keeps cosignatures.
KEEPING = 7_266_106
# For how long nobody else asks after whoever did has been heard of.
TURN = timedelta(seconds=10)


class Last(NamedTuple):
    """Notes: the checkpoint that was signed last, the same with its cosignatures if it has any, and the last one whose
    quorum is met."""

    signed: str | None
    cosigned: str | None
    witnessed: str | None


class Witnessing:
    """The books of asking, by one policy. Raises LogUnreadable."""

    def __init__(
        self, engine: Engine, policy: Policy, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._engine, self._policy, self._clock = engine, policy, clock
        self._holder, self._until = uuid.uuid4().hex, clock()

    def is_our_turn(self) -> bool:
        """Whether this is the gateway that asks. Two whose clocks differ may both be: that harms nobody, as a witness
        has one answer for both."""
        now = self._clock()
        if now + TURN / 2 < self._until:
            return True
        turn = {"holder": self._holder, "until": now + TURN}
        with opened(self._engine) as connection:
            last = connection.execute(select(log_asker.c.holder, log_asker.c.until)).one()
            if last.holder != self._holder and last.until > now:
                return False
            unchanged = (log_asker.c.holder == last.holder, log_asker.c.until == last.until)
            if not connection.execute(update(log_asker).where(*unchanged).values(**turn)).rowcount:
                return False
            connection.commit()
        self._until = now + TURN
        return True

    def let_go(self) -> None:
        """Another may ask at once."""
        mine, self._until = log_asker.c.holder == self._holder, self._clock()
        with opened(self._engine) as connection:
            connection.execute(update(log_asker).where(mine).values(until=self._until))
            connection.commit()

    def last(self) -> Last:
        """What is the newest, as it is kept."""
        with opened(self._engine) as connection:
            kept = Kept(connection)
            signed = kept.signed()
            cosigned = _cosigned(connection, _size(signed)) if signed else None
            return Last(signed, cosigned, kept.witnessed())

    def proof(self, old: int, size: int) -> Sequence[bytes]:
        """That the log of `size` goes on from its first `old` entries."""
        with opened(self._engine) as connection:
            return tree.consistency(old, size, Kept(connection).hash_at)

    def keep(self, signed: str, cosignatures: Iterable[Signature]) -> bool:
        """Puts cosignatures under a checkpoint of the log, beside those that it has. Returns whether its quorum is met
        then."""
        size = _size(signed)
        with opened(self._engine) as connection:
            _alone(connection)
            there = _cosigned(connection, size)
            text, before = note.read(there or signed)
            under = {(one.name, one.id): one for one in (*before, *cosignatures)}
            whole = str(Note(text, list(under.values())))
            met = self._is_met(whole)
            values = {"met": met, "signed": whole}
            if there is None:
                connection.execute(insert(log_witnessed).values(size=size, **values))
            else:
                connection.execute(update(log_witnessed).where(log_witnessed.c.size == size).values(**values))
            connection.commit()
        return met

    def _is_met(self, signed: str) -> bool:
        try:
            self._policy.check(signed)
        except NotTrusted:
            return False
        return True


def _size(signed: str) -> int:
    return Checkpoint.signed(signed).size


def _cosigned(connection: Connection, size: int) -> str | None:
    return connection.execute(select(log_witnessed.c.signed).where(log_witnessed.c.size == size)).scalar()


def _alone(connection: Connection) -> None:
    """Nobody else keeps a cosignature until the transaction ends."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(select(func.pg_advisory_xact_lock(KEEPING)))
