"""lmdt audit expire and forget: what is let go when its time is over, and a person who is forgotten."""

from argparse import Namespace
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from app.commands.configuration import key_of, settings_of
from app.commands.exits import DONE, Misused, Refused

if TYPE_CHECKING:
    from app.settings import Settings
    from trust.database import Engine
    from trust.log.sequencer import Sequencer

# Changes nothing unless it is told to.
YES = "Nothing was changed: add --yes to do it."


def expire(options: Namespace) -> int:
    """Lets go of what is older than so many days, or says what that would be."""
    from trust.audit.expiry import due, let_go

    settings, now = settings_of(), datetime.now(UTC)
    days = settings.kept_days if options.older_than is None else options.older_than
    before = now - timedelta(days=days)
    with _books(settings) as (database, sequencer):
        with database.connect() as connection:
            old = due(connection, before)
        what = ", ".join(f"{count} of {name}" for name, count in old.counts.items())
        print(f"Older than {days} days ({before:%Y-%m-%d %H:%M}Z): {what}.")
        if not (old.entries or old.unlogged):
            return DONE
        if not options.yes:
            print(YES)
            return DONE
        let_go(database, old, now, sequencer.step)
    print("They are let go. Hashes, checkpoints and proofs stay; what was done with agreements stays.")
    return DONE


def forget(options: Namespace) -> int:
    """Forgets a person, or says what that would change."""
    from app.gateway import PEOPLE_KEY
    from app.signing import people_key
    from trust.adoption import OtherPeople, check_key
    from trust.audit import forgetting
    from trust.people import People

    settings = settings_of()
    file = settings.data / PEOPLE_KEY
    if not file.exists():
        raise Misused(f"{file} is not there: nobody can be found without it.")
    people = People(people_key(file))
    person = people.named(options.issuer, options.subject)
    with _books(settings) as (database, sequencer):
        with database.connect() as connection:
            try:
                check_key(connection, people)
            except OtherPeople as error:
                raise Misused(f"{error}.") from error
            known = forgetting.known_of(connection, person)
        if known.nothing:
            raise Refused("nothing in the books leads to them. Write issuer and subject as their tokens do.")
        if options.yes:
            known = forgetting.forget(database, person, datetime.now(UTC), sequencer.step)
    key = "entries of the log lead to them" if known.key else "no entry of the log leads to them"
    moves = f"{len(known.events)} moves and {len(known.drafts)} drafts of versions that have ended"
    print(f"{len(known.operations)} operations, {moves}; {key}.")
    for version in known.kept:
        print(f"{version} is in force or on its way: who wrote and signed it stays until it has ended.")
    print("They are forgotten. What they do from now on is told by a new key." if options.yes else YES)
    return DONE


@contextmanager
def _books(settings: "Settings") -> "Generator[tuple[Engine, Sequencer]]":
    """The database, and what gives entries their places where no gateway does. Raises Misused, Refused."""
    from app.gateway import log_name
    from transparency.note import NoteWrong
    from trust.audit.turns import TooBusy
    from trust.database import DatabaseUnusable, open_database
    from trust.log.kept import LogBroken
    from trust.log.sequencer import Sequencer

    try:
        database = open_database(settings.database)
    except DatabaseUnusable as error:
        raise Misused(f"{error}.") from error
    try:
        yield database, Sequencer(database, log_name(settings), key_of(settings, "trust"))
    except (LogBroken, NoteWrong) as error:
        raise Refused(f"the log is not what was signed, and nothing more is: {error}.") from error
    except TooBusy as error:
        raise Refused(f"{error}: it was not done to the end, and can be begun again.") from error
    finally:
        database.dispose()
