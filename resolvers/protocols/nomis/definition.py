"""What the publisher's own metadata says of a dataset: its dimensions, its codes, when it was last updated."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from resolvers.errors import DepartmentMisanswered
from resolvers.protocols.nomis.mapping import NomisMapping
from resolvers.protocols.nomis.page import excerpt, many
from resolvers.wire import Call, Reply

# Dimensions that a request says in parameters of its own.
_BESIDES = {"geography", "freq", "time", "date"}
# Seconds that a dataset's definition is relied on before it is read again.
KEPT = 3600.0
# Sends a GET for a path of a dataset, and notes the call.
Get = Callable[[str, str, list[Call]], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Definition:
    """Concepts, in lower case, that a request must pin; `updated` is the publisher's release stamp, if given."""

    concepts: frozenset[str]
    updated: str | None

    def disagreements(self, mapping: NomisMapping) -> list[str]:
        """Where the source file pins too little, which would multiply rows, or a concept that there is not."""
        concepts, name = set(mapping.concepts), mapping.dataset.id
        return [
            f"{name}: the publisher has a dimension {concept!r} that the source file does not mention: pin it to a code"
            for concept in sorted(self.concepts - concepts)
        ] + [
            f"{name}: the source file gives a code of {concept!r}, but the publisher has no such dimension: its "
            f"dimensions are {', '.join(sorted(self.concepts))}"
            for concept in sorted(concepts - self.concepts)
        ]


class Definitions:
    """The publisher's metadata of every dataset. What cannot be read is as if it were not there."""

    def __init__(self, get: Get) -> None:
        self._get = get
        self._known: dict[str, tuple[Definition, float]] = {}

    async def read(self, dataset: str, calls: list[Call]) -> Definition:
        """A dataset's definition as it is now. Raises DepartmentError."""
        reply = await self._get(f"/dataset/{dataset}.def.sdmx.json", dataset, calls)
        definition = read_definition(reply, dataset)
        self._known[dataset] = (definition, time.monotonic())
        return definition

    async def of(self, dataset: str, calls: list[Call]) -> Definition | None:
        """A dataset's definition, read once an hour. None where there is none to be had: rows then have to prove
        themselves, as two of them for one cell are refused. Raises DepartmentUnavailable and DepartmentRefused."""
        definition, read_at = self._known.get(dataset, (None, 0.0))
        if definition and time.monotonic() - read_at < KEPT:
            return definition
        try:
            return await self.read(dataset, calls)
        except DepartmentMisanswered:
            return None

    def forget(self, dataset: str) -> None:
        """The definition is read again the next time."""
        self._known.pop(dataset, None)

    async def codes(self, dataset: str, concept: str, calls: list[Call]) -> dict[str, str]:
        """Code -> name of a concept; empty where it has none. Raises DepartmentUnavailable and DepartmentRefused."""
        try:
            return read_codes(await self._get(f"/dataset/{dataset}/{concept}.def.sdmx.json", dataset, calls))
        except DepartmentMisanswered:
            return {}

    async def times(self, dataset: str, calls: list[Call]) -> dict[str, str]:
        """Code -> name of every time that is published, from the list of times or else from the overview; empty where
        neither can be read. Raises DepartmentUnavailable and DepartmentRefused."""
        if times := await self.codes(dataset, "time", calls):
            return times
        try:
            return read_times(await self._get(f"/dataset/{dataset}.overview.json", dataset, calls))
        except DepartmentMisanswered:
            return {}


def read_definition(reply: Reply, dataset: str) -> Definition:
    """A dataset's definition from `{id}.def.sdmx.json`. Raises DepartmentMisanswered."""
    families = [_table(family) for family in many(_down(reply, "structure", "keyfamilies", "keyfamily"))]
    named = (family for family in families if str(family.get("id", dataset)).upper() == dataset.upper())
    family = next(named, None)
    if family is None:
        raise DepartmentMisanswered(reply.department, f"a definition of another dataset than {dataset}")
    dimensions = [_table(dimension) for dimension in many(_table(family.get("components")).get("dimension"))]
    concepts = {
        str(dimension["conceptref"]).lower()
        for dimension in dimensions
        if "conceptref" in dimension and str(dimension.get("isfrequencydimension", "")).lower() != "true"
    }
    if not concepts:
        raise DepartmentMisanswered(reply.department, f"a definition without dimensions: {excerpt(reply.content)}")
    notes = [_table(note) for note in many(_table(family.get("annotations")).get("annotation"))]
    stamps = (note.get("annotationtext") for note in notes if note.get("annotationtitle") == "LastUpdated")
    updated = next((stamp for stamp in stamps if isinstance(stamp, str)), None)
    return Definition(frozenset(concepts - _BESIDES), updated)


def read_codes(reply: Reply) -> dict[str, str]:
    """Code -> name from a code list. Raises DepartmentMisanswered."""
    lists = [_table(item) for item in many(_down(reply, "structure", "codelists", "codelist"))]
    codes = [_table(code) for item in lists for code in many(item.get("code"))]
    return {
        str(code["value"]): str(_table(code.get("description")).get("value", "")) for code in codes if "value" in code
    }


def read_times(reply: Reply) -> dict[str, str]:
    """Code -> name of every time, from `{id}.overview.json`. Raises DepartmentMisanswered."""
    dimensions = [_table(item) for item in many(_down(reply, "overview", "dimensions", "dimension"))]
    lists = [item for item in dimensions if str(item.get("name")).lower() in ("date", "time")]
    codes = [_table(code) for item in lists for code in many(_table(item.get("codes")).get("code"))]
    return {str(code["value"]): str(code.get("name", "")) for code in codes if "value" in code}


def moved(mapping: NomisMapping, concept: str, codes: Mapping[str, str]) -> str | None:
    """Codes of a concept in the source file that the publisher no longer lists, in one line. Case does not matter."""
    listed = {code.casefold() for code in codes}
    gone = [repr(code) for code in sorted(_used(mapping, concept)) if code.casefold() not in listed]
    if not listed:
        return f"{mapping.dataset.id}: the publisher lists no codes of {concept!r}"
    if not gone:
        return None
    return f"{mapping.dataset.id}: the publisher has no code{'s' * (len(gone) > 1)} {', '.join(gone)} of {concept!r}"


def _used(mapping: NomisMapping, concept: str) -> set[str]:
    groups = [codes for table in (*mapping.members.values(), *mapping.own.values()) for codes in table.values()]
    named = [mapping.pins, *mapping.measures.values(), *mapping.totals.values(), *groups]
    return {codes[concept] for codes in named if concept in codes}


def _down(reply: Reply, *keys: str) -> Any:
    document: Any = reply.json()
    for key in keys:
        document = _table(document).get(key)
    if document is None:
        raise DepartmentMisanswered(reply.department, f"no {'.'.join(keys)}: {excerpt(reply.content)}")
    return document


def _table(value: Any) -> dict[str, Any]:
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}
