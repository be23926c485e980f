"""Reads a query's selection once, before anything is asked: which places, periods, groups and measures."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, cast

from graphql import GraphQLError, GraphQLField, GraphQLObjectType, GraphQLSchema
from graphql.execution.values import get_argument_values

from reference.area import Area, AreaLevel, Gazetteer
from reference.errors import TrustError
from resolvers.extents import Extents
from resolvers.market_selection import Fill, MarketSelection, ResponsePath
from resolvers.plan import Planner
from schema import arguments
from schema.answer_size import BRACKETS, WORK, AnswerSize, of_key, size_of, sum_of
from schema.collected import SelectedField, SelectionSet
from schema.cursor import area_after, row_after
from schema.errors import BadInput

Key = tuple[str, ...]
# Errors of arguments that one query is told of: to find what may be meant takes a while.
MOST_ERRORS = 20
# Searches for places of one query: each is made while the query is read.
MOST_SEARCHES = 10
# Bytes of a cursor, at most.
CURSOR = 120
# How many times each place is shown, by its code.
Places = Mapping[str, int]


class PageWindow(NamedTuple):
    """The whole of a connection that a MarketSelection shows a window of: how many rows, and where that starts."""

    total: int
    start: int
    stop: int


@dataclass(slots=True)
class RequestedData:
    """What a query wants, by response keys: demands, pages of connections, the places of Area selections at the
    root, levels that were asked for, and the errors of arguments that cannot be used. `rows`: how many rows and places
    the answer will hold. `sizes`: what each field of the root may hold, by its response key, never counted short."""

    demands: list[MarketSelection] = field(default_factory=list[MarketSelection])
    pages: dict[Key, PageWindow] = field(default_factory=dict[Key, PageWindow])
    areas: dict[Key, Sequence[Area]] = field(default_factory=dict[Key, Sequence[Area]])
    levels: dict[Key, AreaLevel] = field(default_factory=dict[Key, AreaLevel])
    errors: dict[Key, GraphQLError] = field(default_factory=dict[Key, GraphQLError])
    rows: int = 0
    sizes: dict[str, AnswerSize] = field(default_factory=dict[str, AnswerSize])

    @property
    def size(self) -> AnswerSize:
        """What the whole answer may hold."""
        return sum_of(self.sizes.values())


class SelectionReader:
    """Reads selections. Holds nothing of any one request."""

    def __init__(self, schema: GraphQLSchema, planner: Planner, gazetteer: Gazetteer, extents: Extents) -> None:
        self.planner, self.gazetteer, self.extents = planner, gazetteer, extents
        self.root = cast(GraphQLObjectType, schema.query_type)
        self.row = cast(GraphQLObjectType, schema.type_map["LabourMarket"])
        self.query = self.root.fields
        self.area = cast(GraphQLObjectType, schema.type_map["Area"])

    def read(self, selection: SelectionSet, variables: Any) -> RequestedData:
        """The demands of a selection, with the operation's variables coerced. After so many errors of arguments the
        rest is not read."""
        walk = _Walk(self, variables)
        with suppress(_TooManyErrors):
            walk.root(selection)
        return walk.reading


class _TooManyErrors(TrustError):
    """There is no use in reading on."""


class _Walk:
    def __init__(self, reader: SelectionReader, variables: Any) -> None:
        self._reader, self._variables = reader, variables
        self.reading = RequestedData()
        # What the field of the root that is being read may hold.
        self._size = AnswerSize()
        self._searches = 0

    def root(self, selection: SelectionSet) -> None:
        readers: dict[str, Callable[[SelectedField, Key], None]] = {
            "area": self._area,
            "areas": self._areas,
            "labourMarket": self._table,
        }
        for selected in selection.fields:
            self._size = self.reading.sizes[selected.key] = of_key(selected)
            if selected.name in readers:
                self._guarded(readers[selected.name], selected, (selected.key,))
            else:
                self._size.add(size_of(self._reader.root, selected))

    def _guarded(self, read: Callable[[SelectedField, Key], None], field: SelectedField, key: Key) -> None:
        try:
            read(field, key)
        except GraphQLError as error:
            self.reading.errors[key] = error
            if len(self.reading.errors) > MOST_ERRORS:
                raise _TooManyErrors from error

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
        if values.get("search") is not None:
            self._size.values += WORK["Query.areas"]
            self._searches += 1
            if self._searches > MOST_SEARCHES:
                raise BadInput("search", f"at most {MOST_SEARCHES} searches for places in one query.")
        areas = arguments.found(values.get("where"), values.get("search"), self._reader.gazetteer)
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
        times = sum(places.values())
        self._size.bytes += times * BRACKETS
        readers = {"labourMarket": self._rows, "within": self._wider, "areas": self._finer}
        for selected in selection.fields:
            if selected.name in readers:
                self._size.add(of_key(selected), times)
                self._guarded(
                    partial(readers[selected.name], places, (*path, selected.key)), selected, (*key, selected.key)
                )
            else:
                self._size.add(size_of(self._reader.area, selected), times)

    def _wider(self, places: Places, path: ResponsePath, field: SelectedField, key: Key) -> None:
        level = self.reading.levels[key] = self._values(self._reader.area.fields, field)["level"]
        wider = Counter[str]()
        for code, times in places.items():
            if parent := self._reader.gazetteer[code].parents.get(level):
                wider[parent] += times
        self._within_area(wider, key, path, field.below)

    def _finer(self, places: Places, path: ResponsePath, field: SelectedField, key: Key) -> None:
        level = self.reading.levels[key] = self._values(self._reader.area.fields, field)["level"]
        finer = Counter[str]()
        for code, times in places.items():
            for area in self._reader.gazetteer.at(level, code):
                finer[area.code] += times
        self.reading.rows += sum(finer.values())
        self._within_area(finer, key, (*path, 0), field.below)

    def _rows(self, places: Places, path: ResponsePath, field: SelectedField, key: Key) -> None:
        values = self._values(self._reader.area.fields, field)
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
        self._size.bytes += count * BRACKETS
        for selected in selection.fields:
            if selected.name == "area":
                self._size.add(of_key(selected), count)
                self._within_area(rows, (*key, selected.key), (*path, selected.key), selected.below)
            else:
                self._size.add(size_of(self._reader.row, selected), count)

    def _around(self, selection: SelectionSet, items: int) -> None:
        """Counts what a page of so many items holds besides its nodes."""
        for selected in selection.fields:
            self._size.add(of_key(selected))
            times = items if selected.name == "edges" else 1
            for inner in selected.below.fields:
                self._size.add(of_key(inner), times)
                self._size.bytes += times * CURSOR

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
            areas=selected if len(on_page) == len(selected) else tuple(area.code for area in on_page),
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
