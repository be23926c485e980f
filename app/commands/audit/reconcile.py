"""lmdt audit reconcile: whether a department's own log of what its node answered, and the Trust's log, agree."""

import sys
from argparse import Namespace
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from app.commands.asking import read as read_path
from app.commands.audit.believed import held_text, keys_of
from app.commands.caller import address_of, headers_of
from app.commands.configuration import settings_of
from app.commands.exits import DONE, NO, Misused
from app.tabular.printable import printable
from departments.share.answered_lines import LinesBroken, OwnLog, read
from departments.share.entries import EntryWrong
from departments.share.reconcile import Compared, Difference, Trusts, compare

# So many differences are told, and how many more there are.
MOST = 1000
SIDES = {"trust": "lacking in the Trust's log", "node": "lacking in the node's log", "": "not the same"}


def reconcile(options: Namespace) -> int:
    """Says what one of the two logs has and the other lacks."""
    from transparency.note import NoteWrong
    from trust.database import DatabaseUnusable
    from trust.log.kept import LogBroken
    from trust.log.published import LogUnreadable

    try:
        departments = _departments(options)
        waiting, trust = _trusts(options, departments)
        # Read anew after the Trust's log: what that has, this has by now.
        logs = _logs(options)
    except LinesBroken as error:
        print(f"The node's log is not as it was written: {error}.", file=sys.stderr)
        return NO
    except (LogBroken, LogUnreadable, EntryWrong) as error:
        print(f"The Trust's log is not what was signed: {error}.", file=sys.stderr)
        return NO
    except (NoteWrong, DatabaseUnusable) as error:
        raise Misused(f"{error}.") from error
    found = compare(logs, trust, waiting, datetime.now(UTC), timedelta(seconds=options.settled))
    _tell(found, logs)
    return NO if found.differences else DONE


def _logs(options: Namespace) -> Sequence[OwnLog]:
    """The logs of the department's nodes. Raises LinesBroken, Misused."""
    try:
        logs = [read(path) for path in options.node_log]
    except OSError as error:
        raise Misused(f"--node-log {error.filename}: it cannot be read.") from error
    if empty := [path for path, one in zip(options.node_log, logs, strict=True) if not one.lines]:
        raise Misused(f"--node-log {empty[0]}: there is no line of a node's log.")
    return logs


def _departments(options: Namespace) -> set[str]:
    """Whose nodes these are, as the Trust calls it. Raises LinesBroken, Misused."""
    told = {options.department} if options.department else set[str]()
    told = told or {line.department for one in _logs(options) for line in one.lines}
    if "" in told:
        raise Misused("the node's log does not say whose it is: name the department by --department.")
    return told


def _trusts(options: Namespace, departments: set[str]) -> tuple[frozenset[str], Trusts]:
    """What waits for its place in the Trust's log, and what that says of departments: as a gateway serves it, or as it
    is in the database of one. Raises LogBroken, LogUnreadable, EntryWrong, NoteWrong, DatabaseUnusable."""
    from app.commands.audit.served import served
    from departments.share import entries
    from trust.database import open_database
    from trust.log.held import HeldEntries

    settings = settings_of()
    keys, held = keys_of(options, settings), [held_text(path) for path in options.checkpoint]
    if options.url:
        address, headers = address_of(options), headers_of(options)
        told = served(partial(read_path, address, headers), keys, held)
        found = (entries.read(one.position, one.text, one.opened, departments) for one in told)
        return frozenset(), Trusts(entry for entry in found if entry)
    database = open_database(settings.database)
    try:
        log = HeldEntries(database, keys, held)
        waiting = log.waiting()
        known = (entries.read(leaf.position, leaf.entry, leaf.opened, departments) for leaf in log.leaves())
        return waiting, Trusts(entry for entry in known if entry)
    finally:
        database.dispose()


def _tell(found: Compared, logs: Sequence[OwnLog]) -> None:
    for one in found.differences[:MOST]:
        print(_line(one, SIDES[one.lacking]))
    if (more := len(found.differences) - MOST) > 0:
        print(f"and {more} more")
    for one in found.unheard[:MOST]:
        print(_line(one, "not a difference"))
    first, last = (f"{one:%Y-%m-%d %H:%M:%S}" for one in (found.first, found.last))
    print(
        f"{found.answers} answers of the node and {found.calls} calls in the Trust's log were compared, "
        f"from {first} to {last} UTC: {_number(len(found.differences))}."
    )
    for what, count in sorted(found.left_out.items()):
        print(f"Not compared: {count} {what}.")
    if not all(one.begins for one in logs):
        print("Not compared: what the node answered before the first line; its log goes on from one that is not here.")


def _number(count: int) -> str:
    return "they agree" if not count else f"{count} {'difference' if count == 1 else 'differences'}"


def _line(one: Difference, side: str) -> str:
    parts = [f"{one.at:%Y-%m-%dT%H:%M:%S.%fZ}", f"operation {one.operation or '-'}", one.dataset]
    return printable("  ".join([*parts, f"assertion {one.jti or '-'}", f"{side}: {one.text}"]))
