"""The gateway that agreements are kept by, and what it says no with."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.commands.agreements.layout import aligned, asked
from app.commands.asking import Address, ask
from app.commands.exits import Refused
from app.commands.messages import error_line
from reference.errors import TrustError

Error = Mapping[str, Any]


class Declined(TrustError):
    """The gateway says no. `errors`: why."""

    def __init__(self, errors: Sequence[Error]) -> None:
        super().__init__(str(errors[0].get("message")))
        self.errors = errors

    @property
    def extensions(self) -> Mapping[str, Any]:
        """Of the first error."""
        return self.errors[0].get("extensions") or {}


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway, and as whom it is asked. `persona`: in the demonstration. `url` and `token_file`: as they were typed,
    where they were."""

    address: Address
    headers: dict[str, str]
    persona: str | None
    url: str | None = None
    token_file: str | None = None

    def asked(self, document: str, /, **variables: Any) -> dict[str, Any]:
        """The data of a whole answer. Raises Declined where there are errors, Refused where there is no answer."""
        answer = ask(self.address, self.headers, {"query": document, "variables": variables})
        if errors := answer.get("errors"):
            raise Declined(errors)
        return answer["data"]

    def last(self, id: str) -> dict[str, Any]:
        """The last version of an agreement: id, number, state and hash. Raises Refused where there is none."""
        found = self.asked("query($id: ID!) { agreement(id: $id) { versions { version } } }", id=id)["agreement"]
        if found is None:
            raise absent(id)
        return found["versions"][-1]

    def number(self, id: str, given: int | None) -> int:
        """The version that is meant: the one given, or the last. Raises Refused."""
        return given if given is not None else self.last(id)["version"]


def absent(id: str) -> Refused:
    """Whether there is one that is none of the caller's business is not told."""
    return Refused(f"there is no agreement {id} that you are party to. See lmdt agreements list.")


def print_declined(declined: Declined) -> None:
    """Why, on standard error: each reason, then what is allowed or missing, one a line."""
    for error in declined.errors:
        extensions: Mapping[str, Any] = error.get("extensions") or {}
        missing: Sequence[Mapping[str, Any]] = extensions.get("missing") or ()
        if missing:
            # The message lists in a sentence what is listed below.
            error = {**error, "message": f"{str(error.get('message')).partition(':')[0]}:"}
        # A place in the text of a mutation, which nobody here has written, says nothing.
        lines = [error_line({**error, "locations": None}), *asked(missing)]
        if allowed := extensions.get("allowed"):
            lines.append("Allowed now:")
            lines += aligned([(move["move"], " or ".join(move["by"])) for move in allowed], 2)
        print("\n".join(lines), file=sys.stderr)
