"""Whether a node's own log and the Trust's agree: every assertion that the node answered is in an entry of each
operation that it names, and every call that an entry says was answered is in the node's log. One call is one assertion.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from departments.share.answered_lines import Line, OwnLog
from departments.share.entries import Called, Entry

# By how much the clocks of both sides may differ.
LEEWAY = timedelta(seconds=5)
# After how long what was answered is in the Trust's log, or will not be.
SETTLED = timedelta(seconds=120)
SIMULATED = " (simulation)"
# What becomes of an answer on its way: no answer, or that of something between the node and the gateway.
UNHEARD = frozenset({0, 500, 502, 503, 504})


class Difference(NamedTuple):
    """What one side says and the other does not. `lacking`: the side that lacks it, `node` or `trust`, or neither,
    where both have it and do not say the same."""

    at: datetime
    operation: str
    dataset: str
    jti: str
    lacking: str
    text: str


@dataclass
class Compared:
    """What came of it. `answers`, `calls`: how many lines and calls were compared, between `first` and `last`.
    `unheard`: answers that left the node, and that did not arrive, as the entry says. `left_out`: what was not
    compared, and why. `begins`: for each dataset, the first moment of which its node's log tells."""

    first: datetime
    last: datetime
    begins: Mapping[str, datetime]
    answers: int = 0
    calls: int = 0
    differences: list[Difference] = field(default_factory=list[Difference])
    unheard: list[Difference] = field(default_factory=list[Difference])
    left_out: Counter[str] = field(default_factory=Counter[str])


class Trusts:
    """What the Trust's log says of a department: calls by the names of their assertions, and operations that it has."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.calls: dict[str, list[tuple[Entry, Called]]] = {}
        self.unnamed: list[tuple[Entry, Called]] = []
        self.operations = set[str]()
        for entry in entries:
            if entry.kind == "operation":
                self.operations.add(entry.operation)
            for call in entry.calls:
                if call.jti:
                    self.calls.setdefault(call.jti, []).append((entry, call))
                elif call.status == 200:
                    self.unnamed.append((entry, call))


def compare(
    logs: Sequence[OwnLog], trust: Trusts, waiting: Collection[str], now: datetime, settled: timedelta = SETTLED
) -> Compared:
    """Both ways. `logs`: of the department's nodes, each with a line at least, read after the Trust's log was.
    `waiting`: operations whose entries have no place yet."""
    lines = sorted((line for one in logs for line in one.lines), key=lambda line: line.at)
    # The last moment of which a file tells may be long ago: what began shortly before it may have been answered after.
    last = now if all(one.ends for one in logs) else lines[-1].at
    found = Compared(lines[0].at, last, _begins(logs))
    named: dict[str, Line] = {}
    for line in lines:
        if line.jti in named:
            found.differences.append(_difference(line, line.operations, "", "the node answered one assertion twice"))
        named[line.jti] = line
        found.differences += _answered(line, trust, waiting, found, young=now - line.at < settled)
    over = now if last == now else last - settled
    for entry, call in (*trust.unnamed, *(one for calls in trust.calls.values() for one in calls)):
        if (line := named.get(call.jti)) is not None:
            _same(entry, call, line, found)
        elif call.status == 200:
            _lacking(entry, call, found, over)
    found.differences.sort()
    return found


def _begins(logs: Iterable[OwnLog]) -> Mapping[str, datetime]:
    begins: dict[str, datetime] = {}
    for one in logs:
        for line in one.lines:
            begins[line.dataset] = min(begins.get(line.dataset, one.lines[0].at), one.lines[0].at)
    return begins


def _answered(
    line: Line, trust: Trusts, waiting: Collection[str], found: Compared, *, young: bool
) -> Iterator[Difference]:
    """What the Trust's log lacks of an answer."""
    entries = trust.calls.get(line.jti, [])
    lacking = set(line.operations) - {entry.operation for entry, call in entries if not call.shared}
    if held_back := lacking & set(waiting):
        found.left_out["answers to operations whose entries wait for their places"] += 1
    elif lacking and young:
        found.left_out["answers that may not be in the Trust's log yet"] += 1
        return
    else:
        found.answers += 1
    if not line.operations:
        yield _difference(line, (), "trust", "the assertion named no operation")
    for operation in sorted(lacking - held_back):
        others = ", and others had the answer" if entries else ""
        if operation in trust.operations:
            text = f"answered, and the operation's entry does not list the call{others}"
        else:
            text = (
                f"answered, and the Trust's log has no entry of the operation{others}: nothing was shown for it, "
                "if the gateway is honest"
            )
        yield _difference(line, (operation,), "trust", text)


def _lacking(entry: Entry, call: Called, found: Compared, over: datetime) -> None:
    """A call that was answered, as its entry says, and that the node's log does not have."""
    if entry.at < found.begins.get(call.dataset, found.first) + LEEWAY:
        found.left_out["calls from before the node's log begins"] += 1
    elif entry.at > over:
        found.left_out["calls from after the node's log ends"] += 1
    else:
        found.calls += 1
        text = "an answered call" if call.jti else "an answered call that names no assertion"
        found.differences.append(_of_call(entry, call, "node", text))


def _same(entry: Entry, call: Called, line: Line, found: Compared) -> None:
    """A call whose assertion the node answered: whether both sides say the same of it."""
    found.calls += 1
    wrong = list[str]()
    if call.dataset != line.dataset:
        wrong.append(f"the node answered of {line.dataset} by this assertion")
    if not call.shared and entry.operation not in line.operations:
        wrong.append("the node was not told that the call was for this operation")
    if entry.kind == "operation" and _another(entry, line):
        said, told = (f"{one.organisation} for {one.purpose}" for one in (entry, line))
        wrong.append(f"the operation was of {said}, and the node was told of {told}")
    if call.status != 200:
        text = f"the node answered, and the call has the status {call.status}"
        if call.status in UNHEARD:
            found.unheard.append(_of_call(entry, call, "", text))
        else:
            wrong.append(text)
    found.differences += (_of_call(entry, call, "", text) for text in wrong)


def _another(entry: Entry, line: Line) -> bool:
    """Whether the node was told of another organisation or purpose than the entry. It is told of none where all that is
    asked for is open to everyone, and of the consumer's where an agreement is simulated."""
    if line.organisation is None or any(SIMULATED in agreement for agreement in line.agreements):
        return False
    return (line.organisation, line.purpose) != (entry.organisation, entry.purpose)


def _difference(line: Line, operations: Sequence[str], lacking: str, text: str) -> Difference:
    return Difference(line.at, ", ".join(operations), line.dataset, line.jti, lacking, text)


def _of_call(entry: Entry, call: Called, lacking: str, text: str) -> Difference:
    return Difference(entry.at, entry.operation, call.dataset, call.jti, lacking, f"entry {entry.position}: {text}")
