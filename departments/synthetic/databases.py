"""The databases that the sample HMRC and BEIS keep their official tables in, with the evidence behind each cell.

Totals are rows with the code "ALL". Counts are held for every level but LSIP areas, medians not for combined
authorities.
"""

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from departments.synthetic import national, places
from departments.synthetic.business import EMPLOYEES, ENTERPRISES, MEAN_PAY, SECTIONS, mix
from departments.synthetic.cube import VERSION
from departments.synthetic.national import MONTH_CODES
from departments.synthetic.places import Floats
from reference.area import AreaLevel, gazetteer

LEVELS = (AreaLevel.UK, AreaLevel.COUNTRY, AreaLevel.REGION, AreaLevel.COMBINED_AUTHORITY)
HMRC_AGES = ("AGE_0_17", "AGE_18_24", "AGE_25_34", "AGE_35_49", "AGE_50_64", "AGE_65_PLUS")
LOAN_AGES = ("AGE_18_24", "AGE_25_34", "AGE_35_49", "AGE_50_64", "AGE_65_PLUS")
SIZES = ("SIZE_0", "SIZE_1_9", "SIZE_10_49", "SIZE_50_249", "SIZE_250_PLUS")
ETHNICITIES = ("ASIAN", "BLACK", "MIXED", "WHITE", "OTHER")
Rows = Iterable[tuple[object, ...]]


def database(name: str, folder: Path) -> Path:
    """The file of a department's database, built first if the folder does not hold this version of it."""
    home = folder / f"{name}-{VERSION}.sqlite"
    if not home.exists():
        folder.mkdir(parents=True, exist_ok=True)
        handle, written = tempfile.mkstemp(dir=folder, prefix=f".{name}-")
        os.close(handle)
        connection = sqlite3.connect(written)
        for table, columns, rows in BUILDERS[name]():
            connection.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
            connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", rows)
            if {"release", "area"} <= set(columns):
                time = "month" if "month" in columns else "year"
                connection.execute(f"CREATE INDEX {table}_by_area ON {table} (area, {time}, release)")
        connection.commit()
        connection.close()
        os.rename(written, home)
    return home


def levelled(values: Floats) -> tuple[list[str], Floats]:
    """Figures of the authorities with the sums of wider places put before them."""
    wide = places.wider(LEVELS)
    sums = np.stack([values[at].sum(axis=0) for _, at in wide])
    return [code for code, _ in wide] + list(places.codes()), np.concatenate([sums, values])


def evidence(name: str, counts: Floats, unit: float) -> tuple[Floats, Floats, Floats]:
    """Contributors behind each cell and its two largest: about `unit` for each, a few cells nearly all one's."""
    rng = places.seed(f"evidence:{name}")
    contributors = np.minimum(
        np.maximum(1, np.floor(counts / unit * rng.uniform(0.7, 1.3, counts.shape))), np.maximum(counts, 0)
    )
    share = np.minimum(1.0, rng.uniform(1.2, 4.0, counts.shape) / np.sqrt(np.maximum(contributors, 1)) / 3)
    share = np.where(rng.random(counts.shape) < 0.004, 0.95, share)
    share = np.where(contributors <= 1, 1.0, share)
    first = np.floor(counts * share)
    second = np.floor(np.minimum(counts - first, first) * rng.uniform(0.3, 1.0, counts.shape))
    return contributors, first, np.where(contributors <= 1, 0, second)


def _shocked(total: Floats) -> Floats:
    """A national monthly series over the authorities, by where people live."""
    weight = places.population("population_16_64_2024") / places.hardship() ** 0.25
    months = np.array([month.last for month in national.MONTHS]) - (2020 * 12 + 2)
    dip = np.where(months >= 0, np.exp(-np.clip(months, 0, None) / 14), 0.0)
    lift = np.exp(-0.05 * np.outer(places.shock() - 1, dip) - 0.03 * np.outer(1 - places.recovery(), months > 0))
    weights = weight[:, None] * lift
    return total * weights / weights.sum(axis=0)


def _hmrc() -> Iterable[tuple[str, tuple[str, ...], Rows]]:
    known = national.published("payrolled_employees")
    employees = national.through(
        dict(sorted(({"2019-01": 28_650_000.0} | known | {"2020-06": 28_350_000.0, "2024-06": 30_290_000.0}).items()))
    )
    place = _shocked(employees)
    ages = np.array([0.012, 0.125, 0.235, 0.33, 0.255, 0.043])
    rng = places.seed("paye_rti")
    local_ages = ages * np.exp(rng.normal(0, 0.06, (len(place), len(ages))))
    local_ages /= local_ages.sum(axis=1, keepdims=True)
    members = np.concatenate([np.ones((len(place), 1)), local_ages, mix()], axis=1)
    counts = places.whole(place[:, :, None] * members[:, None, :], "paye_rti").astype(float)
    codes, levels = levelled(counts)
    employers, first, second = evidence("paye_rti", levels, 14.0)
    index = national.published("median_monthly_pay_index_feb2020")
    trend = national.through({"2019-01": 95.9, "2020-02": 100.0, "2020-06": 98.6} | index | {"2024-06": 128.3}) * 18.8
    group_pay = np.array([1.0, 0.22, 0.72, 1.05, 1.16, 1.06, 0.66, *MEAN_PAY])
    pay = trend[None, :, None] * places.pay()[:, None, None] * group_pay
    pay = pay * np.exp(rng.normal(0, 0.012, pay.shape))
    weights = counts + 1e-9
    means = [(pay[at] * weights[at]).sum(axis=0) / weights[at].sum(axis=0) for _, at in places.wider(LEVELS)]
    medians = np.round(np.concatenate([np.stack(means), pay]))
    groups = [("ALL", "ALL"), *((age, "ALL") for age in HMRC_AGES), *(("ALL", section) for section in SECTIONS)]
    no_median = {area.code for area in gazetteer().at(AreaLevel.COMBINED_AUTHORITY)}

    def paye() -> Rows:
        for release, first_month in (("2024-06", len(MONTH_CODES) - 4), ("2024-07", 0)):
            # The earlier release of the last months was a flash estimate, a little off.
            off = 1.0 if release == "2024-07" else 1.002
            last = len(MONTH_CODES) - (release == "2024-06")
            for a, area in enumerate(codes):
                for m in range(first_month, last):
                    for g, (age, section) in enumerate(groups):
                        median = None if area in no_median else float(medians[a, m, g])
                        yield (
                            release, area, MONTH_CODES[m], age, section, int(levels[a, m, g] * off), median,
                            int(employers[a, m, g]), int(first[a, m, g]), int(second[a, m, g]),
                        )  # fmt: skip

    columns = (
        "release",
        "area",
        "month",
        "age_band",
        "industry",
        "employees",
        "median_pay",
        "employers",
        "largest",
        "second",
    )
    yield "paye_rti", columns, paye()
    yield (
        "cjrs",
        ("release", "area", "month", "sex", "age_band", "industry", "furloughed", "employers", "largest", "second"),
        _cjrs(),
    )
    yield (
        "releases",
        ("dataset", "release", "published", "note"),
        [
            ("paye_rti", "2024-06", "2024-06-11", "flash estimate of the newest month"),
            ("paye_rti", "2024-07", "2024-07-11", "revised"),
            ("cjrs", "2021-12", "2021-12-16", "final"),
        ],
    )


def _cjrs() -> Rows:
    months = [code for code in MONTH_CODES if "2020-03" <= code <= "2021-09"]
    total = national.through(
        {"2020-03": 6_100_000, "2020-04": 8_700_000, "2020-05": 8_900_000, "2020-07": 5_400_000, "2020-10": 2_400_000,
         "2020-12": 3_730_000, "2021-01": 4_900_000, "2021-04": 3_400_000, "2021-06": 1_900_000, "2021-07": 1_600_000,
         "2021-09": 1_160_000}
    )[[MONTH_CODES.index(code) for code in months]]  # fmt: skip
    weight = places.population("population_16_64_2024") * places.shock() ** 1.5
    sector = EMPLOYEES * np.array(
        [0.6, 0.6, 1.1, 0.3, 0.4, 1.3, 1.3, 1.2, 4.5, 0.5, 0.2, 0.9, 0.7, 1.2, 0.05, 0.4, 0.3, 4.0, 2.2, 0.8, 0.1]
    )
    tilt = mix() / (EMPLOYEES / EMPLOYEES.sum()) * sector
    tilt /= tilt.sum(axis=1, keepdims=True)
    ages = np.array([0.015, 0.19, 0.23, 0.28, 0.22, 0.065])
    sexes = np.array([0.505, 0.495])
    count = len(places.authorities())
    members = np.concatenate([np.ones((count, 1)), np.tile(sexes, (count, 1)), np.tile(ages, (count, 1)), tilt], axis=1)
    counts = places.whole(np.einsum("m,a,ag->amg", total, weight / weight.sum(), members), "cjrs").astype(float)
    codes, levels = levelled(counts)
    employers, first, second = evidence("cjrs", levels, 5.0)
    groups = [
        ("ALL", "ALL", "ALL"), ("FEMALE", "ALL", "ALL"), ("MALE", "ALL", "ALL"),
        *(("ALL", age, "ALL") for age in HMRC_AGES), *(("ALL", "ALL", section) for section in SECTIONS),
    ]  # fmt: skip
    for a, area in enumerate(codes):
        for m, month in enumerate(months):
            for g, group in enumerate(groups):
                cell = (a, m, g)
                yield (
                    "2021-12",
                    area,
                    month,
                    *group,
                    int(levels[cell]),
                    int(employers[cell]),
                    int(first[cell]),
                    int(second[cell]),
                )


def _beis() -> Iterable[tuple[str, tuple[str, ...], Rows]]:
    count = len(places.authorities())
    weight = places.population("population_16_64_2024") * np.sqrt(places.workplaces()) / places.hardship() ** 0.3
    tilt = mix() / (EMPLOYEES / EMPLOYEES.sum()) * ENTERPRISES
    tilt /= tilt.sum(axis=1, keepdims=True)
    known = {int(code): value for code, value in national.published("business_population_private_sector").items()}
    years = range(2019, 2025)
    total = national.yearly(
        dict(sorted(({2019: 5_868_000.0} | known | {2021: 5_590_000.0, 2024: 5_498_000.0}).items())), years
    )
    sizes = np.tile([0.742, 0.2098, 0.0401, 0.0066, 0.0015], (count, 1))
    yield "business_population", ("release", "area", "year", "industry", "size_band", "businesses", "groups", "largest", "second"), _yearly(
        "business_population", years, total, weight, [("ALL", "ALL")], [tilt, sizes], 1.02,
        [[(section, "ALL") for section in SECTIONS], [("ALL", size) for size in SIZES]],
    )  # fmt: skip
    loans = national.yearly({2019: 11_500, 2020: 74_000, 2021: 52_000, 2022: 21_000, 2024: 13_500}, years)
    facets = [
        np.tile([0.38, 0.62], (count, 1)), np.tile([0.13, 0.31, 0.37, 0.17, 0.02], (count, 1)),
        np.tile([0.11, 0.08, 0.05, 0.73, 0.03], (count, 1)), tilt,
    ]  # fmt: skip
    names = [
        [(sex, "ALL", "ALL", "ALL") for sex in ("FEMALE", "MALE")], [("ALL", age, "ALL", "ALL") for age in LOAN_AGES],
        [("ALL", "ALL", each, "ALL") for each in ETHNICITIES], [("ALL", "ALL", "ALL", section) for section in SECTIONS],
    ]  # fmt: skip
    yield "support_loans", (
        "release", "area", "year", "sex", "age_band", "ethnicity", "industry", "loans", "lenders", "largest", "second",
    ), _yearly("support_loans", years, loans, weight * places.hardship(), [("ALL",) * 4], facets, 9.0, names)  # fmt: skip
    research = national.yearly({2018: 37_100, 2020: 43_000, 2021: 46_900, 2022: 49_900}, range(2018, 2023))
    intensity = np.array(
        [0.1, 0.3, 5.0, 0.3, 0.2, 0.2, 0.5, 0.2, 0.01, 3.5, 0.6, 0.05, 4.0, 0.4, 0.1, 0.1, 0.2, 0.1, 0.1, 0.001, 0.001]
    )
    spend = mix() * intensity
    spend /= spend.sum(axis=1, keepdims=True)
    yield "research", ("release", "area", "year", "industry", "size_band", "gbp_million", "enterprises", "largest", "second"), _yearly(
        "research", range(2018, 2023), research, weight * places.pay() ** 4, [("ALL", "ALL")],
        [spend, np.tile([0.02, 0.07, 0.13, 0.22, 0.56], (count, 1))], 0.9,
        [[(section, "ALL") for section in SECTIONS], [("ALL", size) for size in SIZES]],
    )  # fmt: skip
    yield (
        "releases",
        ("dataset", "release", "published", "note"),
        [
            ("business_population", "2024", "2024-10-03", ""),
            ("support_loans", "2024", "2024-11-20", ""),
            ("research", "2022", "2023-12-05", ""),
        ],
    )


def _yearly(
    name: str, years: range, total: Floats, weight: Floats, whole: list[tuple[str, ...]], shares: list[Floats],
    unit: float, members: list[list[tuple[str, ...]]],
) -> Rows:  # fmt: skip
    """Rows of a yearly table: the total, then each facet on its own."""
    groups = [*whole, *(group for facet in members for group in facet)]
    split = np.concatenate([np.ones((len(weight), 1)), *shares], axis=1)
    counts = places.whole(np.einsum("y,a,ag->ayg", total, weight / weight.sum(), split), name).astype(float)
    codes, levels = levelled(counts)
    contributors, first, second = evidence(name, levels, unit)
    release = str(years[-1])
    for a, area in enumerate(codes):
        for y, year in enumerate(years):
            for g, group in enumerate(groups):
                cell = (a, y, g)
                yield (
                    release,
                    area,
                    str(year),
                    *group,
                    int(levels[cell]),
                    int(contributors[cell]),
                    int(first[cell]),
                    int(second[cell]),
                )


BUILDERS: dict[str, Callable[[], Iterable[tuple[str, tuple[str, ...], Rows]]]] = {"hmrc": _hmrc, "beis": _beis}
