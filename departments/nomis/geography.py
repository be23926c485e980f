"""Places as Nomis numbers them: an internal integer each, grouped in types of geography.

Countries and regions carry the numbers that Nomis publishes; those of the local authorities are our own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from reference.area import AreaLevel, gazetteer

COUNTRIES, REGIONS, AUTHORITIES = 499, 480, 424
TYPES = {
    COUNTRIES: "countries",
    REGIONS: "regions",
    AUTHORITIES: "local authorities: district / unitary (as of April 2023)",
}
_FIRST_COUNTRY, _FIRST_REGION, _FIRST_AUTHORITY = 2092957697, 2013265921, 1900000001
# Each with the first letters of the authorities inside it.
_NATIONS = (
    ("K02000001", "United Kingdom", "EWSN"),
    ("K03000001", "Great Britain", "EWS"),
    ("E92000001", "England", "E"),
    ("W92000004", "Wales", "W"),
    ("S92000003", "Scotland", "S"),
    ("N92000002", "Northern Ireland", "N"),
    ("K04000001", "England and Wales", "EW"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """One place of one type. `authorities`: codes of the local authorities that it is made of."""

    id: int
    code: str
    name: str
    type: int
    parent: int
    authorities: tuple[str, ...]


@cache
def places() -> tuple[Place, ...]:
    """Every place, type by type, in the order of the publisher's lists."""
    everywhere = gazetteer()
    authorities = everywhere.at(AreaLevel.LA)
    number = {code: _FIRST_COUNTRY + at for at, (code, _, _) in enumerate(_NATIONS)}
    nations = [
        Place(
            number[code],
            code,
            name,
            COUNTRIES,
            0,
            tuple(a.code for a in authorities if a.code[0] in letters),
        )
        for code, name, letters in _NATIONS
    ]
    regions: list[Place] = []
    for at, area in enumerate(everywhere.at(AreaLevel.REGION)[:9]):
        inside = tuple(a.code for a in everywhere.at(AreaLevel.LA, area.code))
        regions.append(
            Place(
                _FIRST_REGION + at,
                area.code,
                area.name,
                REGIONS,
                number["E92000001"],
                inside,
            )
        )
    for at, nation in enumerate(nations[3:6], start=9):
        regions.append(
            Place(
                _FIRST_REGION + at,
                nation.code,
                nation.name,
                REGIONS,
                nation.id,
                nation.authorities,
            )
        )
    within = {code: region.id for region in regions for code in region.authorities}
    local = [
        Place(
            _FIRST_AUTHORITY + at,
            area.code,
            area.name,
            AUTHORITIES,
            within[area.code],
            (area.code,),
        )
        for at, area in enumerate(authorities)
    ]
    return (*nations, *regions, *local)


def find(text: str, places: Sequence[Place]) -> list[int]:
    """Positions among the places held of what a `geography` parameter names, in the order it names them:
    internal numbers, GSS codes, ranges a...b and TYPEnnn, separated by commas. What is not held is left out."""
    by_id = {place.id: at for at, place in enumerate(places)}
    by_code = {place.code: at for at, place in reversed(list(enumerate(places)))}
    numbers: list[int] = []
    for part in text.upper().split(","):
        first, dots, last = part.partition("...")
        if dots and first.isdigit() and last.isdigit():
            numbers += [at for number, at in sorted(by_id.items()) if int(first) <= number <= int(last)]
        elif part.startswith("TYPE"):
            numbers += [at for at, place in enumerate(places) if part == f"TYPE{place.type}"]
        elif part.isdigit() and int(part) in by_id:
            numbers.append(by_id[int(part)])
        elif part in by_code:
            numbers.append(by_code[part])
    return list(dict.fromkeys(numbers))
