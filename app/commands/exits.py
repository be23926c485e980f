"""How a command ends."""

DONE, NO, WRONG = 0, 1, 2
# As shells tell of a process ended by a signal: 128 and its number.
INTERRUPTED, UNREAD = 128 + 2, 128 + 13


class Misused(Exception):
    """Used or configured wrongly: exit code 2."""


class Refused(Exception):
    """The answer is no: exit code 1."""
