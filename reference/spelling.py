"""Words told by their letters: which known words a misspelt one may be, without comparing it with each of them."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from itertools import combinations

# A longer word is read so far; of words up to this long two letters may be wrong; so many are compared in full.
LONGEST, DOUBLY, COMPARED = 40, 9, 3
_PARTS = re.compile(r"[^a-z0-9&]+")
_SILENT = re.compile(r"['’.]")


def words(text: str) -> list[str]:
    """The words of a text, in small letters without accents, apostrophes and full stops."""
    plain = unicodedata.normalize("NFKD", _SILENT.sub("", text.casefold()))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return [word for word in _PARTS.split(plain) if word]


def stem(word: str) -> str:
    """A word without the ending that makes it a plural."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


class Spelling:
    """Known words, by what is left of each when one or two letters are dropped. Two words that differ by a letter or
    two, whether wrong, missing, doubled or swapped, have something left in common."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known: dict[str, list[str]] = {}
        for word in dict.fromkeys(known):
            for left in _dropped(word):
                self._known.setdefault(left, []).append(word)

    def like(self, word: str, count: int = 3, cutoff: float = 0.75) -> list[str]:
        """Known words spelt like this one, the most alike first; itself alone, if it is known. `cutoff`: how much
        of the letters must agree, from 0 to 1."""
        word = word[:LONGEST]
        shared = Counter(known for left in _dropped(word) for known in self._known.get(left, ()))
        if word in shared:
            return [word]
        compare = SequenceMatcher(b=word, autojunk=False)
        ranked: list[tuple[float, str]] = []
        for known, _ in shared.most_common(COMPARED):
            compare.set_seq1(known)
            ranked.append((-compare.ratio(), known))
        return [known for unlike, known in sorted(ranked) if -unlike >= cutoff][:count]


def _dropped(word: str) -> Iterator[str]:
    """What is left of a word without up to two of its letters. Short words lose one at most, or none, and so do
    long ones, of which two can be left out in too many ways."""
    yield word
    most = 1 if len(word) > DOUBLY else min(2, len(word) // 3)
    for count in range(1, most + 1):
        yield from {"".join(kept) for kept in combinations(word, len(word) - count)}
