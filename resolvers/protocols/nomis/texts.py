"""The free texts of status Q: which of them somebody has explained, and what they say in markers."""

import re
from collections.abc import Mapping

from reference.figure import Marker, ObservationStatus

# What a figure that is not shown may be marked, and the SDMX status that says the same.
STATUS_OF: Mapping[Marker, ObservationStatus] = {
    Marker.c: ObservationStatus.Q,
    Marker.low: ObservationStatus.N,
    Marker.u: ObservationStatus.Q,
    Marker.x: ObservationStatus.O,
    Marker.z: ObservationStatus.M,
}
# Words of the publisher's own, the same in every dataset. What one dataset says besides is in its source file, and
# goes first.
USUAL: Mapping[str, str] = {
    "disclosive": "c",
    "disclosure": "c",
    "statistically unreliable": "u",
    "estimate is less than 500": "low",
    "value is fewer than 500": "low",
    "missing": "x",
    "not available": "x",
}
Texts = Mapping[re.Pattern[str], Marker]


def read_texts(dataset: Mapping[str, str]) -> Texts:
    """The texts of a dataset, from its table and the usual ones: words of a text, where * stands for any others, and
    the name of the marker."""
    texts: dict[re.Pattern[str], Marker] = {}
    for words, name in (*dataset.items(), *USUAL.items()):
        texts.setdefault(_pattern(words), Marker[name])
    return texts


def meaning(text: str, texts: Texts) -> Marker | None:
    """What a text says: the first words that are in it decide. None where nobody has explained it."""
    plain = _even(text)
    return next((marker for pattern, marker in texts.items() if pattern.search(plain)), None)


def _pattern(words: str) -> re.Pattern[str]:
    """Whole words only: "less than 500" is not in "less than 5000" or "less than 500,000"."""
    written = ".*".join(re.escape(part) for part in _even(words).split("*"))
    return re.compile(rf"(?<!\w){written}(?!\w|[.,]\d)")


def _even(text: str) -> str:
    """A text in which case and white space do not matter."""
    return " ".join(text.casefold().split())
