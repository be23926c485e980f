"""Witnesses in process, each at an address of its own: they can be down, slow, or say whatever a test wants."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

import httpx
from starlette.applications import Starlette

from app.signing import signer
from departments.witness import WitnessConfig, beside, made
from tests.transparency.keys import DEPARTMENTS
from transparency import note
from transparency.note import Key
from transparency.policy import Policy

Lie = Callable[[httpx.Request], httpx.Response]


def log_key(folder: Path) -> Key:
    """The key of the log of a gateway that keeps what it keeps in this folder."""
    return note.key_of("trust.example/lmdt/log", signer(folder / "trust-key.pem"))


class Panel:
    """One witness for each department, with the folder in which each remembers. `down`: who do not answer; `seconds`:
    after which one does; `lies`: what one answers instead; `asked`: by whom each request was received, in order."""

    def __init__(self, folder: Path, log: Key, names: Iterable[str] = DEPARTMENTS) -> None:
        self.folder, self.log, self.names = folder, log, tuple(names)
        configs = {
            name: WitnessConfig(name=f"{name}.example/w", folder=folder / name, logs=(str(log),)) for name in names
        }
        self.keys = {name: made(config).public for name, config in configs.items()}
        self.apps: Mapping[str, Starlette] = {name: beside(Starlette(), config) for name, config in configs.items()}
        self.down: Collection[str] = ()
        self.seconds: dict[str, float] = {}
        self.lies: dict[str, Lie] = {}
        self.asked: list[str] = []

    def policy(self, needed: int) -> str:
        """A policy file that needs so many of them."""
        lines = [f"log {self.log}"]
        lines += [f"witness {name} {self.keys[name]} http://{name}.example/witness" for name in self.names]
        return "\n".join([*lines, f"group departments {needed} {' '.join(self.names)}", "quorum departments", ""])

    def written(self, needed: int) -> str:
        """The path of that file."""
        file = self.folder / f"policy-{needed}"
        file.write_text(self.policy(needed))
        return str(file)

    def read(self, needed: int) -> Policy:
        return Policy.read(self.policy(needed))

    def transport(self, *among: str) -> "Reaching":
        """Reaches some of them, all unless they are named, and nobody else."""
        return Reaching(self, among or self.names)


class Reaching(httpx.AsyncBaseTransport):
    """See `Panel.transport`. Counts in `asked` who was asked by way of it."""

    def __init__(self, panel: Panel, among: Collection[str]) -> None:
        self._panel, self._among = panel, among
        self.asked: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        name, panel = request.url.host.removesuffix(".example"), self._panel
        if name not in panel.names:
            raise httpx.ConnectError("nobody is there", request=request)
        self.asked.append(name)
        panel.asked.append(name)
        if name in panel.down or name not in self._among:
            raise httpx.ConnectError("nobody is there", request=request)
        await asyncio.sleep(panel.seconds.get(name, 0))
        if name in panel.lies:
            return panel.lies[name](request)
        return await httpx.ASGITransport(panel.apps[name]).handle_async_request(request)
