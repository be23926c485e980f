"""Parquet: a group of rows for each batch, compressed."""

# pyarrow comes without types.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from app.render.about import About
from app.render.arrow import plain
from app.render.metadata import schema_with_terms
from app.render.sink import Sink
from app.render.table import AnswerTable


def chunks(tables: Sequence[AnswerTable], about: About) -> Iterator[bytes]:
    """A chunk for each batch of rows, then the footer, without which nothing reads it."""
    (table,) = tables
    sink, schema = Sink(), schema_with_terms(table, about)
    with pq.ParquetWriter(pa.PythonFile(sink, "w"), schema, compression="zstd") as writer:
        yield sink.taken()
        for batch in table.batches:
            writer.write_batch(plain(batch, schema))
            yield sink.taken()
    yield sink.taken()
