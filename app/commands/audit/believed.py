"""Whose checkpoints an audit believes, and those that somebody kept."""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from app.commands.configuration import key_of
from app.commands.exits import Misused
from app.settings import Settings

if TYPE_CHECKING:
    from transparency.note import Key


def keys_of(options: Namespace, settings: Settings) -> "list[Key]":
    """The keys of the log that --key names; without it, this gateway's own. Raises Misused, NoteWrong."""
    from app.gateway import TRUST_KEY, log_name
    from transparency import note
    from transparency.note import Key

    own = settings.data / TRUST_KEY
    if not options.key and not own.exists():
        raise Misused(f"{own} is not there: name the key of the log by --key.")
    named = [Key.read(text) for text in options.key or ()]
    return named or [note.key_of(log_name(settings), key_of(settings, "trust"))]


def held_text(path: Path) -> str:
    """A checkpoint that was kept in a file. Raises Misused."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Misused(f"--checkpoint {path}: it cannot be read.") from error
