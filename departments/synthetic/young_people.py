"""Young people not in education, employment or training, and care leavers, by upper-tier authority. England only.

The authorities of two-tier counties are districts, which hold neither: what a county holds is in its region's figure
and in no authority's.
"""

import numpy as np

from departments.synthetic import character, national, places
from departments.synthetic.cube import Cube
from departments.synthetic.draws import Floats, whole
from reference.area import AreaLevel

SEXES = ("FEMALE", "MALE")
AGES = ("AGE_19", "AGE_20", "AGE_21")
ENGLAND = "E92000001"
UPPER_TIER = ("E06", "E08", "E09")
YEARS = range(2019, 2025)


def _shares(power: float) -> Floats:
    """Each English authority's share of the country's young people in difficulty."""
    at = places.chosen(places.codes("E"))
    weight = places.working_age()[at] * character.hardship()[at] ** power
    return weight / weight.sum()


def _published(counts: Floats) -> tuple[tuple[str, ...], Floats]:
    """Counts of all English authorities as published: England, its regions, and the upper-tier authorities."""
    english = places.chosen(places.codes("E"))
    wide = [
        (code, at)
        for code, at in places.wider((AreaLevel.COUNTRY, AreaLevel.REGION))
        if code == ENGLAND or code.startswith("E12")
    ]
    sums = [counts[np.searchsorted(english, at)].sum(axis=0) for _, at in wide]
    upper = [i for i, code in enumerate(places.codes("E")) if code.startswith(UPPER_TIER)]
    codes = tuple(code for code, _ in wide) + tuple(places.codes("E")[i] for i in upper)
    return codes, np.concatenate([np.stack(sums), counts[upper]])


def neet() -> Cube:
    """16 and 17 year olds not in education, employment or training, or not known."""
    total = national.yearly({2019: 62_900, 2020: 61_400, 2021: 62_600, 2022: 55_900, 2023: 61_500, 2024: 67_800}, YEARS)
    values = whole(np.einsum("a,y,s->ays", _shares(0.8), total, [0.42, 0.58]), "neet").astype(float)
    codes, counts = _published(values)
    return Cube(("area", "period", "sex"), (codes, tuple(map(str, YEARS)), SEXES), {"people": counts})


def care_leavers() -> Cube:
    """Care leavers aged 19 to 21, and those in work, education or training."""
    total = national.yearly({2019: 30_500, 2024: 36_400}, YEARS)
    leavers = whole(np.einsum("a,y,g->ayg", _shares(1.0), total, [0.34, 0.335, 0.325]), "care_leavers")
    hardship = character.hardship()[places.chosen(places.codes("E"))]
    rate = np.clip(0.53 - 0.1 * (hardship - 1), 0.2, 0.8)[:, None, None]
    # Fewer had work in the pandemic's first spring.
    rate = rate * national.yearly({2019: 1.0, 2020: 0.985, 2021: 0.965, 2022: 1.02, 2024: 1.04}, YEARS)[None, :, None]
    active = np.minimum(whole(leavers * rate, "care_leavers:active"), leavers)
    codes, counted = _published(leavers.astype(float))
    return Cube(
        ("area", "period", "age"),
        (codes, tuple(map(str, YEARS)), AGES),
        {"leavers": counted, "in_work_or_education": _published(active.astype(float))[1]},
    )


CUBES = {"neet": neet, "care_leavers": care_leavers}
