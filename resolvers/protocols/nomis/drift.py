"""Where the source file and the publisher's own metadata no longer agree."""

import asyncio
import re
from collections.abc import Iterable

from resolvers.errors import DepartmentError, DepartmentUnavailable
from resolvers.protocols.nomis.definition import Definitions, moved
from resolvers.protocols.nomis.reading import Reading

# A department's words in a line: so many letters, and nothing from where a page of HTML begins.
_LONGEST = 160
_PAGE = re.compile(r"\W*(?:\bb)?\W*<[!a-z].*", re.DOTALL | re.IGNORECASE)


async def drift_of(readings: Iterable[Reading], definitions: Definitions) -> tuple[str, ...]:
    """One line for each disagreement, and one for each cause why datasets could not be compared, naming them. What is
    wrong with one dataset keeps no other's lines. Raises DepartmentUnavailable where every dataset is unavailable."""
    readings = tuple(readings)
    outcomes = await asyncio.gather(*(_compared(reading, definitions) for reading in readings))
    failed: dict[str, list[str]] = {}
    for reading, (_, error) in zip(readings, outcomes, strict=True):
        if error is not None:
            failed.setdefault(cause(error.detail), []).append(reading.dataset.id)
    errors = [error for _, error in outcomes if error is not None]
    if len(errors) == len(readings) and all(isinstance(error, DepartmentUnavailable) for error in errors):
        raise DepartmentUnavailable(errors[0].department, "; ".join(failed))
    unread = (f"{', '.join(names)}: the publisher's metadata could not be read: {why}" for why, names in failed.items())
    return (*(line for lines, _ in outcomes for line in lines), *unread)


def cause(detail: str) -> str:
    """What went wrong, in one short line."""
    line = " ".join(_PAGE.sub(": a page of HTML", detail).split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


async def _compared(reading: Reading, definitions: Definitions) -> tuple[list[str], DepartmentError | None]:
    """The lines of one dataset, and why there are no more."""
    lines: list[str] = []
    try:
        await _compare(reading, definitions, lines)
    except DepartmentError as error:
        return lines, error
    return lines, None


async def _compare(reading: Reading, definitions: Definitions, lines: list[str]) -> None:
    """Adds a line for each disagreement. Raises DepartmentError."""
    name = reading.dataset.id
    definition = await definitions.read(name, [])
    lines += definition.disagreements(reading)
    for concept in sorted(definition.concepts & set(reading.concepts)):
        if line := moved(reading, concept, await definitions.codes(name, concept, [])):
            lines.append(line)
    for level, type_code in reading.types.items():
        if not await definitions.codes(name, f"geography/{type_code}", []):
            lines.append(f"{name}: the publisher has no places of {type_code}, given for {level}")
