"""Measures the gateway, in five minutes at most: starts what it needs, checks every kind of answer, and ends it all."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import orjson

from bench import forms, growth
from bench.forms import Bench, Form, Line
from bench.growth import Series
from bench.load import Result, quieter
from bench.pace import Pace
from bench.processes import free_ports
from bench.report import Measured, progress, write
from bench.stock import completions

PARTS = ("share-nodes", "demonstration", "growth")
# Of the five minutes, what is left for starting and ending.
BUDGET = 270.0
# Over share nodes 35 loads with an echo after each, 30 over the demonstration, and the points of growth.
LOADS = (
    1 + 35 * 2 + 30 + 2 * len(growth.FIGURES) + 2 * len(growth.AGREEMENTS) + len(growth.CALLERS) + len(growth.WORKERS)
)


def echo(bench: Bench, form: Form) -> Result:
    """The floor of what any answer over HTTP costs here: the requests of the first question, echoed."""
    assert form.floor is not None
    question = form.questions[0]
    requests = question.few(form.floor.port, bench.headers(question))
    return quieter(form.floor, requests, question.connections, bench.pace.next())


def measured(arguments: argparse.Namespace) -> Measured:
    started = time.monotonic()
    parts, only = arguments.only or PARTS, frozenset[str](arguments.question)
    lines: list[Line] = []
    series: list[Series] = []
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), free_ports(14), Pace(arguments.seconds, BUDGET, LOADS))
        with forms.over_share_nodes(bench) as form:
            floors = [echo(bench, form)]
            # First, for what it takes besides its loads is most: the other loads share what is left.
            if "growth" in parts:
                series += growth.series(bench, form)
            if "share-nodes" in parts:
                for line in progress(form.measured(bench, only)):
                    lines.append(line)
                    floors.append(echo(bench, form))
        if "demonstration" in parts:
            with forms.over_the_demonstration(bench) as form:
                lines += progress(form.measured(bench, only))
    # What the machine does besides changes from one second to the next: the echo in the middle stands for all.
    floor = sorted(floors, key=lambda result: result.cpu)[len(floors) // 2]
    return Measured(floor, completions(only), lines, series, time.monotonic() - started)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.5, help="of each load at most (default 1.5)")
    parser.add_argument("--only", action="append", choices=PARTS, help="only this part; can be given again")
    parser.add_argument("--question", action="append", default=[], help="only this question: Q1 to Q4, README")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the tables into docs/performance.md as well")
    arguments = parser.parse_args()
    report = measured(arguments)
    print(f"\n{report.text()}")
    if arguments.json:
        arguments.json.write_bytes(orjson.dumps(report.json(), option=orjson.OPT_INDENT_2))
    if arguments.write:
        write(report.text(), arguments.write)
    return 0


if __name__ == "__main__":
    sys.exit(main())
