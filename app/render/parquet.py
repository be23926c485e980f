"""Parquet: a group of rows for each batch, compressed."""

# pyarrow comes without types.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from app.render.arrow import plain
from app.render.sink import Sink
from app.render.table import AnswerTable


def chunks(table: AnswerTable) -> Iterator[bytes]:
    """A chunk for each batch of rows, then the footer, without which nothing reads it."""
    sink = Sink()
    with pq.ParquetWriter(pa.PythonFile(sink, "w"), table.schema, compression="zstd") as writer:
        yield sink.taken()
        for batch in table.batches:
            writer.write_batch(plain(batch, table.schema))
            yield sink.taken()
    yield sink.taken()
