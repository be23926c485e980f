"""What goes with the figures wherever they are taken: where they came from, and under what terms."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

TRUST = "Labour Market Data Trust"


@dataclass(frozen=True, slots=True)
class UnderAgreement:
    """The version of an agreement that figures are shown under."""

    id: str
    version: int
    title: str


@dataclass(frozen=True, slots=True)
class MeasureTerms:
    """Of one measure in a file. `columns`: what its headings begin with. `withheld`: why none of its figures is there,
    where that is so; nothing is known of their source then."""

    name: str
    columns: Sequence[str]
    title: str
    description: str
    unit: str
    owner: str
    producer: str
    dataset: str | None = None
    release: str | None = None
    source: str | None = None
    licence: str | None = None
    retrieved_at: datetime | None = None
    agreements: Sequence[UnderAgreement] = ()
    treatment: Sequence[str] = ()
    withheld: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something that is wrong with a part of the answer, or may surprise. `about`: a field or a place in the answer."""

    code: str
    about: str
    message: str
    remedy: str | None


@dataclass(frozen=True, slots=True)
class About:
    """Of one file. `file`: its name, or its address where it has one. `receipt`: path at the gateway of what proves it,
    and `log`: the origin of the log that it is of. `query`, `variables`, `operation`: as they were sent. `list`: the
    list of the answer that it holds, where it holds one. `markers`: what those that figures can have mean."""

    file: str
    title: str
    contents: str
    answered_at: datetime
    organisation: str | None
    purpose: str | None
    receipt: str
    log: str
    query: str
    operation: str | None
    variables: Mapping[str, Any]
    measures: Sequence[MeasureTerms]
    notes: Sequence[Note]
    markers: Mapping[str, str]
    list: str | None = None

    def plain(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {"publisher": TRUST, **asdict(self)}


def note_of(error: Mapping[str, Any]) -> Note:
    """An error of an answer as a note."""
    extensions: Mapping[str, Any] = error.get("extensions") or {}
    path = ".".join(str(step) for step in extensions.get("appliesTo") or error.get("path") or ())
    about = str(extensions.get("coordinate") or path)
    return Note(str(extensions.get("code", "ERROR")), about, str(error.get("message", "")), extensions.get("remedy"))
