"""Residents, employment rates, qualifications, weekly pay."""

import numpy as np

from departments.synthetic import national, places
from departments.synthetic.cube import Cube
from departments.synthetic.places import Floats
from reference.area import AreaLevel

AGES = ("0-15", "16-17", "18-24", "25-34", "35-49", "50-64", "65+")
QUARTER_ENDS = tuple(code for code in national.MONTH_CODES if code[5:] in ("03", "06", "09", "12"))
GROUPS = (
    "ALL", "FEMALE", "MALE", "ASIAN", "BLACK", "MIXED", "WHITE", "OTHER", "DISABLED", "NOT_DISABLED",
)  # fmt: skip
NATIONS = (AreaLevel.UK, AreaLevel.COUNTRY, AreaLevel.REGION)


def levelled(values: Floats, weights: Floats) -> tuple[tuple[str, ...], Floats]:
    """Figures of the authorities with the weighted means of wider places put before them."""
    wide = places.wider(NATIONS)
    means = [np.tensordot(weights[at] / weights[at].sum(), values[at], axes=1) for _, at in wide]
    codes = tuple(code for code, _ in wide) + tuple(area.code for area in places.authorities())
    return codes, np.concatenate([np.stack(means), values])


def population() -> Cube:
    """Residents at mid-year, by sex and age."""
    areas, years = places.codes(), range(2018, 2024)
    total, working = places.population("population_2024"), places.population("population_16_64_2024")
    growth = np.array([0.991**n for n in range(6, 0, -1)])
    young = np.array([0.032, 0.135, 0.205, 0.305, 0.323])
    inside = young * np.exp(places.seed("population").normal(0, 0.05, (len(areas), 5)))
    inside = inside / inside.sum(axis=1, keepdims=True) * working[:, None]
    outside = (total - working)[:, None] * np.array([0.485, 0.515])
    ages = np.concatenate([outside[:, :1], inside, outside[:, 1:]], axis=1)
    sexes = np.array([0.507, 0.493])
    values = places.whole(np.einsum("ag,y,s->aysg", ages, growth, sexes), "population")
    return Cube(
        ("area", "period", "sex", "age"),
        (areas, tuple(map(str, years)), ("FEMALE", "MALE"), AGES),
        {"people": values},
    )


def aps_rates() -> Cube:
    """Employment, unemployment and inactivity rates over rolling twelve months, in percent."""
    count = len(places.authorities())
    at = [national.MONTH_CODES.index(code) for code in QUARTER_ENDS]
    employment = national.through(
        {"2019-01": 75.4, "2020-03": 76.0, "2020-12": 75.0, "2021-10": 75.3, "2022-12": 75.5, "2024-06": 74.9}
    )[at]
    unemployment = national.through(
        {"2019-01": 4.1, "2020-03": 3.9, "2020-12": 4.9, "2021-10": 4.6, "2022-08": 3.7, "2024-06": 4.1}
    )[at]
    groups = {
        "employment": [0, -3.6, 3.6, -7.5, -5.5, -3.0, 1.2, -6.0, -22.5, 6.0],
        "unemployment": [0, -0.1, 0.1, 2.6, 4.0, 3.0, -0.6, 2.4, 3.4, -0.6],
    }
    rng = places.seed("aps_rates")
    lean = (1 - places.hardship())[:, None, None]
    noise = rng.normal(0, 1.2, (count, len(at), len(GROUPS)))
    worked = employment[None, :, None] + np.array(groups["employment"]) + 7 * lean + noise
    worked = np.clip(worked, 25, 92)
    without = unemployment[None, :, None] + np.array(groups["unemployment"]) - 2.2 * lean + noise * 0.35
    without = np.clip(without, 0.9, 22)
    active = np.clip(worked / (1 - without / 100), None, 96)
    weights = places.population("population_16_64_2024")
    values: dict[str, Floats] = {}
    for name, figures in (("employment", worked), ("unemployment", without), ("inactivity", 100 - active)):
        codes, levels = levelled(np.round(figures, 1), weights)
        levels = np.round(levels, 1)
        values[name] = levels
    # A small sample says nothing: the publisher leaves these cells empty.
    small = rng.random((count, len(at), len(GROUPS))) < np.array(
        [0.002, 0.01, 0.01, *[0.16] * 3, 0.01, 0.2, 0.02, 0.01]
    )
    small[..., :] |= (weights < 9_000)[:, None, None]
    for figures in values.values():
        figures[-count:][small] = np.nan
    return Cube(("area", "period", "group"), (codes, QUARTER_ENDS, GROUPS), values)


def qualifications() -> Cube:
    """Residents aged 16 to 64 qualified to level 3 or above, in percent."""
    years = range(2018, 2024)
    country = national.yearly({2018: 57.8, 2021: 61.5, 2023: 63.6}, years)
    rng = places.seed("qualifications")
    lean = 14 * (1 - places.hardship()) + 9 * (places.pay() - 1) * 4
    values = country[None, :] + lean[:, None] + rng.normal(0, 1.4, (len(lean), len(years)))
    codes, levels = levelled(np.clip(values, 30, 92), places.population("population_16_64_2024"))
    return Cube(("area", "period"), (codes, tuple(map(str, years))), {"level3": np.round(levels, 1)})


def weekly_pay() -> Cube:
    """Median gross weekly pay of full-time employees in April, in pounds."""
    years = range(2019, 2025)
    medians = national.published("ashe_median_weekly_ft")
    country = national.yearly({int(code[:4]): value for code, value in medians.items()} | {2024: 728.0}, years)
    rng = places.seed("weekly_pay")
    place = places.pay()[:, None, None] * np.exp(rng.normal(0, 0.015, (len(places.pay()), len(years), 1)))
    values = country[None, :, None] * place * np.array([1.0, 0.925, 1.05])
    codes, levels = levelled(values, places.population("population_16_64_2024"))
    levels *= (country / levels[0, :, 0])[None, :, None]
    return Cube(
        ("area", "period", "sex"),
        (codes, tuple(map(str, years)), ("ALL", "FEMALE", "MALE")),
        {"pay": np.round(levels, 1)},
    )


CUBES = {"population": population, "aps_rates": aps_rates, "qualifications": qualifications, "weekly_pay": weekly_pay}
