"""What the publisher's own metadata says of a dataset: its dimensions, its codes, when it was last updated."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from resolvers.errors import DepartmentMisanswered
from resolvers.protocols.nomis.page import many
from resolvers.protocols.nomis.reading import Reading
from resolvers.wire import Reply

# Dimensions that a request says in parameters of its own.
_BESIDES = {"geography", "freq", "time", "date"}


@dataclass(frozen=True, slots=True)
class Definition:
    """Concepts, in lower case, that a request must pin; `updated` is the publisher's release stamp, if given."""

    concepts: frozenset[str]
    updated: str | None

    def disagreements(self, reading: Reading) -> list[str]:
        """Where the source file pins too little, which would multiply rows, or a concept that there is not."""
        said, name = set(reading.concepts), reading.dataset.id
        return [
            f"{name}: the publisher has a dimension {concept!r} that the source file does not mention: pin it to a code"
            for concept in sorted(self.concepts - said)
        ] + [
            f"{name}: the source file gives a code of {concept!r}, but the publisher has no such dimension: its "
            f"dimensions are {', '.join(sorted(self.concepts))}"
            for concept in sorted(said - self.concepts)
        ]


def read_definition(reply: Reply) -> Definition:
    """A dataset's definition from `{id}.def.sdmx.json`. Raises DepartmentMisanswered."""
    family = _first(_down(reply, "structure", "keyfamilies", "keyfamily"))
    components = _table(family.get("components"))
    dimensions = [_table(each) for each in many(components.get("dimension"))]
    concepts = {
        str(each["conceptref"]).lower()
        for each in dimensions
        if "conceptref" in each and str(each.get("isfrequencydimension", "")).lower() != "true"
    }
    if not concepts:
        raise DepartmentMisanswered(reply.department, f"a definition without dimensions: {reply.content[:200]!r}")
    notes = [_table(each) for each in many(_table(family.get("annotations")).get("annotation"))]
    updated = next((str(n.get("annotationtext")) for n in notes if n.get("annotationtitle") == "LastUpdated"), None)
    return Definition(frozenset(concepts - _BESIDES), updated)


def read_codes(reply: Reply) -> dict[str, str]:
    """Code -> name from a code list. Raises DepartmentMisanswered."""
    lists = [_table(each) for each in many(_down(reply, "structure", "codelists", "codelist"))]
    codes = [_table(code) for each in lists for code in many(each.get("code"))]
    return {str(code.get("value")): str(_table(code.get("description")).get("value", "")) for code in codes}


def moved(reading: Reading, concept: str, codes: Mapping[str, str]) -> list[str]:
    """Codes of a concept in the source file that the publisher no longer lists."""
    used = _used(reading, concept)
    return [
        f"{reading.dataset.id}: the publisher has no code {code!r} of {concept!r}"
        for code in sorted(used - codes.keys())
    ]


def _used(reading: Reading, concept: str) -> set[str]:
    groups: Iterable[Mapping[str, str]] = [
        codes for table in (*reading.members.values(), *reading.own.values()) for codes in table.values()
    ]
    named = [reading.pins, *reading.measures.values(), *reading.totals.values(), *groups]
    return {codes[concept] for codes in named if concept in codes}


def _down(reply: Reply, *keys: str) -> Any:
    told: Any = reply.json()
    for key in keys:
        told = _table(told).get(key)
    if told is None:
        raise DepartmentMisanswered(reply.department, f"no {'.'.join(keys)}: {reply.content[:200]!r}")
    return told


def _table(value: Any) -> dict[str, Any]:
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def _first(value: Any) -> dict[str, Any]:
    items = many(value)
    return _table(items[0]) if items else {}
