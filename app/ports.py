"""Ports, tried before anything is started on them."""

import errno
import socket
from collections.abc import Iterable


class PortTaken(Exception):
    """A port cannot be listened on: names it and the option that moves it."""


def claim(ports: Iterable[tuple[int, str]], host: str = "127.0.0.1") -> None:
    """Raises PortTaken unless each port, given with its option, is free and asked for once."""
    held: list[socket.socket] = []
    try:
        for port, option in ports:
            probe = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
            held.append(probe)
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
                # Bound alone, two could have the same port: who listens has it to itself.
                probe.listen(1)
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise PortTaken(f"port {port} is in use. Choose another with {option}.") from error
                raise PortTaken(f"{host} port {port} cannot be listened on: {error.strerror}.") from error
    finally:
        for probe in held:
            probe.close()
