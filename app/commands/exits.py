"""How a command ends."""

from reference.errors import TrustError

DONE, NO, WRONG = 0, 1, 2
# As shells tell of a process ended by a signal: 128 and its number.
INTERRUPTED, UNREAD = 128 + 2, 128 + 13


class Misused(TrustError):
    """Used or configured wrongly: exit code 2."""


class Refused(TrustError):
    """The answer is no: exit code 1."""
