"""Arrow that is not what it should be: columns of other types, missing, twice, in another order; rows too many."""

from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tests.fuzz.recording import Reply

MEDIA = frozenset({"application/vnd.apache.arrow.stream"})
TYPES = (pa.string(), pa.large_string(), pa.binary(), pa.int64(), pa.uint8(), pa.float32(), pa.float16(), pa.bool_(),
         pa.decimal128(20, 2), pa.null(), pa.timestamp("s"), pa.dictionary(pa.int8(), pa.string()))  # fmt: skip
ODD = (None, -1.0, float("nan"), float("inf"), 1e18, 0.5, "x", "", "A", "Q", True)


def mutate(chance: Random, reply: Reply) -> Reply:
    """The reply with something in one of its tables changed; with its bytes as they are where it holds none."""
    try:
        reader = pa.BufferReader(reply.content)
        tables: list[Any] = []
        while reader.tell() < len(reply.content):
            tables.append(pa.ipc.open_stream(reader).read_all())
    except (pa.ArrowException, OSError):
        return reply
    if not tables:
        return reply
    at = chance.randrange(len(tables))
    if chance.random() < 0.1:
        tables[at:at] = [tables[at]] if chance.random() < 0.5 else []
        chance.shuffle(tables)
    else:
        try:
            tables[at] = _changed(chance, tables[at])
        except (pa.ArrowException, ValueError, TypeError, IndexError, OverflowError):
            tables[at] = tables[at].slice(1)
    sink = pa.BufferOutputStream()
    for table in tables:
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table, max_chunksize=chance.choice((None, 7)))
    return reply._replace(content=sink.getvalue().to_pybytes())


def _changed(chance: Random, table: Any) -> Any:
    column = chance.randrange(table.num_columns)
    name, values = table.column_names[column], table.column(column)
    match chance.randrange(12):
        case 0:
            return table.remove_column(column)
        case 1:
            return table.append_column(chance.choice((name, "x", "", name + ".n")), values)
        case 2:
            return table.set_column(column, name, values.cast(chance.choice(TYPES), safe=chance.random() < 0.5))
        case 3:
            plain = values.cast(values.type.value_type) if pa.types.is_dictionary(values.type) else values
            return table.set_column(column, name, plain)
        case 4:
            order = list(range(table.num_rows))
            chance.shuffle(order)
            return table.take(order)
        case 5:
            return table.slice(0, chance.randrange(table.num_rows + 1))
        case 6:
            return pa.concat_tables([table, table.slice(0, chance.choice((1, table.num_rows)))])
        case 7:
            metadata = {**(table.schema.metadata or {})}
            metadata[chance.choice((b"sdc", b"release", b"x"))] = chance.choice(
                (b"", b"raw", b"applied", b"\xff", b"x" * 9999)
            )
            return table.replace_schema_metadata(metadata if chance.random() < 0.8 else None)
        case 8:
            names = [chance.choice((other, other.upper(), name)) for other in table.column_names]
            return table.rename_columns(names)
        case 9:
            order = list(range(table.num_columns))
            chance.shuffle(order)
            return table.select(order)
        case 10:
            return table.set_column(column, name, pa.nulls(table.num_rows, values.type))
        case _:
            odd = chance.choice(ODD)
            row = chance.randrange(table.num_rows)
            mask = pa.array([at == row for at in range(table.num_rows)])
            plain = values.cast(values.type.value_type) if pa.types.is_dictionary(values.type) else values
            return table.set_column(column, name, pc.if_else(mask, pa.scalar(odd, plain.type), plain))
