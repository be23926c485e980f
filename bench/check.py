"""What an answer has to be. Each takes the variables that were sent and the answer's body, returns how many figures
the answer holds, and raises RuntimeError if it is not as it has to be."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from bench import flagship
from bench.nodes import figure
from reference.period import parse

Check = Callable[[Mapping[str, Any], bytes], int]
Shown = tuple[str, str, str, dict[str, Any]]


def made_up(measures: int) -> Check:
    """Every figure there, and as the made-up departments made it up."""

    def check(variables: Mapping[str, Any], body: bytes) -> int:
        figures = list(_figures(body))
        _whole(variables, figures, measures, body)
        for name, area, period, shown in figures:
            if shown["value"] != figure(name, area, parse(period)) or shown["status"] != "A":
                raise RuntimeError(f"{name} of {area} in {period} is {shown}")
        return len(figures)

    return check


def published(measures: int) -> Check:
    """Every figure there, or a status that says why it is not; more than half are there."""

    def check(variables: Mapping[str, Any], body: bytes) -> int:
        figures = list(_figures(body))
        _whole(variables, figures, measures, body)
        absent = [figure for *_, figure in figures if figure["value"] is None]
        if any(figure["status"] == "A" for figure in absent) or len(absent) * 2 >= len(figures):
            raise RuntimeError(f"{len(absent)} of {len(figures)} figures are absent: {body[:300]!r}")
        return len(figures)

    return check


def exact(_: Mapping[str, Any], body: bytes) -> int:
    """The very answer that the README tells."""
    return _readme(orjson.loads(body), flagship.answer())


def outline(_: Mapping[str, Any], body: bytes) -> int:
    """The answer that the README tells, refusal included, with whatever figures."""
    return _readme(flagship.outline(orjson.loads(body)), flagship.outline(flagship.answer()))


def _readme(answer: Any, wanted: Any) -> int:
    # Each has a receipt of its own.
    for one in (answer, wanted):
        one.pop("extensions", None)
    if flagship.undated(answer) != flagship.undated(wanted):
        raise RuntimeError(f"not as the README tells: {answer}")
    row: dict[str, Any] = answer["data"]["area"]["labourMarket"][0]
    return sum(value is not None for value in row.values())


def _figures(body: bytes) -> Iterator[Shown]:
    """Measure, place, period and figure of each cell, of one place or of a table, under whatever names."""
    document = orjson.loads(body)
    if "errors" in document:
        raise RuntimeError(f"answered with errors: {document['errors']}")
    data: dict[str, Any] = document["data"]
    of = data.get("area", {}).get("code")
    tables = [value for value in data["area"].values() if isinstance(value, list)] if of else _nodes(data)
    for rows in tables:
        for row in rows:
            area, period = of or row["area"]["code"], row["period"]["code"]
            for name, value in row.items():
                if isinstance(value, dict) and "value" in value:
                    yield name, area, period, value


def _nodes(data: dict[str, Any]) -> list[Any]:
    return [connection["nodes"] for connection in data.values()]


def _whole(variables: Mapping[str, Any], figures: list[Shown], measures: int, body: bytes) -> None:
    """Every measure of every place, from the first to the last period that was asked for."""
    wanted = {variables["code"]} if "code" in variables else set(variables["codes"])
    first, last = parse(variables["from"]), parse(variables["to"])
    periods = (last.last - first.last) // first.kind.months + 1
    cells = {(name, area, period) for name, area, period, _ in figures}
    sides = {area for _, area, _ in cells}, {period for *_, period in cells}
    ends = sides[1] and (min(sides[1]), max(sides[1])) == (variables["from"], variables["to"])
    if sides[0] != wanted or not ends or len(cells) != len(wanted) * periods * measures:
        raise RuntimeError(f"{len(cells)} cells of {len(wanted)} x {periods} x {measures}: {body[:300]!r}")
