"""Whether one owner's terms for the same figures, held beside each other, show what one of them hides."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Self

from policies.agreement import Agreement, read_agreements
from policies.agreement_file import FIRST, LAST
from policies.agreement_file import AgreementStatus as S
from policies.cedar import opened
from policies.errors import PolicyError
from policies.obligation import Bands, Obligation, Profile, strictest
from policies.obligation import obligations as read_obligations
from policies.rules import Rules
from reference.area import Gazetteer

# States in which an agreement is read by, or will be.
_COUNTING = (S.ACTIVE, S.SUSPENDED, S.SCHEDULED, S.APPROVED)
# What open data are called where terms are named.
OPEN = "open"
REMEDY = "Treat figures as the others do, or say in obligations.accepted, by the name of the other, why not."


class Terms(NamedTuple):
    """What is done to some figures before they are shown, and by whose terms. `over`: nobody will read by them."""

    name: str
    measures: frozenset[str]
    obligations: tuple[Obligation, ...]
    within: str | None
    first: date
    last: date
    over: bool = False

    @classmethod
    def of(cls, one: Agreement) -> Self:
        """The terms of an agreement that counts."""
        return cls(
            one.id, frozenset(one.measures), strictest(one.obligations), one.within, one.period_from, one.period_to
        )


class Contradiction(NamedTuple):
    """By whose terms, and for which measures, figures are treated otherwise, and how."""

    other: str
    measures: tuple[str, ...]
    differences: tuple[str, ...]


def sentence(found: Iterable[Contradiction]) -> str:
    """Contradictions of some terms, as what is said of them."""
    alike: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for one in found:
        names = alike.setdefault(one.differences, {}).setdefault(", ".join(one.measures), [])
        names.append("what everyone may read" if one.other == OPEN else one.other)
    told = [
        f"{' and '.join(names)} on {measures} ({'; '.join(how)})"
        for how, by_measures in alike.items()
        for measures, names in by_measures.items()
    ]
    return f"contradicts {'; '.join(told)}"


def terms_of(content: Mapping[str, Any], profiles: Mapping[str, Profile], *, over: bool = False) -> Terms:
    """The terms of a content that is complete."""
    scope = content["scope"]
    treatment = {key: value for key, value in content["obligations"].items() if key != "accepted"}
    first, last = (_day(scope.get(key), otherwise) for key, otherwise in (("from", FIRST), ("to", LAST)))
    measures, obligations = frozenset(scope["measures"]), strictest(read_obligations(treatment, profiles))
    return Terms(content["id"], measures, obligations, scope.get("within"), first, last, over)


def among(agreements: Iterable[Agreement], rules: Rules) -> list[str]:
    """How agreements that count beside each other contradict one another, or what is open, in sentences, without what
    their owners accept. Nobody reads figures under a band."""
    by_treatment: dict[tuple[str, tuple[Obligation, ...]], list[Agreement]] = {}
    for one in agreements:
        if one.kind == "BAND":
            continue
        by_treatment.setdefault((one.owner, strictest(one.obligations)), []).append(one)
    told, others = list[str](), list(by_treatment.items())
    # Those of one treatment never contradict one another.
    for (owner, treatment), several in by_treatment.items():
        others = others[1:]
        unlike = [
            other
            for (whose, treated), group in others
            if whose == owner and differences(treatment, treated)
            for other in group
        ]
        for one in several:
            beside = [Terms.of(other) for other in unlike if one.id not in accepted(other.record)]
            allowed = accepted(one.record)
            if found := [each for each in contradictions(Terms.of(one), beside, rules) if each.other not in allowed]:
                told.append(f"{one.id} {sentence(found)}.")
    return told


def read_consistent(folder: Path, rules: Rules) -> list[Agreement]:
    """The agreements of a folder, one file each. Raises PolicyError, also where two that count contradict each other,
    or what is open."""
    agreements = read_agreements(folder, rules.known)
    if told := among((one for one in agreements if one.status in _COUNTING), rules):
        raise PolicyError(*told, REMEDY)
    return agreements


def contradictions(
    mine: Terms, others: Iterable[Terms], rules: Rules, *, narrowed: bool = False
) -> list[Contradiction]:
    """Every one of `others`, of the same owner, and what is open, that treats figures of `mine` otherwise, so that
    what is hidden by the one is shown, or can be worked out, by the other. `narrowed`: mine only take something away,
    and may be stricter than any."""
    found = list[Contradiction]()
    for other in (*others, *_opened(mine, rules)):
        shared = tuple(sorted(mine.measures & other.measures))
        if not shared or max(mine.first, other.first) > min(mine.last, other.last):
            continue
        if not _meet(mine.within, other.within, rules.gazetteer):
            continue
        if words := differences(mine.obligations, other.obligations, over=narrowed or other.over):
            found.append(Contradiction(other.name, shared, tuple(words)))
    return found


def differences(mine: Sequence[Obligation], theirs: Sequence[Obligation], *, over: bool = False) -> list[str]:
    """How two treatments of the same figures contradict each other, in words; none where what both show together is no
    more than what one of them shows. `over`: of `theirs` only what has been shown counts, so mine may be stricter."""
    ours, others = _by_kind(mine), _by_kind(theirs)
    told = list[str]()
    for kind in ("suppress_below", "dominance"):
        one, other = ours.get(kind), others.get(kind)
        stricter = over and one is not None and strictest([rule for rule in (one, other) if rule]) == (one,)
        if one != other and not stricter:
            told.append(_beside(one, other))
    one, other = ours.get("rounding"), others.get("rounding")
    if one and other and one != other and not _nested(one.steps, other.steps):
        told.append(f"{_beside(one, other)}: the two together tell more than either")
    return told


def is_open(one: Agreement, rules: Rules) -> bool:
    """Whether everyone may read all that an agreement covers, so that nobody ever reads under it."""
    return all(
        one.levels <= opened(rules.measures[name], min(len(facets), 2))
        for name in one.measures
        for facets in one.breakdowns
        if facets <= set(rules.measures[name].facets)
    )


def accepted(content: Mapping[str, Any]) -> frozenset[str]:
    """The terms that an agreement's owner lets it contradict, with a reason."""
    return frozenset(one["terms"] for one in content["obligations"].get("accepted", ()))


def _day(text: object, otherwise: date) -> date:
    return date.fromisoformat(text) if isinstance(text, str) else otherwise


def _opened(mine: Terms, rules: Rules) -> Iterable[Terms]:
    """What everyone may read of the same measures. Of a measure that no source answers, nobody reads anything."""
    for name in sorted(mine.measures & rules.protected.keys()):
        measure = rules.measures[name]
        if measure.open_to:
            yield Terms(OPEN, frozenset((name,)), rules.opened(measure), None, date.min, date.max)


@lru_cache(4096)
def _meet(one: str | None, other: str | None, places: Gazetteer) -> bool:
    """Whether two limits have places in common."""
    if one is None or other is None:
        return True
    return any(places.inside(area, one) and places.inside(area, other) for area in places)


def _by_kind(obligations: Iterable[Obligation]) -> dict[str, Obligation]:
    kept = strictest(obligations)
    return {"rounding" if one.kind.startswith("round") else one.kind: one for one in kept}


def _beside(one: Obligation | None, other: Obligation | None) -> str:
    here, there = ((rule.words[0].lower() + rule.words[1:]) if rule else None for rule in (one, other))
    if here is None or there is None:
        return f"there, and not here: {there}" if here is None else f"here, and not there: {here}"
    return f"here: {here}; there: {there}"


@lru_cache(256)
def _nested(one: Bands, other: Bands) -> bool:
    """Whether one of two roundings is made of whole classes of the other. Otherwise a figure that is rounded both ways
    is known more closely than by either: to the nearest 5 and 10, it is known to the nearest 2.5; to the nearest 5 and
    15, to the nearest 5."""
    rise = all(_step(steps, 2 * start) >= 0 for steps in (one, other) for start, _ in steps[1:])
    return rise and (_divided(one, other) or _divided(other, one))


def _divided(coarse: Bands, fine: Bands) -> bool:
    """Whether the coarser of two roundings goes on to another value only where the finer does as well.

    Places are counted in halves. Of the places where one base goes on, two in a row show what all of them do; the first
    of a band may be met by the change of bands instead.
    """
    starts = sorted({2 * start for start, _ in (*coarse, *fine)})
    places = set(starts)
    for start, end in zip(starts, (*starts[1:], None), strict=True):
        base = _base(coarse, start)
        first = base * (2 * -(-(start - base) // (2 * base)) + 1)
        places |= {place for place in (first, first + 2 * base, first + 4 * base) if end is None or place < end}
    return all(_step(fine, place) for place in places if _step(coarse, place))


def _step(steps: Bands, place: int) -> int:
    """By how much values from a place on are rounded to more than those just below it."""
    at, below = _base(steps, place), _base(steps, place - 1)
    return at * ((place + at) // (2 * at)) - below * ((place + below - 1) // (2 * below))


def _base(steps: Bands, place: int) -> int:
    return next(to for start, to in reversed(steps) if 2 * start <= place or start == 0)
