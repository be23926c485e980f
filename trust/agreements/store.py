"""Versions and events in the database, and nothing of the rules about them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, exists, func, insert, or_, select, update

from policies.agreement_content import content_hash
from policies.agreement_file import AgreementStatus as S
from trust.agreements.version import Event, Version, dates_of, fields_of
from trust.log.entry import act
from trust.log.pending import pending
from trust.tables import agreement_epochs, agreement_events, agreement_versions, signing_keys

Content = Mapping[str, Any]
_EPOCHS = select(agreement_epochs.c.consumer, agreement_epochs.c.epoch)
_VERSION = [agreement_versions.c[name] for name in Version.__dataclass_fields__]
_EVENT = [agreement_events.c[name] for name in Event.__dataclass_fields__]


def _version(row: Row[Any]) -> Version:
    values: dict[str, Any] = dict(zip(Version.__dataclass_fields__, row, strict=True))
    values["state"] = S(values["state"])
    return Version(**values)


def _event(row: Row[Any]) -> Event:
    values: dict[str, Any] = dict(zip(Event.__dataclass_fields__, row, strict=True))
    values["before"], values["after"] = values["before"] and S(values["before"]), S(values["after"])
    return Event(**values)


def version(connection: Connection, id: str, number: int) -> Version | None:
    """One version."""
    wanted = select(*_VERSION).where(agreement_versions.c.id == id, agreement_versions.c.version == number)
    row = connection.execute(wanted).one_or_none()
    return _version(row) if row else None


def versions(connection: Connection, id: str) -> list[Version]:
    """All versions of an agreement, the first first."""
    wanted = select(*_VERSION).where(agreement_versions.c.id == id).order_by(agreement_versions.c.version)
    return [_version(row) for row in connection.execute(wanted)]


def of_parties(
    connection: Connection,
    organisation: str | None,
    *,
    states: Collection[S] | None = None,
    owner: str | None = None,
    consumer: str | None = None,
) -> list[Version]:
    """Versions between whom an organisation is a party (None: of any), by id and number."""
    table = agreement_versions.c
    wanted = select(*_VERSION).order_by(table.id, table.version)
    if organisation is not None:
        wanted = wanted.where(or_(table.owner == organisation, table.consumer == organisation))
    if states is not None:
        wanted = wanted.where(table.state.in_([state.value for state in states]))
    if owner is not None:
        wanted = wanted.where(table.owner == owner)
    if consumer is not None:
        wanted = wanted.where(table.consumer == consumer)
    return [_version(row) for row in connection.execute(wanted)]


def that_counted(connection: Connection, owner: str) -> list[Version]:
    """An owner's versions under which figures have been read, or will be."""
    table, moved = agreement_versions.c, agreement_events.c
    counted = exists().where(moved.id == table.id, moved.version == table.version, moved.after == S.ACTIVE.value)
    coming = table.state.in_([S.APPROVED.value, S.SCHEDULED.value])
    wanted = select(*_VERSION).where(table.owner == owner, or_(coming, counted)).order_by(table.id, table.version)
    return [_version(row) for row in connection.execute(wanted)]


def requested(connection: Connection, proposer: str, request_id: str) -> Version | None:
    """The version that somebody wrote by a request of theirs."""
    table = agreement_versions.c
    wanted = select(*_VERSION).where(table.proposer == proposer, table.request_id == request_id)
    row = connection.execute(wanted).one_or_none()
    return _version(row) if row else None


def add_version(
    connection: Connection, content: dict[str, Any], state: S, proposer: str, request_id: str | None
) -> Version:
    """A new version, with its content as it will stay."""
    one = version_of(content, state, proposer, content_hash(content))
    connection.execute(insert(agreement_versions), [{**_row(one), "request_id": request_id}])
    return one


def version_of(content: dict[str, Any], state: S, proposer: str, hashed: str) -> Version:
    """A version that is not yet kept. `hashed`: the hash of its content."""
    between = content["parties"]
    return Version(
        content["id"], content["version"], state, between["owner"], between["consumer"], content, hashed, proposer
    )


def _row(one: Version) -> dict[str, Any]:
    return {**fields_of(one), "state": one.state.value, **dates_of(one.content)._asdict()}


def add_all(
    connection: Connection, versions: Sequence[Version], events: Sequence[Mapping[str, Any]], consumers: Iterable[str]
) -> None:
    """New versions, and what happened to them, with few statements. `consumers`: whose parts of the book have them."""
    if not versions:
        return
    connection.execute(insert(agreement_versions), [_row(one) for one in versions])
    connection.execute(insert(agreement_events), events)
    changed, latest = sorted(consumers), epoch(connection)
    # Whoever moves agreements is alone: these events have the last numbers, one after the other.
    pending(connection, (act(event, number) for number, event in enumerate(events, latest - len(events) + 1)))
    if changed:
        connection.execute(delete(agreement_epochs).where(agreement_epochs.c.consumer.in_(changed)))
        connection.execute(insert(agreement_epochs), [{"consumer": name, "epoch": latest} for name in changed])


def set_state(connection: Connection, one: Version, state: S) -> None:
    """The state of a version."""
    table = agreement_versions
    which = and_(table.c.id == one.id, table.c.version == one.version)
    connection.execute(update(table).where(which).values(state=state.value))


def add_event(connection: Connection, event: Mapping[str, Any], consumer: str | None) -> None:
    """Writes an event down. `consumer`: whose part of the book it changes, and makes of its epoch; None where it
    changes none."""
    added: Any = connection.execute(insert(agreement_events).values(**event)).inserted_primary_key
    seq: int = added[0]
    pending(connection, [act(event, seq)])
    table = agreement_epochs
    if consumer is None:
        return
    if not connection.execute(update(table).where(table.c.consumer == consumer).values(epoch=seq)).rowcount:
        connection.execute(insert(table).values(consumer=consumer, epoch=seq))


def epochs(connection: Connection) -> Mapping[str, int]:
    """The epoch of each consumer's part of the book."""
    return {row.consumer: row.epoch for row in connection.execute(_EPOCHS)}


def events(connection: Connection, id: str, number: int | None = None) -> list[Event]:
    """What happened to an agreement, or to one version of it, in order."""
    wanted = select(*_EVENT).where(agreement_events.c.id == id).order_by(agreement_events.c.seq)
    if number is not None:
        wanted = wanted.where(agreement_events.c.version == number)
    return [_event(row) for row in connection.execute(wanted)]


def all_events(connection: Connection) -> list[Event]:
    """What happened to all agreements, in order."""
    return [_event(row) for row in connection.execute(select(*_EVENT).order_by(agreement_events.c.seq))]


def last_event(connection: Connection, id: str) -> Event:
    """The last thing that happened to an agreement."""
    wanted = select(*_EVENT).where(agreement_events.c.id == id).order_by(agreement_events.c.seq.desc()).limit(1)
    return _event(connection.execute(wanted).one())


def of_operation(connection: Connection, operation_id: str) -> bool:
    """Whether an operation has moved anything."""
    wanted = select(agreement_events.c.seq).where(agreement_events.c.operation_id == operation_id).limit(1)
    return connection.execute(wanted).first() is not None


def epoch(connection: Connection) -> int:
    """The number of the last event; 0 before the first."""
    return connection.execute(select(func.max(agreement_events.c.seq))).scalar() or 0


def moved_since(connection: Connection, seq: int) -> list[Version]:
    """The versions that were moved after the event with this number, as they are now."""
    table, moved = agreement_versions.c, agreement_events.c
    since = select(moved.id, moved.version).where(moved.seq > seq).distinct().subquery()
    wanted = select(*_VERSION).join(since, and_(table.id == since.c.id, table.version == since.c.version))
    return [_version(row) for row in connection.execute(wanted.order_by(table.id, table.version))]


def due(connection: Connection, now: datetime) -> list[Version]:
    """Versions whose day has come: to begin, to end, or to be reviewed."""
    wanted = select(*_VERSION).where(or_(*_due(now))).order_by(agreement_versions.c.id, agreement_versions.c.version)
    return [_version(row) for row in connection.execute(wanted)]


_BEGINNING, _REVIEWED = [S.SCHEDULED.value], [S.ACTIVE.value]
_ENDING = [state.value for state in (S.SCHEDULED, S.ACTIVE, S.SUSPENDED)]


def _due(now: datetime) -> Iterable[Any]:
    table = agreement_versions.c
    yield and_(table.state.in_(_BEGINNING), table.not_before <= now)
    yield and_(table.state.in_(_ENDING), table.not_after <= now)
    yield and_(table.state.in_(_REVIEWED), table.review_end <= now)


def keep_key(connection: Connection, kid: str, public: bytes) -> None:
    """The public half of a key, kept with those of the Trust's other gateways."""
    if not connection.execute(select(signing_keys.c.kid).where(signing_keys.c.kid == kid)).first():
        connection.execute(insert(signing_keys).values(kid=kid, key=public.hex()))


def keys(connection: Connection) -> Mapping[str, bytes]:
    """The public halves of the keys of the Trust's gateways."""
    return {row.kid: bytes.fromhex(row.key) for row in connection.execute(select(signing_keys))}


def numbered(connection: Connection) -> Sequence[str]:
    """The ids there are."""
    return list(connection.execute(select(agreement_versions.c.id).distinct()).scalars())
