"""The register of legal gateways that agreements cite."""

from pathlib import Path
from typing import Annotated

from policies.caller import PARTNERS
from policies.errors import PolicyError
from policies.obligation import Confidence
from reference.measure import DepartmentCode, Measures
from reference.strict_file import Section, Some, Text, Word, among, known_in, read


class LegalGateway(Section):
    """A law under which data may be shared: whose data it covers and who may receive it ("*": anyone).

    `measures`: the only measures it covers; empty where it covers all that its owners hold. It carries nothing
    on its own: an agreement cites it, and counsel confirms that it applies.
    """

    act: Text
    section: Text | None = None
    does: Text
    covers: Some[Word[DepartmentCode]]
    receivers: Some[Annotated[Text, among("*", *DepartmentCode, *PARTNERS)]]
    measures: Some[Annotated[Text, known_in("measures")]] = ()
    source: Text
    confidence: Confidence

    def carries(self, measure: str, owner: str, consumer: str) -> bool:
        """Whether it lets the owner share a measure with the consumer."""
        received = consumer in self.receivers or "*" in self.receivers
        return owner in self.covers and received and (not self.measures or measure in self.measures)

    @property
    def citation(self) -> str:
        """The law, as it is cited."""
        return f"{self.act}, section {self.section}" if self.section else self.act


def read_gateways(path: Path, measures: Measures) -> dict[str, LegalGateway]:
    """Gateways by id. Raises PolicyError."""
    return read(path, dict[str, LegalGateway], PolicyError, {"measures": measures})
