"""The record's rows held to the entries of the log: what was changed, added or taken away since is named."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Row, func, select

from trust.audit.forgetting import FORGOTTEN
from trust.audit.told import Told
from trust.log.entry import called
from trust.log.pending import waiting
from trust.log.people import who
from trust.record import WITHHELD
from trust.tables import agreement_uses, log_leaves, log_pending, operations, people_key, person_keys, refusals

# Columns that say what the entry says by the same name.
SAME = ("organisation", "roles", "purpose", "operation", "epoch")


class Rows:
    """Rows of operations, looked for as the log is read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        keys = connection.execute(select(person_keys)).all()
        self._keys: Mapping[str, bytes] = {row.person: bytes(row.key) for row in keys}
        # Entries of before people were told by a key say whom they are about by what stood for them then.
        self._unkeyed = connection.execute(select(people_key.c.entries)).scalar() or 0
        self._withheld = {body["operation_id"] for body in waiting(connection) if body.get("kind") == WITHHELD}
        self._says_withheld: dict[str, int] = {}
        self._since: datetime | None = None
        self.older = self.without_text = 0

    def check(self, entries: Sequence[Told]) -> Iterator[str]:
        """What the rows of some entries say otherwise."""
        wanted = [one.operation_id for one in entries if one.kind == "operation" and one.operation_id]
        rows = {row.id: row for (row,) in _grouped(self._connection, operations.c.id, wanted).values()}
        refused = _grouped(self._connection, refusals.c.operation_id, wanted)
        used = _grouped(self._connection, agreement_uses.c.operation_id, wanted)
        for told in entries:
            what, row = f"entry {told.position}: operation {told.operation_id}", rows.get(str(told.operation_id))
            if told.body.get("operation_id") != told.operation_id:
                yield f"{what}: the entry is of {told.body.get('operation_id')}"
            elif told.kind == WITHHELD:
                if self._says_withheld.pop(str(told.operation_id), None) is None:
                    yield f"{what} was withheld, and the record does not say so"
            elif told.kind != "operation":
                continue
            elif row is None:
                yield f"{what} is not in the record"
            else:
                self._since = min(self._since or told.at, told.at)
                if row.outcome == WITHHELD != told.body["outcome"]:
                    self._says_withheld[row.id] = told.position
                if other := [*self._other(told, row), *_others(told, row, refused[row.id], used[row.id])]:
                    yield f"{what} is another in the record: {', '.join(other)}"

    def _other(self, told: Told, row: Row[Any]) -> Iterator[str]:
        """Columns of a row that say otherwise than its entry."""
        body = told.body
        yield from (name for name in SAME if getattr(row, name) != body[name])
        yield from (name for name in ("granted", "refused") if not told.says(name, getattr(row, name)))
        if row.at != told.at:
            yield "at"
        if row.outcome not in (body["outcome"], WITHHELD):
            yield "outcome"
        if not told.says("calls", called(row.calls)):
            yield "calls"
        if not self._is_of(told, row.subject):
            yield "subject"

    def _is_of(self, told: Told, person: str) -> bool:
        """Whether an entry is about the person that its row says; taken for so where that cannot be found out. The
        public have no key, and who has one is told by it."""
        if person == FORGOTTEN or told.position < self._unkeyed:
            return True
        return who(person, self._keys.get(person)) == told.body["who"]

    def rest(self) -> Iterator[str]:
        """What is in the record and not in the log; it may be older than the log, or wait for its place."""
        for id, position in self._says_withheld.items():
            if id not in self._withheld:
                yield f"entry {position}: operation {id} is withheld in the record, and the log does not say so"
        logged = select(log_leaves.c.operation_id).where(log_leaves.c.operation_id.is_not(None))
        waits = select(log_pending.c.operation_id).where(log_pending.c.operation_id.is_not(None))
        table = operations.c
        unlogged = select(table.id, table.at).where(table.id.not_in(logged), table.id.not_in(waits))
        for id, at in self._connection.execute(unlogged.order_by(table.at)).all():
            if self._since is None or at < self._since:
                self.older += 1
            else:
                yield f"operation {id} is in the record and not in the log"
        for column in (refusals.c.operation_id, agreement_uses.c.operation_id):
            lost = select(column).where(column.not_in(select(table.id))).distinct().order_by(column)
            for id in self._connection.execute(lost).scalars():
                yield f"{column.table.name} has rows of operation {id}, which is not in the record"
        bare = select(log_leaves.c.operation_id).where(func.length(log_leaves.c.entry) == 0)
        left = select(func.count()).select_from(operations).where(table.id.in_(bare))
        self.without_text = self._connection.execute(left).scalar_one()


def _grouped(connection: Connection, column: Column[str], ids: Sequence[str]) -> Mapping[str, list[Row[Any]]]:
    found: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    if ids:
        for row in connection.execute(select(column.table).where(column.in_(ids))):
            found[getattr(row, column.name)].append(row)
    return found


def _others(told: Told, row: Row[Any], refused: Sequence[Row[Any]], used: Sequence[Row[Any]]) -> Iterator[str]:
    """The tables in which the rows of an operation say otherwise."""
    unmet, uses = {field["coordinate"] for field in told.fields("refused")}, told.body["uses"]
    if {one.coordinate for one in refused} != unmet or not _alike(told, row, refused):
        yield "refusals"
    read = sorted([one.id, one.version, one.figures, one.suppressed] for one in used)
    wanted = [] if row.outcome == WITHHELD else sorted(uses)
    if read != wanted or not _alike(told, row, used):
        yield "agreement_uses"


def _alike(told: Told, row: Row[Any], others: Sequence[Row[Any]]) -> bool:
    """Whether they are of the same moment, organisation and purpose."""
    return {(one.at, one.organisation, one.purpose) for one in others} <= {(told.at, row.organisation, row.purpose)}
