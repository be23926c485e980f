"""What is asked while one department's replies are fuzzed: a few questions of each protocol, beside figures of all the
other departments."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

# A group's facets as GraphQL selects them, and their names.
FACETS = {
    "SEX": "sex", "AGE_BAND": "ageBand", "INDUSTRY": "industry { code }", "FAMILY_TYPE": "familyType",
    "SUBJECT_AREA": "subjectArea { code }", "ETHNICITY": "ethnicity",
}  # fmt: skip
FIGURE = "{ value status markers period { code } provenance { release treatment source } }"
# By source, a measure that is open to everybody.
OPEN = {
    "hmrc": "payrolledEmployees", "dwp": "searchingForWork", "dfe": "apprenticeshipStarts", "beis": "businesses",
    "ons": "population",
}  # fmt: skip
PLACES = ("E08000003", "E09000001")


class Question(NamedTuple):
    """One question to one source. `arrow`: a share node's answer is asked for in Arrow. `rounded`: the agreement that
    it is asked under rounds to the nearest 5."""

    source: str
    measures: tuple[str, ...]
    periods: Mapping[str, str]
    by: tuple[str, ...] = ()
    areas: tuple[str, ...] = PLACES
    persona: str = "public"
    purpose: str | None = None
    arrow: bool = False
    rounded: bool = False

    @property
    def others(self) -> tuple[str, ...]:
        """A measure of each other source."""
        return tuple(measure for source, measure in OPEN.items() if source != self.source)

    @property
    def document(self) -> str:
        """The query: the measures over their grid beside others', and others' for themselves."""
        fields = " ".join(f"{name} {FIGURE}" for name in (*self.measures, *self.others))
        alone = " ".join(f"{name} {FIGURE}" for name in self.others)
        facets = " ".join(FACETS[facet] for facet in self.by)
        group = f"group {{ {facets} }}" if facets else ""
        return f"""query ($areas: AreaSelection!, $periods: PeriodRange!, $by: [Facet!]!, $june: PeriodRange!) {{
          own: labourMarket(areas: $areas, periods: $periods, by: $by, fill: LATEST) {{
            nodes {{ area {{ code }} {group} {fields} }} }}
          others: labourMarket(areas: {{codes: ["E12000002"]}}, periods: $june, fill: LATEST) {{ nodes {{ {alone} }} }}
        }}"""

    @property
    def body(self) -> bytes:
        """The request to the gateway."""
        variables: dict[str, Any] = {"areas": {"codes": self.areas}, "periods": self.periods, "by": self.by}
        variables["june"] = months("2023-06", "2023-06")
        return orjson.dumps({"query": self.document, "variables": variables})


def months(first: str, last: str) -> Mapping[str, str]:
    return {"from": first, "to": last, "every": "MONTH"}


def years(first: str, last: str, every: str = "YEAR") -> Mapping[str, str]:
    return {"from": first, "to": last, "every": every}


PAY = ("payrolledEmployees", "medianMonthlyPay")
UC = ("peopleOnUniversalCredit", "searchingForWork", "inWorkOnUniversalCredit")
OWN_PAY = Question(
    "hmrc", PAY, months("2023-06", "2023-07"), ("INDUSTRY",), PLACES, "hmrc-analyst", "labour-market-statistics"
)
LEARNING = ("dfe-analyst", "skills-planning")
QUESTIONS: Mapping[str, tuple[Question, ...]] = {
    "share": (
        Question("hmrc", PAY, months("2023-06", "2023-08")),
        OWN_PAY,
        OWN_PAY._replace(arrow=True),
        Question(
            "hmrc", (*PAY, "furloughedEmployments"), months("2021-03", "2021-04"), ("AGE_BAND",), PLACES, "dwp-analyst",
            "economic-recovery", rounded=True,
        ),
        Question("hmrc", PAY, months("2023-06", "2023-07"), ("AGE_BAND",), PLACES, *LEARNING, arrow=True, rounded=True),
        Question("beis", ("businesses",), years("2021", "2022"), ("INDUSTRY",), PLACES, *LEARNING, rounded=True),
    ),
    "statxplore": (
        Question("dwp", UC, months("2023-06", "2023-08"), ("SEX",)),
        Question("dwp", ("peopleOnUniversalCredit",), months("2022-05", "2022-06"), ("AGE_BAND",)),
        Question("dwp", ("searchingForWork", "householdsOnUniversalCredit"), months("2024-01", "2024-06")),
        Question(
            "dwp", ("householdsOnUniversalCredit", "householdsWithHealthConditions"), months("2023-06", "2023-07"),
            ("FAMILY_TYPE",), ("E12000002", "E12000007"), "dwp-analyst", "levelling-up",
        ),
        Question("dwp", UC[1:], months("2023-06", "2023-07"), ("SEX", "AGE_BAND"), PLACES, *LEARNING, rounded=True),
    ),
    "ees": (
        Question(
            "dfe", ("apprenticeshipStarts", "apprenticeshipAchievements", "adultLearners"),
            years("2020/21", "2022/23", "ACADEMIC_YEAR"), ("SEX",), (*PLACES, "E12000002", "E92000001"),
        ),
        Question(
            "dfe", ("level3CourseEnrolments", "adultAchievements"), years("2021/22", "2023/24", "ACADEMIC_YEAR"),
            ("SUBJECT_AREA",), ("E12000002", "E92000001"),
        ),
        Question(
            "dfe", ("youngPeopleNotInEducation", "careLeaversInWorkOrEducation"), years("2020", "2023"), (), PLACES,
            *LEARNING,
        ),
        Question(
            "dfe", ("careLeaversInWorkOrEducation",), years("2021", "2022"), (), PLACES, "dwp-analyst", "levelling-up"
        ),
    ),
    "nomis": (
        Question("ons", ("claimantCount",), months("2023-06", "2023-08"), ("SEX",)),
        Question("ons", ("population", "medianWeeklyPay"), years("2021", "2022"), ("SEX",)),
        Question(
            "ons", ("employmentRate", "unemploymentRate", "inactivityRate"), years("2022-Q3", "2022-Q4", "QUARTER"),
            ("ETHNICITY",), (*PLACES, "E06000017"),
        ),
        Question("ons", ("jobs", "enterprises"), years("2021", "2022"), ("INDUSTRY",)),
        Question("ons", ("vacancies", "claimantCount"), months("2023-01", "2023-06"), (), ("K02000001",)),
    ),
}  # fmt: skip
