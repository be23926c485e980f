"""What the record says of an operation."""

import hashlib
import time

from app.graphql_http import Parameters
from app.operation import Outcome
from policies.caller import PUBLIC
from trust.entry import Entry


def entry_of(
    outcome: Outcome, parameters: Parameters, started: float, *, person: str, epoch: int, policy: str
) -> Entry:
    """The entry of an operation. `started`: when, by the performance counter. `person`: the pseudonym of who asked.
    `epoch`: of the book now. `policy`: the hash of the rules."""
    operation, caller = outcome.request, outcome.request.caller
    return Entry(
        id=operation.id,
        at=operation.now,
        person=person,
        organisation=caller.organisation,
        issuer=caller.issuer,
        roles=sorted(caller.roles),
        purpose=operation.purpose,
        operation=_sha256(parameters, operation.text),
        epoch=epoch if outcome.epoch is None else outcome.epoch,
        outcome=became(outcome),
        decisions=outcome.decisions,
        calls=[call.recorded for call in outcome.calls],
        milliseconds=round((time.perf_counter() - started) * 1000, 1),
        relied=outcome.relied,
        uses=outcome.uses,
        policy=policy,
        answer=outcome.answer if outcome.executed and not outcome.failure else None,
    )


def became(outcome: Outcome) -> str:
    """What became of an operation, as the record has it."""
    return "failed" if outcome.failure else "answered" if outcome.executed else "rejected"


def is_recorded(outcome: Outcome) -> bool:
    """Whether an operation is recorded: what the public sends in vain is only counted."""
    return outcome.executed or bool(outcome.failure) or outcome.request.caller is not PUBLIC


def _sha256(parameters: Parameters, query: str) -> str:
    """The hash that stands for a query in the record: of its text, also of one that is not trusted, or the one that no
    text is known by."""
    text = query or parameters.query
    return hashlib.sha256(text.encode()).hexdigest() if text else parameters.sha256 or ""
