"""What a receipt proves, in sentences."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transparency.policy import Trusted
    from trust.log.receipt import Receipt


def told(receipt: "Receipt", index: int, trusted: "Trusted") -> Iterator[str]:
    """The sentences about one entry, which has been checked."""
    checkpoint, said = trusted.checkpoint, receipt.said
    witnesses = ", ".join(sorted(trusted.witnesses)) or "nobody else"
    yield f"Entry {index} of {checkpoint.origin} is in its first {checkpoint.size}, signed by it and {witnesses}."
    match said.get("kind"):
        case "operation":
            yield from _operation(receipt, said)
        case "released":
            yield from _released(receipt, said)
        case "withheld":
            yield f"At {said['at']}, operation {said['operation_id']} was not answered after all."
        case "act":
            yield from _act(receipt, said)
        case kind:
            yield f"It is of a kind that is not known here: {kind}."


def _operation(receipt: "Receipt", said: Mapping[str, Any]) -> Iterator[str]:
    who = said["organisation"] or "somebody of no organisation"
    roles = f" ({', '.join(said['roles'])})" if said["roles"] else ""
    purpose = said["purpose"] or "no stated purpose"
    yield f"At {said['at']}, {who}{roles} asked for {purpose}: operation {said['operation_id']}, {said['outcome']}."
    for part in receipt.parts("caller"):
        yield f"The person is told as {part['who']}." if part["who"] else "It was the public: nobody is named."
        yield f"The SHA-256 of the query is {part['operation']}."
    for part in receipt.parts("decisions"):
        for one in part["granted"]:
            under = f" under {', '.join(one['agreements'])}" if one["agreements"] else ""
            yield f"{one['coordinate']} of {part['owner']} was granted{under}: {one['basis'].lower()}."
        for one in part["refused"]:
            yield f"{one['coordinate']} of {part['owner']} was refused: {one['clause']}."
    for part in receipt.parts("uses"):
        for id, version, figures, suppressed in part["uses"]:
            yield f"Read under {id} v{version}: {figures} figures, of which {suppressed} were suppressed."
    for part in receipt.parts("calls"):
        for one in part["calls"]:
            yield f"{part['owner']} was asked for {one['dataset']}, and answered {one['status']}, {one['bytes']} bytes."
    if closed := len(said["parts"]) - sum(len(receipt.parts(name)) for name in ("decisions", "uses", "calls")):
        yield f"Parts that are not opened here: {closed}."
    yield from _given(receipt)
    if said["outcome"] == "answered" and not said["answer"]:
        yield "It was sent in chunks: another entry says how much of it, or it is not known."


def _given(receipt: "Receipt") -> Iterator[str]:
    for part in receipt.parts("answer"):
        yield f"The data that were given are {part['bytes']} bytes, and their SHA-256 is {part['sha256']}."


def _released(receipt: "Receipt", said: Mapping[str, Any]) -> Iterator[str]:
    much = "whole" if said["bytes"] is None else f"not whole: at most {said['bytes']} bytes of its data were"
    yield f"At {said['at']}, the answer to operation {said['operation_id']} had been sent, {much}."
    yield from _given(receipt)


def _act(receipt: "Receipt", said: Mapping[str, Any]) -> Iterator[str]:
    by = f"{said['party']} ({said['organisation']})" if said["organisation"] else said["party"]
    states = f"from {said['before']} to {said['after']}" if said["before"] else f"to {said['after']}"
    yield f"At {said['at']}, {by} moved {said['id']} version {said['version']} {states}: {said['move']}."
    yield f"It is move {said['epoch']} of the book, and the SHA-256 of the content is {said['content_hash']}."
    for part in receipt.parts("caller"):
        yield f"The person is told as {part['who']}." if part["who"] else "The Trust did it by itself."
