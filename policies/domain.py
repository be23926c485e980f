"""The requests that agreements can tell apart: a finite domain, cut into classes.

What an agreement covers is a box over seven axes. Along an axis, values that lie in the same boxes are one class, so
that a whole class of requests is decided at once. A mask says which boxes a value lies in, one bit for each.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date
from itertools import chain, combinations
from typing import NamedTuple, TypeVar

from policies.agreement import Agreement
from policies.caller import PURPOSES, ROLES
from policies.cedar import opened
from policies.decide import facets_of_input
from policies.decision import AgreementRef
from policies.obligation import Obligation, strictest
from policies.places import Inside, reachable
from policies.rules import Rules
from policies.spans import Spans, cut
from reference.area import AreaLevel
from reference.facets import Facet
from reference.measure import Measure

T = TypeVar("T", bound=Hashable)
EVERY_ROLE, EVERY_PURPOSE, EVERY_LEVEL = frozenset(ROLES), frozenset(PURPOSES), frozenset(AreaLevel)


class Box(NamedTuple):
    """What may be read of one measure, and on which terms: under an agreement, as published, or as one's own."""

    measure: str
    agreements: tuple[AgreementRef, ...]
    obligations: tuple[Obligation, ...]
    roles: frozenset[str]
    purposes: frozenset[str]
    levels: frozenset[AreaLevel]
    breakdowns: frozenset[frozenset[Facet]]
    within: str | None
    period_from: date
    period_to: date


Axis = Mapping[int, frozenset[T]]


class Domain(NamedTuple):
    """Along each axis, the classes by mask."""

    roles: Axis[frozenset[str]]
    purposes: Axis[str]
    levels: Axis[frozenset[AreaLevel]]
    breakdowns: Axis[frozenset[Facet]]
    periods: Axis[Spans]
    places: Axis[Inside]


def boxes(rules: Rules, measure: Measure, organisation: str, agreements: Iterable[Agreement]) -> list[Box]:
    """What an organisation may read of a measure that a department holds, in the order in which it is decided: its own,
    what is published, and by each of the agreements, which are in force, in the order of their names."""
    facets = subsets(measure.facets)
    whole = Box(
        measure.name, (), (), EVERY_ROLE, EVERY_PURPOSE, EVERY_LEVEL, frozenset(facets), None, date.min, date.max
    )
    if organisation == measure.owner:
        return [whole]
    few = [frozenset(one for one in facets if len(one) == count) for count in (0, 1)]
    published = [
        whole._replace(obligations=rules.published(measure), breakdowns=breakdowns, levels=opened(measure, count))
        for count, breakdowns in enumerate((*few, whole.breakdowns))
    ]
    covered = [box for box in published if box.levels]
    for one in sorted(agreements, key=lambda agreement: agreement.ref):
        carried = any(rules.gateways[law].carries(measure.name, one.owner, organisation) for law in one.gateways)
        if one.owner == measure.owner and carried:
            covered.append(
                Box(
                    measure.name, (one.ref,), strictest(one.obligations), one.roles, one.purposes, one.levels,
                    one.breakdowns, one.within, one.period_from, one.period_to,
                )
            )  # fmt: skip
    return covered


def domain(rules: Rules, measure: Measure, covered: Sequence[Box]) -> Domain:
    """The requests for a measure, cut by the boxes of what it is made of.

    Callers of several roles, and requests for several levels or places, are values of their own, for one agreement must
    cover the whole of a request, and may do so where another covers a part.
    """

    def masked(values: Iterable[T], lies_in: Callable[[T, Box], bool]) -> Axis[T]:
        classes: dict[int, set[T]] = {}
        for value in values:
            mask = sum(1 << bit for bit, box in enumerate(covered) if lies_in(value, box))
            classes.setdefault(mask, set()).add(value)
        return {mask: frozenset(several) for mask, several in classes.items()}

    def broken_down(facets: frozenset[Facet], box: Box) -> bool:
        needed = rules.measures[box.measure]
        return (facets_of_input(needed, facets) if measure.inputs else facets) in box.breakdowns

    limits = {box.within for box in covered if box.within}
    return Domain(
        roles=masked(subsets(ROLES)[1:], lambda several, box: not several.isdisjoint(box.roles)),
        purposes=masked(PURPOSES, lambda purpose, box: purpose in box.purposes),
        levels=masked(subsets(AreaLevel)[1:], lambda levels, box: levels <= box.levels),
        breakdowns=masked(subsets(measure.facets), broken_down),
        periods=masked(
            cut({(box.period_from, box.period_to) for box in covered}),
            lambda span, box: box.period_from <= span.first_from and span.last_to <= box.period_to,
        ),
        places=masked(reachable(limits, rules.gazetteer), lambda inside, box: box.within in (None, *inside)),
    )


def subsets(values: Iterable[T]) -> list[frozenset[T]]:
    """Every set of some of these, the empty one first."""
    each = tuple(values)
    return [frozenset(some) for some in chain.from_iterable(combinations(each, size) for size in range(len(each) + 1))]
