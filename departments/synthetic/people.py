"""Residents, employment rates, qualifications, weekly pay."""

import numpy as np

from departments.synthetic import character, national, places
from departments.synthetic.cube import Cube
from departments.synthetic.draws import Floats, seed, whole, wobbled
from reference.area import AreaLevel

AGES = ("0-15", "16-17", "18-24", "25-34", "35-49", "50-64", "65+")
QUARTER_ENDS = tuple(code for code in national.MONTH_CODES if code[5:] in ("03", "06", "09", "12"))
NATIONS = (AreaLevel.UK, AreaLevel.COUNTRY, AreaLevel.REGION)
# Each group's employment and unemployment rate beside everyone's, in percentage points, and how often a local
# sample of it is too small to publish.
GROUPS = {
    "ALL": (0.0, 0.0, 0.002),
    "FEMALE": (-3.6, -0.1, 0.01),
    "MALE": (3.6, 0.1, 0.01),
    "ASIAN": (-7.5, 2.6, 0.16),
    "BLACK": (-5.5, 4.0, 0.16),
    "MIXED": (-3.0, 3.0, 0.16),
    "WHITE": (1.2, -0.6, 0.01),
    "OTHER": (-6.0, 2.4, 0.2),
    "DISABLED": (-22.5, 3.4, 0.02),
    "NOT_DISABLED": (6.0, -0.6, 0.01),
}
# Below this many residents of working age a survey finds too few people for any rate.
TOO_FEW_TO_SURVEY = 9_000


def levelled(values: Floats, weights: Floats) -> tuple[tuple[str, ...], Floats]:
    """Figures of the authorities with the weighted means of wider places put before them."""
    wide = places.wider(NATIONS)
    means = [np.tensordot(weights[at] / weights[at].sum(), values[at], axes=1) for _, at in wide]
    codes = tuple(code for code, _ in wide) + places.codes()
    return codes, np.concatenate([np.stack(means), values])


def population() -> Cube:
    """Residents at mid-year, by sex and age."""
    areas, years = places.codes(), range(2018, 2024)
    total, working = places.population("population_2024"), places.working_age()
    # Share of the people of 2024: growth was slow until 2021, and most places grew unlike the country.
    country = national.yearly({2018: 0.957, 2020: 0.966, 2021: 0.968, 2023: 0.989, 2024: 1.0}, years)
    growth = country ** np.exp(seed("population:growth").normal(0, 0.5, (len(areas), 1)))
    inside = wobbled("population", np.array([0.032, 0.135, 0.205, 0.305, 0.323]), len(areas), 0.05) * working[:, None]
    outside = (total - working)[:, None] * np.array([0.485, 0.515])
    ages = np.concatenate([outside[:, :1], inside, outside[:, 1:]], axis=1)
    sexes = wobbled("population:sexes", np.array([0.507, 0.493]), len(areas), 0.012)
    values = whole(np.einsum("ag,ay,as->aysg", ages, growth, sexes), "population")
    return Cube(
        ("area", "period", "sex", "age"),
        (areas, tuple(map(str, years)), ("FEMALE", "MALE"), AGES),
        {"people": values},
    )


def aps_rates() -> Cube:
    """Employment, unemployment and inactivity rates over rolling twelve months, in percent.

    The country follows the published rates for three months at their quarter's end. A place differs from it by its
    hardship, by the pandemic while it lasted, and by a sample's error, which drifts as three quarters in four are
    the same from one quarter to the next.
    """
    count, weights = len(places.authorities()), places.working_age()
    at = [national.MONTH_CODES.index(code) for code in QUARTER_ENDS]
    employed = national.quarter_ends("employment_rate_16_64", {"2019-03": 76.0, "2020-03": 76.4, "2022-06": 75.5})[at]
    jobless = national.quarter_ends("unemployment_rate_16plus", {"2019-03": 3.8, "2020-03": 4.0, "2022-09": 3.6})[at]
    rng = seed("aps_rates")
    error = rng.normal(0, 2.4, (count, len(at) + 3, len(GROUPS)))
    error = np.stack([error[:, n : n + len(at)] for n in range(4)]).mean(axis=0)
    since = np.clip(np.array(at) - national.MONTH_CODES.index("2020-03"), 0, None) / 12
    struck = np.where(since > 0, np.exp(-since * 0.8), 0.0)[None, :] * (character.shock() - 1)[:, None]
    slow = (1 - np.exp(-since * 1.2))[None, :] * (1 - character.recovery())[:, None]
    lean = 7 * (1 - character.hardship())[:, None] - 5 * struck - 3 * slow
    apart, apart_jobless, unpublished = np.array(list(GROUPS.values())).T
    # The country's figure is exactly the published one: what places add up to beside it is taken off again.
    worked = lean[..., None] + error
    worked += employed[None, :, None] + apart - np.average(worked, axis=0, weights=weights)
    without = -0.31 * lean[..., None] + 0.35 * error
    without += jobless[None, :, None] + apart_jobless - np.average(without, axis=0, weights=weights)
    worked, without = np.clip(worked, 25, 92), np.clip(without, 0.9, 22)
    active = np.clip(worked / (1 - without / 100), None, 96)
    small = rng.random((count, len(at), len(GROUPS))) < unpublished
    small |= (weights < TOO_FEW_TO_SURVEY)[:, None, None]
    codes: tuple[str, ...] = ()
    values: dict[str, Floats] = {}
    for name, figures in (("employment", worked), ("unemployment", without), ("inactivity", 100 - active)):
        codes, levels = levelled(figures, weights)
        levels[-count:][small] = np.nan
        values[name] = np.round(levels, 1)
    return Cube(("area", "period", "group"), (codes, QUARTER_ENDS, tuple(GROUPS)), values)


def qualifications() -> Cube:
    """Residents aged 16 to 64 qualified to level 3 or above, in percent."""
    years = range(2018, 2024)
    country = national.yearly({2018: 57.8, 2021: 61.5, 2023: 63.6}, years)
    lean = 14 * (1 - character.hardship()) + 36 * (character.pay() - 1)
    values = country[None, :] + lean[:, None] + seed("qualifications").normal(0, 1.4, (len(lean), len(years)))
    codes, levels = levelled(np.clip(values, 30, 92), places.working_age())
    return Cube(("area", "period"), (codes, tuple(map(str, years))), {"level3": np.round(levels, 1)})


def weekly_pay() -> Cube:
    """Median gross weekly pay of full-time employees in April, in pounds."""
    years = range(2019, 2025)
    country = national.yearly(national.by_year("ashe_median_weekly_ft") | {2020: 587.0, 2024: 728.0}, years)
    rng = seed("weekly_pay")
    count = len(places.authorities())
    drift = np.exp(rng.normal(0, 0.015, (count, len(years), 1)))
    # A woman's median beside a man's differs from place to place; everyone's lies between the two.
    apart = rng.normal(0.065, 0.02, (count, 1, 1)) * np.array([0.0, -1.15, 0.8])
    values = country[None, :, None] * character.pay()[:, None, None] * drift * (1 + apart)
    codes, levels = levelled(values, places.working_age())
    levels *= (country / levels[0, :, 0])[None, :, None]
    return Cube(
        ("area", "period", "sex"),
        (codes, tuple(map(str, years)), ("ALL", "FEMALE", "MALE")),
        {"pay": np.round(levels, 1)},
    )


CUBES = {"population": population, "aps_rates": aps_rates, "qualifications": qualifications, "weekly_pay": weekly_pay}
