"""A gateway over sample departments that keep logs of their own, and what `lmdt audit reconcile` says of them."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest
from sqlalchemy import delete, insert

from app.cli import main
from departments.share import entries
from departments.share.entries import Entry
from tests.conftest import Trust
from transparency import note, tree
from transparency.checkpoint import Checkpoint
from transparency.note import Note
from trust.database import open_database
from trust.log.entry import canonical
from trust.log.held import HeldEntries
from trust.log.kept import Leaf
from trust.tables import log_checkpoints, log_hashes, log_leaves

Capture = pytest.CaptureFixture[str]


@dataclass(frozen=True)
class Reconciling:
    """A gateway, the folder of each node's log, and how both are compared."""

    trust: Trust
    logs: Path
    capture: Capture

    def node_log(self, name: str = "hmrc") -> Path:
        """The folder of a node's log."""
        return self.logs / f"{name}-log"

    def lines(self, name: str = "hmrc") -> list[bytes]:
        """What a node has written."""
        return [line for file in sorted(self.node_log(name).glob("*.jsonl")) for line in file.read_bytes().splitlines()]

    async def entries(self, department: str = "HMRC") -> list[Entry]:
        """What the Trust's log says of operations, when none waits for its place any more."""
        await self.placed()
        leaves = self._held().leaves()
        read = (entries.read(leaf.position, leaf.entry, leaf.opened, {department}) for leaf in leaves)
        return [entry for entry in read if entry]

    async def placed(self) -> None:
        """Returns when every entry has its place."""
        held, moment = self._held(), asyncio.Event()
        while held.waiting():
            with suppress(TimeoutError):
                await asyncio.wait_for(moment.wait(), 0.05)

    def _held(self) -> HeldEntries:
        gateway = self.trust.app.state.gateway
        return HeldEntries(gateway.engine.acting.desk.engine, [gateway.sequencer.public])

    async def said(self, *more: str, name: str = "hmrc") -> tuple[int, list[str]]:
        """The exit code of the command, and what it says: not one answer is too young to be compared."""
        await self.placed()
        arguments = ["--node-log", str(self.node_log(name)), "--settled", "0", *more]
        self.capture.readouterr()
        code = main(["audit", "reconcile", *arguments])
        told = self.capture.readouterr()
        return code, (told.out + told.err).splitlines()

    async def made_anew(self, change: Callable[[list[Leaf]], list[Leaf]]) -> None:
        """Another history in the place of the Trust's log, signed as a whole by its own key."""
        await self.placed()
        gateway = self.trust.app.state.gateway
        engine = open_database(gateway.settings.database)
        origin = gateway.sequencer.public.name
        leaves = change(list(self._held().leaves()))
        grown = tree.grown(0, [tree.leaf_hash(leaf.entry) for leaf in leaves], lambda *_: ())
        text = str(Checkpoint(origin, len(leaves), root(leaves)))
        with engine.begin() as connection:
            for table in (log_leaves, log_hashes, log_checkpoints):
                connection.execute(delete(table))
            rows = [
                {**leaf._asdict(), "position": at, "hash": grown[0, at], "operation_id": None}
                for at, leaf in enumerate(leaves)
            ]
            connection.execute(insert(log_leaves), rows)
            signed = str(Note(text, [note.sign(text, origin, gateway.signer)]))
            connection.execute(insert(log_checkpoints).values(size=len(leaves), signed=signed))
        engine.dispose()


def root(leaves: Sequence[Leaf]) -> bytes:
    hashes = [tree.leaf_hash(leaf.entry) for leaf in leaves]
    grown = tree.grown(0, hashes, lambda *_: ())
    stored = tree.from_stored(lambda level, first, count: [grown[level, at] for at in range(first, first + count)])
    return tree.root(len(leaves), stored)


def without_call(leaf: Leaf, jti: str) -> Leaf:
    """An entry that does not list a call."""
    said, parts = orjson.loads(leaf.entry), leaf.opened
    for at, part in enumerate(map(orjson.loads, parts)):
        if part["part"] == "calls":
            part["calls"] = [call for call in part["calls"] if call.get("jti") != jti]
            before, parts[at] = hashlib.sha256(parts[at]).hexdigest(), canonical(part)
            said["parts"] = [hashlib.sha256(parts[at]).hexdigest() if one == before else one for one in said["parts"]]
    return leaf._replace(entry=canonical(said), parts=b"\n".join(parts))
