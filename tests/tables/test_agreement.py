"""Random queries by JSON, pages, the command line's formats and the explorer: the same figures, cell by cell."""

import asyncio
import csv
import io
import random
import re
import socket
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uvicorn

from app.cli import main
from app.tabular.markers import marked
from tests.conftest import Trust
from tests.tables.conftest import Explorer
from tests.tables.drawing import KINDS, Cell, Drawn, Rows, drawn

QUERIES = 100
SUFFIXES = {"csv": "csv", "table": "txt", "arrow": "arrow", "parquet": "parquet"}
# A refusal in a cell: what it is, and whose the figure is.
REFUSAL = re.compile(r"(withheld|unavailable|not offered): \w+")


@asynccontextmanager
async def served(trust: Trust) -> AsyncGenerator[str]:
    """The address of the gateway on a port of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(trust.app, lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        listener.close()


async def test_pages_formats_command_line_and_explorer_agree_on_the_same_random_queries(
    trust: Trust, explorer: Explorer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw = random.Random(20240617)
    questions: list[dict[str, Any]] = []
    written: list[dict[str, str]] = []
    counts: Counter[str] = Counter()
    async with served(trust) as address:
        for number in range(QUERIES):
            query = drawn(draw, KINDS[number % len(KINDS)])
            counts.update(f"queries: {kind}" for kind in query.kinds)
            folder = tmp_path / str(number)
            folder.mkdir()
            plain, sent = await trust.ask(query.text, query.persona), marked(query.text)
            with_markers = await trust.ask(sent.text, query.persona)
            questions.append({"query": sent.text, "operation": None, "answer": with_markers, "hidden": sent.alias})
            await command_line(trust, address, query, folder, failed="errors" in plain)
            errors = capsys.readouterr().err.splitlines()
            assert len(errors) >= len(plain.get("errors", ())), "each error is told"
            told = orjson.loads((folder / "answer.json").read_bytes())
            assert told["extensions"].pop("receipt")["path"].startswith("/audit/receipt/")
            assert {key: value for key, value in told.items() if value or key != "extensions"} == plain
            for rows in query.lists:
                expected = rows.rows(plain["data"])
                counts.update(compare(folder, rows, expected))
                if rows.page:
                    counts["pages joined"] += 1
                    size = draw.randint(1, max(1, len(expected)))
                    assert await joined(trust, query, rows, size) == expected, query.text
            names = {rows.name for rows in query.lists} | ({"nowhere"} if "unknown place" in query.kinds else set())
            files = {file.stem: file.read_bytes().decode() for file in folder.glob("*.csv")}
            assert set(files) == names
            written.append(files)
    for question, files, answer in zip(questions, written, explorer(questions), strict=True):
        tables = {table["name"]: table["csv"] for table in answer["tables"] if not table["repeated"]}
        assert tables == files, question["query"]
    assert all(counts[f"queries: {kind}"] >= QUERIES // len(KINDS) for kind in KINDS), counts
    assert counts["values"] > 1000, "the test says something"
    assert counts["marked"] > 1000
    assert counts["refused"] > 100
    assert counts["pages joined"] > 30


async def command_line(trust: Trust, address: str, query: Drawn, folder: Path, *, failed: bool) -> None:
    """Writes the answer in every format by lmdt, a file for each list."""
    (folder / "query").write_text(query.text)
    options = ["query", str(folder / "query"), "--url", address]
    if authorization := trust.headers(query.persona).get("Authorization"):
        (folder / "token").write_text(authorization.removeprefix("Bearer "))
        options += ["--token-file", str(folder / "token")]
    for form in SUFFIXES:
        ended = await asyncio.to_thread(main, [*options, "--format", form, "--output", str(folder)])
        assert ended == (1 if failed else 0)
    partial = [*options, "--allow-partial", "--output", str(folder / "answer.json")]
    assert await asyncio.to_thread(main, partial) == 0


def compare(folder: Path, rows: Rows, expected: list[dict[str, Any]]) -> Counter[str]:
    """Holds every format to the rows of the JSON answer, and counts the figures."""
    files = {form: (folder / f"{rows.name}.{suffix}").read_bytes() for form, suffix in SUFFIXES.items()}
    cells = list(csv.DictReader(io.StringIO(files["csv"].decode())))
    arrow = pa.ipc.open_stream(files["arrow"]).read_all()
    assert pq.read_table(io.BytesIO(files["parquet"])).equals(arrow)
    assert printed(files["table"].decode()) == cells
    assert len(cells) == arrow.num_rows == len(expected)
    counts: Counter[str] = Counter()
    for index, row in enumerate(expected):
        assert cells[index]["area.code"] == row["area"]["code"]
        assert cells[index]["period.code"] == row["period"]["code"]
        assert cells[index]["group.sex"] == (row["group"]["sex"] or "")
        for cell in rows.figures:
            value = f"{cell.key}.{cell.value}"
            marks = arrow.column(f"{cell.key}.{cell.markers or 'markers'}")[index].as_py()
            assert cells[index][f"{cell.key}.{cell.markers or 'markers'}"] == marks
            counts[figure(row[cell.key], cell, cells[index][value], arrow.column(value)[index].as_py(), marks)] += 1
    return counts


def figure(answer: dict[str, Any] | None, cell: Cell, written: str, number: float | None, marks: str) -> str:
    """Holds one cell, as CSV and as Arrow, to the figure of the JSON answer. What kind of cell it is."""
    if answer is None:
        assert number is None
        assert REFUSAL.fullmatch(marks), "a field that was refused says whose it is"
        assert written == f"[{marks}]"
        return "refused"
    if cell.markers:
        assert marks == ",".join(answer[cell.markers])
    assert number == answer[cell.value]
    if number is not None:
        assert float(written) == number
        return "values"
    assert marks, "no cell is blank"
    assert written == "".join(f"[{mark}]" for mark in marks.split(","))
    assert re.fullmatch(r"(\w+)(,\w+)*", marks), "an official marker"
    return "marked"


def printed(text: str) -> list[dict[str, str]]:
    """The rows of a table for people."""
    head, *lines = text.splitlines()
    starts = [match.start() for match in re.finditer(r"\S+", head)]
    columns = list(zip(head.split(), starts, [*starts[1:], None], strict=True))
    return [{name: line[start:end].strip() for name, start, end in columns} for line in lines]


async def joined(trust: Trust, query: Drawn, rows: Rows, size: int) -> list[dict[str, Any]]:
    """The rows of a list, asked for page by page."""
    assert rows.page is not None
    joined: list[dict[str, Any]] = []
    after = ""
    head = query.text.partition("{")[0]
    fragments = query.text.partition(" fragment ")
    while True:
        text = f"{head if '$' in rows.page else ''}{{ {rows.page % f', first: {size}{after}'} }}"
        if "...figure" in rows.page:
            text += "".join(fragments[1:])
        (page,) = (await trust.ask(text, query.persona))["data"].values()
        joined += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return joined
        after = f', after: "{page["pageInfo"]["endCursor"]}"'
