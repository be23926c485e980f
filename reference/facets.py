"""The ways a figure can be broken down, and the members of each in published order.

Industries are SIC 2007 sections, occupations SOC 2020 major and sub-major groups, subject areas the sector
subject areas (tier 1) of further education. Source: ONS and DfE, Open Government Licence v3.0.
"""

from collections.abc import Collection
from enum import StrEnum
from functools import cache

from reference.packaged import rows


class Facet(StrEnum):
    """A characteristic that people, courses or businesses are grouped by."""

    SEX = "SEX"
    AGE_BAND = "AGE_BAND"
    INDUSTRY = "INDUSTRY"
    OCCUPATION = "OCCUPATION"
    QUALIFICATION_LEVEL = "QUALIFICATION_LEVEL"
    SUBJECT_AREA = "SUBJECT_AREA"
    ETHNICITY = "ETHNICITY"
    DISABILITY = "DISABILITY"
    FAMILY_TYPE = "FAMILY_TYPE"
    SIZE_BAND = "SIZE_BAND"


def _table(name: str) -> dict[str, str]:
    """Code -> name of every row of one of our files."""
    return {row["code"]: row["name"] for row in rows("reference", name)}


@cache
def members(facet: Facet) -> dict[str, str]:
    """Code -> name of every member of a facet, in published order."""
    match facet:
        case Facet.INDUSTRY:
            return _table("industries.csv")
        case Facet.OCCUPATION:
            return _table("occupations.csv")
        case _:
            return _MEMBERS[facet]


_MEMBERS: dict[Facet, dict[str, str]] = {
    Facet.SEX: {"FEMALE": "Female", "MALE": "Male"},
    Facet.AGE_BAND: {
        "AGE_0_15": "Aged 0 to 15",
        "AGE_0_17": "Aged 0 to 17",
        "AGE_UNDER_19": "Aged under 19",
        "AGE_16_24": "Aged 16 to 24",
        "AGE_16_64": "Aged 16 to 64",
        "AGE_18_24": "Aged 18 to 24",
        "AGE_19": "Aged 19",
        "AGE_19_24": "Aged 19 to 24",
        "AGE_20": "Aged 20",
        "AGE_21": "Aged 21",
        "AGE_25_PLUS": "Aged 25 and over",
        "AGE_25_34": "Aged 25 to 34",
        "AGE_25_49": "Aged 25 to 49",
        "AGE_35_49": "Aged 35 to 49",
        "AGE_50_PLUS": "Aged 50 and over",
        "AGE_50_64": "Aged 50 to 64",
        "AGE_65_PLUS": "Aged 65 and over",
    },
    Facet.QUALIFICATION_LEVEL: {
        "ENTRY_LEVEL": "Entry level",
        "LEVEL_1": "Level 1",
        "LEVEL_2": "Level 2 (GCSE)",
        "LEVEL_3": "Level 3 (A level)",
        "LEVEL_4_PLUS": "Level 4 and above",
    },
    Facet.SUBJECT_AREA: {
        "1": "Health, Public Services and Care",
        "2": "Science and Mathematics",
        "3": "Agriculture, Horticulture and Animal Care",
        "4": "Engineering and Manufacturing Technologies",
        "5": "Construction, Planning and the Built Environment",
        "6": "Information and Communication Technology",
        "7": "Retail and Commercial Enterprise",
        "8": "Leisure, Travel and Tourism",
        "9": "Arts, Media and Publishing",
        "10": "History, Philosophy and Theology",
        "11": "Social Sciences",
        "12": "Languages, Literature and Culture",
        "13": "Education and Training",
        "14": "Preparation for Life and Work",
        "15": "Business, Administration and Law",
    },
    Facet.ETHNICITY: {
        "ASIAN": "Asian or Asian British",
        "BLACK": "Black, African, Caribbean or Black British",
        "MIXED": "Mixed or multiple ethnic groups",
        "WHITE": "White",
        "OTHER": "Other ethnic group",
    },
    Facet.DISABILITY: {"DISABLED": "Disabled or learning difficulty", "NOT_DISABLED": "Not disabled"},
    Facet.FAMILY_TYPE: {
        "SINGLE_NO_CHILDREN": "Single, no dependent children",
        "SINGLE_WITH_CHILDREN": "Single, with dependent children",
        "COUPLE_NO_CHILDREN": "Couple, no dependent children",
        "COUPLE_WITH_CHILDREN": "Couple, with dependent children",
    },
    Facet.SIZE_BAND: {
        "SIZE_0": "No employees",
        "SIZE_0_9": "0 to 9 employees",
        "SIZE_1_9": "1 to 9 employees",
        "SIZE_10_49": "10 to 49 employees",
        "SIZE_50_249": "50 to 249 employees",
        "SIZE_250_PLUS": "250 or more employees",
    },
}


def widest(sets: Collection[frozenset[Facet]]) -> list[frozenset[Facet]]:
    """Those of some sets of facets that are part of no other."""
    return [one for one in sets if not any(one < other for other in sets)]
