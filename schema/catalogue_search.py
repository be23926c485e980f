"""Measures by what people call them: words of their names and texts, synonyms, misspellings."""

from collections.abc import Mapping
from functools import cache

from reference.measure import Measure
from reference.spelling import Spelling, stem, words
from reference.synonyms import synonyms
from schema.measures import MEASURES

# Letters of a text, and words of it, that are looked at: a caller may send many.
LONGEST, WORDS = 120, 6
_LITTLE = frozenset(
    ("&", "a", "an", "and", "at", "by", "for", "how", "in", "many", "much", "of", "on", "or", "the", "to")
)


class Search:
    """The measures, by the beginnings of their words and by synonyms."""

    def __init__(self, measures: Mapping[str, Measure]) -> None:
        self._measures = measures
        self._texts = {name: f" {' '.join(_vocabulary(measure))} " for name, measure in measures.items()}
        self._single: dict[str, frozenset[str]] = {}
        self._phrases: dict[str, frozenset[str]] = {}
        for word, names in synonyms("measure").items():
            of = self._phrases if " " in word else self._single
            of[word] = frozenset(name for name in names if name in measures)
        known = (word for measure in measures.values() for word in _vocabulary(measure) if len(word) > 3)
        self._spelling = Spelling((*known, *self._single))
        self._names = Spelling(name.casefold() for name in measures)

    def find(self, text: str) -> list[str]:
        """Names of the measures that every word of a text speaks of, in the order of the model."""
        left = f" {' '.join(stem(word) for word in words(text[:LONGEST]))} "
        matches: list[frozenset[str]] = []
        for phrase, names in self._phrases.items():
            if f" {phrase} " in left:
                matches.append(names)
                left = left.replace(f" {phrase} ", " ")
        matches += [self._of(word) for word in left.split()[:WORDS] if word not in _LITTLE]
        return [name for name in self._measures if all(name in match for match in matches)]

    def nearest(self, name: str, count: int = 5) -> list[str]:
        """Names of the measures that a misspelt name, a title or a word of the trade may mean."""
        real = {known.casefold(): known for known in self._measures}
        near = [real[known] for known in self._names.like(name[:LONGEST].strip().casefold())]
        split = " ".join(_camel(name[:LONGEST]))
        titled = [known for known, measure in self._measures.items() if words(measure.title) == words(split)]
        return (near or titled or (self.find(split) if words(split) else []))[:count]

    def _of(self, word: str) -> frozenset[str]:
        """The measures that one word speaks of: by what begins so, by synonym, else by how it is spelt."""
        begun = frozenset(name for name, text in self._texts.items() if f" {word}" in text)
        if matched := begun | self._single.get(word, frozenset()):
            return matched
        for known in self._spelling.like(word):
            if matched := self._single.get(known) or frozenset(
                name for name, text in self._texts.items() if f" {known} " in text
            ):
                return matched
        return frozenset()


def _vocabulary(measure: Measure) -> list[str]:
    terms = [*words(measure.name), *_camel(measure.name), *words(f"{measure.title} {measure.description}")]
    return [*terms, *map(stem, terms)]


def _camel(name: str) -> list[str]:
    """The words of a name such as claimantCount, in small letters."""
    return words("".join(f" {letter}" if letter.isupper() else letter for letter in name))


@cache
def measure_search() -> Search:
    """The search of the model's measures, indexed once."""
    return Search(MEASURES)
