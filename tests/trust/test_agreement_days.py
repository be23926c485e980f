"""What the Trust does by itself when a day comes, and what it does not put in force."""

import json
import logging
from collections.abc import Generator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from app.signing import signer
from policies.agreement_file import AgreementStatus as S
from policies.decision import AgreementRef
from tests.trust.agreement_life import PEOPLE, RULES, START, Said, imported, proposal
from tests.trust.entries import NAMED
from trust.agreements import store
from trust.agreements.desk import Desk
from trust.agreements.errors import MoveRefused
from trust.agreements.signatures import Seal
from trust.agreements.version import Change, Version
from trust.agreements.watch import Watch
from trust.tables import agreement_versions

SECOND = timedelta(seconds=1)
STEWARD, OWNER, TRUSTEE = (PEOPLE[name] for name in ("consumer's steward", "owner's steward", "trustee"))


class Office:
    """A desk, and a worker whose clock is the test's. DSA-001 is in force."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.now = engine, START
        self.desk = Desk(engine, RULES, Seal(signer(folder / "key")), NAMED)
        self.desk.begin(lambda: (), START)
        self.act(lambda acts: acts.steps.import_(imported("DSA-001", "HMRC", "DfE")[0], S.ACTIVE))
        self.watch = Watch(engine, RULES, self.desk, lambda: self.now)
        self.watch.learn()

    def act(self, *moves):
        with self.desk.opened(self.now, "") as acts:
            done = [move(acts) for move in moves]
            self.desk.commit(acts)
        return done[-1]

    def signed(self, said: Said, id: str | None = None) -> Change:
        """A version that everybody has signed: of a new agreement, or the next of one."""
        proposer = PEOPLE["proposer"]
        if id is None:
            drafted = self.act(lambda acts: acts.propose(proposer, proposal(said)))
        else:
            last = self.versions(id)[-1].version
            drafted = self.act(lambda acts: acts.amend(proposer, id, last, said.terms()))
        id, number, hashed = drafted.version.id, drafted.version.version, drafted.version.content_hash
        return self.act(
            lambda acts: acts.submit(STEWARD, id, number),
            lambda acts: acts.approve(OWNER, id, number, hashed),
            lambda acts: acts.approve(TRUSTEE, id, number, hashed),
        )

    def at(self, now: datetime) -> None:
        """The worker looks at its clock."""
        self.now = now
        self.watch.learn()
        self.watch._tick()

    def versions(self, id: str) -> list[Version]:
        with self.engine.connect() as connection:
            return store.versions(connection, id)

    def states(self, id: str) -> list[S]:
        return [one.state for one in self.versions(id)]

    def moves(self, id: str) -> list[tuple[int, str]]:
        with self.engine.connect() as connection:
            return [(event.version, event.move) for event in store.events(connection, id)]

    def tampered(self, one: Version, **scope: object) -> None:
        content = {**one.content, "scope": {**one.content["scope"], **scope}}
        table = agreement_versions
        which = (table.c.id == one.id, table.c.version == one.version)
        with self.engine.begin() as connection:
            connection.execute(update(table).where(*which).values(content=content))


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Generator[Office]:
    opened = Office(engine, tmp_path)
    yield opened
    opened.watch.close()


@pytest.mark.parametrize(
    ("day", "moment"),
    [
        (date(2026, 8, 1), datetime(2026, 7, 31, 23, tzinfo=UTC)),
        (date(2027, 1, 1), datetime(2027, 1, 1, tzinfo=UTC)),
        (date(2026, 10, 25), datetime(2026, 10, 24, 23, tzinfo=UTC)),
        (date(2026, 10, 26), datetime(2026, 10, 26, tzinfo=UTC)),
    ],
)
def test_an_agreement_ends_at_midnight_in_london_in_summer_and_in_winter(
    office: Office, day: date, moment: datetime
) -> None:
    change = office.signed(Said(not_after=day, review_by=day))
    id = change.version.id
    office.at(moment - SECOND)
    assert office.states(id) == [S.ACTIVE]
    office.at(moment)
    assert office.states(id) == [S.EXPIRED]
    assert office.watch.book().get(AgreementRef(id, 1)).status is S.EXPIRED


def test_a_review_lasts_until_its_day_is_over_in_london_and_then_the_trust_suspends(office: Office) -> None:
    id = office.signed(Said(review_by=date(2026, 8, 15))).version.id
    midnight = datetime(2026, 8, 15, 23, tzinfo=UTC)
    office.at(midnight - SECOND)
    assert office.states(id) == [S.ACTIVE]
    office.at(midnight)
    assert office.states(id) == [S.SUSPENDED]
    assert office.moves(id)[-1] == (1, "lapse")


def test_what_lapsed_is_not_resumed_until_its_review_is_amended(office: Office) -> None:
    id = office.signed(Said(review_by=date(2026, 8, 15))).version.id
    office.at(datetime(2026, 9, 1, tzinfo=UTC))
    for who in (OWNER, TRUSTEE):
        with pytest.raises(MoveRefused, match="review is overdue: amend"):
            office.act(lambda acts, who=who: acts.resume(who, id, "Looked at"))
    assert office.signed(Said(review_by=date(2027, 8, 15)), id).after is S.ACTIVE
    assert office.states(id) == [S.SUPERSEDED, S.ACTIVE]


def test_a_version_signed_for_later_comes_into_force_on_its_day_in_the_place_of_the_one_before(office: Office) -> None:
    change = office.signed(Said(not_before=date(2026, 7, 1), finest="REGION"), "DSA-001")
    assert (change.before, change.after) == (S.IN_REVIEW, S.SCHEDULED)
    first = datetime(2026, 6, 30, 23, tzinfo=UTC)
    office.at(first - SECOND)
    assert office.states("DSA-001") == [S.ACTIVE, S.SCHEDULED]
    office.at(first)
    assert office.states("DSA-001") == [S.SUPERSEDED, S.ACTIVE]
    assert office.moves("DSA-001")[-2:] == [(1, "supersede"), (2, "activate")]
    book = office.watch.book()
    assert book.get(AgreementRef("DSA-001", 1)) is None
    assert book.get(AgreementRef("DSA-001", 2)).in_force(first)


def test_a_version_whose_days_have_all_passed_meanwhile_is_over(office: Office) -> None:
    said = Said(not_before=date(2026, 7, 1), not_after=date(2026, 8, 1), review_by=date(2026, 7, 15))
    id = office.signed(said).version.id
    office.at(datetime(2026, 9, 1, tzinfo=UTC))
    assert office.states(id) == [S.EXPIRED]


def test_a_later_version_does_not_end_what_somebody_has_put_on_hold(office: Office) -> None:
    office.signed(Said(not_before=date(2026, 7, 1)), "DSA-001")
    office.act(lambda acts: acts.suspend(OWNER, "DSA-001", "A breach"))
    office.at(datetime(2026, 7, 2, tzinfo=UTC))
    office.at(datetime(2026, 7, 3, tzinfo=UTC))
    assert office.states("DSA-001") == [S.SUSPENDED, S.SCHEDULED]
    office.act(lambda acts: acts.resume(OWNER, "DSA-001", "It was mended"))
    office.at(datetime(2026, 7, 3, tzinfo=UTC))
    assert office.states("DSA-001") == [S.SUPERSEDED, S.ACTIVE]


def test_the_last_signature_does_not_end_what_somebody_has_put_on_hold(office: Office) -> None:
    office.act(lambda acts: acts.suspend(OWNER, "DSA-001", "A breach"))
    office.signed(Said(), "DSA-001")
    assert office.states("DSA-001") == [S.SUSPENDED, S.SCHEDULED]
    office.act(lambda acts: acts.resume(OWNER, "DSA-001", "It was mended"))
    office.at(datetime(2026, 6, 2, tzinfo=UTC))
    assert office.states("DSA-001") == [S.SUPERSEDED, S.ACTIVE]


def test_what_is_terminated_does_not_begin_again_by_a_version_that_was_signed_for_later(office: Office) -> None:
    office.signed(Said(not_before=date(2026, 7, 1)), "DSA-001")
    office.act(lambda acts: acts.terminate(OWNER, "DSA-001", "For good"))
    assert office.states("DSA-001") == [S.TERMINATED, S.TERMINATED]
    office.at(datetime(2026, 7, 2, tzinfo=UTC))
    assert office.states("DSA-001") == [S.TERMINATED, S.TERMINATED]


def test_a_scheduled_version_that_was_tampered_with_stays_out_and_keeps_no_other_out(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    first = office.signed(Said(not_before=date(2026, 7, 1), finest="REGION"))
    second = office.signed(Said(not_before=date(2026, 7, 1)))
    office.tampered(first.version, finest="LA")
    with caplog.at_level(logging.ERROR, "lmdt"):
        for day in (1, 2, 3):
            office.at(datetime(2026, 7, day, tzinfo=UTC))
    assert office.states(first.version.id) == [S.SCHEDULED]
    assert office.states(second.version.id) == [S.ACTIVE]
    told = [record for record in caplog.records if "does not come into force" in record.message]
    assert 1 <= len(told) <= 2
    assert f"{first.version.id} v1" in json.dumps(vars(told[0]), default=str)


def test_a_version_in_force_that_was_tampered_with_counts_no_longer_and_can_be_suspended_only(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    id = office.signed(Said(finest="REGION")).version.id
    office.watch.learn()
    assert office.watch.book().get(AgreementRef(id, 1))
    office.tampered(office.versions(id)[0], finest="LA")
    with pytest.raises(MoveRefused, match="not what was signed"):
        office.act(lambda acts: acts.narrow(OWNER, id, 1, {"term": {"not_after": date(2027, 8, 1)}}))
    with caplog.at_level(logging.ERROR, "lmdt"):
        office.act(lambda acts: acts.suspend(OWNER, id, "Strange"))
        office.act(lambda acts: acts.resume(OWNER, id, "Let us see"))
        office.watch.learn()
    book = office.watch.book()
    assert book.get(AgreementRef(id, 1)) is None
    assert "an agreement does not count" in caplog.text
    with office.engine.connect() as connection:
        assert book.part("DfE").epoch == store.epochs(connection)["DfE"]


def test_a_draft_that_was_tampered_with_is_not_signed(office: Office) -> None:
    drafted = office.act(lambda acts: acts.propose(PEOPLE["proposer"], proposal(Said(finest="REGION"))))
    id, hashed = drafted.version.id, drafted.version.content_hash
    office.act(lambda acts: acts.submit(STEWARD, id, 1), lambda acts: acts.approve(OWNER, id, 1, hashed))
    office.tampered(drafted.version, finest="LA")
    with pytest.raises(MoveRefused, match="not what was written or signed"):
        office.act(lambda acts: acts.approve(TRUSTEE, id, 1, hashed))
    assert office.states(id) == [S.IN_REVIEW]


def test_a_worker_that_missed_a_version_altogether_knows_the_epoch_all_the_same(office: Office) -> None:
    change = office.signed(Said(not_before=date(2026, 7, 1)), "DSA-001")
    office.act(lambda acts: acts.cancel(STEWARD, "DSA-001", change.version.version))
    office.watch.learn()
    with office.engine.connect() as connection:
        assert office.watch.book().part("DfE").epoch == store.epochs(connection)["DfE"]
