"""The measures. Each is one line here, one field of LabourMarket, and one mapping in a source file."""

from reference.area import AreaLevel
from reference.facets import Facet
from reference.figure import Unit
from reference.measure import Additivity, DepartmentCode, Measure, Open
from reference.period import PeriodKind

UK, REGION, LA = AreaLevel.UK, AreaLevel.REGION, AreaLevel.LA
MONTH, QUARTER, YEAR, ACADEMIC_YEAR = PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.YEAR, PeriodKind.ACADEMIC_YEAR
SEX, AGE, INDUSTRY, OCCUPATION = Facet.SEX, Facet.AGE_BAND, Facet.INDUSTRY, Facet.OCCUPATION
LEVEL, SUBJECT, ETHNICITY, DISABILITY = (
    Facet.QUALIFICATION_LEVEL, Facet.SUBJECT_AREA, Facet.ETHNICITY, Facet.DISABILITY,
)  # fmt: skip
FAMILY, SIZE = Facet.FAMILY_TYPE, Facet.SIZE_BAND
DWP, HMRC, DFE, BEIS, ONS = (
    DepartmentCode.DWP, DepartmentCode.HMRC, DepartmentCode.DfE, DepartmentCode.BEIS, DepartmentCode.ONS,
)  # fmt: skip
PERTURBED, NOT_ADDITIVE = Additivity.PERTURBED, Additivity.NOT_ADDITIVE
ALL = 99
# Profiles of disclosure control: of counts; and of medians, means and rates, which are not rounded.
SDC, LOW = "ons-10-5", "small-numbers"

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure("claimantCount", "Claimant count", "People claiming unemployment-related benefits: Jobseeker's Allowance, and Universal Credit while required to seek work.",
                DWP, "ONS", Unit.PERSONS, MONTH, (SEX, AGE), LA, (Open(LA, ALL),)),
        Measure("peopleOnUniversalCredit", "People on Universal Credit", "People on Universal Credit on the second Thursday of the month. Cells are slightly adjusted, so parts do not add up to totals.",
                DWP, "DWP", Unit.PERSONS, MONTH, (SEX, AGE), LA, (Open(LA, 1),), additivity=PERTURBED),
        Measure("searchingForWork", "Searching for work", "People on Universal Credit who must search for work as a condition of it.",
                DWP, "DWP", Unit.PERSONS, MONTH, (SEX, AGE), LA, (Open(LA, 1),), additivity=PERTURBED),
        Measure("inWorkOnUniversalCredit", "In work on Universal Credit", "People on Universal Credit who are in employment.",
                DWP, "DWP", Unit.PERSONS, MONTH, (SEX, AGE), LA, (Open(LA, 1),), additivity=PERTURBED),
        Measure("householdsOnUniversalCredit", "Households on Universal Credit", "Households on Universal Credit.",
                DWP, "DWP", Unit.HOUSEHOLDS, MONTH, (FAMILY,), LA, (Open(LA, ALL),), additivity=PERTURBED),
        Measure("householdsWithHealthConditions", "Universal Credit households with a health entitlement", "Households on Universal Credit entitled to more because someone's health limits their work.",
                DWP, "DWP", Unit.HOUSEHOLDS, MONTH, (FAMILY,), LA, (Open(REGION, ALL),), additivity=PERTURBED),
        Measure("payrolledEmployees", "Payrolled employees", "People paid through Pay As You Earn, by where they live.",
                HMRC, "HMRC", Unit.PERSONS, MONTH, (AGE, INDUSTRY), LA, (Open(LA, 0, SDC), Open(REGION, 1, SDC))),
        Measure("medianMonthlyPay", "Median monthly pay", "Median monthly pay of payrolled employees, in pounds, before tax. A median: never add or average it.",
                HMRC, "HMRC", Unit.GBP_PER_MONTH, MONTH, (AGE, INDUSTRY), LA, (Open(LA, 0, LOW), Open(REGION, 1, LOW)), additivity=NOT_ADDITIVE),
        Measure("furloughedEmployments", "Furloughed employments", "Employments furloughed under the Coronavirus Job Retention Scheme, March 2020 to September 2021. Jobs, not people.",
                HMRC, "HMRC", Unit.EMPLOYMENTS, MONTH, (SEX, AGE, INDUSTRY), LA, (Open(LA, 0, SDC),)),
        Measure("apprenticeshipStarts", "Apprenticeship starts", "Apprenticeships started in the academic year. England only.",
                DFE, "DfE", Unit.STARTS, ACADEMIC_YEAR, (SEX, AGE, SUBJECT, ETHNICITY, DISABILITY), LA, (Open(LA, 1),)),
        Measure("apprenticeshipAchievements", "Apprenticeship achievements", "Apprenticeships completed and passed in the academic year. England only.",
                DFE, "DfE", Unit.ACHIEVEMENTS, ACADEMIC_YEAR, (SEX, AGE, SUBJECT, ETHNICITY, DISABILITY), LA, (Open(LA, 1),)),
        Measure("adultLearners", "Adult learners", "Adults aged 19 and over in further education and skills. One learner can study at several levels, so levels do not add up.",
                DFE, "DfE", Unit.LEARNERS, ACADEMIC_YEAR, (SEX, AGE, LEVEL, SUBJECT), LA, (Open(LA, 1),), additivity=NOT_ADDITIVE),
        Measure("adultAchievements", "Adult achievements", "Adults aged 19 and over who achieved a further-education qualification. Levels do not add up.",
                DFE, "DfE", Unit.LEARNERS, ACADEMIC_YEAR, (SEX, AGE, LEVEL, SUBJECT), LA, (Open(LA, 1),), additivity=NOT_ADDITIVE),
        Measure("level3CourseEnrolments", "Free level 3 course enrolments", "Enrolments on free level 3 courses for jobs, paid for by the National Skills Fund. England only.",
                DFE, "DfE", Unit.ENROLMENTS, ACADEMIC_YEAR, (SUBJECT, SEX, AGE), REGION, (Open(REGION, ALL),)),
        Measure("youngPeopleNotInEducation", "Young people not in education, employment or training", "16 and 17 year olds not in education, employment or training, or whose activity is not known. Upper-tier authorities only.",
                DFE, "DfE", Unit.PERSONS, YEAR, (SEX,), LA, (Open(LA, 0),)),
        Measure("careLeaversInWorkOrEducation", "Care leavers in work or education", "Share of care leavers aged 19 to 21 in education, employment or training. Upper-tier authorities only.",
                DFE, "DfE", Unit.PERCENT, YEAR, (AGE,), LA, (Open(REGION, ALL),), additivity=NOT_ADDITIVE),
        Measure("businesses", "Businesses", "Private-sector businesses at the start of the year, registered for VAT or PAYE or not.",
                BEIS, "BEIS", Unit.BUSINESSES, YEAR, (INDUSTRY, SIZE), LA, (Open(REGION, ALL, SDC),)),
        Measure("businessSupportLoans", "Business support loans", "Start-up and recovery loans made in the year.",
                BEIS, "British Business Bank", Unit.LOANS, YEAR, (SEX, AGE, ETHNICITY, INDUSTRY), LA, (Open(REGION, 0, SDC),)),
        Measure("researchAndDevelopment", "Research and development", "Spending by businesses on research and development, in millions of pounds.",
                BEIS, "ONS", Unit.GBP_MILLION, YEAR, (INDUSTRY, SIZE), LA, (Open(REGION, 0, SDC),)),
        Measure("population", "Population", "Residents at the middle of the year.",
                ONS, "ONS", Unit.PERSONS, YEAR, (SEX, AGE), LA, (Open(LA, ALL),)),
        Measure("employmentRate", "Employment rate", "Share of residents aged 16 to 64 in work. A survey estimate over the twelve months that end with the quarter.",
                ONS, "ONS", Unit.PERCENT, QUARTER, (SEX, ETHNICITY, DISABILITY), LA, (Open(LA, ALL),), additivity=NOT_ADDITIVE, rolling=12),
        Measure("unemploymentRate", "Unemployment rate", "Share of the economically active aged 16 and over without work and seeking it. A survey estimate over twelve months.",
                ONS, "ONS", Unit.PERCENT, QUARTER, (SEX, ETHNICITY, DISABILITY), LA, (Open(LA, ALL),), additivity=NOT_ADDITIVE, rolling=12),
        Measure("inactivityRate", "Economic inactivity rate", "Share of residents aged 16 to 64 neither in work nor looking for it. A survey estimate over twelve months.",
                ONS, "ONS", Unit.PERCENT, QUARTER, (SEX, ETHNICITY, DISABILITY), LA, (Open(LA, ALL),), additivity=NOT_ADDITIVE, rolling=12),
        Measure("qualifiedToLevel3", "Qualified to level 3 or above", "Share of residents aged 16 to 64 whose highest qualification is level 3 (A level) or above.",
                ONS, "ONS", Unit.PERCENT, YEAR, (), LA, (Open(LA, ALL),), additivity=NOT_ADDITIVE),
        Measure("jobs", "Employee jobs", "Employee jobs by where the workplace is. Great Britain only.",
                ONS, "ONS", Unit.JOBS, YEAR, (INDUSTRY,), LA, (Open(LA, ALL),)),
        Measure("enterprises", "Enterprises", "Enterprises registered for VAT or PAYE, in March.",
                ONS, "ONS", Unit.ENTERPRISES, YEAR, (INDUSTRY, SIZE), LA, (Open(LA, ALL),)),
        Measure("medianWeeklyPay", "Median weekly pay", "Median gross weekly pay of full-time employees in April, in pounds, by where they live. A median: never add or average it.",
                ONS, "ONS", Unit.GBP_PER_WEEK, YEAR, (SEX,), LA, (Open(LA, ALL),), additivity=NOT_ADDITIVE),
        Measure("vacancies", "Vacancies", "Job vacancies, the average of three months ending with this one. Published for the UK only.",
                ONS, "ONS", Unit.VACANCIES, MONTH, (INDUSTRY,), UK, (Open(UK, ALL),), rolling=3),
        Measure("onlineJobAdverts", "Online job adverts", "Jobs advertised online in the month, by occupation.",
                ONS, "ONS", Unit.ADVERTS, MONTH, (OCCUPATION,), LA, (Open(LA, ALL),)),
        Measure("claimantRate", "Claimant rate", "Claimants as a share of residents aged 16 to 64: the claimant count over the newest population figure.",
                DWP, "derived", Unit.PERCENT, MONTH, (SEX,), LA, (), additivity=NOT_ADDITIVE, inputs=("claimantCount", "population")),
    )
}  # fmt: skip
