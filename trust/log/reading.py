"""Entries for those who may read them: as receipts, and one after the other."""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, select

from policies.caller import Caller
from transparency import tree
from transparency.checkpoint import Checkpoint
from transparency.proof import Proof
from trust.log.kept import Kept, Leaf
from trust.log.receipt import Receipt
from trust.log.views import Reader, reader, seen, seen_act, seen_after
from trust.tables import log_pending


class Found(NamedTuple):
    """What of an operation, or at a place, somebody may read. `more`: something of it has no place yet."""

    receipts: list[Receipt]
    more: bool


def of_operation(connection: Connection, caller: Caller, person: str | None, id: str, *, witnessed: bool) -> Found:
    """All that the log says of an operation. `witnessed`: what no witness has cosigned has no place yet."""
    # In this order: what is placed meanwhile is among the leaves.
    waits = connection.execute(select(log_pending).where(log_pending.c.operation_id == id)).all()
    kept = Kept(connection)
    leaves, who = kept.of_operation(id), reader(connection, caller, person, id)
    receipts = list(_receipts(connection, kept, leaves, who))
    if receipts or not waits:
        late = bool(waits) or _is_half(receipts) or (witnessed and _is_unseen(kept, receipts))
        return Found(receipts, bool(receipts) and late)
    return Found([], any(_may_see(connection, row, who) for row in waits))


def _is_half(receipts: list[Receipt]) -> bool:
    """Whether an operation was answered in chunks, and its entry about that is not there yet."""
    said = [one.said for one in receipts]
    sending = any(one["kind"] == "operation" and one["outcome"] == "answered" and not one["answer"] for one in said)
    return sending and not any(one["kind"] in ("released", "withheld") for one in said)


def _is_unseen(kept: Kept, receipts: list[Receipt]) -> bool:
    """Whether there is one that no quorum of witnesses has seen yet."""
    return any(kept.witnessed(Proof.read(one.proof).index + 1) is None for one in receipts)


def at_place(connection: Connection, caller: Caller, person: str | None, position: int, *, witnessed: bool) -> Found:
    """The entry at a place of the log."""
    kept = Kept(connection)
    leaves = list(kept.leaves(position, position + 1))
    receipts = list(_receipts(connection, kept, leaves, reader(connection, caller, person)))
    return Found(receipts, witnessed and _is_unseen(kept, receipts))


def lines(connection: Connection, caller: Caller, person: str | None, first: int, count: int) -> Iterator[bytes]:
    """The entries that a caller may read from one place on, among so many, a line of JSON each:

    {"entry": TEXT, "index": NUMBER, "leaf": BASE64, "opened": [TEXT, ...]}

    `entry`: the text that `leaf` is the hash of (RFC 6962), which is the one in the tile of level 0. `opened`: those
    parts of the entry that the caller may see, each a text whose SHA-256, in hexadecimal, is in the entry. Both are
    JSON objects in canonical form. Of an operation a department is shown the parts {"part": "decisions", "owner",
    "granted", "refused", "salt"}, {"part": "uses", "owner", "uses", "salt"} where something was read under its
    agreements, and, where it was asked, {"part": "calls", "owner", "calls": [{"bytes", "dataset", "jti", "method",
    "shared", "status"}, ...], "salt"}. The entry itself has "kind", "operation_id", "at", "outcome",
    "organisation", "purpose" and "roles". Places of entries that the caller may not read are left out.
    """
    kept = Kept(connection)
    leaves = list(kept.leaves(first, first + count))
    for leaf, opened in _seen(connection, kept, leaves, reader(connection, caller, person)):
        line = {"entry": leaf.entry.decode(), "index": leaf.position, "leaf": b64encode(leaf.hash).decode()}
        yield orjson.dumps({**line, "opened": [one.decode() for one in opened]}, option=orjson.OPT_APPEND_NEWLINE)


def _receipts(connection: Connection, kept: Kept, leaves: Iterable[Leaf], who: Reader) -> Iterator[Receipt]:
    for leaf, opened in list(_seen(connection, kept, leaves, who)):
        signed = kept.covering(leaf.position)
        size = Checkpoint.signed(signed).size
        proof = Proof(leaf.position, tree.inclusion(leaf.position, size, kept.hash_at), signed)
        yield Receipt(leaf.entry.decode(), [one.decode() for one in opened], str(proof))


def _seen(
    connection: Connection, kept: Kept, leaves: Iterable[Leaf], who: Reader
) -> Iterator[tuple[Leaf, list[bytes]]]:
    """The leaves that their reader may see, with what is opened of each."""
    operations: dict[str, tuple[Mapping[str, Any], bytes]] = {}
    for leaf in leaves:
        if not leaf.entry:
            # Its time was over: what it said is nowhere any more.
            continue
        entry: Mapping[str, Any] = orjson.loads(leaf.entry)
        opened: list[bytes] | None
        match entry["kind"]:
            case "operation":
                operations[entry["operation_id"]] = entry, leaf.parts
                opened = seen(entry, leaf.parts, who)
            case "asked":
                opened = seen(entry, leaf.parts, who)
            case "act":
                opened = seen_act(connection, entry, leaf.parts, who)
            case "expired" | "forgotten":
                opened = [] if who.oversees else None
            case _:
                id = entry["operation_id"]
                known = operations.get(id) or _operation(kept, id)
                opened = seen_after(*known, leaf.parts, who) if known else None
        if opened is not None:
            yield leaf, opened


def _operation(kept: Kept, id: str) -> tuple[Mapping[str, Any], bytes] | None:
    """The entry of an operation, and its parts."""
    entries = ((orjson.loads(leaf.entry), leaf.parts) for leaf in kept.of_operation(id) if leaf.entry)
    return next((one for one in entries if one[0]["kind"] == "operation"), None)


def _may_see(connection: Connection, waits: Any, who: Reader) -> bool:
    """Whether a reader may see an entry that waits for its place."""
    entry, parts = orjson.loads(waits.entry), bytes(waits.parts or b"")
    match entry["kind"]:
        case "operation" | "asked":
            return seen(entry, parts, who) is not None
        case "act":
            return seen_act(connection, entry, parts, who) is not None
        case _:
            return False
