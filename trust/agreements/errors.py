"""Why a move of an agreement was not made."""

from collections.abc import Sequence
from typing import NamedTuple

from policies.questions import Question
from reference.errors import TrustError
from trust.agreements.version import Event


class AllowedMove(NamedTuple):
    """A move that may be made now, and by whom."""

    move: str
    by: tuple[str, ...]


class MoveRefused(TrustError):
    """The move is not one that this caller may make of the agreement as it is. `allowed`: those that anybody may make
    now."""

    def __init__(self, message: str, allowed: Sequence[AllowedMove] = ()) -> None:
        super().__init__(message)
        self.allowed = tuple(allowed)


class Conflict(TrustError):
    """Somebody else was quicker. `organisation`, `subject` and `at`: who it was, and when."""

    def __init__(self, message: str, last: Event) -> None:
        super().__init__(message)
        self.organisation, self.subject, self.at = last.organisation, last.subject, last.at
        self.version, self.state = last.version, last.after


class Incomplete(TrustError):
    """The agreement cannot go on as it is. `missing`: every question that is not answered, or wrongly."""

    def __init__(self, message: str, missing: Sequence[Question]) -> None:
        super().__init__(message)
        self.missing = tuple(missing)


class NotThere(TrustError):
    """There is no such agreement, or it is none of the caller's business: which of the two is not told."""


class TermsRefused(TrustError):
    """Terms that cannot be taken: says which and why."""
