"""The patterns of a release: made, audited, and kept only where the audit found nothing."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sqlalchemy.exc import SQLAlchemyError

from departments.protect.audit import Audit, audit
from departments.protect.family import Cells, Family
from departments.protect.making import Made, make
from departments.protect.reading import digest, families
from departments.protect.relations import DoesNotAddUp
from departments.protect.report import Report, report
from departments.share.config import ConfigError, load
from departments.share.databases import connect
from departments.share.held import Held, Unfit
from departments.share.node import tables
from departments.share.pattern import NoPattern, Pattern, Patterns, rule_of
from departments.share.question import BadQuestion
from reference.errors import TrustError


class Protected(NamedTuple):
    """The pattern of one measure, and what there is to tell of it."""

    pattern: Pattern
    report: Report


class CannotProtect(TrustError):
    """There is no pattern, and why."""


class Kept(NamedTuple):
    """What became of one measure: what there is to tell, where its pattern is kept, and its name. None and "" where it
    could not be shown to protect."""

    report: Report
    path: Path | None
    name: str


def of_node(mapping: Path, folder: Path | None, release: str | None, measure: str | None) -> Iterator[Kept]:
    """The patterns of a share node, from its mapping file. `folder`: where to keep them, as the file says if not given;
    `release`: the newest of each dataset if not given; `measure`: all if not given. Raises CannotProtect."""
    try:
        config = load(mapping)
        kept, engine = Patterns(folder or Path(config.patterns)), connect(config)
        wanted = [
            (held, [name for name in with_patterns(held) if measure in (None, name)])
            for held in tables(config, engine).values()
        ]
        if not any(measures for _, measures in wanted):
            raise CannotProtect(f"no dataset of {mapping} shares {measure or 'a measure'} without cell keys.")
        for held, measures in wanted:
            for pattern, told in protect(held, kept, release, measures) if measures else ():
                yield Kept(told, kept.keep(pattern), pattern.name) if told.passed else Kept(told, None, "")
    except (ConfigError, BadQuestion, DoesNotAddUp, NoPattern, Unfit) as error:
        raise CannotProtect(str(error)) from error
    except SQLAlchemyError as error:
        raise CannotProtect(f"the database cannot be read: {type(error).__name__}.") from error


def with_patterns(held: Held) -> list[str]:
    """Measures of a dataset that patterns are made of: those that cell keys do not protect."""
    return [name for name, shared in held.mapped.measures.items() if shared.cell_key is None]


def protect(held: Held, kept: Patterns, release: str | None, measures: Sequence[str]) -> Iterator[Protected]:
    """The patterns of some measures of a release, one after another. What an earlier pattern in the folder hides is
    hidden again before others. Raises DoesNotAddUp, BadQuestion, Unfit or SQLAlchemyError."""
    releases = held.releases()
    named = release or next(iter(releases), None)
    earlier = releases[releases.index(named) + 1 :] if named in releases else []
    for family in families(held, named, measures):
        began = time.perf_counter()
        made = make(family, _before(held, kept, earlier, family))
        found = audit(made) if made.relations.each else Audit(0, (), (), 0, ())
        seconds = time.perf_counter() - began
        facets = tuple(facet.value for facet in held.mapped.facets)
        yield Protected(_pattern(made, held, named), report(made, found, seconds, facets))


def _pattern(made: Made, held: Held, release: str | None) -> Pattern:
    family, series = made.family, held.mapped.protection.series
    return Pattern(
        dataset=held.mapped.id,
        release=release or "",
        measure=family.measure,
        rule=rule_of(family.rule),
        series=series,
        areas=family.areas,
        periods=family.periods,
        facets=tuple(facet.value for facet in held.mapped.facets),
        groups=family.groups,
        figures=digest(family),
        hidden=np.logical_or.reduce(made.hidden, axis=1, keepdims=True) if series else made.hidden,
    )


def _before(held: Held, kept: Patterns, earlier: Sequence[str], family: Family) -> Cells | None:
    """Places by groups: what the newest earlier pattern hides in any period."""
    for release in earlier:
        path = kept.path(held.mapped.id, family.measure, release)
        if path.exists():
            pattern = kept.read(path)
            areas, _, groups = pattern.axes
            hidden: Cells = np.logical_or.reduce(pattern.hidden, axis=1)
            before = np.zeros((len(family.areas), len(family.groups)), bool)
            for at, code in enumerate(family.areas):
                if code in areas:
                    before[at] = [group in groups and hidden[areas[code], groups[group]] for group in family.groups]
            return before
    return None
