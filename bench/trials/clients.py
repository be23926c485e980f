"""500 honest callers at once, then the same beside 1,500 slow connections: every honest one answered, rightly and
within 2 s."""

import random
import time
from collections import Counter

from bench import forms
from bench.forms import WARM, Bench
from bench.processes import family, peak_mb
from bench.trials.callers import Callers, Heard, beside
from bench.trials.house import asked, await_learned, right_answers
from bench.trials.slow import Slow
from bench.trials.truth import Wrong, lost
from bench.trials.verdict import Verdict, spread

SECONDS = 120
HONEST, SLOW = 500, 1_500
# Seconds between two requests of an honest caller, and in which each has to be answered.
PERIOD, WITHIN = 2.0, 2.0
# Seconds over which the slow ones come, at most.
COMING = 5.0
# Everybody comes from one address here, which the public's quota is for.
SETTINGS = {"QUOTA_ADDRESS": "0"}


def run(bench: Bench, seconds: float, draw: random.Random, verdict: Verdict) -> None:
    """A third of the time the honest alone, two thirds beside the slow."""
    verdict.tell(
        f"Settings besides the defaults: {SETTINGS}, and no quotas of subjects and organisations. Each honest caller "
        f"has a token of their own and asks the README's query or 12 months of four measures every {PERIOD:g} s: "
        f"{HONEST / PERIOD:.0f} requests a second in all."
    )
    with (
        forms.over_the_demonstration(bench) as form,
        bench.gateway(form.sources[WARM], form.departments, **form.settings, **SETTINGS) as target,
    ):
        questions = [question for question in form.questions if question.name in ("Q2", "README")]
        large = next(question for question in form.questions if question.name == "Q4")
        await_learned(target.port)
        truth = right_answers(bench, target, [*questions, large])
        theirs = [[asked(bench, one, draw.randrange(one.kinds)) for one in questions] for _ in range(HONEST)]
        unread = large.sent(target.port, 0, next(bench.headers(large))).wire
        for name, count, part in (("alone", 0, seconds / 3), (f"beside {SLOW} slow ones", SLOW, seconds * 2 / 3)):
            heard: list[Heard] = []
            callers = Callers(target.port, HONEST, PERIOD, lambda number: draw.choice(theirs[number]), heard.append)
            slow, standing = Slow(target.port, count, unread, min(COMING, part / 4)), list[int]()
            with beside(callers.ask, slow.hold):
                end = time.monotonic() + part
                while time.monotonic() < end:
                    time.sleep(0.25)
                    standing.append(slow.standing)
            _judge(verdict, f"500 honest {name}", heard, truth)
            verdict.tell(f"peak of memory {peak_mb(family(target.pid)):.0f} MB")
            if count:
                verdict.hold("slow connections stood at once", max(standing) >= count * 0.98, max(standing))
                verdict.tell(", ".join(f"{what} {often}" for what, often in sorted(slow.met.items())))


def _judge(verdict: Verdict, name: str, heard: list[Heard], truth: dict[str, bytes]) -> None:
    codes = Counter(one.code for one in heard)
    verdict.tell(f"{name}: {len(heard)} requests, {spread([one.seconds for one in heard])}")
    verdict.hold(f"{name}: all answered", bool(heard) and set(codes) == {"200"}, dict(codes))
    wrong = [said for one in heard if one.answer.status == 200 and (said := _wrong(one, truth))]
    verdict.hold(f"{name}: all rightly", not wrong, f"{len(wrong)} wrong{f', as {wrong[0]}' if wrong else ''}")
    worst = max(one.seconds for one in heard)
    verdict.hold(f"{name}: none above {WITHIN:g} s", worst <= WITHIN, f"{worst:.2f} s")


def _wrong(one: Heard, truth: dict[str, bytes]) -> str:
    """What is wrong with an answer."""
    try:
        gone = lost(one.answer.body, truth[one.asked.kind])
    except Wrong as wrong:
        return f"{one.asked.kind}: {wrong}"
    return f"{one.asked.kind}: without {', '.join(sorted(gone))}" if gone else ""
