"""An answer in columns, and how it is written: as JSON, or as a stream of Arrow where pyarrow is installed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from departments.share.question import NodeQuery

ARROW = "application/vnd.apache.arrow.stream"
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Answer:
    """Figures in the shape (areas, periods, groups) of the question, NaN where there is none. `status`: letters of
    SDMX observation status. `evidence`: measure -> kind -> figures, only where they leave unprotected. `patterns`: the
    names of the patterns of hidden cells; `hidden`: those cells, where their figures leave nevertheless."""

    query: NodeQuery
    release: str | None
    values: Mapping[str, Floats]
    status: Mapping[str, NDArray[np.str_]]
    evidence: Mapping[str, Mapping[str, Floats]] | None
    patterns: Mapping[str, str]
    hidden: Mapping[str, NDArray[np.bool_]]

    @property
    def sdc(self) -> str:
        """Whether disclosure control has been applied to the figures, or only marked on them. The word for the latter
        is one that a gateway which knows no marks refuses."""
        if self.evidence is None:
            return "applied"
        return "marked" if self.patterns else "raw"

    def columns(self) -> dict[str, Any]:
        """For JSON: flat lists in the order areas, periods, groups."""
        columns: dict[str, Any] = {
            "release": self.release,
            "areas": self.query.areas,
            "periods": [period.code for period in self.query.periods],
            "by": self.query.by,
            "groups": self.query.groups,
            "values": {name: array.ravel() for name, array in self.values.items()},
            "status": {name: array.ravel().tolist() for name, array in self.status.items()},
            "sdc": self.sdc,
        }
        if self.evidence is not None:
            columns["evidence"] = {
                name: {key: array.ravel() for key, array in kinds.items()} for name, kinds in self.evidence.items()
            }
        if self.patterns:
            columns["patterns"] = self.patterns
        if self.hidden:
            columns["hidden"] = {name: array.ravel() for name, array in self.hidden.items()}
        return columns


def as_json(document: Mapping[str, Any]) -> bytes:
    """Arrays as lists, NaN as null."""
    return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)


def as_arrow(answers: Iterable[Answer]) -> bytes:
    """An Arrow IPC stream for each answer, one after another. Raises ImportError without pyarrow."""
    return b"".join(_stream(answer) for answer in answers)


def _stream(answer: Answer) -> bytes:
    """A row for each cell, codes as dictionaries, with `release` and `sdc` in the schema's metadata."""
    pa: Any = import_module("pyarrow")

    def coded(at: NDArray[np.intp], codes: Sequence[str]) -> Any:
        return pa.DictionaryArray.from_arrays(pa.array(at.astype(np.int32)), pa.array(codes, pa.string()))

    query = answer.query
    area, period, group = (index.ravel() for index in np.indices(query.shape))
    columns: dict[str, Any] = {
        "area": coded(area, query.areas),
        "period": coded(period, [period.code for period in query.periods]),
    }
    for at, facet in enumerate(query.by):
        columns[facet.value] = pa.array(np.array([group[at] for group in query.groups])[group]).dictionary_encode()
    for name, array in answer.values.items():
        columns[name] = pa.array(array.ravel(), from_pandas=True)
        columns[f"{name}.status"] = pa.array(answer.status[name].ravel()).dictionary_encode()
        for key, evidence in (answer.evidence or {}).get(name, {}).items():
            columns[f"{name}.{key}"] = pa.array(evidence.ravel(), from_pandas=True)
        if name in answer.hidden:
            columns[f"{name}.hidden"] = pa.array(answer.hidden[name].ravel())
    metadata = {"release": answer.release or "", "sdc": answer.sdc}
    if answer.patterns:
        metadata["patterns"] = orjson.dumps(answer.patterns).decode()
    table = pa.table(columns).replace_schema_metadata(metadata)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()
