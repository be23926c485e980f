"""The catalogue: what measures and departments there are."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, cast

import strawberry

from policies.decide import decide
from policies.decision import Access, Refusal
from reference.area import AreaLevel
from reference.facets import Facet
from reference.figure import Unit
from reference.measure import Additivity, DepartmentCode
from reference.measure import Measure as Record
from reference.period import PeriodKind
from resolvers.dataset import Dataset
from schema import vocabulary  # noqa: F401  # pyright: ignore[reportUnusedImport] - describes the enums
from schema.catalogue_search import measure_search
from schema.context import Context, context
from schema.directives import open_words
from schema.errors import LONGEST, BadInput
from schema.grid import Period
from trust.demand.misses import MissKind

NAMES = {
    DepartmentCode.DWP: "Department for Work and Pensions",
    DepartmentCode.HMRC: "HM Revenue and Customs",
    DepartmentCode.DfE: "Department for Education",
    DepartmentCode.BEIS: "Department for Business, Energy and Industrial Strategy",
    DepartmentCode.DBT: "Department for Business and Trade",
    DepartmentCode.DSIT: "Department for Science, Innovation and Technology",
    DepartmentCode.DESNZ: "Department for Energy Security and Net Zero",
    DepartmentCode.ONS: "Office for National Statistics",
}
ABOLISHED = date(2023, 2, 6)
SUCCESSORS = {DepartmentCode.BEIS: (DepartmentCode.DBT, DepartmentCode.DSIT, DepartmentCode.DESNZ)}


@dataclass(frozen=True, slots=True)
class DepartmentRecord:
    code: DepartmentCode
    name: str
    until: date | None


def department(code: DepartmentCode) -> "Department":
    """The department with a code."""
    until = ABOLISHED if code in SUCCESSORS else None
    return cast("Department", DepartmentRecord(code, NAMES[code], until))


@strawberry.type(description="A department that owns or has owned labour-market data.")
class Department:
    code: DepartmentCode = strawberry.field(description="Short code, as agreements use it.")
    name: str = strawberry.field(description="Full name.")
    until: date | None = strawberry.field(description="Its last day, if it has been abolished.")

    @strawberry.field(description="The departments that took over its work.")
    def successors(self, info: strawberry.Info) -> list["Department"]:
        return [department(code) for code in SUCCESSORS.get(self.code, ())]

    @strawberry.field(description="The measures it owns, by the ownership that agreements name.")
    def measures(self, info: strawberry.Info) -> list["Measure"]:
        owned = (m for m in context(info).catalogue.measures.values() if m.owner is self.code)
        return [cast("Measure", measure) for measure in owned]


@strawberry.type(description="Who owned a measure from a day on.")
class Tenure:
    owner: Department = strawberry.field(description="The owner.")
    since: date = strawberry.field(description="From this day on.")


@strawberry.type(description="Why a measure may not be read, and what would help.")
class MeasureRefusal:
    reason: str = strawberry.field(description="Why, in words.")
    remedy: str = strawberry.field(description="What would help.")


@strawberry.type(description="One measure: a field of LabourMarket, what it counts, who owns it and who may read it.")
class Measure:
    name: str = strawberry.field(description="Name of its field of LabourMarket.")
    title: str = strawberry.field(description="Title for people.")
    description: str = strawberry.field(description="What it counts and what to beware of.")
    coordinate: str = strawberry.field(description="Schema coordinate, as refusals name it.")
    producer: str = strawberry.field(description="Who makes the statistics.")
    unit: Unit = strawberry.field(description="What it counts or measures.")
    every: PeriodKind = strawberry.field(description="How often it is published.")
    facets: list[Facet] = strawberry.field(description="The facets it is published by.")
    finest: AreaLevel = strawberry.field(description="The finest level of place it is published for.")
    additivity: Additivity = strawberry.field(description="Whether parts may be added up.")
    inputs: list[str] = strawberry.field(description="The measures it is computed from; empty unless derived.")

    @strawberry.field(description="The department that owns it, as agreements name it.")
    def owner(self, info: strawberry.Info) -> Department:
        return department(cast(Record, self).owner)

    @strawberry.field(description="Who has owned it, in order, where ownership has moved.")
    def owners(self, info: strawberry.Info) -> list[Tenure]:
        record, catalogue = cast(Record, self), context(info).catalogue
        tenures = (tenure for holding in catalogue.holdings(record)[:1] for tenure in holding.dataset.tenures)
        return [Tenure(owner=department(tenure.owner), since=tenure.since) for tenure in tenures]

    @strawberry.field(description="The finest that any caller may read without an agreement.")
    def open_to(self) -> str:
        return open_words(cast(Record, self))

    @strawberry.field(description="The combinations of facets it is published by, besides none.")
    def breakdowns(self, info: strawberry.Info) -> list[list[Facet]]:
        record, catalogue = cast(Record, self), context(info).catalogue
        published = (
            breakdown for holding in catalogue.holdings(record)[:1] for breakdown in holding.dataset.breakdowns
        )
        fit = (breakdown for breakdown in published if breakdown <= set(record.facets))
        return [sorted(breakdown, key=list(Facet).index) for breakdown in fit]

    @strawberry.field(description="The first period it has figures of, as its publisher says; null if not known.")
    def first(self, info: strawberry.Info) -> Period | None:
        extent = context(info).extents.of(cast(Record, self))
        return cast(Period, extent.first) if extent else None

    @strawberry.field(description="The newest period it has figures of, as its publisher says; null if not known.")
    def latest(self, info: strawberry.Info) -> Period | None:
        extent = context(info).extents.of(cast(Record, self))
        return cast(Period, extent.latest) if extent else None

    @strawberry.field(
        description="Whether this gateway has a source for it. If not, its field is null with the code NOT_OFFERED."
    )
    def offered(self, info: strawberry.Info) -> bool:
        return bool(context(info).catalogue.holdings(cast(Record, self)))

    @strawberry.field(
        description="The dataset that answers it, by the publisher's identifier and title; empty if it is not offered."
    )
    def dataset(self, info: strawberry.Info) -> str:
        holdings = context(info).catalogue.holdings(cast(Record, self))
        return "; ".join(f"{holding.dataset.id}: {holding.dataset.title}" for holding in holdings)

    @strawberry.field(description="The licences of the datasets that answer it; empty if it is not offered.")
    def licence(self, info: strawberry.Info) -> str:
        return "; ".join(dict.fromkeys(dataset.licence for dataset in _datasets(self, info)))

    @strawberry.field(description="Where the public reads of the datasets that answer it, where that is known.")
    def pages(self, info: strawberry.Info) -> list[str]:
        return list(dict.fromkeys(dataset.page for dataset in _datasets(self, info) if dataset.page))

    @strawberry.field(description="What its publisher has done to public figures, as far as that is known.")
    def protection(self, info: strawberry.Info) -> list[str]:
        protected = (dataset.protected for dataset in _datasets(self, info) if dataset.protected)
        return list(dict.fromkeys(words for each in protected for words in each.words))

    @strawberry.field(description="The levels of place it is published for, widest first; empty if it is not offered.")
    def levels(self, info: strawberry.Info) -> list[AreaLevel]:
        held = [dataset.coverage.levels for dataset in _datasets(self, info)]
        return [level for level in AreaLevel if held and all(level in levels for levels in held)]

    @strawberry.field(
        description="Why you may not read it, for this purpose, for every place of its finest level without facets; "
        "null if you may."
    )
    def refusal(self, info: strawberry.Info) -> MeasureRefusal | None:
        record, ctx = cast(Record, self), context(info)
        places, today = (ctx.gazetteer.at(AreaLevel.UK)[0].code,), ctx.now.date()
        access = Access(record.name, frozenset((record.finest,)), frozenset(), places, today, today)
        match decide(ctx.rules, ctx.book, ctx.caller, ctx.purpose, access, ctx.now):
            case Refusal(reason=reason, remedy=remedy):
                return MeasureRefusal(reason=reason, remedy=remedy)
            case _:
                return None


def _datasets(measure: Measure, info: strawberry.Info) -> list[Dataset]:
    """The datasets that answer a measure."""
    return [holding.dataset for holding in context(info).catalogue.holdings(cast(Record, measure))]


Search = Annotated[
    str | None,
    strawberry.argument(
        description="Only measures whose name or text speaks of this, in these words or in others that people use."
    ),
]
OwnedBy = Annotated[DepartmentCode | None, strawberry.argument(description="Only measures of this owner.")]


def find(ctx: Context, search: str | None, owner: DepartmentCode | None) -> list[Measure]:
    """Measures by words and owner, in the order of the model."""
    names = measure_search().find(search or "")
    measures = ctx.catalogue.measures
    chosen = [measures[name] for name in names if name in measures and owner in (None, measures[name].owner)]
    if not names and search:
        ctx.unfound(MissKind.NOTHING_FOUND, search)
    return cast(list[Measure], chosen)


def measure(ctx: Context, name: str) -> Measure:
    """The measure with a name. Raises BadInput with those that may be meant."""
    measures = ctx.catalogue.measures
    if name not in measures:
        ctx.unfound(MissKind.UNKNOWN_NAME, name)
        near = [other for other in measure_search().nearest(name) if other in measures]
        remedy = "" if near else " Search with { measures(search: ...) { name title } }."
        message = f'"{name[:LONGEST]}" is not a measure.{remedy}'
        raise BadInput("name", message, names={other: measures[other].title for other in near})
    return cast(Measure, measures[name])
