"""lmdt serve, demo and share: what runs until it is stopped. Ctrl-C is how one stops it, so that is exit code 0."""

import asyncio
import sys
import time
from argparse import Namespace
from collections.abc import Iterable
from contextlib import suppress

import orjson

from app.commands.configuration import gateway_of, key_of, settings_of
from app.commands.exits import DONE, Misused
from app.issuer import PERSONAS, mint
from app.ports import PortTaken, claim
from app.settings import Settings, SettingsError

# Seconds for which an idle connection stays open: longer than proxies and clients keep theirs, so that none of them
# sends into one that is being closed.
KEEP_ALIVE = 75


def _claim(ports: Iterable[tuple[int, str]], host: str = "127.0.0.1") -> None:
    try:
        claim(ports, host)
    except PortTaken as error:
        raise Misused(str(error)) from error


def serve(options: Namespace) -> int:
    """The gateway alone, by its settings."""
    settings = settings_of()
    host, port = options.host or settings.host, options.port or settings.port
    _claim([(port, "--port")], host)
    import uvicorn

    from app import telemetry
    from app.main import application

    telemetry.configure(settings.log_level, settings.credentials.values())
    gateway = gateway_of(settings)  # a wrong configuration is told here, before any worker starts
    alone = options.workers == 1
    if not alone:
        asyncio.run(gateway.close())
    with suppress(KeyboardInterrupt):
        uvicorn.run(
            application(gateway) if alone else "app.main:from_environment",
            factory=not alone,
            host=host,
            port=port,
            workers=options.workers,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE,
        )
    return DONE


def demo(options: Namespace) -> int:
    """Five sample departments, the gateway and the explorer."""
    first = options.departments_port
    ports = [(options.port, "--port"), *((first + n, "--departments-port") for n in range(5))]
    _claim(ports)
    import uvicorn

    from app import demo as demonstration
    from app import telemetry
    from app.main import create_app
    from policies.errors import PolicyError
    from resolvers.source import SourceError

    settings = settings_of(DEMO="true", PORT=str(options.port), DEPARTMENTS_PORT=str(first))
    telemetry.configure("WARNING", settings.credentials.values())
    folder = settings.data / "departments"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "trust-keys.json").write_bytes(orjson.dumps(key_of(settings, "trust").jwks))
    started = time.monotonic()
    with demonstration.departments(first, folder, faults=options.faults) as running:
        try:
            app = create_app(settings)
        except (SettingsError, SourceError, PolicyError) as error:
            raise Misused(str(error)) from error
        try:
            demonstration.await_answers(first, running, 60)
        except RuntimeError as error:
            raise Misused(str(error)) from error
        server = demonstration.Announcing(
            uvicorn.Config(
                app,
                host="127.0.0.1",
                port=options.port,
                log_config=None,
                access_log=False,
                timeout_keep_alive=KEEP_ALIVE,
            ),
            lambda: _announce(settings, time.monotonic() - started),
        )
        with suppress(KeyboardInterrupt):
            server.run()
    return DONE


def _announce(settings: Settings, seconds: float) -> None:
    base = f"http://127.0.0.1:{settings.port}"
    issuer = key_of(settings, "demonstration")
    print(f"The Labour Market Data Trust answers at {base} (started in {seconds:.1f} s). Stop it with Ctrl-C.\n")
    print("Ask it:")
    query = '{ area(code: \\"E08000003\\") { name labourMarket(periods: {from: \\"2024-01\\", to: \\"2024-03\\"}) '
    query += "{ period { code } claimantCount { value } payrolledEmployees { value } } } }"
    print(f"  curl -s {base}/graphql -H 'Content-Type: application/json' -d '{{\"query\": \"{query}\"}}'\n")
    print("Be someone: send -H 'Authorization: Bearer TOKEN' with one of these tokens.")
    for persona in PERSONAS.values():
        print(f"\n{persona.name} - {persona.title}; purposes: {', '.join(persona.purposes) or 'none'}")
        print(f"  {mint(issuer, persona) or '(no token)'}")
    if not (settings.explorer / "index.html").exists():
        print("\nThe explorer was not built: it needs Node 20 or newer (make explorer).")
    sys.stdout.flush()


def share(options: Namespace) -> int:
    """A share node beside a department's own database."""
    _claim([(options.port, "--port")], options.host)
    from departments.share.config import ConfigError
    from departments.share.node import serve as serve_node

    try:
        with suppress(KeyboardInterrupt):
            serve_node(options.config, options.host, options.port)
    except ConfigError as error:
        raise Misused(str(error)) from error
    return DONE
