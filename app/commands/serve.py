"""lmdt serve, demo and share: what runs until it is stopped."""

import asyncio
import sys
import time
from argparse import Namespace
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from app.commands.configuration import gateway_of, key_of, settings_of
from app.commands.exits import DONE, Misused, Refused
from app.ports import PortTaken, claim
from app.settings import Settings

if TYPE_CHECKING:
    import uvicorn

# Seconds for which an idle connection stays open: longer than proxies and clients keep theirs, so that none of them
# sends into one that is being closed.
KEEP_ALIVE = 75
# What the demonstration proposes to ask.
ASKED = '{area(code:"E08000003"){name labourMarket(periods:{last:3}){period{code} claimantCount{value}}}}'


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
    gateway = gateway_of(settings)  # a wrong configuration is an error here, before any worker starts
    alone = options.workers == 1
    if not alone:
        asyncio.run(gateway.close())
    config = uvicorn.Config(
        application(gateway) if alone else "app.main:from_environment",
        factory=not alone,
        host=host,
        port=port,
        workers=options.workers,
        **bounds(settings),
    )
    _run_alone(config) if alone else _run_workers(config)
    return DONE


def bounds(settings: Settings) -> dict[str, Any]:
    """How uvicorn serves: what a connection may take, and how long it has for an end."""
    from app.bounded_http import BoundedProtocol

    return {
        "http": partial(
            BoundedProtocol,
            head_bytes=settings.max_head,
            head_seconds=settings.head_seconds,
            body_seconds=settings.body_seconds,
            write_seconds=settings.write_seconds,
        ),
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": bool(settings.trusted_proxies),
        "forwarded_allow_ips": list(settings.trusted_proxies),
        "timeout_keep_alive": KEEP_ALIVE,
        "timeout_graceful_shutdown": settings.shutdown_seconds,
        "limit_concurrency": settings.max_connections,
    }


def _run_alone(config: "uvicorn.Config") -> None:
    """Serves in this process. Raises KeyboardInterrupt for Ctrl-C, which uvicorn.run would keep to itself."""
    from uvicorn import Server

    server = Server(config)
    server.run()
    if not server.started:
        raise Refused("the gateway did not start: the log says why.")


def _run_workers(config: "uvicorn.Config") -> None:
    """Serves in several processes. Raises KeyboardInterrupt for Ctrl-C, once all of them have ended."""
    from uvicorn.supervisors import Multiprocess

    class Workers(Multiprocess):
        interrupted = False

        def handle_int(self) -> None:
            self.interrupted = True
            super().handle_int()

    workers = Workers(config, sockets=[config.bind_socket()])
    workers.run()
    if workers.interrupted:
        raise KeyboardInterrupt


def demo(options: Namespace) -> int:
    """Five sample departments, the gateway and the explorer."""
    first = options.departments_port
    ports = [(options.port, "--port"), *((first + n, "--departments-port") for n in range(5))]
    _claim(ports)
    import uvicorn

    from app import demo as demonstration
    from app import telemetry
    from app.gateway import log_name
    from app.main import create_app
    from reference.strict_file import FileError
    from transparency import note
    from transparency.note import NoteWrong

    settings = settings_of(DEMO="true", PORT=str(options.port), DEPARTMENTS_PORT=str(first))
    telemetry.configure("WARNING", settings.credentials.values())
    folder, witnesses = settings.data / "departments", settings.data / "witnesses"
    for made in (folder, witnesses):
        made.mkdir(parents=True, exist_ok=True)
    own = key_of(settings, "trust")
    try:
        log = note.key_of(log_name(settings), own)
    except NoteWrong as error:
        raise Misused(f"LMDT_ISSUER: the log cannot be named by it: {error}.") from error
    (folder / "trust-keys.json").write_bytes(orjson.dumps(own.jwks))
    (witnesses / "logs").write_text(f"{log}\n")
    started = time.monotonic()
    with demonstration.departments(first, folder, witnesses, faults=options.faults) as running:
        try:
            demonstration.await_answers(first, running, 60)
        except RuntimeError as error:
            raise Misused(str(error)) from error
        (witnesses / "policy").write_text(demonstration.policy(first, log))
        try:
            app = create_app(settings.model_copy(update={"witnesses": witnesses / "policy"}))
        except FileError as error:
            raise Misused(str(error)) from error
        server = demonstration.Announcing(
            uvicorn.Config(app, host="127.0.0.1", port=options.port, **bounds(settings)),
            lambda: _announce(settings, time.monotonic() - started),
        )
        server.run()
    return DONE


def _announce(settings: Settings, seconds: float) -> None:
    base = f"http://127.0.0.1:{settings.port}"
    print(f"The Labour Market Data Trust answers (started in {seconds:.1f} s). Stop it with Ctrl-C.\n")
    if (settings.explorer / "index.html").exists():
        print(f"  Workbench    {base}/")
    else:
        print("  Workbench    not built: it needs Node 20 or newer (make explorer)")
    print(f"  GraphQL      {base}/graphql, schema at {base}/schema.graphql")
    print(f"  Agreements   {base}/register")
    print(f"  Ask          curl -sG {base}/graphql --data-urlencode 'query={ASKED}'")
    print("  As somebody  lmdt query FILE --as dfe-analyst   (or partner, hmrc-steward, trustee ...)")
    print("  A token      lmdt token --persona dfe-analyst   (send it as Authorization: Bearer TOKEN)")
    print("  Other ports  lmdt demo --port 9000 --departments-port 9101   (make run ARGS='--port 9000 ...')\n")
    sys.stdout.flush()


def share(options: Namespace) -> int:
    """A share node beside a department's own database."""
    if not options.check:
        _claim([(options.port, "--port")], options.host)
    from departments.share.node import check
    from departments.share.node import serve as serve_node
    from reference.strict_file import FileError

    def told(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    try:
        if options.check:
            check(options.config, told)
            return 0
        return serve_node(options.config, options.host, options.port, told)
    except FileError as error:
        raise Misused(str(error)) from error
