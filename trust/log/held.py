"""The entries of the log, read in the Trust's own database, and held to what was signed."""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Engine, select

from transparency.checkpoint import Checkpoint
from transparency.frontier import Held
from transparency.note import Key, NoteWrong
from transparency.tree import ProofWrong, leaf_hash
from trust.log.kept import Kept, Leaf, LogBroken
from trust.log.published import opened
from trust.tables import log_pending


class HeldEntries:
    """Of the log whose checkpoints are signed by `keys`. `held`: checkpoints that somebody kept elsewhere."""

    def __init__(self, engine: Engine, keys: Sequence[Key], held: Iterable[str] = ()) -> None:
        self._engine, self._keys, self._held = engine, keys, list(held)

    def waiting(self) -> frozenset[str]:
        """Operations whose entries have no place yet: to be read before those that have one. Raises LogUnreadable."""
        with opened(self._engine) as connection:
            wanted = select(log_pending.c.operation_id).where(log_pending.c.operation_id.is_not(None))
            return frozenset(connection.execute(wanted).scalars())

    def leaves(self) -> Iterator[Leaf]:
        """All that the last checkpoint covers. They are to be believed when the last has been read. Raises LogBroken,
        LogUnreadable."""
        with opened(self._engine) as connection:
            try:
                yield from self._checked(Kept(connection))
            except (NoteWrong, ProofWrong) as error:
                raise LogBroken(str(error)) from error

    def _checked(self, kept: Kept) -> Iterator[Leaf]:
        signed = kept.signed()
        others = [Checkpoint.believed(one, self._keys) for one in self._held]
        last = Checkpoint.believed(signed, self._keys) if signed else None
        tree = Held(last, others)
        for leaf in kept.leaves(0, last.size if last else 0):
            if leaf.position != tree.size:
                break
            # What was let go is there by its hash alone, and says nothing.
            tree.add(leaf_hash(leaf.entry) if leaf.entry else leaf.hash)
            if leaf.entry:
                yield leaf
        tree.end()
