"""Who may say what became of a transaction: the thread that writes it, or those who wait for it."""

from threading import Lock


class Commitment:
    """Whether a batch is committed or given up: settled once, between the thread that writes and the side that waits.

    So the record never says of an operation that it was answered when its caller has been told that it was not.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._given_up = self._begun = self._over = False

    def begin(self) -> bool:
        """The thread is about to commit. False: nobody waits any more, so it must not."""
        with self._lock:
            self._begun = not self._given_up
            return self._begun

    def over(self) -> bool:
        """The commit is over. False: the wait ended while it ran, so the callers have been told that it failed."""
        with self._lock:
            self._over = True
            return not self._given_up

    def give_up(self, *, committing: bool = False) -> bool:
        """The wait is over. False: the commit has begun, or with `committing`, is over: its result counts."""
        with self._lock:
            if self._over if committing else self._begun:
                return False
            self._given_up = True
            return True
