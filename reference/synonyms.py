"""Words that people use for values, places and measures, and what each means here."""

from functools import cache
from typing import Literal

from reference.packaged import rows


@cache
def synonyms(of: Literal["value", "place", "measure"]) -> dict[str, tuple[str, ...]]:
    """Word or phrase, as written in the table -> values of enums, codes of places or names of measures."""
    return {row["word"]: tuple(row["means"].split()) for row in rows("reference", "synonyms.csv") if row["of"] == of}
