"""Measures the gateway: `python -m bench`. Starts what it needs, checks the answers, and ends in five minutes."""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

from bench import forms
from bench.forms import Bench, Line
from bench.load import Result, Sent, Target, load, request
from bench.pace import Pace
from bench.processes import free_ports


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), free_ports(14), Pace(0.5, 100, 60))
        only = frozenset(sys.argv[2:])
        with {"s": forms.over_share_nodes, "d": forms.over_the_demonstration}[sys.argv[1]](bench) as form:
            for line in form.measured(bench, only):
                r = line.result
                print(line[:0] if False else (line.form, line.temperature, line.lane, line.question, line.figures), r.requests, f"{r.cpu:.2f} {r.p50:.1f} {r.p95:.1f} {r.p99:.1f} {r.per_second:.0f} {r.peak_mb:.0f} up={r.upstream:.2f}", flush=True)
    return 0


sys.exit(main())
