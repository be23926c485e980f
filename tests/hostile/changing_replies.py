"""How replies of departments are changed, and what is asked while they are."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tests.fuzz.questions import QUESTIONS, Question
from tests.fuzz.recording import Reply

UNAVAILABLE, REFUSED, MISANSWERED = "DEPARTMENT_UNAVAILABLE", "DEPARTMENT_REFUSED", "DEPARTMENT_MISANSWERED"
# All figures are the truth; otherwise an error's code, or the marker of a figure that is not shown.
TRUTH = "the truth"
Change = Callable[[Reply], Reply]


class Line(NamedTuple):
    """`at`: what the address of the request ends with."""

    protocol: str
    at: str
    change: Change
    becomes: str


# The question of each protocol, and where its figures are asked for. Nomis speaks CSV, and JSON.
ASKED: Mapping[str, tuple[str, Question]] = {
    "share": ("paye_rti/query", QUESTIONS["share"][0]),
    "statxplore": ("/table", QUESTIONS["statxplore"][0]),
    "ees": ("1d419801-435d-c676-b428-1217e08290c3/query?dataSetVersion=2.0", QUESTIONS["ees"][0]),
    "nomis": ("record_count", QUESTIONS["nomis"][1]._replace(measures=("population",))),
    "nomis in JSON": ("gender=2,1&age=0", QUESTIONS["nomis"][0]),
}


def made(**changed: Any) -> Change:
    """A reply with other parts."""
    return lambda reply: reply._replace(**changed)


def headed(name: str, value: str) -> Change:
    """A reply with another header."""
    return lambda reply: reply._replace(headers={**reply.headers, name: value})


def content(change: Callable[[bytes], bytes]) -> Change:
    """A reply with other bytes."""
    return lambda reply: reply._replace(content=change(reply.content))


def edited(change: Callable[[Any], object]) -> Change:
    """A reply whose JSON has been changed in its place."""

    def edit(reply: Reply) -> Reply:
        document = json.loads(reply.content)
        change(document)
        return reply._replace(content=json.dumps(document).encode())

    return edit


def both(*changes: Change) -> Change:
    """One change after the other."""

    def change(reply: Reply) -> Reply:
        for one in changes:
            reply = one(reply)
        return reply

    return change
