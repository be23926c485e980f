"""The heart of the model: a place, and one place, one period, one group with a field for each measure.

Both types are here, for each is reached from the other.
"""

# LabourMarket and the connections are made at start, and are not types to a checker.
# pyright: reportInvalidTypeForm=false, reportUnknownParameterType=false

from typing import Annotated, Any, cast

import strawberry

from reference import area as reference
from reference.area import AreaLevel
from reference.facets import Facet
from reference.measure import Measure
from resolvers.market_selection import Fill
from schema.context import context, key
from schema.directives import of
from schema.figure import Figure
from schema.grid import Group, Period, PeriodRange
from schema.measures import MEASURES
from schema.relay import connection
from schema.vocabulary import AreaCode

Periods = Annotated[PeriodRange, strawberry.argument(description="The periods to show, both ends included.")]
By = Annotated[
    list[Facet],
    strawberry.argument(description="A row for each group by these facets, at most three; none: everyone together."),
]
Filling = Annotated[Fill, strawberry.argument(description="How measures published less often than the rows appear.")]
Level = Annotated[AreaLevel, strawberry.argument(description="The level of place wanted.")]


@strawberry.input(description="Places: either codes, or all of a level; optionally only inside one place.")
class AreaSelection:
    codes: list[AreaCode] | None = strawberry.field(default=None, description="GSS codes, in the order wanted.")
    level: AreaLevel | None = strawberry.field(default=None, description="Every place of this level.")
    within: AreaCode | None = strawberry.field(default=None, description="Only places inside this one.")


@strawberry.type(description="A place, by its GSS code of April 2023.")
class Area:
    code: AreaCode = strawberry.field(description="GSS code.")
    name: str = strawberry.field(description="Name in English.")
    level: AreaLevel = strawberry.field(description="What kind of place it is.")
    codes: list[str] = strawberry.field(description="Every code that has meant this same place, oldest first.")
    history: list[str] = strawberry.field(
        description="What it was before and what became of it since, a sentence each; empty where nothing changed."
    )

    @strawberry.field(description="The place of a wider level that holds this one whole; null where there is none.")
    def within(self, info: strawberry.Info, level: Level) -> "Area | None":
        place = cast(reference.Area, self)
        code = place.parents.get(level)
        return cast(Any, context(info).gazetteer[code]) if code else None

    @strawberry.field(description="The places of a finer level inside this one, in the order of their codes.")
    def areas(self, info: strawberry.Info, level: Level) -> list["Area"]:
        return cast(Any, list(context(info).gazetteer.at(level, cast(reference.Area, self).code)))

    @strawberry.field(description="What the departments hold about this place: a row for each period and group.")
    def labour_market(
        self,
        info: strawberry.Info,
        periods: Periods,
        by: By = [],  # noqa: B006 - Strawberry reads the default into the schema and copies it
        fill: Filling = Fill.NONE,
    ) -> list["LabourMarket"]:
        at = key(info)
        if error := context(info).errors.get(at):
            raise error
        return cast(Any, context(info).grids[at].of(cast(reference.Area, self)))


def _description(measure: Measure) -> str:
    """What the schema says of a measure's field: what it counts, its unit, how often, by what, whose."""
    unit = measure.unit.replace("_", " ").lower().replace("gbp", "GBP")
    facets = ", ".join(facet.replace("_", " ").lower() for facet in measure.facets) or "nothing"
    every = measure.every.replace("_", " ").lower()
    return (
        f"{measure.description} Unit: {unit}. For each {every}, down to {measure.finest} level, by {facets}. "
        f"Owned by {measure.owner}."
    )


def _labour_market() -> Any:
    """The type of a row, with a field for each measure of the model."""
    fields: dict[str, Any] = {
        "area": strawberry.field(description="The place."),
        "period": strawberry.field(description="The period."),
        "group": strawberry.field(description="The group of people or businesses."),
    }
    types: dict[str, Any] = {"area": Area, "period": Period, "group": Group}
    for measure in MEASURES.values():
        fields[measure.name] = strawberry.field(description=_description(measure), directives=of(measure))
        types[measure.name] = Figure | None
    row = type("LabourMarket", (), {"__annotations__": types, "__module__": __name__, **fields})
    return strawberry.type(row, description="One place, one period, one group: what the departments hold about it.")


LabourMarket = _labour_market()
AreaConnection = connection(Area, "AreaConnection", "A page of places.")
LabourMarketConnection = connection(LabourMarket, "LabourMarketConnection", "A page of rows of the labour market.")
