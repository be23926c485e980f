"""The publications and data sets of the sample: what each is called, filtered by, and has published so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reference.facets import Facet, members

TOTAL = "Total"
LEVEL_LABELS = {
    "NAT": "National",
    "REG": "Regional",
    "LA": "Local authority",
    "LAD": "Local authority district",
    "LSIP": "Local skills improvement plan area",
    "MCA": "Mayoral combined authority",
}


@dataclass(frozen=True, slots=True)
class Publication:
    """A series of statistics."""

    id: str
    slug: str
    title: str
    summary: str
    published: str


@dataclass(frozen=True, slots=True, eq=False)
class Filter:
    """A column to filter by. `dim`: the cube's dimension; `options`: the cube's code -> label, without the total."""

    column: str
    label: str
    dim: str
    options: Mapping[str, str]
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Indicator:
    """A column of figures. `of` names the cube's indicator; `per` makes it a percentage of another one."""

    column: str
    label: str
    of: str
    per: str | None = None

    @property
    def unit(self) -> str:
        """Empty for a count."""
        return "%" if self.per else ""


@dataclass(frozen=True, slots=True, eq=False)
class Edition:
    """One version of a data set. `periods`: how many of the cube's periods it holds; `provisional`: its newest
    period was counted before every return was in, and is revised later; `relabelled`: filter column -> options
    that had other labels in it."""

    version: str
    published: str
    release: str
    periods: int
    notes: str = ""
    provisional: bool = False
    levels: tuple[str, ...] | None = None
    relabelled: Mapping[str, Mapping[str, str]] | None = None

    @property
    def major(self) -> int:
        """Ids hold only within one major number."""
        return int(self.version.split(".")[0])

    @property
    def number(self) -> tuple[int, ...]:
        """The version in parts, so that 1.10 comes after 1.9."""
        return tuple(map(int, self.version.split(".")))


@dataclass(frozen=True, slots=True, eq=False)
class DataSet:
    """What a data set is made of. Counts are rounded; where it `suppresses`, small ones are hidden instead.
    `since`: level -> the first period it is available for (x before); `not_offered`: options that cannot have
    figures (z)."""

    id: str
    title: str
    summary: str
    publication: Publication
    cube: str
    time: str
    levels: tuple[str, ...]
    filters: tuple[Filter, ...]
    indicators: tuple[Indicator, ...]
    editions: tuple[Edition, ...]
    suppresses: bool = False
    since: Mapping[str, str] = field(default_factory=dict[str, str])
    not_offered: tuple[str, ...] = ()


SUBJECTS = members(Facet.SUBJECT_AREA)
SEX = Filter("sex", "Sex", "sex", {"FEMALE": "Female", "MALE": "Male"})
ADULTS = Filter("age_summary", "Age summary", "age", {"AGE_19_24": "19-24", "AGE_25_49": "25-49", "AGE_50_PLUS": "50+"})
SUBJECT = Filter("ssa_tier_1", "Sector subject area", "subject", SUBJECTS, "Filter by sector subject area (tier 1)")
SYNTHETIC = "Synthetic figures for a demonstration: they describe no place, person or business."

APPRENTICESHIPS, SKILLS, COURSES, NEET, CARE = (
    Publication(id, slug, title, SYNTHETIC, published)
    for id, slug, title, published in (
        ("cf0ec981-3583-42a5-b21b-3f2f32008f1b", "apprenticeships", "Apprenticeships", "2024-11-28T09:30:00+00:00"),
        ("13b81bcb-e8cd-4431-9807-ca588fd1d02a", "further-education-and-skills", "Further education and skills",
         "2024-11-28T09:30:00+00:00"),
        ("5e3c9c3b-9a0f-4d52-8d7b-0c1a3f1f6b52", "free-courses-for-jobs", "Free courses for jobs",
         "2024-11-28T09:30:00+00:00"),
        ("b8a6c1d4-3d0c-4e4b-8f55-1f2f0c9a7d11", "participation-in-education-16-and-17",
         "16 and 17 year olds not in education, employment or training", "2024-07-25T09:30:00+00:00"),
        ("3260801d-601a-48c6-93b7-cf51680323d1", "children-looked-after", "Children looked after, and care leavers",
         "2024-11-14T09:30:00+00:00"),
    )
)  # fmt: skip


def _years(first: str, second: str, count: int) -> tuple[Edition, Edition]:
    """A provisional edition without the newest year, then the newest year and the last one revised."""
    return (
        Edition("1.0", "2023-11-30T09:30:00+00:00", first, count - 1, "First version.", provisional=True),
        Edition("1.1", "2024-11-28T09:30:00+00:00", second, count, "Adds a year and revises the one before."),
    )


DATA_SETS = (
    DataSet(
        id="1d419801-435d-c676-b428-1217e08290c3",
        title="Apprenticeships: starts and achievements by place and learner characteristic",
        summary=SYNTHETIC,
        publication=APPRENTICESHIPS,
        cube="apprenticeships",
        time="AY",
        levels=("NAT", "REG", "LAD", "LSIP", "MCA"),
        filters=(
            Filter(
                "age_summary",
                "Age summary",
                "age",
                {"AGE_UNDER_19": "Under 19", "AGE_19_24": "19-24", "AGE_25_PLUS": "25+"},
            ),
            SEX,
            SUBJECT,
            Filter(
                "ethnicity_major",
                "Ethnicity",
                "ethnicity",
                {
                    "ASIAN": "Asian / Asian British",
                    "BLACK": "Black / African / Caribbean / Black British",
                    "MIXED": "Mixed / Multiple ethnic groups",
                    "WHITE": "White",
                    "OTHER": "Other ethnic group",
                },
            ),
            Filter(
                "lldd",
                "Learning difficulty or disability",
                "disability",
                {"DISABLED": "LLDD - yes", "NOT_DISABLED": "LLDD - no"},
                "Whether learners said that they have a learning difficulty, disability or health problem",
            ),
        ),
        indicators=(
            Indicator("starts", "Starts", "starts"),
            Indicator("achievements", "Achievements", "achievements"),
        ),
        editions=(
            Edition(
                "1.0",
                "2023-11-30T09:30:00+00:00",
                "Academic year 2022/23",
                5,
                "First version.",
                provisional=True,
                levels=("NAT", "REG", "LAD", "LSIP"),
                relabelled={"lldd": {"DISABLED": "Learners with LLDD", "NOT_DISABLED": "Learners without LLDD"}},
            ),
            Edition(
                "1.1",
                "2024-03-28T09:30:00+00:00",
                "Academic year 2022/23 final",
                5,
                "Revises 2022/23.",
                levels=("NAT", "REG", "LAD", "LSIP"),
                relabelled={"lldd": {"DISABLED": "Learners with LLDD", "NOT_DISABLED": "Learners without LLDD"}},
            ),
            Edition(
                "2.0",
                "2024-11-28T09:30:00+00:00",
                "Academic year 2023/24",
                6,
                "Adds 2023/24 and mayoral combined authorities; new identifiers; new learning-difficulty options.",
            ),
        ),
    ),
    DataSet(
        id="8b7a4f0c-2f6d-4c1e-9a53-6f0b7e2d9c01",
        title="Further education and skills: adult learners by place and learner characteristic",
        summary=SYNTHETIC,
        publication=SKILLS,
        cube="further_education",
        time="AY",
        levels=("NAT", "REG", "LAD", "LSIP"),
        filters=(
            SEX,
            ADULTS,
            Filter(
                "notional_nvq_level",
                "Notional NVQ level",
                "level",
                {
                    "ENTRY_LEVEL": "Entry level",
                    "LEVEL_1": "Level 1",
                    "LEVEL_2": "Level 2",
                    "LEVEL_3": "Level 3",
                    "LEVEL_4_PLUS": "Level 4+",
                },
                "A learner can study at several levels, so levels do not add up to the total",
            ),
            SUBJECT,
        ),
        indicators=(
            Indicator("learners", "Learners participating", "learners"),
            Indicator("achievements", "Learners achieving", "achievements"),
        ),
        editions=_years("Academic year 2022/23", "Academic year 2023/24", 6),
        since={"LSIP": "2021/22"},
    ),
    DataSet(
        id="f3d1b2a7-7c44-4f3a-8a69-52c0d4b1e802",
        title="Free courses for jobs: enrolments by region",
        summary=SYNTHETIC,
        publication=COURSES,
        cube="free_courses",
        time="AY",
        levels=("NAT", "REG"),
        filters=(SUBJECT, SEX, ADULTS),
        indicators=(Indicator("enrolments", "Enrolments", "enrolments"),),
        editions=_years("Academic year 2022/23", "Academic year 2023/24", 3),
        not_offered=("14",),
    ),
    DataSet(
        id="a90c6e15-0d8e-4b55-b1c2-94e7f3a6d703",
        title="16 and 17 year olds not in education, employment or training, or not known",
        summary=SYNTHETIC,
        publication=NEET,
        cube="neet",
        time="CY",
        levels=("NAT", "REG", "LA"),
        filters=(SEX,),
        indicators=(Indicator("neet_or_not_known", "Number NEET or activity not known", "people"),),
        editions=_years("Reporting year 2023", "Reporting year 2024", 6),
    ),
    DataSet(
        id="c27e9d38-5b1f-4d0a-a6f4-3e81b5c09204",
        title="Care leavers aged 19 to 21 in education, employment or training",
        summary=SYNTHETIC,
        publication=CARE,
        cube="care_leavers",
        time="RY",
        levels=("NAT", "REG", "LA"),
        filters=(Filter("age", "Age", "age", {"AGE_19": "19", "AGE_20": "20", "AGE_21": "21"}),),
        indicators=(
            Indicator("care_leavers", "Number of care leavers", "leavers"),
            Indicator("percent_ete", "Percentage in education or work", "in_work_or_education", per="leavers"),
        ),
        editions=_years("Reporting year 2023", "Reporting year 2024", 6),
        suppresses=True,
    ),
)  # fmt: skip
PUBLICATIONS = (APPRENTICESHIPS, SKILLS, COURSES, NEET, CARE)
