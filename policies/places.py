"""Where the areas of a request lie, as far as agreements can tell: inside which of the places they are limited to."""

from collections.abc import Collection
from typing import NamedTuple

from reference.area import Gazetteer

Inside = frozenset[str]


class Places(NamedTuple):
    """Areas that all lie inside each of some places, and not all inside any of others: codes. Without either, all
    areas."""

    inside: tuple[str, ...]
    outside: tuple[str, ...]

    def words(self, places: Gazetteer) -> str:
        """As a sentence names them."""

        def named(codes: tuple[str, ...], word: str) -> str:
            return f" {word} ".join(f"{places[code].name} ({code})" for code in codes)

        within = f"inside {named(self.inside, 'and')}" if self.inside else "everywhere"
        return f"{within} but not inside {named(self.outside, 'or')}" if self.outside else within


def reachable(limits: Collection[str], places: Gazetteer) -> set[Inside]:
    """Which of these places can together hold all areas of a request: every such set there is, and none of them."""
    single = {frozenset(limit for limit in limits if places.inside(area, limit)) for area in places}
    several = {Inside()} | single
    while more := {first & second for first in several for second in single} - several:
        several |= more
    return several


def places_of(chosen: Collection[Inside], known: Collection[Inside]) -> tuple[Places, ...]:
    """The same areas, told by as few places as hold them. `known`: all that are reachable."""
    left = set(chosen)
    if left == set(known):
        return (Places((), ()),)
    limits = sorted(Inside().union(*known))
    cones = {limit: {inside for inside in known if limit in inside} for limit in limits}
    told: list[Places] = []
    for limit in sorted(limits, key=lambda limit: (-len(cones[limit]), limit)):
        if cones[limit] <= set(chosen) and cones[limit] & left:
            told.append(Places((limit,), ()))
            left -= cones[limit]
    told += [Places(tuple(sorted(one)), tuple(limit for limit in limits if limit not in one)) for one in left]
    return tuple(sorted(told))
