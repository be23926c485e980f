"""The data sets of the sample publisher, ten of them, with the concepts and codes they are asked by."""

from pathlib import Path

import numpy as np

from departments.nomis.dataset import (
    UNAVAILABLE,
    Code,
    Concept,
    DataSet,
    Holdings,
    fixed,
    gathered,
    levelled,
)
from departments.synthetic.cube import load
from reference.facets import Facet, members

_VALUE = Concept("measures", (Code(20100, "Value"),))
_SECTIONS = members(Facet.INDUSTRY)
_OCCUPATIONS = members(Facet.OCCUPATION)
_INDUSTRY = Concept(
    "industry",
    (
        Code(37748736, "Total", "TOTAL"),
        *(Code(150994945 + at, f"{code} : {name}", code) for at, (code, name) in enumerate(_SECTIONS.items())),
    ),
)
_EACH_SECTION = [tuple(_SECTIONS), *((code,) for code in _SECTIONS)]
_BOTH = ("FEMALE", "MALE")

_CLAIMANT_AGES = ("AGE_16_24", "AGE_25_49", "AGE_50_PLUS")
_POPULATION_AGES = {
    Code(0, "All ages"): ("0-15", "16-17", "18-24", "25-34", "35-49", "50-64", "65+"),
    Code(1, "Aged 0 - 15"): ("0-15",),
    Code(2, "Aged 16 - 64"): ("16-17", "18-24", "25-34", "35-49", "50-64"),
    Code(3, "Aged 16 - 24"): ("16-17", "18-24"),
    Code(4, "Aged 25 - 34"): ("25-34",),
    Code(5, "Aged 35 - 49"): ("35-49",),
    Code(6, "Aged 50 - 64"): ("50-64",),
    Code(7, "Aged 65+"): ("65+",),
}
_WORKING = slice(1, 6)

# Rates of everybody have the publisher's numbers; those of a group, numbers of our own beside them.
_RATES = {
    "employment": (45, "Employment rate - aged 16-64"),
    "unemployment": (84, "Unemployment rate - aged 16+"),
    "inactivity": (111, "% who are economically inactive - aged 16-64"),
}
_RATE_GROUPS = {
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
_VARIABLES = tuple(
    Code(number if at == 0 else number * 100 + at, name + words)
    for number, name in _RATES.values()
    for at, words in enumerate(_RATE_GROUPS.values())
)


def _claimants(folder: Path) -> Holdings:
    """Counts, and as a share of residents aged 16 to 64 in the middle of the year before (or the newest)."""
    ages = [_CLAIMANT_AGES, *((age,) for age in _CLAIMANT_AGES)]
    counts = gathered(
        load("claimants", folder),
        "claimants",
        sex=[_BOTH, ("MALE",), ("FEMALE",)],
        age=ages,
    )
    people = load("population", folder)
    residents = gathered(
        people,
        "people",
        sex=[_BOTH, ("MALE",), ("FEMALE",)],
        age=[people.axis("age")[_WORKING]],
    )
    years = [residents.times.index(str(min(max(int(month[:4]) - 1, 2018), 2023))) for month in counts.times]
    shares = np.full_like(counts.values, np.nan)
    shares[..., 0] = np.round(100 * counts.values[..., 0] / residents.values[years][..., 0], 1)
    return fixed(Holdings(counts.times, counts.places, np.stack([counts.values, shares], axis=-1)))


def _rates(folder: Path) -> Holdings:
    cube = load("aps_rates", folder)
    at = [cube.axis("group").index(group) for group in _RATE_GROUPS]
    values = np.concatenate([cube.values[name][..., at] for name in _RATES], axis=-1)
    return fixed(levelled(cube, values))


def _qualified(folder: Path) -> Holdings:
    cube = load("qualifications", folder)
    held = fixed(levelled(cube, cube.values["level3"]), 2)
    return Holdings(tuple(f"{year}-12" for year in held.times), held.places, held.values)


def _jobs(folder: Path) -> Holdings:
    return fixed(gathered(load("jobs", folder), "jobs", industry=_EACH_SECTION), 3)


def _enterprises(folder: Path) -> Holdings:
    cube = load("enterprises", folder)
    sizes = cube.axis("size")
    return fixed(
        gathered(
            cube,
            "enterprises",
            industry=_EACH_SECTION,
            size=[sizes, *((s,) for s in sizes)],
        ),
        2,
    )


def _pay(folder: Path) -> Holdings:
    cube = load("weekly_pay", folder)
    at = [cube.axis("sex").index(sex) for sex in ("MALE", "FEMALE", "ALL")]
    return fixed(levelled(cube, cube.values["pay"][..., at]), 3)


def _population(folder: Path) -> Holdings:
    sexes = [("MALE",), ("FEMALE",), _BOTH]
    return fixed(
        gathered(
            load("population", folder),
            "people",
            sex=sexes,
            age=list(_POPULATION_AGES.values()),
        )
    )


def _vacancies(folder: Path) -> Holdings:
    cube = load("vacancies", folder)
    at = [cube.axis("industry").index(code) for code in ("ALL", *_SECTIONS)]
    return fixed(levelled(cube, cube.values["vacancies"][..., at]))


def _adverts(folder: Path) -> Holdings:
    cube = load("adverts", folder)
    leaves = cube.axis("occupation")
    groups = [
        leaves,
        *(tuple(leaf for leaf in leaves if leaf.startswith(code)) for code in _OCCUPATIONS),
    ]
    return fixed(gathered(cube, "adverts", occupation=groups))


def _single(ref: str, id: int, name: str) -> Concept:
    return Concept(ref, (Code(id, name),))


_TOTAL_MALE_FEMALE = (Code(0, "Total"), Code(1, "Male"), Code(2, "Female"))
DATA_SETS: dict[str, DataSet] = {
    each.id: each
    for each in (
        DataSet(
            "NM_162_1",
            "Claimant count by sex and age",
            (
                Concept("gender", _TOTAL_MALE_FEMALE),
                Concept(
                    "age",
                    (
                        Code(0, "All categories: Age 16+"),
                        Code(2, "Aged 16-24"),
                        Code(3, "Aged 25-49"),
                        Code(4, "Aged 50+"),
                    ),
                ),
                Concept(
                    "measure",
                    (
                        Code(1, "Claimant count"),
                        Code(2, "Claimants as a proportion of residents aged 16-64"),
                    ),
                ),
                _VALUE,
            ),
            _claimants,
            keywords="claimants,benefits,unemployment",
            missing=UNAVAILABLE,
        ),
        DataSet(
            "NM_17_5",
            "annual population survey - variables (percentages)",
            (Concept("variable", _VARIABLES), _single("measures", 20599, "Variable")),
            _rates,
            keywords="employment,unemployment,inactivity,survey",
            units="Percent",
            rolling=True,
        ),
        DataSet(
            "NM_17_1",
            "annual population survey - qualifications",
            (
                _single("cell", 404029441, "T19 : % with RQF3+ - aged 16-64"),
                _single("measures", 20301, "Percent"),
            ),
            _qualified,
            keywords="qualifications,survey",
            units="Percent",
            rolling=True,
        ),
        DataSet(
            "NM_189_1",
            "Business Register and Employment Survey: open access",
            (
                _INDUSTRY,
                _single("employment_status", 1, "Employees"),
                _single("measure", 1, "Count"),
                _VALUE,
            ),
            _jobs,
            keywords="employees,jobs,industry",
            units="Jobs",
        ),
        DataSet(
            "NM_142_1",
            "UK Business Counts - enterprises by industry and employment size band",
            (
                _INDUSTRY,
                Concept(
                    "employment_sizeband",
                    (
                        Code(0, "Total"),
                        Code(10, "Micro (0 to 9)"),
                        Code(20, "Small (10 to 49)"),
                        Code(30, "Medium-sized (50 to 249)"),
                        Code(40, "Large (250+)"),
                    ),
                ),
                _single("legal_status", 0, "Total"),
                _VALUE,
            ),
            _enterprises,
            keywords="businesses,enterprises,industry",
            units="Enterprises",
        ),
        DataSet(
            "NM_99_1",
            "annual survey of hours and earnings - resident analysis",
            (
                Concept(
                    "sex",
                    (
                        Code(1, "Male Full Time Workers"),
                        Code(3, "Female Full Time Workers"),
                        Code(8, "Full Time Workers"),
                    ),
                ),
                _single("item", 2, "Median"),
                _single("pay", 1, "Weekly pay - gross"),
                _VALUE,
            ),
            _pay,
            keywords="earnings,pay,median",
            units="Pounds",
        ),
        DataSet(
            "NM_31_1",
            "Population estimates - local authority based by age band",
            (
                Concept("sex", (Code(5, "Male"), Code(6, "Female"), Code(7, "Total"))),
                Concept("c_age", tuple(_POPULATION_AGES)),
                _VALUE,
            ),
            _population,
            keywords="population,residents,age",
        ),
        DataSet(
            "NM_901_1",
            "Vacancies by industry (a sample: not published on Nomis in reality)",
            (_INDUSTRY, _VALUE),
            _vacancies,
            keywords="vacancies,industry",
            units="Vacancies",
        ),
        DataSet(
            "NM_902_1",
            "Online job adverts by SOC 2020 occupation (a sample: not published on Nomis in reality)",
            (
                Concept(
                    "occupation",
                    (
                        Code(0, "All occupations"),
                        *(Code(int(code), f"{code} : {name}", code) for code, name in _OCCUPATIONS.items()),
                    ),
                ),
                _VALUE,
            ),
            _adverts,
            keywords="adverts,vacancies,occupation",
            units="Adverts",
        ),
    )
}
