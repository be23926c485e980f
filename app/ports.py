"""Ports, tried before anything is started on them."""

import errno
import socket
from collections.abc import Iterable

import httpx

from reference.errors import TrustError


class PortTaken(TrustError):
    """A port cannot be listened on: says who has it, and the option that moves it."""


def claim(ports: Iterable[tuple[int, str]], host: str = "127.0.0.1") -> None:
    """Raises PortTaken unless each port, given with its option, is free and asked for once."""
    probes: dict[int, socket.socket] = {}
    try:
        for port, option in ports:
            if port in probes:
                raise PortTaken(f"port {port} is wanted twice. Choose another with {option}.")
            probe = probes[port] = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
                # Bound alone, two could have the same port: who listens has it to itself.
                probe.listen(1)
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise PortTaken(
                        f"port {port} is in use {_by(host, port)}. Choose another with {option}."
                    ) from error
                raise PortTaken(f"{host} port {port} cannot be listened on: {error.strerror}.") from error
    finally:
        for probe in probes.values():
            probe.close()


def _by(host: str, port: int) -> str:
    """Who listens there, so far as a request or two can tell."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - read, not listened on
    base = f"http://{f'[{name}]' if ':' in name else name}:{port}"
    try:
        with httpx.Client(timeout=1.0, trust_env=False) as client:
            schema = client.get(f"{base}/schema.graphql")
            if schema.is_success and "type LabourMarket " in schema.text:
                return f"by a gateway of the Trust, which answers at {base}"
            if "/v1/datasets/{id}/query" in client.get(f"{base}/nothing").text:
                return "by a share node"
    except (httpx.HTTPError, UnicodeError):
        pass
    return "by something that is not the Trust"
