"""A person is forgotten: what leads to them goes, what they signed that is in force stays, and every proof holds."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from policies.agreement_file import AgreementStatus as S
from tests.transparency.keys import LOG, LOG_KEY, ORIGIN
from tests.trust.agreement_life import PEOPLE, Said
from tests.trust.entries import NAMED, NOON, entry, kept
from tests.trust.test_agreement_days import OWNER, TRUSTEE, Office
from trust.agreements import store
from trust.agreements.signatures import signatures_hold
from trust.audit.forgetting import FORGOTTEN, Known, forget, known_of
from trust.audit.told import told
from trust.entry import write
from trust.log.kept import Kept
from trust.log.published import Published
from trust.log.sequencer import Sequencer
from trust.tables import agreement_events, agreement_versions, person_keys

OWNER_, TRUSTEE_, PROPOSER_ = (NAMED.of(one) for one in (OWNER, TRUSTEE, PEOPLE["proposer"]))


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Iterator[Office]:
    office = Office(engine, tmp_path)
    yield office
    office.watch.close()


def place(engine: Engine) -> None:
    while Sequencer(engine, ORIGIN, LOG).step():
        pass


def forgotten(engine: Engine, person: str) -> Known:
    return forget(engine, person, NOON, Sequencer(engine, ORIGIN, LOG).step)


def everything(engine: Engine) -> str:
    """Whatever the tables say that may lead to a person."""
    with engine.connect() as connection:
        tables = (agreement_events, agreement_versions, person_keys)
        return str([connection.execute(select(table)).all() for table in tables]) + str(kept(engine))


def entries(engine: Engine) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        size = Kept(connection).size()
        read = map(told, Kept(connection).leaves(0, size))
        return [dict(one.body) for one in read if one]


def operated(engine: Engine, person: str, count: int) -> None:
    with engine.begin() as connection:
        write(connection, [entry(person=person) for _ in range(count)])


def test_who_only_asked_is_nowhere_afterwards(engine: Engine) -> None:
    operated(engine, OWNER_, 3)
    operated(engine, TRUSTEE_, 2)
    place(engine)
    operated(engine, OWNER_, 1)
    before = entries(engine)
    known = forgotten(engine, OWNER_)
    assert (known.key, known.events, known.kept) == (True, [], [])
    assert OWNER_ not in everything(engine)
    assert sorted(row.subject for row in kept(engine)) == sorted([FORGOTTEN] * 4 + [TRUSTEE_] * 2)
    after = entries(engine)
    assert after[: len(before)] == before
    assert (after[-1]["kind"], after[-1]["counts"]) == (
        "forgotten", {"events": 0, "operations": 4, "versions_kept": 0},
    )  # fmt: skip
    assert OWNER_ not in str(after[-1]) and "caller" not in after[-1]
    assert Published(engine).verify([LOG_KEY]).wrong == []


def test_who_comes_back_is_told_by_a_new_key(engine: Engine) -> None:
    operated(engine, OWNER_, 1)
    forgotten(engine, OWNER_)
    operated(engine, OWNER_, 1)
    place(engine)
    first, _, last = entries(engine)
    assert first["who"] != last["who"] and last["who"]


def test_who_signed_what_is_in_force_stays_with_it(office: Office, engine: Engine) -> None:
    office.signed(Said())
    place(engine)
    known = forgotten(engine, OWNER_)
    assert known.kept == ["DSA-002 v1 (ACTIVE)"]
    with engine.connect() as connection:
        one = store.version(connection, "DSA-002", 1)
        assert one is not None and one.state is S.ACTIVE
        events = store.events(connection, "DSA-002")
        assert signatures_hold(events, one, store.keys(connection))
        assert [event.subject for event in events if event.person == OWNER_] == [OWNER.subject]
        assert known_of(connection, OWNER_).key is False


def test_when_it_has_ended_they_go_and_the_history_says_so(office: Office, engine: Engine) -> None:
    office.signed(Said())
    office.act(lambda acts: acts.terminate(TRUSTEE, "DSA-002", "It has served."))
    place(engine)
    for person, one in ((OWNER_, OWNER), (PROPOSER_, PEOPLE["proposer"])):
        assert forgotten(engine, person).kept == []
        assert person not in everything(engine) and one.subject not in everything(engine)
    assert TRUSTEE.subject in everything(engine)
    with engine.connect() as connection:
        said = [event.who for event in store.events(connection, "DSA-002") if event.person == FORGOTTEN]
    assert set(said) == {"forgotten (HMRC)", "forgotten (DfE)"}
    # A worker that starts afterwards still knows what has ended, and tells by it why something is refused.
    office.watch.close()
    later = type(office.watch)(engine, office.watch._rules, office.desk, lambda: office.now)
    later.learn()
    assert sorted(agreement.id for agreement in later.book()) == ["DSA-001", "DSA-002"]
    later.close()


def test_two_who_are_forgotten_may_have_sent_the_same_request(office: Office, engine: Engine) -> None:
    office.signed(Said())
    office.signed(Said())
    with engine.begin() as connection:
        connection.execute(update(agreement_versions).values(state="EXPIRED"))
        for id, proposer in (("DSA-002", PROPOSER_), ("DSA-003", TRUSTEE_)):
            one = update(agreement_versions).where(agreement_versions.c.id == id)
            connection.execute(one.values(proposer=proposer, request_id="the same"))
    forgotten(engine, PROPOSER_)
    forgotten(engine, TRUSTEE_)
    assert PROPOSER_ not in everything(engine) and TRUSTEE_ not in everything(engine)


def test_who_is_not_known_is_not_known(engine: Engine) -> None:
    with engine.connect() as connection:
        assert known_of(connection, "0" * 64).nothing
