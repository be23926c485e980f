"""Settings, keys, personas and a gateway; what is wrong with them is told as misuse."""

from typing import TYPE_CHECKING

from app.commands.exits import Misused
from app.issuer import PERSONAS, Persona
from app.settings import Settings, SettingsError, read
from app.signing import Signer, signer
from reference.secret_file import SecretUnusable
from reference.strict_file import FileError

if TYPE_CHECKING:
    from app.gateway import Gateway


def settings_of(**given: str) -> Settings:
    """The settings of this process's environment, with some given here. Raises Misused."""
    try:
        return read(None, **given)
    except SettingsError as error:
        raise Misused(str(error)) from error


def key_of(settings: Settings, name: str) -> Signer:
    """The key of that name in the data folder. Raises Misused."""
    try:
        return signer(settings.data / f"{name}-key.pem")
    except SecretUnusable as error:
        raise Misused(str(error)) from error


def persona_of(name: str) -> Persona:
    """A persona of the demonstration. Raises Misused."""
    if name not in PERSONAS:
        raise Misused(f"there is no persona {name!r}: there are {', '.join(PERSONAS)}.")
    return PERSONAS[name]


def gateway_of(settings: Settings) -> "Gateway":
    """A gateway of those settings. Raises Misused."""
    from app.gateway import build

    try:
        return build(settings)
    except FileError as error:
        raise Misused(str(error)) from error
