"""The data sets of the sample publisher, nine of them, with the concepts and codes they are asked by."""

from departments.nomis import figures
from departments.nomis.dataset import UNAVAILABLE, Code, Concept, DataSet
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
# Rates of everybody have the publisher's numbers; those of a group, numbers of our own beside them.
_RATES = {
    45: "Employment rate - aged 16-64",
    84: "Unemployment rate - aged 16+",
    111: "% who are economically inactive - aged 16-64",
}
_VARIABLES = tuple(
    Code(number if at == 0 else number * 100 + at, name + words)
    for number, name in _RATES.items()
    for at, words in enumerate(figures.RATE_GROUPS.values())
)


def _single(ref: str, id: int, name: str) -> Concept:
    """A concept with one code."""
    return Concept(ref, (Code(id, name),))


_TOTAL_MALE_FEMALE = (Code(0, "Total"), Code(1, "Male"), Code(2, "Female"))
DATA_SETS: dict[str, DataSet] = {
    data_set.id: data_set
    for data_set in (
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
            figures.claimants,
            keywords="claimants,benefits,unemployment",
            missing=UNAVAILABLE,
        ),
        DataSet(
            "NM_17_5",
            "annual population survey - variables (percentages)",
            (Concept("variable", _VARIABLES), _single("measures", 20599, "Variable")),
            figures.rates,
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
            figures.qualified,
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
            figures.jobs,
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
            figures.enterprises,
            keywords="businesses,enterprises,industry",
            units="Enterprises",
        ),
        DataSet(
            "NM_30_1",
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
            figures.pay,
            keywords="earnings,pay,median",
            units="Pounds",
        ),
        DataSet(
            "NM_31_1",
            "Population estimates - local authority based by age band",
            (
                Concept("sex", (Code(5, "Male"), Code(6, "Female"), Code(7, "Total"))),
                Concept("c_age", tuple(Code(at, name) for at, name in enumerate(figures.POPULATION_AGES))),
                _VALUE,
            ),
            figures.population,
            keywords="population,residents,age",
        ),
        DataSet(
            "NM_901_1",
            "Vacancies by industry (a sample: not published on Nomis in reality)",
            (_INDUSTRY, _VALUE),
            figures.vacancies,
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
            figures.adverts,
            keywords="adverts,vacancies,occupation",
            units="Adverts",
        ),
    )
}
