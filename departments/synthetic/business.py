"""Jobs, enterprises, vacancies, online job adverts, and the industries of places."""

from functools import cache

import numpy as np

from departments.synthetic import national, places
from departments.synthetic.cube import Cube
from departments.synthetic.national import MONTH_CODES
from departments.synthetic.places import Floats
from reference.area import AreaLevel
from reference.facets import Facet, members
from reference.period import parse

SECTIONS = tuple(members(Facet.INDUSTRY))
SUB_MAJOR = tuple(code for code in members(Facet.OCCUPATION) if len(code) == 2)
# Share of employees in each SIC section, A to U.
EMPLOYEES = np.array(
    [0.7, 0.15, 7.9, 0.45, 0.75, 4.6, 14.3, 5.0, 7.4, 4.5, 3.4, 1.7, 8.9, 8.9, 4.4, 8.8, 13.3, 2.4, 1.9, 0.2, 0.05]
)
ENTERPRISES = np.array(
    [5.2, 0.05, 4.9, 0.15, 0.35, 13.2, 14.2, 4.8, 6.1, 8.1, 2.3, 4.0, 15.9, 8.8, 0.3, 1.7, 3.9, 2.6, 4.2, 0.1, 0.01]
)
MEAN_PAY = np.array(
    [
        0.82,
        1.5,
        1.12,
        1.42,
        1.14,
        1.1,
        0.86,
        1.03,
        0.55,
        1.5,
        1.6,
        1.05,
        1.35,
        0.85,
        1.16,
        0.98,
        0.92,
        0.72,
        0.7,
        0.6,
        1.2,
    ]
)
SIZES = ("SIZE_0_9", "SIZE_10_49", "SIZE_50_249", "SIZE_250_PLUS")


@cache
def mix() -> Floats:
    """Share of each place's jobs in each section (361 x 21): a few places hardly mine, farm or bank at all."""
    rng = places.seed("mix")
    shares = EMPLOYEES / EMPLOYEES.sum() * np.exp(rng.normal(0, 0.35, (len(places.authorities()), len(SECTIONS))))
    names = [area.name for area in places.authorities()]
    london = [area.parents.get(AreaLevel.REGION) == "E12000007" for area in places.authorities()]
    for section, factor in (("A", 0.02), ("B", 0.02)):
        shares[np.array(london), SECTIONS.index(section)] *= factor
    for name in places.FINANCE:
        shares[names.index(name), SECTIONS.index("K")] *= 5
    for name in places.COASTAL:
        if name in names:
            shares[names.index(name), SECTIONS.index("I")] *= 2
    for name in places.AVIATION:
        shares[names.index(name), SECTIONS.index("H")] *= 3
    for name in places.INDUSTRIAL:
        if name in names:
            shares[names.index(name), SECTIONS.index("C")] *= 1.7
    return shares / shares.sum(axis=1, keepdims=True)


def jobs() -> Cube:
    """Employee jobs of Great Britain by workplace and industry."""
    areas, years = places.codes("E", "W", "S"), range(2018, 2024)
    at = places.chosen(areas)
    total = national.yearly({2018: 30_200_000, 2019: 30_500_000, 2020: 29_900_000, 2023: 31_900_000}, years)
    weight = places.population("population_16_64_2024")[at] * places.workplaces()[at]
    values = np.einsum("y,a,ai->ayi", total, weight / weight.sum(), mix()[at])
    return Cube(
        ("area", "period", "industry"),
        (areas, tuple(map(str, years)), SECTIONS),
        {"jobs": places.whole(values, "jobs")},
    )


def enterprises() -> Cube:
    """Enterprises registered for VAT or PAYE, by industry and size."""
    areas, years = places.codes(), range(2019, 2025)
    known = {int(code[:4]): value for code, value in national.published("uk_business_counts_enterprises").items()}
    total = national.yearly({2019: 2_718_000, 2020: 2_750_000} | known | {2024: 2_725_000}, years)
    weight = places.population("population_16_64_2024") * np.sqrt(places.workplaces()) / places.hardship() ** 0.3
    tilt = mix() / (EMPLOYEES / EMPLOYEES.sum()) * ENTERPRISES
    tilt /= tilt.sum(axis=1, keepdims=True)
    values = np.einsum("y,a,ai,z->ayiz", total, weight / weight.sum(), tilt, [0.893, 0.088, 0.015, 0.004])
    return Cube(
        ("area", "period", "industry", "size"),
        (areas, tuple(map(str, years)), SECTIONS, SIZES),
        {"enterprises": places.whole(values, "enterprises")},
    )


def vacancies() -> Cube:
    """Vacancies of the United Kingdom, three months ending with each month, in hundreds as published."""
    points: dict[str, float] = {}
    for label, value in national.published("vacancies").items():
        year, last = int(label[:4]), label[-3:]
        month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec").index(last) + 1
        points[parse(f"{year}-{month:02d}").code] = value
    total = national.through(dict(sorted(points.items())))
    shares = EMPLOYEES / EMPLOYEES.sum() * np.exp(places.seed("vacancies").normal(0, 0.2, len(SECTIONS)))
    split = total[:, None] * shares / shares.sum()
    values = np.concatenate([total[:, None], split], axis=1)[None]
    return Cube(
        ("area", "period", "industry"),
        (("K02000001",), MONTH_CODES, ("ALL", *SECTIONS)),
        {"vacancies": np.round(values, -3)},
    )


def adverts() -> Cube:
    """Online job adverts by occupation (sub-major groups)."""
    areas = places.codes()
    total = national.through(
        {"2019-01": 1_100_000, "2020-05": 480_000, "2021-06": 1_150_000, "2022-06": 1_650_000, "2024-06": 1_020_000}
    )
    rng = places.seed("adverts")
    shares = rng.dirichlet(np.full(len(SUB_MAJOR), 3.0))
    local = shares * np.exp(rng.normal(0, 0.35, (len(areas), len(SUB_MAJOR))))
    local /= local.sum(axis=1, keepdims=True)
    weight = places.population("population_16_64_2024") * np.sqrt(places.workplaces()) * places.pay()
    season = np.exp(rng.normal(0, 0.05, (len(areas), len(MONTH_CODES))))
    place = season * weight[:, None]
    values = np.einsum("m,am,ao->amo", total, place / place.sum(axis=0), local)
    return Cube(
        ("area", "period", "occupation"), (areas, MONTH_CODES, SUB_MAJOR), {"adverts": places.whole(values, "adverts")}
    )


CUBES = {"jobs": jobs, "enterprises": enterprises, "vacancies": vacancies, "adverts": adverts}
