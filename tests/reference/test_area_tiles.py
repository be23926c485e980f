"""Each local authority has a tile of its own on the map, about where it lies."""

import csv
from importlib.resources import files

from reference.area import AreaLevel, gazetteer


def tiles() -> dict[str, tuple[int, int]]:
    with (files("reference") / "area_tiles.csv").open(encoding="utf-8") as file:
        return {row["code"]: (int(row["column"]), int(row["row"])) for row in csv.DictReader(file)}


def test_every_local_authority_has_one_tile_and_no_two_the_same() -> None:
    authorities = {area.code for area in gazetteer().at(AreaLevel.LA)}
    assert set(tiles()) == authorities
    assert len(set(tiles().values())) == len(authorities) == 361


def test_north_is_above_south_and_west_left_of_east() -> None:
    at = tiles()
    shetland, newcastle, manchester, exeter = (
        at[code] for code in ("S12000027", "E08000021", "E08000003", "E07000041")
    )
    assert shetland[1] < newcastle[1] < manchester[1] < exeter[1]
    belfast, cardiff, norwich = (at[code] for code in ("N09000003", "W06000015", "E07000148"))
    assert belfast[0] < cardiff[0] < norwich[0]
