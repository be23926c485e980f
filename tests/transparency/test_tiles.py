"""Tiles: where they are, what is in them, and that they are enough to make every hash of the tree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transparency.trees import Kept, numbered
from transparency import tiles, tree
from transparency.tiles import Tile, TileWrong

PATHS = [
    (Tile(15, 455_667), "tile/15/x455/667"),
    (Tile(15, 123_456_789, 41), "tile/15/x123/x456/789.p/41"),
    (Tile(0, 1_234_067), "tile/0/x001/x234/067"),
    (Tile(0, 0), "tile/0/000"),
    (Tile(None, 0, 255), "tile/entries/000.p/255"),
    (Tile(None, 1, 1), "tile/entries/001.p/1"),
    (Tile(None, 1000), "tile/entries/x001/000"),
]


@pytest.mark.parametrize(("tile", "path"), PATHS)
def test_paths_are_the_published_ones(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert Tile.at(path) == tile


@given(st.none() | st.integers(0, 63), st.integers(0, 10**18 - 1), st.integers(1, 256))
def test_every_tile_is_found_at_its_path(level: int | None, number: int, width: int) -> None:
    assert Tile.at(Tile(level, number, width).path) == Tile(level, number, width)


@pytest.mark.parametrize(
    "path",
    ["", "tile", "tile/0", "tile/0/1", "tile/0/0000", "tile/00/000", "tile/64/000", "tile/-1/000", "tile/x/000",
     "tile/0/x000/001", "tile/0/001/002", "tile/0/x001", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01",
     "tile/0/000.p/", "tile/0/000.p", "/tile/0/000", "tile/0/000/", "tile/entries/../000", "tile/0/000\n",
     "tile/0/\u0660\u0660\u0660", "tile/0/" + "x001/" * 6 + "000", "tile/0/" + "x999/" * 5000 + "000"],
)  # fmt: skip
def test_other_paths_are_of_no_tile(path: str) -> None:
    with pytest.raises(TileWrong):
        Tile.at(path)


def test_the_tiles_of_70_000_leaves_are_those_of_the_specification() -> None:
    found = list(tiles.tiles(70_000))
    assert found == [
        *(Tile(0, number) for number in range(273)),
        Tile(0, 273, 112),
        Tile(1, 0),
        Tile(1, 1, 17),
        Tile(2, 0, 1),
    ]
    assert all(tile.within(70_000) for tile in found)
    for beyond in (Tile(0, 273), Tile(0, 273, 113), Tile(1, 1, 18), Tile(2, 0, 2), Tile(3, 0, 1), Tile(None, 273, 113)):
        assert not beyond.within(70_000)
    assert Tile(None, 273, 112).within(70_000)
    assert list(tiles.tiles(0)) == []
    assert list(tiles.tiles(256)) == [Tile(0, 0), Tile(1, 0, 1)]


def test_a_tree_is_made_again_from_its_tiles_alone() -> None:
    kept = Kept.of(numbered(66_000))
    received = {tile: tiles.read_hashes(tile, tiles.hashes(tile, kept.stored)) for tile in tiles.tiles(kept.size)}
    assert {len(tiles.hashes(tile, kept.stored)) for tile in received if tile.width == 256} == {8_192}
    hashes = {
        (tile.level, tile.first + at): one for tile, several in received.items() for at, one in enumerate(several)
    }
    assert tree.root(kept.size, tree.from_stored(lambda level, first, count: [
        hashes[level, first + at] for at in range(count)
    ])) == kept.root()  # fmt: skip


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_entries_come_out_of_a_bundle_as_they_went_in(entries: list[bytes]) -> None:
    assert tiles.read_bundle(Tile(None, 0, len(entries)), tiles.bundle(entries)) == entries


def test_a_bundle_is_to_the_byte_what_c2sp_says() -> None:
    assert tiles.bundle([b"", b"abc", b"x" * 300]) == b"\0\0\0\3abc\1\x2c" + b"x" * 300
    assert len(tiles.bundle([b"x" * tiles.ENTRY_BYTES])) == 65_537


def test_what_is_received_short_long_or_cut_is_refused() -> None:
    tile, entries = Tile(0, 0, 2), Tile(None, 0, 2)
    for data in (b"", b"0" * 63, b"0" * 65, b"0" * 96):
        with pytest.raises(TileWrong):
            tiles.read_hashes(tile, data)
    whole = tiles.bundle([b"one", b"two"])
    for data in (b"", whole[:-1], whole + b"\0", whole + b"\0\0", tiles.bundle([b"one"])):
        with pytest.raises(TileWrong):
            tiles.read_bundle(entries, data)
