"""What the transparency log costs where it is long: `python -m bench.log verify`, or `receipt`."""

import argparse
import asyncio
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from httpx import ASGITransport, AsyncClient
from sqlalchemy import Engine, insert, select
from starlette.applications import Starlette

from app.audit_pages import AuditPages
from app.rate_limits import RateLimits
from app.signing import signer
from policies.caller import Caller
from transparency import note, tree
from transparency.checkpoint import Checkpoint
from transparency.note import Note
from transparency.signing_key import SigningKey
from trust.database import open_database
from trust.entry import Decisions
from trust.log.entry import Answer, operation
from trust.log.people import who
from trust.log.published import Published
from trust.log.sealed import Sealed, sealed
from trust.people import People
from trust.tables import log_checkpoints, log_hashes, log_leaves, person_keys

ORIGIN = "bench.example/log"
PEOPLE, PERSON_KEY = People(b"p" * 32), b"k" * 32
CALLER = Caller("someone", "DfE", frozenset({"analyst"}), frozenset({"skills-planning"}), "bench")
AT_A_TIME = 10_000
WANTED = {
    "levels": ["LA"], "facets": ["AGE_BAND"], "from": "2023-01-01", "to": "2023-06-30", "within": "E12000002",
}  # fmt: skip
MEASURES = ("medianMonthlyPay", "payrolledEmployees", "searchingForWork")
DECISIONS = Decisions(
    [{"coordinate": f"LabourMarket.{name}", "basis": "AGREEMENT", "agreements": ["DSA-001 v1"], **WANTED}
     for name in MEASURES],
    [{"coordinate": "LabourMarket.businesses", "clause": "agreement", **WANTED}],
    {"LabourMarket.medianMonthlyPay": ["HMRC"], "LabourMarket.payrolledEmployees": ["HMRC"],
     "LabourMarket.searchingForWork": ["DWP"], "LabourMarket.businesses": ["BEIS"]},
)  # fmt: skip
CALLS = [{"department": name, "dataset": "paye_rti", "method": "POST", "status": 200, "bytes": 4321}
         for name in ("HMRC", "DWP")]  # fmt: skip


def entries(count: int) -> list[tuple[str, Sealed]]:
    """So many entries of operations, as long as they usually are, by the ids of these."""
    made: list[tuple[str, Sealed]] = []
    told, answer = who(PEOPLE.of(CALLER), PERSON_KEY), Answer.of(b"{}")
    for _ in range(count):
        waiting = operation(
            id=uuid.uuid4().hex, at=datetime.now(UTC), person=PEOPLE.of(CALLER), organisation="DfE", roles=["analyst"],
            purpose="skills-planning", operation="0" * 64, epoch=9, outcome="answered", decisions=DECISIONS.by_owner,
            calls=CALLS, answer=answer, policy="0" * 64, uses={"HMRC": [("DSA-001", 1, 120, 4)]},
        )  # fmt: skip
        made.append((str(waiting.operation_id), sealed(waiting, told)))
    return made


def fill(engine: Engine, key: SigningKey, count: int, signed_every: int) -> None:
    """A log of so many entries, with a checkpoint after so many of them, written as fast as the database takes it."""
    kept: dict[int, list[bytes]] = {0: []}

    def stored(level: int, first: int, number: int) -> list[bytes]:
        return kept[level][first : first + number]

    hash_at = tree.from_stored(stored)
    for begin in range(0, count, AT_A_TIME):
        made = entries(min(AT_A_TIME, count - begin))
        new = tree.grown(begin, [tree.leaf_hash(one.entry) for _, one in made], stored)
        for (level, _), one in new.items():
            kept.setdefault(level, []).append(one)
        sizes = range(begin + signed_every - begin % signed_every, begin + len(made) + 1, signed_every)
        notes = [{"size": size, "signed": checkpoint(size, hash_at, key)} for size in {*sizes, begin + len(made)}]
        leaves = [
            {"position": at, "operation_id": id, **one._asdict(), "hash": kept[0][at]}
            for at, (id, one) in enumerate(made, begin)
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


def receipt(engine: Engine, key: SigningKey) -> None:
    """How long the endpoint takes for a receipt, by those who may have it, and for a page of entries."""
    published, limits, random = Published(engine), RateLimits(0, 0, 0), Random(1)
    pages = AuditPages(published, _Everyone(), limits, PEOPLE, [note.key_of(ORIGIN, key)])  # pyright: ignore
    with engine.begin() as connection:
        connection.execute(insert(person_keys).values(person=PEOPLE.of(CALLER), key=PERSON_KEY))
        ids = connection.execute(select(log_leaves.c.operation_id)).scalars().all()
    paths = [f"/audit/receipt/{one}" for one in (*random.sample(ids, 100), *random.sample(range(len(ids)), 100))]
    paths += [f"/audit/entries?first={random.randrange(len(ids) - 1000)}&count=1000" for _ in range(10)]
    for role in ("analyst", "data-steward", "auditor"):
        times = asyncio.run(_asked(Starlette(routes=pages.routes), paths, role))
        for what, some in (("receipt", times[:200]), ("1,000 entries", times[200:])):
            some.sort()
            print(f"{what}, {role}: median {some[len(some) // 2]:.1f} ms, slowest {some[-1]:.1f} ms")


class _Everyone:
    """Takes a word for who somebody is."""

    async def caller(self, authorization: Sequence[str]) -> Caller:
        (role,) = authorization
        if role == "analyst":
            return CALLER
        return Caller("x", "TRUST" if role == "auditor" else "HMRC", frozenset({role}), frozenset(), "bench")


async def _asked(app: Starlette, paths: Sequence[str], role: str) -> list[float]:
    """Milliseconds for each."""
    times: list[float] = []
    headers = {"Authorization": role}
    async with AsyncClient(transport=ASGITransport(app), base_url="http://localhost", headers=headers) as http:
        await http.get(paths[0])
        for path in paths:
            began = time.perf_counter()
            reply = await http.get(path)
            times.append((time.perf_counter() - began) * 1000)
            if reply.status_code != 200 or len(reply.content) < 1000:
                sys.exit(f"{path}: {reply.status_code} {reply.text[:200]}")
    return times


SUBJECTS = {"verify": verify, "receipt": receipt}


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
