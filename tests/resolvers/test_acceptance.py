"""What a connector of any protocol answers is looked at before it is used: what cannot be is its department's error."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from reference.column import Evidence, Pattern
from reference.figure import STATUS_INDEX, Marker
from resolvers.protocols.connector import DatasetQuery
from resolvers.table import Table
from tests.conftest import Trust

# A measure of each protocol, its owner, and the source that answers it.
MEASURES = {
    "claimantCount": ("DWP", "ons"),
    "employmentRate": ("ONS", "ons"),
    "searchingForWork": ("DWP", "dwp"),
    "apprenticeshipStarts": ("DfE", "dfe"),
    "payrolledEmployees": ("HMRC", "hmrc"),
    "medianMonthlyPay": ("HMRC", "hmrc"),
}
DOCUMENT = """{ area(code: "E08000003") { labourMarket(periods: {from: "2023-06", to: "2023-06"}, fill: LATEST) {
  %s { value } businesses { value } population { value } } } }"""
Change = Callable[[Any], Any]


def value(number: float) -> Change:
    def change(table: Table) -> Table:
        for column in table.columns.values():
            column.values = np.full_like(column.values, number)
            column.markers = np.zeros(column.values.shape, np.uint16)
        return table

    return change


def column(name: str, changed: Change) -> Change:
    def change(table: Table) -> Table:
        for one in table.columns.values():
            setattr(one, name, changed(getattr(one, name)))
        return table

    return change


def with_evidence(**wrong: float) -> Change:
    def change(table: Table) -> Table:
        for one in table.columns.values():
            kinds = {kind: np.full(one.values.shape, wrong.get(kind, 5.0)) for kind in Evidence.__slots__}
            one.evidence = Evidence(**kinds)
        return table

    return change


def release(text: str) -> Change:
    return lambda table: replace(table, release=text)


HASH = "sha256:" + "0" * 64
WRONG: dict[str, Change] = {
    "a release without a name": release(""),
    "a release in many lines": release("2024\n7 people in Leeds"),
    "a release as long as a letter": release("x" * 161),
    "below nothing": value(-1),
    "beyond all": value(1e308),
    "without end": value(np.inf),
    "without end below": value(-np.inf),
    "no figure and no reason": value(np.nan),
    "a figure where there is said to be none": column("markers", lambda old: old | np.uint16(Marker.c)),
    "a marker that nobody knows": column("markers", lambda old: old | np.uint16(1 << 14)),
    "a status that nobody knows": column("status", lambda old: np.full_like(old, len(STATUS_INDEX))),
    "values of another shape": column("values", lambda old: old[:, :, :0]),
    "values in one row": column("values", np.ravel),
    "statuses of another shape": column("status", lambda old: np.concatenate([old, old])),
    "whole numbers in place of figures": column("values", lambda old: np.nan_to_num(old).astype(np.int64)),
    "texts in place of figures": column("values", lambda old: old.astype(str)),
    "texts in place of markers": column("markers", lambda old: old.astype(str)),
    "a list in place of figures": column("values", lambda old: old.tolist()),
    "a note on no cell": column("notes", lambda old: {10**6: "a note"}),
    "a part of no period": column("partial", lambda old: frozenset([10**6])),
    "another slice": lambda table: replace(table, slice=table.slice._replace(areas=("E08000001",))),
    "no column": lambda table: replace(table, columns={}),
    "a column too many": lambda table: replace(table, columns={**table.columns, "jobs": None}),
    "half a contributor": with_evidence(contributors=1.5),
    "fewer than nobody": with_evidence(n=-1),
    "a contribution without end": with_evidence(top1=np.inf),
    "a contribution below nothing": with_evidence(top2=-0.5),
    "a pattern with another name": column("pattern", lambda _: Pattern("7 people in Leeds")),
    "a pattern of another shape": column("pattern", lambda _: Pattern(HASH, np.zeros((1, 1, 7), bool))),
    "a pattern of numbers": column("pattern", lambda _: Pattern(HASH, np.zeros((1, 1, 1)))),
    "nothing": lambda table: None,
}


async def answer_to(trust: Trust, monkeypatch: pytest.MonkeyPatch, measure: str, change: Change) -> dict[str, Any]:
    """The answer where the tables of the measure's source are changed on their way; nothing is kept."""
    dispatcher = trust.app.state.gateway.engine.dispatcher
    connector = dispatcher.connectors[MEASURES[measure][1]]
    sound = type(connector).answer

    async def answer(ask: DatasetQuery) -> Any:
        tables = await sound(connector, ask)
        return [change(table) for table in tables] if measure in ask.slices[0].measures else tables

    with monkeypatch.context() as patch:
        patch.setattr(connector, "answer", answer)
        return await trust.ask(DOCUMENT % measure, "beis-analyst", "innovation-strategy")


@pytest.mark.parametrize("measure", MEASURES)
async def test_what_cannot_be_is_the_departments_error_and_no_others(
    trust: Trust, monkeypatch: pytest.MonkeyPatch, measure: str
) -> None:
    changes = {**WRONG}
    if measure in ("employmentRate", "medianMonthlyPay"):
        changes["a rate above all, or pay that nobody has"] = value(100.5 if measure == "employmentRate" else 2e6)
    else:
        changes["half a person"] = value(1.5)
    others: list[Any] = []
    for what, change in changes.items():
        answer = await answer_to(trust, monkeypatch, measure, change)
        [error] = answer["errors"]
        assert error["extensions"]["code"] == "DEPARTMENT_MISANSWERED", what
        assert error["path"] == ["area", "labourMarket", 0, measure]
        [row] = answer["data"]["area"]["labourMarket"]
        assert row.pop(measure) is None
        others.append(row)
    sound = await answer_to(trust, monkeypatch, measure, lambda table: table)
    assert "errors" not in sound
    [row] = sound["data"]["area"]["labourMarket"]
    assert row.pop(measure)["value"] is not None
    assert others == [row] * len(changes)
    assert row["businesses"]["value"] is not None


async def test_fewer_tables_or_more_are_the_departments_error(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    connector = trust.app.state.gateway.engine.dispatcher.connectors["hmrc"]
    sound = type(connector).answer
    for times in (0, 2):

        async def answer(ask: DatasetQuery, times: int = times) -> Any:
            return list(await sound(connector, ask)) * times

        with monkeypatch.context() as patch:
            patch.setattr(connector, "answer", answer)
            body = await trust.ask(DOCUMENT % "payrolledEmployees", "beis-analyst", "innovation-strategy")
        [error] = body["errors"]
        assert error["extensions"]["code"] == "DEPARTMENT_MISANSWERED"
