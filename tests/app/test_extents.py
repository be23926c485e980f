"""The newest figures can be asked for: `Measure.first` and `latest`, and `periods: {last: n}`."""

from typing import Any

import pytest

from reference.period import PeriodKind, between, parse
from schema.measures import MEASURES
from tests.conftest import Opener, Trust

QUERY = """query ($periods: PeriodRange!) { area(code: "E12000002") { labourMarket(periods: $periods) {
    period { code } %s } } }"""
EXTENTS = {
    "claimantCount": ("2019-01", "2024-06"),  # Nomis
    "peopleOnUniversalCredit": ("2019-01", "2024-06"),  # Stat-Xplore
    "apprenticeshipStarts": ("2018/19", "2023/24"),  # Explore education statistics
    "furloughedEmployments": ("2020-03", "2021-09"),  # a share node, of a scheme that ended
    "businesses": ("2019", "2024"),
    "employmentRate": ("2019-Q1", "2024-Q2"),
    "claimantRate": ("2019-01", "2024-06"),  # derived: as far as the claimants, not as the population
}


async def rows(trust: Trust, *measures: str, **periods: Any) -> list[dict[str, Any]]:
    cells = " ".join(f"{name} {{ value status }}" for name in measures)
    data = await trust.data(QUERY % cells, periods=periods)
    return data["area"]["labourMarket"]


def codes(page: list[dict[str, Any]]) -> list[str]:
    return [row["period"]["code"] for row in page]


async def test_every_measure_says_from_when_to_when_it_has_figures(trust: Trust) -> None:
    measures = (await trust.data("{ measures { name first { code } latest { code } } }"))["measures"]
    known = {m["name"]: (m["first"]["code"], m["latest"]["code"]) for m in measures}
    assert known.keys() == MEASURES.keys()
    assert {name: known[name] for name in EXTENTS} == EXTENTS
    for first, latest in known.values():
        assert parse(first).last < parse(latest).last


@pytest.mark.parametrize("name", EXTENTS)
async def test_the_newest_period_has_a_figure_and_the_next_has_none(trust: Trust, name: str) -> None:
    latest = parse(EXTENTS[name][1])
    following = between(latest.last + 1, latest.last + latest.kind.months, latest.kind)[0]
    page = await rows(trust, name, **{"from": latest.code, "to": following.code, "every": latest.kind.value})
    assert codes(page) == [latest.code, following.code]
    assert page[0][name]["value"] is not None
    assert page[1][name]["value"] is None


@pytest.mark.parametrize(
    ("measures", "every", "last", "newest"),
    [
        (["claimantCount"], "MONTH", 12, "2024-06"),
        (["claimantCount"], "YEAR", 3, "2023"),
        (["claimantCount"], "QUARTER", 1, "2024-Q2"),
        (["furloughedEmployments"], "MONTH", 5, "2021-09"),
        (["apprenticeshipStarts"], "ACADEMIC_YEAR", 2, "2023/24"),
        (["furloughedEmployments", "claimantCount"], "MONTH", 2, "2024-06"),
        (["businesses", "claimantCount"], "MONTH", 2, "2024-12"),
        ([], "MONTH", 1, "2024-12"),
    ],
)
async def test_last_is_so_many_periods_up_to_the_newest_of_the_measures(
    trust: Trust, measures: list[str], every: str, last: int, newest: str
) -> None:
    page = await rows(trust, *measures, last=last, every=every)
    end, kind = parse(newest), PeriodKind(every)
    first = between(end.last - last * kind.months, end.last, kind)[-last]
    same = await rows(trust, *measures, **{"from": first.code, "to": newest, "every": every})
    assert len(page) == last
    assert page == same


async def test_last_works_at_the_root_and_is_as_much_as_is_asked_for(trust: Trust) -> None:
    query = """{ labourMarket(areas: {codes: ["E08000003"]}, periods: {last: 1200}) {
        totalCount nodes { period { code } claimantCount { markers } } } }"""
    table = (await trust.data(query))["labourMarket"]
    assert table["totalCount"] == 1200
    assert (table["nodes"][0]["period"]["code"], table["nodes"][-1]["period"]["code"]) == ("1924-07", "2024-06")


@pytest.mark.parametrize(
    ("periods", "message"),
    [
        ({"last": 0}, "Argument periods.last: 0 is not a number of periods: give 1 to 1200."),
        ({"last": -3}, "Argument periods.last: -3 is not a number of periods: give 1 to 1200."),
        ({"last": 1201}, "Argument periods.last: 1201 is not a number of periods: give 1 to 1200."),
        ({"last": 2, "from": "2020"}, "Argument periods: give either last, or from and to, not both."),
        ({"last": 2, "to": "2020"}, "Argument periods: give either last, or from and to, not both."),
        ({}, 'Argument periods: give from and to, as in {from: "2024-01", to: "2024-12"}, or {last: 12}.'),
        (
            {"from": "2020"},
            'Argument periods: give from and to, as in {from: "2024-01", to: "2024-12"}, or {last: 12}.',
        ),
    ],
)
async def test_periods_that_are_neither_say_what_to_give(trust: Trust, periods: dict[str, Any], message: str) -> None:
    body = await trust.ask(QUERY % "claimantCount { value }", periods=periods)
    assert [(e["message"], e["extensions"]["code"]) for e in body["errors"]] == [(message, "BAD_USER_INPUT")]


async def test_while_no_department_has_said_up_to_when_last_says_so(open_trust: Opener) -> None:
    async with open_trust() as trust:
        trust.app.state.gateway.engine.extents._known.clear()
        body = await trust.ask(QUERY % "claimantCount { value }", periods={"last": 2})
        assert "no department has said yet up to when it has figures" in body["errors"][0]["message"]
        assert (await trust.data('{ measure(name: "claimantCount") { latest { code } } }'))["measure"]["latest"] is None
        assert await trust.app.state.gateway.engine.extents.learn()
        assert len(await rows(trust, "claimantCount", last=2)) == 2


async def test_a_new_month_is_seen_by_queries_that_were_planned_before(open_trust: Opener) -> None:
    async with open_trust() as trust:
        extents = trust.app.state.gateway.engine.extents
        known = dict(extents._known)
        earlier = parse("2024-03")
        extents._known = {key: extent._replace(latest=earlier) for key, extent in known.items()}
        for _ in range(3):
            assert codes(await rows(trust, "claimantCount", last=1)) == ["2024-03"]
        assert await extents.learn()
        assert codes(await rows(trust, "claimantCount", last=1)) == ["2024-06"]


@pytest.mark.parametrize("wrong", [ValueError("x"), AttributeError("x"), KeyError("x")], ids=repr)
async def test_metadata_that_cannot_be_read_in_a_way_that_nobody_foresaw_costs_no_other_department_its_own(
    trust: Trust, monkeypatch: pytest.MonkeyPatch, wrong: Exception
) -> None:
    engine = trust.app.state.gateway.engine

    async def broken() -> Any:
        raise wrong

    monkeypatch.setattr(engine.dispatcher.connectors["hmrc"], "extents", broken)
    assert not await engine.extents.learn()
    measures = (await trust.data("{ measures { name latest { code } } }"))["measures"]
    assert {measure["name"] for measure in measures if measure["latest"]} == MEASURES.keys(), "what was known stays"
