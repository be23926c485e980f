"""How long an agreement took, and whether it is used: from the first refusal to the first use."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from policies.agreement_file import AgreementStatus as S
from policies.rules import Rules
from trust.agreements.version import Version, dates_of
from trust.tables import agreement_events, agreement_uses, refusals

SIGNED = ("sign", "approve")


class Life(NamedTuple):
    """Moments of an agreement, each None where it has not come or is not known: the first refusal of what it covers to
    its consumer for its purposes, before it was proposed; when its first version was submitted; the last signature of
    the first version that all have signed; and its first use. Then its use in the time that is asked about: operations,
    figures and when last."""

    version: Version
    first_refusal: datetime | None
    proposed: datetime | None
    signed: datetime | None
    first_use: datetime | None
    operations: int
    figures: int
    last_use: datetime | None

    def in_force(self, now: datetime) -> bool:
        """Whether it is in force."""
        ends = dates_of(self.version.content).not_after
        return self.version.state is S.ACTIVE and (ends is None or now < ends)


def lives(
    connection: Connection, rules: Rules, versions: Sequence[Version], since: datetime, until: datetime
) -> list[Life]:
    """The lives of these agreements, each told with its foremost version; the most used first."""
    events = _events(connection, {one.id for one in versions})
    firsts, used = _first_uses(connection), _used(connection, since, until)
    refused = _first_refusals(connection)
    found: list[Life] = []
    for one in versions:
        proposed, signed = _steps(events.get(one.id, ()))
        refusal = min(_of(one, rules, refused), default=None)
        if refusal and proposed and refusal > proposed:
            refusal = None
        operations, figures, last = used.get(one.id, (0, 0, None))
        found.append(Life(one, refusal, proposed, signed, firsts.get(one.id), operations, figures, last))
    return sorted(found, key=lambda life: (-life.operations, life.version.id))


def _events(connection: Connection, ids: set[str]) -> Mapping[str, Sequence[tuple[str, int, str, datetime]]]:
    """Move, version, state and moment of what happened to each, in order."""
    table = agreement_events.c
    wanted = select(table.id, table.move, table.version, table.after, table.at).order_by(table.seq)
    found: dict[str, list[tuple[str, int, str, datetime]]] = {}
    for id, *event in connection.execute(wanted.where(table.move.in_(("submit", *SIGNED)))):
        if id in ids:
            found.setdefault(id, []).append((event[0], event[1], event[2], event[3]))
    return found


def _steps(events: Iterable[tuple[str, int, str, datetime]]) -> tuple[datetime | None, datetime | None]:
    """When it was first submitted, and when the last who must had signed."""
    proposed: datetime | None = None
    for move, _, _, at in events:
        if move == "submit" and proposed is None:
            proposed = at
        if move == "approve":
            return proposed, at
    return proposed, None


def _first_uses(connection: Connection) -> Mapping[str, datetime]:
    table = agreement_uses.c
    return {row[0]: row[1] for row in connection.execute(select(table.id, func.min(table.at)).group_by(table.id))}


def _used(connection: Connection, since: datetime, until: datetime) -> Mapping[str, tuple[int, int, datetime | None]]:
    """Operations, figures and the last moment of each agreement's use, of all its versions together."""
    table = agreement_uses.c
    sums = (func.count(table.operation_id.distinct()), func.sum(table.figures), func.max(table.at))
    wanted = select(table.id, *sums).where(table.at >= since, table.at < until).group_by(table.id)
    return {id: (operations, int(figures), last) for id, operations, figures, last in connection.execute(wanted)}


def _first_refusals(connection: Connection) -> Mapping[tuple[str | None, str | None], Mapping[str, datetime]]:
    """By organisation and purpose, when each field was first refused."""
    table = refusals.c
    by = (table.organisation, table.purpose, table.coordinate)
    found: dict[tuple[str | None, str | None], dict[str, datetime]] = {}
    for organisation, purpose, coordinate, at in connection.execute(select(*by, func.min(table.at)).group_by(*by)):
        found.setdefault((organisation, purpose), {})[coordinate] = at
    return found


def _of(
    one: Version, rules: Rules, refused: Mapping[tuple[str | None, str | None], Mapping[str, datetime]]
) -> Iterable[datetime]:
    """First refusals of the fields that an agreement covers, or that are computed from such."""
    names = set(_words(one, "scope", "measures"))
    fields = {m.coordinate for m in rules.measures.values() if names & {m.name, *m.inputs}}
    for purpose in _words(one, "purpose", "purposes"):
        for coordinate, at in refused.get((one.consumer, purpose), {}).items():
            if coordinate in fields:
                yield at


def _words(one: Version, section: str, key: str) -> Sequence[str]:
    """A list of a content, which may not be there yet."""
    holder: dict[str, Any] = one.content.get(section) or dict[str, Any]()
    return holder.get(key) or ()
