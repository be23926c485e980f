"""What may be done to the Trust's database by who can write to it: each thing as a drill does it to a copy."""

import random
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Table, delete, func, insert, select, update

from policies.agreement_content import content_hash
from transparency import note, tree
from transparency.checkpoint import Checkpoint
from transparency.note import Note
from transparency.signing_key import SigningKey
from trust.log.entry import canonical
from trust.log.kept import Kept
from trust.tables import (
    agreement_events,
    agreement_uses,
    agreement_versions,
    log_checkpoints,
    log_hashes,
    log_leaves,
    log_witnessed,
    operations,
    refusals,
)

# Entries from the end among which a log is cut.
TAIL = 1_000


@dataclass
class Copy:
    """A copy that is harmed. `key`: the log's own, where whoever harms it has that as well; `other`: any other."""

    connection: Connection
    chance: random.Random
    key: SigningKey | None
    other: SigningKey

    @property
    def size(self) -> int:
        """How many entries there are."""
        return Kept(self.connection).size()

    def one(self, table: Table) -> Any:
        """Any row of a table; None where there is none."""
        count = self.connection.execute(select(func.count()).select_from(table)).scalar_one()
        if not count:
            return None
        ordered = select(table).order_by(*table.primary_key.columns)
        return self.connection.execute(ordered.offset(self.chance.randrange(count)).limit(1)).one()

    def change(self, table: Table, row: Any, **values: Any) -> str:
        """Changes a row, and says which."""
        self.connection.execute(update(table).where(*_which(table, row)).values(**values))
        return _named(table, row)

    def drop(self, table: Table, row: Any) -> str:
        """Deletes a row, and says which."""
        self.connection.execute(delete(table).where(*_which(table, row)))
        return _named(table, row)


def _which(table: Table, row: Any) -> Sequence[Any]:
    return [column == getattr(row, column.name) for column in table.primary_key.columns]


def _named(table: Table, row: Any) -> str:
    return " ".join((str(table.name), *(str(getattr(row, column.name)) for column in table.primary_key.columns)))


class Harm(NamedTuple):
    """A harm in words, and how it is done: it returns where it was done, or none where there is nothing to harm."""

    what: str
    do: Callable[[Copy], str | None]


Place = Callable[[Copy], int]


def _first(_: Copy) -> int:
    return 0


def _last(copy: Copy) -> int:
    return copy.size - 1


def _anywhere(copy: Copy) -> int:
    return copy.chance.randrange(copy.size)


def _leaf(copy: Copy, position: int) -> Any:
    return copy.connection.execute(select(log_leaves).where(log_leaves.c.position == position)).one()


def _flipped(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(8 * len(data))
    return data[: at // 8] + bytes([data[at // 8] ^ 1 << at % 8]) + data[at // 8 + 1 :]


def _flip(place: Place) -> Callable[[Copy], str | None]:
    def do(copy: Copy) -> str | None:
        row = _leaf(copy, place(copy))
        return copy.change(log_leaves, row, entry=_flipped(row.entry, copy.chance)) if row.entry else None

    return do


def _flip_part(copy: Copy) -> str | None:
    row = _leaf(copy, _anywhere(copy))
    return copy.change(log_leaves, row, parts=_flipped(row.parts, copy.chance)) if row.parts else None


def _drop_part(copy: Copy) -> str | None:
    row = _leaf(copy, _anywhere(copy))
    return copy.change(log_leaves, row, parts=row.parts.rpartition(b"\n")[0]) if row.parts else None


def _drop(place: Place) -> Callable[[Copy], str]:
    return lambda copy: copy.drop(log_leaves, _leaf(copy, place(copy)))


def _swap(copy: Copy) -> str | None:
    if copy.size < 2:
        return None
    one, other = (_leaf(copy, at) for at in sorted(copy.chance.sample(range(copy.size), 2)))
    for row, by in ((one, other), (other, one)):
        copy.change(log_leaves, row, entry=by.entry, hash=by.hash, operation_id=by.operation_id, parts=by.parts)
    return f"log_leaves {one.position} and {other.position}"


def _insert(copy: Copy) -> str:
    row = {**_leaf(copy, _anywhere(copy))._asdict(), "position": copy.size}
    copy.connection.execute(insert(log_leaves).values(**row))
    return f"log_leaves {row['position']}"


def _truncate(copy: Copy) -> str:
    size = copy.size - max(1, copy.size // 10)
    copy.connection.execute(delete(log_leaves).where(log_leaves.c.position >= size))
    return f"log_leaves from {size}"


def _leaf_hash(copy: Copy) -> str:
    row = _leaf(copy, _anywhere(copy))
    return copy.change(log_leaves, row, hash=_flipped(row.hash, copy.chance))


def _tile_hash(copy: Copy) -> str | None:
    row = copy.one(log_hashes)
    return row and copy.change(log_hashes, row, hash=_flipped(row.hash, copy.chance))


def _rewrite(copy: Copy) -> str | None:
    row = _leaf(copy, _anywhere(copy))
    if not row.entry:
        return None
    entry = canonical({**orjson.loads(row.entry), "at": "2020-01-01T00:00:00+00:00"})
    where = copy.change(log_leaves, row, entry=entry, hash=tree.leaf_hash(entry))
    _tree_anew(copy)
    return where


def _let_go(copy: Copy) -> str | None:
    row = _leaf(copy, _last(copy))
    return copy.change(log_leaves, row, entry=b"", parts=None) if row.entry else None


def _checkpoint_root(copy: Copy) -> str:
    row = copy.one(log_checkpoints)
    root = Checkpoint.signed(row.signed).root
    was, now = (b64encode(one).decode() for one in (root, _flipped(root, copy.chance)))
    return copy.change(log_checkpoints, row, signed=row.signed.replace(was, now))


def _checkpoint_signature(copy: Copy) -> str:
    row = copy.one(log_checkpoints)
    received = note.read(row.signed)
    signatures = [one._replace(signature=_flipped(one.signature, copy.chance)) for one in received.signatures]
    return copy.change(log_checkpoints, row, signed=str(Note(received.text, signatures)))


def _cut(whose: Callable[[Copy], SigningKey | None]) -> Callable[[Copy], str | None]:
    """The last operations, with all that was recorded of them; what is left is signed as if it were all there was."""

    def do(copy: Copy) -> str | None:
        key, size, connection = whose(copy), _uneventful(copy), copy.connection
        signed = Kept(connection).checkpoint()
        if key is None or size is None or signed is None:
            return None
        gone = log_leaves.c.position >= size
        ids = [id for id in connection.execute(select(log_leaves.c.operation_id).where(gone)).scalars() if id]
        for column in (operations.c.id, refusals.c.operation_id, agreement_uses.c.operation_id):
            connection.execute(delete(column.table).where(column.in_(ids)))
        connection.execute(delete(log_leaves).where(gone))
        for signed_over in (log_checkpoints.c.size, log_witnessed.c.size):
            connection.execute(delete(signed_over.table).where(signed_over >= size))
        _tree_anew(copy)
        text = str(Checkpoint(signed.origin, size, tree.root(size, Kept(connection).hash_at)))
        made = str(Note(text, [note.sign(text, signed.origin, key)]))
        connection.execute(insert(log_checkpoints).values(size=size, signed=made))
        return f"log_leaves from {size}"

    return do


def _uneventful(copy: Copy) -> int | None:
    """A place from which on there are operations alone: anything else would be missed elsewhere."""
    size = copy.size
    begin = max(1, size - TAIL)
    for leaf in reversed(list(Kept(copy.connection).leaves(begin, size))):
        if not leaf.entry or orjson.loads(leaf.entry)["kind"] != "operation":
            begin = leaf.position + 1
            break
    return begin if begin < size else None


def _tree_anew(copy: Copy) -> None:
    connection = copy.connection
    hashes = connection.execute(select(log_leaves.c.hash).order_by(log_leaves.c.position)).scalars()
    made = tree.grown(0, [bytes(one) for one in hashes], _nothing_before)
    connection.execute(delete(log_hashes))
    above = [{"level": level, "position": at, "hash": one} for (level, at), one in made.items() if level]
    if above:
        connection.execute(insert(log_hashes), above)


def _nothing_before(level: int, first: int, count: int) -> Sequence[bytes]:
    assert not count, f"level {level} is made from its beginning, and not from {first}"
    return []


def _content(copy: Copy) -> str | None:
    row = copy.one(agreement_versions)
    return row and copy.change(agreement_versions, row, content={**row.content, "title": "Another"})


def _content_and_hash(copy: Copy) -> str | None:
    row = copy.one(agreement_versions)
    if not row:
        return None
    changed = {**row.content, "title": "Another"}
    return copy.change(agreement_versions, row, content=changed, content_hash=content_hash(changed))


def _state(copy: Copy) -> str | None:
    row = copy.one(agreement_versions)
    return row and copy.change(agreement_versions, row, state="ACTIVE" if row.state != "ACTIVE" else "SUSPENDED")


def row_changed(table: Table, **values: Any) -> Callable[[Copy], str | None]:
    """Changes any row of a table."""

    def do(copy: Copy) -> str | None:
        row = copy.one(table)
        return row and copy.change(table, row, **values)

    return do


def row_dropped(table: Table) -> Callable[[Copy], str | None]:
    """Takes away any row of a table."""

    def do(copy: Copy) -> str | None:
        row = copy.one(table)
        return row and copy.drop(table, row)

    return do


def _row_planted(copy: Copy) -> str | None:
    row = copy.one(operations)
    if not row:
        return None
    latest = copy.connection.execute(select(func.max(operations.c.at))).scalar_one()
    copy.connection.execute(insert(operations).values(**{**row._asdict(), "id": "planted", "at": latest}))
    return "operations planted"


HARMS: Sequence[Harm] = (
    Harm("flips a bit of the first entry", _flip(_first)),
    Harm("flips a bit of the last entry", _flip(_last)),
    Harm("flips a bit of any entry", _flip(_anywhere)),
    Harm("flips a bit of a part of any entry", _flip_part),
    Harm("drops a part of any entry", _drop_part),
    Harm("drops any entry", _drop(_anywhere)),
    Harm("drops the last entry", _drop(_last)),
    Harm("swaps two entries", _swap),
    Harm("puts an entry in after the last", _insert),
    Harm("truncates the log", _truncate),
    Harm("changes the hash of an entry", _leaf_hash),
    Harm("changes a hash of the tree", _tile_hash),
    Harm("rewrites an entry and all hashes over it", _rewrite),
    Harm("lets the text of an entry go, untold", _let_go),
    Harm("changes the root in a checkpoint", _checkpoint_root),
    Harm("changes the signature of a checkpoint", _checkpoint_signature),
    Harm("cuts the log, signs it anew with another key", _cut(lambda copy: copy.other)),
    Harm("cuts the log, signs it anew with its own key", _cut(lambda copy: copy.key)),
    Harm("changes what an agreement says", _content),
    Harm("changes what an agreement says, and its hash", _content_and_hash),
    Harm("changes the state of an agreement", _state),
    Harm("changes an act", row_changed(agreement_events, comment="Otherwise.")),
    Harm("drops an act", row_dropped(agreement_events)),
    Harm("changes whose an operation was", row_changed(operations, organisation="SOMEBODY")),
    Harm("changes what was granted", row_changed(operations, granted=[{"coordinate": "LabourMarket.businesses"}])),
    Harm("drops an operation", row_dropped(operations)),
    Harm("plants an operation", _row_planted),
    Harm("changes a refusal", row_changed(refusals, purpose="another")),
    Harm("drops a refusal", row_dropped(refusals)),
    Harm("changes a use of an agreement", row_changed(agreement_uses, figures=123_456_789)),
    Harm("drops a use of an agreement", row_dropped(agreement_uses)),
)
