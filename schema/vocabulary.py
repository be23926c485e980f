"""The enums and scalars of the schema, each value described for someone who reads statistics, not code."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NewType

import strawberry
from strawberry.schema.types.base_scalars import DateDefinition, DateTimeDefinition
from strawberry.types.scalar import ScalarDefinition

from reference.area import AreaLevel
from reference.facets import Facet, members
from reference.figure import Marker, ObservationStatus, Unit
from reference.measure import Additivity, DepartmentCode
from reference.period import PeriodKind
from resolvers.market_selection import Fill

AreaCode = NewType("AreaCode", str)
RFC_3339 = "https://www.rfc-editor.org/rfc/rfc3339"


def _code(value: object) -> str:
    """A code as it is given, in variables or in the query. Raises ValueError for what is no text."""
    if not isinstance(value, str):
        raise ValueError('a GSS code is a text, like "E08000003".')
    return value


SCALARS: dict[object, ScalarDefinition] = {
    AreaCode: strawberry.scalar(
        name="AreaCode",
        description="A GSS code of the Office for National Statistics, as of April 2023: E08000003 is Manchester.",
        specified_by_url="https://www.ons.gov.uk/methodology/geography/geographicalproducts/namescodesandlookups",
        serialize=str,
        parse_value=_code,
    ),
    date: replace(DateDefinition, description="A day of the calendar: 2024-03-31.", specified_by_url=RFC_3339),
    datetime: replace(
        DateTimeDefinition,
        description="A moment with its offset from UTC: 2024-03-31T12:00:00+00:00.",
        specified_by_url=RFC_3339,
    ),
}


def described(enum: Any, name: str, description: str, values: Mapping[str, str]) -> Any:
    """An enum of the schema, with a description for each of its values. Raises KeyError where one lacks it."""
    wrapped: Any = strawberry.enum(enum, name=name, description=description)
    for value in wrapped.__strawberry_definition__.values:
        value.description = values[value.name]
    return wrapped


def _facet_enum(name: str, facet: Facet, description: str) -> Any:
    codes = members(facet)
    return described(StrEnum(name, {code: code for code in codes}), name, description, codes)


described(
    AreaLevel,
    "AreaLevel",
    "Kinds of place, widest first.",
    {
        "UK": "The United Kingdom, K02000001.",
        "COUNTRY": "England, Wales, Scotland, Northern Ireland.",
        "REGION": "The nine regions of England; Wales, Scotland and Northern Ireland count as regions of their own.",
        "COMBINED_AUTHORITY": "Combined authorities and combined county authorities of England.",
        "LSIP": "Local skills improvement plan areas of England, 2023.",
        "LA": "Local authorities of April 2023: 361 in the UK (districts, unitaries, boroughs, council areas).",
    },
)
described(
    Facet,
    "Facet",
    "A characteristic that figures can be broken down by.",
    {
        "SEX": "Female or male, as recorded.",
        "AGE_BAND": "Age last birthday, in the bands that the owner publishes.",
        "INDUSTRY": "Industry of the employer or business: SIC 2007 section.",
        "OCCUPATION": "Occupation: SOC 2020 major or sub-major group.",
        "QUALIFICATION_LEVEL": "Level of the course or qualification.",
        "SUBJECT_AREA": "Sector subject area, tier 1, of the course.",
        "ETHNICITY": "Ethnic group, in five groups.",
        "DISABILITY": "Whether disabled or with a learning difficulty, as recorded.",
        "FAMILY_TYPE": "Single or couple, with or without dependent children.",
        "SIZE_BAND": "Number of employees of the business.",
    },
)
described(
    PeriodKind,
    "PeriodKind",
    "Lengths of time that figures are published for.",
    {
        "MONTH": "A calendar month, 2021-01.",
        "QUARTER": "A calendar quarter, 2021-Q1.",
        "YEAR": "A calendar year, 2021.",
        "ACADEMIC_YEAR": "August to July, 2020/21.",
    },
)
Every = described(
    StrEnum("Every", {kind.name: kind.value for kind in PeriodKind}),
    "Every",
    "How long the period of each row is.",
    {
        "MONTH": "A row for each calendar month.",
        "QUARTER": "A row for each calendar quarter.",
        "YEAR": "A row for each calendar year.",
        "ACADEMIC_YEAR": "A row for each academic year, August to July.",
    },
)
described(
    Fill,
    "Fill",
    "How a measure that is published less often than the rows appears on them.",
    {
        "NONE": "Only on the row that ends when the figure's own period ends.",
        "LATEST": "On each row with its newest figure; the figure's own period says which.",
    },
)
described(
    ObservationStatus,
    "ObservationStatus",
    "Observation status, by the codes of the SDMX code list CL_OBS_STATUS.",
    {
        "A": "Normal value.",
        "B": "Break: not comparable with earlier periods.",
        "D": "Definition differs.",
        "E": "Estimated.",
        "F": "Forecast.",
        "I": "Imputed.",
        "K": "Included in another category.",
        "L": "Missing: exists but was not collected.",
        "M": "Missing: cannot exist (not applicable).",
        "N": "Not significant: rounds to zero but is not zero.",
        "O": "Missing: not available.",
        "P": "Provisional.",
        "Q": "Missing: suppressed to protect confidentiality.",
        "U": "Low reliability.",
        "V": "Not validated.",
    },
)
MARKERS: Mapping[str, str] = {
    "b": "[b] Break in the series.",
    "c": "[c] Confidential: suppressed to protect people or businesses. Not zero.",
    "e": "[e] Estimated.",
    "er": "[er] Earliest revision.",
    "f": "[f] Forecast.",
    "low": "[low] Rounds to zero but is not zero.",
    "p": "[p] Provisional.",
    "r": "[r] Revised.",
    "u": "[u] Low reliability.",
    "w": "[w] None recorded in the survey.",
    "x": "[x] Not available: not published for this place or period.",
    "z": "[z] Not applicable: not published by these facets, or no figure ends with this period.",
}
described(Marker, "Marker", "Shorthand beside a figure, by the letters of the Government Statistical Service.", MARKERS)
UNITS: Mapping[str, str] = {
    "PERSONS": "People.",
    "HOUSEHOLDS": "Households.",
    "EMPLOYMENTS": "Employments; a person can have more than one.",
    "STARTS": "Apprenticeships started.",
    "ACHIEVEMENTS": "Apprenticeships achieved.",
    "LEARNERS": "Learners.",
    "ENROLMENTS": "Enrolments; a learner can have more than one.",
    "PERCENT": "Percent.",
    "BUSINESSES": "Businesses, registered for VAT or PAYE or not.",
    "ENTERPRISES": "Enterprises registered for VAT or PAYE.",
    "LOANS": "Loans.",
    "JOBS": "Employee jobs.",
    "VACANCIES": "Job vacancies.",
    "ADVERTS": "Online job adverts.",
    "GBP_PER_MONTH": "Pounds sterling a month.",
    "GBP_PER_WEEK": "Pounds sterling a week.",
    "GBP_MILLION": "Millions of pounds sterling.",
}
described(Unit, "Unit", "What a figure counts or measures.", UNITS)
described(
    Additivity,
    "Additivity",
    "Whether parts may be added up to a whole.",
    {
        "ADDITIVE": "Parts add up to the total, but for rounding and suppression.",
        "PERTURBED": "Every cell is slightly adjusted by its publisher: ask for the total, never add up parts.",
        "NOT_ADDITIVE": "A median, rate, or count of people counted in several parts: never add up.",
    },
)
described(
    DepartmentCode,
    "DepartmentCode",
    "Departments that own or have owned labour-market data.",
    {
        "DWP": "Department for Work and Pensions.",
        "HMRC": "HM Revenue and Customs.",
        "DfE": "Department for Education.",
        "BEIS": "Department for Business, Energy and Industrial Strategy, until 6 February 2023.",
        "DBT": "Department for Business and Trade, from 7 February 2023.",
        "DSIT": "Department for Science, Innovation and Technology, from 7 February 2023.",
        "DESNZ": "Department for Energy Security and Net Zero, from 7 February 2023.",
        "ONS": "Office for National Statistics.",
    },
)
Sex = _facet_enum("Sex", Facet.SEX, "Sex, as recorded by the owner.")
AgeBand = _facet_enum("AgeBand", Facet.AGE_BAND, "Age last birthday. Owners publish different bands.")
QualificationLevel = _facet_enum("QualificationLevel", Facet.QUALIFICATION_LEVEL, "Level of a course or qualification.")
Ethnicity = _facet_enum("Ethnicity", Facet.ETHNICITY, "Ethnic group, in five groups.")
Disability = _facet_enum("Disability", Facet.DISABILITY, "Whether disabled or with a learning difficulty, as recorded.")
FamilyType = _facet_enum("FamilyType", Facet.FAMILY_TYPE, "Who lives in the household.")
SizeBand = _facet_enum("SizeBand", Facet.SIZE_BAND, "Number of employees of the business.")
