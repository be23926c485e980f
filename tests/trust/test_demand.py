"""Unmet demand, counted from the record."""

from datetime import timedelta

from sqlalchemy import Engine

from tests.trust.entries import NOON, entry
from trust.demand import Demand, unmet
from trust.record import Recorder

DAY = timedelta(days=1)


def refused(*names: str) -> list[dict[str, str]]:
    return [{"coordinate": f"LabourMarket.{name}", "clause": "no agreement"} for name in names]


async def test_demand_is_counted_by_field_and_by_who_asked_for_what_purpose(recorder: Recorder, engine: Engine) -> None:
    public = {"organisation": None, "purpose": None, "issuer": None, "roles": []}
    for more in (
        {"refused": refused("businesses", "businesses")},  # two selections of one field are one demand
        {"refused": refused("businesses", "medianMonthlyPay"), "at": NOON + DAY},
        {"refused": refused("businesses"), **public},
        {"refused": []},
    ):
        await recorder.record(entry(**more))
    assert unmet(engine, NOON, NOON + 2 * DAY) == [
        Demand("LabourMarket.businesses", "DfE", "skills-planning", 2, NOON, NOON + DAY),
        Demand("LabourMarket.businesses", None, None, 1, NOON, NOON),
        Demand("LabourMarket.medianMonthlyPay", "DfE", "skills-planning", 1, NOON + DAY, NOON + DAY),
    ]


async def test_demand_is_of_the_time_asked_about(recorder: Recorder, engine: Engine) -> None:
    for day in range(4):
        await recorder.record(entry(refused=refused("businesses"), at=NOON + day * DAY))
    (one,) = unmet(engine, NOON + DAY, NOON + 3 * DAY)
    assert (one.operations, one.first, one.last) == (2, NOON + DAY, NOON + 2 * DAY)
    assert unmet(engine, NOON - DAY, NOON) == []
