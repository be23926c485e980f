"""Drafts of the agreements that would allow what a query is refused, and the questions that each still asks."""

from collections.abc import Iterable
from typing import Any

from app.operation import GraphQLRequest
from policies.book import Book
from policies.decision import Refusal
from policies.drafting import draft, owners
from policies.questions import questions
from policies.rules import Rules
from resolvers.plan import PlannedField
from trust.agreements.life import Party, parties

# What a draft gets when it is proposed, for its content to be checked without.
_NUMBERED = {"id": "DSA-000", "version": 1}


def drafts(rules: Rules, book: Book, request: GraphQLRequest, planned: Iterable[PlannedField]) -> list[dict[str, Any]]:
    """For each owner that refuses something of a query a draft of what would allow it: its `content`, and its
    `questions` as the schema has them. None for a caller who may not propose one."""
    caller = request.caller
    refusals = [field.decision for field in planned if isinstance(field.decision, Refusal)]
    wanted = [refusal.wanted for refusal in refusals if refusal.wanted is not None]
    found: list[dict[str, Any]] = []
    for owner in sorted({owner for one in wanted for owner in owners(rules, one, caller.organisation)}):
        if Party.CONSUMER not in parties(caller, owner, caller.organisation or ""):
            continue
        content = draft(rules, book, caller, request.purpose, wanted, owner, request.now)
        asked = [
            {
                "key": one.key, "text": one.text, "allowed": one.allowed, "answered": one.answered,
                "problem": one.problem or None,
            }
            for one in questions({**content, **_NUMBERED}, rules.known)
        ]  # fmt: skip
        found.append({"owner": owner, "content": content, "questions": asked})
    return found
