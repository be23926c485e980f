"""The employers, groups or lenders behind each figure: how many, and what the two largest make up of it.

Disclosure control needs these and departments keep them beside their tables. They agree with the figure and with one
another: the largest has at least an even share, every other at least one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from departments.synthetic.draws import Floats, seed

# The share of a figure that a dominating contributor has, and how often a small cell has one.
DOMINATING, OFTEN = 0.95, 0.03
SMALL = 150


@dataclass(frozen=True)
class ContributorEvidence:
    """Counts of contributors and the figures of the first and second largest, in the figures' own shape."""

    contributors: Floats
    first: Floats
    second: Floats

    def merged(self, at: NDArray[np.intp] | slice, axis: int) -> "ContributorEvidence":
        """What is behind the sum of the cells at some positions of an axis, as an axis of one: no contributor is in two."""
        where = (slice(None),) * (axis % self.first.ndim) + (at,)
        both = np.concatenate([self.first[where], self.second[where]], axis=axis)
        largest = np.partition(both, both.shape[axis] - 2, axis=axis)
        count = self.contributors[where].sum(axis=axis, keepdims=True)
        return ContributorEvidence(count, largest.take([-1], axis), largest.take([-2], axis))


def stacked(parts: Sequence[ContributorEvidence], axis: int) -> ContributorEvidence:
    """Evidence of several kinds of cell side by side."""
    return ContributorEvidence(
        *(
            np.concatenate([getattr(part, name) for part in parts], axis=axis)
            for name in ContributorEvidence.__dataclass_fields__
        )
    )


def behind(name: str, counts: Floats, unit: float | Floats, *, often: float = OFTEN) -> ContributorEvidence:
    """Contributors of about `unit` each to whole figures (places x times x groups), much the same from time to time.

    `often`: how many of the cells with few contributors one of them dominates.
    """
    rng = seed(f"evidence:{name}")
    cell = (counts.shape[0], 1, counts.shape[2])
    contributors = np.floor(counts / (unit * rng.uniform(0.75, 1.3, cell)) + rng.random(cell))
    contributors = np.clip(contributors, np.minimum(counts, 1), counts)
    small = contributors.mean(axis=1, keepdims=True) < SMALL
    dominated = small & (rng.random(cell) < often)
    # Beside a contributor that dominates there is room for few others.
    few = np.floor(counts * (1 - DOMINATING)) + 1
    contributors = np.where(dominated, np.minimum(contributors, few), contributors)
    many = np.maximum(contributors, 1)
    share = np.where(dominated, DOMINATING, rng.uniform(0.4, 1.3, cell) / np.sqrt(many))
    first = np.clip(np.floor(counts * share), np.ceil(counts / many), counts - (many - 1))
    rest = counts - first
    others = np.maximum(many - 1, 1)
    second = np.clip(np.floor(first * rng.uniform(0.3, 1.0, cell)), np.ceil(rest / others), rest - (others - 1))
    none = counts == 0
    return ContributorEvidence(
        np.where(none, 0, contributors), np.where(none, 0, first), np.where(none | (many == 1), 0, second)
    )


def of_parts(parts: Floats) -> ContributorEvidence:
    """Evidence of figures by contributor along the last axis."""
    largest = np.partition(parts, parts.shape[-1] - 2, axis=-1)
    return ContributorEvidence((parts > 0).sum(axis=-1).astype(np.float64), largest[..., -1], largest[..., -2])
