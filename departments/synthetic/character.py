"""What makes one place unlike another. Invented: each is a guess from the kind of place, and chance."""

from functools import cache

import numpy as np

from departments.synthetic import places
from departments.synthetic.draws import Floats, seed
from departments.synthetic.industries import exposure
from departments.synthetic.places import AVIATION, COASTAL, FINANCE, INDUSTRIAL, RURAL, UNIVERSITY, kind
from reference.area import AreaLevel

NORTH_AND_MIDLANDS = ("E12000001", "E12000002", "E12000005")
LONDON = ("E12000007",)


def _in_regions(codes: tuple[str, ...]) -> Floats:
    """1 for each authority inside one of these regions, else 0."""
    return np.array([float(area.parents.get(AreaLevel.REGION) in codes) for area in places.authorities()])


def _chance(name: str, spread: float) -> Floats:
    """A number for each authority, around 0, the same whenever the name is."""
    return seed(name).normal(0, spread, len(places.authorities()))


@cache
def hardship() -> Floats:
    """How much likelier than average a resident is to claim: around 1, 0.4 to 2.4."""
    raised = 0.45 * kind(INDUSTRIAL) + 0.4 * kind(COASTAL) - 0.15 * kind(UNIVERSITY) - 0.35 * kind(FINANCE)
    raised += 0.12 * _in_regions(NORTH_AND_MIDLANDS) - 0.1 * kind(RURAL)
    return np.clip(np.exp(_chance("hardship", 0.2) + raised - 0.05), 0.4, 2.4)


@cache
def shock() -> Floats:
    """How hard the pandemic hit the place's jobs: around 1. Harder where work could not be done from home."""
    raised = 0.9 * (exposure() - 1) + 0.15 * kind(COASTAL) + 0.6 * kind(AVIATION)
    return np.exp(_chance("shock", 0.06) + raised)


@cache
def recovery() -> Floats:
    """How quickly it recovered: 1 as the country, below 1 more slowly."""
    raised = 0.15 * kind(UNIVERSITY) - 0.25 * kind(COASTAL) - 0.2 * kind(INDUSTRIAL) - 0.15 * kind(AVIATION)
    return np.clip(np.exp(_chance("recovery", 0.12) + raised), 0.45, 1.6)


@cache
def workplaces() -> Floats:
    """Jobs for each resident of working age, relative: a city's centre has many."""
    raised = 0.5 * kind(FINANCE) + 0.3 * kind(UNIVERSITY) + 0.4 * kind(AVIATION) - 0.1 * kind(COASTAL)
    density = np.exp(_chance("workplaces", 0.18) + raised)
    density[kind(["City of London"])] = 60.0
    return density


@cache
def pay() -> Floats:
    """Pay relative to the country."""
    raised = 0.16 * _in_regions(LONDON) + 0.12 * kind(FINANCE) + 0.03 * kind(UNIVERSITY)
    raised -= 0.07 * kind(COASTAL) + 0.05 * kind(INDUSTRIAL) + 0.04 * kind(RURAL)
    return np.exp(_chance("pay", 0.06) + raised - 0.01)
