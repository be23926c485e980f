"""Entries of the log are sealed when they are written, and not when they have their places. What waits is sealed here,
as it would have been: so what follows is as it was then, whatever becomes of the code."""

import hashlib
import hmac
import os
from typing import Any

import orjson
from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, String, Table, insert, select

revision = "0008"
down_revision = "0007"

_NUMBER = BigInteger().with_variant(Integer, "sqlite")
_KEYS = Table("person_keys", MetaData(), Column("person", String(64)), Column("key", LargeBinary))


def upgrade() -> None:
    connection = op.get_bind()
    before = Table("log_pending", MetaData(), autoload_with=connection)
    waiting = connection.execute(select(before).order_by(before.c.seq)).all()
    keys = {row.person: bytes(row.key) for row in connection.execute(select(_KEYS))}
    for person in {row.person for row in waiting if row.person} - keys.keys():
        keys[person] = os.urandom(32)
        connection.execute(insert(_KEYS).values(person=person, key=keys[person]))
    rows = [{"operation_id": row.operation_id, **_sealed(row, keys)} for row in waiting]
    op.drop_table("log_pending")
    after = op.create_table(
        "log_pending",
        Column("seq", _NUMBER, primary_key=True, autoincrement=True),
        Column("operation_id", String(32)),
        Column("entry", LargeBinary, nullable=False),
        Column("hash", LargeBinary, nullable=False),
        Column("parts", LargeBinary),
        sqlite_autoincrement=True,
    )
    if rows:
        connection.execute(insert(after), rows)


def _sealed(row: Any, keys: dict[str, bytes]) -> dict[str, bytes]:
    body = orjson.loads(bytes(row.text))
    entry, parts = body["entry"], list[bytes]()

    def commit(said: dict[str, Any]) -> str:
        parts.append(_canonical({**said, "salt": os.urandom(16).hex()}))
        return hashlib.sha256(parts[-1]).hexdigest()

    if "caller" in body:
        who = hmac.digest(keys[row.person], row.person.encode(), "sha256").hex() if row.person else None
        entry["caller"] = commit({**body["caller"], "part": "caller", "who": who})
    if "answer" in body:
        entry["answer"] = body["answer"] and commit({**body["answer"], "part": "answer"})
    if "parts" in body:
        entry["parts"] = sorted([commit(part) for some in body["parts"] for part in some])
    text = _canonical(entry)
    return {"entry": text, "hash": hashlib.sha256(b"\x00" + text).digest(), "parts": b"\n".join(parts)}


def _canonical(body: object) -> bytes:
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)


def downgrade() -> None:
    connection = op.get_bind()
    if connection.exec_driver_sql("SELECT count(*) FROM log_pending").scalar():
        raise RuntimeError("entries of the log wait for their places: start the gateway and stop it, and try again")
    op.drop_table("log_pending")
    op.create_table(
        "log_pending",
        Column("seq", _NUMBER, primary_key=True, autoincrement=True),
        Column("person", String(64)),
        Column("operation_id", String(32)),
        Column("text", LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
