"""The attacks of `lmdt attack` on families of the demonstration, in this process: python -m bench.attack."""

import argparse
import asyncio
import logging
import tempfile
from collections.abc import Mapping
from pathlib import Path

import httpx
from starlette.applications import Starlette

from app.commands.attack_table import table as printed
from app.issuer import PERSONAS, mint
from app.main import create_app
from app.settings import read
from app.signing import signer
from attacks.battery import Result, attack
from attacks.front import Door, callers
from attacks.truth import truth
from departments.samples import SAMPLES, mapping
from departments.share.config import ShareConfig
from departments.share.node import create_app as create_node

FAMILIES = {
    "payrolledEmployees": "hmrc",
    "furloughedEmployments": "hmrc",
    "businesses": "beis",
    "businessSupportLoans": "beis",
}
HELD = Path(".data/departments")


def config_of(name: str, measure: str, patterns: bool) -> ShareConfig:
    """A sample node that shares the dataset of one measure, with its pattern or without any."""
    config = mapping(name, HELD)
    [mapped] = [one for one in config.datasets if measure in one.measures]
    protection = mapped.protection.model_copy(update={"pattern": patterns})
    mapped = mapped.model_copy(update={"protection": protection, "measures": {measure: mapped.measures[measure]}})
    return config.model_copy(update={"datasets": (mapped,)})


class Reached(httpx.AsyncBaseTransport):
    """The departments that are here, by their ports."""

    def __init__(self, apps: Mapping[str, Starlette]) -> None:
        self._apps = {SAMPLES[name]: httpx.ASGITransport(app) for name, app in apps.items()}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises ConnectError where nobody is."""
        if request.url.port not in self._apps:
            raise httpx.ConnectError("nobody is there", request=request)
        return await self._apps[request.url.port].handle_async_request(request)


async def attacked(measure: str, seconds: float, patterns: bool) -> Result:
    """One family, by everybody in the demonstration."""
    with tempfile.TemporaryDirectory() as name:
        folder, department = Path(name), FAMILIES[measure]
        config = config_of(department, measure, patterns)
        node = create_node(config, signer(folder / "trust-key.pem").jwks)
        quotas = {f"QUOTA_{one}": "0" for one in ("ADDRESS", "SUBJECT", "ORGANISATION")}
        settings = read({"LMDT_DEMO": "true", "LMDT_DATA": str(folder), "LMDT_LOG_LEVEL": "ERROR"}, **quotas)
        app = create_app(settings, Reached({department: node}))
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost", timeout=120) as http,
        ):
            await app.state.gateway.learned()
            tokens = {one.name: mint(app.state.gateway.demo, one) for one in PERSONAS.values()}
            given = {name: {"Authorization": f"Bearer {token}"} if token else {} for name, token in tokens.items()}
            door = Door(http, "/graphql")
            everybody = await callers(door, given)
            return await attack(door, measure, everybody, seconds, lambda collected: truth(config, collected))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.attack", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="for each attack at most (default 60)")
    parser.add_argument("--only", action="append", choices=FAMILIES, help="only this family; can be given again")
    parser.add_argument("--patterns", action="store_true", help="with their patterns (default: without)")
    arguments = parser.parse_args()
    # The other departments are not here, and the gateway says so again and again.
    logging.disable(logging.CRITICAL)
    for measure in arguments.only or FAMILIES:
        result = asyncio.run(attacked(measure, arguments.seconds, arguments.patterns))
        print(f"\n{measure}, {'with' if arguments.patterns else 'without'} patterns")
        print("\n".join(printed(result)), flush=True)


if __name__ == "__main__":
    main()
