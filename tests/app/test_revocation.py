"""Whatever was kept of an agreement, and whichever way it is asked for: what has ended is refused."""

import asyncio
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import OperationalError

from app.operation import Outcome
from tests.conftest import Opener, Trust, without_receipt
from tests.revoking import (
    AGREEMENT,
    ALIASES,
    ANALYST,
    AT_ONCE,
    BACK,
    NESTED,
    OPEN,
    PATHS,
    RESUME,
    ROOT,
    STEWARD,
    SUSPEND,
    TERMINATE,
    Sent,
    by_hash,
    codes,
    has_figures,
)
from trust.tables import agreement_uses, operations

REFUSED, UNCONFIRMED = {"UNAUTHORIZED_FIELD_OR_TYPE"}, {"AGREEMENTS_UNCONFIRMED"}
OWN = """{ area(code: "E12000007") { labourMarket(periods: {last: 1}) { apprenticeshipStarts { value } } } }"""


async def sent(trust: Trust, one: Sent, persona: str = ANALYST) -> bytes:
    method, path, content = one
    headers = {**trust.headers(persona), "Content-Type": "application/json"}
    return without_receipt(await trust.http.request(method, path, content=content, headers=headers))


async def answered(trust: Trust, query: str) -> dict[str, Any]:
    return await trust.ask(query, ANALYST)


async def until(trust: Trust, one: Sent, expected: set[str]) -> float:
    """Seconds until an answer has these errors and no others. Without errors it has figures; with them it has none."""
    began = time.monotonic()
    while codes(answer := await sent(trust, one)) != expected:
        assert time.monotonic() - began < 5, answer[:500]
        await asyncio.sleep(0.01)
    assert has_figures(orjson.loads(answer)) is not bool(expected)
    return time.monotonic() - began


def _in_force_without_agreements(outcome: Outcome) -> bool:
    return outcome.relied is None


@pytest.mark.parametrize("kept", ["true", "false"])
async def test_what_is_suspended_elsewhere_is_refused_at_once_on_every_path(open_trust: Opener, kept: str) -> None:
    async with open_trust(KEPT_ANSWERS=kept) as trust, open_trust() as other:
        await sent(trust, by_hash(ROOT, whole=True))
        for one in PATHS.values():
            # Asked again and again, so that plan, departments' answers and finished answer are kept.
            for _ in range(3):
                assert codes(answer := await sent(trust, one)) == set()
                assert has_figures(orjson.loads(answer))
        await other.data(SUSPEND, STEWARD)
        began = time.monotonic()
        for name, one in PATHS.items():
            await until(trust, one, REFUSED)
            assert time.monotonic() - began < AT_ONCE, name
        await other.data(RESUME, STEWARD)
        began = time.monotonic()
        for name, one in PATHS.items():
            await until(trust, one, set())
            assert time.monotonic() - began < AT_ONCE, name


async def test_what_is_terminated_here_is_refused_by_the_next_question(trust: Trust) -> None:
    assert "errors" not in await answered(trust, NESTED)
    await trust.data(TERMINATE, STEWARD)
    assert codes(await sent(trust, PATHS["a field of a place"])) == REFUSED


async def test_a_query_in_flight_at_a_department_is_decided_again(open_trust: Opener) -> None:
    async with open_trust() as trust, open_trust() as other:
        trust.departments.inject("hmrc", "slow", seconds=1.5)
        asking = asyncio.ensure_future(answered(trust, ALIASES))
        await asyncio.sleep(0.5)
        await other.data(SUSPEND, STEWARD)
        answer = await asking
        assert codes(orjson.dumps(answer)) == REFUSED
        assert not has_figures(answer)
        assert uses(trust) == 0
        assert [row.outcome for row in trust.recorded() if row.organisation == "DfE"] == ["answered"]


async def test_an_answer_is_refused_that_was_decided_before_the_worker_knew(
    open_trust: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_trust() as trust, open_trust() as other:
        assert "errors" not in await answered(trust, NESTED)
        watch, before = trust.app.state.gateway.engine.acting.watch, uses(trust)
        old = watch.book()
        await other.data(SUSPEND, STEWARD)
        learnt = watch.learn

        def late() -> None:
            learnt()
            monkeypatch.undo()

        # This worker has not heard of it yet; the record has.
        monkeypatch.setattr(watch, "book", lambda: old)
        monkeypatch.setattr(watch, "learn", late)
        monkeypatch.setattr(trust.app.state.gateway.engine, "book", lambda: watch.book())
        answer = await answered(trust, NESTED)
        assert codes(orjson.dumps(answer)) == REFUSED
        assert uses(trust) == before


async def test_an_answer_whose_terms_end_while_it_is_recorded_is_withheld(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = trust.app.state.gateway.engine
    monkeypatch.setattr(engine, "in_force", _in_force_without_agreements)
    body = {"query": NESTED}
    reply = await trust.http.post("/graphql", json=body, headers=trust.headers(ANALYST))
    assert reply.status_code == 503
    (error,) = reply.json()["errors"]
    assert (error["extensions"]["code"], error["extensions"]["retryable"]) == ("AGREEMENTS_UNCONFIRMED", True)
    assert [row.outcome for row in trust.recorded()] == ["withheld"]
    assert uses(trust) == 0


async def test_what_ends_is_refused_at_the_moment_it_ends(open_trust: Opener, tmp_path: Path) -> None:
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=7)
    policies = tmp_path / "policies"
    shutil.copytree("policies", policies, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    file = policies / "agreements" / f"{AGREEMENT}.toml"
    file.write_text(
        file.read_text().replace("not_after = 2028-04-01", f"not_after = {ends.isoformat()}").replace(
            "review_by = 2027-04-01", f"review_by = {ends:%Y-%m-%d}"
        )
    )  # fmt: skip
    async with open_trust(POLICIES=str(policies)) as trust:
        asked = 0
        while (began := datetime.now(UTC)) < ends + timedelta(seconds=0.5):
            problems = codes(await sent(trust, PATHS["a field of a place"]))
            over = datetime.now(UTC)
            if over < ends:
                assert problems == set()
                asked += 1
            elif began >= ends:
                assert problems == REFUSED
            await asyncio.sleep(0.01)
        assert asked > 3
        engine = create_engine(trust.app.state.gateway.settings.database)
        with engine.connect() as connection:
            last = connection.execute(
                select(operations.c.at).join(agreement_uses, agreement_uses.c.operation_id == operations.c.id)
            ).scalars().all()  # fmt: skip
            moves = connection.execute(text("SELECT move FROM agreement_events WHERE id = 'DSA-001' ORDER BY seq"))
            assert max(last) < ends
            assert list(moves.scalars()) == ["import", "expire"]
        engine.dispose()


async def test_where_nobody_can_say_what_is_in_force_what_needs_an_agreement_is_refused(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert codes(await sent(trust, PATHS["a field of a place"])) == set()
    watch = trust.app.state.gateway.engine.acting.watch

    def gone(_: object = None) -> None:
        raise OperationalError("", {}, Exception("the database is away"))

    monkeypatch.setattr(watch, "_learn", gone)
    for name, one in PATHS.items():
        if name != "a persisted query":
            assert await until(trust, one, UNCONFIRMED) < AT_ONCE
    (error,) = (await answered(trust, NESTED))["errors"]
    assert error["extensions"]["retryable"] is True
    for query in (OPEN, OWN):
        answer = await answered(trust, query)
        assert "errors" not in answer
        assert has_figures(answer)
    monkeypatch.undo()
    assert await until(trust, PATHS["a field of a place"], set()) < BACK


async def test_a_version_that_comes_and_goes_between_two_looks_locks_nobody_out(
    open_trust: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_trust() as trust:
        engine = create_engine(trust.app.state.gateway.settings.database)
        with engine.begin() as connection:
            # As after an activation and its withdrawal: the epoch of the consumer is new, and its part is as it was.
            connection.execute(
                text(
                    "INSERT INTO agreement_events (id, version, move, after, at, party, comment, content_hash) "
                    "SELECT id, 9, 'cancel', 'CANCELLED', at, party, '', content_hash FROM agreement_events "
                    "WHERE id = 'DSA-001' LIMIT 1"
                )
            )
            connection.execute(text("UPDATE agreement_epochs SET epoch = (SELECT max(seq) FROM agreement_events)"))
        engine.dispose()
        assert await until(trust, PATHS["a field of a place"], set()) < AT_ONCE


async def test_a_database_that_was_put_back_from_an_older_copy_is_believed(open_trust: Opener, tmp_path: Path) -> None:
    async with open_trust() as trust:
        file, copy = tmp_path / "trust.sqlite", tmp_path / "copy.sqlite"
        engine = create_engine(trust.app.state.gateway.settings.database)
        with engine.connect() as connection:
            connection.exec_driver_sql(f"VACUUM INTO '{copy}'")
        engine.dispose()
        await trust.data(SUSPEND, STEWARD)
        assert codes(await sent(trust, PATHS["a field of a place"])) == REFUSED
        copy.rename(file)
        for beside in ("-wal", "-shm"):
            file.with_name(file.name + beside).unlink(missing_ok=True)
        assert await until(trust, PATHS["a field of a place"], set()) < BACK


async def test_a_database_file_that_is_away_for_a_while_is_found_again(open_trust: Opener, tmp_path: Path) -> None:
    async with open_trust() as trust:
        assert codes(await sent(trust, PATHS["a field of a place"])) == set()
        file = tmp_path / "trust.sqlite"
        file.rename(away := tmp_path / "away.sqlite")
        assert codes(await sent(trust, PATHS["a field of a place"])) == {"RECORD_FAILED"}
        await asyncio.sleep(1)
        assert not trust.app.state.gateway.engine.book().confirmed
        assert not file.exists(), "an empty one was made in its place"
        away.rename(file)
        assert await until(trust, PATHS["a field of a place"], set()) < BACK


def uses(trust: Trust) -> int:
    """How many uses of agreements are recorded."""
    engine = create_engine(trust.app.state.gateway.settings.database)
    with engine.connect() as connection:
        count = len(connection.execute(select(agreement_uses)).all())
    engine.dispose()
    return count


async def test_what_cannot_come_into_force_holds_up_nothing_else_that_is_due(trust: Trust) -> None:
    engine = create_engine(trust.app.state.gateway.settings.database)
    with engine.begin() as connection:
        for change in (
            "UPDATE agreement_versions SET state = 'SCHEDULED', content_hash = '0' WHERE id = 'DSA-001'",
            "UPDATE agreement_versions SET review_end = '2023-01-01 00:00:00.000000' WHERE id = 'DSA-002'",
            "INSERT INTO agreement_events (id, version, move, after, at, party, comment, content_hash) "
            "SELECT id, 1, 'schedule', 'SCHEDULED', at, party, '', '0' FROM agreement_events "
            "WHERE id = 'DSA-001' LIMIT 1",
        ):
            connection.execute(text(change))

    def states() -> list[str]:
        wanted = text("SELECT state FROM agreement_versions WHERE id IN ('DSA-001', 'DSA-002') ORDER BY id")
        with engine.connect() as connection:
            return list(connection.execute(wanted).scalars())

    began = time.monotonic()
    while states() != ["SCHEDULED", "SUSPENDED"]:
        assert time.monotonic() - began < BACK
        await asyncio.sleep(0.05)
    engine.dispose()
