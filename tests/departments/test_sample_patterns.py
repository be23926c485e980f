"""The patterns that come with the sample departments."""

from departments.protect.reading import digest, families
from departments.sample_patterns import datasets, made
from departments.samples import PATTERNS
from departments.share.pattern import Patterns


def test_every_measure_of_the_sample_share_nodes_has_the_pattern_of_its_figures() -> None:
    kept, count = Patterns(PATTERNS), 0
    for held in datasets():
        release = held.releases()[0]
        for family in families(held, release, list(held.mapped.measures)):
            pattern = kept.of(held.mapped, family.measure, release)
            assert pattern.figures == digest(family), f"python -m departments.sample_patterns {family.measure}"
            count += 1
    assert count == len(list(PATTERNS.iterdir()))


def test_a_pattern_is_what_is_made_of_the_figures_today() -> None:
    [(pattern, told)] = made(["businesses"])
    assert told.passed
    assert Patterns(PATTERNS).path(pattern.dataset, pattern.measure, pattern.release).read_bytes() == pattern.content
