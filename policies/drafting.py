"""A draft of an agreement from what was refused: all that the query and the register of gateways determine is filled
in, and what a person must answer is left out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from policies.agreement import Agreement, covered, levels_of
from policies.agreement_content import Content, content_of
from policies.agreement_file import LAST, NESTED, NOT_NESTED, AgreementStatus
from policies.book import Book
from policies.caller import ROLES, Caller
from policies.decision import Access
from policies.rules import Rules
from reference.area import AreaLevel
from reference.facets import Facet, widest
from reference.london import london_day


def draft(
    rules: Rules, book: Book, caller: Caller, purpose: str | None, wanted: Sequence[Access], owner: str, now: datetime
) -> Content:
    """The terms under which one owner would have granted these to the caller, so far as they follow from them."""
    asked = [access for one in wanted for access in _inputs(rules, one) if _owned(rules, access, owner)]
    names = list(dict.fromkeys(access.measure for access in asked))
    levels = {level for access in asked for level in access.levels}
    nested = [level for level in levels if level in NESTED]
    others = sorted(level.value for level in levels if level in NOT_NESTED)
    titles = [rules.measures[name].title for name in names]
    scope: dict[str, Any] = {
        "measures": names,
        "breakdowns": _breakdowns(asked),
        "finest": max(nested, key=lambda level: level.rank).value if nested else AreaLevel.UK.value,
        "levels": others or None,
        "within": _within(rules, asked),
        "from": min(access.first for access in asked),
        "roles": sorted(ROLES.keys() & caller.roles),
    }
    laws = [
        name
        for name, law in rules.gateways.items()
        if all(law.carries(measure, owner, caller.organisation or "") for measure in names)
    ]
    profiles = _profiles(rules, book, owner, caller.organisation, names)
    return content_of(
        {
            "title": f"{_listed(titles)} for {purpose}" if purpose else _listed(titles),
            "kind": "ISA",
            "parties": {"owner": owner, "consumer": caller.organisation},
            "purpose": {"purposes": [purpose] if purpose else None},
            "scope": scope,
            # Where several laws would carry it, somebody with legal knowledge chooses.
            "legal": {"gateways": laws if len(laws) == 1 else None},
            "obligations": {"profile": profiles[0]} if len(profiles) == 1 else {},
            "security": {"classification": "OFFICIAL"},
            "term": {"not_before": london_day(now)},
        }
    )


def as_if_agreed(rules: Rules, content: Content, now: datetime) -> Agreement:
    """What a draft of this module would cover if it were in force: to be decided by, and for nothing else. What a
    person must answer is taken to be answered so that it goes on: under any law that carries the measures."""
    scope, between = content["scope"], content["parties"]
    owner, consumer, names = between["owner"], between["consumer"], scope["measures"]
    finest, others = AreaLevel(scope["finest"]), [AreaLevel(level) for level in scope.get("levels") or ()]
    within = scope.get("within")
    laws = (
        name for name, law in rules.gateways.items() if all(law.carries(measure, owner, consumer) for measure in names)
    )
    return Agreement(
        id="draft", version=0, title=content["title"], kind=content["kind"], status=AgreementStatus.ACTIVE, owner=owner,
        consumer=consumer, purposes=frozenset(content.get("purpose", {}).get("purposes") or ()), statement="",
        measures=tuple(names),
        breakdowns=covered(frozenset(frozenset(map(Facet, facets)) for facets in scope.get("breakdowns") or ())),
        finest=finest, levels=levels_of(finest, others, rules.gazetteer[within] if within else None), within=within,
        period_from=date.fromisoformat(scope["from"]), period_to=LAST, roles=frozenset(scope.get("roles") or ()),
        gateways=tuple(laws), obligations=(), stale_answers=False, not_before=now - timedelta(days=1),
        not_after=now + timedelta(days=1), review_by=LAST, content_hash="", record={},
    )  # fmt: skip


def _inputs(rules: Rules, access: Access) -> Iterable[Access]:
    """What is needed to compute a derived measure; any other itself."""
    inputs = rules.measures[access.measure].inputs
    if not inputs:
        return (access,)
    return (access._replace(measure=name, facets=access.facets & set(rules.measures[name].facets)) for name in inputs)


def owners(rules: Rules, access: Access, organisation: str | None) -> list[str]:
    """Who owns a measure, or what it is computed from, but for the organisation itself."""
    names = rules.measures[access.measure].inputs or (access.measure,)
    return [owner for name in names if (owner := rules.measures[name].owner.value) != organisation]


def _owned(rules: Rules, access: Access, owner: str) -> bool:
    return rules.measures[access.measure].owner == owner


def _breakdowns(asked: Iterable[Access]) -> list[list[str]]:
    """The sets of facets asked for, without those that are part of another."""
    sets = {access.facets for access in asked}
    return sorted(sorted(facet.value for facet in facets) for facets in widest(sets) if facets)


def _within(rules: Rules, asked: Iterable[Access]) -> str | None:
    """The smallest place that holds every area asked for, where that is less than everywhere."""
    place = rules.gazetteer.holding(tuple({code: None for access in asked for code in access.areas}))
    return place.code if place and place.level is not AreaLevel.UK else None


def _profiles(rules: Rules, book: Book, owner: str, consumer: str | None, names: Sequence[str]) -> list[str]:
    """The profiles under which the owner shares these already: with the consumer, or else with others, or else with
    everyone."""
    agreed = [
        (one.consumer, str(profile))
        for one in book
        if one.owner == owner
        and set(names) & set(one.measures)
        and (profile := _obligations(one.record).get("profile"))
    ]
    mine = {profile for whose, profile in agreed if whose == consumer}
    opened = {rule.profile for name in names for rule in rules.measures[name].open_to if rule.profile}
    return sorted(mine or {profile for _, profile in agreed} or opened)


def _obligations(record: Mapping[str, Any]) -> Mapping[str, Any]:
    return record.get("obligations") or {}


def _listed(titles: Sequence[str]) -> str:
    """Titles as a sentence lists them."""
    *some, last = titles or ["Figures"]
    return f"{', '.join(some)} and {last}" if some else last
