"""A tree that grows leaf by leaf, of which only the largest perfect parts are kept: for whoever reads a whole log."""

from transparency.tree import EMPTY, node_hash


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
