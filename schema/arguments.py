"""From the words of a query to places and periods. Raises BadInput naming the argument."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reference.area import Area, AreaLevel, Gazetteer
from reference.facets import Facet
from reference.period import Period, PeriodError, PeriodKind, between, parse
from reference.place_names import place_names
from schema.errors import LONGEST, BadInput

# The largest Int of GraphQL, which is what totalCount is.
MOST = 2**31 - 1
# The most periods that `last` may ask for: a hundred years of months.
MOST_PERIODS = 1_200
# Places that a search finds, at most.
MOST_FOUND = 20
_LOOK_UP = "Look codes up with { areas(where: {level: LA}) { nodes { code name } } }."


def area(code: str, gazetteer: Gazetteer, argument: str) -> Area:
    """The place with a code. Raises BadInput with the places that may be meant."""
    known = gazetteer.get(code)
    if known is None:
        near = place_names().near(code)
        reason = f": {near.words}" if near.words else ""
        remedy = "" if near.areas else f" {_LOOK_UP}"
        message = f'"{code[:LONGEST]}" is not a GSS code of April 2023{reason}.{remedy}'
        raise BadInput(argument, message, names={area.code: area.name for area in near.areas})
    return known


def areas(where: Mapping[str, Any], gazetteer: Gazetteer, argument: str) -> tuple[Area, ...]:
    """The places that an AreaSelection names: codes in the order given, or a level in the order of codes."""
    codes: Sequence[str] | None = where.get("codes")
    level: AreaLevel | None = where.get("level")
    within: str | None = where.get("within")
    if (codes is None) == (level is None):
        raise BadInput(argument, "give either codes or a level, not both and not neither.")
    if within is not None:
        area(within, gazetteer, f"{argument}.within")
    if codes is not None:
        named = dict.fromkeys(codes)
        places = tuple(area(code, gazetteer, f"{argument}.codes") for code in named)
        for place in places:
            if within is not None and not gazetteer.inside(place, within):
                raise BadInput(f"{argument}.codes", f'"{place.code}" ({place.name}) is not inside "{within}".')
        return places
    assert level is not None
    places = gazetteer.at(level, within)
    if not places and within is not None:
        inside = [finer.value for finer in AreaLevel if gazetteer.at(finer, within)]
        raise BadInput(f"{argument}.level", f'there is no {level} inside "{within}".', inside)
    return places


def found(where: Mapping[str, Any] | None, search: str | None, gazetteer: Gazetteer) -> tuple[Area, ...]:
    """The places of a selection, those that a text may mean, or those of the selection that it may mean. Raises
    BadInput."""
    if where is None and search is None:
        raise BadInput("where", 'give where, as in {level: LA}, or search, as in "manchester", or both.')
    chosen = areas(where, gazetteer, "where") if where is not None else None
    if search is None:
        return chosen or ()
    alike = (place for place in place_names().search(search, MOST_FOUND) if place.code in gazetteer)
    return tuple(place for place in alike if chosen is None or place in chosen)


def periods(given: Mapping[str, Any], argument: str, newest: Callable[[], Period | None]) -> tuple[Period, ...]:
    """The periods of a PeriodRange, in order. `newest`: the newest period that has figures, None while it is not
    known."""
    every = PeriodKind(given.get("every", PeriodKind.MONTH).value)
    count, begin, end = given.get("last"), given.get("from"), given.get("to")
    if count is not None and (begin is not None or end is not None):
        raise BadInput(argument, "give either last, or from and to, not both.")
    if count is not None:
        return _last(count, every, argument, newest())
    if begin is None or end is None:
        raise BadInput(argument, 'give from and to, as in {from: "2024-01", to: "2024-12"}, or {last: 12}.')
    first, last = _period(begin, f"{argument}.from"), _period(end, f"{argument}.to")
    if first.first > last.last:
        raise BadInput(argument, f'"{first.code}" begins after "{last.code}" ends: swap from and to.')
    whole = between(first.first, last.last, every)
    if not whole:
        around = between(first.first - every.months + 1, last.last + every.months - 1, every)
        near = [period.code for period in around]
        raise BadInput(argument, f'no whole {every} lies between "{first.code}" and "{last.code}".', near)
    return whole


def _last(count: int, every: PeriodKind, argument: str, newest: Period | None) -> tuple[Period, ...]:
    """So many periods, the last of which ends no later than the newest."""
    if not 1 <= count <= MOST_PERIODS:
        raise BadInput(f"{argument}.last", f"{count} is not a number of periods: give 1 to {MOST_PERIODS}.")
    if newest is None:
        raise BadInput(
            f"{argument}.last",
            "no department has said yet up to when it has figures: ask again later, or give from and to.",
        )
    return between(newest.last - (count + 1) * every.months, newest.last, every)[-count:]


def _period(text: str, argument: str) -> Period:
    try:
        return parse(text)
    except PeriodError as error:
        raise BadInput(argument, str(error)) from error


def facets(by: Sequence[Facet], argument: str = "by") -> tuple[Facet, ...]:
    """The facets asked for, each once."""
    if len(set(by)) != len(by):
        raise BadInput(argument, f"{', '.join(by)} names a facet twice: name each once.")
    if len(by) > 3:
        raise BadInput(argument, "at most three facets together.")
    return tuple(by)


def window(total: int, first: int | None, start: int) -> tuple[int, int]:
    """Rows (from, to) of a page."""
    if total > MOST:
        raise BadInput(
            "periods", f"{total} rows are more than can be counted: ask for fewer places, periods or facets."
        )
    if first is not None and first < 0:
        raise BadInput("first", f"{first} is negative: give 0 or more, or leave it out for every row.")
    stop = total if first is None else min(total, start + first)
    return start, stop
