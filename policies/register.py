"""The register of legal gateways that agreements cite."""

from dataclasses import dataclass
from pathlib import Path

from policies.caller import PARTNERS
from policies.errors import PolicyError, one_of
from policies.obligation import CONFIDENCE, read_tables
from policies.record import Section
from reference.measure import DepartmentCode, Measures

KEYS = ("act", "does", "covers", "receivers", "source", "confidence")


@dataclass(frozen=True, slots=True)
class Gateway:
    """A law under which data may be shared: whose data it covers and who may receive it ("*": anyone).

    `measures`: the only measures it covers; empty where it covers all that its owners hold. It carries nothing
    on its own: an agreement cites it, and counsel confirms that it applies.
    """

    id: str
    act: str
    section: str | None
    does: str
    covers: frozenset[str]
    receivers: frozenset[str]
    measures: frozenset[str]
    source: str
    confidence: str

    def carries(self, measure: str, owner: str, consumer: str) -> bool:
        """Whether it lets the owner share a measure with the consumer."""
        received = consumer in self.receivers or "*" in self.receivers
        return owner in self.covers and received and (not self.measures or measure in self.measures)

    @property
    def citation(self) -> str:
        return f"{self.act}, section {self.section}" if self.section else self.act


def read_gateways(path: Path, measures: Measures) -> dict[str, Gateway]:
    """Gateways by id. Raises PolicyError."""
    found: dict[str, Gateway] = {}
    for name, told in read_tables(path).items():
        try:
            table = Section(told, "", KEYS, ("section", "measures"))
            found[name] = Gateway(
                id=name,
                act=table.text("act"),
                section=table.text("section") if "section" in table else None,
                does=table.text("does"),
                covers=frozenset(table.words("covers", DepartmentCode)),
                receivers=frozenset(table.words("receivers", ("*", *DepartmentCode, *PARTNERS))),
                measures=frozenset(table.words("measures", measures)) if "measures" in table else frozenset(),
                source=table.text("source"),
                confidence=one_of(table.text("confidence"), CONFIDENCE, "confidence"),
            )
        except PolicyError as error:
            raise PolicyError(f"{path.name}: gateway {name!r}: {error}") from error
    return found
