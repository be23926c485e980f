"""The publisher's own names and identifiers for one version of a data set, from GET /data-sets/{id}/meta."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from resolvers.protocols.ees.reading import Reading

JSON = Mapping[str, Any]


class Moved(LookupError):
    """The publisher has nothing under a name or identifier that we hold: what we hold may be out of date."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter and the identifiers of its options by label."""

    id: str
    name: str
    options: Mapping[str, str]

    def option(self, label: str) -> str:
        """Identifier of an option. Raises Moved."""
        if (found := self.options.get(_folded(label))) is None:
            raise Moved(f"filter {self.name!r} has no option {label!r}")
        return found


@dataclass(frozen=True, slots=True)
class Metadata:
    """What identifiers stand for in one version of a data set.

    `version` is sent with every query, None for the newest. `release` is the version that answered, if it is
    known. `filters` and `indicators` are found by column name or by label; `codes`: (level, identifier of a
    location) -> the code of the place.
    """

    version: str | None
    release: str | None
    filters: tuple[Filter, ...]
    filter_names: Mapping[str, Filter]
    indicators: Mapping[str, str]
    codes: Mapping[tuple[str, str], str]
    levels: frozenset[str]
    times: frozenset[str]

    def filter(self, name: str) -> Filter:
        """A filter by its column name or its label. Raises Moved."""
        if (found := self.filter_names.get(_folded(name))) is None:
            raise Moved(f"there is no filter {name!r}")
        return found

    def indicator(self, name: str) -> str:
        """Identifier of an indicator by its column name or its label. Raises Moved."""
        if (found := self.indicators.get(_folded(name))) is None:
            raise Moved(f"there is no indicator {name!r}")
        return found


def read(told: Any, version: str | None, release: str | None) -> Metadata:
    """Metadata from the publisher's answer. Raises ValueError when it is not what was asked for."""
    filters: list[Filter] = []
    names: list[tuple[str, str]] = []
    for each in _objects(told, "filters"):
        short, name = _text(each, "id"), _text(each, "column", "label")
        labels = [(_text(option, "label"), _text(option, "id")) for option in _objects(each, "options")]
        filters.append(Filter(short, name, _unambiguous(labels)))
        names += [(each[key], short) for key in ("column", "label") if isinstance(each.get(key), str)]
    by_id = {each.id: each for each in filters}
    indicators = [
        (each[key], _text(each, "id"))
        for key in ("column", "label")
        for each in _objects(told, "indicators")
        if isinstance(each.get(key), str)
    ]
    codes: dict[tuple[str, str], str] = {}
    for group in _objects(told, "locations"):
        level = _level(group.get("level"))
        for option in _objects(group, "options"):
            if isinstance(code := option.get("code"), str):
                codes[(level, _text(option, "id"))] = code
    return Metadata(
        version=version,
        release=release,
        filters=tuple(filters),
        filter_names={name: by_id[short] for name, short in _unambiguous(names).items()},
        indicators=_unambiguous(indicators),
        codes=codes,
        levels=frozenset(level for level, _ in codes),
        times=frozenset(_text(each, "code") for each in _objects(told, "timePeriods")),
    )


def named(reading: Reading) -> Metadata:
    """Metadata in which every identifier is the name itself, to show a request before identifiers are known."""
    filters: dict[str, dict[str, str]] = {}
    for each in reading.filters.values():
        filters.setdefault(each.filter, {}).update(dict.fromkeys((each.total, *each.members.values()), ""))
    for each in (reading, *reading.figures.values(), *reading.filters.values()):
        for name, label in each.pins.items():
            filters.setdefault(name, {})[label] = ""
    shown = tuple(
        Filter(name, name, {_folded(label): f"{name}={label}" for label in (*options, reading.total)})
        for name, options in filters.items()
    )
    columns = {name for f in reading.figures.values() for name in (f.indicator, f.n) if name}
    return Metadata(
        version=reading.version,
        release=None,
        filters=shown,
        filter_names={_folded(each.name): each for each in shown},
        indicators={_folded(name): name for name in columns},
        codes={},
        levels=frozenset(),
        times=frozenset(),
    )


def _unambiguous(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Folded name -> identifier, without the names that stand for several identifiers."""
    found: dict[str, set[str]] = {}
    for name, short in pairs:
        found.setdefault(_folded(name), set()).add(short)
    return {name: ids.pop() for name, ids in found.items() if len(ids) == 1}


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _objects(told: Any, key: str) -> list[dict[str, Any]]:
    found = cast(JSON, told).get(key) if isinstance(told, dict) else None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in cast(list[Any], found)):
        raise ValueError(f"its metadata holds no list of {key}")
    return cast(list[dict[str, Any]], found)


def _text(told: JSON, *keys: str) -> str:
    for key in keys:
        if isinstance(text := told.get(key), str):
            return text
    raise ValueError(f"its metadata holds something without {keys[0]!r}")


def _level(told: Any) -> str:
    return told if isinstance(told, str) else _text(cast(JSON, told) if isinstance(told, dict) else {}, "code")
