"""lmdt demand, over a demonstration of its own: what was asked of it is counted."""

import csv
import re
from collections.abc import Generator
from pathlib import Path

import orjson
import pytest

from tests.moving import PAY
from tests.sockets.conftest import Demonstration, said, start, stop

pytestmark = pytest.mark.sockets


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Generator[Demonstration]:
    running = start(tmp_path_factory.mktemp("demand"))
    for _ in range(3):
        running.ask(PAY, "beis-analyst")
    yield running
    assert stop(running) == []


def test_demand_is_told_as_text_and_as_json(own: Demonstration) -> None:
    text = said(own.lmdt("demand", "--as", "trustee"))
    assert re.search(r"^  HMRC +BEIS +0 +3$", text, re.MULTILINE)
    assert re.search(r"^  HMRC +BEIS +innovation-strategy +3 +3 +0 +medianMonthlyPay$", text, re.MULTILINE)
    assert "\nWanted, and not there\n  none\n" in text
    assert re.search(r"^  DSA-001 +HMRC +DfE +ACTIVE +0 +- +- +-$", text, re.MULTILINE)
    found = orjson.loads(said(own.lmdt("demand", "--owner", "HMRC", "--json", "--as", "hmrc-steward")))
    assert [one["draft"]["scope"]["measures"] for one in found["unmet"]] == [["medianMonthlyPay"]]
    assert said(own.lmdt("demand")).count("  none\n") == 4, "the public is told of nothing"


def test_a_title_that_somebody_wrote_is_no_formula_to_a_spreadsheet(own: Demonstration, tmp_path: Path) -> None:
    title = "title==HYPERLINK(1)"
    said(own.lmdt("agreements", "propose", "--set", "parties.owner=ONS", "--set", title, "--as", "dfe-analyst"))
    said(own.lmdt("demand", "--report", f"{tmp_path}/", "--as", "trustee"))
    titles = [row["title"] for row in csv.DictReader((tmp_path / "agreements.csv").read_text().splitlines())]
    assert "'=HYPERLINK(1)" in titles


def test_the_report_is_a_page_that_needs_nothing_else_and_csv_files(own: Demonstration, tmp_path: Path) -> None:
    done = own.lmdt("demand", "--report", f"{tmp_path / 'report'}/", "--as", "trustee")
    assert said(done) == ""
    assert b"6 files. Open " in done.stderr
    page = (tmp_path / "report" / "index.html").read_text()
    assert "<strong>3 of 3 refused questions</strong> would be answered." in page
    assert "HMRC shares with BEIS: Median monthly pay" in page
    assert not re.search(r"<script|src=|href=|url\(|@import| on\w+=", page), "nothing runs, and nothing is loaded"
    assert page.count('scope="col"') == 10
    assert page.count("<svg") == page.count('<svg aria-hidden="true"') > 0
    rows = list(csv.DictReader((tmp_path / "report" / "unmet.csv").read_text().splitlines()))
    assert [(row["owner"], row["consumer"], row["would_answer"]) for row in rows] == [("HMRC", "BEIS", "3")]
    names = {file.name for file in (tmp_path / "report").iterdir()}
    assert names == {"index.html", "demand.csv", "months.csv", "unmet.csv", "missed.csv", "agreements.csv"}


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        ("--report README.md", 2, "--report README.md is no folder: end it with a slash."),
        ("--report nowhere/at/all/", 2, "--report nowhere/at/all/: No such file"),
        ("--report x/ --json", 2, "not allowed with argument"),
        ("--owner HMRX", 1, "Nearest: HMRC."),
        ("--since yesterday", 1, "yesterday"),
        ("--since 2024-02-01 --until 2024-01-01", 1, "2024-02-01 is later than 2024-01-01"),
    ],
)
def test_what_is_typed_wrongly_is_told(own: Demonstration, command: str, code: int, words: str) -> None:
    assert words in said(own.lmdt("demand", *command.split(), "--as", "trustee"), code)
