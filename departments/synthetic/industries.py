"""Industries: how large each is, and which places live by which. sections.csv is invented, near the country's mix:

employees and enterprises in percent of all; pay relative to the median; furlough and research relative to employees.
"""

from functools import cache

import numpy as np

from departments.synthetic import places
from departments.synthetic.draws import Floats, seed
from reference.area import AreaLevel
from reference.facets import Facet, members
from reference.packaged import rows

SECTIONS = tuple(members(Facet.INDUSTRY))


@cache
def column(name: str) -> Floats:
    """A column of sections.csv, sections A to U."""
    values = {row["section"]: float(row[name]) for row in rows("departments.synthetic", "sections.csv")}
    return np.array([values[section] for section in SECTIONS])


@cache
def employees() -> Floats:
    """Share of the country's employees in each section."""
    return column("employees") / column("employees").sum()


@cache
def mix() -> Floats:
    """Share of each place's jobs in each section (361 x 21): a few places hardly mine, farm or bank at all."""
    shares = employees() * np.exp(seed("mix").normal(0, 0.35, (len(places.authorities()), len(SECTIONS))))
    london = np.array([area.parents.get(AreaLevel.REGION) == "E12000007" for area in places.authorities()])
    tilts = [(london, "A", 0.02), (london, "B", 0.02)]
    tilts += [(places.kind(places.FINANCE), "K", 5.0), (places.kind(places.COASTAL), "I", 2.0)]
    tilts += [(places.kind(places.AVIATION), "H", 3.0), (places.kind(places.INDUSTRIAL), "C", 1.7)]
    tilts += [(places.kind(places.UNIVERSITY), "P", 1.8), (places.kind(places.RURAL), "A", 6.0)]
    for where, section, factor in tilts:
        shares[where, SECTIONS.index(section)] *= factor
    return shares / shares.sum(axis=1, keepdims=True)


def tilted(national: Floats) -> Floats:
    """National shares of the sections for each place, moved towards what the place lives by (361 x 21)."""
    shares = mix() / employees() * national
    return shares / shares.sum(axis=1, keepdims=True)


@cache
def exposure() -> Floats:
    """How much of each place's work could be furloughed: 1 as the country."""
    exposed = mix() @ column("furlough")
    return exposed / (employees() @ column("furlough"))
