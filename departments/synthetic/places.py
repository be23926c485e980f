"""The local authorities as arrays, and what makes one place unlike another."""

import zlib
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from reference.area import Area, AreaLevel, gazetteer
from reference.packaged import rows

Floats = NDArray[np.float64]

COASTAL = (
    "Blackpool", "Hastings", "Thanet", "Tendring", "Great Yarmouth", "Torbay", "East Lindsey", "Southend-on-Sea",
    "Scarborough", "North Yorkshire", "Bournemouth, Christchurch and Poole", "Cornwall", "Isle of Wight", "Conwy",
    "Gwynedd", "Highland", "Eastbourne", "Arun", "Folkestone and Hythe", "Wyre", "North Norfolk", "Torridge",
)  # fmt: skip
FINANCE = ("City of London", "Westminster", "Tower Hamlets", "City of Edinburgh", "Leeds", "Camden", "Islington")
UNIVERSITY = (
    "Oxford", "Cambridge", "Manchester", "Nottingham", "Sheffield", "Newcastle upon Tyne", "Exeter", "Bath and North "
    "East Somerset", "Cardiff", "Belfast", "Bristol, City of", "Norwich", "Durham", "County Durham", "York", "Coventry",
)  # fmt: skip
AVIATION = ("Crawley", "Hillingdon", "Hounslow", "Uttlesford", "Luton", "North West Leicestershire", "Renfrewshire")
INDUSTRIAL = (
    "Middlesbrough", "Hartlepool", "Redcar and Cleveland", "Stoke-on-Trent", "Rotherham", "Sandwell", "Walsall",
    "Burnley", "Blackburn with Darwen", "Oldham", "Rochdale", "Kingston upon Hull, City of", "Merthyr Tydfil",
    "Blaenau Gwent", "Inverclyde", "North Lanarkshire", "Knowsley", "Barrow", "Sunderland", "Wolverhampton",
)  # fmt: skip


def seed(name: str) -> np.random.Generator:
    """Random numbers that are the same for a name on every machine."""
    return np.random.Generator(np.random.PCG64(zlib.crc32(name.encode())))


@cache
def authorities() -> tuple[Area, ...]:
    """The 361 local authorities in the order of their codes."""
    return gazetteer().at(AreaLevel.LA)


def codes(*countries: str) -> tuple[str, ...]:
    """Codes of the local authorities of some countries (by the first letter of their codes), or of all."""
    return tuple(a.code for a in authorities() if not countries or a.code[0] in countries)


def chosen(wanted: Sequence[str]) -> NDArray[np.intp]:
    """Positions of codes among the 361."""
    at = {area.code: index for index, area in enumerate(authorities())}
    return np.array([at[code] for code in wanted])


@cache
def population(column: str) -> Floats:
    """Residents of each authority: "population_2024" or "population_16_64_2024"."""
    held = {row["code"]: float(row[column]) for row in rows("reference", "areas.csv")}
    return np.array([held[area.code] for area in authorities()])


def _is(names: Sequence[str]) -> Floats:
    return np.array([float(area.name in names) for area in authorities()])


@cache
def hardship() -> Floats:
    """How much likelier than average a resident is to claim: around 1, 0.4 to 2.4."""
    noise = seed("hardship").normal(0, 0.28, len(authorities()))
    north = np.array(
        [area.parents.get(AreaLevel.REGION) in ("E12000001", "E12000002", "E12000005") for area in authorities()]
    )
    raised = 0.45 * _is(INDUSTRIAL) + 0.4 * _is(COASTAL) - 0.25 * _is(UNIVERSITY) - 0.35 * _is(FINANCE) + 0.12 * north
    return np.clip(np.exp(noise + raised - 0.05), 0.4, 2.4)


@cache
def shock() -> Floats:
    """How hard the pandemic hit the place's jobs: around 1."""
    noise = seed("shock").normal(0, 0.1, len(authorities()))
    return np.exp(noise + 0.35 * _is(COASTAL) + 0.6 * _is(AVIATION) + 0.1 * _is(FINANCE))


@cache
def recovery() -> Floats:
    """How quickly it recovered: 1 as the country, below 1 more slowly."""
    noise = seed("recovery").normal(0, 0.12, len(authorities()))
    return np.clip(np.exp(noise - 0.25 * _is(COASTAL) - 0.2 * _is(INDUSTRIAL) + 0.15 * _is(UNIVERSITY)), 0.45, 1.6)


@cache
def workplaces() -> Floats:
    """Jobs for each resident of working age, relative: a city's centre has many."""
    noise = seed("workplaces").normal(0, 0.18, len(authorities()))
    density = np.exp(noise + 0.5 * _is(FINANCE) + 0.3 * _is(UNIVERSITY) + 0.4 * _is(AVIATION) - 0.1 * _is(COASTAL))
    density[[area.name == "City of London" for area in authorities()]] = 60.0
    return density


@cache
def pay() -> Floats:
    """Pay relative to the country."""
    noise = seed("pay").normal(0, 0.06, len(authorities()))
    london = np.array([area.parents.get(AreaLevel.REGION) == "E12000007" for area in authorities()])
    return np.exp(
        noise
        + 0.16 * london
        + 0.12 * _is(FINANCE)
        + 0.03 * _is(UNIVERSITY)
        - 0.07 * _is(COASTAL)
        - 0.05 * _is(INDUSTRIAL)
        - 0.01
    )


def wider(levels: Sequence[AreaLevel]) -> list[tuple[str, NDArray[np.intp]]]:
    """Wider places with the positions of the authorities inside each."""
    places = gazetteer()
    found: dict[str, NDArray[np.intp]] = {}
    for level in levels:
        for area in places.at(level):
            inside = [i for i, each in enumerate(authorities()) if places.inside(each, area.code)]
            found.setdefault(area.code, np.array(inside))
    return list(found.items())


def whole(values: Floats, name: str) -> NDArray[np.int32]:
    """Whole numbers whose sums stay true: rounded up or down at random in proportion to the fraction."""
    drawn = seed(f"whole:{name}").random(values.shape, dtype=np.float32)
    return np.floor(values + drawn).astype(np.int32)
