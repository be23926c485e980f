"""The tables of the Trust's database, from revision to revision, by Alembic. `versions/` holds a file for each.

A revision is never changed once it has been released; a change to the tables is a new one. So a revision says itself
what it makes, and does not take it from the tables as they are now; and it says how to go back.
"""

from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from reference.errors import TrustError

LOCATION = "trust:migrations"
# Alembic's `op` and `context` are the whole process's: it works on one connection at a time.
ONE = Lock()


class RevisionUnknown(TrustError):
    """The database is of no revision that can be brought up to date: says what it is."""


def settings(connection: Connection) -> Config:
    """What a command of Alembic is given so that it works on this connection, in its transaction."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", LOCATION)
    return config


def bring_up_to_date(connection: Connection) -> None:
    """Every missing revision, in the connection's transaction. Raises RevisionUnknown and what the database raises."""
    config = settings(connection)
    scripts = ScriptDirectory.from_config(config)
    found = MigrationContext.configure(connection).get_current_heads()
    unknown = set(found) - {script.revision for script in scripts.walk_revisions()}
    if unknown:
        raise RevisionUnknown(
            f"the database is of version {', '.join(sorted(unknown))} and this gateway knows versions up to "
            f"{scripts.get_current_head()}: it has been used by a newer one"
        )
    try:
        with ONE:
            command.upgrade(config, "head")
    except CommandError as error:
        raise RevisionUnknown(f"the database cannot be brought up to date: {error}") from error
