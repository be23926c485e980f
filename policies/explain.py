"""Why a field was refused, in plain words. It explains and never decides: the policies have already said no.

A caller is told of its own organisation's agreements only; that others have any is not told.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from policies.agreement import Agreement, AgreementStatus
from policies.caller import Caller
from policies.cedar import EVERYWHERE
from policies.decision import Access, Refusal
from reference.area import AreaLevel
from reference.measure import Measure

Clause = tuple[str, str, str]


def explain(
    measure: Measure, candidates: Sequence[Agreement], caller: Caller, purpose: str | None, access: Access,
    inside: frozenset[str], now: datetime, until: datetime,
) -> Refusal:  # fmt: skip
    """The refusal, with the first condition that failed of the agreement that came nearest."""
    failed = [_failed(each, caller, purpose, access, inside, now) for each in candidates]
    # An agreement for another purpose is further away than one for this purpose that lacks anything else.
    nearest = min(
        (each for each in failed if each), key=lambda c: (any(k == "purpose" for k, _, _ in c), len(c)), default=None
    )
    clause, reason, remedy = nearest[0] if nearest else _none(measure, caller, access)
    return Refusal(measure.coordinate, measure.owner, clause, reason, remedy, until)


def _none(measure: Measure, caller: Caller, access: Access) -> Clause:
    asked = f"{measure.title} {_words(access)}"
    opened = _open(measure)
    if caller.organisation is None:
        return (
            "published",
            f"{asked} is not open to everyone: it is {measure.owner}'s to share under an agreement.",
            f"Ask for what is open ({opened}), or send the token of an organisation that has an agreement.",
        )
    return (
        "agreement",
        f"{asked} is not open to everyone, and {caller.organisation} has no agreement with {measure.owner} for it.",
        f"Ask for what is open ({opened}), or propose an agreement to {measure.owner}.",
    )


def _failed(
    told: Agreement, caller: Caller, purpose: str | None, access: Access, inside: frozenset[str], now: datetime
) -> list[Clause]:
    """The conditions of one agreement that the request does not meet, the most telling first."""
    name, owner = told.id, told.owner
    found: list[Clause] = []
    if now >= told.not_after:
        last = (told.not_after - timedelta(days=1)).date()
        found.append(("term", f"{name} ended on {last}.", f"Ask {owner} to renew {name}."))
    elif now < told.not_before:
        found.append(
            ("term", f"{name} begins on {told.not_before.date()}.", f"Ask again from {told.not_before.date()}.")
        )
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
    if access.facets not in told.breakdowns:
        agreed = " or ".join(sorted(" and ".join(sorted(each)) for each in told.breakdowns if each)) or "no facet"
        found.append(("breakdowns", f"{name} covers {agreed}, not {_facets(access)}.", f"Ask by {agreed}, or by none."))
    if not access.levels <= told.levels:
        found.append(
            ("finest", f"{name} goes down to {told.finest}, not {_levels(access)}.", f"Ask for {told.finest} areas.")
        )
    if (told.within or EVERYWHERE) not in inside:
        found.append(
            ("within", f"{name} covers places inside {told.within} only.", f"Ask for areas within {told.within}.")
        )
    if access.first < told.period_from or access.last > told.period_to:
        span = f"{told.period_from} to {told.period_to}"
        found.append(("periods", f"{name} covers {span}.", f"Ask for periods from {span}."))
    return found


def _purpose_remedy(told: Agreement, caller: Caller) -> str:
    usable = sorted(told.purposes & caller.purposes)
    if usable:
        return f"Send the header Purpose: {usable[0]}."
    return f"Use a token whose purposes include {' or '.join(sorted(told.purposes))}."


def _open(measure: Measure) -> str:
    words = {0: "without facets", 1: "by one facet"}
    return "; ".join(f"{rule.level} {words.get(rule.facets, 'by all facets')}" for rule in measure.open_to)


def _words(access: Access) -> str:
    return f"for {_levels(access)} areas {'without facets' if not access.facets else 'by ' + _facets(access)}"


def _facets(access: Access) -> str:
    return " and ".join(sorted(access.facets)) or "no facet"


def _levels(access: Access) -> str:
    return " and ".join(level for level in AreaLevel if level in access.levels)
