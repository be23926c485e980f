"""What the printed schema says of each measure: who owns it and who may read it."""

import strawberry
from strawberry.schema_directive import Location

from reference.measure import Measure


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="owner",
    description="The department that owns the field, by its code, and the producer of the figures.",
)
class Owner:
    department: str = strawberry.field(description="Code of the owning department.")
    producer: str = strawberry.field(description="Who makes the statistics.")


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="access",
    description="What is open to any caller without an agreement, at its finest. Everything finer needs one.",
)
class AccessDirective:
    open: str = strawberry.field(description="The finest that is open to everyone.")


def of(measure: Measure) -> list[object]:
    """The directives of a measure's field."""
    return [Owner(department=measure.owner, producer=measure.producer), AccessDirective(open=open_words(measure))]


def open_words(measure: Measure) -> str:
    """What is open to everyone, in words: "LA; REGION by 1 facet"."""
    if measure.inputs:
        return f"as {' and '.join(measure.inputs)}"
    return "; ".join(f"{rule.level} {_facets(rule.facets)}" for rule in measure.open_to)


def _facets(count: int) -> str:
    match count:
        case 0:
            return "without facets"
        case 1:
            return "by one facet"
        case _:
            return "by all facets"
