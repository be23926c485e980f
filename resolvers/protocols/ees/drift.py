"""Where a source file and the publisher's own metadata no longer agree."""

from collections.abc import Callable, Iterator
from typing import Any, cast

from resolvers.protocols.ees.mapping import EesMapping
from resolvers.protocols.ees.metadata import Metadata, Moved, Version, fits

PUBLISHED = "Published"


def drift_of(mapping: EesMapping, metadata: Metadata) -> Iterator[str]:
    """One line for each disagreement with the metadata of the version that is read."""
    for name, figure in mapping.figures.items():
        for column in filter(None, (figure.indicator, figure.n)):
            yield from _moved(f"measures.{name}", metadata.indicator, column)
    mentioned: set[str] = set()
    gone: set[tuple[str, str]] = set()
    for key, name, label in dict.fromkeys(mapping.mentions()):
        if (key, name) in gone:
            continue
        if moved := list(_moved(key, metadata.filter, name)):
            gone.add((key, name))
            yield from moved
            continue
        mentioned.add(metadata.filter(name).id)
        yield from _moved(key, metadata.filter(name).option, label)
    for known in metadata.filters:
        if known.id not in mentioned:
            yield from _moved("pins", known.option, mapping.total)
    for level in sorted(set(mapping.levels.values()) - metadata.levels):
        yield f"levels: there are no places of level {level}."
    if twice := [f"{level} {code}" for (level, code), count in sorted(metadata.locations.items()) if count > 1]:
        yield f"levels: {', '.join(twice[:3])}{' and others' if twice[3:] else ''} is there under several identifiers."
    codes = sorted({code for code, _ in metadata.times})
    if not any(code.rstrip("0123456789") == mapping.time for code in codes):
        yield f"time: the data set has {', '.join(codes) or 'no periods'}, not {mapping.time}."


def standing_of(document: Any) -> Iterator[str]:
    """Whether a data set is still kept up, from what the publisher says of it as a whole."""
    data_set = _object(document)
    status = data_set.get("status")
    if isinstance(status, str) and status != PUBLISHED:
        yield f"the data set is {_word(status)}; it is superseded by {_word(data_set.get('supersedingDataSetId'))}."


def versions_of(mapping: EesMapping, version: Version, document: Any, versions: Any) -> Iterator[str]:
    """Which version is read, and what is to be known of it and of newer ones. `document` is what the publisher says of
    the data set, `versions` the list of its versions, newest first."""
    latest = _object(_object(document).get("latestVersion")).get("version")
    listed = _object(versions).get("results")
    items = [_object(item) for item in cast(list[Any], listed)] if isinstance(listed, list) else []
    statuses = {str(item.get("version")): item.get("status") for item in items}
    if version.release:
        statuses.setdefault(version.release, version.status)
    gone: list[str] = []
    for number, status in statuses.items():
        wanted = number == version.release or (fits(number, mapping.version) and _newer(number, version.release))
        if isinstance(status, str) and status != PUBLISHED and wanted:
            gone.append(f"{number} is {_word(status)}")
    if not version.status:
        why = f" ({', '.join(gone)})" if gone else ""
        yield f"version: there is none that {mapping.version!r} stands for{why}; {_word(latest)} is the newest."
        return
    yield from (f"version: {line}." for line in gone)
    if version.release and isinstance(latest, str) and _newer(latest, version.release):
        yield f"version: {version.release} is read, and {_word(latest)} is published."


def _moved(where: str, find: Callable[[str], object], name: str) -> Iterator[str]:
    try:
        find(name)
    except Moved as moved:
        yield f"{where}: {moved}."


def _object(document: Any) -> dict[str, Any]:
    return cast(dict[str, Any], document) if isinstance(document, dict) else {}


def _word(text: Any) -> str:
    """A publisher's word in a line of ours."""
    return " ".join(text.split())[:40] if isinstance(text, str) and text.strip() else "none"


def _numbers(version: str) -> tuple[int, ...] | None:
    parts = version.split(".")
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        return None
    return tuple(map(int, parts))


def _newer(number: str, other: str | None) -> bool:
    """Whether a version is newer than another; where no other is known, every version is."""
    own, others = _numbers(number), _numbers(other) if other else ()
    return own is not None and others is not None and own > others
