"""lmdt audit verify: whether the log is what was signed."""

import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from app.commands.audit.believed import held_text, keys_of
from app.commands.audit.progress import Progress
from app.commands.configuration import settings_of
from app.commands.exits import DONE, NO, Misused

if TYPE_CHECKING:
    from app.settings import Settings
    from policies.rules import Rules
    from transparency.note import Key
    from trust.audit.deep import Deep
    from trust.database import Engine
    from trust.log.verify import Audited
    from trust.log.verify import Progress as Progressing


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
            if options.deep:
                code = deeply(database, settings, keys, held, progress.told)
            else:
                code = told(published.verify(keys, held, progress.told))
        return code or witnesses.hold(published, witnessed)
    except LogUnreadable as error:
        raise Misused(f"the log could not be checked: {error}.") from error
    finally:
        database.dispose()


def wrong(words: str, found: "Sequence[str]") -> int:
    """Names the first thing that is wrong, and how many more there are."""
    more = len(found) - 1
    besides = f" And {more} more." if more else ""
    print(f"{words}: {found[0]}.{besides}", file=sys.stderr)
    return NO


def told(found: "Audited") -> int:
    """Says what an audit has found, and how the command ends."""
    if found.wrong:
        return wrong("The log is not what was signed", found.wrong)
    texts = found.entries - found.bare
    print(f"{texts} entries and {found.checkpoints} checkpoints are as they were signed.")
    if found.bare:
        print(f"{found.bare} entries from before {found.before} are kept by their hash alone.")
    return DONE


def deeply(
    database: "Engine", settings: "Settings", keys: "Sequence[Key]", held: "Sequence[str]", progress: "Progressing"
) -> int:
    """Audits everything, and says what was found."""
    from policies.errors import PolicyError
    from resolvers.source import SourceError
    from trust.audit.deep import deep

    try:
        found = deep(database, rules_of(settings), keys, held, progress)
    except (PolicyError, SourceError) as error:
        raise Misused(f"nothing can be decided again: {error}") from error
    if found.log.wrong:
        return wrong("The log is not what was signed", found.wrong)
    if found.wrong:
        return wrong("The record is not what the log says", found.wrong)
    told(found.log)
    for line in besides(found):
        print(line)
    return DONE


def besides(found: "Deep") -> "Iterator[str]":
    """What was held to the log, and what could not be."""
    again = found.decided
    yield f"{found.operations} operations and {found.acts} acts are in the record as they are in the log."
    yield f"{again.fields} fields were decided again, and are as they were decided."
    if again.other_rules:
        others = ", ".join(sorted(policy[:16] for policy in again.policies))
        yield f"{again.other_rules} fields would be decided otherwise: they were by other rules ({others})."
    if again.unconfirmed:
        yield f"{again.unconfirmed} fields were refused while agreements could not be confirmed."
    if again.untold:
        yield f"{again.untold} fields cannot be decided again: their entries do not say enough."
    if found.older:
        yield f"{found.older} operations are older than the log."
    if found.without_text:
        yield f"{found.without_text} operations are there whose entries were let go: lmdt audit expire ends that."


def rules_of(settings: "Settings") -> "Rules":
    """The rules by which this gateway decides. Raises PolicyError, SourceError."""
    from policies.rules import read_rules
    from reference.area import gazetteer
    from resolvers.catalogue import read_folder
    from schema.measures import MEASURES

    catalogue = read_folder(settings.sources, MEASURES)
    return read_rules(settings.policies, MEASURES, gazetteer(), catalogue.own_terms, catalogue.protected)
