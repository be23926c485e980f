"""The one root of the Trust's own errors. What a caller is told has its code in docs/errors.md."""


class TrustError(Exception):
    """An error that the Trust raises itself; anything else is a mistake of ours, and masked."""

    __slots__ = ()
