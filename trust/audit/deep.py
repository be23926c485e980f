"""The whole record audited: the log as it was signed, the rows as the log has them, and every decision made again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine

from policies.rules import Rules
from transparency.note import Key
from trust.audit.agreed import Agreed
from trust.audit.decided import Again, Counted
from trust.audit.rows import Rows
from trust.audit.told import told
from trust.log.kept import Leaf
from trust.log.published import opened
from trust.log.verify import Audited, Progress, verify


@dataclass
class Deep:
    """What was found: of the log, and besides. `older`: operations from before there was a log; `without_text`: whose
    entries were let go and whose rows are still there. `wrong`: first of the log, then of what it tells."""

    log: Audited
    decided: Counted
    operations: int = 0
    acts: int = 0
    older: int = 0
    without_text: int = 0
    wrong: list[str] = field(default_factory=list[str])


def deep(
    engine: Engine, rules: Rules, keys: Sequence[Key], held: Iterable[str] = (), progress: Progress | None = None
) -> Deep:
    """Audits everything, as it is at one moment. Raises LogUnreadable."""
    with opened(engine) as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")
        else:
            connection.execution_options(isolation_level="REPEATABLE READ")
        return audited(connection, rules, keys, held, progress)


def audited(
    connection: Connection, rules: Rules, keys: Sequence[Key], held: Iterable[str] = (),
    progress: Progress | None = None,
) -> Deep:  # fmt: skip
    """The same, of what an open transaction sees."""
    return _Pass(connection, rules).run(keys, held, progress)


class _Pass:
    def __init__(self, connection: Connection, rules: Rules) -> None:
        self._connection = connection
        self._agreed = Agreed(connection, rules)
        self._again, self._rows = Again(rules, self._agreed), Rows(connection)
        self._found: list[str] = []
        self._operations = self._acts = 0

    def run(self, keys: Sequence[Key], held: Iterable[str], progress: Progress | None) -> Deep:
        log = verify(self._connection, keys, held, progress=progress, seen=self._seen)
        rest = [*self._agreed.contents(), *self._agreed.untold(), *self._rows.rest()]
        wrong = [*log.wrong, *self._found, *rest]
        counts = self._operations, self._acts, self._rows.older, self._rows.without_text
        return Deep(log, self._again.counted, *counts, wrong)

    def _seen(self, leaves: Sequence[Leaf]) -> None:
        entries = [one for leaf in leaves if leaf.entry and (one := told(leaf))]
        for one in entries:
            if one.kind == "act":
                self._acts += 1
                self._found += self._agreed.check(one)
            elif one.kind == "operation":
                self._operations += 1
                self._found += self._again.check(one)
        self._found += self._rows.check([one for one in entries if one.kind != "act"])
