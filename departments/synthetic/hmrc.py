"""HM Revenue and Customs: employees paid through Pay As You Earn, and employments furloughed."""

from collections.abc import Iterator

import numpy as np

from departments.synthetic import character, industries, national, places, sql_tables
from departments.synthetic.draws import Floats, apportioned, seed, whole, wobbled
from departments.synthetic.evidence import ContributorEvidence, behind, stacked
from departments.synthetic.industries import SECTIONS
from departments.synthetic.national import MONTH_CODES
from departments.synthetic.sql_tables import Group, Row, SqlTable
from reference.area import AreaLevel, gazetteer

AGES = ("AGE_0_17", "AGE_18_24", "AGE_25_34", "AGE_35_49", "AGE_50_64", "AGE_65_PLUS")
SEXES = ("FEMALE", "MALE")
# Pay of each age beside everyone's.
AGE_PAY = (0.22, 0.72, 1.05, 1.16, 1.06, 0.66)
PAID = ("ALL",), *((age,) for age in AGES)
REVISED, FLASH = "2024-07", "2024-06"
# The flash release holds three months, the newest an estimate.
FLASH_MONTHS = slice(len(MONTH_CODES) - 4, len(MONTH_CODES) - 1)
FURLOUGH_MONTHS = tuple(code for code in MONTH_CODES if "2020-03" <= code <= "2021-09")


def tables() -> Iterator[SqlTable]:
    """The tables of the database."""
    evidence = ("employers INTEGER", "largest INTEGER", "second INTEGER")
    where = ("release TEXT", "area TEXT", "month TEXT")
    paid = ("age_band TEXT", "industry TEXT", "employees INTEGER", "median_pay REAL")
    yield SqlTable("paye_rti", (*where, *paid, *evidence), _paye())
    furloughed = ("sex TEXT", "age_band TEXT", "industry TEXT", "furloughed INTEGER")
    yield SqlTable("cjrs", (*where, *furloughed, *evidence), _cjrs())
    yield sql_tables.releases(
        ("paye_rti", FLASH, "2024-06-11", "flash estimate of the newest month"),
        ("paye_rti", REVISED, "2024-07-11", "revised"),
        ("cjrs", "2021-12", "2021-12-16", "final"),
    )


def _employees() -> Floats:
    """Employees of each authority by where they live, month by month."""
    guides = {"2019-01": 28_650_000.0, "2020-06": 28_350_000.0, "2024-06": 30_420_000.0}
    total = national.through({**national.published("payrolled_employees"), **guides})
    since = np.arange(len(MONTH_CODES)) - MONTH_CODES.index("2020-03")
    dip = np.where(since >= 0, np.exp(-since / 14), 0.0)
    slow = 1 - np.exp(-np.clip(since, 0, None) / 10)
    lift = -0.05 * np.outer(character.shock() - 1, dip) - 0.03 * np.outer(1 - character.recovery(), slow)
    weights = (places.working_age() / character.hardship() ** 0.25)[:, None] * np.exp(lift)
    return total * weights / weights.sum(axis=0)


def _by_age_and_section(name: str, totals: Floats, months: slice) -> tuple[Floats, ContributorEvidence]:
    """Employees in all, by age and by section (places x months x 28), and the employers behind them."""
    ages = wobbled("paye_rti:ages", np.array([0.012, 0.125, 0.235, 0.33, 0.255, 0.043]), len(totals), 0.06)
    since = np.arange(len(MONTH_CODES)) - MONTH_CODES.index("2020-03")
    dip = np.where(since >= 0, 0.05 * np.exp(-since / 18), 0.0)[months]
    sections = industries.mix()[:, None, :] * (1 - np.outer(dip, np.clip(industries.column("furlough") - 1, 0, None)))
    by_age = apportioned(totals, np.broadcast_to(ages[:, None, :], (*totals.shape, len(AGES))), f"{name}:ages")
    by_section = apportioned(totals, sections, f"{name}:sections")
    in_sections = behind("paye_rti:sections", by_section, 14.0)
    return (
        np.concatenate([totals[..., None], by_age, by_section], axis=-1),
        stacked(
            [in_sections.merged(slice(None), -1), behind("paye_rti:ages", by_age, 9.0, often=0.0), in_sections], axis=-1
        ),
    )


def _medians(counts: Floats) -> Floats:
    """Median monthly pay in pounds, wider places first; NaN where it is not held."""
    rng = seed("paye_rti")
    level = national.published("median_monthly_pay")["2020-02"] / 100
    guides = {"2019-01": 95.9, "2020-02": 100.0, "2020-04": 97.9, "2020-09": 101.2, "2021-06": 106.3, "2024-06": 128.3}
    trend = level * national.through({**national.published("median_monthly_pay_index_feb2020"), **guides})
    groups = np.array([1.0, *AGE_PAY, *industries.column("pay")])
    lean = np.exp(rng.normal(0, 0.03, (len(counts), 1, len(groups))))
    month_by_month = np.exp(rng.normal(0, 0.006, counts.shape))
    pay = trend[None, :, None] * character.pay()[:, None, None] * groups * lean * month_by_month
    means = [np.average(pay[at], axis=0, weights=counts[at] + 1e-9) for _, at in places.wider(sql_tables.LEVELS)]
    levels = np.concatenate([np.stack(means), pay])
    # The country's median is the published one.
    levels *= (trend / levels[sql_tables.codes().index("K02000001"), :, 0])[None, :, None]
    levels = np.round(levels)
    combined = {area.code for area in gazetteer().at(AreaLevel.COMBINED_AUTHORITY)}
    levels[[code in combined for code in sql_tables.codes()]] = np.nan
    return levels


def _paye() -> Iterator[Row]:
    """The revised release of every month, then the flash release of three."""
    groups: list[Group] = [("ALL", "ALL"), *((age, "ALL") for age in AGES), *(("ALL", section) for section in SECTIONS)]
    employees = _employees()
    counts, evidence = _by_age_and_section("paye_rti", whole(employees, "paye_rti").astype(float), slice(None))
    medians = _medians(counts)
    yield from _release(REVISED, MONTH_CODES, groups, counts, evidence, medians)
    # A flash estimate is a little off, the newest month most.
    off = 1 + seed("paye_rti:flash").normal(0.001, 0.002, (len(employees), 1)) * np.array([0.3, 0.6, 1.5])
    flash = np.round(employees[:, FLASH_MONTHS] * off)
    counts, evidence = _by_age_and_section("paye_rti:flash", flash, FLASH_MONTHS)
    nearly = np.round(medians[:, FLASH_MONTHS] * np.array([1.0, 1.001, 0.997])[None, :, None])
    yield from _release(FLASH, MONTH_CODES[FLASH_MONTHS], groups, counts, evidence, nearly)


def _release(
    release: str,
    months: tuple[str, ...],
    groups: list[Group],
    counts: Floats,
    local: ContributorEvidence,
    medians: Floats,
) -> Iterator[Row]:
    """Rows of one release: no median where there are no employees."""
    evidence = sql_tables.widened(local)
    [employees] = sql_tables.integers(sql_tables.summed(counts))
    medians = np.where(employees > 0, medians, np.nan)
    behind_them = sql_tables.integers(evidence.contributors, evidence.first, evidence.second)
    return sql_tables.long(release, months, groups, [employees, medians, *behind_them])


def _cjrs() -> Iterator[Row]:
    """Furloughed employments in all, by sex, by age and by section, in the one final release."""
    at = [MONTH_CODES.index(code) for code in FURLOUGH_MONTHS]
    guides = {
        "2020-03": 6_100_000.0, "2020-04": 8_700_000.0, "2020-07": 5_400_000.0, "2020-10": 2_400_000.0,
        "2021-01": 4_900_000.0, "2021-04": 3_400_000.0, "2021-09": 1_160_000.0,
    }  # fmt: skip
    known = {day[:7]: value for day, value in national.published("cjrs_employments_furloughed").items()}
    total = national.through({**known, **guides})[at]
    # Where planes and hotels stood still, furlough lasted: the weight of the shock grows from month to month.
    weight = places.working_age()[:, None] * character.shock()[:, None] ** np.linspace(1.0, 2.0, len(at))
    totals = whole(total * weight / weight.sum(axis=0), "cjrs").astype(float)
    sexes = wobbled("cjrs:sexes", np.array([0.504, 0.496]), len(totals), 0.03)
    ages = wobbled("cjrs:ages", np.array([0.015, 0.19, 0.23, 0.28, 0.22, 0.065]), len(totals), 0.08)
    sections = industries.tilted(industries.employees() * industries.column("furlough"))
    parts = [
        apportioned(totals, np.broadcast_to(shares[:, None, :], (*totals.shape, shares.shape[1])), f"cjrs:{n}")
        for n, shares in enumerate((sexes, ages, sections))
    ]
    in_sections = behind("cjrs:sections", parts[2], 5.0)
    others = [behind(f"cjrs:{n}", part, 3.5, often=0.0) for n, part in enumerate(parts[:2])]
    evidence = sql_tables.widened(stacked([in_sections.merged(slice(None), -1), *others, in_sections], axis=-1))
    groups: list[Group] = [
        ("ALL", "ALL", "ALL"),
        *((sex, "ALL", "ALL") for sex in SEXES),
        *(("ALL", age, "ALL") for age in AGES),
        *(("ALL", "ALL", section) for section in SECTIONS),
    ]
    counts = sql_tables.summed(np.concatenate([totals[..., None], *parts], axis=-1))
    figures = sql_tables.integers(counts, evidence.contributors, evidence.first, evidence.second)
    return sql_tables.long("2021-12", FURLOUGH_MONTHS, groups, figures)
