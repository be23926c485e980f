"""What the catalogue says of a measure, and how its rows are asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from attacks.front import Caller, Door, NoAnswer, NoMeasure
from attacks.table import Group
from reference.period import PeriodKind, between, parse

ABOUT = """query ($name: String!) { measure(name: $name) { unit every facets additivity breakdowns offered
  first { code } latest { code } owner { code } owners { owner { code } } } }"""
ROWS = """query ($where: AreaSelection!, $periods: PeriodRange!, $by: [Facet!]!, $first: Int, $after: String) {
  labourMarket(areas: $where, periods: $periods, by: $by, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { area { code } period { code } group { %s } %s { value status markers %s } } } }"""
TERMS = "provenance { treatment agreement { id version } }"
# Figures that are no counts.
MEASURED = frozenset({"PERCENT", "GBP_MONTH", "GBP_WEEK", "GBP_MILLION"})
# Facets whose members are objects with a code.
OBJECTS = frozenset({"INDUSTRY", "OCCUPATION"})


@dataclass(frozen=True)
class About:
    """What the catalogue says of a measure."""

    name: str
    owners: frozenset[str]
    every: PeriodKind
    periods: tuple[str, ...]
    facets: tuple[str, ...]
    breakdowns: tuple[tuple[str, ...], ...]
    counted: bool
    additive: bool

    def rows(self, by: Sequence[str], terms: bool = False) -> str:
        """A question for rows by these facets."""
        return ROWS % (self.members(by), self.name, TERMS if terms else "")

    def members(self, by: Sequence[str]) -> str:
        """The fields of a row's group."""
        fields = (f"{field_of(facet)} {'{ code }' if facet in OBJECTS else ''}" for facet in by)
        return " ".join(fields) or "__typename"

    def span(self, first: str, last: str) -> dict[str, str]:
        """An argument of periods."""
        return {"from": first, "to": last, "every": self.every.value}

    def group(self, row: dict[str, Any], by: Sequence[str]) -> Group:
        """The group of a row."""
        codes = {facet: row["group"][field_of(facet)] for facet in by}
        return tuple(_code(codes[facet]) if facet in codes else "" for facet in self.facets)


async def about(door: Door, name: str) -> About:
    """What the catalogue says. Raises NoMeasure, or NoAnswer where it has no figures."""
    answer = await door.ask(Caller("public", {}), ABOUT, name=name)
    found: dict[str, Any] | None = answer.data.get("measure")
    if found is None:
        raise NoMeasure(f"the gateway has no measure {name!r}.")
    if not found["offered"] or not found["first"] or not found["latest"]:
        raise NoAnswer(f"the gateway has no figures of {name}, or does not know yet of which periods: ask again.")
    first, last = parse(found["first"]["code"]), parse(found["latest"]["code"])
    return About(
        name,
        frozenset({found["owner"]["code"], *(one["owner"]["code"] for one in found["owners"])}),
        PeriodKind(found["every"]),
        tuple(one.code for one in between(first.last, last.last, first.kind)),
        tuple(found["facets"]),
        ((), *(tuple(one) for one in found["breakdowns"])),
        found["unit"] not in MEASURED,
        found["additivity"] == "ADDITIVE",
    )


def _code(member: object) -> str:
    return str(cast("dict[str, str]", member)["code"] if isinstance(member, dict) else member)


def field_of(facet: str) -> str:
    """The field of Group that has a facet's member: ageBand for AGE_BAND."""
    first, *others = facet.lower().split("_")
    return first + "".join(word.capitalize() for word in others)
