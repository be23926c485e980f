"""Where agreements are moved and looked at: transactions on the Trust's database."""

from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, contextmanager
from datetime import datetime

from sqlalchemy import Engine, func, select

from policies.agreement import Agreement
from policies.rules import Rules
from trust.agreements import store
from trust.agreements.acts import Acts
from trust.agreements.locks import alone
from trust.agreements.reading import Reading
from trust.agreements.signatures import Seal
from trust.people import People

# What workers on PostgreSQL listen to.
CHANNEL = "agreements"


class Desk:
    """Opens transactions in which agreements are moved."""

    def __init__(self, engine: Engine, rules: Rules, seal: Seal, people: People) -> None:
        self.engine, self._rules, self._seal, self._people = engine, rules, seal, people

    @contextmanager
    def opened(self, now: datetime, operation_id: str) -> Generator[Acts]:
        """Moves, in one transaction of nobody else's beside it, which ends without a trace unless it is committed."""
        with self.engine.connect() as connection:
            alone(connection)
            yield Acts(connection, self._rules, self._seal, self._people, now, operation_id)

    @contextmanager
    def reading(self, acts: Acts | None = None) -> Generator[Reading]:
        """What is kept of agreements, to look at: as it is in an open transaction, or else as it is now."""
        if acts is not None:
            yield Reading(lambda: acts.connection, self._rules, self._people)
            return
        with ExitStack() as stack:
            yield Reading(lambda: stack.enter_context(self.engine.connect()), self._rules, self._people)

    @staticmethod
    def commit(acts: Acts) -> None:
        """Keeps what was moved, and tells every worker."""
        if acts.moved and acts.connection.dialect.name == "postgresql":
            acts.connection.execute(select(func.pg_notify(CHANNEL, "")))
        acts.connection.commit()

    def begin(self, agreements: Callable[[], Iterable[Agreement]], now: datetime) -> None:
        """What a new Trust starts with, unless it has agreements already. Publishes the key that events are signed
        with."""
        with self.opened(now, "") as acts:
            store.keep_key(acts.connection, self._seal.key.kid, self._seal.key.public)
            if not store.epoch(acts.connection):
                acts.steps.import_all((one.record, one.status, one.content_hash) for one in agreements())
            self.commit(acts)

    def happened(self, operation_id: str) -> bool:
        """Whether an operation has moved anything: found out where a commit was not confirmed."""
        with self.engine.connect() as connection:
            return store.of_operation(connection, operation_id)
