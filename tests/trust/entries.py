"""Entries for the record, and how to read it back."""

import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, Row, select

from trust.entry import Decisions, Entry
from trust.people import People
from trust.tables import operations

# Pseudonyms by a key of the tests.
NAMED = People(bytes(range(32)))
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def entry(**changed: Any) -> Entry:
    fields: dict[str, Any] = {
        "id": uuid.uuid4().hex,
        "at": NOON,
        "person": "5" * 64,
        "organisation": "DfE",
        "issuer": "https://login.example/",
        "purpose": "skills-planning",
        "operation": "0" * 64,
        "epoch": 3,
        "outcome": "answered",
        "granted": [{"coordinate": "LabourMarket.medianMonthlyPay", "basis": "AGREEMENT", "agreements": ["DSA-1 v1"]}],
        "refused": [{"coordinate": "LabourMarket.businesses", "clause": "finer than the agreement"}],
        "calls": [{"department": "HMRC", "dataset": "pay", "method": "POST", "status": 200, "bytes": 900}],
        "milliseconds": 12.5,
        "roles": ["analyst"],
    }  # fmt: skip
    fields |= changed
    decisions = Decisions(fields.pop("granted"), fields.pop("refused"), fields.pop("owners", {}))
    return Entry(**fields, decisions=decisions)


def kept(engine: Engine) -> list[Row[Any]]:
    """Every record, in the order written."""
    with engine.connect() as connection:
        return list(connection.execute(select(operations)).all())


def columns(entry: Entry) -> dict[str, Any]:
    """An entry by the columns it is kept in, without what stands for the person, which is called otherwise there."""
    others = ("person", "decisions", "relied", "uses", "answer", "policy")
    flat = {name: value for name, value in entry._asdict().items() if name not in others}
    return flat | {"granted": entry.decisions.granted, "refused": entry.decisions.refused}
