"""The publisher's own names and identifiers for one version of a data set, from GET /data-sets/{id}/meta."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, TypeVar, cast

from reference.errors import TrustError
from resolvers.protocols.ees.mapping import NEWEST, EesMapping, TimePeriod, folded

JSON = Mapping[str, Any]
T = TypeVar("T")


class Moved(TrustError, LookupError):
    """The publisher has nothing under a name or identifier of ours: what we know of the data set may be out of date."""


class Version(NamedTuple):
    """Which version is read. `requested`: sent with every query, None for the newest; `release`: its exact number, None
    where the publisher does not say; `published`: the day it was published, or the day we read it where the publisher
    does not say; `title`: of the statistical release that it belongs to; `status`: as the publisher writes it, ""
    where it knows no such version."""

    requested: str | None
    release: str | None
    published: date
    title: str = ""
    status: str = "Published"


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter, and the identifiers of its options by folded label. Labels that differ in capitals or spaces only are
    one label, so a label can have several identifiers."""

    id: str
    name: str
    options: Mapping[str, tuple[str, ...]]

    def option(self, label: str) -> tuple[str, ...]:
        """Identifiers of an option. Raises Moved."""
        if (ids := self.options.get(folded(label))) is None:
            raise Moved(f"filter {self.name!r} has no option {label!r}")
        return ids


@dataclass(frozen=True, slots=True)
class Metadata:
    """What identifiers stand for in one version of a data set.

    `filter_names` and `indicators`: by folded column name or label, None where several have the name. `codes`:
    (level, identifier of a location) -> the code of the place; `locations`: (level, code) -> how many identifiers
    have the code. `times`: time period -> its label.
    """

    version: Version
    filters: tuple[Filter, ...]
    filter_names: Mapping[str, Filter | None]
    indicators: Mapping[str, str | None]
    codes: Mapping[tuple[str, str], str]
    locations: Mapping[tuple[str, str], int]
    times: Mapping[TimePeriod, str]

    @property
    def levels(self) -> frozenset[str]:
        """The geographic levels that have places."""
        return frozenset(level for level, _ in self.locations)

    def filter(self, name: str) -> Filter:
        """A filter by its column name or its label. Raises Moved."""
        return _one(self.filter_names, name, "filter")

    def indicator(self, name: str) -> str:
        """Identifier of an indicator by its column name or its label. Raises Moved."""
        return _one(self.indicators, name, "indicator")


def read(document: Any, version: Version) -> Metadata:
    """Metadata from the publisher's answer. Raises ValueError when it is not what was asked for."""
    filters: dict[str, Filter] = {}
    listed = _objects(document, "filters")
    for item in listed:
        identifier, name = _text(item, "id"), _text(item, "column", "label")
        options = {_text(option, "id"): _text(option, "label") for option in _distinct(_objects(item, "options"))}
        by_label: dict[str, tuple[str, ...]] = {}
        for option, label in options.items():
            by_label[folded(label)] = (*by_label.get(folded(label), ()), option)
        filters[identifier] = Filter(identifier, name, by_label)
    filter_names = _names(_distinct(listed))
    codes: dict[tuple[str, str], str] = {}
    for group in _objects(document, "locations"):
        level = _level(group.get("level"))
        for option in _distinct(_objects(group, "options")):
            if isinstance(code := option.get("code"), str):
                codes[(level, _text(option, "id"))] = code
    times: dict[TimePeriod, str] = {}
    for item in _objects(document, "timePeriods"):
        label = item.get("label")
        times[(_text(item, "code"), _text(item, "period"))] = label if isinstance(label, str) else ""
    return Metadata(
        version=version,
        filters=tuple(filters.values()),
        filter_names={name: None if ident is None else filters[ident] for name, ident in filter_names.items()},
        indicators=_names(_distinct(_objects(document, "indicators"))),
        codes=codes,
        locations=Counter((level, code) for (level, _), code in codes.items()),
        times=times,
    )


def named(mapping: EesMapping) -> Metadata:
    """Metadata in which every identifier is the name itself, to show a request before identifiers are known."""
    labels: dict[str, dict[str, None]] = {}
    for where in mapping.mentions():
        labels.setdefault(where.column, {})[where.label] = None
    filters = tuple(
        Filter(name, name, {folded(label): (f"{name}={label}",) for label in (*options, mapping.total)})
        for name, options in labels.items()
    )
    columns = {name for figure in mapping.figures.values() for name in (figure.indicator, figure.n) if name}
    return Metadata(
        version=Version(mapping.version, None, date.max),
        filters=filters,
        filter_names={folded(filter.name): filter for filter in filters},
        indicators={folded(name): name for name in columns},
        codes={},
        locations={},
        times={},
    )


def fits(number: str, pattern: str) -> bool:
    """Whether a version is one that `pattern` stands for: "2.0", "2.*" or "*"."""
    if NEWEST not in pattern:
        return number == pattern
    return f"{number}.".startswith(pattern.partition(NEWEST)[0])


def _one(names: Mapping[str, T | None], name: str, kind: str) -> T:
    if folded(name) not in names:
        raise Moved(f"there is no {kind} {name!r}")
    if (value := names[folded(name)]) is None:
        raise Moved(f"several {kind}s are called {name!r}: write the column name of the one that is meant")
    return value


def _names(items: Iterable[JSON]) -> dict[str, str | None]:
    """Identifiers by folded column name and label. A column name is worth more than another one's label."""
    names: dict[str, str | None] = {}
    for key in ("label", "column"):
        identifiers: dict[str, set[str]] = {}
        for item in items:
            if isinstance(name := item.get(key), str):
                identifiers.setdefault(folded(name), set()).add(_text(item, "id"))
        names |= {name: ids.pop() if len(ids) == 1 else None for name, ids in identifiers.items()}
    return names


def _distinct(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The items, whose identifiers must all be different. Raises ValueError."""
    identifiers = Counter(_text(item, "id") for item in items)
    if twice := [identifier for identifier, count in identifiers.items() if count > 1]:
        raise ValueError(f"its metadata gives the identifier {twice[0]!r:.40} to several things")
    return items


def _objects(document: Any, key: str) -> list[dict[str, Any]]:
    items = cast(JSON, document).get(key) if isinstance(document, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in cast(list[Any], items)):
        raise ValueError(f"its metadata holds no list of {key}")
    return cast(list[dict[str, Any]], items)


def _text(item: JSON, *keys: str) -> str:
    for key in keys:
        if isinstance(text := item.get(key), str):
            return text
    raise ValueError(f"its metadata holds something without {keys[0]!r}")


def _level(level: Any) -> str:
    return level if isinstance(level, str) else _text(cast(JSON, level) if isinstance(level, dict) else {}, "code")
