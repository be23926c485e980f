"""The local authorities as arrays, and what kinds of place some of them are."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from departments.synthetic.draws import Floats
from reference.area import Area, AreaLevel, gazetteer
from reference.packaged import rows

COASTAL = (
    "Blackpool", "Hastings", "Thanet", "Tendring", "Great Yarmouth", "Torbay", "East Lindsey", "Southend-on-Sea",
    "Bournemouth, Christchurch and Poole", "Cornwall", "Isle of Wight", "Conwy", "Gwynedd",
    "Highland", "Eastbourne", "Arun", "Folkestone and Hythe", "Wyre", "North Norfolk", "Torridge",
)  # fmt: skip
FINANCE = ("City of London", "Westminster", "Tower Hamlets", "City of Edinburgh", "Leeds", "Camden", "Islington")
UNIVERSITY = (
    "Oxford", "Cambridge", "Manchester", "Nottingham", "Sheffield", "Newcastle upon Tyne", "Exeter", "Cardiff",
    "Bath and North East Somerset", "Belfast", "Bristol, City of", "Norwich", "County Durham", "York", "Coventry",
)  # fmt: skip
AVIATION = ("Crawley", "Hillingdon", "Hounslow", "Uttlesford", "Luton", "North West Leicestershire", "Renfrewshire")
INDUSTRIAL = (
    "Middlesbrough", "Hartlepool", "Redcar and Cleveland", "Stoke-on-Trent", "Rotherham", "Sandwell", "Walsall",
    "Burnley", "Blackburn with Darwen", "Oldham", "Rochdale", "Kingston upon Hull, City of", "Merthyr Tydfil",
    "Blaenau Gwent", "Inverclyde", "North Lanarkshire", "Knowsley", "Sunderland", "Wolverhampton",
    "Birmingham", "Bradford", "Leicester", "Liverpool", "Bolton", "Luton", "Newport", "West Dunbartonshire",
)  # fmt: skip
RURAL = (
    "Herefordshire, County of", "Powys", "Ceredigion", "Northumberland", "Shropshire", "Scottish Borders", "Rutland",
    "Dumfries and Galloway", "Argyll and Bute", "Na h-Eileanan Siar", "Orkney Islands", "Mid Devon", "West Devon",
    "South Holland", "Fenland", "Cotswold", "Westmorland and Furness", "Fermanagh and Omagh", "Mid Ulster",
)  # fmt: skip


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


def kind(names: Sequence[str]) -> NDArray[np.bool_]:
    """Which of the 361 have these names. Raises KeyError for a name that no authority has."""
    at = {area.name: index for index, area in enumerate(authorities())}
    mask = np.zeros(len(at), dtype=np.bool_)
    mask[[at[name] for name in names]] = True
    return mask


@cache
def population(column: str) -> Floats:
    """Residents of each authority: "population_2024" or "population_16_64_2024"."""
    people = {row["code"]: float(row[column]) for row in rows("reference", "areas.csv")}
    return np.array([people[area.code] for area in authorities()])


@cache
def working_age() -> Floats:
    """Residents of each authority aged 16 to 64."""
    return population("population_16_64_2024")


@cache
def wider(levels: tuple[AreaLevel, ...]) -> list[tuple[str, NDArray[np.intp]]]:
    """Wider places with the positions of the authorities inside each."""
    places = gazetteer()
    positions: dict[str, NDArray[np.intp]] = {}
    for level in levels:
        for area in places.at(level):
            inside = [i for i, authority in enumerate(authorities()) if places.inside(authority, area.code)]
            positions.setdefault(area.code, np.array(inside))
    return list(positions.items())
