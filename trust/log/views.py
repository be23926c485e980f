"""Who may read which part of an entry. Reading the log is no way round what may be asked:

| reader | operations | moves of agreements |
|---|---|---|
| the person it is about | all but how departments were asked | all |
| who looks after a department's data | decisions about it, and how it was asked | of its agreements, but who |
| trustees, auditors | all but the hash of the answer's data, which figures could be guessed by | all |
| whoever knows the id of an operation of the public | as the person | none |

How a department was asked has the sizes of its answers, from before figures were suppressed: so it is not for those who
ask. What was withheld or released is read by the readers of the operation.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, or_, select

from policies.caller import Caller
from trust.log.people import key_of, who
from trust.log.sealed import opened
from trust.tables import agreement_versions


class Reader(NamedTuple):
    """Who reads. `who`: as entries say it, by this `key`; `department`: whose part it may see; `oversees`: the Trust;
    `knows`: the id of an operation that was named."""

    who: str | None
    key: bytes
    department: str | None
    oversees: bool
    knows: str | None = None


def reader(connection: Connection, caller: Caller, person: str | None, knows: str | None = None) -> Reader:
    """A caller, for whom `person` stands, as a reader of entries."""
    key = key_of(connection, person)
    return Reader(who(person, key), key, caller.looks_after, caller.oversees, knows)


def seen(entry: Mapping[str, Any], parts: bytes, reader: Reader) -> list[bytes] | None:
    """The parts of an operation's entry that its reader may see. None: it may not see the entry either."""
    mine = _is_mine(entry, parts, reader)
    shown = [text for text, said in opened(parts) if _is_for(reader, said, mine=mine)]
    return shown if shown or mine or reader.oversees else None


def seen_after(operation: Mapping[str, Any], its_parts: bytes, parts: bytes, reader: Reader) -> list[bytes] | None:
    """The same of an entry that tells what became of an operation."""
    if seen(operation, its_parts, reader) is None:
        return None
    mine = _is_mine(operation, its_parts, reader)
    return [text for text, said in opened(parts) if _is_for(reader, said, mine=mine)]


def _is_mine(entry: Mapping[str, Any], parts: bytes, reader: Reader) -> bool:
    about = next((said["who"] for _, said in opened(parts) if said["part"] == "caller"), "")
    return about == reader.who if about else about is None and reader.knows == entry["operation_id"]


def _is_for(reader: Reader, said: Mapping[str, Any], *, mine: bool) -> bool:
    match said["part"]:
        case "answer":
            return mine
        case "caller":
            return mine or reader.oversees
        case "decisions" | "uses":
            return mine or reader.oversees or _is_owner(reader, said)
        case _:
            return reader.oversees or _is_owner(reader, said)


def _is_owner(reader: Reader, said: Mapping[str, Any]) -> bool:
    return reader.department is not None and said["owner"] == reader.department


def seen_act(connection: Connection, entry: Mapping[str, Any], parts: bytes, reader: Reader) -> list[bytes] | None:
    """The same of a move of an agreement."""
    known = list(opened(parts))
    mine = reader.who is not None and any(said.get("who") == reader.who for _, said in known)
    if mine or reader.oversees:
        return [text for text, _ in known]
    if reader.department is None:
        return None
    table = agreement_versions.c
    wanted = select(table.id).where(table.id == entry["id"], table.version == entry["version"])
    party = or_(table.owner == reader.department, table.consumer == reader.department)
    return [] if connection.execute(wanted.where(party)).first() else None
