"""What a large file costs in each format: `python -m bench.files`. About a million figures, over made-up share nodes.

Rows a second and time to the first byte are of a caller on the same machine; memory is the gateway's, from before the
first byte was asked for. The departments' answers are kept, so what is measured is the gateway. What it takes to get
them is in the lines `asking`, of a file without rows.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from app.render.formats import FORMATS
from bench import forms
from bench.forms import WARM, Bench
from bench.load import Target
from bench.pace import Pace
from bench.processes import forget_peak, free_ports, peak_mb, resident_mb
from reference.period import PeriodKind, between, parse

PLACES, LAST = 361, "2024-06"
MEASURES = (
    "claimantCount", "peopleOnUniversalCredit", "searchingForWork", "inWorkOnUniversalCredit",
    "householdsOnUniversalCredit", "payrolledEmployees", "medianMonthlyPay", "furloughedEmployments",
    "onlineJobAdverts",
)  # fmt: skip
QUERY = f"""query Months($from: String!) {{
  labourMarket(areas: {{level: LA}}, periods: {{from: $from, to: "{LAST}"}}) {{ nodes {{
    area {{ code name }} period {{ code }} {" ".join(f"{name} {{ value }}" for name in MEASURES)} }} }} }}"""
# Everything is bounded by the gateway's own bounds but how much one file, or answer, may hold.
SETTINGS = {
    "QUOTA_ADDRESS": "0", "MEMORY": "2000", "MAX_FILE_FIGURES": "10000000",
    "MAX_FIGURES": "10000000", "MAX_VALUES": "100000000", "MAX_ANSWER": "2000",
}  # fmt: skip


@dataclass(frozen=True)
class Taken:
    """One file, as it came. Seconds, bytes, and megabytes of memory at most, and before."""

    form: str
    rows: int
    first: float
    seconds: float
    bytes: int
    peak: float
    before: float

    def line(self) -> str:
        rate, grown = self.rows / self.seconds, self.peak - self.before
        return (
            f"{self.form:10} {self.rows * len(MEASURES):>9} {self.rows:>7} {rate:>9.0f} {self.first:>8.3f} "
            f"{self.seconds:>8.2f} {self.bytes / 1e6:>8.1f} {grown:>8.0f}"
        )


HEAD = "format       figures    rows    rows/s  first/s  whole/s       MB   MB more"


def taken(target: Target, form: str, start: str) -> Taken:
    """Takes one file. Raises httpx.HTTPStatusError."""
    pids = [target.pid]
    before = resident_mb(pids)
    forget_peak(pids)
    began, first, size = time.perf_counter(), 0.0, 0
    address = f"http://127.0.0.1:{target.port}/graphql"
    parameters = {"format": form} if form != "json" else {}
    body = {"query": QUERY, "variables": {"from": start}}
    with httpx.stream(
        "POST", address, params=parameters, json=body, headers={"Accept-Encoding": "identity"}, timeout=300
    ) as reply:
        if reply.status_code != 200:
            reply.read()
            raise RuntimeError(reply.text[:400])
        for piece in reply.iter_raw():
            first = first or time.perf_counter() - began
            size += len(piece)
    seconds = time.perf_counter() - began
    return Taken(form, PLACES * _months(start), first, seconds, size, peak_mb(pids), before)


def _months(start: str) -> int:
    return len(between(parse(start).first, parse(LAST).last, PeriodKind.MONTH))


def measured(sizes: list[str], only: list[str]) -> Iterator[Taken]:
    """Each format at each size. Each has a gateway of its own, warmed by a file of the same size."""
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), free_ports(14), Pace(1, 1, 1))
        with forms.over_share_nodes(bench) as form:
            for one in only:
                for start in sizes:
                    with form.gateway(bench, WARM, **SETTINGS) as target:
                        yield replace(taken(target, "csvw", start), form="asking")
                        yield taken(target, one, start)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.files", description=__doc__)
    parser.add_argument("--from", dest="sizes", action="append", help=f"first month; the last is {LAST}")
    parser.add_argument("--format", dest="forms", action="append", choices=["json", *FORMATS])
    arguments = parser.parse_args()
    print(HEAD)
    wanted = arguments.forms or ["json", *(name for name, form in FORMATS.items() if not form.beside)]
    for one in measured(arguments.sizes or ["2018-05", "2011-10", "1998-11"], wanted):
        print(one.line(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
