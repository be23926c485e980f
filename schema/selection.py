"""Reads a query's selection once, before anything is asked: which places, periods, groups and measures."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, cast
from weakref import WeakKeyDictionary

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    OperationDefinitionNode,
    SchemaMetaFieldDef,
    SelectionSetNode,
    TypeMetaFieldDef,
    get_named_type,
)
from graphql.execution.values import get_argument_values, get_directive_values

from reference.area import Area, AreaLevel, Gazetteer
from resolvers.extents import Extents
from resolvers.market_selection import Fill, MarketSelection, ResponsePath
from resolvers.plan import Planner
from schema import arguments
from schema.cursor import area_after, row_after

Key = tuple[str, ...]
# How many times each place is shown, by its code.
Places = Mapping[str, int]
# Items taken to be in a list whose length the query does not say: the catalogue's, and introspection's.
ASSUMED = 32
META = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class SelectedField:
    """One field of a selection, under its response key, with the selections of all its nodes merged. Equal to itself
    alone."""

    key: str
    name: str
    node: FieldNode
    below: "SelectionSet"


@dataclass(frozen=True, slots=True)
class SelectionSet:
    """Fields in response order, fragments written out, skipped fields left out."""

    fields: tuple[SelectedField, ...]


NOTHING = SelectionSet(())


def collected(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode], variables: Any
) -> SelectionSet:
    """An operation's selection, collected as the specification says. `variables` decide @skip and @include."""
    return _Collector(fragments, variables).selection([operation.selection_set])


class _Collector:
    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], variables: Any) -> None:
        self._fragments, self._variables = fragments, variables

    def selection(self, sets: Iterable[SelectionSetNode]) -> SelectionSet:
        by_key: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for selection_set in sets:
            self._collect(selection_set, by_key, seen)
        if not by_key:
            return NOTHING
        return SelectionSet(tuple(self._field(key, nodes) for key, nodes in by_key.items()))

    def _field(self, key: str, nodes: list[FieldNode]) -> SelectedField:
        below = self.selection(node.selection_set for node in nodes if node.selection_set)
        return SelectedField(key, nodes[0].name.value, nodes[0], below)

    def _collect(self, selections: SelectionSetNode, fields: dict[str, list[FieldNode]], seen: set[str]) -> None:
        for node in selections.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                fields.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
            elif isinstance(node, FragmentSpreadNode):
                name = node.name.value
                if name not in seen:
                    seen.add(name)
                    self._collect(self._fragments[name].selection_set, fields, seen)
            else:
                self._collect(cast(Any, node).selection_set, fields, seen)

    def _included(self, node: Any) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)
        if skip and skip["if"]:
            return False
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)
        return not (include and not include["if"])


class PageWindow(NamedTuple):
    """The whole of a connection that a MarketSelection shows a window of: how many rows, and where that starts."""

    total: int
    start: int
    stop: int


@dataclass(slots=True)
class RequestedData:
    """What a query wants, by response keys: demands, pages of connections, the places of Area selections at the
    root, levels that were asked for, and the errors of arguments that cannot be used. `rows` and `values`: how
    many of each the answer will hold, counted as often as they appear in it; values are never counted short."""

    demands: list[MarketSelection] = field(default_factory=list[MarketSelection])
    pages: dict[Key, PageWindow] = field(default_factory=dict[Key, PageWindow])
    areas: dict[Key, Sequence[Area]] = field(default_factory=dict[Key, Sequence[Area]])
    levels: dict[Key, AreaLevel] = field(default_factory=dict[Key, AreaLevel])
    errors: dict[Key, GraphQLError] = field(default_factory=dict[Key, GraphQLError])
    rows: int = 0
    values: int = 0


class SelectionReader:
    """Reads selections. Holds nothing of any one request."""

    def __init__(self, schema: GraphQLSchema, planner: Planner, gazetteer: Gazetteer, extents: Extents) -> None:
        self.planner, self.gazetteer, self.extents = planner, gazetteer, extents
        self.root = cast(GraphQLObjectType, schema.query_type)
        self.row = cast(GraphQLObjectType, schema.type_map["LabourMarket"])
        self.query = self.root.fields
        self.area = cast(GraphQLObjectType, schema.type_map["Area"]).fields

    def read(self, selection: SelectionSet, variables: Any) -> RequestedData:
        """The demands of a selection, with the operation's variables coerced."""
        walk = _Walk(self, variables)
        walk.root(selection)
        return walk.reading


class _Walk:
    def __init__(self, reader: SelectionReader, variables: Any) -> None:
        self._reader, self._variables = reader, variables
        self.reading = RequestedData()

    def root(self, selection: SelectionSet) -> None:
        readers: dict[str, Callable[[SelectedField, Key], None]] = {
            "area": self._area,
            "areas": self._areas,
            "labourMarket": self._table,
        }
        for selected in selection.fields:
            if selected.name in readers:
                self._guarded(readers[selected.name], selected, (selected.key,))
            else:
                self.reading.values += _values(self._reader.root, selected)

    def _guarded(self, read: Callable[[SelectedField, Key], None], field: SelectedField, key: Key) -> None:
        try:
            read(field, key)
        except GraphQLError as error:
            self.reading.errors[key] = error

    def _values(self, fields: Mapping[str, GraphQLField], field: SelectedField) -> dict[str, Any]:
        """A field's arguments, coerced. Raises GraphQLError."""
        return get_argument_values(fields[field.name], field.node, self._variables)

    def _area(self, field: SelectedField, key: Key) -> None:
        code = self._values(self._reader.query, field)["code"]
        area = arguments.area(code, self._reader.gazetteer, "code")
        self.reading.areas[key] = [area]
        self._within_area({area.code: 1}, key, key, field.below)

    def _areas(self, field: SelectedField, key: Key) -> None:
        values = self._values(self._reader.query, field)
        areas = arguments.areas(values["where"], self._reader.gazetteer, "where")
        after = values.get("after")
        begin, stop = arguments.window(len(areas), values.get("first"), area_after(after, areas) if after else 0)
        self.reading.pages[key] = PageWindow(len(areas), begin, stop)
        self.reading.areas[key] = areas[begin:stop]
        on_page = {area.code: int(begin <= at < stop) for at, area in enumerate(areas)}
        self._around(field.below, stop - begin)
        for inner, path, below in _nodes(field.below, key):
            self._within_area(on_page, inner, path, below)

    def _within_area(self, places: Places, key: Key, path: ResponsePath, selection: SelectionSet) -> None:
        """Walks an Area selection for every place it will be resolved on."""
        self.reading.values += sum(places.values()) * len(selection.fields)
        readers = {"labourMarket": self._rows, "within": self._wider, "areas": self._finer}
        for selected in selection.fields:
            if selected.name in readers:
                self._guarded(
                    partial(readers[selected.name], places, (*path, selected.key)), selected, (*key, selected.key)
                )

    def _wider(self, places: Places, path: ResponsePath, field: SelectedField, key: Key) -> None:
        level = self.reading.levels[key] = self._values(self._reader.area, field)["level"]
        wider = Counter[str]()
        for code, times in places.items():
            if parent := self._reader.gazetteer[code].parents.get(level):
                wider[parent] += times
        self._within_area(wider, key, path, field.below)

    def _finer(self, places: Places, path: ResponsePath, field: SelectedField, key: Key) -> None:
        level = self.reading.levels[key] = self._values(self._reader.area, field)["level"]
        finer = Counter[str]()
        for code, times in places.items():
            for area in self._reader.gazetteer.at(level, code):
                finer[area.code] += times
        self.reading.rows += sum(finer.values())
        self._within_area(finer, key, (*path, 0), field.below)

    def _rows(self, places: Places, path: ResponsePath, field: SelectedField, key: Key) -> None:
        values = self._values(self._reader.area, field)
        areas = [self._reader.gazetteer[code] for code, times in places.items() if times]
        demand = self._demand(values, areas, tuple(places), key, [(key, (*path, 0), field.below)], paged=False)
        _, periods, groups = demand.shape
        rows = {code: times * periods * groups for code, times in places.items()}
        self._within_rows(rows, key, (*path, 0), field.below)

    def _table(self, field: SelectedField, key: Key) -> None:
        values = self._values(self._reader.query, field)
        areas = arguments.areas(values["areas"], self._reader.gazetteer, "areas")
        chosen, selected = list(_nodes(field.below, key)), tuple(area.code for area in areas)
        demand = self._demand(values, areas, selected, key, chosen, paged=True)
        _, periods, groups = demand.shape
        start, stop = demand.window
        rows = dict.fromkeys(selected, 0) | {
            code: min(stop, (at + 1) * periods * groups) - max(start, at * periods * groups)
            for at, code in enumerate(demand.areas)
        }
        self._around(field.below, stop - start)
        self.reading.rows += 0 if chosen else stop - start
        for inner, path, below in chosen:
            self._within_rows(rows, inner, path, below)

    def _within_rows(self, rows: Places, key: Key, path: ResponsePath, selection: SelectionSet) -> None:
        """Counts the values of rows, and walks their places. `rows`: how many there are of each place."""
        count = sum(rows.values())
        self.reading.rows += count
        for selected in selection.fields:
            if selected.name == "area":
                self._within_area(rows, (*key, selected.key), (*path, selected.key), selected.below)
            else:
                self.reading.values += count * _values(self._reader.row, selected)

    def _around(self, selection: SelectionSet, items: int) -> None:
        """Counts what a page of so many items holds besides its nodes."""
        for selected in selection.fields:
            self.reading.values += 1 + (items if selected.name == "edges" else 1) * len(selected.below.fields)

    def _demand(
        self,
        values: Mapping[str, Any],
        areas: Sequence[Area],
        selected: tuple[str, ...],
        key: Key,
        chosen: Sequence[tuple[Key, ResponsePath, SelectionSet]],
        *,
        paged: bool,
    ) -> MarketSelection:
        planner = self._reader.planner
        measures: dict[str, list[ResponsePath]] = {}
        for _, path, selection in chosen:
            for measure_field in selection.fields:
                if measure_field.name in planner.catalogue.measures:
                    measures.setdefault(measure_field.name, []).append((*path, measure_field.key))
        extents = self._reader.extents
        periods = arguments.periods(
            values["periods"], "periods", lambda: extents.newest(measures or planner.catalogue.measures)
        )
        by = arguments.facets(values.get("by", ()))
        groups = planner.groups(by, tuple(measures))
        block = len(periods) * len(groups)
        total = len(areas) * block
        start, stop = 0, total
        if paged:
            after = values.get("after")
            begin = row_after(after, areas, periods, groups) if after else 0
            start, stop = arguments.window(total, values.get("first"), begin)
            self.reading.pages[key] = PageWindow(total, start, stop)
        first_area = start // block
        on_page = areas[first_area : -(-stop // block)] if stop > start else areas[:0]
        demand = MarketSelection(
            key=key,
            areas=tuple(area.code for area in on_page),
            selected=selected,
            periods=periods,
            by=by,
            groups=groups,
            fill=Fill(values.get("fill", Fill.NONE)),
            window=(start - first_area * block, stop - first_area * block),
            measures={name: tuple(paths) for name, paths in measures.items()},
        )
        self.reading.demands.append(demand)
        return demand


def _nodes(selection: SelectionSet, key: Key) -> Iterable[tuple[Key, ResponsePath, SelectionSet]]:
    """The node selections of a connection: those under `nodes` and those under `edges { node }`."""
    for selected in selection.fields:
        if selected.name == "nodes":
            yield (*key, selected.key), (*key, selected.key, 0), selected.below
        elif selected.name == "edges":
            for inner in selected.below.fields:
                if inner.name == "node":
                    yield (*key, selected.key, inner.key), (*key, selected.key, 0, inner.key), inner.below


# What was counted before, for as long as the documents are kept.
_counted: WeakKeyDictionary[SelectedField, int] = WeakKeyDictionary()


def _values(kind: GraphQLObjectType, field: SelectedField) -> int:
    """Values that one field of an object may hold: itself and all below it, lists at their assumed length."""
    if not field.below.fields:
        return 1
    known = _counted.get(field)
    if known is None:
        known = _counted[field] = _count(kind, field)
    return known


def _count(kind: GraphQLObjectType, field: SelectedField) -> int:
    declared = cast(Any, META.get(field.name) or kind.fields[field.name]).type
    below = cast(GraphQLObjectType, get_named_type(declared))
    nullable: Any = cast(Any, declared).of_type if isinstance(declared, GraphQLNonNull) else declared
    items = ASSUMED if isinstance(nullable, GraphQLList) else 1
    return 1 + items * sum(_values(below, inner) for inner in field.below.fields)
