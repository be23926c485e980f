"""Which places make up which, by the gazetteer: a place is the local authorities inside it."""

from collections.abc import Sequence
from functools import cache

from reference.area import Area, AreaLevel, gazetteer


@cache
def _authorities() -> dict[str, frozenset[str]]:
    """Every place as the set of authorities inside it."""
    every = [area for area in gazetteer() if area.level is AreaLevel.LA]
    return {area.code: frozenset(la.code for la in every if _holds(area, la)) for area in gazetteer()}


def _holds(area: Area, authority: Area) -> bool:
    return area.level is AreaLevel.UK or gazetteer().inside(authority, area.code)


def made_up(codes: Sequence[str]) -> list[tuple[int, list[int]]]:
    """For each place that others of these lie inside: itself, and the widest places that share it out among them, by
    their positions. Places that the gazetteer does not know stand alone."""
    known = [(at, area) for at, code in enumerate(codes) if (area := gazetteer().get(code))]
    sets = _authorities()
    found: list[tuple[int, list[int]]] = []
    for at, area in known:
        inside = [(other, part) for other, part in known if sets[part.code] < sets[area.code]]
        parts = list[int]()
        for level in _levels(area):
            of_level = [(other, part) for other, part in inside if part.level is level]
            if sum(len(sets[part.code]) for _, part in of_level) == len(sets[area.code]):
                parts = [other for other, _ in of_level]
                break
        else:
            # No one level covers it: the finest first, and wider ones where the finest are not held.
            left = set(sets[area.code])
            for other, part in sorted(inside, key=lambda pair: (len(sets[pair[1].code]), pair[1].code)):
                if sets[part.code] <= left:
                    left -= sets[part.code]
                    parts.append(other)
        if parts:
            found.append((at, parts))
    return found


def _levels(area: Area) -> list[AreaLevel]:
    """Levels that may share a place out, widest first."""
    return [level for level in AreaLevel if level.rank > area.level.rank]
