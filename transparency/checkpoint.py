"""Checkpoints of C2SP: which log, how many leaves, and their root. The text of a signed note."""

from base64 import b64encode
from collections.abc import Iterable
from typing import NamedTuple, Self

from transparency import note
from transparency.note import Key, NoteWrong, is_name, unbase64

# Digits of the largest size there can be, 2^63 - 1.
_DIGITS = 19


class Checkpoint(NamedTuple):
    """`origin`: the log's name, a URL without its scheme. `root`: 32 bytes."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    @classmethod
    def read(cls, text: str) -> Self:
        """A checkpoint from a note's text. Raises NoteWrong, for extension lines too: no log that we know has any."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[3]:
            raise NoteWrong("a checkpoint has three lines: origin, size, root")
        root = unbase64(lines[2])
        if not is_name(lines[0]) or len(root) != 32:
            raise NoteWrong("a checkpoint has an origin without spaces, and a root of 32 bytes")
        return cls(lines[0], number_of(lines[1]), root)

    @classmethod
    def signed(cls, text: str | bytes) -> Self:
        """The checkpoint in a note, whoever has signed it. Raises NoteWrong."""
        return cls.read(note.read(text).text)

    @classmethod
    def believed(cls, text: str | bytes, keys: Iterable[Key]) -> Self:
        """The checkpoint in a note that one of these keys has signed. Raises NoteWrong, which says which note."""
        try:
            received = note.read(text)
            note.believed(received, keys)
            return cls.read(received.text)
        except NoteWrong as error:
            raise NoteWrong(f"a checkpoint is not to be believed: {error}: {text[:60]!r}") from error


def number_of(text: str) -> int:
    """A size or an index as it is written: digits, none of them a leading zero. Raises NoteWrong."""
    if not (text.isascii() and text.isdigit()) or len(text) > _DIGITS or str(int(text)) != text or int(text) >> 63:
        raise NoteWrong(f"{text[:100]!r} is no size or index")
    return int(text)
