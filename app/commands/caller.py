"""Which gateway is asked, and as whom: what --url, --as, --purpose and --token-file say."""

from argparse import Namespace

from app.commands.asking import Address
from app.commands.configuration import key_of, persona_of, settings_of
from app.commands.exits import Misused
from app.commands.request import text_of
from app.issuer import mint


def address_of(options: Namespace) -> Address:
    """The gateway of --url, or else of the settings. Raises Misused."""
    if options.url:
        return Address.read(options.url)
    settings = settings_of(DEMO="true")
    return Address(f"http://{settings.host}:{settings.port}/graphql", given=False)


def headers_of(options: Namespace) -> dict[str, str]:
    """The purpose and the token of a request. Raises Misused."""
    headers = {"Purpose": options.purpose} if options.purpose else {}
    if options.token_file:
        if options.persona:
            raise Misused("--as and --token-file both say who asks: give one of them.")
        token = text_of(options.token_file).strip()
        if not token or not token.isascii() or len(token.split()) != 1:
            raise Misused(f"{options.token_file} does not hold a token, alone on a line.")
        headers["Authorization"] = f"Bearer {token}"
    else:
        persona = persona_of(options.persona or "public")
        if persona.organisation is not None and (
            token := mint(key_of(settings_of(DEMO="true"), "demonstration"), persona)
        ):
            headers["Authorization"] = f"Bearer {token}"
    if not all(value.isascii() and value.isprintable() for value in headers.values()):
        raise Misused(f"--purpose {options.purpose!r} is no purpose: purposes are words like skills-planning.")
    return headers
