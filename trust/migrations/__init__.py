"""The steps that bring a database from one version of the tables to the next, in order.

A step is never changed once it has been released; a change to the tables is a new step.
"""

from collections.abc import Callable

from sqlalchemy import Connection

from trust.tables import operations


def first(connection: Connection) -> None:
    """The record of operations."""
    operations.create(connection, checkfirst=True)


STEPS: tuple[Callable[[Connection], None], ...] = (first,)
