"""Business, Energy and Industrial Strategy: businesses, support loans, research and development."""

from collections.abc import Iterator

import numpy as np

from departments.synthetic import character, industries, national, sql_tables
from departments.synthetic.business import seats
from departments.synthetic.draws import Floats, apportioned, seed, whole, wobbled
from departments.synthetic.evidence import ContributorEvidence, behind, of_parts, stacked
from departments.synthetic.industries import SECTIONS
from departments.synthetic.sql_tables import Group, Row, SqlTable

SIZES = ("SIZE_0", "SIZE_1_9", "SIZE_10_49", "SIZE_50_249", "SIZE_250_PLUS")
SEXES = ("FEMALE", "MALE")
AGES = ("AGE_18_24", "AGE_25_34", "AGE_35_49", "AGE_50_64", "AGE_65_PLUS")
ETHNICITIES = ("ASIAN", "BLACK", "MIXED", "WHITE", "OTHER")
YEARS, RESEARCH_YEARS = range(2019, 2025), range(2018, 2023)
BY_SECTION_AND_SIZE: list[Group] = [
    ("ALL", "ALL"), *((section, "ALL") for section in SECTIONS), *(("ALL", size) for size in SIZES),
]  # fmt: skip


def tables() -> Iterator[SqlTable]:
    """The tables of the database."""
    where = ("release TEXT", "area TEXT", "year TEXT")
    parts = ("industry TEXT", "size_band TEXT")
    evidence = ("groups INTEGER", "largest INTEGER", "second INTEGER")
    yield SqlTable("business_population", (*where, *parts, "businesses INTEGER", *evidence), _business_population())
    people = ("sex TEXT", "age_band TEXT", "ethnicity TEXT", "industry TEXT")
    evidence = ("lenders INTEGER", "largest INTEGER", "second INTEGER")
    yield SqlTable("support_loans", (*where, *people, "loans INTEGER", *evidence), _support_loans())
    evidence = ("enterprises INTEGER", "largest REAL", "second REAL")
    yield SqlTable("research", (*where, *parts, "gbp_million REAL", *evidence), _research())
    yield sql_tables.releases(
        ("business_population", "2024", "2024-10-03", ""),
        ("support_loans", "2024", "2024-11-20", ""),
        ("research", "2022", "2023-12-05", ""),
    )


def _placed(name: str, total: Floats, weight: Floats) -> Floats:
    """A national yearly figure over the authorities, in whole numbers."""
    chance = np.exp(seed(f"{name}:years").normal(0, 0.02, (len(weight), len(total))))
    placed = weight[:, None] * chance
    return whole(total * placed / placed.sum(axis=0), name).astype(float)


def _split(name: str, totals: Floats, shares: Floats) -> Floats:
    """Yearly totals split by each authority's shares."""
    return apportioned(totals, np.broadcast_to(shares[:, None, :], (*totals.shape, shares.shape[1])), name)


def _by_section_and_size(
    name: str, totals: Floats, shares: list[Floats], unit: float, by_size: Floats
) -> tuple[Floats, ContributorEvidence]:
    """A figure in all, by section and by size, wider places first, and what is behind it.

    `unit`, `by_size`: about how much of the figure each contributor has, on average and in each size band.
    """
    sections, sizes = (_split(f"{name}:{n}", totals, share) for n, share in enumerate(shares))
    in_sections = behind(f"{name}:sections", sections, unit)
    everyone = in_sections.merged(slice(None), -1)
    local = stacked([everyone, in_sections, behind(f"{name}:sizes", sizes, by_size)], axis=-1)
    return sql_tables.summed(np.concatenate([totals[..., None], sections, sizes], axis=-1)), sql_tables.widened(local)


def _business_population() -> Iterator[Row]:
    """Nearly every business is its own contributor: evidence is close to the count."""
    guides = {2019: 5_868_000.0, 2021: 5_590_000.0, 2024: 5_498_000.0}
    total = national.yearly(national.by_year("business_population_private_sector") | guides, YEARS)
    totals = _placed("business_population", total, seats())
    sizes = wobbled("business_population:sizes", np.array([0.742, 0.2098, 0.0401, 0.0066, 0.0015]), len(totals), 0.05)
    shares = [industries.tilted(industries.column("enterprises")), sizes]
    counts, evidence = _by_section_and_size(
        "business_population", totals, shares, 1.02, np.array([1.0, 1.02, 1.1, 1.3, 1.6])
    )
    figures = sql_tables.integers(counts, evidence.contributors, evidence.first, evidence.second)
    return sql_tables.long("2024", tuple(map(str, YEARS)), BY_SECTION_AND_SIZE, figures)


def _support_loans() -> Iterator[Row]:
    """Loans are spread over forty lenders, a few of them large, each stronger in some places than in others."""
    total = national.yearly({2019: 11_500, 2020: 74_000, 2021: 52_000, 2022: 21_000, 2024: 13_500}, YEARS)
    totals = _placed("support_loans", total, seats() * character.hardship())
    count = len(totals)
    shares = [
        wobbled("support_loans:sexes", np.array([0.38, 0.62]), count, 0.05),
        wobbled("support_loans:ages", np.array([0.13, 0.31, 0.37, 0.17, 0.02]), count, 0.08),
        wobbled("support_loans:ethnicity", np.array([0.11, 0.08, 0.05, 0.73, 0.03]), count, 0.4),
        industries.tilted(industries.column("enterprises")),
    ]
    members: list[list[Group]] = [
        [(sex, "ALL", "ALL", "ALL") for sex in SEXES], [("ALL", age, "ALL", "ALL") for age in AGES],
        [("ALL", "ALL", ethnicity, "ALL") for ethnicity in ETHNICITIES], [("ALL", "ALL", "ALL", ethnicity) for ethnicity in SECTIONS],
    ]  # fmt: skip
    counts = [_split(f"support_loans:{n}", totals, share) for n, share in enumerate(shares)]
    rng = seed("support_loans")
    lenders = wobbled("support_loans:lenders", rng.dirichlet(np.full(40, 0.4)), count, 0.8)
    # In a few places one lender makes nearly every loan.
    lenders[rng.random(count) < 0.05, rng.integers(40)] += 15
    lenders /= lenders.sum(axis=1, keepdims=True)
    lent = [rng.multinomial(count.astype(np.int64), lenders[:, None, None, :]).astype(float) for count in counts]
    by_lender = np.concatenate([lent[-1].sum(axis=2, keepdims=True), *lent], axis=2)
    evidence = of_parts(sql_tables.summed(by_lender))
    loans = sql_tables.summed(np.concatenate([totals[..., None], *counts], axis=-1))
    figures = sql_tables.integers(loans, evidence.contributors, evidence.first, evidence.second)
    groups: list[Group] = [("ALL",) * 4, *(group for facet in members for group in facet)]
    return sql_tables.long("2024", tuple(map(str, YEARS)), groups, figures)


def _research() -> Iterator[Row]:
    """Counted in tenths of a million pounds, so that parts add up, and told in millions."""
    total = national.yearly({2018: 37_100, 2020: 43_000, 2021: 46_900, 2022: 49_900}, RESEARCH_YEARS)
    totals = _placed("research", total * 10, seats() * character.pay() ** 4)
    spend = industries.mix() * industries.column("research")
    sizes = wobbled("research:sizes", np.array([0.02, 0.07, 0.13, 0.22, 0.56]), len(totals), 0.2)
    counts, evidence = _by_section_and_size(
        "research", totals, [spend, sizes], 9.0, np.array([1.0, 2.2, 4.5, 14.0, 70.0])
    )
    [enterprises] = sql_tables.integers(evidence.contributors)
    figures = [counts / 10, enterprises, evidence.first / 10, evidence.second / 10]
    return sql_tables.long("2022", tuple(map(str, RESEARCH_YEARS)), BY_SECTION_AND_SIZE, figures)
