"""lmdt audit drill: whether the audit sees whatever may be done to the database."""

import random
import sys
import tempfile
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from app.commands.audit.believed import keys_of
from app.commands.audit.verify import rules_of
from app.commands.configuration import key_of, settings_of
from app.commands.exits import DONE, NO, Misused

if TYPE_CHECKING:
    from trust.audit.drill import Tried


def drill(options: Namespace) -> int:
    """Harms a copy of the database in every way there is, and says what saw it."""
    from app.gateway import TRUST_KEY
    from app.signing import signer
    from policies.errors import PolicyError
    from resolvers.source import SourceError
    from transparency.note import NoteWrong
    from trust.audit.drill import Drill, copied
    from trust.database import DatabaseUnusable, open_to_read

    settings = settings_of()
    try:
        keys = keys_of(options, settings)
    except NoteWrong as error:
        raise Misused(f"{error}.") from error
    own = key_of(settings, "trust") if (settings.data / TRUST_KEY).exists() else None
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    with tempfile.TemporaryDirectory(prefix="lmdt-drill-") as name:
        folder = Path(name)
        try:
            with open_to_read(settings.database) as source:
                copy = copied(source, folder)
            made = Drill(copy, rules_of(settings), keys, own, signer(folder / "other-key.pem"), seed)
        except (DatabaseUnusable, PolicyError, SourceError) as error:
            raise Misused(f"{error}.") from error
        try:
            untouched = made.untouched()
            if untouched.wrong:
                print(
                    f"The database is not what was signed before anything was done: {untouched.wrong[0]}.",
                    file=sys.stderr,
                )
                return NO
            if not untouched.log.entries:
                raise Misused("the log is empty: there is nothing to harm.")
            print(f"A copy of {untouched.log.entries} entries is harmed, with seed {seed}.")
            found: list[Tried] = []
            for one in made.tried():
                found.append(one)
                print(_line(one), flush=True)
        finally:
            copy.dispose()
    passed = [one for one in found if one.passed]
    skipped = sum(one.where is None for one in found)
    print(f"{len(found) - skipped - len(passed)} harms seen, {len(passed)} not, {skipped} with nothing to harm.")
    return NO if passed else DONE


def _line(one: "Tried") -> str:
    if one.where is None:
        return f"{one.what:<50} -                     (there is nothing to harm)"
    return f"{one.what:<50} {one.seen_by or 'NOT SEEN':<21} {one.where}: {one.words}"
