"""A connector is asked with its publisher's codes, and answers with ours."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from reference.column import Column
from reference.figure import Marker
from reference.period import parse
from resolvers.protocols.connector import DatasetQuery
from resolvers.recoded import recoded
from resolvers.source import Source, load
from resolvers.table import Slice, Table

ONS = load(Path(__file__).parents[2] / "resolvers" / "sources" / "ons.toml")
OURS = ("E08000016", "E06000057", "E08000003")


class Echo:
    """A connector that answers every place with the number in the code it was asked by."""

    async def answer(self, ask: DatasetQuery) -> tuple[Table, ...]:
        return tuple(self._table(piece) for piece in ask.slices)

    def requests(self, ask: DatasetQuery) -> tuple[str, ...]:
        return tuple(",".join(piece.areas) for piece in ask.slices)

    async def drift(self) -> tuple[str, ...]:
        return ("something moved",)

    @staticmethod
    def _table(piece: Slice) -> Table:
        column = Column.absent(piece.shape, Marker.x)
        column.values[:] = np.reshape([float(code[1:]) for code in piece.areas], (-1, 1, 1))
        return Table(piece, {"population": column}, None, datetime.now(UTC))


def ask(source: Source, dataset: int = 0) -> DatasetQuery:
    return DatasetQuery(source.datasets[dataset], (Slice(("population",), OURS, (parse("2023"),)),))


@pytest.mark.parametrize(
    ("vintage", "theirs"),
    [
        ("2012", ("E08000016", "E06000048", "E08000003")),
        ("2025-04", ("E08000038", "E06000057", "E08000003")),
        ("2023-04", OURS),
    ],
)
async def test_the_publisher_is_asked_in_its_codes_and_answers_in_ours(vintage: str, theirs: tuple[str, ...]) -> None:
    source = replace(ONS, vintage=vintage)
    connector = recoded(Echo(), source)
    (table,) = await connector.answer(ask(source))
    assert table.slice == ask(source).slices[0]
    assert table.columns["population"].values.ravel().tolist() == [float(code[1:]) for code in theirs]
    assert connector.requests(ask(source)) == (",".join(theirs),)
    assert await connector.drift() == ("something moved",)


async def test_the_vintage_of_a_dataset_goes_before_that_of_its_source() -> None:
    later, *others = ONS.datasets
    source = replace(ONS, datasets=(later.model_copy(update={"vintage": "2025"}), *others))
    connector = recoded(Echo(), source)
    assert connector.requests(ask(source)) == ("E08000038,E06000057,E08000003",)
    assert connector.requests(ask(source, 1)) == (",".join(OURS),)


def test_a_publisher_with_our_codes_is_asked_by_its_connector_itself() -> None:
    echo = Echo()
    assert recoded(echo, ONS) is echo
