"""Who asks, in what role, the purposes there are, and the organisations besides departments that may be party
to an agreement."""

from dataclasses import dataclass

PURPOSES = {
    "economic-recovery": "Responding to the economic effects of the pandemic",
    "skills-planning": "Planning and funding skills provision",
    "innovation-strategy": "The innovation strategy",
    "levelling-up": "Reducing differences between places",
    "labour-market-statistics": "Producing statistics of the labour market",
    "service-improvement": "Improving a public service",
}
ROLES = {
    "analyst": "Reads figures to analyse them",
    "policy-adviser": "Reads figures to advise on policy",
    "service": "A partner's system that reads figures to run a service",
    "data-steward": "Looks after a department's data and its agreements",
    "trustee": "Oversees the Trust",
    "auditor": "Checks what the Trust has done",
}
# The organisation of trustees and auditors: a role alone is an issuer's word about its own people.
TRUST = "TRUST"
PARTNERS = {
    "GMCA": "Greater Manchester Combined Authority",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request. `organisation`: code of a department or partner; None for the public. `clients`: the
    programs that the token was issued to."""

    subject: str
    organisation: str | None
    roles: frozenset[str]
    purposes: frozenset[str]
    issuer: str | None = None
    clients: frozenset[str] = frozenset()

    @property
    def oversees(self) -> bool:
        """Whether every agreement is its business."""
        return self.organisation == TRUST and bool({"trustee", "auditor"} & self.roles)

    @property
    def looks_after(self) -> str | None:
        """The organisation whose own part of what was recorded is its business."""
        mine = self.organisation != TRUST and {"data-steward", "auditor"} & self.roles
        return self.organisation if mine else None


PUBLIC = Caller("public", None, frozenset(), frozenset())
