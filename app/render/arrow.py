"""Arrow: a stream of record batches in the format for communication between processes."""

# pyarrow comes without types.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false

from collections.abc import Iterator, Sequence

import pyarrow as pa

from app.render.about import About
from app.render.metadata import schema_with_terms
from app.render.sink import Sink
from app.render.table import AnswerTable


def chunks(tables: Sequence[AnswerTable], about: About) -> Iterator[bytes]:
    """The schema, then a chunk for each batch of rows, then the mark of the end."""
    (table,) = tables
    sink, schema = Sink(), schema_with_terms(table, about)
    with pa.ipc.new_stream(pa.PythonFile(sink, "w"), schema) as stream:
        yield sink.taken()
        for batch in table.batches:
            stream.write_batch(plain(batch, schema))
            yield sink.taken()
    yield sink.taken()


def plain(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """A batch of the kinds of the schema: texts that came as a dictionary are written out."""
    arrays = [
        array if array.type == field.type else array.cast(field.type)
        for array, field in zip(batch.columns, schema, strict=True)
    ]
    return pa.record_batch(arrays, schema=schema)
