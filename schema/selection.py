"""Reads a query's selection once, before anything is asked: which places, periods, groups and measures."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    OperationDefinitionNode,
    SelectionSetNode,
)
from graphql.execution.values import get_argument_values, get_directive_values

from reference.area import Area, AreaLevel, Gazetteer
from resolvers.demand import Demand, Fill, ResponsePath
from resolvers.plan import Planner
from schema import arguments
from schema.cursor import area_after, row_after

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a selection, under its response key, with the selections of all its nodes merged."""

    key: str
    name: str
    node: FieldNode
    below: "Selection"


@dataclass(frozen=True, slots=True)
class Selection:
    """Fields in response order, fragments written out, skipped fields left out."""

    fields: tuple[Field, ...]


NOTHING = Selection(())


def collected(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode], variables: Any
) -> Selection:
    """An operation's selection, collected as the specification says. `variables` decide @skip and @include."""
    return _Collector(fragments, variables).selection([operation.selection_set])


class _Collector:
    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], variables: Any) -> None:
        self._fragments, self._variables = fragments, variables

    def selection(self, sets: Iterable[SelectionSetNode]) -> Selection:
        found: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for each in sets:
            self._collect(each, found, seen)
        if not found:
            return NOTHING
        return Selection(tuple(self._field(key, nodes) for key, nodes in found.items()))

    def _field(self, key: str, nodes: list[FieldNode]) -> Field:
        below = self.selection(node.selection_set for node in nodes if node.selection_set)
        return Field(key, nodes[0].name.value, nodes[0], below)

    def _collect(self, selections: SelectionSetNode, found: dict[str, list[FieldNode]], seen: set[str]) -> None:
        for node in selections.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                found.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
            elif isinstance(node, FragmentSpreadNode):
                name = node.name.value
                if name not in seen:
                    seen.add(name)
                    self._collect(self._fragments[name].selection_set, found, seen)
            else:
                self._collect(cast(Any, node).selection_set, found, seen)

    def _included(self, node: Any) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)
        if skip and skip["if"]:
            return False
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)
        return not (include and not include["if"])


@dataclass(frozen=True, slots=True)
class Page:
    """The whole of a connection that a Demand shows a window of: how many rows, and where the window starts."""

    total: int
    start: int
    stop: int


@dataclass(slots=True)
class Reading:
    """What a query wants, by response keys: demands, pages of connections, the places of Area selections at the
    root, levels that were asked for, and the errors of arguments that cannot be used."""

    demands: list[Demand] = field(default_factory=list[Demand])
    pages: dict[Key, Page] = field(default_factory=dict[Key, Page])
    areas: dict[Key, Sequence[Area]] = field(default_factory=dict[Key, Sequence[Area]])
    levels: dict[Key, AreaLevel] = field(default_factory=dict[Key, AreaLevel])
    errors: dict[Key, GraphQLError] = field(default_factory=dict[Key, GraphQLError])
    rows: int = 0


class Reader:
    """Reads selections. Holds nothing of any one request."""

    def __init__(self, schema: GraphQLSchema, planner: Planner, gazetteer: Gazetteer) -> None:
        self.planner, self.gazetteer = planner, gazetteer
        self.query = cast(GraphQLObjectType, schema.query_type).fields
        self.area = cast(GraphQLObjectType, schema.type_map["Area"]).fields

    def read(self, selection: Selection, variables: Any) -> Reading:
        """The demands of a selection, with the operation's variables coerced."""
        walk = _Walk(self, variables)
        walk.root(selection)
        return walk.reading


class _Walk:
    def __init__(self, reader: Reader, variables: Any) -> None:
        self._reader, self._variables = reader, variables
        self.reading = Reading()

    def root(self, selection: Selection) -> None:
        readers: dict[str, Callable[[Field, Key], None]] = {
            "area": self._area,
            "areas": self._areas,
            "labourMarket": self._table,
        }
        for each in selection.fields:
            if each.name in readers:
                self._guarded(readers[each.name], each, (each.key,))

    def _guarded(self, read: Callable[[Field, Key], None], each: Field, key: Key) -> None:
        try:
            read(each, key)
        except GraphQLError as error:
            self.reading.errors[key] = error

    def _values(self, fields: Mapping[str, GraphQLField], each: Field) -> dict[str, Any]:
        """A field's arguments, coerced. Raises GraphQLError."""
        return get_argument_values(fields[each.name], each.node, self._variables)

    def _area(self, each: Field, key: Key) -> None:
        code = self._values(self._reader.query, each)["code"]
        found = [arguments.area(code, self._reader.gazetteer, "code")]
        self.reading.areas[key] = found
        self._within_area(found, key, key, each.below)

    def _areas(self, each: Field, key: Key) -> None:
        values = self._values(self._reader.query, each)
        found = arguments.areas(values["where"], self._reader.gazetteer, "where")
        after = values.get("after")
        begin, stop = arguments.window(len(found), values.get("first"), area_after(after, found) if after else 0)
        self.reading.pages[key] = Page(len(found), begin, stop)
        self.reading.areas[key] = found[begin:stop]
        for inner, path, below in _nodes(each.below, key):
            self._within_area(found[begin:stop], inner, path, below)

    def _within_area(self, areas: Sequence[Area], key: Key, path: ResponsePath, selection: Selection) -> None:
        """Walks an Area selection for every area it will be resolved on."""
        for each in selection.fields:
            inner, inner_path = (*key, each.key), (*path, each.key)
            match each.name:
                case "labourMarket":
                    self._guarded(partial(self._rows, areas, inner_path), each, inner)
                case "within":
                    level = self.reading.levels[inner] = self._values(self._reader.area, each)["level"]
                    parents = dict.fromkeys(area.parents.get(level) for area in areas)
                    wider = [self._reader.gazetteer[code] for code in parents if code]
                    self._within_area(wider, inner, inner_path, each.below)
                case "areas":
                    level = self.reading.levels[inner] = self._values(self._reader.area, each)["level"]
                    places = self._reader.gazetteer
                    held = dict.fromkeys(finer for area in areas for finer in places.at(level, area.code))
                    self._within_area(list(held), inner, (*inner_path, 0), each.below)
                case _:
                    pass

    def _rows(self, areas: Sequence[Area], path: ResponsePath, each: Field, key: Key) -> None:
        values = self._values(self._reader.area, each)
        self._demand(values, areas, key, [(key, (*path, 0), each.below)], paged=False)

    def _table(self, each: Field, key: Key) -> None:
        values = self._values(self._reader.query, each)
        areas = arguments.areas(values["areas"], self._reader.gazetteer, "areas")
        self._demand(values, areas, key, list(_nodes(each.below, key)), paged=True)

    def _demand(
        self,
        values: Mapping[str, Any],
        areas: Sequence[Area],
        key: Key,
        chosen: Sequence[tuple[Key, ResponsePath, Selection]],
        *,
        paged: bool,
    ) -> None:
        planner = self._reader.planner
        measures: dict[str, list[ResponsePath]] = {}
        for _, path, selection in chosen:
            for each in selection.fields:
                if each.name in planner.catalogue.measures:
                    measures.setdefault(each.name, []).append((*path, each.key))
        periods = arguments.periods(values["periods"], "periods")
        by = arguments.facets(values.get("by", ()))
        groups = planner.groups(by, measures)
        block = len(periods) * len(groups)
        total = len(areas) * block
        start, stop = 0, total
        if paged:
            after = values.get("after")
            begin = row_after(after, areas, periods, groups) if after else 0
            start, stop = arguments.window(total, values.get("first"), begin)
            self.reading.pages[key] = Page(total, start, stop)
        first_area = start // block
        shown = areas[first_area : -(-stop // block)] if stop > start else areas[:0]
        self.reading.rows += stop - start
        self.reading.demands.append(
            Demand(
                key=key,
                areas=tuple(area.code for area in shown),
                periods=periods,
                by=by,
                groups=groups,
                fill=Fill(values.get("fill", Fill.NONE)),
                window=(start - first_area * block, stop - first_area * block),
                measures={name: tuple(paths) for name, paths in measures.items()},
            )
        )
        for inner, path, selection in chosen:
            for each in selection.fields:
                if each.name == "area":
                    self._within_area(shown, (*inner, each.key), (*path, each.key), each.below)


def _nodes(selection: Selection, key: Key) -> Iterable[tuple[Key, ResponsePath, Selection]]:
    """The node selections of a connection: those under `nodes` and those under `edges { node }`."""
    for each in selection.fields:
        if each.name == "nodes":
            yield (*key, each.key), (*key, each.key, 0), each.below
        elif each.name == "edges":
            for inner in each.below.fields:
                if inner.name == "node":
                    yield (*key, each.key, inner.key), (*key, each.key, 0, inner.key), inner.below
