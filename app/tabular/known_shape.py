"""The tables of an answer as they are known before there is one: from what is selected, and the schema."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

from graphql import GraphQLList, GraphQLNonNull, GraphQLObjectType, get_named_type

from app.tabular.columns import ASIDE, Keys, Level, level, table_names
from app.tabular.response_fields import ResponseField
from schema.answer_size import META
from schema.collected import SelectionSet


class KnownShape:
    """Which fields of a selection are lists of objects, by their types. What was skipped is not in the selection.
    `kinds`: the names of the types of all that hold objects."""

    def __init__(self, root: GraphQLObjectType, fields: Sequence[ResponseField]) -> None:
        self.lists: set[Keys] = set()
        self.kinds: dict[Keys, str] = {}
        self._read(root, fields, ())

    def _read(self, kind: GraphQLObjectType, fields: Sequence[ResponseField], path: Keys) -> None:
        for one in fields:
            declared: Any = META.get(one.name) or kind.fields.get(one.name)
            named: Any = cast(Any, get_named_type)(declared.type) if declared else None
            if declared is None or not isinstance(named, GraphQLObjectType):
                continue
            here = (*path, one.key)
            self.kinds[here] = named.name
            kind_of_list: Any = declared.type
            nullable = kind_of_list.of_type if isinstance(kind_of_list, GraphQLNonNull) else kind_of_list  # pyright: ignore[reportUnknownVariableType]
            if isinstance(nullable, GraphQLList):
                self.lists.add(here)
            self._read(named, one.fields, here)

    def skipped(self, path: Keys) -> bool:
        """Nothing that is selected is."""
        return False


class KnownTables:
    """The tables that a selection makes. `levels`: of each, in the order of the query, with those around it. `lists`:
    paths of what is no object alone. `innermost`: names of those that stand on no rows of another: each of them is
    always shown."""

    def __init__(self, root: GraphQLObjectType, selection: SelectionSet, private: str) -> None:
        fields = response_fields(selection)
        shape = KnownShape(root, fields)
        self.lists, self._kinds = shape.lists, shape.kinds
        tops = [level(one, shape, private) for one in fields if one.name not in ASIDE]
        found = [pair for top in tops for pair in _all(top, ()) if pair[1].sources]
        names = table_names([own for _, own in found])
        self.levels = dict(zip(names, found, strict=True))
        self.innermost = [name for name, (_, own) in self.levels.items() if not any(map(_has_rows, own.inner))]

    def kind(self, name: str) -> str:
        """The name of the type of a list's items."""
        _, own = self.levels[name]
        return self._kinds[own.path]


def response_fields(selection: SelectionSet) -> tuple[ResponseField, ...]:
    """A selection as response keys and names alone."""
    return tuple(ResponseField(field.key, field.name, response_fields(field.below)) for field in selection.fields)


def _all(own: Level, around: tuple[Level, ...]) -> Iterator[tuple[tuple[Level, ...], Level]]:
    yield around, own
    for inner in own.inner:
        yield from _all(inner, (*around, own))


def _has_rows(of: Level) -> bool:
    return bool(of.sources) or any(map(_has_rows, of.inner))
