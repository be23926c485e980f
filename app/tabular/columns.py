"""The columns of each list of an answer, and their names."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from app.tabular.response_fields import ResponseField

Keys = tuple[str, ...]

# Connections wrap their rows; the wrapping says nothing about them.
WRAPPING = frozenset({"nodes", "edges", "node"})
# What is said about the paging of a list, or about types, is no figure and names no row.
ASIDE = frozenset({"pageInfo", "totalCount", "cursor", "__typename"})
NO_VALUE = "no value"


@dataclass(frozen=True, slots=True)
class ColumnSource:
    """Where a column is read from in an item of its list. `figure`: the keys, in the figure, of its markers."""

    path: Keys
    named: Keys
    figure: Keys | None = None
    markers: str = "markers"
    of_figure: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above a column. `figure`: of numbers, with markers. `markers`: the name of the column of these."""

    name: str
    figure: bool
    markers: str


@dataclass(slots=True)
class Level:
    """One list of objects, or one object at the top: the columns of its items, and the lists inside them."""

    path: Keys
    named: Keys
    sources: list[ColumnSource] = field(default_factory=list[ColumnSource])
    inner: list["Level"] = field(default_factory=list["Level"])


class Lists(Protocol):
    """Which fields of a selection are lists of objects, by their paths, and which were left out."""

    lists: set[Keys]

    def skipped(self, path: Keys) -> bool: ...


class Shape:
    """What the data of an answer says about a selection: which fields are lists, and which were skipped."""

    def __init__(self, fields: tuple[ResponseField, ...], data: Mapping[str, Any]) -> None:
        self.lists: set[Keys] = set()
        self._seen: set[Keys] = set()
        self._present: set[Keys] = set()
        self._read(fields, data, ())

    def _read(self, fields: tuple[ResponseField, ...], item: Mapping[str, Any], path: Keys) -> None:
        self._seen.add(path)
        for one in fields:
            if one.key not in item:
                continue
            here = (*path, one.key)
            self._present.add(here)
            if not one.fields:
                continue
            value = item[one.key]
            if isinstance(value, list):
                self.lists.add(here)
            for inner in objects(value):
                self._read(one.fields, inner, here)

    def skipped(self, path: Keys) -> bool:
        """Whether a field is missing wherever it could have been: left out by @skip or @include."""
        return path[:-1] in self._seen and path not in self._present


def objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects in a value: itself, or those of a list, however deep."""
    if isinstance(value, dict):
        return [cast("dict[str, Any]", value)]
    if isinstance(value, list):
        return [item for inner in cast("list[Any]", value) for item in objects(inner)]
    return []


def level(of: ResponseField, shape: Lists, private: str, path: Keys = (), named: Keys = ()) -> Level:
    """The level that a field at the top, or a list, makes. `private`: the alias under which markers were added."""
    result = Level((*path, of.key), named if path and of.name in WRAPPING else (*named, of.key))

    def read(fields: tuple[ResponseField, ...], inside: Keys, called: Keys, *, of_figure: bool) -> None:
        for one in fields:
            here = (*inside, one.key)
            name = called if one.name in WRAPPING else (*called, one.key)
            if one.name in ASIDE or one.key == private or shape.skipped((*result.path, *here)):
                continue
            if not one.fields:
                result.sources.append(ColumnSource(here, name, of_figure=of_figure))
            elif (*result.path, *here) in shape.lists:
                result.inner.append(level(one, shape, private, (*result.path, *inside), (*result.named, *called)))
            else:
                read_object(one, here, name, of_figure=of_figure)

    def read_object(one: ResponseField, here: Keys, name: Keys, *, of_figure: bool) -> None:
        values = [leaf for leaf in one.fields if leaf.name == "value" and not leaf.fields]
        if not values:
            read(one.fields, here, name, of_figure=of_figure)
            return
        markers = [leaf.key for leaf in one.fields if leaf.name == "markers" and not leaf.fields]
        own = next((key for key in markers if key != private), "markers")
        for leaf in one.fields:
            if leaf in values and not shape.skipped((*result.path, *here, leaf.key)):
                result.sources.append(ColumnSource((*here, leaf.key), (*name, leaf.key), tuple(markers), own))
            elif leaf.key != own or leaf.name != "markers":
                read((leaf,), here, name, of_figure=True)

    if of.fields:
        read(of.fields, (), (), of_figure=False)
    else:
        result.sources.append(ColumnSource((), ()))
    return result


def headings(around: Sequence[Level], own: Level) -> list[Heading]:
    """The headings of a list's table: those of the levels in whose items it stands, outermost first, and its own."""
    made: list[Heading] = []
    taken: set[str] = set()

    def unused(short: str, long: str) -> str:
        chosen = short if short not in taken else long
        while chosen in taken:
            chosen += "_"
        taken.add(chosen)
        return chosen

    for of in (*around, own):
        for source in of.sources:
            short = source.named if of is own else (*of.named, *source.named)
            long = (*of.named, *source.named)
            # What stands alone at the top has no name but its own.
            column = unused(".".join(short or long), ".".join(long))
            markers = (*short[:-1], source.markers) if source.figure is not None else (*(short or long), "markers")
            beside = ".".join(markers)
            if source.figure is not None:
                beside = unused(beside, ".".join((*long[:-1], source.markers)))
            made.append(Heading(column, source.figure is not None, beside))
    return made


def table_names(levels: Sequence[Level]) -> list[str]:
    """A name for each, no two alike: short where no other list has that name, be it its short one or its whole path."""
    short, whole = [".".join(of.named) for of in levels], [".".join(of.path) for of in levels]
    taken = Counter(name for pair in zip(short, whole, strict=True) for name in set(pair))
    return [name if taken[name] == 1 else path for name, path in zip(short, whole, strict=True)]
