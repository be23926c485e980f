"""Families read from a dataset as the node itself reads it: every place, period and group that a release holds."""

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np

from departments.protect.family import Family, Floats, groups
from departments.share.held import Held
from departments.share.question import NodeQuery
from reference.facets import Facet


def families(held: Held, release: str | None, measures: Sequence[str]) -> Iterator[Family]:
    """One for each measure, in one reading of the tables. Raises BadQuestion, Unfit or SQLAlchemyError."""
    mapped, facets = held.mapped, tuple(held.mapped.facets)
    breakdowns = ((), *(tuple(sorted(facets.index(facet) for facet in one)) for one in mapped.breakdowns))
    members = [held.members(facet) for facet in facets]
    every = groups(members, breakdowns)
    read = [_read(held, release, tuple(measures), [facets[at] for at in one], members) for one in breakdowns]
    for name in measures:
        values, *behind = (np.concatenate([tables[name][kind] for tables in read], axis=2) for kind in read[0][name])
        evidence = dict(zip(mapped.measures[name].evidence, behind, strict=True))
        there = ~np.isnan(values)
        areas, periods = np.flatnonzero(there.any(axis=(1, 2))), np.flatnonzero(there.any(axis=(0, 2)))
        yield Family(
            name,
            tuple(held.areas()[at] for at in areas),
            tuple(held.every_period()[at].code for at in periods),
            every,
            breakdowns,
            values[areas][:, periods],
            {kind: array[areas][:, periods] for kind, array in evidence.items()},
            mapped.measures[name],
            mapped.protection,
        )


def _read(
    held: Held, release: str | None, measures: tuple[str, ...], by: list[Facet], members: Sequence[tuple[str, ...]]
) -> dict[str, dict[str, Floats]]:
    """Figures of one breakdown by measure and kind, the figure's own first."""
    facets = tuple(held.mapped.facets)
    codes = [members[facets.index(facet)] for facet in by]
    asked = groups(codes, [tuple(range(len(codes)))])
    query = NodeQuery(measures, held.areas(), held.every_period(), tuple(by), asked, True, release)
    found = held.figures(query)
    return {name: {"": found.values[name], **found.behind[name]} for name in measures}


def digest(family: Family) -> str:
    """Of all figures and evidence of a family."""
    told = hashlib.sha256()
    for array in (family.values, *(family.evidence[kind] for kind in sorted(family.evidence))):
        told.update(np.ascontiguousarray(array, "<f8").tobytes())
    return told.hexdigest()
