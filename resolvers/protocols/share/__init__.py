"""The share protocol: a department's own share node, asked in columns.

Source file: a dataset's `id` is the node's, `measures.<name>` needs no keys, `facets.<FACET>.members` lists the
member codes (the node speaks the common model's own codes). See docs/source-files/share.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from reference.column import EVIDENCE, Column, Evidence, Pattern
from reference.period import parse
from resolvers.errors import DepartmentMisanswered
from resolvers.extents import Extent
from resolvers.protocols.comparison import Comparison, gathered
from resolvers.protocols.connector import DatasetQuery
from resolvers.protocols.share.columns import NodeAnswer, all_from_body
from resolvers.protocols.share.question import NodeQuery, to_question
from resolvers.source import Dataset, Source
from resolvers.table import Slice, Table
from resolvers.wire import Reply, Wire

ARROW = "application/vnd.apache.arrow.stream"
# From so many numbers in an answer on, Arrow costs less to read than JSON does.
WORTH_ARROW = 10_000


class Share:
    """A connector to one share node."""

    def __init__(self, source: Source, wire: Wire, credential: str | None = None) -> None:
        self._source, self._wire = source, wire

    async def answer(self, ask: DatasetQuery) -> tuple[Table, ...]:
        """One request for all Slices of a dataset. Raises DepartmentError."""
        questions = [to_question(part) for part in ask.slices]
        headers: dict[str, str] = {}
        if sum(map(_numbers, ask.slices)) >= WORTH_ARROW:
            headers["Accept"] = f"{ARROW}, application/json;q=0.9"
        path, body = f"/v1/datasets/{ask.dataset.id}/query", _body(questions)
        reply = await self._wire.send(
            "POST", path, dataset=ask.dataset.id, calls=ask.calls, json=body, headers=headers, authorize=ask.assertion
        )
        at = datetime.now(UTC)
        try:
            answers = zip(questions, _read(reply, questions), strict=True)
            return tuple(_table(question, answer, at) for question, answer in answers)
        except ValueError as error:
            raise DepartmentMisanswered(self._source.department, f"not as asked: {error!r}") from error

    def requests(self, ask: DatasetQuery) -> tuple[str, ...]:
        """The requests that `answer` would send, in words."""
        body = orjson.dumps(_body([to_question(part) for part in ask.slices]))
        return (f"POST {self._source.url}/v1/datasets/{ask.dataset.id}/query {body.decode()}",)

    async def extents(self) -> Mapping[str, Extent]:
        """From the node's list of datasets; one that does not say from when to when, in its own periods, is passed
        over. Raises DepartmentError."""
        shared = await self._shared()
        extents: dict[str, Extent] = {}
        for dataset in self._source.datasets:
            try:
                spoken = shared[dataset.id]["periods"]
                told = Extent(parse(spoken["from"]), parse(spoken["to"]))
            except (KeyError, TypeError, ValueError, AttributeError):
                continue
            if told.first.kind == told.latest.kind == dataset.every and told.first.last <= told.latest.last:
                extents[dataset.id] = told
        return extents

    async def drift(self) -> tuple[str, ...]:
        """Datasets, measures, breakdowns and members of the source file that the node does not share."""
        shared = await self._shared()
        return gathered({dataset.id: self._compared(dataset, shared) for dataset in self._source.datasets})

    def _compared(self, dataset: Dataset, shared: Mapping[str, Mapping[str, Any]]) -> Comparison:
        try:
            return Comparison(tuple(_drift(dataset, shared)))
        except (KeyError, TypeError, AttributeError) as error:
            detail = f"not a description of a dataset: {error!r}"
            return Comparison((), DepartmentMisanswered(self._source.department, detail))

    async def _shared(self) -> Mapping[str, Mapping[str, Any]]:
        """What the node says of each dataset, by id. Raises DepartmentError."""
        reply = await self._wire.send("GET", "/v1/datasets", dataset="*", calls=[])
        document = reply.json()
        try:
            return {described["id"]: described for described in document["datasets"]}
        except (KeyError, TypeError) as error:
            raise DepartmentMisanswered(self._source.department, f"not a list of datasets: {error!r}") from error


def _table(question: NodeQuery, answer: NodeAnswer, at: datetime) -> Table:
    """One answer as a Table."""
    columns, part = answer.columns, question.part
    if question.periods != part.periods:
        wanted = [question.periods.index(period) for period in part.periods]
        columns = {name: _taken(column, wanted) for name, column in columns.items()}
    return Table(part, columns, answer.release, at, answer.protected)


def _read(reply: Reply, questions: Sequence[NodeQuery]) -> Sequence[NodeAnswer]:
    """What a node answered to each question, once it has been seen to be what was asked. Raises ValueError."""
    if reply.headers.get("Content-Type") == ARROW:
        # Only large answers are worth the tenth of a second that pyarrow takes to load.
        from resolvers.protocols.share.arrow import from_arrow

        return from_arrow(reply.content, questions)
    return all_from_body(reply.json(), questions)


def _numbers(part: Slice) -> int:
    """Numbers in the answer to a Slice."""
    return part.cells * len(part.measures) * (1 + len(EVIDENCE) * part.evidence)


def _body(questions: Sequence[NodeQuery]) -> object:
    bodies = [question.body for question in questions]
    return bodies[0] if len(bodies) == 1 else {"queries": bodies}


def _drift(dataset: Dataset, shared: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """What of one dataset the node no longer shares as the source file has it."""
    name, description = dataset.id, shared.get(dataset.id)
    if description is None:
        yield f"{name}: no longer shared; there are {', '.join(shared) or 'none'}"
        return
    if description["every"] != dataset.every:
        yield f"{name}: for each {description['every']}, not for each {dataset.every}"
    for key, amount in dataset.protected.model_dump().items() if dataset.protected else ():
        if (said := description["profile"].get(key, 0)) != amount:
            yield f"{name}: public figures are protected by {key} = {_written(said)}, not {_written(amount)}"
    yield from (
        f"{name}: {measure} is no longer shared"
        for measure in dataset.measures
        if measure not in description["measures"]
    )
    breakdowns = [frozenset(facets) for facets in description["breakdowns"]]
    yield from (
        f"{name}: no longer by {' and '.join(sorted(breakdown))}"
        for breakdown in dataset.breakdowns
        if breakdown not in breakdowns
    )
    for facet in dataset.facets:
        members = description["dimensions"].get(facet, ())
        if gone := [member for member in dataset.members(facet) if member not in members]:
            yield f"{name}: {facet} has no {', '.join(gone)} any more"


def _written(amount: float | bool) -> str:
    """An amount or a switch, as a file writes it."""
    return str(amount).lower() if isinstance(amount, bool) else f"{amount:g}"


def _taken(column: Column, periods: Sequence[int]) -> Column:
    """The column for some of its periods."""
    behind = column.evidence
    kept = None if behind is None else Evidence(*(getattr(behind, key)[:, periods, :] for key in EVIDENCE))
    pattern = column.pattern
    if pattern is not None and pattern.hidden is not None:
        pattern = Pattern(pattern.name, pattern.hidden[:, periods, :])
    values, status, markers = (getattr(column, kind)[:, periods, :] for kind in ("values", "status", "markers"))
    return Column(values, status, markers, kept, pattern=pattern)
