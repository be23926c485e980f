"""The same queries through JSON, pages, every format and the explorer: the same figures, cell by cell."""

import csv
import io
import random
import re
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from app.tabular.formats import FORMATS
from app.tabular.markers import marked
from app.tabular.tables import Table, tables
from tests.conftest import Trust
from tests.tables.conftest import Explorer

QUERIES = 100
MEASURES = (
    "claimantCount", "searchingForWork", "payrolledEmployees", "medianMonthlyPay", "apprenticeshipStarts",
    "businesses", "businessSupportLoans", "population", "employmentRate", "vacancies", "claimantRate",
)  # fmt: skip
PERSONAS = ("public", "dfe-analyst", "dwp-analyst", "beis-analyst", "hmrc-analyst")
PLACES = ("E08000003", "E06000009", "E12000007", "E92000001", "K02000001")
# Of one level, so that every page is decided as the whole is.
LEVELS = (("E08000003", "E06000009", "E06000047"), ("E12000007", "E12000001", "E12000002"))
PERIODS = (
    'from: "2023-06", to: "2023-08"',
    'from: "2022", to: "2023", every: YEAR',
    'from: "2021-Q1", to: "2021-Q2", every: QUARTER',
)


@dataclass(frozen=True)
class Rows:
    """One list of a query: its key, where its rows are in the answer, and what is asked of it."""

    key: str
    place: str | None
    measures: tuple[str, ...]
    head: str
    fields: str
    fill: bool

    @property
    def name(self) -> str:
        return f"place{self.key}.{self.key}" if self.place else self.key

    @property
    def text(self) -> str:
        if self.place:
            inner = f"{self.key}: labourMarket({self.head}) {self.fields}"
            return f'place{self.key}: area(code: "{self.place}") {{ name {inner} }}'
        return self.paged("")

    def paged(self, page: str) -> str:
        selection = f"{{ pageInfo {{ endCursor hasNextPage }} nodes {self.fields} }}"
        return f"{self.key}: labourMarket({self.head}{page}) {selection}"

    def rows(self, data: Any) -> list[dict[str, Any]]:
        return data[f"place{self.key}"][self.key] if self.place else data[self.key]["nodes"]


def lists(draw: random.Random) -> list[Rows]:
    """One or two lists of a query, beside one another."""
    made: list[Rows] = []
    for key in draw.sample(("a", "b", "rows"), draw.choice((1, 1, 2))):
        measures = tuple(draw.sample(MEASURES, draw.randint(1, 4)))
        fill = draw.random() < 0.3
        facets = draw.choice(("", "", "by: [SEX], ", "by: [INDUSTRY], "))
        head = f"{facets}periods: {{{draw.choice(PERIODS)}}}{', fill: LATEST' if fill else ''}"
        place = draw.choice(PLACES) if draw.random() < 0.5 else None
        if not place:
            codes = ", ".join(f'"{code}"' for code in draw.sample(draw.choice(LEVELS), draw.randint(1, 3)))
            head = f"areas: {{codes: [{codes}]}}, {head}"
        figure = draw.choice(
            ("{ value }", "{ value markers }", "{ value unit }", "{ value markers provenance { agreement { id } } }")
        )
        figures = " ".join(f"{name} {figure}" for name in measures)
        fields = f"{{ area {{ code }} period {{ code }} group {{ sex industry {{ code }} }} {figures} }}"
        made.append(Rows(key, place, measures, head, fields, fill))
    return made


async def test_pages_formats_command_line_and_explorer_agree_on_the_same_random_queries(
    trust: Trust, explorer: Explorer
) -> None:
    draw = random.Random(20240617)
    questions: list[dict[str, Any]] = []
    ours: list[list[Table]] = []
    figures = absent = pages = 0
    for _ in range(QUERIES):
        asked, persona = lists(draw), draw.choice(PERSONAS)
        query = f"{{ {' '.join(one.text for one in asked)} }}"
        plain, sent = await trust.ask(query, persona), marked(query)
        answer = await trust.ask(sent.text, persona)
        made = tables(sent.text, None, answer, sent.alias)
        questions.append({"query": sent.text, "operation": None, "answer": answer, "hidden": sent.alias})
        ours.append(made)
        shown = {table.name: table for table in made if not table.repeated}
        assert list(shown) == [one.name for one in asked], query
        for one in asked:
            rows, table = one.rows(plain["data"]), shown[one.name]
            assert table.rows == len(rows)
            counted = agrees(table, one, rows)
            figures, absent = figures + counted[0], absent + counted[1]
            if not one.place and not one.fill:
                pages += 1
                assert await joined(trust, one, persona, draw.randint(1, max(1, len(rows)))) == rows
    answers = explorer(questions)
    for question, made, answer in zip(questions, ours, answers, strict=True):
        theirs = {table["name"]: table["csv"] for table in answer["tables"]}
        assert theirs == {table.name: FORMATS["csv"].write(table).decode() for table in made}, question["query"]
    assert figures > 500, "the test says something"
    assert absent > 500
    assert pages > 10


def agrees(table: Table, one: Rows, rows: list[dict[str, Any]]) -> tuple[int, int]:
    """Holds every format to the rows of the JSON answer. How many figures were there, and how many were not."""
    cells = list(csv.DictReader(io.StringIO(FORMATS["csv"].write(table).decode())))
    arrow = pa.ipc.open_stream(FORMATS["arrow"].write(table)).read_all()
    parquet = pq.read_table(io.BytesIO(FORMATS["parquet"].write(table)))
    assert parquet.equals(arrow)
    head, *printed = FORMATS["table"].write(table).decode().splitlines()
    starts = [match.start() for match in re.finditer(r"\S+", head)]
    texts = [
        dict(
            zip(
                head.split(), (line[a:b].strip() for a, b in zip(starts, [*starts[1:], None], strict=True)), strict=True
            )
        )
        for line in printed
    ]
    assert texts == cells
    there = absent = 0
    for index, row in enumerate(rows):
        assert cells[index]["area.code"] == row["area"]["code"]
        assert cells[index]["period.code"] == row["period"]["code"]
        assert cells[index]["group.sex"] == (row["group"]["sex"] or "")
        for name in one.measures:
            value = (row[name] or {"value": None})["value"]
            assert arrow.column(f"{name}.value")[index].as_py() == value
            marks = arrow.column(f"{name}.markers")[index].as_py()
            assert cells[index][f"{name}.markers"] == marks
            if row[name] and "markers" in row[name]:
                assert marks == ",".join(row[name]["markers"])
            if value is None:
                absent += 1
                assert re.fullmatch(r"(\[(\w+|\w[\w ]*: \w+)\])+", cells[index][f"{name}.value"])
                assert "no value" not in marks
                assert row[name] is not None or ": " in marks, "a field that was refused says whose it is"
            else:
                there += 1
                assert float(cells[index][f"{name}.value"]) == value
    return there, absent


async def joined(trust: Trust, one: Rows, persona: str, size: int) -> list[dict[str, Any]]:
    """The rows of a list, asked for page by page."""
    rows: list[dict[str, Any]] = []
    after = ""
    while True:
        answer = await trust.ask(f"{{ {one.paged(f', first: {size}{after}')} }}", persona)
        page = answer["data"][one.key]
        rows += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return rows
        after = f', after: "{page["pageInfo"]["endCursor"]}"'
