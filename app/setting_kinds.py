"""What a setting may be: each reads the text of one, and raises Invalid, which says what is allowed."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import orjson
from pydantic import BeforeValidator, ValidationInfo

from reference.strict_file import Invalid

HOME = Path(__file__).resolve().parent.parent
REDIS = ("redis://", "rediss://")
DEFAULT_PORTS = {"https": 443, "http": 80}
HOST = re.compile(r"[a-z0-9._:-]+")
TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def switch(text: str) -> bool:
    """True or false, by any of the words for it."""
    if text.lower() not in TRUE | FALSE:
        raise Invalid(f"must be true or false, not {text!r}.")
    return text.lower() in TRUE


def whole(least: int = 1, most: int = 2**31) -> BeforeValidator:
    """Annotates a whole number that is written as text."""

    def read_number(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise Invalid(f"must be a whole number from {least} to {most}, not {text!r}.")
        return int(text)

    return BeforeValidator(read_number)


def folder(*default: str) -> BeforeValidator:
    """Annotates a folder; where none is given, one that comes with the code."""
    return BeforeValidator(lambda text: Path(text) if text else HOME.joinpath(*default))


def database(url: str, info: ValidationInfo) -> str:
    """The database that is named, or one in the data folder."""
    return url or f"sqlite:///{info.data.get('data', Path()) / 'trust.sqlite'}"


def cache(url: str) -> str:
    """Where a cache is."""
    # What follows may hold a password, so it is not shown.
    if not url.startswith(("memory://", *REDIS)):
        raise Invalid(f"must begin with memory://, redis:// or rediss://, not {url.partition('://')[0]!r}.")
    if url.startswith(REDIS) and not _is_redis(url):
        raise Invalid("must be redis://host:port/0: a host, a port and the number of a database.")
    return url


def _is_redis(text: str) -> bool:
    try:
        parts = urlsplit(text)
        database = parts.path.strip("/")
        return bool(parts.hostname) and parts.port != 0 and (not database or database.isdecimal())
    except ValueError:
        return False


def _listed(text: str) -> tuple[str, ...]:
    """What a list with commas holds, each once."""
    return tuple(dict.fromkeys(filter(None, map(str.strip, text.split(",")))))


def origins(text: str) -> tuple[str, ...]:
    """Origins as browsers send them, of a list with commas."""
    origins = _listed(text)
    if "*" in origins and len(origins) > 1:
        raise Invalid("must be * alone, which is any origin, or a list of origins without it.")
    for origin in origins:
        right = "*" if origin == "*" else _origin(origin)
        if right != origin:
            like = f" Did you mean {right!r}?" if right else ""
            raise Invalid(f"must be origins like 'https://analysis.example', with commas, not {origin!r}.{like}")
    return origins


def _origin(address: str) -> str:
    """The origin of an address as browsers send it: scheme, host in ASCII, and a port that is not the scheme's own.
    Empty where it has none."""
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:
        return ""
    if parts.scheme not in DEFAULT_PORTS or not HOST.fullmatch(host):
        return ""
    named = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{named}" + (f":{port}" if port and port != DEFAULT_PORTS[parts.scheme] else "")


def callers(text: str) -> frozenset[str]:
    """Callers of a list with commas: a word for many, or a kind and a name."""
    callers = set[str]()
    for part in _listed(text):
        kind, _, name = part.partition(" ")
        if part not in ("everyone", "public") and not (kind in ("org", "client", "sub") and name):
            raise Invalid(f"must be everyone, public, org CODE, client NAME or sub NAME, with commas, not {part!r}.")
        callers.add(f"{kind} {name.strip()}".strip())
    return frozenset(callers)


def networks(text: str) -> tuple[str, ...]:
    """Addresses and networks, of a list with commas."""
    networks = _listed(text)
    for network in networks:
        try:
            ip_network(network)
        except ValueError as error:
            raise Invalid(f"must be addresses or networks like '10.0.0.0/8', with commas, not {network!r}.") from error
    return networks


def from_json(text: object) -> object:
    """What a text of JSON says."""
    try:
        return orjson.loads(cast(str, text))
    except orjson.JSONDecodeError as error:
        raise Invalid(f"is not JSON: {error}.") from error
