"""Whether one version of an agreement is nowhere wider than another: then its owner may put it in force alone."""

from collections.abc import Iterable

from policies.agreement import Agreement
from policies.agreement_content import content_of
from policies.agreement_file import NESTED
from policies.obligation import Obligation, strictest
from policies.terms_difference import terms_difference
from reference.area import AreaLevel, gazetteer

# Keys that are compared by what they mean, as are obligations. All others are compared by what is written.
COMPARED = frozenset((
    "purpose.purposes", "scope.measures", "scope.breakdowns", "scope.finest", "scope.levels", "scope.within",
    "scope.from", "scope.to", "scope.roles", "security.stale_answers", "term.not_before", "term.not_after",
    "term.review_by",
))  # fmt: skip
# Keys that name a version, and differ from one to the next.
NAMES = frozenset(("version", "supersedes"))


def wider(before: Agreement, after: Agreement) -> list[str]:
    """Every way in which `after` is wider than `before`, or other than it in what cannot be wider or narrower: the key,
    and why. Empty where it is narrower or the same."""
    return [*beyond(before, after), *_others(before, after)]


def beyond(before: Agreement, after: Agreement) -> list[str]:
    """Every way in which `after` covers more than `before`, for longer, or under weaker obligations."""
    return [*_scope(before, after), *_treatment(before, after), *_term(before, after)]


def weaker(before: Iterable[Obligation], after: Iterable[Obligation]) -> list[tuple[str, str]]:
    """The obligations that are in some way less strict than they were: how each was, and how it is."""
    after = tuple(after)
    # As strict as both is what it is already, unless the first was stricter.
    both = {_kind(one): one for one in strictest((*before, *after))}
    kept = {_kind(one): one for one in strictest(after)}
    was = {_kind(one): one for one in strictest(before)}
    return [
        (was[kind].words, kept[kind].words if kind in kept else "Nothing is done")
        for kind, one in both.items()
        if kept.get(kind) != one
    ]


def _kind(obligation: Obligation) -> str:
    """What it is compared with: one rounding with another, whatever they are called."""
    return "rounding" if obligation.kind.startswith("round") else obligation.kind


def _scope(before: Agreement, after: Agreement) -> list[str]:
    """What is covered that was not."""
    breakdowns = [" and ".join(sorted(one)) for one in after.breakdowns - before.breakdowns]
    added = [
        ("purpose.purposes", sorted(after.purposes - before.purposes)),
        ("scope.measures", [name for name in after.measures if name not in before.measures]),
        ("scope.breakdowns", sorted(breakdowns, key=lambda words: (words.count(" and "), words))),
        *((_key(level, after), [level]) for level in AreaLevel if level in after.levels - before.levels),
        ("scope.roles", sorted(after.roles - before.roles)),
    ]
    told = [f"{key}: adds {', '.join(values)}." for key, values in added if values]
    if before.within and not _inside(after.within, before.within):
        told.append(f"scope.within: {_place(after.within)} does not lie inside {_place(before.within)}.")
    if after.period_from < before.period_from:
        told.append(f"scope.from: {after.period_from} is earlier than {before.period_from}.")
    if after.period_to > before.period_to:
        told.append(f"scope.to: {after.period_to} is later than {before.period_to}.")
    return told


def _treatment(before: Agreement, after: Agreement) -> list[str]:
    """What is done less to figures, or with them."""
    told = [f"obligations: was: {was}. Is: {now}." for was, now in weaker(before.obligations, after.obligations)]
    if after.stale_answers and not before.stale_answers:
        told.append("security.stale_answers: the last answer may be kept while the owner cannot be asked.")
    return told


def _term(before: Agreement, after: Agreement) -> list[str]:
    """When it counts, or is not looked at again, while it did not, or was."""
    told: list[str] = []
    if after.not_before < before.not_before:
        told.append(f"term.not_before: {after.not_before.isoformat()} is earlier than {before.not_before.isoformat()}.")
    if after.not_after > before.not_after:
        told.append(f"term.not_after: {after.not_after.isoformat()} is later than {before.not_after.isoformat()}.")
    if after.review_by > before.review_by:
        told.append(f"term.review_by: {after.review_by} is later than {before.review_by}.")
    return told


def _others(before: Agreement, after: Agreement) -> list[str]:
    """What is written otherwise and cannot be compared."""
    changes = terms_difference(content_of(before.record), content_of(after.record))
    others = [change.key for change in changes if change.key not in COMPARED | NAMES]
    return [f"{key}: is other." for key in others if not key.startswith("obligations.")]


def _key(level: AreaLevel, agreement: Agreement) -> str:
    """By which key an agreement covers a level: it covers that of the place it is limited to as well."""
    if level in NESTED and level.rank <= agreement.finest.rank:
        return "scope.finest"
    return "scope.levels" if level in agreement.record["scope"].get("levels", ()) else "scope.within"


def _inside(place: str | None, within: str) -> bool:
    """Whether a place lies inside another."""
    places = gazetteer()
    return place is not None and places.inside(places[place], within)


def _place(code: str | None) -> str:
    return f"{gazetteer()[code].name} ({code})" if code else "everywhere"
