"""All attacks on one measure, one after another."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from attacks import scoring
from attacks.averaging import averaging, least_squares_over_time
from attacks.baseline import baseline
from attacks.bounds import bounds_by_programmes
from attacks.collecting import Collected, collect
from attacks.difference import counting, difference
from attacks.front import Caller, Door
from attacks.least_squares import least_squares
from attacks.markers import markers
from attacks.months import months_beside
from attacks.other_terms import other_terms
from attacks.pages import pages_and_fills
from attacks.scoring import Score
from attacks.signals import errors_and_times
from attacks.sums import sums
from attacks.table import Table
from attacks.truth import Truth

# From the table that was collected to the owner's figures of it.
Reading = Callable[[Table], Truth]


@dataclass(frozen=True)
class Result:
    """`scores`: of each attack; `scored`: by the owner's figures."""

    collected: Collected
    scores: list[Score]
    scored: bool
    seconds: float

    @property
    def recovered(self) -> int:
        """What counts against the release, each cell once."""
        return scoring.recovered(self.scores)


async def attack(
    door: Door, measure: str, callers: Sequence[Caller], seconds: float, owner: Reading | None = None
) -> Result:
    """`seconds`: for each attack, at most; collecting takes what it takes. `owner`: reads the figures to score by.
    Raises NoAnswer or NoTruth."""
    started = time.perf_counter()
    collected = await collect(door, measure, callers)
    truth = owner(collected.table) if owner else None
    behaviour = [
        scoring.of_behaviour(await pages_and_fills(door, collected, seconds)),
        scoring.of_behaviour(markers(collected.table)),
        scoring.of_behaviour(await errors_and_times(door, collected, truth, seconds)),
    ]
    worked_out = await asyncio.to_thread(_worked_out, collected.table, truth, seconds)
    return Result(collected, [*worked_out, *behaviour], truth is not None, time.perf_counter() - started)


def _worked_out(table: Table, truth: Truth | None, seconds: float) -> list[Score]:
    """The attacks that need nothing but what was collected."""
    bounds = table.bounds
    related = sums(table, bounds)
    guesses = baseline(table, bounds, related, bounds.middle)
    by_difference = difference(table, bounds, related, seconds)
    enough = scoring.far_enough(table, bounds, truth)
    intervals = [
        counting(table, bounds, related),
        by_difference,
        bounds_by_programmes(table, bounds, by_difference, related, enough, seconds),
        averaging(table, bounds, related),
    ]
    guessed = [
        least_squares(table, bounds, related, guesses, seconds),
        least_squares_over_time(table, bounds, related, seconds),
        months_beside(bounds, guesses),
    ]
    return [
        *(scoring.of_intervals(found, table, truth) for found in intervals),
        *(scoring.of_guesses(found, truth) for found in guessed),
        scoring.of_intervals(other_terms(bounds), table, truth),
    ]
