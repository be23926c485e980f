"""A database whose transactions take about as long as anybody waits for them, now shorter and now longer."""

import asyncio
import time
from random import Random

import pytest
from sqlalchemy import Engine, event

from tests.trust.entries import entry, kept
from trust import record
from trust.record import Recorder, RecordFailed

LIMIT = 0.02


async def says_what_was_told(
    recorder: Recorder, engine: Engine, monkeypatch: pytest.MonkeyPatch, random: Random
) -> None:
    """Records many entries, and holds what is kept of each against what its caller was told."""
    monkeypatch.setattr(record, "PATIENCE", LIMIT)
    monkeypatch.setattr(record, "COMMITTING", LIMIT)
    for moment in ("begin", "commit"):
        event.listen(engine, moment, lambda _: time.sleep(random.choice((0, 0, 0.5, 0.95, 1, 1.05, 2.5)) * LIMIT))
    outcomes: dict[str, bool] = {}

    async def one(name: str) -> None:
        await asyncio.sleep(random.random() * 20 * LIMIT)
        try:
            await recorder.record(entry(id=name))
            outcomes[name] = True
        except RecordFailed:
            outcomes[name] = False

    await asyncio.gather(*(one(f"{number}") for number in range(60)))
    recorder.close()
    answered = {row.id for row in kept(engine) if row.outcome == "answered"}
    assert answered == {name for name, released in outcomes.items() if released}
    assert len(outcomes) == 60
