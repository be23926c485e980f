"""Places, and the rows about one place."""

# Types made at start (schema.labour_market, schema.relay) are not types to a checker.
# pyright: reportInvalidTypeForm=false, reportUnknownParameterType=false

from typing import TYPE_CHECKING, Annotated, Any, cast

import strawberry

from reference import area as reference
from reference.area import AreaLevel
from reference.facets import Facet
from resolvers.demand import Fill
from schema.context import context, key
from schema.grid import PeriodRange
from schema.relay import connection
from schema.vocabulary import AreaCode

if TYPE_CHECKING:
    from schema.labour_market import LabourMarket

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
    ) -> list[Annotated["LabourMarket", strawberry.lazy("schema.labour_market")]]:
        at = key(info)
        if error := context(info).errors.get(at):
            raise error
        return cast(Any, context(info).grids[at].of(cast(reference.Area, self)))


AreaConnection = connection(Area, "AreaConnection", "A page of places.")
