"""Apprenticeships, adult learners, free courses, young people and care leavers. England only."""

import numpy as np

from departments.synthetic import national, places
from departments.synthetic.cube import Cube
from departments.synthetic.places import Floats
from reference.area import AreaLevel, gazetteer

YEARS = ("2018/19", "2019/20", "2020/21", "2021/22", "2022/23", "2023/24")
SEXES = ("FEMALE", "MALE")
SUBJECTS = tuple(str(n) for n in range(1, 16))
ETHNICITIES = ("ASIAN", "BLACK", "MIXED", "WHITE", "OTHER")
DISABILITIES = ("DISABLED", "NOT_DISABLED")
ADULT_AGES = ("AGE_19_24", "AGE_25_49", "AGE_50_PLUS")
LEVELS = ("ENTRY_LEVEL", "LEVEL_1", "LEVEL_2", "LEVEL_3", "LEVEL_4_PLUS")
UPPER_TIER = ("E06", "E08", "E09")


def _weights(name: str, at: Floats, wobble: float) -> Floats:
    people = places.population("population_16_64_2024")[at.astype(np.intp)]
    weight = (
        people * places.hardship()[at.astype(np.intp)] ** 0.4 * np.exp(places.seed(name).normal(0, wobble, len(at)))
    )
    return weight / weight.sum()


def apprenticeships() -> Cube:
    """Starts and achievements."""
    areas = places.codes("E")
    at = places.chosen(areas).astype(float)
    known = national.published("apprenticeship_starts")
    starts = np.array([known.get(year, 321_440.0) for year in YEARS])
    achieved = np.array([185_150, 148_980, 156_530, 137_220, 162_320, 178_220.0])
    rng = places.seed("apprenticeships")
    subject = np.array([26, 0.6, 1.6, 14.5, 7.5, 6.6, 11.5, 2.3, 1.2, 0.02, 0.1, 0.1, 3.2, 0.3, 24.5]) / 100
    local = subject * np.exp(rng.normal(0, 0.3, (len(areas), 15)))
    local /= local.sum(axis=1, keepdims=True)
    female = np.array([0.79, 0.5, 0.6, 0.1, 0.08, 0.22, 0.55, 0.4, 0.55, 0.5, 0.6, 0.6, 0.85, 0.6, 0.62])
    sexes = np.stack([female, 1 - female])
    ages, ethnic, disabled = (
        np.array([0.24, 0.29, 0.47]),
        np.array([0.07, 0.045, 0.035, 0.83, 0.02]),
        np.array([0.135, 0.865]),
    )
    place = _weights("apprenticeships", at, 0.15)
    shape = np.einsum("a,ak,sk,g,e,d->asgked", place, local, sexes, ages, ethnic, disabled, optimize=True)
    return Cube(
        ("area", "period", "sex", "age", "subject", "ethnicity", "disability"),
        (areas, YEARS, SEXES, ("AGE_UNDER_19", "AGE_19_24", "AGE_25_PLUS"), SUBJECTS, ETHNICITIES, DISABILITIES),
        {
            "starts": places.whole(np.einsum("y,asgked->aysgked", starts, shape), "starts"),
            "achievements": places.whole(np.einsum("y,asgked->aysgked", achieved, shape), "achieved"),
        },
    )


def further_education() -> Cube:
    """Adults in further education and skills; a learner at two levels is counted once in "ALL"."""
    areas = places.codes("E")
    at = places.chosen(areas).astype(float)
    known = national.published("fe_skills_participation_19plus")
    total = np.array([known.get(year, 1_700_000.0) for year in YEARS])
    rng = places.seed("further_education")
    subject = rng.dirichlet(np.full(15, 2.0))
    local = subject * np.exp(rng.normal(0, 0.25, (len(areas), 15)))
    local /= local.sum(axis=1, keepdims=True)
    ages, sexes = np.array([0.22, 0.58, 0.2]), np.array([0.61, 0.39])
    # Levels add up to 1.12 of all learners: about one in eight studies at two.
    level3 = national.published("fe_skills_participation_level3_19plus")
    third = np.array([level3.get(year, total[i] * 0.24) / total[i] for i, year in enumerate(YEARS)])
    levels = np.stack([0.2 + 0 * third, 0.22 + 0 * third, 0.34 + 0 * third, third, 0.16 + 0 * third, 1 + 0 * third])
    place = _weights("further_education", at, 0.12)
    shape = np.einsum("y,a,s,g,ly,ak->aysglk", total, place, sexes, ages, levels, local, optimize=True)
    done = national.published("fe_skills_achievements_level3_19plus")
    third_done = np.array(
        [done.get(year, 0.34 * total[i] * third[i]) / (total[i] * third[i]) for i, year in enumerate(YEARS)]
    )
    rate = np.stack([0.62 + 0 * third, 0.6 + 0 * third, 0.52 + 0 * third, third_done, 0.3 + 0 * third, 0.5 + 0 * third])
    return Cube(
        ("area", "period", "sex", "age", "level", "subject"),
        (areas, YEARS, SEXES, ADULT_AGES, (*LEVELS, "ALL"), SUBJECTS),
        {
            "learners": places.whole(shape, "learners"),
            "achievements": places.whole(np.einsum("aysglk,ly->aysglk", shape, rate), "fe achievements"),
        },
    )


def free_courses() -> Cube:
    """Enrolments on free level 3 courses for jobs, by region."""
    regions = tuple(area.code for area in gazetteer().at(AreaLevel.REGION) if area.code.startswith("E12"))
    total = np.array([24_300.0, 38_900.0, 41_200.0])
    rng = places.seed("free_courses")
    people = np.array([
        sum(places.population("population_16_64_2024")[i] for i, a in enumerate(places.authorities()) if region in a.parents.values())
        for region in regions
    ])  # fmt: skip
    subject = np.array([33, 1.5, 1.2, 9, 7, 13, 1, 0.5, 1, 0.1, 0.6, 0.1, 9, 0, 23])
    local = subject * np.exp(rng.normal(0, 0.2, (len(regions), 15)))
    local /= local.sum(axis=1, keepdims=True)
    values = np.einsum(
        "y,r,rk,s,g->ryksg", total, people / people.sum(), local, [0.62, 0.38], [0.24, 0.6, 0.16], optimize=True
    )
    return Cube(
        ("area", "period", "subject", "sex", "age"),
        (regions, YEARS[3:], SUBJECTS, SEXES, ADULT_AGES),
        {"enrolments": places.whole(values, "free_courses")},
    )


def _upper_tier() -> tuple[tuple[str, ...], tuple[str, ...], Floats]:
    """England and its regions, its upper-tier authorities, and each authority's share of England's young people."""
    wide = tuple(a.code for a in gazetteer().at(AreaLevel.REGION) if a.code.startswith("E12"))
    upper = tuple(a.code for a in places.authorities() if a.code.startswith(UPPER_TIER))
    people = places.population("population_16_64_2024")
    return ("E92000001", *wide), upper, people[places.chosen(upper)] / people[places.chosen(places.codes("E"))].sum()


def _with_wider(upper: tuple[str, ...], wide: tuple[str, ...], values: Floats) -> Floats:
    """Wider places hold their upper-tier authorities and, in two-tier counties, more besides."""
    rows: list[Floats] = []
    for code in wide:
        inside = [i for i, each in enumerate(upper) if gazetteer().inside(gazetteer()[each], code)]
        districts = [a.code for a in places.authorities() if gazetteer().inside(a, code)]
        people = places.population("population_16_64_2024")
        scale = people[places.chosen(districts)].sum() / people[places.chosen([upper[i] for i in inside])].sum()
        rows.append(np.floor(values[inside].sum(axis=0) * scale))
    return np.concatenate([np.stack(rows), values])


def neet() -> Cube:
    """16 and 17 year olds not in education, employment or training, or not known."""
    wide, upper, share = _upper_tier()
    years = range(2019, 2025)
    total = national.yearly({2019: 62_900, 2020: 61_400, 2021: 62_600, 2022: 55_900, 2023: 61_500, 2024: 67_800}, years)
    local = share * places.hardship()[places.chosen(upper)] ** 0.8
    values = np.einsum("a,y,s->ays", local, total, [0.42, 0.58])
    counted = places.whole(values, "neet").astype(float)
    return Cube(
        ("area", "period", "sex"),
        ((*wide, *upper), tuple(map(str, years)), SEXES),
        {"people": _with_wider(upper, wide, counted)},
    )


def care_leavers() -> Cube:
    """Care leavers aged 19 to 21, and those in work, education or training."""
    wide, upper, share = _upper_tier()
    years, ages = range(2019, 2025), ("AGE_19", "AGE_20", "AGE_21")
    total = national.yearly({2019: 30_500, 2024: 36_400}, years)
    local = share * places.hardship()[places.chosen(upper)]
    leavers = places.whole(np.einsum("a,y,g->ayg", local, total, [0.34, 0.335, 0.325]), "care_leavers").astype(float)
    rate = 0.53 - 0.1 * (places.hardship()[places.chosen(upper)] - 1)
    active = np.floor(leavers * np.clip(rate, 0.2, 0.8)[:, None, None])
    return Cube(
        ("area", "period", "age"),
        ((*wide, *upper), tuple(map(str, years)), ages),
        {
            "leavers": _with_wider(upper, wide, leavers),
            "in_work_or_education": _with_wider(upper, wide, active),
        },
    )


CUBES = {
    "apprenticeships": apprenticeships,
    "further_education": further_education,
    "free_courses": free_courses,
    "neet": neet,
    "care_leavers": care_leavers,
}
