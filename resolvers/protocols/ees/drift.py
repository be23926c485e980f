"""Where a source file and the publisher's own metadata no longer agree."""

from collections.abc import Callable, Iterator
from typing import Any, cast

from resolvers.protocols.ees.metadata import Metadata, Moved
from resolvers.protocols.ees.reading import Reading


def drift_of(reading: Reading, metadata: Metadata, newest: Any) -> Iterator[str]:
    """One line for each disagreement. `newest` is what the publisher says of the data set as a whole."""
    yield from _standing(metadata, newest)
    for name, figure in reading.figures.items():
        for column in filter(None, (figure.indicator, figure.n)):
            yield from _moved(f"measures.{name}", metadata.indicator, column)
    mentioned: set[str] = set()
    for where, name, labels in _filters(reading):
        mentioned.add(name)
        if moved := list(_moved(where, metadata.filter, name)):
            yield from moved
            continue
        mentioned.add(metadata.filter(name).id)
        for label in labels:
            yield from _moved(where, metadata.filter(name).option, label)
    for each in metadata.filters:
        if each.id not in mentioned:
            yield from _moved("pins", each.option, reading.total)
    for level in sorted(set(reading.levels.values()) - metadata.levels):
        yield f"levels: there are no places of level {level}."
    if not any(each.rstrip("0123456789") == reading.time for each in metadata.times):
        yield f"time: the data set has {', '.join(sorted(metadata.times)) or 'no periods'}, not {reading.time}."


def _standing(metadata: Metadata, newest: Any) -> Iterator[str]:
    """Whether the data set is still kept up, and in the version that is read."""
    told = cast(dict[str, Any], newest) if isinstance(newest, dict) else {}
    if (status := told.get("status", "Published")) != "Published":
        yield f"the data set is {status}; it is superseded by {told.get('supersedingDataSetId') or 'none'}."
    latest = cast(dict[str, Any], told.get("latestVersion") or {}).get("version")
    if isinstance(latest, str) and metadata.release and latest != metadata.release:
        yield f"version: {metadata.release} is read, and {latest} is published."


def _filters(reading: Reading) -> Iterator[tuple[str, str, list[str]]]:
    """Where the source file names a filter, the filter, and the options that it names."""
    pinned = [("pins", reading.pins)]
    pinned += [(f"measures.{name}.pins", each.pins) for name, each in reading.figures.items()]
    pinned += [(f"facets.{facet}.pins", each.pins) for facet, each in reading.filters.items()]
    yield from ((where, name, [label]) for where, pins in pinned for name, label in pins.items())
    for facet, each in reading.filters.items():
        yield f"facets.{facet}", each.filter, [each.total, *each.members.values()]


def _moved(where: str, find: Callable[[str], object], name: str) -> Iterator[str]:
    try:
        find(name)
    except Moved as moved:
        yield f"{where}: {moved}."
