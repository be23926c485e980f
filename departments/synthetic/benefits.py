"""Claimants and Universal Credit."""

import numpy as np

from departments.synthetic import national, places
from departments.synthetic.cube import Cube
from departments.synthetic.national import MONTH_CODES, MONTHS
from departments.synthetic.places import Floats

AGES_5 = ("16-19", "20-24", "25-29", "30-34", "35-39", "40-44", "45-49", "50-54", "55-59", "60-64", "65+")
FAMILIES = ("SINGLE_NO_CHILDREN", "SINGLE_WITH_CHILDREN", "COUPLE_NO_CHILDREN", "COUPLE_WITH_CHILDREN")


def _spread(total: Floats, at: Floats, strain: float) -> Floats:
    """A national monthly series over places: by people and hardship, and by how the pandemic hit and passed."""
    index = at.astype(np.intp)
    weight = places.population("population_16_64_2024")[index] * places.hardship()[index]
    months = np.array([month.last for month in MONTHS])
    since = np.clip(months - (2020 * 12 + 2), 0, None) / 12
    wave = np.where(months >= 2020 * 12 + 2, np.exp(-since * 0.9), 0.0)
    slow = 1 - np.exp(-since * 1.2)
    lift = np.exp(strain * (np.outer(places.shock()[index] - 1, wave) + np.outer(1 - places.recovery()[index], slow)))
    weights = weight[:, None] * lift
    return total * weights / weights.sum(axis=0)


def _shares(name: str, base: Floats, places_count: int, wobble: float) -> Floats:
    """Shares of members for each place: near the national ones, never the same."""
    raw = base * np.exp(places.seed(name).normal(0, wobble, (places_count, *base.shape)))
    return raw / raw.reshape(places_count, -1).sum(axis=1).reshape(places_count, *([1] * base.ndim))


def claimants() -> Cube:
    """Claimant count of the United Kingdom."""
    areas = places.codes()
    series = _spread(national.quarterly("claimant_count"), places.chosen(areas).astype(float), 0.9)
    shares = _shares("claimants", np.outer([0.42, 0.58], [0.19, 0.56, 0.25]), len(areas), 0.08)
    values = places.whole(np.einsum("am,asg->amsg", series, shares), "claimants")
    ages = ("AGE_16_24", "AGE_25_49", "AGE_50_PLUS")
    return Cube(("area", "period", "sex", "age"), (areas, MONTH_CODES, ("FEMALE", "MALE"), ages), {"claimants": values})


def uc_people() -> Cube:
    """People on Universal Credit in Great Britain, by conditionality and employment."""
    areas = places.codes("E", "W", "S")
    total = _uc_total()
    series = _spread(total, places.chosen(areas).astype(float), 0.5)
    working = national.through(
        {"2019-01": 0.33, "2020-01": 0.35, "2020-05": 0.33, "2021-01": 0.38, "2022-01": 0.41, "2023-01": 2646274 / 5799603,
         "2023-12": 2851976 / 6311416, "2024-06": 0.38}
    )  # fmt: skip
    working[MONTH_CODES.index("2023-12") + 1 :] = working[MONTH_CODES.index("2023-12")]
    searching = national.through(
        {"2019-01": 0.38, "2020-01": 0.37, "2020-06": 0.42, "2021-06": 0.34, "2022-07": 0.25, "2024-06": 0.22}
    )
    none = national.through({"2019-01": 0.24, "2020-01": 0.25, "2022-07": 0.30, "2024-06": 0.36})
    # Share of each regime: searching, working, preparing, planning, none. Most people in work are in "working".
    rest = 1 - searching - none
    regimes = np.stack([searching, rest * 0.62, rest * 0.2, rest * 0.18, none])
    in_work = np.stack(
        [0.30 + 0 * working, 0.98 + 0 * working, 0.2 + 0 * working, 0.2 + 0 * working, 0.25 + 0 * working]
    )
    in_work *= working / (regimes * in_work).sum(axis=0)
    in_work = np.clip(in_work, 0, 1)
    in_work[1] = np.clip(in_work[1] + (working - (regimes * in_work).sum(axis=0)) / regimes[1], 0, 1)
    gap = working - (regimes * in_work).sum(axis=0)
    in_work[0] += gap / regimes[0]
    employed = np.stack([regimes * (1 - in_work), regimes * in_work], axis=1)
    ages = np.array([0.045, 0.115, 0.125, 0.14, 0.13, 0.115, 0.095, 0.09, 0.08, 0.055, 0.01])
    shares = _shares("uc_people", np.outer([0.54, 0.46], ages), len(areas), 0.06)
    values = places.whole(np.einsum("am,asg,rem->amsgre", series, shares, employed, optimize=True), "uc_people")
    return Cube(
        ("area", "period", "sex", "age", "regime", "employment"),
        (
            areas,
            MONTH_CODES,
            ("FEMALE", "MALE"),
            AGES_5,
            ("searching", "working", "preparing", "planning", "none"),
            ("0", "1"),
        ),
        {"people": values},
    )


def _uc_total() -> Floats:
    figures = dict(national.published("uc_people"))
    figures |= {"2019-01": 1_600_000, "2020-03": 3_020_000, "2020-04": 4_900_000, "2024-06": 6_750_000}
    return national.through(dict(sorted(figures.items())))


def uc_households() -> Cube:
    """Households on Universal Credit in Great Britain, by family type and health entitlement."""
    areas = places.codes("E", "W", "S")
    total = national.through(
        {"2019-01": 1_350_000, "2020-02": 2_480_000, "2020-05": 4_200_000, "2021-03": 4_950_000, "2021-11": 4_800_000,
         "2023-01": 4_950_000, "2024-06": 5_900_000}
    )  # fmt: skip
    series = _spread(total, places.chosen(areas).astype(float), 0.5)
    health = national.through({"2019-01": 0.16, "2020-05": 0.14, "2022-01": 0.22, "2024-06": 0.30})
    shares = _shares("uc_households", np.array([0.52, 0.29, 0.05, 0.14]), len(areas), 0.08)
    split = np.stack([1 - health, health])
    values = places.whole(np.einsum("am,af,hm->amfh", series, shares, split, optimize=True), "uc_households")
    return Cube(
        ("area", "period", "family_type", "health"),
        (areas, MONTH_CODES, FAMILIES, ("no", "yes")),
        {"households": values},
    )


CUBES = {"claimants": claimants, "uc_people": uc_people, "uc_households": uc_households}
