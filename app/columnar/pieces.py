"""What builders are made of: the context of one request, and what they know of a selection."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple, TypeVar, cast

from app.columnar.text import Part, Text, json_of
from policies.agreement import Agreement
from policies.decision import AgreementRef
from reference.area import Area, AreaLevel, Gazetteer
from reference.errors import TrustError
from schema.collected import SelectedField, SelectionSet
from schema.rows import AnswerGrid
from schema.selection import Key, PageWindow

T = TypeVar("T")


class Unusual(TrustError):
    """A selection that ordinary execution must complete."""


@dataclass(frozen=True, slots=True)
class AnswerContext:
    """What one request has to show. `lazily`: its lists are put together as they are read. `made`: what is shown in
    several places, by what it is."""

    grids: Mapping[Key, AnswerGrid]
    pages: Mapping[Key, PageWindow]
    areas: Mapping[Key, Sequence[Area]]
    levels: Mapping[Key, AreaLevel]
    gazetteer: Gazetteer
    agreements: Mapping[AgreementRef, Agreement]
    lazily: bool
    made: dict[Hashable, Part] = field(default_factory=dict[Hashable, Part])

    def once(self, key: Hashable, make: Callable[[], Part]) -> Part:
        """What was made under this key, or is made now."""
        made = self.made.get(key)
        if made is None:
            made = self.made[key] = make()
        return made


class AnswerColumns(NamedTuple):
    """What the columns of an answer are made of: what was selected, and what there is to show of it. `whole`: columns
    are all of it."""

    selection: SelectionSet
    context: AnswerContext
    whole: bool


# Makes the columns of a field of the root, and gives its JSON.
Build = Callable[[AnswerContext], Text]


def constant(value: object) -> Callable[..., bytes]:
    """A builder of the same JSON in every answer."""
    text = json_of(value)
    return lambda *_: text


def word(read: Callable[[T], str]) -> Callable[[T], bytes]:
    """Reads one of a few things, such as places and periods, and keeps what it reads, as JSON."""

    @cache
    def kept(thing: Hashable) -> bytes:
        return json_of(read(cast(T, thing)))

    return cast(Callable[[T], bytes], kept)


def known(selection: SelectionSet, names: Iterable[str]) -> tuple[SelectedField, ...]:
    """The fields of a selection, if they are all of these. Raises Unusual."""
    allowed = {*names, "__typename"}
    for selected in selection.fields:
        if selected.name not in allowed:
            raise Unusual(selected.name)
    return selection.fields
