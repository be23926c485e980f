"""Where a library writes a file to, so that what it has written can be sent on at once."""

import io


class Sink(io.RawIOBase):
    """A file that is written from its beginning to its end, and taken away piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []
        self._at = 0

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        """Keeps a copy of it."""
        piece = bytes(memoryview(data))  # pyright: ignore[reportArgumentType]
        self._pieces.append(piece)
        self._at += len(piece)
        return len(piece)

    def tell(self) -> int:
        """How much has been written."""
        return self._at

    def taken(self) -> bytes:
        """What was written since this was last called."""
        made = b"".join(self._pieces)
        self._pieces.clear()
        return made
