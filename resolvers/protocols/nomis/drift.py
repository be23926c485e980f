"""Where the source file and the publisher's own metadata no longer agree."""

import asyncio
from collections.abc import Iterable

from resolvers.errors import DepartmentError
from resolvers.protocols.comparison import Comparison, gathered
from resolvers.protocols.nomis.definition import Definitions, moved
from resolvers.protocols.nomis.mapping import NomisMapping


async def drift_of(readings: Iterable[NomisMapping], definitions: Definitions) -> tuple[str, ...]:
    """One line for each disagreement, and one for each cause why datasets could not be compared, naming them. Raises
    DepartmentUnavailable where every dataset is unavailable."""
    readings = tuple(readings)
    comparisons = await asyncio.gather(*(_compared(reading, definitions) for reading in readings))
    return gathered({reading.dataset.id: one for reading, one in zip(readings, comparisons, strict=True)})


async def _compared(mapping: NomisMapping, definitions: Definitions) -> Comparison:
    lines: list[str] = []
    try:
        await _compare(mapping, definitions, lines)
    except DepartmentError as error:
        return Comparison(lines, error)
    return Comparison(lines)


async def _compare(mapping: NomisMapping, definitions: Definitions, lines: list[str]) -> None:
    """Adds a line for each disagreement. Raises DepartmentError."""
    name = mapping.dataset.id
    definition = await definitions.read(name, [])
    lines += definition.disagreements(mapping)
    for concept in sorted(definition.concepts & set(mapping.concepts)):
        if line := moved(mapping, concept, await definitions.codes(name, concept, [])):
            lines.append(line)
    for level, type_code in mapping.types.items():
        if not await definitions.codes(name, f"geography/{type_code}", []):
            lines.append(f"{name}: the publisher has no places of {type_code}, given for {level}")
