"""A figure and where it came from."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, cast

import strawberry

from reference.figure import Marker, ObservationStatus, Unit
from resolvers.stitch import Figures
from schema import origin
from schema.context import context
from schema.grid import Period

if TYPE_CHECKING:
    from schema.agreement import Agreement
    from schema.catalogue import Department

Told = tuple[Figures, str | None]


@strawberry.type(description="Where a figure came from and under what terms it is shown.")
class Provenance:
    @strawberry.field(description="The department that owns the figure and decides who may read it.")
    def owner(self, info: strawberry.Info) -> Annotated["Department", strawberry.lazy("schema.catalogue")]:
        from schema.catalogue import department

        return department(_figures(self).measure.owner)

    @strawberry.field(description="Who makes the statistics.")
    def producer(self) -> str:
        return _figures(self).measure.producer

    @strawberry.field(description="The dataset it was read from, by the publisher's own identifier and title.")
    def dataset(self) -> str:
        return origin.dataset(_figures(self))

    @strawberry.field(description="The release of the dataset, where the publisher names one.")
    def release(self) -> str | None:
        return origin.release(_figures(self))

    @strawberry.field(description="The licence under which the figure may be used.")
    def licence(self) -> str:
        return origin.licence(_figures(self))

    @strawberry.field(description="When the owner's department answered.")
    def retrieved_at(self) -> datetime:
        return _figures(self).origin.retrieved_at

    @strawberry.field(description="The data-sharing agreement that allows you to read it; null for open or own data.")
    def agreement(self, info: strawberry.Info) -> Annotated["Agreement", strawberry.lazy("schema.agreement")] | None:
        refs = _figures(self).origin.agreements
        return cast("Agreement", context(info).agreements[refs[0]]) if refs else None

    @strawberry.field(description="What was done to it before you saw it, in the order it was done.")
    def treatment(self) -> list[str]:
        return origin.treatment(*cast(Told, self))

    @strawberry.field(description="How to cite it: publisher, dataset, release and public page, as far as there are.")
    def source(self) -> str:
        return origin.source(_figures(self))


def _figures(source: object) -> Figures:
    return cast(Told, source)[0]


@strawberry.type(description="One figure: a value, or null with the marker that says why.")
class Figure:
    value: float | None = strawberry.field(description="The figure, in its unit; null where there is none to show.")
    status: ObservationStatus = strawberry.field(description="SDMX observation status.")
    markers: list[Marker] = strawberry.field(description="GSS shorthand that belongs beside the figure.")
    unit: Unit = strawberry.field(description="What it counts or measures.")
    period: Period = strawberry.field(description="The period it describes, which can be earlier than the row's.")
    provenance: Provenance = strawberry.field(description="Where it came from and under what terms.")
