"""lmdt protect: the patterns of a release, made and audited beside the data before anybody is answered."""

import resource
from argparse import Namespace
from pathlib import Path

from app.commands.exits import DONE, NO, Misused


def protect(options: Namespace) -> int:
    """The pattern of each measure; 1 where one could not be shown to protect, and was not kept."""
    from sqlalchemy.exc import SQLAlchemyError

    from departments.protect import release as releases
    from departments.protect.relations import DoesNotAddUp
    from departments.protect.report import summary, text
    from departments.share.config import ConfigError, load
    from departments.share.held import Unfit
    from departments.share.node import connect, tables
    from departments.share.pattern import Patterns
    from departments.share.question import BadQuestion

    try:
        config = load(options.config)
        kept = Patterns(Path(options.out or config.patterns))
        engine = connect(config.database)
        wanted = [(held, _wanted(options, list(held.mapped.measures))) for held in tables(config, engine).values()]
        if not any(measures for _, measures in wanted):
            raise Misused(f"--measure {options.measure}: the mapping file shares no such measure.")
        code = DONE
        for held, measures in wanted:
            for pattern, told in releases.protect(held, kept, options.release, measures) if measures else ():
                print("\n".join(text(told)) if options.report else summary(told))
                if told.passed:
                    print(f"  kept as {kept.keep(pattern)}, {pattern.name}")
                else:
                    print("  not kept: see NOT PROTECTED above." if options.report else "  not kept: see --report.")
                    code = NO
        if options.report:
            # Linux counts kilobytes.
            print(f"most memory taken: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    except (ConfigError, BadQuestion, DoesNotAddUp, Unfit) as error:
        raise Misused(str(error)) from error
    except SQLAlchemyError as error:
        raise Misused(f"the database cannot be read: {type(error).__name__}.") from error
    return code


def _wanted(options: Namespace, measures: list[str]) -> list[str]:
    """Of a dataset's measures, those that were asked for."""
    return [name for name in measures if options.measure in (None, name)]
