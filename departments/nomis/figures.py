"""The figures of each data set of the sample publisher, laid out over its codes from the synthetic cubes.

Axes after place and time are the data set's concepts, in the order and with the codes of `catalogue`.
"""

from pathlib import Path

import numpy as np

from departments.nomis.dataset import Holdings, fixed, gathered, levelled
from departments.synthetic.cubes import load
from reference.facets import Facet, members

SECTIONS = tuple(members(Facet.INDUSTRY))
EACH_SECTION = [SECTIONS, *((code,) for code in SECTIONS)]
BOTH = ("FEMALE", "MALE")
CLAIMANT_AGES = ("AGE_16_24", "AGE_25_49", "AGE_50_PLUS")
POPULATION_AGES = {
    "All ages": ("0-15", "16-17", "18-24", "25-34", "35-49", "50-64", "65+"),
    "Aged 0 - 15": ("0-15",),
    "Aged 16 - 64": ("16-17", "18-24", "25-34", "35-49", "50-64"),
    "Aged 16 - 24": ("16-17", "18-24"),
    "Aged 25 - 34": ("25-34",),
    "Aged 35 - 49": ("35-49",),
    "Aged 50 - 64": ("50-64",),
    "Aged 65+": ("65+",),
}
RATES = ("employment", "unemployment", "inactivity")
RATE_GROUPS = {
    "ALL": "",
    "FEMALE": " - females",
    "MALE": " - males",
    "ASIAN": " - Asian or Asian British",
    "BLACK": " - Black, African, Caribbean or Black British",
    "MIXED": " - mixed or multiple ethnic groups",
    "WHITE": " - white",
    "OTHER": " - other ethnic group",
    "DISABLED": " - disabled",
    "NOT_DISABLED": " - not disabled",
}


def claimants(folder: Path) -> Holdings:
    """Counts, and as a share of residents aged 16 to 64 in the middle of the year before (or the newest)."""
    ages = [CLAIMANT_AGES, *((age,) for age in CLAIMANT_AGES)]
    counts = gathered(
        load("claimants", folder),
        "claimants",
        sex=[BOTH, ("MALE",), ("FEMALE",)],
        age=ages,
    )
    people = load("population", folder)
    residents = gathered(
        people,
        "people",
        sex=[BOTH, ("MALE",), ("FEMALE",)],
        age=[POPULATION_AGES["Aged 16 - 64"]],
    )
    years = [residents.times.index(str(min(max(int(month[:4]) - 1, 2018), 2023))) for month in counts.times]
    shares = np.full_like(counts.values, np.nan)
    shares[..., 0] = np.round(100 * counts.values[..., 0] / residents.values[years][..., 0], 1)
    return fixed(Holdings(counts.times, counts.places, np.stack([counts.values, shares], axis=-1)))


def rates(folder: Path) -> Holdings:
    """Employment, unemployment and inactivity in turn, each for every group."""
    cube = load("aps_rates", folder)
    at = [cube.axis("group").index(group) for group in RATE_GROUPS]
    values = np.concatenate([cube.values[name][..., at] for name in RATES], axis=-1)
    return fixed(levelled(cube, values))


def qualified(folder: Path) -> Holdings:
    """A survey of a calendar year, dated by its last month."""
    cube = load("qualifications", folder)
    values = fixed(levelled(cube, cube.values["level3"]), 2)
    return Holdings(tuple(f"{year}-12" for year in values.times), values.places, values.values)


def jobs(folder: Path) -> Holdings:
    """All industries together, then each section."""
    return fixed(gathered(load("jobs", folder), "jobs", industry=EACH_SECTION), 3)


def enterprises(folder: Path) -> Holdings:
    """By industry and by size band, each with its total first."""
    cube = load("enterprises", folder)
    sizes = cube.axis("size")
    return fixed(
        gathered(
            cube,
            "enterprises",
            industry=EACH_SECTION,
            size=[sizes, *((s,) for s in sizes)],
        ),
        2,
    )


def pay(folder: Path) -> Holdings:
    """Medians of men, of women and of everybody: never added up."""
    cube = load("weekly_pay", folder)
    at = [cube.axis("sex").index(sex) for sex in ("MALE", "FEMALE", "ALL")]
    return fixed(levelled(cube, cube.values["pay"][..., at]), 3)


def population(folder: Path) -> Holdings:
    """Men, women and both, for ages that overlap."""
    sexes = [("MALE",), ("FEMALE",), BOTH]
    return fixed(
        gathered(
            load("population", folder),
            "people",
            sex=sexes,
            age=list(POPULATION_AGES.values()),
        )
    )


def vacancies(folder: Path) -> Holdings:
    """As the cube holds them, its own total first."""
    cube = load("vacancies", folder)
    at = [cube.axis("industry").index(code) for code in ("ALL", *SECTIONS)]
    return fixed(levelled(cube, cube.values["vacancies"][..., at]))


def adverts(folder: Path) -> Holdings:
    """All occupations together, then each major group as the sum of what lies in it."""
    cube = load("adverts", folder)
    leaves = cube.axis("occupation")
    groups = [
        leaves,
        *(tuple(leaf for leaf in leaves if leaf.startswith(code)) for code in members(Facet.OCCUPATION)),
    ]
    return fixed(gathered(cube, "adverts", occupation=groups))
