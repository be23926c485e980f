"""Gives entries their places in the log, and signs what the log is then. One at a time does, whatever the number of
workers and hosts: in one transaction, so that what a crash leaves is as it was before."""

import logging
from threading import Event, Thread

from sqlalchemy import Connection, Engine, delete, func, insert, literal, select
from sqlalchemy.exc import SQLAlchemyError

from transparency import note, tree
from transparency.checkpoint import Checkpoint
from transparency.note import Note
from transparency.signing_key import SigningKey
from trust.log.kept import Kept, LogBroken
from trust.tables import log_checkpoints, log_hashes, log_leaves, log_pending

log = logging.getLogger("lmdt")
# Any number that no other user of the database locks: whoever gives places takes it alone.
PLACING = 7_266_105
# Entries that are given their places at a time, and seconds between two looks for more.
BATCH, EVERY = 1_000, 0.5
# What stays of an entry as it is when it has its place.
_KEPT = ("operation_id", "entry", "hash", "parts")


class Sequencer:
    """Orders entries, extends the tree, and signs checkpoints under the log's name. `stands_still`: because it failed,
    and will be tried again."""

    def __init__(self, engine: Engine, origin: str, key: SigningKey) -> None:
        self._engine, self._origin, self._key = engine, origin, key
        self.public = note.key_of(origin, key)
        self.stands_still = False
        self._end = Event()
        self._thread = Thread(target=self._run, name="log", daemon=True)

    def start(self) -> None:
        """Gives places until it is closed."""
        self._thread.start()

    def close(self) -> None:
        """Ends, after what waits has its place."""
        self._end.set()
        if self._thread.ident is not None:
            self._thread.join(10)

    def _run(self) -> None:
        while True:
            last = self._end.is_set()
            try:
                while self.step() == BATCH:
                    pass
                self.stands_still = False
            except SQLAlchemyError as error:
                # Told once: whoever else reads the database says so too.
                told = {"event": "log", "cause": str(getattr(error, "orig", None) or error)}
                log.log(logging.DEBUG if self.stands_still else logging.WARNING, "the log does not go on", extra=told)
                self.stands_still = True
            except Exception as error:
                if not self.stands_still:
                    log.exception("the log is broken", extra={"event": "log", "cause": str(error)})
                self.stands_still = True
            if last:
                return
            self._end.wait(EVERY)

    def step(self) -> int:
        """Gives some entries that wait their places, and signs what the log is then. Returns how many; none where
        another is at it. Raises LogBroken or NoteWrong where the log is not what was signed last: then nothing is."""
        with self._engine.connect() as connection:
            if not connection.execute(select(log_pending.c.seq).limit(1)).first():
                return 0
            connection.rollback()
            if not _alone(connection):
                return 0
            count = self._placed(connection)
            connection.commit()
        return count

    def _placed(self, connection: Connection) -> int:
        wanted = select(log_pending.c.seq, log_pending.c.hash).order_by(log_pending.c.seq).limit(BATCH)
        waiting = connection.execute(wanted).all()
        if not waiting:
            return 0
        kept = Kept(connection)
        size = self._goes_on(kept)
        hashes = tree.grown(size, [bytes(row.hash) for row in waiting], kept.stored)
        # The database moves what they say: on PostgreSQL others are written meanwhile, so each is named.
        these = log_pending.c.seq.in_([row.seq for row in waiting])
        place = literal(size - 1) + func.row_number().over(order_by=log_pending.c.seq)
        moved = select(place, *(log_pending.c[name] for name in _KEPT)).where(these)
        connection.execute(insert(log_leaves).from_select(["position", *_KEPT], moved))
        connection.execute(delete(log_pending).where(these))
        above = [
            {"level": level, "position": position, "hash": one} for (level, position), one in hashes.items() if level
        ]
        if above:
            connection.execute(insert(log_hashes), above)
        self._sign(connection, kept, size + len(waiting))
        return len(waiting)

    def _goes_on(self, kept: Kept) -> int:
        """The size from which the log goes on, if what is kept of it is what was signed last."""
        last = kept.checkpoint()
        size = last.size if last else 0
        if kept.size() != size:
            raise LogBroken(f"there are {kept.size()} leaves, and {size} were signed")
        if last and last.origin != self._origin:
            raise LogBroken(f"what is kept is the log {last.origin}, not {self._origin}")
        if last and tree.root(size, kept.hash_at) != last.root:
            raise LogBroken(f"the root of the first {size} leaves is not the one that was signed")
        return size

    def _sign(self, connection: Connection, kept: Kept, size: int) -> None:
        text = str(Checkpoint(self._origin, size, tree.root(size, kept.hash_at)))
        signed = str(Note(text, [note.sign(text, self._origin, self._key)]))
        connection.execute(insert(log_checkpoints).values(size=size, signed=signed))


def _alone(connection: Connection) -> bool:
    """Whether nobody else gives places until the transaction ends."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return True
    return bool(connection.execute(select(func.pg_try_advisory_xact_lock(PLACING))).scalar())
