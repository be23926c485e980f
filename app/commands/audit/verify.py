"""lmdt audit verify: whether the log is what was signed."""

import sys
from argparse import Namespace
from pathlib import Path

from app.commands.configuration import key_of, settings_of
from app.commands.exits import DONE, NO, Misused


def verify(options: Namespace) -> int:
    """Says whether the transparency log is what was signed."""
    from app.main import log_name
    from transparency import note
    from transparency.note import Key, NoteWrong
    from trust.database import DatabaseUnusable, open_database
    from trust.log.kept import LogBroken
    from trust.log.published import LogUnreadable, Published

    settings = settings_of()
    own = settings.data / "trust-key.pem"
    if not options.key and not own.exists():
        raise Misused(f"{own} is not there: name the key of the log by --key.")
    try:
        named = [Key.read(text) for text in options.key or ()]
        keys = named or [note.key_of(log_name(settings), key_of(settings, "trust"))]
        held = [_text(path) for path in options.checkpoint]
        database = open_database(settings.database)
    except (NoteWrong, DatabaseUnusable) as error:
        raise Misused(f"{error}.") from error
    try:
        found = Published(database).verify(keys, held)
    except (LogBroken, LogUnreadable) as error:
        print(f"The log is not what was signed: {error}.", file=sys.stderr)
        return NO
    finally:
        database.dispose()
    print(f"{found.entries} entries and {found.checkpoints} checkpoints are as they were signed.")
    return DONE


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Misused(f"--checkpoint {path}: it cannot be read.") from error
