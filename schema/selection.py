"""Reads a query's selection once, before anything is asked: which places, periods, groups and measures."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
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

Fields = dict[str, list[FieldNode]]


@dataclass(slots=True)
class Reading:
    """What a query wants: demands, and the errors of arguments that cannot be used, by response keys."""

    demands: list[Demand] = field(default_factory=list[Demand])
    windows: dict[tuple[str, ...], "Page"] = field(default_factory=dict[tuple[str, ...], "Page"])
    errors: dict[tuple[str, ...], GraphQLError] = field(default_factory=dict[tuple[str, ...], GraphQLError])
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """The whole of a connection that a Demand shows a window of: how many rows, and where the window starts."""

    total: int
    start: int
    stop: int


class Reader:
    """Reads one operation. Stateless between operations."""

    def __init__(self, schema: GraphQLSchema, planner: Planner, gazetteer: Gazetteer) -> None:
        self._schema = schema
        self._planner = planner
        self._gazetteer = gazetteer

    def read(
        self,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Any,
    ) -> Reading:
        """The demands of an operation whose variables have been coerced."""
        walk = _Walk(self._schema, self._planner, self._gazetteer, fragments, variables)
        query = self._schema.query_type
        assert query is not None
        walk.root(query, [operation.selection_set])
        return walk.reading


class _Walk:
    def __init__(
        self,
        schema: GraphQLSchema,
        planner: Planner,
        gazetteer: Gazetteer,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Any,
    ) -> None:
        self.schema, self.planner, self.gazetteer = schema, planner, gazetteer
        self.fragments, self.variables = fragments, variables
        self.reading = Reading()

    def fields(self, selections: Iterable[SelectionSetNode]) -> Fields:
        """Fields by response key, as the specification collects them: skipped ones are not there."""
        found: Fields = {}
        seen: set[str] = set()
        for each in selections:
            self._collect(each, found, seen)
        return found

    def _collect(self, selections: SelectionSetNode, found: Fields, seen: set[str]) -> None:
        for node in selections.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                found.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
            elif isinstance(node, FragmentSpreadNode):
                name = node.name.value
                if name not in seen:
                    seen.add(name)
                    self._collect(self.fragments[name].selection_set, found, seen)
            else:
                self._collect(cast(Any, node).selection_set, found, seen)

    def _included(self, node: Any) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        if skip and skip["if"]:
            return False
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return not (include and not include["if"])

    def values(self, parent: GraphQLObjectType, node: FieldNode) -> dict[str, Any]:
        """A field's arguments, coerced. Raises GraphQLError."""
        return get_argument_values(parent.fields[node.name.value], node, self.variables)

    def guarded(self, key: tuple[str, ...], read: Callable[[], None]) -> None:
        try:
            read()
        except GraphQLError as error:
            self.reading.errors[key] = error

    def root(self, query: GraphQLObjectType, selections: Sequence[SelectionSetNode]) -> None:
        for response, nodes in self.fields(selections).items():
            key, below = (response,), _below(nodes)
            match nodes[0].name.value:
                case "area":
                    self.guarded(key, lambda n=nodes, k=key, b=below: self._area(query, n[0], k, b))
                case "areas":
                    self.guarded(key, lambda n=nodes, k=key, b=below: self._areas(query, n[0], k, b))
                case "labourMarket":
                    self.guarded(key, lambda n=nodes, k=key, b=below: self._table(query, n[0], k, b))
                case _:
                    pass

    def _area(
        self, query: GraphQLObjectType, node: FieldNode, key: tuple[str, ...], below: list[SelectionSetNode]
    ) -> None:
        found = arguments.area(self.values(query, node)["code"], self.gazetteer, "code")
        self._within_area([found], key, key, below)

    def _areas(
        self, query: GraphQLObjectType, node: FieldNode, key: tuple[str, ...], below: list[SelectionSetNode]
    ) -> None:
        values = self.values(query, node)
        found = arguments.areas(values["where"], self.gazetteer, "where")
        after = values.get("after")
        begin, stop = arguments.window(len(found), values.get("first"), area_after(after, found) if after else 0)
        for path, node_path, selections in _nodes(self, key, below):
            self._within_area(found[begin:stop], path, node_path, selections)

    def _within_area(
        self,
        areas: Sequence[Area],
        key: tuple[str, ...],
        path: ResponsePath,
        selections: Sequence[SelectionSetNode],
    ) -> None:
        """Walks an Area selection for every area it will be resolved on."""
        area_type = cast(GraphQLObjectType, self.schema.type_map["Area"])
        for response, nodes in self.fields(selections).items():
            node, below = nodes[0], _below(nodes)
            inner, inner_path = (*key, response), (*path, response)
            match node.name.value:
                case "labourMarket":
                    self.guarded(
                        inner, lambda n=node, k=inner, p=inner_path, b=below: self._rows(areas, area_type, n, k, p, b)
                    )
                case "within":
                    level: AreaLevel = self.values(area_type, node)["level"]
                    parents = dict.fromkeys(area.parents.get(level) for area in areas)
                    wider = [self.gazetteer[code] for code in parents if code]
                    if wider:
                        self._within_area(wider, inner, inner_path, below)
                case "areas":
                    level = self.values(area_type, node)["level"]
                    held = dict.fromkeys(each for area in areas for each in self.gazetteer.at(level, area.code))
                    if held:
                        self._within_area(list(held), inner, (*inner_path, 0), below)
                case _:
                    pass

    def _rows(
        self,
        areas: Sequence[Area],
        parent: GraphQLObjectType,
        node: FieldNode,
        key: tuple[str, ...],
        path: ResponsePath,
        below: list[SelectionSetNode],
    ) -> None:
        values = self.values(parent, node)
        self._demand(values, areas, key, None, [((*path, 0), below)])

    def _table(
        self, query: GraphQLObjectType, node: FieldNode, key: tuple[str, ...], below: list[SelectionSetNode]
    ) -> None:
        values = self.values(query, node)
        areas = arguments.areas(values["areas"], self.gazetteer, "areas")
        chosen = [(path, selections) for _, path, selections in _nodes(self, key, below)]
        self._demand(values, areas, key, (values.get("first"), values.get("after")), chosen)

    def _demand(
        self,
        values: Mapping[str, Any],
        areas: Sequence[Area],
        key: tuple[str, ...],
        page: tuple[int | None, str | None] | None,
        chosen: Sequence[tuple[ResponsePath, list[SelectionSetNode]]],
    ) -> None:
        measures: dict[str, list[ResponsePath]] = {}
        for path, selections in chosen:
            for response, nodes in self.fields(selections).items():
                name = nodes[0].name.value
                if name in self.planner.catalogue.measures:
                    measures.setdefault(name, []).append((*path, response))
        periods = arguments.periods(values["periods"], "periods")
        by = arguments.facets(values.get("by", ()))
        groups = self.planner.groups(by, measures)
        block = len(periods) * len(groups)
        total = len(areas) * block
        start, stop = 0, total
        if page is not None:
            first, after = page
            start, stop = arguments.window(total, first, row_after(after, areas, periods, groups) if after else 0)
            self.reading.windows[key] = Page(total, start, stop)
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


def _below(nodes: Iterable[FieldNode]) -> list[SelectionSetNode]:
    return [node.selection_set for node in nodes if node.selection_set]


def _nodes(
    walk: _Walk, key: tuple[str, ...], below: Sequence[SelectionSetNode]
) -> Iterable[tuple[tuple[str, ...], ResponsePath, list[SelectionSetNode]]]:
    """The node selections of a connection: those under `nodes` and those under `edges { node }`."""
    for response, nodes in walk.fields(below).items():
        if nodes[0].name.value == "nodes":
            yield (*key, response), (*key, response, 0), _below(nodes)
        elif nodes[0].name.value == "edges":
            for inner, inner_nodes in walk.fields(_below(nodes)).items():
                if inner_nodes[0].name.value == "node":
                    yield (*key, response, inner), (*key, response, 0, inner), _below(inner_nodes)
