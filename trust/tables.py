"""The tables of the Trust's own database. No foreign keys: the record never depends on live data."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    column,
    table,
)

metadata = MetaData()


class Instant(TypeDecorator[datetime]):
    """A moment in UTC, on engines that keep time zones and on those that do not."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        assert value is None or value.tzinfo is not None, "a moment has a time zone"
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


operations = Table(
    "operations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("subject", String(64), nullable=False),
    Column("organisation", String(64)),
    Column("issuer", String(256)),
    Column("purpose", String(64)),
    Column("operation", String(64), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("outcome", String(32), nullable=False),
    Column("granted", JSON, nullable=False),
    Column("refused", JSON, nullable=False),
    Column("calls", JSON, nullable=False),
    Column("milliseconds", Float, nullable=False),
    Column("roles", JSON, nullable=False, server_default="[]"),
)
Index("operations_by_organisation", operations.c.organisation, operations.c.at)

# What was refused, once more as rows: demand that no agreement meets is counted without reading every record.
refusals = Table(
    "refusals",
    metadata,
    Column("operation_id", String(32), primary_key=True),
    Column("coordinate", String(128), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("organisation", String(64)),
    Column("purpose", String(64)),
)
Index("refusals_by_time", refusals.c.at)

# Documents of the public that were rejected: nothing was asked or shown for them, and anyone can send any number.
rejections = Table(
    "rejections",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("code", String(64), primary_key=True),
    Column("count", Integer, nullable=False),
)

# What was wanted and is not there, without who wanted it but their organisation. Every word is the Trust's own; an
# empty one, and the year 0, stand for none.
demand_misses = Table(
    "demand_misses",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("measure", String(64), primary_key=True),
    Column("organisation", String(64), primary_key=True),
    Column("purpose", String(64), primary_key=True),
    Column("level", String(32), primary_key=True),
    Column("breakdown", String(128), primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
)

# Every version of every agreement. Its content never changes; only the state does, by the events below. The dates are
# those of the content, where it has them, for the clock to look for.
agreement_versions = Table(
    "agreement_versions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("consumer", String(64), nullable=False),
    Column("content", JSON, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("proposer", String(64), nullable=False),
    Column("request_id", String(128)),
    Column("not_before", Instant),
    Column("not_after", Instant),
    Column("review_end", Instant),
)
Index("agreement_versions_by_state", agreement_versions.c.state)
Index("agreement_versions_by_request", agreement_versions.c.proposer, agreement_versions.c.request_id, unique=True)

# What happened to each, in order. `seq` is the epoch of the book that it makes. `person` stands for who did it.
agreement_events = Table(
    "agreement_events",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("move", String(16), nullable=False),
    Column("before", String(16)),
    Column("after", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Column("person", String(64)),
    Column("subject", String(256)),
    Column("organisation", String(64)),
    Column("party", String(64), nullable=False),
    Column("comment", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("simulation_hash", String(64)),
    Column("signature", Text),
    Column("operation_id", String(32)),
    sqlite_autoincrement=True,
)
Index("agreement_events_by_agreement", agreement_events.c.id, agreement_events.c.seq)

# The last event that changed what each consumer may read: no use is recorded by an older one.
agreement_epochs = Table(
    "agreement_epochs",
    metadata,
    Column("consumer", String(64), primary_key=True),
    Column("epoch", BigInteger, nullable=False),
)

# What was read under each agreement, once more as rows: its use is counted without reading every record.
agreement_uses = Table(
    "agreement_uses",
    metadata,
    Column("operation_id", String(32), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("organisation", String(64)),
    Column("purpose", String(64)),
    Column("figures", Integer, nullable=False),
    Column("suppressed", Integer, nullable=False),
)
Index("agreement_uses_by_agreement", agreement_uses.c.id, agreement_uses.c.at)

# Public halves of the keys that the Trust's gateways sign events with.
signing_keys = Table("signing_keys", metadata, Column("kid", String(32), primary_key=True), Column("key", String(64)))

# The transparency log. Entries that wait for their places: sealed, and durable with what they tell, in no order yet.
log_pending = Table(
    "log_pending",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("operation_id", String(32)),
    Column("entry", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("parts", LargeBinary),
    sqlite_autoincrement=True,
)

# Entries in their places, as they stay, and what they commit to, a part a line.
log_leaves = Table(
    "log_leaves",
    metadata,
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("operation_id", String(32)),
    Column("entry", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("parts", LargeBinary),
)
Index("log_leaves_by_operation", log_leaves.c.operation_id)

# Hashes of the tree above its leaves, every eighth level of it: what C2SP's tiles hold.
log_hashes = Table(
    "log_hashes",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
)

# Every checkpoint that was signed, as a note.
log_checkpoints = Table(
    "log_checkpoints",
    metadata,
    Column("size", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("signed", Text, nullable=False),
)

# Checkpoints that witnesses have cosigned, as notes with all their cosignatures. `met`: the quorum, when it was asked.
log_witnessed = Table(
    "log_witnessed",
    metadata,
    Column("size", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("met", Boolean, nullable=False),
    Column("signed", Text, nullable=False),
)
Index("log_witnessed_by_quorum", log_witnessed.c.met, log_witnessed.c.size)

# Which gateway asks the witnesses, and until when nobody else does: one row.
log_asker = Table(
    "log_asker",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("holder", String(32), nullable=False),
    Column("until", Instant, nullable=False),
)

# By which key, kept elsewhere, people are told in all of these tables. Events up to `epoch`, which were signed anew,
# and so many `entries` of the log were there when people were told without it.
people_key = Table(
    "people_key",
    metadata,
    Column("fingerprint", String(64), primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("entries", BigInteger, nullable=False),
)

# By which entries say whom they are about: without a person's key they say it to nobody.
person_keys = Table(
    "person_keys",
    metadata,
    Column("person", String(64), primary_key=True),
    Column("key", LargeBinary, nullable=False),
)

# Which revision these tables are of. It is Alembic's own table, so it is none of those that revisions make.
revision = table("alembic_version", column("version_num"))
