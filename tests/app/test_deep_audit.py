"""lmdt audit verify --deep: whatever was changed in the record afterwards is named, and every decision made again."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partialmethod
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete, insert, select, text, update

from app.cli import main
from app.gateway import log_name
from app.plans import decided
from app.settings import Settings
from app.signing import signer
from policies.decision import ALWAYS, Access, AgreementRef, Basis, Grant
from policies.rules import Rules
from reference.area import AreaLevel
from schema.measures import MEASURES
from tests.conftest import TRUST_KEY, Departments, gateway
from tests.moving import PAY, moved, signed, submitted
from tests.trust.entries import entry
from transparency import note
from trust.audit import harms
from trust.audit.deep import Deep, deep
from trust.audit.drill import Drill
from trust.audit.harms import HARMS as HARMED
from trust.audit.harms import Harm
from trust.database import DatabaseUnusable, open_database, open_to_read
from trust.entry import write
from trust.log.sequencer import Sequencer
from trust.tables import agreement_events, agreement_uses, agreement_versions, log_pending, operations, refusals

OPEN = """{ labourMarket(areas: {codes: ["E08000003", "E08000006"]}, periods: {from: "2021-01", to: "2021-03"}) {
  nodes { searchingForWork { value } claimantRate { value } businesses { value } medianMonthlyPay { value } } } }"""
BY_INDUSTRY = """{ labourMarket(areas: {codes: ["E08000003"]}, by: [INDUSTRY], periods: {from: "2021", to: "2021"})
  { nodes { payrolledEmployees { value } furloughedEmployments { value } businesses { value } } } }"""


@dataclass
class Lived:
    """What a gateway left behind: its data folder, settings and rules."""

    folder: Path
    settings: Settings
    rules: Rules
    key: note.Key


@pytest.fixture(scope="module")
async def lived(departments: Departments, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Lived]:
    folder = tmp_path_factory.mktemp("lived")
    shutil.copy(tmp_path_factory.getbasetemp() / TRUST_KEY, folder)
    async with gateway(departments, folder) as trust:
        for persona in ("public", "dfe-analyst", "beis-analyst", "hmrc-analyst", "dwp-analyst", "partner", "trustee"):
            for query in (OPEN, BY_INDUSTRY, PAY, "{ me { subject } }", "{ nothing }"):
                await trust.ask(query, persona)
        one = await submitted(trust)
        await signed(trust, one)
        await trust.ask(PAY, "beis-analyst")
        await moved(trust, "hmrc-steward", "suspend", id=one["id"], reason="We look at it again.")
        await trust.ask(PAY, "beis-analyst")
        await moved(trust, "hmrc-steward", "resume", id=one["id"], reason="It is as it was.")
        await trust.ask(PAY, "beis-analyst")
        await trust.ask(PAY, "beis-analyst")
        (last, *_) = [row.id for row in trust.recorded() if row.organisation == "BEIS" and row.granted][::-1]
        made = trust.app.state.gateway
        await made.recorder.withhold(last)
        for _ in range(3):
            await trust.ask(OPEN, "dfe-analyst")
        settings, rules = made.settings, made.engine.rules
        key = note.key_of(log_name(settings), made.signer)
    yield Lived(folder, settings, rules, key)


@pytest.fixture
def copied(lived: Lived, tmp_path: Path) -> Iterator[Engine]:
    """The database, for a test to harm."""
    with open_database(lived.settings.database).connect() as connection:
        connection.exec_driver_sql(f"VACUUM INTO '{tmp_path}/copy.sqlite'")
    engine = open_database(f"sqlite:///{tmp_path}/copy.sqlite")
    yield engine
    engine.dispose()


def audited(engine: Engine, lived: Lived) -> Deep:
    return deep(engine, lived.rules, [lived.key])


def test_a_record_that_nobody_touched_is_as_it_was_signed_and_decided(copied: Engine, lived: Lived) -> None:
    found = audited(copied, lived)
    assert found.wrong == []
    assert found.operations > 30 and found.acts > 15
    assert found.decided.fields > 40
    assert (found.decided.untold, found.decided.unconfirmed, found.decided.other_rules) == (0, 0, 0)
    assert (found.older, found.without_text) == (0, 0)


def of(table: Any, **values: Any) -> Any:
    return update(table).values(**values)


def granted(connection: Connection) -> str:
    """An operation that read figures under an agreement, and was answered."""
    used = select(agreement_uses.c.operation_id).limit(1)
    return connection.execute(used).scalar_one()


def somebody_else(at: int) -> Callable[[Connection], None]:
    """An operation of one person, said to be another's: of all there are, the public among them."""

    def harm(connection: Connection) -> None:
        id = granted(connection)
        people = set(connection.execute(select(operations.c.subject)).scalars())
        was = connection.execute(select(operations.c.subject).where(operations.c.id == id)).scalar_one()
        others = sorted(people - {was})
        assert len(others) == OTHERS
        connection.execute(of(operations, subject=others[at]).where(operations.c.id == id))

    return harm


def somebodys(connection: Connection) -> None:
    """An operation of the public, said to be somebody's."""
    id = granted(connection)
    was = connection.execute(select(operations.c.subject).where(operations.c.id == id)).scalar_one()
    public = select(operations.c.id).where(operations.c.issuer.is_(None)).limit(1).scalar_subquery()
    connection.execute(of(operations, subject=was).where(operations.c.id == public))


def one_row(table: Any, column: Any, **values: Any) -> Callable[[Connection], None]:
    def harm(connection: Connection) -> None:
        connection.execute(of(table, **values).where(column == granted(connection)))

    return harm


def gone(table: Any, column: Any) -> Callable[[Connection], None]:
    def harm(connection: Connection) -> None:
        connection.execute(delete(table).where(column == granted(connection)))

    return harm


def waiting(connection: Connection) -> None:
    """A record that is in the log's waiting room is not missed in the log."""
    row = connection.execute(select(operations).where(operations.c.id == granted(connection))).one()._asdict()
    connection.execute(insert(operations).values(**{**row, "id": "waiting"}))
    connection.execute(insert(log_pending).values(operation_id="waiting", entry=b"{}", hash=b"-"))


def planted(connection: Connection) -> None:
    row = connection.execute(select(operations).where(operations.c.id == granted(connection))).one()._asdict()
    connection.execute(insert(operations).values(**{**row, "id": "planted"}))


def another_act(**values: Any) -> Callable[[Connection], None]:
    def harm(connection: Connection) -> None:
        connection.execute(of(agreement_events, **values).where(agreement_events.c.seq == 12))

    return harm


def act_gone(connection: Connection) -> None:
    connection.execute(delete(agreement_events).where(agreement_events.c.seq == 12))


def act_planted(connection: Connection) -> None:
    row = connection.execute(select(agreement_events).where(agreement_events.c.seq == 12)).one()._asdict()
    row.pop("seq")
    connection.execute(insert(agreement_events).values(**row))


def other_content(connection: Connection) -> None:
    table = agreement_versions
    one = connection.execute(select(table.c.content).where(table.c.id == "DSA-001")).scalar_one()
    connection.execute(of(table, content={**one, "title": "Another"}).where(table.c.id == "DSA-001"))


def refused_instead(connection: Connection) -> None:
    """A row that says refused where the log says granted."""
    id = granted(connection)
    row = connection.execute(select(operations).where(operations.c.id == id)).one()
    connection.execute(of(operations, granted=[], refused=row.granted).where(operations.c.id == id))


ROW, USES = (operations, operations.c.id), (agreement_uses, agreement_uses.c.operation_id)
DSA_001 = agreement_versions.c.id == "DSA-001"
# People who asked something, besides the one whose operation it is.
OTHERS = 8
HARMS: dict[str, tuple[Callable[[Connection], None], str]] = {
    **{f"who, {at}": (somebody_else(at), "is another in the record: subject") for at in range(OTHERS)},
    "who, nobody": (somebodys, "is another in the record: subject"),
    "purpose": (one_row(*ROW, purpose="economic-recovery"), "is another in the record: purpose"),
    "roles": (one_row(*ROW, roles=["trustee"]), "is another in the record: roles"),
    "organisation": (one_row(*ROW, organisation="BEIS2"), "is another in the record: organisation"),
    "query": (one_row(*ROW, operation="0" * 64), "is another in the record: operation"),
    "epoch": (one_row(*ROW, epoch=1), "is another in the record: epoch"),
    "outcome": (one_row(*ROW, outcome="rejected"), "is another in the record: outcome"),
    "withheld": (one_row(*ROW, outcome="withheld"), "is withheld in the record, and the log does not say so"),
    "calls": (one_row(*ROW, calls=[]), "is another in the record: calls"),
    "granted": (refused_instead, "is another in the record: granted, refused"),
    "operation deleted": (gone(*ROW), "is not in the record"),
    "operation planted": (planted, "operation planted is in the record and not in the log"),
    "uses changed": (one_row(*USES, figures=0), "is another in the record: agreement_uses"),
    "uses deleted": (gone(*USES), "is another in the record: agreement_uses"),
    "refusals deleted": (lambda on: on.execute(delete(refusals)), "is another in the record: refusals"),
    "refusals changed": (lambda on: on.execute(of(refusals, purpose="x")), "is another in the record: refusals"),
    "refusals planted": (lambda on: on.execute(text("INSERT INTO refusals SELECT 'x', coordinate, at, organisation, "
        "purpose FROM refusals LIMIT 1")), "refusals has rows of operation x, which is not in the record"),
    "act: comment": (another_act(comment="Otherwise"), "is another than its event: comment"),
    "act: party": (another_act(party="a trustee"), "is another than its event: party"),
    "act: signature": (another_act(signature="a:b"), "is another than its event: signature"),
    "act deleted": (act_gone, "is not among the events"),
    "act planted": (act_planted, "has no entry in the log"),
    "content": (other_content, "DSA-001 v1: its content is not what its hash says"),
    "state": (lambda on: on.execute(of(agreement_versions, state="SUSPENDED").where(DSA_001)),
        "DSA-001 v1: it is SUSPENDED, and its last event made it ACTIVE"),
    "version deleted": (lambda on: on.execute(delete(agreement_versions).where(DSA_001)),
        "there is no version 1"),
}  # fmt: skip


def test_what_waits_for_its_place_is_not_missed(copied: Engine, lived: Lived) -> None:
    with copied.begin() as connection:
        waiting(connection)
    assert audited(copied, lived).wrong == []


@pytest.mark.parametrize("name", HARMS)
def test_what_was_changed_after_the_fact_is_named(copied: Engine, lived: Lived, name: str) -> None:
    harm, words = HARMS[name]
    with copied.begin() as connection:
        harm(connection)
    found = audited(copied, lived)
    assert found.log.wrong == []
    assert any(words in one for one in found.wrong), found.wrong


def told(engine: Engine, lived: Lived, **changed: Any) -> Deep:
    """An audit after the log was told of one more operation by the Trust itself."""
    with engine.begin() as connection:
        epoch = (
            connection.execute(select(agreement_events.c.seq).order_by(agreement_events.c.seq.desc())).scalars().first()
        )
        fields = {"policy": lived.rules.hash, "epoch": epoch, "at": datetime.now(UTC), "refused": []} | changed
        write(connection, [entry(id="told", **fields)])
    sequencer = Sequencer(engine, log_name(lived.settings), signer(lived.folder / TRUST_KEY))
    assert sequencer.step() == 1
    return audited(engine, lived)


LA = {"levels": ["LA"], "facets": [], "from": "2021-01-01", "to": "2021-01-31", "within": "E08000003"}
LOANS = {"coordinate": "LabourMarket.businessSupportLoans", **LA}
BUSINESSES = {"coordinate": "LabourMarket.businesses", "basis": "AGREEMENT", "agreements": ["DSA-004 v1"], **LA}


def test_a_decision_that_the_rules_do_not_make_is_named(copied: Engine, lived: Lived) -> None:
    wrong = {**LOANS, "basis": "AGREEMENT", "agreements": ["DSA-004 v1"]}
    found = told(copied, lived, granted=[BUSINESSES, wrong])
    (one,) = found.wrong
    assert one.endswith(
        "operation told: LabourMarket.businessSupportLoans was granted (AGREEMENT, DSA-004 v1), and is to be refused "
        "(agreement)"
    )


def test_a_refusal_that_the_rules_do_not_make_is_named(copied: Engine, lived: Lived) -> None:
    recorded = {**{key: value for key, value in BUSINESSES.items() if key not in ("basis", "agreements")}}
    found = told(copied, lived, granted=[], refused=[{**recorded, "clause": "term"}])
    (one,) = found.wrong
    assert one.endswith("LabourMarket.businesses was refused (term), and is to be granted (AGREEMENT, DSA-004 v1)")


def test_what_other_rules_decided_is_told_apart_from_what_is_wrong(copied: Engine, lived: Lived) -> None:
    wrong = {**LOANS, "basis": "PUBLISHED", "agreements": []}
    found = told(copied, lived, granted=[wrong], policy="f" * 64)
    assert (found.wrong, found.decided.other_rules, found.decided.policies) == ([], 1, {"f" * 64})


def test_a_refusal_because_agreements_could_not_be_confirmed_is_no_difference(copied: Engine, lived: Lived) -> None:
    found = told(copied, lived, granted=[], refused=[{**LOANS, "clause": "unconfirmed"}])
    assert (found.wrong, found.decided.unconfirmed) == ([], 1)


def test_a_decision_is_made_again_by_the_book_of_its_day(copied: Engine, lived: Lived) -> None:
    """At the first epochs there was no agreement DSA-004 yet, or it was the fourth to be imported."""
    early = {"at": datetime.now(UTC) + timedelta(days=1), "granted": [BUSINESSES]}
    assert "is to be refused (agreement)" in told(copied, lived, epoch=3, **early).wrong[0]


def test_two_places_that_do_not_nest_may_each_hold_what_was_wanted(lived: Lived) -> None:
    areas = tuple(area.code for area in lived.rules.gazetteer.at(AreaLevel.LA, "E47000001"))
    holders = lived.rules.gazetteer.holders(areas)
    assert {"E47000001"} < {area.code for area in holders}
    assert not any(one.code in other.parents.values() for one in holders for other in holders)
    (field,) = decided(planned(areas), MEASURES, {}, lived.rules.gazetteer).granted
    assert {field["within"], *field["or_within"]} == {area.code for area in holders}


def planned(areas: tuple[str, ...]) -> Any:
    access = Access("businesses", frozenset({AreaLevel.LA}), frozenset(), areas, date(2021, 1, 1), date(2021, 1, 31))
    grant = Grant("LabourMarket.businesses", Basis.AGREEMENT, (AgreementRef("DSA-004", 1),), (), ALWAYS)
    field = SimpleNamespace(access=access, decision=grant, measure=MEASURES["businesses"])
    return SimpleNamespace(fields=[(None, field)])


async def test_the_command_says_what_was_held_to_the_log(
    copied: Engine, lived: Lived, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LMDT_DATA", str(lived.folder))
    monkeypatch.setenv("LMDT_DATABASE", str(copied.url))
    assert await asyncio.to_thread(main, ["audit", "verify", "--deep", "--progress"]) == 0
    said = capsys.readouterr()
    assert "acts are in the record as they are in the log." in said.out
    assert "fields were decided again, and are as they were decided." in said.out
    assert "entries, " in said.err and "a second" in said.err
    with copied.begin() as connection:
        connection.execute(delete(operations))
    assert await asyncio.to_thread(main, ["audit", "verify"]) == 0
    assert await asyncio.to_thread(main, ["audit", "verify", "--deep"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("The record is not what the log says: entry ") and " is not in the record. And " in said
    with copied.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE log_leaves RENAME TO elsewhere")
    for deeply in ([], ["--deep"]):
        assert await asyncio.to_thread(main, ["audit", "verify", *deeply]) == 2
        assert "could not be checked" in capsys.readouterr().err


def test_a_drill_sees_whatever_is_done_to_a_copy(
    copied: Engine, lived: Lived, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LMDT_DATA", str(lived.folder))
    monkeypatch.setenv("LMDT_DATABASE", str(copied.url))
    file = Path(str(copied.url.database))
    before = file.read_bytes()
    for seed in ("1", "2", "3"):
        assert main(["audit", "drill", "--seed", seed]) == 0
    said = capsys.readouterr().out
    assert said.count(", 0 not, ") == 3
    assert file.read_bytes() == before
    lines = {line[:50].strip(): line for line in said.splitlines()}
    assert len([one for one in HARMED if one.what in lines]) == len(HARMED)
    cut = lines["cuts the log, signs it anew with its own key"]
    assert " verify --checkpoint " in cut and "a checkpoint of " in cut
    assert " verify " in lines["cuts the log, signs it anew with another key"]
    assert " verify --deep " in lines["drops an operation"]
    nothing = {name for name, line in lines.items() if "there is nothing to harm" in line}
    assert nothing == {"changes a hash of the tree"}


async def test_a_drill_tells_what_goes_unseen(
    copied: Engine, lived: Lived, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LMDT_DATA", str(lived.folder))
    monkeypatch.setenv("LMDT_DATABASE", str(copied.url))
    unseen = Harm("changes what no entry says", harms.row_changed(operations, milliseconds=0.5))
    monkeypatch.setattr("trust.audit.drill.Drill.tried", partialmethod(Drill.tried, [unseen]))
    assert await asyncio.to_thread(main, ["audit", "drill"]) == 1
    assert "NOT SEEN" in capsys.readouterr().out
    with copied.begin() as connection:
        connection.execute(delete(operations))
    assert await asyncio.to_thread(main, ["audit", "drill"]) == 1
    assert "before anything was done" in capsys.readouterr().err


async def test_a_drill_needs_a_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lived: Lived
) -> None:
    monkeypatch.setenv("LMDT_DATA", str(lived.folder))
    monkeypatch.setenv("LMDT_DATABASE", f"sqlite:///{tmp_path}/none.sqlite")
    assert await asyncio.to_thread(main, ["audit", "drill"]) == 2
    assert not (tmp_path / "none.sqlite").exists()
    open_database(f"sqlite:///{tmp_path}/none.sqlite").dispose()
    assert await asyncio.to_thread(main, ["audit", "drill"]) == 2
    assert "the log is empty" in capsys.readouterr().err


def test_what_is_opened_to_read_cannot_be_changed(copied: Engine) -> None:
    with pytest.raises(DatabaseUnusable, match="readonly"), open_to_read(str(copied.url)) as connection:
        connection.execute(delete(operations))
