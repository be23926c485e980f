"""Places by what people write for them: names in part or misspelt, codes mistyped, codes and names of other times."""

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from reference.area import VINTAGE, Area, Gazetteer, gazetteer
from reference.spelling import Spelling, words
from reference.synonyms import synonyms
from reference.vintage import Successor, Vintage, history

# Letters of a text, and words of it that weigh, that are looked at: a caller may send many.
LONGEST, WORDS = 64, 3
# A code that is cut short stands for every code that begins so, if there are no more than regions.
BEGUN = 9
_CODE = re.compile(r"([A-Z])([0-9]{2})([0-9]{4,8})", re.ASCII)
# Letters that are taken for digits.
_DIGITS = str.maketrans("OIL", "011")
_LITTLE = frozenset(("and", "city", "county", "of", "on", "in", "le", "the", "under", "upon"))
_US = Vintage.parse(VINTAGE)
_ALWAYS = Vintage(9999, 12)


class Near(NamedTuple):
    """The places that a text may mean, the likeliest first. `words`: what became of a place of another time."""

    areas: tuple[Area, ...]
    words: str = ""


class PlaceNames:
    """Every place by the words of its name, those of its predecessors, and by its code."""

    def __init__(self, places: Gazetteer) -> None:
        self._places = places
        self._codes = Spelling(area.code for area in places)
        self._whole: dict[str, str] = {}
        self._size: dict[str, int] = {}
        self._holding: dict[str, dict[str, None]] = {}
        self._former: dict[str, Successor] = {}
        for area in sorted(places, key=lambda area: (-area.level.rank, area.code)):
            self._enter(area.code, area.name)
        for name, codes in synonyms("place").items():
            for code in codes:
                self._enter(code, name)
        for name, successor in history().former(_US):
            codes = tuple(code for code in successor.codes if code in places)
            if codes and " ".join(words(name)) not in self._whole:
                self._former.setdefault(" ".join(words(name)), Successor(successor.words, codes))
        self._spelling = Spelling((*self._holding, *self._former))

    def _enter(self, code: str, name: str) -> None:
        """Indexes one name of a place. A place is as long as its first name, which is its own."""
        whole = words(name)
        self._whole.setdefault(" ".join(whole), code)
        weighty = frozenset(whole) - _LITTLE or frozenset(whole)
        self._size.setdefault(code, len(weighty))
        for word in weighty:
            self._holding.setdefault(word, {})[code] = None

    def near(self, text: str, count: int = 3) -> Near:
        """The places that a text which is no code of ours may mean; none, where it is like nothing we know."""
        text = text[:LONGEST]
        code = "".join(letter for letter in text.upper() if letter.isalnum())
        likely = f"{code[:1]}{code[1:].translate(_DIGITS)}"
        if _CODE.fullmatch(likely):
            return self._like_code(likely, count)
        return self._named(text, count)

    def search(self, text: str, count: int) -> tuple[Area, ...]:
        """The places to list for a text: those that it means, then those whose names share its rarest words."""
        return self._search(text[:LONGEST], count)

    @lru_cache(256)  # noqa: B019 - there is one index, and it lives as long as the process
    def _search(self, text: str, count: int) -> tuple[Area, ...]:
        near = self.near(text, count).areas
        return tuple(dict.fromkeys((*near, *self._sharing(words(text), count))))[:count]

    def _like_code(self, code: str, count: int) -> Near:
        """The places that a text in the shape of a GSS code may mean: a code itself, its successors, its beginning, a
        slip."""
        if code in self._places:
            return Near((self._places[code],))
        for at in (_US, _ALWAYS):
            successor = history().successor(code, at)
            if successor and (areas := self._known(successor.codes)):
                return Near(areas, successor.words)
        kind, number = code[:3], code[3:]
        if (counted := f"{kind}{int(number):06d}") in self._places:
            return Near((self._places[counted],))
        begun = [area for area in self._places if area.code.startswith(code)]
        if 0 < len(begun) <= BEGUN:
            return Near(tuple(begun))
        return Near(self._known(self._codes.like(code, count, 0.85)))

    def _named(self, text: str, count: int) -> Near:
        """The places whose names have most of the rarest words of a text."""
        whole = words(text)
        if code := self._whole.get(" ".join(whole)):
            return Near((self._places[code],))
        if former := self._former.get(" ".join(whole)):
            return Near(self._known(former.codes), former.words)
        if areas := self._sharing(whole, count):
            return Near(areas)
        alike = self._spelling.like(" ".join(whole)) if len(whole) <= WORDS else []
        alike = (self._former[name] for name in alike if name in self._former)
        former = next(alike, Successor("", ()))
        return Near(self._known(former.codes), former.words)

    def _sharing(self, whole: Sequence[str], count: int) -> tuple[Area, ...]:
        """The places whose names have most of the rarest of some words, the likeliest first."""
        weights: dict[str, float] = {}
        for word in [word for word in whole if word not in _LITTLE][:WORDS]:
            for code, weight in self._holders(word).items():
                weights[code] = weights.get(code, 0) + weight
        likely = max(weights.values(), default=0) / 2
        codes = [code for code, weight in weights.items() if weight > likely]
        codes.sort(key=lambda code: (-weights[code], self._size[code], -self._places[code].level.rank, code))
        return self._known(codes[:count])

    def _holders(self, word: str) -> dict[str, float]:
        """Code of every place with a word in its name -> how much the word says: the rarer, the more."""
        known = (
            [word]
            if word in self._holding
            else [spelling for spelling in self._spelling.like(word) if spelling in self._holding]
        )
        if not known and len(word) >= 4:
            known = [spelling for spelling in self._holding if spelling.startswith(word)]
        return {code: 1 / len(self._holding[spelling]) for spelling in known for code in self._holding[spelling]}

    def _known(self, codes: Iterable[str]) -> tuple[Area, ...]:
        """The places of these codes, without those that are not ours."""
        return tuple(self._places[code] for code in codes if code in self._places)


@cache
def place_names() -> PlaceNames:
    """The names of the places of April 2023, indexed once."""
    return PlaceNames(gazetteer())
