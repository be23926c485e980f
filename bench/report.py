"""What was measured, as text, as JSON, and in the document that tells it."""

import os
import platform
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.forms import Line
from bench.growth import NOISE, Point, Series
from bench.load import Result
from bench.stock import Completion

COLUMNS = ("figures", "CPU ms", "p50", "p95", "p99", "req/s", "upstream", "peak MB", "x echo", "x stock")
MARKS = re.compile(r"(<!-- measured -->\n).*(<!-- /measured -->)", re.DOTALL)


@dataclass(frozen=True)
class Measured:
    """All that one run has measured."""

    echo: Result
    stock: Mapping[str, Completion]
    lines: Sequence[Line]
    series: Sequence[Series]
    seconds: float

    def text(self) -> str:
        return "\n".join([*self._head(), "", *self._lines(), "", *self._completions(), "", *self._series()])

    def json(self) -> dict[str, Any]:
        return {
            "seconds": self.seconds,
            "echo": _figures_of(self.echo),
            "stock": {name: asdict(completion) for name, completion in self.stock.items()},
            "lines": [{**asdict(line), "result": _figures_of(line.result)} for line in self.lines],
            "growth": [{**asdict(series), "steps": series.steps, "holds": series.holds} for series in self.series],
        }

    def _head(self) -> Iterator[str]:
        yield f"{os.cpu_count()} cores, Python {platform.python_version()}, {self.seconds:.0f} s in all"

    def _lines(self) -> Iterator[str]:
        yield f"{'':46}" + "".join(f"{name:>9}" for name in COLUMNS)
        yield self._line("bare Starlette echo", "", 0, self.echo)
        before = ""
        for line in self.lines:
            form = f"over {line.form}, {line.temperature}"
            if form != before:
                yield f"{form}:"
            before = form
            yield self._line(f"  {line.question}, {line.lane}", line.question, line.figures, line.result)

    def _line(self, name: str, question: str, figures: int, result: Result) -> str:
        stock = self.stock.get(question)
        cells = (
            f"{figures:,}" if figures else "", f"{result.cpu:.2f}", f"{result.p50:.1f}", f"{result.p95:.1f}",
            f"{result.p99:.1f}", f"{result.per_second:,.0f}", f"{result.upstream:.2f}", f"{result.peak_mb:.0f}",
            f"{result.cpu / self.echo.cpu:.1f}", f"{result.cpu / stock.stock:.2f}" if stock else "",
        )  # fmt: skip
        return f"{name:46}" + "".join(f"{cell:>9}" for cell in cells)

    def _completions(self) -> Iterator[str]:
        yield f"{'completion alone, CPU ms':46}{'stock':>9}{'columns':>9}{'times':>9}"
        for name, completion in self.stock.items():
            times = completion.stock / completion.columns
            yield f"  {name:44}{completion.stock:9.2f}{completion.columns:9.3f}{times:9.0f}"

    def _series(self) -> Iterator[str]:
        yield f"{'growth':46}{'CPU ms':>9}{'p50':>9}{'req/s':>9}{'peak MB':>9}{'step':>9}{'from 1st':>9}"
        for series in self.series:
            yield f"{series.name} ({series.cost}): {_verdict(series)}"
            before: Point | None = None
            for point in series.points:
                more = (point.more.get(key) for key in ("p50", "per_second", "peak_mb"))
                cells = [f"{point.cost:,.2f}", *("" if value is None else f"{value:,.1f}" for value in more)]
                if before is not None:
                    cells += [f"{series.pace(before, point):.2f}", f"{series.pace(series.points[0], point):.2f}"]
                yield f"  {f'{point.size:,} {series.by}':44}" + "".join(f"{cell:>9}" for cell in cells)
                before = point


def _verdict(series: Series) -> str:
    if series.flat:
        return "does not grow" if series.holds else "GROWS"
    if not series.holds:
        return "FASTER THAN LINEARLY"
    worst = max(series.steps)
    return "no faster than linearly" + (f", but one step {worst:.1f} times as fast" if worst > NOISE else "")


def _figures_of(result: Result) -> dict[str, float]:
    return {key: value for key, value in asdict(result).items() if key != "last"}


def write(text: str, document: Path) -> None:
    """Puts the text where a document holds what was measured last. Raises ValueError where it has no such place."""
    written = document.read_text(encoding="utf-8")
    if not MARKS.search(written):
        raise ValueError(f"{document} has no <!-- measured --> and <!-- /measured -->")
    document.write_text(MARKS.sub(lambda match: f"{match[1]}```\n{text}\n```\n{match[2]}", written), encoding="utf-8")


def progress(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines as they come, each told when it is there."""
    for line in lines:
        print(f"{line.form}: {line.question} {line.temperature}, {line.lane}: {line.result.cpu:.2f} ms", flush=True)
        yield line
