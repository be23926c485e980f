"""Why a field was refused, in plain words. It explains and never decides: the policies have already said no.

A caller is told of its own organisation's agreements only; that others have any is not told.
"""

from collections.abc import Iterable, Set
from datetime import datetime, timedelta

from policies.agreement import Agreement, AgreementStatus
from policies.caller import PURPOSES, ROLES, Caller
from policies.cedar import EVERYWHERE
from policies.decision import Access, Refusal
from policies.own_terms import OwnTerms
from reference.area import AreaLevel, Gazetteer
from reference.facets import Facet, widest
from reference.london import london_day
from reference.measure import Measure

Clause = tuple[str, str, str]
# The clause of a refusal that may soon come out otherwise: it may be asked again.
UNCONFIRMED = "unconfirmed"


def explain(
    measure: Measure, candidates: Iterable[Agreement], caller: Caller, purpose: str | None, access: Access,
    inside: frozenset[str], gazetteer: Gazetteer, now: datetime, until: datetime,
) -> Refusal:  # fmt: skip
    """The refusal, with the first condition that failed of the agreement that came nearest."""
    failed = [_failed(candidate, caller, purpose, access, inside, gazetteer, now) for candidate in candidates]
    # An agreement for another purpose is further away than one for this purpose that lacks anything else.
    nearest = min(failed, key=lambda c: (any(k == "purpose" for k, _, _ in c), len(c)), default=None)
    clause, reason, remedy = nearest[0] if nearest else _none(measure, caller, access)
    return Refusal(measure.coordinate, measure.owner, clause, reason, remedy, until)


def explain_own(measure: Measure, terms: OwnTerms, caller: Caller, purpose: str | None, until: datetime) -> Refusal:
    """The refusal of a caller of the owner's own organisation."""
    if terms.role and not ROLES.keys() & caller.roles:
        roles = " or ".join(ROLES)
        clause, lacking = "roles", "a role that the Trust knows; the token has none"
        remedy = f"Use the token of someone with the role {roles}."
    else:
        clause, lacking = "purpose", f"a purpose that the Trust knows and the token allows; {_stated(purpose)}"
        remedy = _purpose_remedy(PURPOSES.keys(), caller)
    reason = f"{measure.owner}'s own figures, as they are, need {lacking}."
    return Refusal(measure.coordinate, measure.owner, clause, reason, remedy, until)


def explain_unconfirmed(measure: Measure) -> Refusal:
    """The refusal of what needs an agreement, while it is not known which agreements are in force."""
    reason = f"{measure.title} needs an agreement, and just now it cannot be confirmed which agreements are in force."
    return Refusal(measure.coordinate, measure.owner, UNCONFIRMED, reason, "Ask again in a moment.")


def _none(measure: Measure, caller: Caller, access: Access) -> Clause:
    """Why it is refused to a caller whose organisation has no agreement that names it."""
    request = f"{measure.title} {_words(access)}"
    opened = _open(measure)
    ask = f"Ask for what is open ({opened}), or " if opened else ""
    if caller.organisation is None:
        return (
            "published",
            f"{request} is not open to everyone: it is {measure.owner}'s to share under an agreement.",
            _sentence(f"{ask}send the token of an organisation that has an agreement."),
        )
    return (
        "agreement",
        f"{request} is not open to everyone, and {caller.organisation} has no agreement with {measure.owner} for it.",
        _sentence(f"{ask}propose an agreement to {measure.owner}."),
    )


def _failed(
    agreement: Agreement, caller: Caller, purpose: str | None, access: Access, inside: frozenset[str],
    gazetteer: Gazetteer, now: datetime,
) -> list[Clause]:  # fmt: skip
    """The conditions of one agreement that the request does not meet, the most telling first."""
    name, owner = agreement.id, agreement.owner
    clauses: list[Clause] = []
    if now >= agreement.not_after:
        last = london_day(agreement.not_after - timedelta(seconds=1))
        clauses.append(("term", f"{name} ended on {last}.", f"Ask {owner} to renew {name}."))
    elif now < agreement.not_before:
        begins = london_day(agreement.not_before)
        clauses.append(("term", f"{name} begins on {begins}.", f"Ask again from {begins}."))
    if agreement.status is not AgreementStatus.ACTIVE:
        clauses.append(("status", f"{name} is {agreement.status.lower()}.", f"Ask {owner} about {name}."))
    if not agreement.roles & caller.roles:
        allowed = " or ".join(sorted(agreement.roles))
        clauses.append(
            ("roles", f"{name} is for the role {allowed}.", f"Use the token of someone with the role {allowed}.")
        )
    if purpose not in agreement.purposes:
        allowed = " or ".join(sorted(agreement.purposes))
        reason = f"{name} is for the purpose {allowed}; {_stated(purpose)}."
        clauses.append(("purpose", reason, _purpose_remedy(agreement.purposes, caller)))
    elif purpose not in caller.purposes:
        reason = f"The token does not allow the purpose {purpose}."
        clauses.append(("purpose", reason, _purpose_remedy(agreement.purposes, caller)))
    if access.facets not in agreement.breakdowns:
        agreed = _agreed(agreement)
        covers = f"covers figures {f'by {agreed}' if agreed else 'without facets'}"
        remedy = f"Ask by {agreed}, or without facets." if agreed else "Ask without facets."
        clauses.append(("breakdowns", f"{name} {covers}, not by {_facets(access.facets)}.", remedy))
    if not access.levels <= agreement.levels:
        reason = f"{name} covers {_levels(agreement.levels)}, not {_levels(access.levels - agreement.levels)}."
        clauses.append(("finest", reason, f"Ask for places of the level {_levels(agreement.levels, 'or')}."))
    if (agreement.within or EVERYWHERE) not in inside:
        place = f"{gazetteer[agreement.within].name} ({agreement.within})" if agreement.within else "everywhere"
        clauses.append(("within", f"{name} covers places inside {place} only.", f"Ask for areas within {place}."))
    if access.first < agreement.period_from or access.last > agreement.period_to:
        span = f"{agreement.period_from} to {agreement.period_to}"
        clauses.append(("periods", f"{name} covers {span}.", f"Ask for periods from {span}."))
    # Whatever else the policies hold against it: a gateway that does not carry the field.
    return clauses or [("gateways", f"No law that {name} cites carries the field.", f"Ask {owner} to amend {name}.")]


def _stated(purpose: str | None) -> str:
    """The purpose of the request, as a sentence goes on."""
    return f'this request\'s is "{purpose}"' if purpose else "this request states none"


def _purpose_remedy(purposes: Set[str], caller: Caller) -> str:
    """What a caller of another purpose than these can do."""
    usable = sorted(purposes & caller.purposes)
    if usable:
        return f"Send the header Purpose: {usable[0]}."
    return f"Use a token whose purposes include {' or '.join(sorted(purposes))}."


def _open(measure: Measure) -> str:
    """The levels at which a measure is open to everyone."""
    words = {0: "without facets", 1: "by one facet"}
    return "; ".join(f"{rule.level} {words.get(rule.facets, 'by all facets')}" for rule in measure.open_to)


def _words(access: Access) -> str:
    """What was requested, as a sentence goes on."""
    grouped = f"by {_facets(access.facets)}" if access.facets else "without facets"
    return f"for {_levels(access.levels)} areas {grouped}"


def _agreed(agreement: Agreement) -> str:
    """The widest sets of facets it covers: those that are part of no other."""
    return " or ".join(sorted(_facets(facets) for facets in widest(agreement.breakdowns) if facets))


def _facets(facets: Iterable[Facet]) -> str:
    """Facets as a sentence names them."""
    return " and ".join(sorted(facets))


def _levels(levels: frozenset[AreaLevel], word: str = "and") -> str:
    """Levels as a sentence lists them, the widest first."""
    *some, last = [level.value for level in AreaLevel if level in levels] or ["no"]
    return f"{', '.join(some)} {word} {last}" if some else last


def _sentence(text: str) -> str:
    """A text with a capital at its beginning."""
    return text[0].upper() + text[1:]
