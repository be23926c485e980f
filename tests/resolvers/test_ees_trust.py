"""Explore education statistics through its connector: symbols, wrong answers, faults, versions that come and go."""

import tomllib
from pathlib import Path
from typing import Any

import httpx
import pytest

from departments.ees import create_app
from departments.faults import Faults
from reference.column import UNEXPLAINED
from reference.facets import Facet
from reference.figure import STATUSES
from resolvers.errors import DepartmentError, DepartmentMisanswered, DepartmentUnavailable
from resolvers.protocols.connector import DatasetQuery
from resolvers.protocols.ees import EES
from resolvers.source import Source, read
from resolvers.wire import Wire
from tests.resolvers.ees_desk import (
    APPRENTICESHIPS,
    FILE,
    Change,
    Desk,
    starts,
    texts,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cubes")


# Symbols


@pytest.mark.parametrize(
    ("text", "marker", "status"),
    [
        ("1234", "1234", "A"),
        ("0", "0", "A"),
        ("12.5", "12.5", "A"),
        (17, "17", "A"),
        ("c", "c", "Q"),
        ("z", "z", "M"),
        ("x", "x", "O"),
        ("low", "low", "N"),
        ("[low]", "low", "N"),
        ("~", "low", "N"),
        (":", "x", "O"),
        ("", "x", "O"),
        (None, "x", "O"),
        ("n/k", "x", "O"),
        ("nan", "x", "O"),
        ("1,234", "x", "O"),
        ("1e999", "x", "O"),
    ],
)
async def test_a_symbol_is_a_marker_and_never_a_number(folder: Path, text: Any, marker: str, status: str) -> None:
    def change(body: Any) -> None:
        for row in body["results"]:
            row["values"] = dict.fromkeys(row["values"], text)

    (table,), _ = await Desk(create_app(folder), change=change).answer(APPRENTICESHIPS, starts())
    column = table.columns["apprenticeshipStarts"]
    assert texts(column) == [marker]
    assert STATUSES[int(column.status[0, 0, 0])] == status
    unexplained = text if text in ("n/k", "nan", "1,234", "1e999") else None
    assert column.notes == ({0: UNEXPLAINED} if unexplained else {})


# What cannot be trusted


def _again(body: Any) -> None:
    body["results"].append(body["results"][0])
    body["paging"]["totalResults"] += 1


def _instead(body: Any) -> None:
    body["results"][1] = body["results"][0]


def _elsewhere(body: Any) -> None:
    body["results"][0]["timePeriod"]["period"] = "2019/2020"


def _other_level(body: Any) -> None:
    body["results"][0]["geographicLevel"] = "LSIP"


def _other_filter(body: Any) -> None:
    filters = body["results"][0]["filters"]
    filters[next(iter(filters))] = "other"


def _fewer_filters(body: Any) -> None:
    body["results"][0]["filters"].popitem()


def _listed_filter(body: Any) -> None:
    filters = body["results"][0]["filters"]
    filters[next(iter(filters))] = ["other"]


def _other_place(body: Any) -> None:
    body["results"][0]["locations"]["LAD"] = "other"


def _other_indicator(body: Any) -> None:
    body["results"][0]["values"]["other"] = "1"


def _no_indicator(body: Any) -> None:
    body["results"][0]["values"].clear()


def _one_row_lost(body: Any) -> None:
    body["results"].pop()


def _uncounted(body: Any) -> None:
    body["paging"]["totalResults"] = None


def _no_paging(body: Any) -> None:
    del body["paging"]


def _text_rows(body: Any) -> None:
    body["results"] = ["row", "row"]


def _no_filters(body: Any) -> None:
    del body["results"][0]["filters"]


def _filter_gone(body: Any) -> None:
    body["warnings"].append({"code": "FiltersNotFound", "message": "One or more filters could not be found."})


def _endless(body: Any) -> None:
    body["paging"]["totalResults"] = 2_000_000


@pytest.mark.parametrize(
    "change",
    [_again, _instead, _elsewhere, _other_level, _other_filter, _fewer_filters, _listed_filter, _other_place,
     _other_indicator, _no_indicator, _one_row_lost, _uncounted, _no_paging, _text_rows, _no_filters, _filter_gone,
     _endless],
)  # fmt: skip
async def test_an_answer_that_is_not_what_was_asked_is_not_shown(folder: Path, change: Change) -> None:
    desk = Desk(create_app(folder), change=change)
    with pytest.raises(DepartmentMisanswered) as raised:
        await desk.answer(APPRENTICESHIPS, starts(("E06000001",), ("2021/22", "2022/23")))
    assert raised.value.message.endswith("could not be read whole, so none of it is shown.")


async def test_more_rows_than_were_asked_for_are_not_fetched(folder: Path) -> None:
    desk = Desk(create_app(folder), change=_endless)
    ask = desk.ask(APPRENTICESHIPS, starts())
    with pytest.raises(DepartmentMisanswered):
        await desk.ees.answer(ask)
    assert [call.method for call in ask.calls] == ["GET", "GET", "POST"]


@pytest.mark.parametrize(
    ("kind", "times", "error"),
    [
        ("429", 2, DepartmentUnavailable),
        ("503", 2, DepartmentUnavailable),
        ("dropped", 2, DepartmentUnavailable),
        ("slow", 1, DepartmentUnavailable),
        ("broken-json", 1, DepartmentMisanswered),
        ("truncated", 1, DepartmentMisanswered),
        ("wrong-keys", 1, DepartmentMisanswered),
        ("429", 1, None),
        ("503", 1, None),
    ],
)
async def test_every_fault_is_an_error_in_our_words_or_is_tried_again(
    folder: Path, kind: str, times: int, error: type[DepartmentError] | None
) -> None:
    table = tomllib.loads(FILE.read_text())
    table["limits"]["timeout"] = 0.5 if kind == "slow" else 20.0
    app = create_app(folder)
    source = read("dfe", table)
    ees = EES(source, Wire(source, httpx.ASGITransport(app)))
    ask = DatasetQuery(source.datasets[0], (starts(),))
    await ees.answer(ask)
    faults: Faults = app.state.faults
    faults.inject(kind, times, seconds=2.0)
    if error is None:
        (answered,) = await ees.answer(ask)
        assert texts(answered.columns["apprenticeshipStarts"])[0].isdigit()
    else:
        with pytest.raises(error) as raised:
            await ees.answer(ask)
        assert "HTTP" not in raised.value.message


# Versions that come and go


def at_newest() -> Source:
    """The source file as if it read the newest version of apprenticeships, whichever that is, by sex alone: the
    options of learning difficulties have other labels in version 1."""
    table = tomllib.loads(FILE.read_text())
    dataset = table["datasets"][0]
    dataset["version"], dataset["breakdowns"] = "*", [["SEX"]]
    dataset["facets"] = {"SEX": dataset["facets"]["SEX"]}
    return read("dfe", table)


@pytest.mark.parametrize("listed", [True, False])
async def test_identifiers_that_are_gone_are_looked_up_again_once(folder: Path, listed: bool) -> None:
    app = create_app(folder)
    desk = Desk(app, at_newest())
    desk.unlisted = not listed
    app.state.shelf.withdraw(APPRENTICESHIPS, "2.0")
    piece = starts(("E06000001", "E12000001"), ("2021/22",), Facet.SEX)
    (old,), _ = await desk.answer(APPRENTICESHIPS, piece)
    app.state.shelf.publish(APPRENTICESHIPS, "2.0")
    app.state.shelf.withdraw(APPRENTICESHIPS, "1.1")
    (new,), calls = await desk.answer(APPRENTICESHIPS, piece)
    assert (old.release, new.release) == (("1.1", "2.0") if listed else (None, None))
    assert texts(new.columns["apprenticeshipStarts"]) == texts(old.columns["apprenticeshipStarts"])
    assert len(calls) == 2
    app.state.shelf.withdraw(APPRENTICESHIPS, "2.0")
    app.state.shelf.withdraw(APPRENTICESHIPS, "1.0")
    with pytest.raises(DepartmentMisanswered):
        await desk.answer(APPRENTICESHIPS, piece)


async def test_a_version_is_kept_to_while_it_is_published_though_a_newer_one_is_out(folder: Path) -> None:
    app = create_app(folder)
    desk = Desk(app, at_newest())
    app.state.shelf.withdraw(APPRENTICESHIPS, "2.0")
    await desk.answer(APPRENTICESHIPS, starts())
    app.state.shelf.publish(APPRENTICESHIPS, "2.0")
    (table,), calls = await desk.answer(APPRENTICESHIPS, starts())
    assert (table.release, len(calls)) == ("1.1", 1)
