"""What each department holds and publishes, read from its own database without any of the gateway.

Every function gives one figure: its value, or None and the GSS marker that says why there is none.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from departments.statxplore.databases import Database, databases
from departments.statxplore.table import tabulate
from departments.synthetic.cubes import load
from departments.synthetic.databases import database
from reference.area import AreaLevel, gazetteer
from reference.facets import Facet

FOLDER = Path(".data/departments")
PATTERNS = Path("departments/patterns")
Group = Mapping[Facet, str]
Shown = tuple[float | None, str | None]


@dataclass(frozen=True)
class Cell:
    """A figure of a share node with the evidence behind it."""

    value: float | None
    described: float
    contributors: float
    largest: float
    second: float


# Cubes: Nomis and Explore education statistics

AGES = {
    "AGE_0_15": ("0-15",),
    "AGE_16_24": ("16-17", "18-24"),
    "AGE_25_34": ("25-34",),
    "AGE_35_49": ("35-49",),
    "AGE_50_64": ("50-64",),
    "AGE_65_PLUS": ("65+",),
    "AGE_16_64": ("16-17", "18-24", "25-34", "35-49", "50-64"),
}
DIMENSIONS = {
    Facet.SEX: "sex",
    Facet.AGE_BAND: "age",
    Facet.SUBJECT_AREA: "subject",
    Facet.ETHNICITY: "ethnicity",
    Facet.DISABILITY: "disability",
    Facet.QUALIFICATION_LEVEL: "level",
    Facet.INDUSTRY: "industry",
    Facet.SIZE_BAND: "size",
    Facet.OCCUPATION: "occupation",
}
# Measure -> cube and indicator.
CUBES = {
    "claimantCount": ("claimants", "claimants"),
    "population": ("population", "people"),
    "employmentRate": ("aps_rates", "employment"),
    "unemploymentRate": ("aps_rates", "unemployment"),
    "inactivityRate": ("aps_rates", "inactivity"),
    "qualifiedToLevel3": ("qualifications", "level3"),
    "jobs": ("jobs", "jobs"),
    "enterprises": ("enterprises", "enterprises"),
    "medianWeeklyPay": ("weekly_pay", "pay"),
    "vacancies": ("vacancies", "vacancies"),
    "onlineJobAdverts": ("adverts", "adverts"),
    "apprenticeshipStarts": ("apprenticeships", "starts"),
    "apprenticeshipAchievements": ("apprenticeships", "achievements"),
    "adultLearners": ("further_education", "learners"),
    "adultAchievements": ("further_education", "achievements"),
    "level3CourseEnrolments": ("free_courses", "enrolments"),
    "youngPeopleNotInEducation": ("neet", "people"),
    "careLeaversInWorkOrEducation": ("care_leavers", "in_work_or_education"),
}
RATES = ("employmentRate", "unemploymentRate", "inactivityRate")


def cube_figure(cube_name: str, indicator: str, area: str, period: str, group: Group) -> float | None:
    """A figure of a cube: its own where it holds the place, else the sum of the authorities inside. A dimension
    with a member "ALL" is not added up. None where the period is not held."""
    cube = load(cube_name, FOLDER)
    if period not in cube.axis("period"):
        return None
    places = cube.axis("area")
    inside = [at for at, code in enumerate(places) if gazetteer().inside(gazetteer()[code], area)]
    positions = [[places.index(area)] if area in places else inside, [cube.axis("period").index(period)]]
    picked = {DIMENSIONS[facet]: code for facet, code in group.items()}
    for dimension in cube.dims[2:]:
        codes = cube.axis(dimension)
        if dimension == "group":
            wanted: tuple[str, ...] = (next(iter(group.values()), "ALL"),)
        elif dimension not in picked:
            wanted = ("ALL",) if "ALL" in codes else codes
        elif dimension == "age" and cube_name == "population":
            wanted = AGES[picked[dimension]]
        elif dimension == "occupation":
            wanted = tuple(code for code in codes if code.startswith(picked[dimension]))
        else:
            wanted = (picked[dimension],)
        positions.append([codes.index(code) for code in wanted])
    return float(cube.values[indicator][np.ix_(*positions)].sum())


def nomis(measure: str, area: str, period: str, group: Group) -> Shown:
    """A figure of the Office for National Statistics, as Nomis publishes it."""
    cube, indicator = CUBES[measure]
    month = f"{period[:4]}-{int(period[-1]) * 3:02d}" if measure in RATES else period
    value = cube_figure(cube, indicator, area, month, group)
    if value is None:
        return None, "x"
    return (None, "u") if np.isnan(value) else (value, None)


def ees(measure: str, area: str, period: str, group: Group) -> Shown:
    """A figure of the Department for Education: rounded to 10, `low` below 5, with its symbols."""
    level = gazetteer()[area].level
    if measure in ("adultLearners", "adultAchievements") and level is AreaLevel.LSIP and period < "2021/22":
        return None, "x"
    cube, indicator = CUBES[measure]
    value = cube_figure(cube, indicator, area, period, group)
    if value is None:
        return None, "x"
    if measure == "level3CourseEnrolments" and group.get(Facet.SUBJECT_AREA) == "14":
        return None, "z"
    if measure == "careLeaversInWorkOrEducation":
        leavers = cube_figure(cube, "leavers", area, period, group)
        assert leavers is not None
        return (None, "c") if leavers <= 10 else (float(np.floor(100 * value / leavers + 0.5)), None)
    return (None, "low") if 0 < value < 5 else (float(np.floor(value / 10 + 0.5) * 10), None)


# Stat-Xplore

UC_AGES = {
    "AGE_16_24": ("0", "1"),
    "AGE_25_34": ("2", "3"),
    "AGE_35_49": ("4", "5", "6"),
    "AGE_50_64": ("7", "8", "9"),
    "AGE_65_PLUS": ("10",),
}
UC_SEXES = {"FEMALE": ("2",), "MALE": ("1",)}
FAMILIES = ("SINGLE_NO_CHILDREN", "SINGLE_WITH_CHILDREN", "COUPLE_NO_CHILDREN", "COUPLE_WITH_CHILDREN")
WIDER = {AreaLevel.COUNTRY: 2, AreaLevel.REGION: 1, AreaLevel.LA: 0}


@cache
def _uc(households: bool) -> Database:
    return databases(FOLDER)[int(households)]


def statxplore(measure: str, area: str, period: str, group: Group) -> Shown:
    """A figure of the Department for Work and Pensions: one cell of a table, perturbed as Stat-Xplore does."""
    cube = _uc(measure.startswith("households"))
    month = next(field for field in cube.fields if field.label == "Month")
    place = next(field for field in cube.fields if field.label.startswith("Geography"))
    if period.replace("-", "") not in month.valuesets[0].labels:
        return None, "x"
    newest = period == "2024-06"
    if measure == "inWorkOnUniversalCredit" and newest:
        return None, "x"
    valueset = place.valuesets[WIDER[gazetteer()[area].level]]
    picked = [
        (month.uri, [month.valuesets[0].value(period.replace("-", ""))]),
        (place.uri, [valueset.value(area)]),
    ]
    for facet, code in group.items():
        name, codes = {
            Facet.SEX: ("Gender", UC_SEXES.get(code)),
            Facet.AGE_BAND: ("Age (bands)", UC_AGES.get(code)),
            Facet.FAMILY_TYPE: ("Family Type", (str(FAMILIES.index(code) + 1),) if code in FAMILIES else None),
        }[facet]
        assert codes is not None
        picked.append(_picked(cube, name, codes))
    if measure == "searchingForWork":
        picked.append(_picked(cube, "Conditionality Regime", ("AA",)))
    if measure == "inWorkOnUniversalCredit":
        picked.append(_picked(cube, "Employment indicator", ("1",)))
    if measure == "householdsWithHealthConditions":
        picked.append(_picked(cube, "Limited capability for work entitlement", ("1",)))
    body = {
        "database": cube.uri,
        "measures": [cube.count],
        "dimensions": [[uri] for uri, _ in picked],
        "recodes": {uri: {"map": [values]} for uri, values in picked},
    }
    [value] = np.ravel(tabulate([cube], body)["cubes"][cube.count]["values"])
    return float(value), None


def _picked(cube: Database, label: str, codes: tuple[str, ...]) -> tuple[str, list[str]]:
    field = next(field for field in cube.fields if field.label == label)
    return field.uri, [field.valuesets[0].value(code) for code in codes]


# Share nodes

TABLES = {
    "payrolledEmployees": ("hmrc", "paye_rti", "month", "employees", "employees", "employers"),
    "medianMonthlyPay": ("hmrc", "paye_rti", "month", "median_pay", "employees", "employers"),
    "furloughedEmployments": ("hmrc", "cjrs", "month", "furloughed", "furloughed", "employers"),
    "businesses": ("beis", "business_population", "year", "businesses", "businesses", "groups"),
    "businessSupportLoans": ("beis", "support_loans", "year", "loans", "loans", "lenders"),
    "researchAndDevelopment": ("beis", "research", "year", "gbp_million", "enterprises", "enterprises"),
}
COLUMNS = {
    Facet.SEX: "sex",
    Facet.AGE_BAND: "age_band",
    Facet.ETHNICITY: "ethnicity",
    Facet.INDUSTRY: "industry",
    Facet.SIZE_BAND: "size_band",
}


@cache
def _connection(name: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{database(name, FOLDER)}?mode=ro", uri=True)


def share(measure: str, area: str, period: str, group: Group) -> Cell | None:
    """A row of the newest release that holds it, or None."""
    name, table, time, value, described, contributors = TABLES[measure]
    connection = _connection(name)
    columns = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
    picked = {column: "ALL" for column in COLUMNS.values() if column in columns}
    picked.update({COLUMNS[facet]: code for facet, code in group.items()})
    where = " AND ".join(f"{column} = ?" for column in picked)
    row = connection.execute(
        f"SELECT {value}, {described}, {contributors}, largest, second FROM {table} "
        f"WHERE area = ? AND {time} = ? AND release = (SELECT max(release) FROM {table}) AND {where}",
        (area, period, *picked.values()),
    ).fetchone()
    return None if row is None else Cell(row[0], *(float(number) for number in row[1:]))


@cache
def _pattern(measure: str) -> tuple[dict[str, Any], NDArray[np.bool_]]:
    """What a pattern's file says first, and its cells over places, periods and groups."""
    [file] = PATTERNS.glob(f"*.{measure}.*.pattern")
    line, _, bits = file.read_bytes().partition(b"\n")
    head = orjson.loads(line)
    shape = (len(head["areas"]), 1 if head["series"] else len(head["periods"]), len(head["groups"]))
    count = int(np.prod(shape))
    return head, np.unpackbits(np.frombuffer(bits, np.uint8), count=count).astype(bool).reshape(shape)


def hidden(measure: str, area: str, period: str, group: Group) -> bool:
    """Whether the owner's pattern hides a figure that it holds."""
    head, cells = _pattern(measure)
    of_group = [group.get(Facet(facet), "") for facet in head["facets"]]
    at = 0 if head["series"] else head["periods"].index(period)
    return bool(cells[head["areas"].index(area), at, head["groups"].index(of_group)])
