"""What the resolvers of one request may see: frozen, one for each request."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import strawberry
from graphql import GraphQLError
from graphql.pyutils import Path

from policies.agreement import Agreement
from policies.book import Book
from policies.caller import Caller
from policies.decision import AgreementRef, Refusal
from policies.rules import Rules
from reference.area import Gazetteer
from resolvers.catalogue import Catalogue
from resolvers.extents import Extents
from schema.rows import AnswerGrid
from schema.selection import PageWindow
from trust.agreements.acts import Acts
from trust.agreements.reading import Reading
from trust.demand.misses import MissKind


@dataclass(frozen=True, slots=True)
class SampleCounts:
    """Figures of a sample that would newly be visible or suppressed, and what the sample was of."""

    figures: int
    suppressed: int
    words: str


# By agreement and version.
Samples = Mapping[tuple[str, int], SampleCounts]


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks, what was stitched for them, and the books to look things up in. `kept`: what is kept of agreements;
    `acts`: moves them, in a mutation; `samples`: what would newly be visible, by agreement and version; `refused`: what
    of another query would be refused; `unfound`: counts a word that led to no measure."""

    caller: Caller
    purpose: str | None
    now: datetime
    gazetteer: Gazetteer
    catalogue: Catalogue
    extents: Extents
    rules: Rules
    book: Book
    agreements: Mapping[AgreementRef, Agreement]
    grids: Mapping[tuple[str, ...], AnswerGrid]
    pages: Mapping[tuple[str, ...], PageWindow]
    errors: Mapping[tuple[str, ...], GraphQLError]
    kept: Reading
    acts: Acts | None
    samples: Samples
    refused: Callable[[str, Mapping[str, Any] | None], Sequence[Refusal]]
    unfound: Callable[[MissKind, str], None] = lambda kind, word: None


def context(info: strawberry.Info) -> Context:
    """The request's context, typed."""
    return cast(Context, info.context)


def key(info: strawberry.Info) -> tuple[str, ...]:
    """Response keys down to this field, without list indices."""
    keys: list[str] = []
    path: Path | None = info.path
    while path is not None:
        if isinstance(path.key, str):
            keys.append(path.key)
        path = path.prev
    return tuple(reversed(keys))
