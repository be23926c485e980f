"""lmdt audit verify: whether the log is what was signed."""

import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from app.commands.audit.believed import held_text, keys_of
from app.commands.audit.progress import Progress
from app.commands.configuration import settings_of
from app.commands.exits import DONE, NO, Misused

if TYPE_CHECKING:
    from trust.log.verify import Audited


def verify(options: Namespace) -> int:
    """Says whether the transparency log is what was signed."""
    from app.commands.audit import witnesses
    from transparency.note import NoteWrong
    from trust.database import DatabaseUnusable, open_database
    from trust.log.published import LogUnreadable, Published

    settings = settings_of()
    try:
        keys = keys_of(options, settings)
        held = [held_text(path) for path in options.checkpoint]
        # Asked first: what they have seen, the log has, whatever comes meanwhile.
        witnessed = witnesses.told(options.witnesses, keys)
        database = open_database(settings.database)
    except (NoteWrong, DatabaseUnusable) as error:
        raise Misused(f"{error}.") from error
    try:
        published = Published(database)
        with Progress(wanted=options.progress) as progress:
            found = published.verify(keys, held, progress.told)
        return told(found) or witnesses.hold(published, witnessed)
    except LogUnreadable as error:
        raise Misused(f"the log could not be checked: {error}.") from error
    finally:
        database.dispose()


def told(found: "Audited") -> int:
    """Says what an audit has found, and how the command ends."""
    if found.wrong:
        more = len(found.wrong) - 1
        besides = f" And {more} more." if more else ""
        print(f"The log is not what was signed: {found.wrong[0]}.{besides}", file=sys.stderr)
        return NO
    texts = found.entries - found.bare
    print(f"{texts} entries and {found.checkpoints} checkpoints are as they were signed.")
    if found.bare:
        print(f"{found.bare} entries from before {found.before} are kept by their hash alone.")
    return DONE
