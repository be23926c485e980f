"""The gateway's own address, as a request has it."""

import re

from starlette.types import Scope

# A name or address with a port: what may stand in an address, and within quotation marks in a header.
_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?")


def origin(scope: Scope) -> str | None:
    """Scheme, host and port; None where the request has not one Host that is one."""
    hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    return f"{scope['scheme']}://{hosts[0]}" if len(hosts) == 1 and _HOST.fullmatch(hosts[0]) else None
