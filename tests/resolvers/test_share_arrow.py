"""A share node's answers as Arrow: asked for when they are large, refused whole when they are not what was asked."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pytest

from resolvers.errors import DepartmentMisanswered
from resolvers.protocols import share
from tests.departments.share_desk import Desk as Node
from tests.departments.share_desk import mapping
from tests.resolvers.test_share import BOTH, Connected, slice_of

N = "payrolledEmployees"
Change = Callable[[Any], Any]


@pytest.fixture(autouse=True)
def small_answers_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(share, "WORTH_ARROW", 0)


def written(*tables: Any) -> bytes:
    sink = pa.BufferOutputStream()
    for table in tables:
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
    return sink.getvalue().to_pybytes()


def between(file: Path, change: Callable[[bytes], bytes]) -> Connected:
    """A node whose answers are changed on their way."""
    node = httpx.ASGITransport(Node(mapping(f"sqlite:///{file}")).app)

    async def answer(request: httpx.Request) -> httpx.Response:
        reply = await node.handle_async_request(request)
        content = await reply.aread()
        assert reply.headers["Content-Type"] == share.ARROW
        return httpx.Response(200, content=change(content), headers={"Content-Type": share.ARROW})

    return Connected(httpx.MockTransport(answer))


def replaced(name: str, function: Callable[[Any], Any]) -> Change:
    """One column made anew."""

    def change(table: Any) -> Any:
        return table.set_column(table.column_names.index(name), name, function(table.column(name).combine_chunks()))

    return change


def words(change: Callable[[list[str]], list[str | None]]) -> Callable[[Any], Any]:
    return lambda column: pa.array(change(column.to_pylist()))


WRONG: dict[str, Change] = {
    "rows in another order": lambda table: table.take(list(range(table.num_rows))[::-1]),
    "a row too few": lambda table: table.slice(1),
    "a row twice": lambda table: pa.concat_tables([table, table.slice(0, 1)]),
    "another area": replaced("area", words(lambda old: ["E06000001"] * len(old))),
    "an area that is not said": replaced("area", words(lambda old: [None, *old[1:]])),
    "another period": replaced("period", words(lambda old: ["2023-01"] * len(old))),
    "another group": replaced("SEX", words(lambda old: ["MALE"] * len(old))),
    "areas that are numbers": replaced("area", lambda old: pa.array(range(len(old)))),
    "no areas": lambda table: table.drop_columns("area"),
    "no groups": lambda table: table.drop_columns("SEX"),
    "no measure": lambda table: table.drop_columns(N),
    "no status": lambda table: table.drop_columns(f"{N}.status"),
    "a measure too many": lambda table: table.append_column("population", table.column(N)),
    "evidence of another kind": lambda table: table.append_column(f"{N}.names", table.column(N)),
    "figures that are texts": replaced(N, lambda old: old.cast(pa.string())),
    "figures without end": replaced(N, lambda old: pa.array(np.full(len(old), np.inf))),
    "a figure that is said to be suppressed": replaced(f"{N}.status", words(lambda old: ["Q"] * len(old))),
    "no figure where one is said to be": replaced(N, lambda old: pa.nulls(len(old), pa.float64())),
    "an unknown status": replaced(f"{N}.status", words(lambda old: ["?"] * len(old))),
    "no word of anything": lambda table: table.replace_schema_metadata(None),
    "an unknown word of disclosure control": lambda table: table.replace_schema_metadata(
        {"sdc": "partly", "release": ""}
    ),
    "unprotected figures said to be protected": lambda table: table.replace_schema_metadata(
        {"sdc": "applied", "release": ""}
    ),
}


@pytest.mark.parametrize("how", WRONG)
async def test_an_answer_that_is_not_what_was_asked_is_refused_whole(file: Path, how: str) -> None:
    def change(content: bytes) -> bytes:
        return written(WRONG[how](pa.ipc.open_stream(content).read_all()))

    with pytest.raises(DepartmentMisanswered):
        await between(file, change).tables(slice_of())


BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda _: b"",
    "something else": lambda _: b"<html>busy</html>" * 50,
    "cut short": lambda content: content[: len(content) // 2],
    "one stream too many": lambda content: content * 2,
}


@pytest.mark.parametrize("how", BROKEN)
async def test_a_stream_that_cannot_be_read_whole_is_refused(file: Path, how: str) -> None:
    with pytest.raises(DepartmentMisanswered):
        await between(file, BROKEN[how]).tables(slice_of())


async def test_what_is_written_in_another_way_and_says_the_same_is_read(file: Path) -> None:
    def plain(content: bytes) -> bytes:
        table = pa.ipc.open_stream(content).read_all()
        for name in table.column_names:
            if pa.types.is_dictionary(table.column(name).type):
                table = replaced(name, lambda old: old.dictionary_decode())(table)
        return written(pa.concat_tables([table.slice(0, 3), table.slice(3)]))

    (usual,) = await between(file, bytes).tables(slice_of())
    (other,) = await between(file, plain).tables(slice_of())
    for name in BOTH:
        for part in ("values", "status", "markers"):
            np.testing.assert_array_equal(getattr(usual.columns[name], part), getattr(other.columns[name], part))


async def test_only_large_answers_are_asked_for_as_arrow(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    accepted: list[str | None] = []
    node = Node(mapping(f"sqlite:///{file}")).app

    async def noted(scope: Any, receive: Any, send: Any) -> None:
        accepted.append(dict(scope["headers"]).get(b"accept", b"").decode())
        await node(scope, receive, send)

    connected = Connected(httpx.ASGITransport(noted))
    numbers = 2 * 2 * 2 * 2 * 5  # places, months, groups, measures; each figure and four kinds of evidence
    for worth in (numbers, numbers + 1):
        monkeypatch.setattr(share, "WORTH_ARROW", worth)
        (table,) = await connected.tables(slice_of())
        assert table.columns[N].evidence is not None
    assert [share.ARROW in str(accept) for accept in accepted] == [True, False]
