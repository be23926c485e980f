"""Makes the patterns of the sample departments' releases anew: `python -m departments.sample_patterns [MEASURE ...]`.

To be run where their synthetic figures, their protection or the method has changed: two minutes for all.
"""

import sys
from collections.abc import Collection, Iterator
from pathlib import Path

from departments.protect.release import Protected, protect, with_patterns
from departments.protect.report import summary, wrong
from departments.samples import PATTERNS, mapping
from departments.share.held import Held
from departments.share.node import connect, tables
from departments.share.pattern import Patterns

FOLDER = Path(".data/departments")


def datasets() -> Iterator[Held]:
    """Every dataset of the sample share nodes."""
    for name in ("hmrc", "beis"):
        config = mapping(name, FOLDER)
        yield from tables(config, connect(config.database)).values()


def made(measures: Collection[str]) -> Iterator[Protected]:
    """The patterns of these measures, or of all if none is named."""
    for held in datasets():
        wanted = [name for name in with_patterns(held) if not measures or name in measures]
        yield from protect(held, Patterns(PATTERNS), None, wanted) if wanted else ()


def main() -> int:
    """Keeps each pattern that could be shown to protect; 1 where one could not."""
    failed = 0
    for pattern, told in made(sys.argv[1:]):
        print(summary(told), *wrong(told), sep="\n", flush=True)
        if told.passed:
            Patterns(PATTERNS).keep(pattern)
        failed |= not told.passed
    return failed


if __name__ == "__main__":
    sys.exit(main())
