"""Demand, counted from the record: kinds of operation, and what was missed."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from tests.trust.entries import NOON, entry
from trust.demand.misses import Miss, Misses, MissKind, missed
from trust.demand.recorded import kinds
from trust.record import Recorder

DAY = timedelta(days=1)


def refused(*names: str) -> list[dict[str, str]]:
    return [{"coordinate": f"LabourMarket.{name}", "clause": "no agreement"} for name in names]


async def test_operations_are_counted_by_month_and_by_all_that_they_are_decided_by(
    recorder: Recorder, engine: Engine
) -> None:
    public = {"organisation": None, "purpose": None, "issuer": None, "roles": []}
    for more in (
        {"refused": refused("businesses")},
        {"refused": refused("businesses"), "at": NOON + DAY},
        {"refused": refused("businesses"), "at": NOON + 40 * DAY},
        {"refused": refused("businesses"), **public},
        {"refused": refused("businesses"), "outcome": "failed"},
        {"refused": [], "granted": []},  # wanted no figures
    ):
        await recorder.record(entry(**more))
    with engine.connect() as connection:
        found, besides = kinds(connection, NOON, NOON + 50 * DAY)
    assert besides == 0
    assert [(one.operations, one.month, one.caller.organisation) for one in found] == [
        (2, f"{NOON:%Y-%m}", "DfE"),
        (1, f"{NOON:%Y-%m}", None),
        (1, f"{NOON + 40 * DAY:%Y-%m}", "DfE"),
    ]
    assert (found[0].first, found[0].last) == (NOON, NOON + DAY)


async def test_demand_is_of_the_time_asked_about(recorder: Recorder, engine: Engine) -> None:
    for day in range(4):
        await recorder.record(entry(refused=refused("businesses"), at=NOON + day * DAY))
    with engine.connect() as connection:
        ((one,), _) = kinds(connection, NOON + DAY, NOON + 3 * DAY)
        assert (one.operations, one.first, one.last) == (2, NOON + DAY, NOON + 2 * DAY)
        assert kinds(connection, NOON - DAY, NOON) == ([], 0)


async def test_rare_kinds_beyond_those_that_are_looked_at_are_counted(
    recorder: Recorder, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trust.demand.recorded.MOST", 1)
    for name in ("businesses", "businesses", "vacancies"):
        await recorder.record(entry(refused=refused(name)))
    with engine.connect() as connection:
        ((one,), besides) = kinds(connection, NOON, NOON + DAY)
    assert (one.operations, besides) == (2, 1)


def test_misses_are_added_up_over_workers_and_days(engine: Engine) -> None:
    miss = Miss(MissKind.NOT_PUBLISHED, "businesses", "DfE")
    for day in range(3):
        worker = Misses(engine, lambda word: "")
        worker.count(NOON + day * DAY, [miss, miss])
        worker.close()
    with engine.connect() as connection:
        assert missed(connection, NOON.date(), (NOON + DAY).date()) == [(miss, 4)]


def test_what_is_counted_is_written_once_in_a_while_by_itself(engine: Engine) -> None:
    worker = Misses(engine, lambda word: "", every=0)
    worker.count(NOON, [Miss(MissKind.NOTHING_FOUND)])
    worker._thread.submit(lambda: None).result()
    with engine.connect() as connection:
        assert missed(connection, NOON.date(), NOON.date()) == [(Miss(MissKind.NOTHING_FOUND), 1)]
    worker.close()
