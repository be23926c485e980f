"""What attacks found, as text and as JSON."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from attacks.battery import Result
from attacks.scoring import Score

HEAD = ("attack", "tried", "exactly", "nearer than allowed", "by the baseline", "seconds")
# Cells that are named.
NAMED = 5


def table(result: Result) -> Iterator[str]:
    """Line by line: the table, what else there is to tell, and the sum."""
    lines = [HEAD, *map(_line, result.scores)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(HEAD))]
    for line in lines:
        yield "  ".join(
            text.ljust(width) if at == 0 else text.rjust(width)
            for at, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
    for score in result.scores:
        if score.note:
            yield f"{score.attack}: {score.note}"
        if score.wrong:
            yield f"{score.attack}: sure of {score.wrong} more, and mistaken"
    if not result.scored:
        yield "without the owner's figures (--owner) guesses and times tell nothing"
    if unfinished := [score.attack for score in result.scores if not score.finished]:
        yield f"not finished in its time: {', '.join(unfinished)}"
    if left_out := result.collected.left_out:
        yield f"left out, for they see their own figures: {', '.join(left_out)}"
    for name in named(result):
        yield f"  recovered: {name}"
    yield f"{result.recovered} recovered"


def _line(score: Score) -> tuple[str, ...]:
    baseline = "-" if score.by_baseline is None else f"{score.by_baseline[0]} / {score.by_baseline[1]}"
    cells = ("-" if many is None else str(many) for many in (score.exactly, score.nearer))
    return score.attack, str(score.tried), *cells, baseline, f"{score.seconds:.1f}"


def named(result: Result) -> list[str]:
    """The first cells that were recovered, in words."""
    masks = [score.cells for score in result.scores if score.cells is not None]
    every: list[list[int]] = np.argwhere(np.logical_or.reduce(masks))[:NAMED].tolist() if masks else []
    told = result.collected.table
    return [f"{told.name(cell)} in {told.periods[period]}" for period, cell in every]


def document(result: Result) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "measure": result.collected.table.measure,
        "recovered": result.recovered,
        "attacks": [
            {
                "attack": score.attack,
                "tried": score.tried,
                "exactly": score.exactly,
                "nearer": score.nearer,
                "byBaseline": score.by_baseline,
                "recovered": score.recovered,
                "mistaken": score.wrong,
                "seconds": round(score.seconds, 2),
                "finished": score.finished,
                "note": score.note,
            }
            for score in result.scores
        ],
        "leftOut": result.collected.left_out,
        "named": named(result),
        "seconds": round(result.seconds, 2),
    }
