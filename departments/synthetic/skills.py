"""Apprenticeships, adult learners and free courses. England only."""

import numpy as np

from departments.synthetic import character, national, places
from departments.synthetic.cube import Cube
from departments.synthetic.draws import Floats, seed, whole, wobbled
from reference.area import AreaLevel

YEARS = ("2018/19", "2019/20", "2020/21", "2021/22", "2022/23", "2023/24")
SEXES = ("FEMALE", "MALE")
SUBJECTS = tuple(str(n) for n in range(1, 16))
ETHNICITIES = ("ASIAN", "BLACK", "MIXED", "WHITE", "OTHER")
DISABILITIES = ("DISABLED", "NOT_DISABLED")
APPRENTICE_AGES = ("AGE_UNDER_19", "AGE_19_24", "AGE_25_PLUS")
ADULT_AGES = ("AGE_19_24", "AGE_25_49", "AGE_50_PLUS")
LEVELS = ("ENTRY_LEVEL", "LEVEL_1", "LEVEL_2", "LEVEL_3", "LEVEL_4_PLUS")


def _shares(name: str, spread: float) -> Floats:
    """Each English authority's share of the country's learners: more where hardship is."""
    at = places.chosen(places.codes("E"))
    chance = np.exp(seed(name).normal(0, spread, len(at)))
    weight = places.working_age()[at] * character.hardship()[at] ** 0.4 * chance
    return weight / weight.sum()


def _by_year(measure: str, guides: dict[str, float]) -> Floats:
    """A national figure for each academic year: the published one, or a guide."""
    known = {**guides, **national.published(measure)}
    return np.array([known[year] for year in YEARS])


def apprenticeships() -> Cube:
    """Starts and achievements."""
    areas = places.codes("E")
    starts = _by_year("apprenticeship_starts", {"2020/21": 321_440.0})
    guides = {
        "2018/19": 185_150.0,
        "2019/20": 148_980.0,
        "2020/21": 156_530.0,
        "2021/22": 137_220.0,
        "2023/24": 178_220.0,
    }
    achieved = _by_year("apprenticeship_achievements", guides)
    subject = np.array([26, 0.6, 1.6, 14.5, 7.5, 6.6, 11.5, 2.3, 1.2, 0.02, 0.1, 0.1, 3.2, 0.3, 24.5]) / 100
    female = np.array([0.79, 0.5, 0.6, 0.1, 0.08, 0.22, 0.55, 0.4, 0.55, 0.5, 0.6, 0.6, 0.85, 0.6, 0.62])
    local = wobbled("apprenticeships:subjects", subject, len(areas), 0.3)
    sexes = np.stack([female, 1 - female])
    # Fewer of the young started in the pandemic than before it; most of them came back.
    young = np.array([0.25, 0.24, 0.2, 0.22, 0.23, 0.235])
    ages = np.stack([young, 0.29 + 0 * young, 0.71 - young], axis=1)
    ethnic = wobbled("apprenticeships:ethnicity", np.array([0.07, 0.045, 0.035, 0.83, 0.02]), len(areas), 0.4)
    disabled = np.array([0.135, 0.865])
    shape = np.einsum(
        "a,ak,sk,yg,ae,d->aysgked",
        _shares("apprenticeships", 0.15),
        local,
        sexes,
        ages,
        ethnic,
        disabled,
        optimize=True,
    )
    by_year = (slice(None), *[None] * 5)
    return Cube(
        ("area", "period", "sex", "age", "subject", "ethnicity", "disability"),
        (areas, YEARS, SEXES, APPRENTICE_AGES, SUBJECTS, ETHNICITIES, DISABILITIES),
        {
            "starts": whole(shape * starts[by_year], "starts"),
            "achievements": whole(shape * achieved[by_year], "achievements"),
        },
    )


def further_education() -> Cube:
    """Adults in further education and skills; a learner at two levels is counted once in "ALL"."""
    areas = places.codes("E")
    guides = {"2021/22": 1_700_000.0, "2022/23": 1_770_000.0, "2023/24": 1_790_000.0}
    total = _by_year("fe_skills_participation_19plus", guides)
    guides = {year: learners * 0.235 for year, learners in guides.items()}
    third = _by_year("fe_skills_participation_level3_19plus", guides) / total
    done = _by_year("fe_skills_achievements_level3_19plus", {year: 0.34 * guide for year, guide in guides.items()})
    same = np.ones_like(third)
    # Levels add up to about 1.15 of all learners: one in seven studies at two.
    levels = np.stack([0.2 * same, 0.22 * same, 0.34 * same, third, 0.16 * same, same])
    rate = np.stack([0.62 * same, 0.6 * same, 0.52 * same, done / (total * third), 0.3 * same, 0.48 * same])
    subject = seed("further_education").dirichlet(np.full(15, 2.0))
    local = wobbled("further_education:subjects", subject, len(areas), 0.25)
    ages = wobbled("further_education:ages", np.array([0.22, 0.58, 0.2]), len(areas), 0.08)
    sexes = wobbled("further_education:sexes", np.array([0.61, 0.39]), len(areas), 0.03)
    place = _shares("further_education", 0.12)
    shape = np.einsum("y,a,as,ag,ly,ak->aysglk", total, place, sexes, ages, levels, local, optimize=True)
    learners = _consistent(whole(shape, "learners"))
    achieved = whole(np.einsum("aysglk,ly->aysglk", shape, rate), "adult achievements")
    return Cube(
        ("area", "period", "sex", "age", "level", "subject"),
        (areas, YEARS, SEXES, ADULT_AGES, (*LEVELS, "ALL"), SUBJECTS),
        {"learners": learners, "achievements": _consistent(np.minimum(achieved, learners))},
    )


def _consistent(
    counts: np.ndarray[tuple[int, ...], np.dtype[np.int32]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    """Counts by level (last but one axis, "ALL" last) where all are at least any level and at most their sum."""
    levels = counts[..., :-1, :]
    counts[..., -1, :] = np.clip(counts[..., -1, :], levels.max(axis=-2), levels.sum(axis=-2))
    return counts


def free_courses() -> Cube:
    """Enrolments on free level 3 courses for jobs, by region."""
    wide = [(code, at) for code, at in places.wider((AreaLevel.REGION,)) if code.startswith("E12")]
    regions = tuple(code for code, _ in wide)
    people = np.array([places.working_age()[at].sum() for _, at in wide])
    total = np.array([24_300.0, 38_900.0, 41_200.0])
    subject = np.array([33, 1.5, 1.2, 9, 7, 13, 1, 0.5, 1, 0.1, 0.6, 0.1, 9, 0, 23])
    local = wobbled("free_courses", subject, len(regions), 0.2)
    values = np.einsum(
        "y,r,rk,s,g->ryksg", total, people / people.sum(), local, [0.62, 0.38], [0.24, 0.6, 0.16], optimize=True
    )
    return Cube(
        ("area", "period", "subject", "sex", "age"),
        (regions, YEARS[3:], SUBJECTS, SEXES, ADULT_AGES),
        {"enrolments": whole(values, "free_courses")},
    )


CUBES = {
    "apprenticeships": apprenticeships,
    "further_education": further_education,
    "free_courses": free_courses,
}
