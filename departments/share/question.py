"""One question to a dataset: read from JSON, checked against what is shared."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, cast

from departments.share.mapping import Mapped
from reference.area import AreaLevel, gazetteer
from reference.facets import Facet
from reference.period import Period, PeriodError, PeriodKind, between, parse

KEYS = ("measures", "areas", "periods", "by", "groups", "evidence", "release")
Group = tuple[str, ...]


class BadQuestion(ValueError):
    """A question that cannot be answered as put: says what was wrong and what is allowed."""


@dataclass(frozen=True, slots=True)
class NodeQuery:
    """Measures by areas, periods and groups. `groups`: tuples of member codes in the order of `by`. `release`: None
    for the newest."""

    measures: tuple[str, ...]
    areas: tuple[str, ...]
    periods: tuple[Period, ...]
    by: tuple[Facet, ...]
    groups: tuple[Group, ...]
    evidence: bool
    release: str | None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Areas, periods, groups: the axes of an answer's arrays."""
        return (len(self.areas), len(self.periods), len(self.groups))

    @property
    def rows(self) -> int:
        """At most so many cells of one measure."""
        return len(self.areas) * len(self.periods) * len(self.groups)


def read(body: object, mapped: Mapped, members: Callable[[Facet], tuple[str, ...]]) -> NodeQuery:
    """A question from a JSON object. `members`: the members of a facet that there are figures for, which stand for
    `groups` where the question names none. Raises BadQuestion."""
    if not isinstance(body, dict):
        raise BadQuestion('send a JSON object: {"measures": [...], "areas": [...], "periods": {...}}.')
    document = cast(Mapping[str, Any], body)
    if unknown := sorted(set(document) - set(KEYS)):
        raise BadQuestion(f"{unknown[0]!r} is not a key: allowed are {', '.join(KEYS)}.")
    measures = _texts(document.get("measures", []), "measures") or tuple(mapped.measures)
    for name in measures:
        if name not in mapped.measures:
            raise BadQuestion(f"measures: {name!r} is not shared: allowed are {', '.join(mapped.measures)}.")
    by = _facets(document.get("by", []), mapped)
    groups = document.get("groups")
    if (evidence := document.get("evidence", False)) not in (True, False):
        raise BadQuestion("evidence must be true or false.")
    if not isinstance(release := document.get("release"), str | None):
        raise BadQuestion("release must be a text.")
    return NodeQuery(
        measures=measures,
        areas=_areas(document.get("areas")),
        periods=_periods(document.get("periods"), mapped.every),
        by=by,
        groups=tuple(product(*map(members, by))) if groups is None else _groups(groups, by, mapped),
        evidence=bool(evidence),
        release=release,
    )


def _texts(value: object, key: str) -> tuple[str, ...]:
    """A list of texts, none of them twice."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in cast(list[object], value)):
        raise BadQuestion(f"{key} must be a list of texts.")
    texts = tuple(cast(list[str], value))
    if len(set(texts)) < len(texts):
        raise BadQuestion(f"{key} must not name anything twice.")
    return texts


def _areas(value: object) -> tuple[str, ...]:
    """A list of codes as it is, or all areas of a level, within another area or anywhere. Raises BadQuestion."""
    if isinstance(value, list) and value:
        return _texts(cast(object, value), "areas")
    if isinstance(value, dict) and set(cast(dict[str, object], value)) <= {"level", "within"}:
        document = cast(Mapping[str, object], value)
        level, within = document.get("level"), document.get("within")
        if level not in list(AreaLevel):
            raise BadQuestion(f"areas.level must be one of {', '.join(AreaLevel)}.")
        if within is not None and (not isinstance(within, str) or within not in gazetteer()):
            raise BadQuestion(f"areas.within: {within!r} is not a GSS code of April 2023.")
        codes = tuple(area.code for area in gazetteer().at(AreaLevel(cast(str, level)), within))
        if not codes:
            raise BadQuestion(f"areas: no {level} lies within {within}.")
        return codes
    raise BadQuestion('areas must be a list of GSS codes, or {"level": ..., "within": ...}.')


def _periods(value: object, every: PeriodKind) -> tuple[Period, ...]:
    """The whole periods from the start of `from` to the end of `to`. Raises BadQuestion."""
    if not isinstance(value, dict) or not set(cast(dict[str, object], value)) <= {"from", "to", "every"}:
        raise BadQuestion('periods must be {"from": ..., "to": ..., "every": ...}.')
    document = cast(Mapping[str, object], value)
    if document.get("every", every) != every:
        raise BadQuestion(f"periods.every: this dataset is for each {every}.")
    try:
        first, last = parse(str(document.get("from"))), parse(str(document.get("to")))
    except PeriodError as error:
        raise BadQuestion(f"periods: {error}") from error
    periods = between(first.first, last.last, every)
    if not periods:
        raise BadQuestion(f"periods: no whole {every} lies between {first.code} and {last.code}.")
    return periods


def _facets(value: object, mapped: Mapped) -> tuple[Facet, ...]:
    """Facets that are mapped, and shared together. Raises BadQuestion."""
    names = _texts(value, "by")
    if unknown := [name for name in names if name not in list(mapped.facets)]:
        raise BadQuestion(f"by: {unknown[0]!r} is not shared: allowed are {', '.join(mapped.facets) or 'none'}.")
    by = tuple(Facet(name) for name in names)
    if by and frozenset(by) not in mapped.breakdowns:
        allowed = "; ".join(" and ".join(sorted(breakdown)) for breakdown in mapped.breakdowns)
        raise BadQuestion(f"by: these facets are not shared together: allowed are {allowed or 'none'}.")
    return by


def _groups(value: object, by: tuple[Facet, ...], mapped: Mapped) -> tuple[Group, ...]:
    """One member for each facet of `by`, no group twice. Raises BadQuestion."""
    if not isinstance(value, list) or not value:
        raise BadQuestion("groups must be a list of lists of member codes, in the order of by.")
    groups: list[Group] = []
    for group in cast(list[object], value):
        if not isinstance(group, list) or len(cast(list[object], group)) != len(by):
            raise BadQuestion("groups: each group is a list of one member for each facet of by.")
        for facet, code in zip(by, cast(list[object], group), strict=True):
            known = list(mapped.facets[facet].codes)
            if code not in known:
                raise BadQuestion(f"groups: {code!r} is no member of {facet}: allowed are {', '.join(known)}.")
        groups.append(tuple(cast(list[str], group)))
    if len(set(groups)) < len(groups):
        raise BadQuestion("groups must not name a group twice.")
    return tuple(groups)
