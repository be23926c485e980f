"""The agreements of the day: an immutable book. To put one version in, or take it out, costs the same however many
others there are, and changes nothing of other consumers' parts."""

from collections import OrderedDict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from threading import Lock
from typing import Any

from immutables import Map

from policies.agreement import Agreement
from policies.decision import AgreementRef, Grant, Refusal

MEMO_SIZE = 10_000
NONE: Map[Any, Any] = Map()


class Alike:
    """Versions of one consumer that cover exactly the same: whatever one of them covers, each does."""

    def __init__(self, versions: "Map[AgreementRef, Agreement]") -> None:
        self.versions = versions

    @cached_property
    def _ordered(self) -> Sequence[Agreement]:
        return sorted(self.versions.values(), key=lambda agreement: agreement.ref)

    def told(self, now: datetime) -> Agreement:
        """The first that is in force; where none is, the one that began last."""
        for agreement in self._ordered:
            if agreement.in_force(now):
                return agreement
        return max(self._ordered, key=lambda agreement: agreement.not_before)


class Candidates:
    """The versions of one consumer that name one measure, grouped by what they cover. `moments`: at which one of them
    begins or ends, with how many do."""

    def __init__(self, groups: "Map[Hashable, Alike]" = NONE, moments: "Map[datetime, int]" = NONE) -> None:
        self.groups, self._moments = groups, moments

    def with_(self, agreement: Agreement) -> "Candidates":
        """These, and one more."""
        versions = self.groups[agreement.coverage].versions if agreement.coverage in self.groups else NONE
        kept = versions.set(agreement.ref, agreement)
        return Candidates(self.groups.set(agreement.coverage, Alike(kept)), self._counted(agreement, 1))

    def without(self, agreement: Agreement) -> "Candidates":
        """These, and one less."""
        left = self.groups[agreement.coverage].versions.delete(agreement.ref)
        groups = self.groups.set(agreement.coverage, Alike(left)) if left else self.groups.delete(agreement.coverage)
        return Candidates(groups, self._counted(agreement, -1))

    def _counted(self, agreement: Agreement, by: int) -> "Map[datetime, int]":
        moments = self._moments
        for moment in (agreement.not_before, agreement.not_after):
            count = moments.get(moment, 0) + by
            moments = moments.set(moment, count) if count else moments.delete(moment)
        return moments

    def told(self, now: datetime) -> Iterator[Agreement]:
        """One version of each group, by id."""
        return iter(sorted((alike.told(now) for alike in self.groups.values()), key=lambda one: one.ref))

    @cached_property
    def boundaries(self) -> Sequence[datetime]:
        """The moments at which one of them begins or ends, in order."""
        return sorted(self._moments)

    @cached_property
    def limits(self) -> Collection[str]:
        """The places that one of them is limited to."""
        return {one.within for one in self._each() if one.within}

    @cached_property
    def spans(self) -> tuple[Sequence[date], Sequence[date]]:
        """The first days, and the last days, that they cover, in order."""
        return sorted({one.period_from for one in self._each()}), sorted({one.period_to for one in self._each()})

    def _each(self) -> Iterator[Agreement]:
        """Any version of each group."""
        return (next(iter(alike.versions.values())) for alike in self.groups.values())


class Memo:
    """Decisions that were made, of those made lately. They are asked for on the event loop and beside it."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, Grant | Refusal] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> Grant | Refusal | None:
        """The decision under a key, if it is known."""
        known = self._known.get(key)
        if known is not None:
            with self._lock:
                if key in self._known:
                    self._known.move_to_end(key)
        return known

    def keep(self, key: Hashable, decision: Grant | Refusal) -> None:
        """Keeps a decision, and forgets the one that was wanted longest ago where there are too many."""
        with self._lock:
            self._known[key] = decision
            if len(self._known) > MEMO_SIZE:
                self._known.popitem(last=False)


class Part:
    """One consumer's part of a book. `epoch`: of the change that made it. `memo`: what was decided by it, which goes
    when the part is replaced."""

    def __init__(self, epoch: int = 0, named: "Map[str, Candidates]" = NONE) -> None:
        self.epoch, self._named = epoch, named
        self.memo = Memo()

    def candidates(self, measure: str) -> Candidates:
        """Those that name a measure."""
        return self._named.get(measure, NOBODY)

    def changed(self, gone: Agreement | None, new: Agreement | None, epoch: int) -> "Part":
        """The part after one version went, one came, or one was replaced."""
        named = self._named
        for name in gone.measures if gone else ():
            left = named[name].without(gone) if gone else NOBODY
            named = named.set(name, left) if left.groups else named.delete(name)
        for name in new.measures if new else ():
            named = named.set(name, named.get(name, NOBODY).with_(new)) if new else named
        return Part(epoch, named)

    def dated(self, epoch: int) -> "Part":
        """The same part, of another epoch."""
        return Part(epoch, self._named)


NOBODY = Candidates()


@dataclass(frozen=True, slots=True)
class Book:
    """Agreement versions by (id, version). `epoch`: number of the last change that is in it. `confirmed`: whether it is
    known to be the latest; where it is not, no agreement of it counts."""

    epoch: int = 0
    confirmed: bool = True
    _versions: "Map[AgreementRef, Agreement]" = field(default=NONE, repr=False)
    _parts: "Map[str, Part]" = field(default=NONE, repr=False)
    _empty: Part = field(default_factory=Part, repr=False)

    @classmethod
    def of(cls, agreements: Iterable[Agreement], epoch: int = 1) -> "Book":
        """A book of these. Of two that are the same version, the later counts."""
        book = cls()
        for agreement in agreements:
            book = book.with_(agreement, epoch)
        return replace(book, epoch=epoch)

    def with_(self, agreement: Agreement, epoch: int | None = None) -> "Book":
        """The book with one version put in, or put in the place of itself in another state."""
        return self._changed(self._versions.get(agreement.ref), agreement, epoch)

    def without(self, ref: AgreementRef, epoch: int | None = None) -> "Book":
        """The book with one version taken out, if it was in."""
        gone = self._versions.get(ref)
        return self._changed(gone, None, epoch) if gone else self

    def moved(
        self, new: Iterable[Agreement], gone: Iterable[AgreementRef], epochs: Mapping[str, int], epoch: int
    ) -> "Book":
        """The book after all of this. `epochs`: of each consumer's part, whether anything in it has changed or not: by
        an older one nothing more is recorded."""
        book = self
        for agreement in new:
            book = book.with_(agreement, epochs.get(agreement.consumer, 0))
        for ref in gone:
            book = book.without(ref)
        parts = book._parts
        for consumer, part in book._parts.items():
            if part.epoch != (dated := epochs.get(consumer, 0)):
                parts = parts.set(consumer, part.dated(dated))
        return replace(book, epoch=epoch, _parts=parts)

    def _changed(self, gone: Agreement | None, new: Agreement | None, epoch: int | None) -> "Book":
        epoch = self.epoch + 1 if epoch is None else epoch
        versions, parts = self._versions, self._parts
        if gone:
            versions = versions.delete(gone.ref)
        if new:
            versions = versions.set(new.ref, new)
        # Of what is said anew of a version, only its state can differ: its consumer is the same.
        if changed := new or gone:
            parts = parts.set(changed.consumer, self.part(changed.consumer).changed(gone, new, epoch))
        return replace(self, epoch=epoch, _versions=versions, _parts=parts)

    def part(self, organisation: str | None) -> Part:
        """The part of one consumer."""
        return self._parts.get(organisation or "", self._empty)

    def get(self, ref: AgreementRef) -> Agreement | None:
        """One version, if it is in the book."""
        return self._versions.get(ref)

    def in_force(self, now: datetime) -> list[Agreement]:
        """Those in force, in order."""
        return sorted((one for one in self if one.in_force(now)), key=lambda agreement: agreement.ref)

    def __iter__(self) -> Iterator[Agreement]:
        return iter(self._versions.values())

    def __len__(self) -> int:
        return len(self._versions)
