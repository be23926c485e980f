"""What changed from one version of a data set to the next. What went or was renumbered is a major change."""

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from departments.ees.shelf import Version

JSON = dict[str, Any]


def changes(version: Version, before: Version | None) -> JSON:
    """As GET /data-sets/{id}/versions/{version}/changes shows it; the first version changes nothing."""
    sets: dict[bool, JSON] = {True: {}, False: {}}
    if before is not None:
        then, now = before.metadata, version.metadata
        _put(sets, "filters", _compared(_without_options(then), _without_options(now), "column"))
        _put_options(sets, "filterOptions", "filter", _filter_options(then, now), "label")
        _put(sets, "indicators", _compared(then["indicators"], now["indicators"], "column"))
        _put(sets, "geographicLevels", _compared(then["geographicLevels"], now["geographicLevels"], "code"))
        _put(
            sets, "locationGroups", map(_grouped, _compared(then["geographicLevels"], now["geographicLevels"], "code"))
        )
        _put_options(sets, "locationOptions", "level", _location_options(then, now), "code")
        _put(sets, "timePeriods", _compared(then["timePeriods"], now["timePeriods"], "period"))
    return {
        "versionNumber": version.edition.version,
        "notes": version.edition.notes,
        "majorChanges": sets[True],
        "minorChanges": sets[False],
    }


def _compared(then: Iterable[JSON], now: Iterable[JSON], key: str) -> list[JSON]:
    """What is not the same in both, matched by `key`."""
    old, new = {item[key]: item for item in then}, {item[key]: item for item in now}
    return [
        {"previousState": old.get(name), "currentState": new.get(name)}
        for name in dict.fromkeys(chain(old, new))
        if old.get(name) != new.get(name)
    ]


def _grouped(change: JSON) -> JSON:
    """A change of a level as a change of the group of its locations."""
    return {state: {"level": level} if level else None for state, level in change.items()}


def _is_major(change: JSON) -> bool:
    """What is gone, or has another id than before."""
    then, now = change["previousState"], change["currentState"]
    return now is None or (then is not None and then.get("id") != now.get("id"))


def _put(sets: Mapping[bool, JSON], name: str, changes: Iterable[JSON]) -> None:
    """Sorts changes into the major (True) and the minor ones (False), under `name`."""
    for change in changes:
        sets[_is_major(change)].setdefault(name, []).append(change)


def _put_options(
    sets: Mapping[bool, JSON], name: str, owner: str, groups: Iterable[tuple[JSON, list[JSON], list[JSON]]], key: str
) -> None:
    """Changes of the options of each filter or level, kept with what they belong to."""
    for group, then, now in groups:
        changes = _compared(then, now, key)
        for major in (True, False):
            if options := [change for change in changes if _is_major(change) is major]:
                sets[major].setdefault(name, []).append({owner: group, "options": options})


def _without_options(metadata: JSON) -> list[JSON]:
    """The filters of a version's metadata, for options are compared on their own."""
    return [{key: value for key, value in filter_.items() if key != "options"} for filter_ in metadata["filters"]]


def _filter_options(then: JSON, now: JSON) -> Iterable[tuple[JSON, list[JSON], list[JSON]]]:
    """Each filter that both versions have, with its options then and now."""
    old = {entry["column"]: entry["options"] for entry in then["filters"]}
    for filter_, entry in zip(_without_options(now), now["filters"], strict=True):
        if filter_["column"] in old:
            yield filter_, old[filter_["column"]], entry["options"]


def _location_options(then: JSON, now: JSON) -> Iterable[tuple[JSON, list[JSON], list[JSON]]]:
    """Each level of the newer version, with its places then (none for a new level) and now."""
    old = {group["level"]["code"]: group["options"] for group in then["locations"]}
    for group in now["locations"]:
        yield group["level"], old.get(group["level"]["code"], []), group["options"]
