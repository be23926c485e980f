"""Why a field was refused, in plain words. It explains and never decides: the policies have already said no.

A caller is told of its own organisation's agreements only; that others have any is not told.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from policies.agreement import Agreement, AgreementStatus
from policies.caller import Caller
from policies.cedar import EVERYWHERE
from policies.decision import Access, Refusal
from reference.area import AreaLevel, Gazetteer
from reference.facets import Facet
from reference.london import london_day
from reference.measure import Measure

Clause = tuple[str, str, str]


def explain(
    measure: Measure, candidates: Sequence[Agreement], caller: Caller, purpose: str | None, access: Access,
    inside: frozenset[str], gazetteer: Gazetteer, now: datetime, until: datetime,
) -> Refusal:  # fmt: skip
    """The refusal, with the first condition that failed of the agreement that came nearest."""
    failed = [_failed(each, caller, purpose, access, inside, gazetteer, now) for each in candidates]
    # An agreement for another purpose is further away than one for this purpose that lacks anything else.
    nearest = min(failed, key=lambda c: (any(k == "purpose" for k, _, _ in c), len(c)), default=None)
    clause, reason, remedy = nearest[0] if nearest else _none(measure, caller, access)
    return Refusal(measure.coordinate, measure.owner, clause, reason, remedy, until)


def _none(measure: Measure, caller: Caller, access: Access) -> Clause:
    asked = f"{measure.title} {_words(access)}"
    opened = _open(measure)
    ask = f"Ask for what is open ({opened}), or " if opened else ""
    if caller.organisation is None:
        return (
            "published",
            f"{asked} is not open to everyone: it is {measure.owner}'s to share under an agreement.",
            _sentence(f"{ask}send the token of an organisation that has an agreement."),
        )
    return (
        "agreement",
        f"{asked} is not open to everyone, and {caller.organisation} has no agreement with {measure.owner} for it.",
        _sentence(f"{ask}propose an agreement to {measure.owner}."),
    )


def _failed(
    told: Agreement, caller: Caller, purpose: str | None, access: Access, inside: frozenset[str],
    gazetteer: Gazetteer, now: datetime,
) -> list[Clause]:  # fmt: skip
    """The conditions of one agreement that the request does not meet, the most telling first."""
    name, owner = told.id, told.owner
    found: list[Clause] = []
    if now >= told.not_after:
        last = london_day(told.not_after - timedelta(seconds=1))
        found.append(("term", f"{name} ended on {last}.", f"Ask {owner} to renew {name}."))
    elif now < told.not_before:
        begins = london_day(told.not_before)
        found.append(("term", f"{name} begins on {begins}.", f"Ask again from {begins}."))
    if told.status is not AgreementStatus.ACTIVE:
        found.append(("status", f"{name} is {told.status.lower()}.", f"Ask {owner} about {name}."))
    if not told.roles & caller.roles:
        allowed = " or ".join(sorted(told.roles))
        found.append(
            ("roles", f"{name} is for the role {allowed}.", f"Use the token of someone with the role {allowed}.")
        )
    if purpose not in told.purposes:
        allowed = " or ".join(sorted(told.purposes))
        given = f'this request\'s is "{purpose}"' if purpose else "this request states none"
        found.append(("purpose", f"{name} is for the purpose {allowed}; {given}.", _purpose_remedy(told, caller)))
    elif purpose not in caller.purposes:
        found.append(("purpose", f"The token does not allow the purpose {purpose}.", _purpose_remedy(told, caller)))
    if access.facets not in told.breakdowns:
        agreed = _agreed(told)
        covers = f"covers figures {f'by {agreed}' if agreed else 'without facets'}"
        remedy = f"Ask by {agreed}, or without facets." if agreed else "Ask without facets."
        found.append(("breakdowns", f"{name} {covers}, not by {_facets(access.facets)}.", remedy))
    if not access.levels <= told.levels:
        reason = f"{name} covers {_levels(told.levels)}, not {_levels(access.levels - told.levels)}."
        found.append(("finest", reason, f"Ask for places of the level {_levels(told.levels, 'or')}."))
    if (told.within or EVERYWHERE) not in inside:
        place = f"{gazetteer[told.within].name} ({told.within})" if told.within else "everywhere"
        found.append(("within", f"{name} covers places inside {place} only.", f"Ask for areas within {place}."))
    if access.first < told.period_from or access.last > told.period_to:
        span = f"{told.period_from} to {told.period_to}"
        found.append(("periods", f"{name} covers {span}.", f"Ask for periods from {span}."))
    # Whatever else the policies hold against it: a gateway that does not carry the field.
    return found or [("gateways", f"No law that {name} cites carries the field.", f"Ask {owner} to amend {name}.")]


def _purpose_remedy(told: Agreement, caller: Caller) -> str:
    usable = sorted(told.purposes & caller.purposes)
    if usable:
        return f"Send the header Purpose: {usable[0]}."
    return f"Use a token whose purposes include {' or '.join(sorted(told.purposes))}."


def _open(measure: Measure) -> str:
    words = {0: "without facets", 1: "by one facet"}
    return "; ".join(f"{rule.level} {words.get(rule.facets, 'by all facets')}" for rule in measure.open_to)


def _words(access: Access) -> str:
    grouped = f"by {_facets(access.facets)}" if access.facets else "without facets"
    return f"for {_levels(access.levels)} areas {grouped}"


def _agreed(told: Agreement) -> str:
    """The widest sets of facets it covers: those that are part of no other."""
    widest = [each for each in told.breakdowns if each and not any(each < other for other in told.breakdowns)]
    return " or ".join(sorted(_facets(each) for each in widest))


def _facets(facets: Iterable[Facet]) -> str:
    return " and ".join(sorted(facets))


def _levels(levels: frozenset[AreaLevel], word: str = "and") -> str:
    *some, last = [level.value for level in AreaLevel if level in levels] or ["no"]
    return f"{', '.join(some)} {word} {last}" if some else last


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
