"""What the transparency log costs where it is long: `python -m bench.log verify`."""

import argparse
import os
import sys
import tempfile
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, insert

from app.signing import signer
from transparency import note, tree
from transparency.checkpoint import Checkpoint
from transparency.note import Note
from transparency.signing_key import SigningKey
from trust.database import open_database
from trust.entry import Decisions
from trust.log.entry import operation, said
from trust.log.published import Published
from trust.tables import log_checkpoints, log_hashes, log_leaves

ORIGIN = "bench.example/log"
AT_A_TIME = 10_000
WANTED = {
    "levels": ["LA"], "facets": ["AGE_BAND"], "from": "2023-01-01", "to": "2023-06-30", "within": "E12000002",
}  # fmt: skip
MEASURES = ("medianMonthlyPay", "payrolledEmployees", "searchingForWork")
DECISIONS = Decisions(
    [{"coordinate": f"LabourMarket.{name}", "basis": "AGREEMENT", "agreements": ["DSA-001 v1"], **WANTED}
     for name in MEASURES],
    [{"coordinate": "LabourMarket.businesses", "clause": "agreement", **WANTED}],
)  # fmt: skip
CALLS = [{"department": name, "dataset": "paye_rti", "method": "POST", "status": 200, "bytes": 4321}
         for name in ("HMRC", "DWP")]  # fmt: skip


def entries(count: int) -> list[bytes]:
    """So many entries of operations, as long as they usually are."""
    granted, refused = DECISIONS.as_json
    made: list[bytes] = []
    for _ in range(count):
        waiting = operation(
            id=uuid.uuid4().hex, at=datetime.now(UTC), person="5" * 64, organisation="DfE", roles=["analyst"],
            purpose="skills-planning", operation="0" * 64, epoch=9, outcome="answered", granted=granted,
            refused=refused, calls=CALLS, released=None, policy="0" * 64,
            uses=[("DSA-001", 1, 120, 4)],
        )  # fmt: skip
        made.append(said(waiting.text, "5" * 64, b"k" * 32))
    return made


def fill(engine: Engine, key: SigningKey, count: int, signed_every: int) -> None:
    """A log of so many entries, with a checkpoint after so many of them, written as fast as the database takes it."""
    kept: dict[int, list[bytes]] = {0: []}

    def stored(level: int, first: int, number: int) -> list[bytes]:
        return kept[level][first : first + number]

    hash_at = tree.from_stored(stored)
    for begin in range(0, count, AT_A_TIME):
        made = entries(min(AT_A_TIME, count - begin))
        new = tree.grown(begin, [tree.leaf_hash(one) for one in made], stored)
        for (level, _), one in new.items():
            kept.setdefault(level, []).append(one)
        sizes = range(begin + signed_every - begin % signed_every, begin + len(made) + 1, signed_every)
        notes = [{"size": size, "signed": checkpoint(size, hash_at, key)} for size in {*sizes, begin + len(made)}]
        leaves = [
            {"position": at, "operation_id": os.urandom(16).hex(), "entry": one, "hash": kept[0][at]}
            for at, one in enumerate(made, begin)
        ]
        above = [{"level": level, "position": at, "hash": one} for (level, at), one in new.items() if level]
        with engine.begin() as connection:
            connection.execute(insert(log_leaves), leaves)
            if above:
                connection.execute(insert(log_hashes), above)
            connection.execute(insert(log_checkpoints), notes)


def checkpoint(size: int, hash_at: tree.HashAt, key: SigningKey) -> str:
    """The checkpoint of a size, as the log signs it."""
    text = str(Checkpoint(ORIGIN, size, tree.root(size, hash_at)))
    return str(Note(text, [note.sign(text, ORIGIN, key)]))


def verify(engine: Engine, key: SigningKey) -> None:
    """How long a whole audit takes."""
    began, used = time.perf_counter(), time.process_time()
    found = Published(engine).verify([note.key_of(ORIGIN, key)])
    took, spent = time.perf_counter() - began, time.process_time() - used
    if found.wrong:
        sys.exit(f"the log is not what was signed: {found.wrong[0]}")
    print(
        f"verify: {found.entries} entries, {found.checkpoints} checkpoints: {took:.1f} s, {spent:.1f} s of CPU, "
        f"{took / found.entries * 1e6:.1f} µs an entry"
    )


SUBJECTS = {"verify": verify}


def main() -> None:
    """Fills a log, and measures what is wanted of it."""
    parser = argparse.ArgumentParser(prog="python -m bench.log", description=__doc__)
    parser.add_argument("subject", choices=SUBJECTS)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--signed-every", type=int, default=250, help="entries from one checkpoint to the next")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine, key = open_database(f"sqlite:///{folder}/log.sqlite"), signer(Path(folder) / "key.pem")
        began = time.perf_counter()
        fill(engine, key, options.entries, options.signed_every)
        print(f"filled in {time.perf_counter() - began:.1f} s", file=sys.stderr)
        SUBJECTS[options.subject](engine, key)
        engine.dispose()


if __name__ == "__main__":
    main()
