"""A tree that grows leaf by leaf, of which only the largest perfect parts are kept: for whoever reads a whole log."""

from collections.abc import Iterable

from transparency.checkpoint import Checkpoint
from transparency.tree import EMPTY, ProofWrong, node_hash


class Frontier:
    """The first `size` leaves."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks = list[tuple[int, bytes]]()

    def add(self, leaf: bytes) -> None:
        """One leaf more, by its hash."""
        level = 0
        while self._peaks and self._peaks[-1][0] == level:
            level, leaf = level + 1, node_hash(self._peaks.pop()[1], leaf)
        self._peaks.append((level, leaf))
        self.size += 1

    @property
    def root(self) -> bytes:
        """Their root."""
        if not self._peaks:
            return EMPTY
        root = self._peaks[-1][1]
        for _, left in reversed(self._peaks[:-1]):
            root = node_hash(left, root)
        return root


class Held(Frontier):
    """A tree that is to be that of every one of some checkpoints, on its way to the `last` of them."""

    def __init__(self, last: Checkpoint | None, others: Iterable[Checkpoint]) -> None:
        """Raises ProofWrong where another is larger than the last."""
        super().__init__()
        self._end = last.size if last else 0
        self._roots: dict[int, set[bytes]] = {}
        for one in (*([last] if last else ()), *others):
            self._roots.setdefault(one.size, set()).add(one.root)
        if (largest := max(self._roots, default=0)) > self._end:
            raise ProofWrong(f"a checkpoint of {largest} entries was signed, and {self._end} are there")

    def add(self, leaf: bytes) -> None:
        """One leaf more, by its hash. Raises ProofWrong where the tree is not that of a checkpoint then."""
        super().add(leaf)
        if self.size in self._roots and self._roots[self.size] != {self.root}:
            raise ProofWrong(f"the first {self.size} entries have another root than was signed")

    def end(self) -> None:
        """Raises ProofWrong where there are not all the leaves that were signed."""
        if self.size != self._end:
            raise ProofWrong(f"entry {self.size} is lacking: {self._end} were signed")
