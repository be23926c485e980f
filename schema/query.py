"""The questions that can be asked."""

# Types made at start (schema.labour_market, schema.relay) are not types to a checker.
# pyright: reportInvalidTypeForm=false, reportUnknownParameterType=false

from datetime import date
from typing import Annotated, Any, cast

import strawberry

from reference.measure import DepartmentCode
from resolvers.market_selection import Fill
from schema import arguments
from schema.agreement import Agreement, AgreementStatus, listed, told
from schema.catalogue import Department, Measure, OwnedBy, Search, department, find, measure
from schema.context import context, key
from schema.cursor import area_after, cursor
from schema.demand import Demand, demand
from schema.governance import Caller, caller
from schema.labour_market import Area, AreaConnection, AreaSelection, By, Filling, LabourMarketConnection, Periods
from schema.rows import Connection, Edge
from schema.simulation import Simulation, simulate
from schema.vocabulary import AreaCode

First = Annotated[int | None, strawberry.argument(description="At most so many; leave it out for all.")]
After = Annotated[str | None, strawberry.argument(description="Only what follows the item with this cursor.")]


@strawberry.type(description="What can be asked of the Labour Market Data Trust.")
class Query:
    @strawberry.field(description="One place by its GSS code.")
    def area(
        self, info: strawberry.Info, code: Annotated[AreaCode, strawberry.argument(description="GSS code.")]
    ) -> Area | None:
        return cast(Any, arguments.area(code, context(info).gazetteer, "code"))

    @strawberry.field(description="Places by code, level or search, a page at a time.")
    def areas(
        self,
        info: strawberry.Info,
        where: Annotated[AreaSelection | None, strawberry.argument(description="Which places.")] = None,
        search: Annotated[
            str | None,
            strawberry.argument(
                description="Only places that this may mean, the likeliest first, at most 20: a name, in part or "
                "misspelt or of other times, or a code, old or new."
            ),
        ] = None,
        first: First = None,
        after: After = None,
    ) -> AreaConnection:
        if error := context(info).errors.get(key(info)):
            raise error
        selection = {"codes": where.codes, "level": where.level, "within": where.within} if where else None
        places = arguments.found(selection, search, context(info).gazetteer)
        start, stop = arguments.window(len(places), first, area_after(after, places) if after else 0)
        edges = [Edge(cursor(area.code), area) for area in places[start:stop]]
        return cast(Any, Connection(edges, len(places), start, stop))

    @strawberry.field(
        description="The labour market: a row for each place, period and group, each field from the department that "
        "owns it. Rows are ordered by place as asked (or by code), period, then group in published order."
    )
    def labour_market(
        self,
        info: strawberry.Info,
        areas: Annotated[AreaSelection, strawberry.argument(description="Which places.")],
        periods: Periods,
        by: By = [],  # noqa: B006 - Strawberry reads the default into the schema and copies it
        fill: Filling = Fill.NONE,
        first: First = None,
        after: After = None,
    ) -> LabourMarketConnection:
        at, ctx = key(info), context(info)
        if error := ctx.errors.get(at):
            raise error
        page = ctx.pages[at]
        edges = [Edge(row.cursor, row) for row in ctx.grids[at].page()]
        return cast(Any, Connection(edges, page.total, page.start, page.stop))

    @strawberry.field(description="The catalogue of measures, field by field.")
    def measures(self, info: strawberry.Info, search: Search = None, owner: OwnedBy = None) -> list[Measure]:
        return find(context(info), search, owner)

    @strawberry.field(description="One measure by the name of its field.")
    def measure(
        self, info: strawberry.Info, name: Annotated[str, strawberry.argument(description="Name of its field.")]
    ) -> Measure | None:
        return measure(context(info), name)

    @strawberry.field(description="The departments that own or have owned data.")
    def departments(self, info: strawberry.Info) -> list[Department]:
        return [department(code) for code in DepartmentCode]

    @strawberry.field(
        description="Data-sharing agreements that you are party to, each in its latest version that is in force, or "
        "else in its latest."
    )
    def agreements(
        self,
        info: strawberry.Info,
        status: Annotated[
            AgreementStatus | None, strawberry.argument(description="Only versions in this state.")
        ] = None,
        owner: Annotated[
            DepartmentCode | None, strawberry.argument(description="Only agreements of this owner.")
        ] = None,
        consumer: Annotated[
            str | None, strawberry.argument(description="Only agreements with this organisation.")
        ] = None,
        measure: Annotated[
            str | None, strawberry.argument(description="Only agreements that name this measure.")
        ] = None,
        needs_attention: Annotated[
            bool | None, strawberry.argument(description="Only those that wait for you, are on hold, or end soon.")
        ] = None,
    ) -> list[Agreement]:
        ctx = context(info)
        return listed(ctx, status, owner and owner.value, consumer, measure, needs_attention=needs_attention)

    @strawberry.field(description="One agreement, if you are party to it.")
    def agreement(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="As in DSA-001.")],
        version: Annotated[
            int | None,
            strawberry.argument(description="Of this version; by default the latest in force, or else the latest."),
        ] = None,
    ) -> Agreement | None:
        ctx = context(info)
        one = ctx.kept.one(ctx.caller, id, version)
        return told(ctx, one) if one else None

    @strawberry.field(description="Who you are here, and what you may read.")
    def me(self, info: strawberry.Info) -> Caller:
        return caller(context(info))

    @strawberry.field(
        description="Proof before approval: what a version of an agreement would change if it were in force. To ask "
        "changes nothing."
    )
    def simulate_agreement(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="As in DSA-001.")],
        version: Annotated[int, strawberry.argument(description="Which version.")],
        days: Annotated[int, strawberry.argument(description="Days of recorded operations to decide again.")] = 30,
    ) -> Simulation:
        return simulate(context(info), id, version, days)

    @strawberry.field(
        description="Which demands for data are met and which are not, who has them, and what would meet them: of "
        "everybody for trustees and auditors, for others of what they own or asked for."
    )
    def demand(
        self,
        info: strawberry.Info,
        since: Annotated[
            date | None, strawberry.argument(description="From this day on; by default 90 days before the last.")
        ] = None,
        until: Annotated[
            date | None, strawberry.argument(description="Up to this day, included; by default today.")
        ] = None,
        owner: Annotated[DepartmentCode | None, strawberry.argument(description="Only of this owner's data.")] = None,
        consumer: Annotated[str | None, strawberry.argument(description="Only of this organisation.")] = None,
    ) -> Demand:
        return demand(context(info), since, until, owner and owner.value, consumer)
