"""The demonstration's issuer of tokens, and the people one can be in it. Refused everywhere else."""

import time
import uuid
from dataclasses import dataclass

from app.settings import Issuer
from app.signing import Signer

NAME = "https://demonstration.example/issuer"
AUDIENCE = "lmdt-demonstration"
DAY = 24 * 3600
STATISTICS = "labour-market-statistics"


@dataclass(frozen=True, slots=True)
class Persona:
    """Someone to be in the demonstration."""

    name: str
    title: str
    organisation: str | None
    role: str | None
    purposes: tuple[str, ...]


PERSONAS = {
    persona.name: persona
    for persona in (
        Persona("public", "Anyone, without a token", None, None, ()),
        Persona(
            "dwp-analyst", "An analyst at the Department for Work and Pensions", "DWP", "analyst",
            ("economic-recovery", "levelling-up", "labour-market-statistics"),
        ),
        Persona("dfe-analyst", "An analyst at the Department for Education", "DfE", "analyst", ("skills-planning",)),
        Persona("beis-analyst", "An analyst at BEIS", "BEIS", "analyst", ("innovation-strategy",)),
        Persona("hmrc-analyst", "An analyst at HM Revenue and Customs", "HMRC", "analyst", (STATISTICS,)),
        Persona("ons-analyst", "An analyst at the Office for National Statistics", "ONS", "analyst", (STATISTICS,)),
        Persona("hmrc-steward", "HMRC's data steward", "HMRC", "data-steward", ("labour-market-statistics",)),
        Persona("dwp-steward", "DWP's data steward", "DWP", "data-steward", ("labour-market-statistics",)),
        Persona("dfe-steward", "DfE's data steward", "DfE", "data-steward", ("skills-planning",)),
        Persona("beis-steward", "BEIS's data steward", "BEIS", "data-steward", ("innovation-strategy",)),
        Persona("trustee", "A trustee of the Trust", "TRUST", "trustee", ()),
        Persona("auditor", "An auditor of the Trust", "TRUST", "auditor", ()),
        Persona("partner", "A combined authority's system", "GMCA", "service", ("service-improvement",)),
    )
}  # fmt: skip


def mint(signer: Signer, persona: Persona, purpose: str | None = None, lifetime: int = DAY) -> str | None:
    """A persona's token, for one of its purposes or for all of them; None for the public, who has none.
    Raises ValueError for a purpose that is not the persona's."""
    if purpose is not None and purpose not in persona.purposes:
        raise ValueError(f"{persona.name} has no purpose {purpose!r}: it has {', '.join(persona.purposes) or 'none'}.")
    if persona.organisation is None:
        return None
    now = int(time.time())
    return signer.sign(
        {
            "iss": NAME,
            "aud": AUDIENCE,
            "sub": persona.name,
            "iat": now,
            "exp": now + lifetime,
            "jti": uuid.uuid4().hex,
            "org": persona.organisation,
            "roles": [persona.role],
            "purposes": [purpose] if purpose else list(persona.purposes),
        }
    )


def trusted(signer: Signer) -> Issuer:
    """The demonstration's issuer as the gateway of the demonstration trusts it."""
    organisations = tuple(dict.fromkeys(persona.organisation for persona in PERSONAS.values() if persona.organisation))
    return Issuer(issuer=NAME, audience=AUDIENCE, jwks=signer.jwks, organisations=organisations, algorithms=("EdDSA",))
