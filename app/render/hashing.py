"""A hash of the rows of a file, made as they are read, whatever form they are written in."""

# pyarrow comes without types.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false

import hashlib
from collections.abc import Iterator

import pyarrow as pa

from app.render.arrow import plain
from app.render.table import AnswerTable


class Hashing:
    """Of all the tables that it reads."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()

    def read(self, table: AnswerTable) -> Iterator[pa.RecordBatch]:
        """The batches of a table."""
        self._sha256.update(table.schema.serialize())
        for batch in table.batches:
            self._sha256.update(plain(batch, table.schema).serialize())
            yield batch

    def digest(self) -> bytes:
        """Of what has been read."""
        return self._sha256.digest()
