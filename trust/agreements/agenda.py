"""When the Trust has to look whether an agreement begins, ends or is to be reviewed."""

from datetime import datetime
from heapq import heappop, heappush

from policies.agreement_file import AgreementStatus as S
from trust.agreements.version import Version, dates_of


class Agenda:
    """The moments at which something may be due, the next first. One that is there in vain costs one look."""

    def __init__(self) -> None:
        self._moments: list[datetime] = []
        self._known: set[datetime] = set()
        self._left: datetime | None = None

    def note(self, one: Version) -> None:
        """The moments at which a version, in its state, will move by itself."""
        dates = dates_of(one.content)
        self._add(self._left)
        self._left = None
        if one.state is S.SCHEDULED:
            self._add(dates.not_before)
        if one.state is S.ACTIVE:
            self._add(dates.review_end)
        if one.state in (S.SCHEDULED, S.ACTIVE, S.SUSPENDED):
            self._add(dates.not_after)

    def due(self, now: datetime) -> bool:
        """Whether a moment has come."""
        return bool(self._moments) and self._moments[0] <= now

    def done(self, now: datetime, *, left: bool) -> None:
        """What was due by now has been looked at. `left`: whether something of it could not be moved; then it is looked
        at again when something else has been."""
        while self.due(now):
            self._known.discard(heappop(self._moments))
        self._left = now if left else None

    def _add(self, moment: datetime | None) -> None:
        if moment and moment not in self._known:
            self._known.add(moment)
            heappush(self._moments, moment)
