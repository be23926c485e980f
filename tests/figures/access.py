"""Who may read what and on which terms: the model's table and the first agreements, written out by hand."""

from dataclasses import dataclass

from reference.area import AreaLevel, gazetteer
from reference.facets import Facet

LA, REGION, UK = AreaLevel.LA, AreaLevel.REGION, AreaLevel.UK
SEX, AGE, INDUSTRY = Facet.SEX, Facet.AGE_BAND, Facet.INDUSTRY
EVERY = 9
OWNERS = {
    "DWP": (
        "claimantCount peopleOnUniversalCredit searchingForWork inWorkOnUniversalCredit householdsOnUniversalCredit "
        "householdsWithHealthConditions"
    ),
    "HMRC": "payrolledEmployees medianMonthlyPay furloughedEmployments",
    "DfE": (
        "apprenticeshipStarts apprenticeshipAchievements adultLearners adultAchievements level3CourseEnrolments "
        "youngPeopleNotInEducation careLeaversInWorkOrEducation"
    ),
    "BEIS": "businesses businessSupportLoans researchAndDevelopment",
    "ONS": (
        "population employmentRate unemploymentRate inactivityRate qualifiedToLevel3 jobs enterprises medianWeeklyPay "
        "vacancies onlineJobAdverts"
    ),
}
OWNER = {measure: owner for owner, measures in OWNERS.items() for measure in measures.split()}
# Measure -> how fine and by how many facets together anyone may read it.
OPEN: dict[str, tuple[tuple[AreaLevel, int], ...]] = {
    "claimantCount": ((LA, EVERY),),
    "peopleOnUniversalCredit": ((LA, 1),),
    "searchingForWork": ((LA, 1),),
    "inWorkOnUniversalCredit": ((LA, 1),),
    "householdsOnUniversalCredit": ((LA, EVERY),),
    "householdsWithHealthConditions": ((REGION, EVERY),),
    "payrolledEmployees": ((LA, 0), (REGION, 1)),
    "medianMonthlyPay": ((LA, 0), (REGION, 1)),
    "furloughedEmployments": ((LA, 0),),
    "apprenticeshipStarts": ((LA, 1),),
    "apprenticeshipAchievements": ((LA, 1),),
    "adultLearners": ((LA, 1),),
    "adultAchievements": ((LA, 1),),
    "level3CourseEnrolments": ((REGION, EVERY),),
    "youngPeopleNotInEducation": ((LA, 0),),
    "careLeaversInWorkOrEducation": ((REGION, EVERY),),
    "businesses": ((REGION, EVERY),),
    "businessSupportLoans": ((REGION, 0),),
    "researchAndDevelopment": ((REGION, 0),),
    **dict.fromkeys(OWNERS["ONS"].split(), ((LA, EVERY),)),
    "vacancies": ((UK, EVERY),),
}


@dataclass(frozen=True)
class Terms:
    """What is done to a figure before it is shown. `percent`: of the p%-rule, None where dominance is not judged."""

    threshold: int = 0
    base: int = 0
    percent: float | None = None


@dataclass(frozen=True)
class Agreed:
    """One of the agreements that a new Trust starts with."""

    consumer: str
    purposes: frozenset[str]
    measures: frozenset[str]
    breakdowns: tuple[frozenset[Facet], ...]
    terms: Terms
    within: str | None = None


def _agreed(
    consumer: str,
    purpose: str,
    measures: str,
    *breakdowns: tuple[Facet, ...],
    terms: Terms,
    within: str | None = None,
) -> Agreed:
    facets = (frozenset[Facet](), *(frozenset(breakdown) for breakdown in breakdowns))
    return Agreed(consumer, frozenset({purpose}), frozenset(measures.split()), facets, terms, within)


TEN_FIVE, DOMINANCE = Terms(10, 5), Terms(10, 5, 10.0)
AGREEMENTS = (
    _agreed("DfE", "skills-planning", "payrolledEmployees medianMonthlyPay", (AGE,), (INDUSTRY,), terms=DOMINANCE),
    _agreed(
        "DWP", "economic-recovery", OWNERS["HMRC"], (AGE,), (INDUSTRY,), (SEX,), terms=DOMINANCE,
    ),
    _agreed("DfE", "skills-planning", "searchingForWork inWorkOnUniversalCredit", (SEX, AGE), terms=TEN_FIVE),
    _agreed("DfE", "skills-planning", "businesses", (INDUSTRY,), terms=DOMINANCE),
    _agreed("DWP", "levelling-up", "businesses businessSupportLoans", (INDUSTRY,), terms=DOMINANCE),
    _agreed("BEIS", "innovation-strategy", "payrolledEmployees", (INDUSTRY,), terms=DOMINANCE),
    _agreed(
        "DWP", "levelling-up", "careLeaversInWorkOrEducation youngPeopleNotInEducation", (SEX,), terms=Terms(10),
    ),
    _agreed("GMCA", "service-improvement", "householdsWithHealthConditions", terms=TEN_FIVE, within="E47000001"),
)  # fmt: skip


def terms(
    organisation: str | None, purpose: str | None, measure: str, area: str, facets: frozenset[Facet]
) -> Terms | None:
    """The terms on which a caller reads a figure; None where it may not."""
    rank = gazetteer()[area].level.rank
    if organisation == OWNER[measure]:
        return Terms()
    for level, most in OPEN[measure]:
        if rank <= level.rank and len(facets) <= most:
            # What HMRC and BEIS publish is protected by their nodes; the others hand over what they have published.
            # Counts are rounded, medians are not.
            if OWNER[measure] in ("HMRC", "BEIS"):
                return Terms(10) if measure == "medianMonthlyPay" else TEN_FIVE
            return Terms()
    for agreement in AGREEMENTS:
        if (
            (agreement.consumer, measure in agreement.measures, purpose in agreement.purposes)
            == (organisation, True, True)
            and facets in agreement.breakdowns
            and (agreement.within is None or gazetteer().inside(gazetteer()[area], agreement.within))
        ):
            return agreement.terms
    return None
