"""The heart of the model: one place, one period, one group, and a field for each measure."""

from typing import Any

import strawberry

from reference.measure import Measure
from schema.area import Area
from schema.directives import of
from schema.figure import Figure
from schema.grid import Group, Period
from schema.measures import MEASURES
from schema.relay import connection


def _description(measure: Measure) -> str:
    unit = measure.unit.replace("_", " ").lower().replace("gbp", "GBP")
    facets = ", ".join(facet.replace("_", " ").lower() for facet in measure.facets) or "nothing"
    every = measure.every.replace("_", " ").lower()
    return (
        f"{measure.description} Unit: {unit}. For each {every}, down to {measure.finest} level, by {facets}. "
        f"Owned by {measure.owner}."
    )


def _labour_market() -> Any:
    fields: dict[str, Any] = {
        "area": strawberry.field(description="The place."),
        "period": strawberry.field(description="The period."),
        "group": strawberry.field(description="The group of people or businesses."),
    }
    types: dict[str, Any] = {"area": Area, "period": Period, "group": Group}
    for measure in MEASURES.values():
        fields[measure.name] = strawberry.field(description=_description(measure), directives=of(measure))
        types[measure.name] = Figure | None
    made = type("LabourMarket", (), {"__annotations__": types, "__module__": __name__, **fields})
    return strawberry.type(made, description="One place, one period, one group: what the departments hold about it.")


LabourMarket = _labour_market()
LabourMarketConnection = connection(LabourMarket, "LabourMarketConnection", "A page of rows of the labour market.")
