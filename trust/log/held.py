"""The entries of the log, read in the Trust's own database, and held to what was signed."""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError

from transparency import note
from transparency.checkpoint import Checkpoint
from transparency.frontier import Frontier
from transparency.note import Key, NoteWrong
from transparency.tree import leaf_hash
from trust.log.kept import Kept, Leaf, LogBroken
from trust.log.published import LogUnreadable
from trust.tables import log_pending


class HeldEntries:
    """Of the log whose checkpoints are signed by `keys`. `held`: checkpoints that somebody kept elsewhere."""

    def __init__(self, engine: Engine, keys: Sequence[Key], held: Iterable[str] = ()) -> None:
        self._engine, self._keys, self._held = engine, keys, list(held)

    def waiting(self) -> frozenset[str]:
        """Operations whose entries have no place yet: to be read before those that have one. Raises LogUnreadable."""
        try:
            with self._engine.connect() as connection:
                wanted = select(log_pending.c.operation_id).where(log_pending.c.operation_id.is_not(None))
                return frozenset(connection.execute(wanted).scalars())
        except SQLAlchemyError as error:
            raise LogUnreadable(str(getattr(error, "orig", None) or error)) from error

    def leaves(self) -> Iterator[Leaf]:
        """All that the last checkpoint covers. They are to be believed when the last has been read. Raises LogBroken,
        LogUnreadable."""
        try:
            with self._engine.connect() as connection:
                yield from self._checked(connection)
        except SQLAlchemyError as error:
            raise LogUnreadable(str(getattr(error, "orig", None) or error)) from error

    def _checked(self, connection: Connection) -> Iterator[Leaf]:
        kept, tree = Kept(connection), Frontier()
        signed = kept.signed()
        checkpoints = [self._believed(one) for one in (*self._held, *([signed] if signed else []))]
        size = checkpoints[-1].size if signed else 0
        if larger := [one.size for one in checkpoints if one.size > size]:
            raise LogBroken(f"a checkpoint of {max(larger)} entries was signed, and {size} are there")
        wanted: dict[int, set[bytes]] = {}
        for one in checkpoints:
            wanted.setdefault(one.size, set()).add(one.root)
        for leaf in kept.leaves(0, size):
            if leaf.position != tree.size:
                break
            # What was let go is there by its hash alone, and says nothing.
            tree.add(leaf_hash(leaf.entry) if leaf.entry else leaf.hash)
            if tree.size in wanted and wanted[tree.size] != {tree.root}:
                raise LogBroken(f"the first {tree.size} entries have another root than was signed")
            if leaf.entry:
                yield leaf
        if tree.size != size:
            raise LogBroken(f"entry {tree.size} is lacking: {size} were signed")

    def _believed(self, text: str) -> Checkpoint:
        try:
            received = note.read(text)
            note.believed(received, self._keys)
            return Checkpoint.read(received.text)
        except NoteWrong as error:
            raise LogBroken(f"a checkpoint is not to be believed: {error}: {text[:60]!r}") from error
