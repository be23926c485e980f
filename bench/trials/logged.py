"""What the transparency log says while a trial goes on, and whether it holds what callers got."""

import threading
import time
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from sqlalchemy import create_engine, select

from app.gateway import log_name
from app.settings import read
from app.signing import signer
from bench.trials.callers import Heard
from bench.trials.durability import recorded
from bench.trials.verdict import Verdict, spread
from transparency import note
from transparency.checkpoint import Checkpoint
from trust.log.verify import verify
from trust.tables import log_leaves

# Seconds in which the log has to go on.
GOES_ON = 5.0


@dataclass
class Watched:
    """Whoever reads checkpoints from both gateways, in turn, and keeps them."""

    ports: Sequence[int]
    notes: dict[str, Checkpoint] = field(default_factory=dict[str, Checkpoint])
    gaps: list[float] = field(default_factory=list[float])
    backwards: int = 0

    @contextmanager
    def watching(self) -> Generator[None]:
        """For as long as the block lasts."""
        over = threading.Event()
        thread = threading.Thread(target=self._watch, args=(over,))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _watch(self, over: threading.Event) -> None:
        size, grown = 0, time.monotonic()
        with httpx.Client(timeout=5) as client:
            while not over.is_set():
                for port in self.ports:
                    with suppress(httpx.TransportError):
                        answer = client.get(f"http://127.0.0.1:{port}/checkpoint")
                        if answer.status_code != 200:
                            continue
                        checkpoint = Checkpoint.signed(answer.text)
                        self.notes[answer.text] = checkpoint
                        self.backwards += checkpoint.size < size
                        if checkpoint.size > size:
                            self.gaps.append(time.monotonic() - grown)
                            size, grown = checkpoint.size, time.monotonic()
                over.wait(0.05)


def own_key(environment: Mapping[str, str]) -> note.Key:
    """The key of the log that a gateway with this environment keeps."""
    settings = read(environment)
    return note.key_of(log_name(settings), signer(Path(settings.data) / "trust-key.pem"))


def judge(name: str, url: str, heard: Sequence[Heard], watched: Watched, key: note.Key, verdict: Verdict) -> None:
    """Holds what callers got, and what was read of the log meanwhile, against the log as it is kept."""
    codes = Counter(one.code for one in heard)
    verdict.tell(f"{name}: {dict(codes)}, {spread([one.seconds for one in heard if one.code == '200'])}")
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            entries = Counter(connection.execute(select(log_leaves.c.operation_id)).scalars())
            answered = [one.operation for one in heard if one.code == "200"]
            without = [operation for operation in answered if not entries[operation]]
            told = f"{len(answered) - len(without)} of {len(answered)}"
            verdict.hold(f"{name}: every released answer has its entry", bool(answered) and not without, told)
            outcomes = recorded(url)
            twice = [operation for operation in outcomes if entries[operation] != 1]
            told = f"{len(outcomes)} records, {sum(entries.values())} entries"
            verdict.hold(f"{name}: every record has one entry", not twice, told)
            found = verify(connection, [key], watched.notes)
            told = f"{found.entries} entries, {found.checkpoints} checkpoints, {len(watched.notes)} of them read"
            one = f"{name}: the log is one log, with every checkpoint that was read"
            verdict.hold(one, not found.wrong, "; ".join(found.wrong[:3]) or told)
    finally:
        engine.dispose()
    verdict.hold(f"{name}: no checkpoint was smaller than one before it", not watched.backwards, watched.backwards)
    verdict.tell(f"{name}: a new checkpoint came after {spread(watched.gaps)}")
    longest = max(watched.gaps, default=GOES_ON)
    verdict.hold(f"{name}: the log goes on", longest < GOES_ON, f"within {longest:.1f} s")
