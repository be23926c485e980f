"""Short opaque identifiers, of the look of sqids, which mean nothing outside one major version of a data set."""

from collections.abc import Iterable
from hashlib import blake2b
from string import ascii_letters, digits

ALPHABET = ascii_letters + digits
LENGTH = 5


def identifiers(data_set: str, major: int, kind: str, names: Iterable[str]) -> dict[str, str]:
    """Name -> identifier, all different, the same on every machine and for every version of one major number."""
    given: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        turn = 0
        while (short := _short(f"{data_set} {major} {kind} {name} {turn}")) in taken:
            turn += 1
        taken.add(short)
        given[name] = short
    return given


def _short(text: str) -> str:
    """The same five letters and digits for the same text."""
    number = int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
    letters: list[str] = []
    for _ in range(LENGTH):
        number, letter = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[letter])
    return "".join(letters)
