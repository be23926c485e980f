"""Claimants and Universal Credit."""

import numpy as np
from numpy.typing import NDArray

from departments.synthetic import character, national, places
from departments.synthetic.cube import Cube
from departments.synthetic.draws import Floats, seed, whole, wobbled
from departments.synthetic.national import MONTH_CODES, MONTHS

SEXES = ("FEMALE", "MALE")
AGES_5 = ("16-19", "20-24", "25-29", "30-34", "35-39", "40-44", "45-49", "50-54", "55-59", "60-64", "65+")
REGIMES = ("searching", "working", "preparing", "planning", "none")
FAMILIES = ("SINGLE_NO_CHILDREN", "SINGLE_WITH_CHILDREN", "COUPLE_NO_CHILDREN", "COUPLE_WITH_CHILDREN")
PANDEMIC = national.parse("2020-03").last


def _spread(total: Floats, at: NDArray[np.intp], strain: float) -> Floats:
    """A national monthly series over places: by people and hardship, and by how the pandemic hit and passed."""
    weight = places.working_age()[at] * character.hardship()[at]
    since = (np.array([month.last for month in MONTHS]) - PANDEMIC) / 12
    wave = np.where(since >= 0, np.exp(-since * 0.9), 0.0)
    slow = 1 - np.exp(-np.clip(since, 0, None) * 1.2)
    lift = np.outer(character.shock()[at] - 1, wave) + np.outer(1 - character.recovery()[at], slow)
    weights = weight[:, None] * np.exp(strain * lift)
    return total * weights / weights.sum(axis=0)


def claimants() -> Cube:
    """Claimant count of the United Kingdom."""
    areas = places.codes()
    # March 2020 was as the months before it; the count rose with April's.
    total = national.quarterly("claimant_count", {"2020-03": 1_228_500, "2024-06": 1_630_000})
    series = _spread(total, places.chosen(areas), 0.9)
    young = national.through({"2019-01": 0.185, "2020-03": 0.185, "2020-07": 0.2, "2021-06": 0.193, "2022-06": 0.178})
    ages = np.stack([young, (1 - young) * 0.69, (1 - young) * 0.31])
    young = np.einsum("gm,ag->agm", ages, np.exp(seed("claimants").normal(0, 0.07, (len(areas), 3))))
    sexes = wobbled("claimants:sexes", np.array([0.42, 0.58]), len(areas), 0.06)
    values = whole(np.einsum("am,agm,as->amsg", series, young / young.sum(axis=1, keepdims=True), sexes), "claimants")
    names = ("AGE_16_24", "AGE_25_49", "AGE_50_PLUS")
    return Cube(("area", "period", "sex", "age"), (areas, MONTH_CODES, SEXES, names), {"claimants": values})


def uc_people() -> Cube:
    """People on Universal Credit in Great Britain, by conditionality and employment."""
    areas = places.codes("E", "W", "S")
    guides = {"2019-01": 1_600_000.0, "2020-03": 3_020_000.0, "2020-04": 4_900_000.0, "2024-06": 6_750_000.0}
    total = national.through({**national.published("uc_people"), **guides})
    series = _spread(total, places.chosen(areas), 0.5)
    parts = _regimes(total)
    # Places lean towards one regime or another; over the country each is as it should be.
    lean = np.exp(seed("uc_people:regimes").normal(0, 0.09, (len(areas), len(REGIMES))))
    lean *= np.outer(character.hardship()[places.chosen(areas)], [0.25, -0.2, 0.0, 0.05, 0.1]) + 1
    leaning = series[:, :, None] * lean[:, None, :]
    leaning *= total[:, None] / leaning.sum(axis=0)
    ages = np.array([0.045, 0.115, 0.125, 0.14, 0.13, 0.115, 0.095, 0.09, 0.08, 0.055, 0.01])
    shares = wobbled("uc_people", np.outer([0.54, 0.46], ages), len(areas), 0.06)
    values = whole(np.einsum("amr,asg,rem->amsgre", leaning, shares, parts, optimize=True), "uc_people")
    return Cube(
        ("area", "period", "sex", "age", "regime", "employment"),
        (areas, MONTH_CODES, SEXES, AGES_5, REGIMES, ("0", "1")),
        {"people": values},
    )


def _regimes(total: Floats) -> Floats:
    """The country's share of each regime without and with work, month by month (5 x 2 x months)."""
    published = national.published("uc_people_in_work")
    at = {month: published[month] / total[MONTH_CODES.index(month)] for month in published}
    working = national.through(
        {"2019-01": 0.33, "2020-01": 0.35, "2020-05": 0.33, "2021-01": 0.38, "2022-01": 0.41, **at}
    )
    points = {month: share / 100 for month, share in national.published("uc_conditionality_share_searching").items()}
    searching = national.through({"2019-01": 0.38, "2020-06": 0.42, "2021-06": 0.34, "2022-07": 0.25, "2024-06": 0.22, **points})  # fmt: skip
    points = {month: share / 100 for month, share in national.published("uc_conditionality_share_no_work_req").items()}
    none = national.through({"2019-01": 0.24, "2024-06": 0.36, **points})
    rest = 1 - searching - none
    regimes = np.stack([searching, rest * 0.62, rest * 0.2, rest * 0.18, none])
    # Nearly all of "working" have work; the others take up, in proportion, what is left of those who do.
    in_work = np.array([0.30, 0.98, 0.2, 0.2, 0.25])[:, None] * np.ones_like(working)
    others = regimes * in_work
    others[1] = 0
    in_work *= (working - regimes[1] * in_work[1]) / others.sum(axis=0)
    in_work[1] = 0.98
    return np.stack([regimes * (1 - in_work), regimes * in_work], axis=1)


def uc_households() -> Cube:
    """Households on Universal Credit in Great Britain, by family type and health entitlement."""
    areas = places.codes("E", "W", "S")
    guides = {
        "2019-01": 1_350_000.0, "2020-02": 2_480_000.0, "2020-05": 4_200_000.0, "2021-03": 4_950_000.0,
        "2023-01": 4_950_000.0, "2024-06": 5_900_000.0,
    }  # fmt: skip
    total = national.through({**national.published("uc_households"), **guides})
    series = _spread(total, places.chosen(areas), 0.5)
    health = national.through({"2019-01": 0.16, "2020-05": 0.14, "2022-01": 0.22, "2024-06": 0.30})
    # Health entitlements are more common where hardship is.
    ill = np.outer(np.clip(0.7 + 0.3 * character.hardship()[places.chosen(areas)], 0.8, 1.5), health)
    split = np.stack([1 - ill, ill])
    shares = wobbled("uc_households", np.array([0.52, 0.29, 0.05, 0.14]), len(areas), 0.08)
    values = whole(np.einsum("am,af,ham->amfh", series, shares, split, optimize=True), "uc_households")
    return Cube(
        ("area", "period", "family_type", "health"),
        (areas, MONTH_CODES, FAMILIES, ("no", "yes")),
        {"households": values},
    )


CUBES = {"claimants": claimants, "uc_people": uc_people, "uc_households": uc_households}
