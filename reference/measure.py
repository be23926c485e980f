"""What a measure and a department are, as records. The measures themselves are in schema/measures.py."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from reference.area import AreaLevel
from reference.facets import Facet
from reference.figure import Unit
from reference.period import PeriodKind


class DepartmentCode(StrEnum):
    """Departments that own or have owned labour-market data."""

    DWP = "DWP"
    HMRC = "HMRC"
    DfE = "DfE"
    BEIS = "BEIS"
    DBT = "DBT"
    DSIT = "DSIT"
    DESNZ = "DESNZ"
    ONS = "ONS"


class Additivity(StrEnum):
    """Whether parts may be summed to a whole. Only the publisher sums; this says how a figure behaves."""

    ADDITIVE = "ADDITIVE"
    PERTURBED = "PERTURBED"
    NOT_ADDITIVE = "NOT_ADDITIVE"


@dataclass(frozen=True, slots=True)
class Open:
    """Published data: any caller may read it this fine, broken down by at most so many facets at once.

    `profile` names the disclosure-control profile under which the owner publishes, where the department
    hands over unprotected figures; None where the publisher has protected them itself.
    """

    level: AreaLevel
    facets: int
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """One field of LabourMarket: what it counts, who owns it, how fine it is published and to whom it is open.

    `owner` is the owner of the day, whom agreements name; the dated list of owners is in the source file.
    `inputs` is empty but for a derived measure. `rolling`: months that each figure averages or covers.
    """

    name: str
    title: str
    description: str
    owner: DepartmentCode
    producer: str
    unit: Unit
    every: PeriodKind
    facets: tuple[Facet, ...]
    finest: AreaLevel
    open_to: tuple[Open, ...]
    additivity: Additivity = Additivity.ADDITIVE
    rolling: int | None = None
    inputs: tuple[str, ...] = ()

    @property
    def coordinate(self) -> str:
        """Its schema coordinate, the unit of policy."""
        return f"LabourMarket.{self.name}"


Measures = Mapping[str, Measure]
