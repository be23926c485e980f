"""lmdt token"""

from argparse import Namespace

from app.commands.configuration import key_of, persona_of, settings_of
from app.commands.exits import DONE, Misused
from app.issuer import mint


def token(options: Namespace) -> int:
    """Prints a token of the demonstration's issuer, alone on the last line."""
    persona = persona_of(options.persona)
    if options.purpose and options.purpose not in persona.purposes:
        raise Misused(
            f"{persona.name} has no purpose {options.purpose!r}: it has {', '.join(persona.purposes) or 'none'}."
        )
    minted = mint(key_of(settings_of(), "demonstration"), persona, options.purpose)
    if minted is None:
        raise Misused("the public has no token: send requests without one.")
    print(f"{persona.title}; purposes: {options.purpose or ', '.join(persona.purposes) or 'none'}")
    print(minted)
    return DONE
