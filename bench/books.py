"""What agreements cost, in process: `python -m bench.books` measures decisions, starts and moves with 10, 1,000 and
10,000 of them, as CPU milliseconds, and each as a ratio to 10."""

import gc
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from statistics import median

from app.settings import Settings, read
from app.signing import signer
from bench import agreements
from policies.agreement import Agreement, read_agreements
from policies.agreement_file import AgreementStatus
from policies.book import Book, Memo
from policies.caller import Caller
from policies.decide import decide
from policies.decision import Access, Grant
from policies.rules import Rules, read_rules
from reference.area import AreaLevel, gazetteer
from resolvers.catalogue import read_folder
from schema.measures import MEASURES
from trust.agreements.desk import Desk
from trust.agreements.signatures import Seal
from trust.agreements.watch import Watch
from trust.database import open_database
from trust.people import KEY, People

SIZES = (10, 1_000, 10_000)
TIMES = 30
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
AREAS = ("E08000003",)
SAME = "one consumer and measure, no two alike"


@dataclass(frozen=True)
class Costs:
    """Of a book of one size: CPU milliseconds by what is done."""

    size: int
    spent: dict[str, float]


def spent(work: Callable[[], object], times: int = TIMES) -> float:
    """CPU milliseconds of the work, in the median."""
    taken: list[float] = []
    for _ in range(times):
        began = time.process_time()
        work()
        taken.append((time.process_time() - began) * 1000)
    return median(taken)


def decisions(rules: Rules, book: Book, one: Agreement) -> Iterator[tuple[str, float]]:
    """A decision that is granted by an agreement, one that is refused, and one that is remembered."""
    (purpose,) = one.purposes
    caller = Caller("x", one.consumer, frozenset({"analyst"}), one.purposes, "bench")
    facets = max(one.breakdowns, key=len)
    wanted = Access(one.measures[0], frozenset({AreaLevel.LA}), facets, AREAS, date(2024, 1, 1), date(2024, 12, 31))
    part = book.part(one.consumer)

    def decided(purpose: str | None) -> object:
        part.memo = Memo()
        return decide(rules, book, caller, purpose, wanted, NOW)

    assert isinstance(decided(purpose), Grant)
    assert not isinstance(decided(None), Grant)
    yield "granted", spent(lambda: decided(purpose))
    yield "refused", spent(lambda: decided(None))
    decided(purpose)
    yield "remembered", spent(lambda: [decide(rules, book, caller, purpose, wanted, NOW) for _ in range(100)]) / 100


def moves(book: Book, one: Agreement) -> float:
    """One version put on hold in the book, and in force again."""
    epoch = count(book.epoch + 1)

    def moved() -> None:
        held = book.with_(replace(one, status=AgreementStatus.SUSPENDED), next(epoch))
        held.without(one.ref, next(epoch)).with_(one, next(epoch))

    return spent(moved, 200)


def rules_of(settings: Settings) -> Rules:
    """The rules of a gateway with these settings."""
    sources = read_folder(settings.sources, MEASURES)
    return read_rules(settings.policies, MEASURES, gazetteer(), sources.own_terms, sources.protected)


def measured(folder: Path, size: int) -> Costs:
    """What a Trust of so many agreements costs."""
    settings = read({})
    rules = rules_of(settings)
    policies = agreements.folder(folder / f"policies-{size}", size) / "agreements"
    database = open_database(f"sqlite:///{folder}/{size}.sqlite")
    desk = Desk(database, rules, Seal(signer(folder / "key.pem")), People(bytes(KEY)))
    costs: dict[str, float] = {}
    costs["first start, from files"] = spent(
        lambda: desk.begin(lambda: read_agreements(policies, rules.known), datetime.now(UTC)), 1
    )
    gc.collect()
    watch = Watch(database, rules, desk)
    costs["start, from the database"] = spent(watch.learn, 1)
    watch.learn()  # a book that took long to read is confirmed by the next look
    book = watch.book()
    one = next(agreement for agreement in book if agreement.id == "BENCH-DWP")
    costs |= dict(decisions(rules, book, one))
    costs["moved in the book"] = moves(book, one)
    costs["moved, to the book of a worker"] = spent(lambda: _suspended(desk, watch, one), 10)
    watch.close()
    database.dispose()
    return Costs(size, costs)


def _suspended(desk: Desk, watch: Watch, one: Agreement) -> None:
    """Put on hold and in force again by its owner's steward, each learnt."""
    steward = Caller("s", one.owner, frozenset({"data-steward"}), frozenset(), "bench")
    for move in ("suspend", "resume"):
        with desk.opened(datetime.now(UTC), "bench") as acts:
            getattr(acts, move)(steward, one.id, "To measure.")
            desk.commit(acts)
        watch.learn()


def adversarial(rules: Rules, one: Agreement, size: int) -> Costs:
    """All of one consumer and one measure, no two that cover the same, and the last is the one that is looked for."""
    places = sorted(area.code for area in rules.gazetteer if area.level is AreaLevel.LA and area.code not in AREAS)
    many = [
        replace(
            one, id=f"ALL-{at:05}", within=places[at % len(places)], period_from=date(1990 + at // len(places), 1, 1)
        )
        for at in range(size)
    ]  # fmt: skip
    began = time.process_time()
    book = Book.of([*many, one])
    built = (time.process_time() - began) * 1000
    costs = {"built": built} | dict(decisions(rules, book, one))
    return Costs(size, costs | {"moved in the book": moves(book, one)})


def table(title: str, all_costs: list[Costs]) -> Iterator[str]:
    """A line for each thing that is done."""
    yield f"{title:46}" + "".join(f"{costs.size:>12,}" for costs in all_costs) + "    from 10"
    for name, first in all_costs[0].spent.items():
        cells = "".join(f"{costs.spent[name]:>12.3f}" for costs in all_costs)
        ratios = ", ".join(f"{costs.spent[name] / first:.2f}" for costs in all_costs[1:])
        yield f"  {name:44}{cells}    {ratios}"


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        all_costs = [measured(Path(name), size) for size in SIZES]
        print("\n".join(table("agreements (CPU ms)", all_costs)))
        settings = read({})
        rules = rules_of(settings)
        known = {one.id: one for one in read_agreements(Path(name) / "policies-10" / "agreements", rules.known)}
        worst = [adversarial(rules, known["BENCH-DWP"], size) for size in SIZES]
        print("\n".join(table(SAME, worst)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
