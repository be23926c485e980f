"""One question to a dataset: read from JSON, checked against what is shared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from departments.share.config import Table
from reference.area import AreaLevel, gazetteer
from reference.facets import Facet, members
from reference.period import Period, PeriodError, PeriodKind, between, parse


class BadQuestion(ValueError):
    """A question that cannot be answered as put: says what was wrong and what is allowed."""


@dataclass(frozen=True, slots=True)
class Question:
    """Measures by areas, periods and groups. `groups`: tuples of member codes in the order of `by`."""

    measures: tuple[str, ...]
    areas: tuple[str, ...]
    periods: tuple[Period, ...]
    by: tuple[Facet, ...]
    groups: tuple[tuple[str, ...], ...] | None
    evidence: bool
    release: str | None

    @property
    def cells(self) -> int:
        """At most so many rows."""
        groups = 1
        for facet in self.by:
            groups *= len(members(facet))
        return len(self.areas) * len(self.periods) * (len(self.groups) if self.groups is not None else groups)


KEYS = {"measures", "areas", "periods", "by", "groups", "evidence", "release"}


def read(body: object, table: Table) -> Question:
    """A question from a JSON object. Raises BadQuestion."""
    if not isinstance(body, dict):
        raise BadQuestion('send a JSON object: {"measures": [...], "areas": [...], "periods": {...}}.')
    told = cast(Mapping[str, Any], body)
    if unknown := sorted(set(told) - KEYS):
        raise BadQuestion(f"{unknown[0]!r} is not a key: allowed are {', '.join(sorted(KEYS))}.")
    measures = _texts(told, "measures") or tuple(table.measures)
    for name in measures:
        if name not in table.measures:
            raise BadQuestion(f"measures: {name!r} is not shared: allowed are {', '.join(table.measures)}.")
    by = _facets(told.get("by", []), table)
    groups = told.get("groups")
    return Question(
        measures=measures,
        areas=_areas(told.get("areas")),
        periods=_periods(told.get("periods"), table.every),
        by=by,
        groups=None if groups is None else _groups(groups, by),
        evidence=told.get("evidence") is True,
        release=told.get("release"),
    )


def _texts(told: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value: Sequence[Any] = told.get(key) or ()
    if (not isinstance(value, list) and value != ()) or not all(isinstance(each, str) for each in value):
        raise BadQuestion(f"{key} must be a list of texts.")
    return tuple(value)


def _areas(told: object) -> tuple[str, ...]:
    if isinstance(told, list) and told and all(isinstance(each, str) for each in told):  # pyright: ignore[reportUnknownVariableType]
        return tuple(dict.fromkeys(cast(list[str], told)))
    if isinstance(told, dict) and set(cast(dict[str, object], told)) <= {"level", "within"}:
        asked = cast(Mapping[str, str], told)
        try:
            level = AreaLevel(asked.get("level", ""))
        except ValueError as error:
            raise BadQuestion(f"areas.level must be one of {', '.join(AreaLevel)}.") from error
        if (within := asked.get("within")) is not None and within not in gazetteer():
            raise BadQuestion(f"areas.within: {within!r} is not a GSS code of April 2023.")
        return tuple(area.code for area in gazetteer().at(level, within))
    raise BadQuestion('areas must be a list of GSS codes, or {"level": ..., "within": ...}.')


def _periods(told: object, every: PeriodKind) -> tuple[Period, ...]:
    if not isinstance(told, dict):
        raise BadQuestion('periods must be {"from": ..., "to": ..., "every": ...}.')
    asked = cast(Mapping[str, Any], told)
    if asked.get("every", every) != every:
        raise BadQuestion(f"periods.every: this dataset is for each {every}.")
    try:
        first, last = parse(str(asked.get("from"))), parse(str(asked.get("to")))
    except PeriodError as error:
        raise BadQuestion(f"periods: {error}") from error
    found = between(first.first, last.last, every)
    if not found:
        raise BadQuestion(f"periods: no whole {every} lies between {first.code} and {last.code}.")
    return found


def _facets(told: object, table: Table) -> tuple[Facet, ...]:
    try:
        by = tuple(Facet(each) for each in cast(list[str], told))
    except (TypeError, ValueError) as error:
        raise BadQuestion(f"by must be a list of facets: allowed are {', '.join(table.facets)}.") from error
    if by and frozenset(by) not in table.breakdowns:
        allowed = "; ".join(" and ".join(sorted(each)) for each in table.breakdowns)
        raise BadQuestion(f"by: these facets are not shared together: allowed are {allowed or 'none'}.")
    return by


def _groups(told: object, by: Sequence[Facet]) -> tuple[tuple[str, ...], ...]:
    if not isinstance(told, list):
        raise BadQuestion("groups must be a list of lists of member codes, in the order of by.")
    groups = tuple(tuple(each) for each in cast(list[list[str]], told))
    for group in groups:
        if len(group) != len(by):
            raise BadQuestion("groups: each group names one member for each facet of by.")
        for facet, code in zip(by, group, strict=True):
            if code not in members(facet):
                raise BadQuestion(f"groups: {code!r} is no member of {facet}: allowed are {', '.join(members(facet))}.")
    return groups
