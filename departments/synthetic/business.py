"""Jobs, enterprises, vacancies and online job adverts."""

import numpy as np

from departments.synthetic import character, industries, national, places
from departments.synthetic.cube import Cube
from departments.synthetic.draws import Floats, seed, whole, wobbled
from departments.synthetic.industries import SECTIONS
from departments.synthetic.national import MONTH_CODES
from reference.facets import Facet, members

SUB_MAJOR = tuple(code for code in members(Facet.OCCUPATION) if len(code) == 2)
SIZES = ("SIZE_0_9", "SIZE_10_49", "SIZE_50_249", "SIZE_250_PLUS")


def seats() -> Floats:
    """Where businesses are, relative: with people and workplaces, less so with hardship."""
    return places.working_age() * np.sqrt(character.workplaces()) / character.hardship() ** 0.3


def jobs() -> Cube:
    """Employee jobs of Great Britain by workplace and industry."""
    areas, years = places.codes("E", "W", "S"), range(2018, 2024)
    at = places.chosen(areas)
    total = national.yearly({2018: 30_200_000, 2019: 30_500_000, 2020: 29_900_000, 2023: 31_900_000}, years)
    weight = (places.working_age() * character.workplaces())[at]
    values = np.einsum("y,a,ai->yai", total, weight / weight.sum(), industries.mix()[at])
    # From 2020 on, fewer jobs in what could not be done from home, until it had recovered.
    dip = national.yearly({2019: 0.0, 2020: 0.05, 2021: 0.04, 2023: 0.01}, years)
    values *= 1 - dip[:, None, None] * np.clip(industries.column("furlough") - 1, 0, None)
    values *= (total / values.sum(axis=(1, 2)))[:, None, None]
    return Cube(
        ("area", "period", "industry"),
        (areas, tuple(map(str, years)), SECTIONS),
        {"jobs": whole(values.swapaxes(0, 1), "jobs")},
    )


def enterprises() -> Cube:
    """Enterprises registered for VAT or PAYE, by industry and size."""
    areas, years = places.codes(), range(2019, 2025)
    guides = {2019: 2_718_000.0, 2020: 2_750_000.0, 2024: 2_725_000.0}
    total = national.yearly(national.by_year("uk_business_counts_enterprises") | guides, years)
    mix = industries.tilted(industries.column("enterprises"))
    sizes = wobbled("enterprises", np.array([0.893, 0.088, 0.015, 0.004]), len(areas), 0.06)
    values = np.einsum("y,a,ai,az->ayiz", total, seats() / seats().sum(), mix, sizes)
    return Cube(
        ("area", "period", "industry", "size"),
        (areas, tuple(map(str, years)), SECTIONS, SIZES),
        {"enterprises": whole(values, "enterprises")},
    )


def vacancies() -> Cube:
    """Vacancies of the United Kingdom, the mean of three months ending with each month, in whole thousands."""
    total = national.through({national.last_month(w).code: v for w, v in national.published("vacancies").items()})
    shares = industries.employees() * np.exp(seed("vacancies").normal(0, 0.2, len(SECTIONS)))
    # Vacancies fell furthest, and came back strongest, where people had been furloughed.
    swing = (total / total.mean())[:, None] ** (0.3 * (industries.column("furlough") - 1))
    split = shares * swing
    split = total[:, None] * split / split.sum(axis=1, keepdims=True)
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
        {"2019-01": 1_100_000, "2020-02": 1_050_000, "2020-05": 480_000, "2021-06": 1_150_000, "2022-06": 1_650_000,
         "2024-06": 1_020_000}
    )  # fmt: skip
    rng = seed("adverts")
    local = wobbled("adverts", rng.dirichlet(np.full(len(SUB_MAJOR), 3.0)), len(areas), 0.35)
    weight = places.working_age() * np.sqrt(character.workplaces()) * character.pay()
    month_by_month = np.exp(rng.normal(0, 0.05, (len(areas), len(MONTH_CODES))))
    place = month_by_month * weight[:, None]
    values = np.einsum("m,am,ao->amo", total, place / place.sum(axis=0), local)
    return Cube(
        ("area", "period", "occupation"), (areas, MONTH_CODES, SUB_MAJOR), {"adverts": whole(values, "adverts")}
    )


CUBES = {"jobs": jobs, "enterprises": enterprises, "vacancies": vacancies, "adverts": adverts}
