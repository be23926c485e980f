"""lmdt audit verify: whether the log is what was signed."""

import sys
from argparse import Namespace

from app.commands.audit.believed import held_text, keys_of
from app.commands.configuration import settings_of
from app.commands.exits import NO, Misused


def verify(options: Namespace) -> int:
    """Says whether the transparency log is what was signed."""
    from app.commands.audit.witnesses import hold, told
    from transparency.note import NoteWrong
    from trust.database import DatabaseUnusable, open_database
    from trust.log.kept import LogBroken
    from trust.log.published import LogUnreadable, Published

    settings = settings_of()
    try:
        keys = keys_of(options, settings)
        held = [held_text(path) for path in options.checkpoint]
        # Asked first: what they have seen, the log has, whatever comes meanwhile.
        witnessed = told(options.witnesses, keys)
        database = open_database(settings.database)
    except (NoteWrong, DatabaseUnusable) as error:
        raise Misused(f"{error}.") from error
    try:
        published = Published(database)
        found = published.verify(keys, held)
        print(f"{found.entries} entries and {found.checkpoints} checkpoints are as they were signed.")
        return hold(published, witnessed)
    except (LogBroken, LogUnreadable) as error:
        print(f"The log is not what was signed: {error}.", file=sys.stderr)
        return NO
    finally:
        database.dispose()
