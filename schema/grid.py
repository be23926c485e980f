"""Periods and groups: which rows there are."""

from datetime import date

import strawberry

from reference.period import PeriodKind
from schema.vocabulary import AgeBand, Disability, Ethnicity, Every, FamilyType, QualificationLevel, Sex, SizeBand


@strawberry.type(description="A length of time. Every period ends with the end of a month.")
class Period:
    code: str = strawberry.field(description='Code, as in "2021-01", "2021-Q1", "2021", "2020/21".')
    kind: PeriodKind = strawberry.field(description="How long it is.")
    start: date = strawberry.field(description="First day.")
    end: date = strawberry.field(description="Last day.")
    label: str = strawberry.field(description='In words, as in "January 2021".')


@strawberry.input(description="The periods to show, both ends included.")
class PeriodRange:
    from_: str | None = strawberry.field(
        name="from", default=None, description='First period: "2021-01", "2021-Q1", "2021" or "2020/21".'
    )
    to: str | None = strawberry.field(default=None, description="Last period, in any of the same forms.")
    last: int | None = strawberry.field(
        default=None,
        description="In place of from and to: so many periods, up to the newest of any measure asked for.",
    )
    every: Every = strawberry.field(  # pyright: ignore[reportInvalidTypeForm]
        default=Every.MONTH, description="How long the period of each row is."
    )


@strawberry.type(description="A SIC 2007 section.")
class Industry:
    code: str = strawberry.field(description="Letter of the section, A to U.")
    name: str = strawberry.field(description="Title of the section.")


@strawberry.type(description="A SOC 2020 major group (one digit) or sub-major group (two digits).")
class Occupation:
    code: str = strawberry.field(description="One or two digits.")
    name: str = strawberry.field(description="Title of the group.")


@strawberry.type(description="A sector subject area (tier 1) of further education.")
class SubjectArea:
    code: str = strawberry.field(description="Number, 1 to 15.")
    name: str = strawberry.field(description="Title of the subject area.")


# The enums below are made from the code lists at start, so a type checker cannot see them as types.
# pyright: reportInvalidTypeForm=false
@strawberry.type(description="A group of people or businesses. A facet that was not asked for is null: all.")
class Group:
    sex: Sex | None = strawberry.field(description="Sex; null: both.")
    age_band: AgeBand | None = strawberry.field(description="Age band; null: all ages.")
    industry: Industry | None = strawberry.field(description="Industry; null: all industries.")
    occupation: Occupation | None = strawberry.field(description="Occupation; null: all occupations.")
    qualification_level: QualificationLevel | None = strawberry.field(description="Course level; null: all levels.")
    subject_area: SubjectArea | None = strawberry.field(description="Subject area; null: all subjects.")
    ethnicity: Ethnicity | None = strawberry.field(description="Ethnic group; null: all groups.")
    disability: Disability | None = strawberry.field(description="Disability; null: disabled or not.")
    family_type: FamilyType | None = strawberry.field(description="Family type; null: all types.")
    size_band: SizeBand | None = strawberry.field(description="Size of business; null: all sizes.")
