"""lmdt protect: the patterns of a release, made and audited beside the data before anybody is answered."""

import resource
from argparse import Namespace

from app.commands.exits import DONE, NO, Misused


def protect(options: Namespace) -> int:
    """The pattern of each measure; 1 where one could not be shown to protect, and was not kept."""
    from departments.protect.release import CannotProtect, of_node
    from departments.protect.report import summary, text, wrong

    code = DONE
    try:
        for told, path, name in of_node(options.config, options.out, options.release, options.measure):
            print("\n".join(text(told)) if options.report else summary(told))
            if path is None:
                print(*wrong(told), "  not kept", sep="\n", flush=True)
                code = NO
            else:
                print(f"  kept as {path}, {name}", flush=True)
    except CannotProtect as error:
        raise Misused(str(error)) from error
    if options.report:
        # Linux counts kilobytes.
        print(f"most memory taken: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    return code
