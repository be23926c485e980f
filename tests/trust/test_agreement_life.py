"""The life of agreements, walked at random over the real database beside a simple model of it."""

import uuid
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine, delete, select
from sqlalchemy.event import listen

from app.signing import Signer, signer
from policies.agreement import Agreement
from policies.agreement_content import content_hash
from policies.agreement_file import AgreementStatus as S
from policies.book import Book
from policies.caller import Caller
from policies.rules import Rules
from reference.errors import TrustError
from tests.trust.agreement_life import (
    IN_FORCE,
    PENDING,
    PEOPLE,
    RULES,
    START,
    Kept,
    Known,
    Said,
    imported,
    moment,
    parties_of,
    proposal,
)  # fmt: skip
from tests.trust.conftest import on_server
from tests.trust.entries import NAMED
from trust.agreements import store
from trust.agreements.acts import Acts
from trust.agreements.desk import Desk
from trust.agreements.life import AMENDABLE, BY_NAME, IN_THE_BOOK, Party
from trust.agreements.signatures import Seal, holds, signatures_hold
from trust.agreements.version import Event, Version, fields_of
from trust.agreements.watch import Watch
from trust.database import open_database
from trust.tables import agreement_epochs, agreement_events, agreement_versions

TABLES = (agreement_versions, agreement_events, agreement_epochs)
people = st.sampled_from(sorted(PEOPLE)).map(PEOPLE.__getitem__)
insiders = st.sampled_from(["proposer", "consumer's steward", "owner's steward", "trustee"]).map(PEOPLE.__getitem__)
anybody = insiders | insiders | people
STEWARD, OWNER, TRUSTEE = (PEOPLE[name] for name in ("consumer's steward", "owner's steward", "trustee"))
agreements: st.SearchStrategy[Known] = st.runner().flatmap(lambda machine: st.sampled_from([*machine.known.values()]))
numbers = st.sampled_from([0, 0, 0, 0, 0, 1, -1])
whole = st.builds(
    Said,
    measures=st.sampled_from([("payrolledEmployees", "medianMonthlyPay"), ("medianMonthlyPay",)]),
    breakdowns=st.sampled_from([("AGE_BAND", "INDUSTRY"), ("AGE_BAND",), ()]),
    finest=st.sampled_from(["LA", "REGION"]),
    not_before=st.sampled_from([date(2026, 1, 1), date(2026, 1, 1), date(2026, 7, 1), date(2026, 12, 1)]),
    not_after=st.sampled_from([date(2028, 4, 1), date(2026, 10, 25), date(2027, 1, 1)]),
    review_by=st.sampled_from([date(2027, 4, 1), date(2026, 9, 1), date(2026, 10, 24)]),
    statement=st.sampled_from([*["Where pay is growing."] * 6, "Something else.", None]),
)


class AgreementLife(RuleBasedStateMachine):
    """Every move by anybody, of right and wrong versions. The model says beforehand whether it is made."""

    engine: Engine
    rules_: Rules
    key: Signer

    def __init__(self) -> None:
        super().__init__()
        with self.engine.begin() as connection:
            for table in TABLES:
                connection.execute(delete(table))
        self.now = START
        self.desk = Desk(self.engine, self.rules_, Seal(self.key), NAMED)
        self.known: dict[str, Known] = {}
        self.contents: dict[tuple[str, int], Any] = {}
        self.read: dict[tuple[str, int, S], Agreement] = {}
        self.looked_at: dict[tuple[str, int], int] = {}
        self.desk.begin(lambda: (), self.now)
        for id, consumer in (("DSA-001", "DfE"), ("DSA-002", "DWP")):
            table, self.known[id] = imported(id, "HMRC", consumer)
            self.moved(lambda acts, table=table: acts.steps.import_(table, S.ACTIVE), expected=True)
        self.quick, self.slow = (Watch(self.engine, self.rules_, self.desk, lambda: self.now) for _ in range(2))

    def teardown(self) -> None:
        self.quick.close()
        self.slow.close()

    # What is kept

    def tables(self) -> list[Any]:
        with self.engine.connect() as connection:
            return [connection.execute(select(table)).all() for table in TABLES]

    def moved(self, move: Callable[[Acts], Any], *, expected: bool) -> None:
        """A move in a transaction of its own, which is committed even where the move is refused: so a refused move is
        seen to have written nothing."""
        before = self.tables()
        with self.desk.opened(self.now, uuid.uuid4().hex) as acts:
            try:
                move(acts)
                refused = None
            except TrustError as error:
                refused = error
            self.desk.commit(acts)
        assert (refused is None) is expected, refused or "it was made"
        if refused is not None:
            assert self.tables() == before

    # Moves

    @precondition(lambda self: len(self.known) < 4)
    @rule(who=anybody, said=whole)
    def propose(self, who: Caller, said: Said) -> None:
        id = f"DSA-{len(self.known) + 1:03}"
        expected = who.organisation == "DfE"
        self.moved(lambda acts: acts.propose(who, proposal(said)), expected=expected)
        if expected:
            self.known[id] = Known(id, "HMRC", "DfE", [Kept(1, S.DRAFT, said, who.subject)])

    @rule(who=anybody, said=whole, by=numbers, one=agreements)
    def amend(self, who: Caller, said: Said, by: int, one: Known) -> None:
        mine = parties_of(who, one.owner, one.consumer)
        last = one.last
        expected = not by and last.state in AMENDABLE and bool({Party.CONSUMER, Party.OWNER_STEWARD} & mine)
        self.moved(lambda acts: acts.amend(who, one.id, last.version + by, said.terms()), expected=expected)
        if expected:
            if last.state in (S.DRAFT, S.RETURNED):
                last.state = S.SUPERSEDED
            one.add(S.DRAFT, said, who)

    @rule(who=anybody, by=numbers, name=st.sampled_from(["submit", "return", "reject", "cancel"]), one=agreements)
    def send_on(self, who: Caller, by: int, name: str, one: Known) -> None:
        last, number = one.last, one.last.version + by
        mine = parties_of(who, one.owner, one.consumer)
        if name == "submit":
            before, parties = (S.DRAFT, S.RETURNED), {Party.CONSUMER_STEWARD}
        elif name == "cancel":
            before, parties = PENDING, {Party.CONSUMER_STEWARD}
        else:
            before, parties = (S.SUBMITTED, S.IN_REVIEW), {Party.OWNER_STEWARD, Party.TRUSTEE}
        expected = not by and last.state in before and bool(parties & mine)
        if name == "submit":
            expected = expected and last.said.complete(self.now)
        moves: Mapping[str, Callable[[Acts], Any]] = {
            "submit": lambda acts: acts.submit(who, one.id, number),
            "cancel": lambda acts: acts.cancel(who, one.id, number),
            "return": lambda acts: acts.return_(who, one.id, number, "Because"),
            "reject": lambda acts: acts.reject(who, one.id, number, "Because"),
        }
        self.moved(moves[name], expected=expected)
        if expected:
            last.state, last.signed = BY_NAME[name].after, {}

    @rule(who=anybody, by=numbers, right=st.sampled_from([True] * 5 + [False]), one=agreements)
    def approve(self, who: Caller, by: int, one: Known, *, right: bool) -> None:
        last, mine = one.last, parties_of(who, one.owner, one.consumer)
        party = next((party for party in (Party.OWNER_STEWARD, Party.TRUSTEE) if party in mine), None)
        expected = (
            not by
            and right
            and last.state in (S.SUBMITTED, S.IN_REVIEW)
            and party is not None
            and who.subject != last.proposer
            and party not in last.signed
            and last.said.complete(self.now)
        )
        hashed = self.hash_of(one.id, last.version) if right else "0" * 64
        self.moved(lambda acts: acts.approve(who, one.id, last.version + by, hashed), expected=expected)
        if expected:
            assert party is not None
            last.signed[party] = who.subject
            last.state = S.IN_REVIEW
            if len(last.signed) == 2:
                if moment(last.said.not_before) > self.now or one.on_hold:
                    last.state = S.SCHEDULED
                else:
                    one.put_in_force(last)

    @rule(who=anybody, name=st.sampled_from(["suspend", "resume", "terminate"]), one=agreements)
    def hold(self, who: Caller, name: str, one: Known) -> None:
        standing = one.standing
        mine = {Party.OWNER_STEWARD, Party.TRUSTEE} & parties_of(who, one.owner, one.consumer)
        expected = standing.state in BY_NAME[name].before and bool(mine)
        if name == "resume" and expected:
            expected = self.now < standing.said.review_end and (standing.held is None or standing.held in mine)
        self.moved(lambda acts: getattr(acts, name)(who, one.id, "Because"), expected=expected)
        if expected:
            standing.state = BY_NAME[name].after
            standing.held = next(iter(mine))
            if name == "terminate":
                for other in one.versions:
                    other.state = S.TERMINATED if other.state is S.SCHEDULED else other.state

    @rule(who=st.just(PEOPLE["owner's steward"]) | anybody, said=whole, keep=st.booleans(), by=numbers, one=agreements)
    def narrow(self, who: Caller, said: Said, *, keep: bool, by: int, one: Known) -> None:
        standing, number = one.in_force, one.last.version
        if keep and standing is not None:
            said = standing.said._replace(breakdowns=standing.said.breakdowns[:1], finest=said.finest)
        mine = parties_of(who, one.owner, one.consumer)
        expected = (
            not by
            and standing is not None
            and standing.state is S.ACTIVE
            and Party.OWNER_STEWARD in mine
            and said.complete(self.now)
            and said.narrower(standing.said)
        )
        self.moved(lambda acts: acts.narrow(who, one.id, number + by, said.terms()), expected=expected)
        if expected:
            assert standing is not None
            for other in one.versions:
                other.state = S.SUPERSEDED if other.state in (*PENDING, S.ACTIVE) else other.state
            one.add(S.ACTIVE, said, who)

    @rule(who=anybody, of=st.sampled_from([("HMRC", None), ("HMRC", "DfE"), (None, "DfE"), ("DWP", None), (None,) * 2]))
    def suspend_all(self, who: Caller, of: tuple[str | None, str | None]) -> None:
        owner, consumer = of
        steward = owner is not None and who.organisation == owner and "data-steward" in who.roles
        expected = (owner or consumer) is not None and (steward or who.subject == "trustee")
        self.moved(lambda acts: acts.suspend_all(who, owner, consumer, "Because"), expected=expected)
        for one in self.known.values() if expected else ():
            if owner in (None, one.owner) and consumer in (None, one.consumer):
                for kept in one.versions:
                    if kept.state is S.ACTIVE:
                        kept.state, kept.held = S.SUSPENDED, Party.OWNER_STEWARD if steward else Party.TRUSTEE

    @rule(who=people, name=st.sampled_from(["suspend", "resume", "terminate"]))
    def move_what_is_not_there(self, who: Caller, name: str) -> None:
        self.moved(lambda acts: getattr(acts, name)(who, "DSA-999", "Because"), expected=False)

    @rule(one=agreements, said=whole.map(lambda said: said if said.complete(START) else Said()), more=st.integers(1, 4))
    def moves_on(self, one: Known, said: Said, more: int) -> None:
        """The next steps on the way into force, by those whose steps they are."""
        for _ in range(more):
            match one.last.state:
                case S.DRAFT | S.RETURNED if one.last.said.complete(self.now):
                    self.send_on(STEWARD, 0, "submit", one)
                case S.SUBMITTED | S.IN_REVIEW if Party.OWNER_STEWARD not in one.last.signed:
                    self.approve(OWNER, 0, one, right=True)
                case S.SUBMITTED | S.IN_REVIEW:
                    self.approve(TRUSTEE, 0, one, right=True)
                case _:
                    self.amend(PEOPLE["proposer"], said, 0, one)

    @rule(days=st.sampled_from([0, 1, 40, 100]))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)
        while True:
            with self.desk.opened(self.now, "") as acts:
                changes = acts.steps.tick()
                self.desk.commit(acts)
            if not changes:
                break
        for one in self.known.values():
            one.tick(self.now)

    @rule()
    def a_slow_worker_learns(self) -> None:
        self.slow.learn()
        self.agrees(self.slow.book())

    # What always holds

    @invariant()
    def the_states_are_those_of_the_model(self) -> None:
        kept = {(one.id, one.version): one for one in self.versions()}
        expected = {(one.id, part.version): part.state for one in self.known.values() for part in one.versions}
        assert {ref: one.state for ref, one in kept.items()} == expected
        in_force = [one.id for one in kept.values() if one.state in IN_FORCE]
        assert len(in_force) == len({*in_force})
        for ref, one in kept.items():
            if ref not in self.contents:
                assert content_hash(one.content) == one.content_hash
            assert self.contents.setdefault(ref, (one.content, one.content_hash)) == (one.content, one.content_hash)

    @invariant()
    def every_history_is_whole_and_along_the_table(self) -> None:
        with self.engine.connect() as connection:
            keys = store.keys(connection)
            histories = {id: store.events(connection, id) for id in self.known}
        for one in self.versions():
            events = [event for event in histories[one.id] if event.version == one.version]
            if self.looked_at.get((one.id, one.version)) != len(events):
                follows(events, one)
                if one.state in (S.SCHEDULED, *IN_FORCE):
                    signed_by_all(events, one, keys)
                self.looked_at[one.id, one.version] = len(events)

    @invariant()
    def a_worker_that_learns_knows_the_book(self) -> None:
        self.quick.learn()
        self.agrees(self.quick.book())

    def hash_of(self, id: str, version: int) -> str:
        with self.engine.connect() as connection:
            return store.versions(connection, id)[version - 1].content_hash

    def versions(self) -> list[Version]:
        with self.engine.connect() as connection:
            return store.of_parties(connection, None)

    def agrees(self, book: Book) -> None:
        """Whether a book is the one that is made of what is kept."""
        rows = [one for one in self.versions() if one.state in IN_THE_BOOK]
        scratch = Book.of(self.agreement(one) for one in rows)
        assert told(book) == told(scratch)
        with self.engine.connect() as connection:
            assert book.epoch == store.epoch(connection)
            for consumer, epoch in store.epochs(connection).items():
                assert book.part(consumer).epoch == epoch
                for name in ("payrolledEmployees", "medianMonthlyPay"):
                    assert named(book, consumer, name) == named(scratch, consumer, name)

    def agreement(self, one: Version) -> Agreement:
        """What a version says. It is worked out once for each state, as it takes a while."""
        ref = one.id, one.version, one.state
        if ref not in self.read:
            self.read[ref] = one.agreement(self.rules_.known)
        return self.read[ref]


def follows(events: list[Event], one: Version) -> None:
    """Each move goes on where the last one ended, is one of the table's, and by one who may make it."""
    assert events[0].before is None
    state = None
    for event in events:
        assert event.before == state
        state = event.after
        if event.move == "import":
            continue
        move = BY_NAME[event.move]
        assert event.after is move.after and event.party in move.by
        assert event.before in move.before if move.before else event.before is None
        assert (event.person is None) is (event.party == Party.TRUST)
        assert event.content_hash == one.content_hash
    assert state is one.state


def signed_by_all(events: list[Event], one: Version, keys: Mapping[str, bytes]) -> None:
    """Signatures of the owner and of a trustee, two people of whom neither wrote it; or it was imported, or narrowed by
    its owner."""
    assert signatures_hold(events, one, keys)
    if events[0].move in ("import", "narrow"):
        assert holds(fields_of(events[0]), events[0].signature, keys)
        return
    submitted = max(at for at, event in enumerate(events) if event.move == "submit")
    signed = [event for event in events[submitted:] if event.move in ("sign", "approve")]
    assert {event.party for event in signed} == {Party.OWNER_STEWARD, Party.TRUSTEE}
    assert len({event.person for event in signed}) == len(signed) == 2
    assert one.proposer not in {event.person for event in signed}
    assert {event.person for event in signed} <= {NAMED.of(person) for person in PEOPLE.values()}
    assert all(holds(fields_of(event), event.signature, keys) for event in signed)


def told(book: Book) -> dict[Any, Any]:
    return {one.ref: (one.status, one.content_hash, one.consumer) for one in book}


def named(book: Book, consumer: str, measure: str) -> set[Any]:
    groups = book.part(consumer).candidates(measure).groups
    return {(one.ref, one.status) for alike in groups.values() for one in alike.versions.values()}


@contextmanager
def machine(url: str, folder: Path) -> Generator[type[AgreementLife]]:
    """The machine over a database."""
    opened = open_database(url)
    if opened.dialect.name == "sqlite":
        # Nothing is to outlive the test: no need to wait for the disk.
        listen(opened, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF").close())
    opened.dispose()
    members = {
        "engine": opened, "rules_": RULES, "key": signer(folder / "key"),
    }  # fmt: skip
    yield type("AgreementLifeHere", (AgreementLife,), members)
    opened.dispose()


def walked(examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )  # fmt: skip


def test_whatever_anybody_does_an_agreement_moves_along_the_table_only(tmp_path: Path) -> None:
    with machine(f"sqlite:///{tmp_path / 'trust.sqlite'}", tmp_path) as made:
        run_state_machine_as_test(made, settings=walked(20, 25))


@pytest.mark.sockets
def test_whatever_anybody_does_postgresql_keeps_it_too(server: str, tmp_path: Path) -> None:
    with on_server(server) as url, machine(url, tmp_path) as made:
        run_state_machine_as_test(made, settings=walked(6, 20))
