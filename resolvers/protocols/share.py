"""The share protocol: a department's own share node, asked in columns.

Source file: a dataset's `id` is the node's, `measures.<name>` needs no keys, `facets.<FACET>.members` lists the
member codes (the node speaks the common model's own codes). See docs/source-files/share.md.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import numpy as np
import orjson
from numpy.typing import NDArray

from reference.column import Column, Evidence, Shape
from reference.figure import STATUS_INDEX, Marker, ObservationStatus
from reference.period import Period, between
from resolvers.errors import DepartmentError, DepartmentMisanswered
from resolvers.protocols.connector import Ask
from resolvers.source import Dataset, Source
from resolvers.table import Slice, Table
from resolvers.wire import Wire

BEHIND = ("n", "contributors", "top1", "top2")
NUMBERS = {int, float, type(None)}
MARKED = {"Q": Marker.c, "M": Marker.z, "O": Marker.x, "L": Marker.x}


class Share:
    """A connector to one share node."""

    def __init__(self, source: Source, wire: Wire, credential: str | None = None) -> None:
        self._source, self._wire = source, wire

    async def answer(self, ask: Ask) -> tuple[Table, ...]:
        """One request for all Slices of a dataset. Raises DepartmentError."""
        body = _body(ask.slices)
        headers = {"Authorization": f"Bearer {ask.assertion}"} if ask.assertion else {}
        path = f"/v1/datasets/{ask.dataset.id}/query"
        reply = await self._wire.send("POST", path, dataset=ask.dataset.id, calls=ask.calls, json=body, headers=headers)
        told = reply.json()
        at = datetime.now(UTC)
        try:
            answers = told["answers"] if "queries" in body else [told]
            pairs = zip(ask.slices, answers, strict=True)
            return tuple(self._table(asked, each, at, ask.dataset.id) for asked, each in pairs)
        except DepartmentError:
            raise
        except (KeyError, TypeError, ValueError, IndexError, ArithmeticError) as error:
            raise DepartmentMisanswered(self._source.department, f"not as asked: {error!r}") from error

    def requests(self, ask: Ask) -> tuple[str, ...]:
        return (self._words(ask.dataset.id, _body(ask.slices)),)

    async def drift(self) -> tuple[str, ...]:
        """Datasets, measures, breakdowns and members of the source file that the node does not share."""
        reply = await self._wire.send("GET", "/v1/datasets", dataset="*", calls=[])
        told = reply.json()
        try:
            shared = {each["id"]: each for each in told["datasets"]}
            found = [line for dataset in self._source.datasets for line in _drift(dataset, shared)]
        except (KeyError, TypeError, AttributeError) as error:
            raise DepartmentMisanswered(self._source.department, f"not a list of datasets: {error!r}") from error
        return tuple(found)

    def _words(self, dataset: str, body: Mapping[str, Any]) -> str:
        return f"POST {self._source.url}/v1/datasets/{dataset}/query {orjson.dumps(body).decode()}"

    def _table(self, asked: Slice, told: Mapping[str, Any], at: datetime, dataset: str) -> Table:
        """One answer as a Table, once it has been seen to be what was asked."""
        for key, wanted in _query(asked).items():
            if key in ("areas", "by", "groups") and told[key] != wanted:
                raise ValueError(f"{key} differ from those asked")
        held = _range(asked)
        if told["periods"] != [period.code for period in held]:
            raise ValueError("periods differ from those asked")
        protected = {"raw": False, "applied": True}[told["sdc"]]
        if not protected and not asked.evidence:
            raise ValueError("unprotected figures that were not asked for")
        for key in ("values", "status") if protected else ("values", "status", "evidence"):
            _same_keys(key, told[key], asked.measures)
        if told["release"] is not None and not isinstance(told["release"], str):
            raise ValueError("release is not a text")
        shape = (len(asked.areas), len(held), len(asked.groups))
        columns = {name: _column(told, name, shape, protected) for name in asked.measures}
        if held != asked.periods:
            wanted = [held.index(period) for period in asked.periods]
            columns = {name: _taken(column, wanted) for name, column in columns.items()}
        return Table(asked, columns, told["release"], self._words(dataset, _query(asked)), at, protected)


def _range(asked: Slice) -> tuple[Period, ...]:
    """Every period between the first and the last asked: a Slice may want only some of them."""
    first, last = (choose(asked.periods, key=lambda period: period.last) for choose in (min, max))
    return between(first.first, last.last, first.kind)


def _query(asked: Slice) -> dict[str, Any]:
    held = _range(asked)
    return {
        "measures": list(asked.measures),
        "areas": list(asked.areas),
        "periods": {"from": held[0].code, "to": held[-1].code, "every": held[0].kind},
        "by": list(asked.by),
        "groups": [list(group) for group in asked.groups],
        "evidence": asked.evidence,
    }


def _body(slices: Sequence[Slice]) -> dict[str, Any]:
    queries = [_query(each) for each in slices]
    return queries[0] if len(queries) == 1 else {"queries": queries}


def _drift(dataset: Dataset, shared: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """What of one dataset the node no longer shares as the source file has it."""
    name, told = dataset.id, shared.get(dataset.id)
    if told is None:
        yield f"{name}: no longer shared; there are {', '.join(shared) or 'none'}"
        return
    if told["every"] != dataset.every:
        yield f"{name}: for each {told['every']}, not for each {dataset.every}"
    yield from (
        f"{name}: {measure} is no longer shared" for measure in dataset.measures if measure not in told["measures"]
    )
    held = [frozenset(each) for each in told["breakdowns"]]
    yield from (f"{name}: no longer by {' and '.join(sorted(each))}" for each in dataset.breakdowns if each not in held)
    for facet in dataset.facets:
        members = told["dimensions"].get(facet, ())
        if gone := [member for member in dataset.members(facet) if member not in members]:
            yield f"{name}: {facet} has no {', '.join(gone)} any more"


def _same_keys(what: str, told: Mapping[str, Any], wanted: Iterable[str]) -> None:
    if set(told.keys() if isinstance(told, dict) else ()) != set(wanted):
        raise ValueError(f"{what} are not of what was asked")


def _column(told: Mapping[str, Any], name: str, shape: Shape, protected: bool) -> Column:
    values = _array(told["values"][name], shape)
    letters = told["status"][name]
    markers = np.zeros(shape, np.uint16)
    absent = np.zeros(shape, bool)
    plain = letters.count(ObservationStatus.A) == values.size == len(letters)
    if plain:
        codes = np.full(shape, STATUS_INDEX[ObservationStatus.A], np.uint8)
    else:
        codes = np.array([STATUS_INDEX[letter] for letter in letters], np.uint8).reshape(shape)
    for letter, marker in () if plain else MARKED.items():
        of_letter = codes == STATUS_INDEX[letter]
        markers[of_letter] = int(marker)
        absent |= of_letter
    if (np.isnan(values) != absent).any():
        raise ValueError(f"{name} has figures that its status does not allow, or none where it says there are")
    evidence = None
    if not protected:
        given = cast(Mapping[str, Any], told["evidence"][name])
        if unknown := set(given) - set(BEHIND):
            raise ValueError(f"{name} has evidence of a kind that nobody knows: {unknown}")
        nothing = np.full(shape, np.nan)
        evidence = Evidence(*(_array(given[key], shape) if key in given else nothing for key in BEHIND))
    return Column(values, codes, markers, evidence)


def _taken(column: Column, periods: Sequence[int]) -> Column:
    """The column for some of its periods."""
    behind = column.evidence
    kept = None if behind is None else Evidence(*(getattr(behind, key)[:, periods, :] for key in BEHIND))
    return Column(column.values[:, periods, :], column.status[:, periods, :], column.markers[:, periods, :], kept)


def _array(told: Sequence[float | None], shape: Shape) -> NDArray[np.float64]:
    """Numbers and nulls, as many as the grid has cells."""
    if not isinstance(told, list) or not set(map(type, told)) <= NUMBERS:
        raise ValueError("figures are not a list of numbers and nulls")
    array = np.array(told, np.float64)
    if array.size != shape[0] * shape[1] * shape[2]:
        raise ValueError(f"{array.size} values for a grid of {shape}")
    return array.reshape(shape)
