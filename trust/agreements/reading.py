"""What is kept of agreements, for those whose business it is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from sqlalchemy import Connection, func, select

from policies.agreement_file import AgreementStatus as S
from policies.book import Book
from policies.caller import Caller
from policies.contradiction import is_open
from policies.questions import Question, questions
from policies.rules import Rules
from reference.london import london_day
from trust.agreements import store
from trust.agreements.checks import IN_FORCE, Checks, concerns
from trust.agreements.errors import AllowedMove
from trust.agreements.replay import Replay, replay
from trust.agreements.version import Event, Version, dates_of
from trust.people import People
from trust.tables import agreement_uses

# How long ahead a review, and the end of an agreement, are told of.
AHEAD = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Used:
    """What was read under an agreement by one organisation for one purpose: operations, figures, how many of those were
    suppressed, and when last."""

    organisation: str | None
    purpose: str | None
    operations: int
    figures: int
    suppressed: int
    last: datetime


class Reading:
    """Looks at agreements. The database is asked when something is first looked at, and not before."""

    def __init__(self, connect: Callable[[], Connection], rules: Rules, people: People) -> None:
        self._connect, self.rules, self._people = connect, rules, people
        self._known: dict[tuple[str, int], Version] = {}

    @cached_property
    def connection(self) -> Connection:
        """The connection by which everything is looked at."""
        return self._connect()

    def one(self, caller: Caller, id: str, number: int | None = None) -> Version | None:
        """One version of an agreement that is the caller's business: of this number, or else the latest that is in
        force, or else the latest."""
        known = [one for one in store.versions(self.connection, id) if concerns(caller, one)]
        if number is not None:
            return next((one for one in known if one.version == number), None)
        return _foremost(known)

    def listed(
        self,
        caller: Caller,
        *,
        status: S | None = None,
        owner: str | None = None,
        consumer: str | None = None,
        measure: str | None = None,
    ) -> list[Version]:
        """The caller's agreements, each in one version: the latest with this status; or the latest in force, or else
        the latest."""
        if caller.organisation is None:
            return []
        organisation = None if caller.oversees else caller.organisation
        found: dict[str, list[Version]] = {}
        for one in store.of_parties(self.connection, organisation, owner=owner, consumer=consumer):
            if measure is None or measure in (one.content.get("scope") or {}).get("measures", ()):
                found.setdefault(one.id, []).append(one)
        chosen = (
            _foremost(versions if status is None else [one for one in versions if one.state is status])
            for versions in found.values()
        )
        return [one for one in chosen if one is not None]

    def attention(self, caller: Caller, one: Version, now: datetime) -> list[str]:
        """Why a version needs the attention of this caller, in words; empty where it does not."""
        told: list[str] = []
        mine = {move.move for move in self.moves(caller, one, now)}
        if "approve" in mine:
            told.append("It waits for your signature.")
        if one.state is S.RETURNED and "submit" in mine:
            told.append("It was returned with comments.")
        if one.state is S.DRAFT and "submit" in mine:
            told.append("It is a draft that waits to be submitted.")
        if one.state is S.SUSPENDED:
            told.append("It is suspended.")
        if one.state in IN_FORCE and not one.banded and is_open(one.agreement(self.rules.known), self.rules):
            told.append("It is never used: everyone may read all that it covers.")
        dates = dates_of(one.content)
        for moment, what in ((dates.review_end, "is to be reviewed by"), (dates.not_after, "ends on")):
            if one.state in IN_FORCE and moment and now <= moment <= now + AHEAD:
                told.append(f"It {what} {london_day(moment - timedelta(seconds=1))}.")
        return told

    def versions(self, id: str) -> list[Version]:
        """All versions, the first first."""
        return store.versions(self.connection, id)

    def history(self, id: str) -> list[Event]:
        """What happened to it, in order."""
        return store.events(self.connection, id)

    def moves(self, caller: Caller, one: Version, now: datetime) -> list[AllowedMove]:
        """The moves that a caller may make of a version now."""
        return Checks(self.connection, self.rules, self._people, now).moves(caller, one)

    def version(self, id: str, number: int) -> Version | None:
        """One version, whoever asks."""
        if (id, number) not in self._known and (one := store.version(self.connection, id, number)):
            self._known[id, number] = one
        return self._known.get((id, number))

    def questions(self, one: Version) -> list[Question]:
        """What a version answers, and what it does not."""
        return questions(one.content, self.rules.known)

    def replayed(self, before: Book, after: Book, consumer: str, since: datetime, now: datetime) -> Replay:
        """The recorded operations of a consumer since a moment, decided by both books."""
        return replay(self.connection, self.rules, before, after, consumer, since, now)

    def used(self, id: str, since: datetime | None) -> list[Used]:
        """What was read under an agreement, by organisation and purpose."""
        table = agreement_uses.c
        by = (table.organisation, table.purpose)
        sums = (func.count(), func.sum(table.figures), func.sum(table.suppressed), func.max(table.at))
        wanted = select(*by, *sums).where(table.id == id).group_by(*by).order_by(*by)
        if since is not None:
            wanted = wanted.where(table.at >= since)
        return [Used(*row) for row in self.connection.execute(wanted)]


def _foremost(versions: Iterable[Version]) -> Version | None:
    """The latest that is in force, or else the latest."""
    known = list(versions)
    return next((one for one in reversed(known) if one.state in IN_FORCE), known[-1] if known else None)
