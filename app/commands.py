"""What each command of lmdt does. Each imports what it runs: a token need not wait for a whole gateway to load."""

import asyncio
import sys
import time
from argparse import Namespace
from collections.abc import Coroutine, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import orjson

from app.cli import DONE, NO
from app.issuer import PERSONAS, Persona, mint
from app.ports import PortTaken, claim
from app.settings import Settings, SettingsError, read
from app.signing import KeyUnusable, Signer, signer

if TYPE_CHECKING:
    from app.execution import Asked
    from app.main import Gateway

T = TypeVar("T")
# Seconds for which an idle connection stays open: longer than proxies and clients keep theirs, so that none of them
# sends into one that is being closed.
KEEP_ALIVE = 75


class Misused(Exception):
    """Used or configured wrongly: exit code 2."""


def _settings(**given_here: str) -> Settings:
    try:
        return read(None, **given_here)
    except SettingsError as error:
        raise Misused(str(error)) from error


def _signer(settings: Settings, name: str) -> Signer:
    try:
        return signer(settings.data / f"{name}-key.pem")
    except KeyUnusable as error:
        raise Misused(str(error)) from error


def _gateway(settings: Settings) -> "Gateway":
    from app.main import build
    from policies.errors import PolicyError
    from resolvers.source import SourceError

    try:
        return build(settings)
    except (SettingsError, SourceError, PolicyError) as error:
        raise Misused(str(error)) from error


def _claim(ports: Iterable[tuple[int, str]], host: str = "127.0.0.1") -> None:
    try:
        claim(ports, host)
    except PortTaken as error:
        raise Misused(str(error)) from error


def serve(asked: Namespace) -> int:
    """lmdt serve"""
    settings = _settings()
    host, port = asked.host or settings.host, asked.port or settings.port
    _claim([(port, "--port")], host)
    import uvicorn

    from app import telemetry
    from app.main import application

    telemetry.configure(settings.log_level, settings.credentials.values())
    gateway = _gateway(settings)  # a wrong configuration is told here, before any worker starts
    alone = asked.workers == 1
    if not alone:
        _run(gateway.close())
    uvicorn.run(
        application(gateway) if alone else "app.main:from_environment",
        factory=not alone,
        host=host,
        port=port,
        workers=asked.workers,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE,
    )
    return DONE


def demo(asked: Namespace) -> int:
    """lmdt demo"""
    first = asked.departments_port
    ports = [(asked.port, "--port"), *((first + n, "--departments-port") for n in range(5))]
    _claim(ports)
    import uvicorn

    from app import demo as demonstration
    from app import telemetry
    from app.main import create_app
    from policies.errors import PolicyError
    from resolvers.source import SourceError

    settings = _settings(DEMO="true", PORT=str(asked.port), DEPARTMENTS_PORT=str(first))
    telemetry.configure("WARNING", settings.credentials.values())
    folder = settings.data / "departments"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "trust-keys.json").write_bytes(orjson.dumps(_signer(settings, "trust").jwks))
    started = time.monotonic()
    with demonstration.departments(first, folder, faults=asked.faults) as running:
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
                app, host="127.0.0.1", port=asked.port, log_config=None, access_log=False, timeout_keep_alive=KEEP_ALIVE
            ),
            lambda: _announce(settings, time.monotonic() - started),
        )
        server.run()
    return DONE


def _announce(settings: Settings, seconds: float) -> None:
    base = f"http://127.0.0.1:{settings.port}"
    issuer = _signer(settings, "demonstration")
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


def share(asked: Namespace) -> int:
    """lmdt share"""
    _claim([(asked.port, "--port")], asked.host)
    from departments.share.config import ConfigError
    from departments.share.node import serve as serve_share

    try:
        return serve_share(asked.config, asked.host, asked.port)
    except ConfigError as error:
        raise Misused(str(error)) from error


def _persona(name: str) -> Persona:
    if name not in PERSONAS:
        raise Misused(f"there is no persona {name!r}: there are {', '.join(PERSONAS)}.")
    return PERSONAS[name]


def token(asked: Namespace) -> int:
    """lmdt token"""
    persona = _persona(asked.persona)
    if asked.purpose and asked.purpose not in persona.purposes:
        raise Misused(
            f"{persona.name} has no purpose {asked.purpose!r}: it has {', '.join(persona.purposes) or 'none'}."
        )
    minted = mint(_signer(_settings(), "demonstration"), persona, asked.purpose)
    if minted is None:
        raise Misused("the public has no token: send requests without one.")
    print(f"{persona.title}; purposes: {asked.purpose or ', '.join(persona.purposes) or 'none'}")
    print(minted)
    return DONE


def _text(file: Path) -> str:
    if str(file) == "-":
        return sys.stdin.read()
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise Misused(f"{file}: {error.strerror}.") from error


def _variables(asked: Namespace) -> dict[str, Any]:
    try:
        told = orjson.loads(asked.variables)
    except orjson.JSONDecodeError as error:
        raise Misused(f"--variables is not JSON: {error}.") from error
    if not isinstance(told, dict):
        raise Misused('--variables must be an object, as in \'{"area": "E08000003"}\'.')
    return cast(dict[str, Any], told)


def _asked(asked: Namespace) -> "Asked":
    from app.execution import Asked
    from app.identity import PurposeRefused, purpose_of
    from policies.caller import PUBLIC, Caller

    persona = _persona(asked.persona)
    caller = PUBLIC
    if persona.organisation is not None:
        roles = frozenset({persona.role}) if persona.role else frozenset[str]()
        caller = Caller(persona.name, persona.organisation, roles, frozenset(persona.purposes), "demonstration")
    try:
        purpose = purpose_of(caller, asked.purpose)
    except PurposeRefused as error:
        raise Misused(str(error)) from error
    return Asked("0" * 32, _text(asked.file), _variables(asked), asked.operation, caller, purpose, datetime.now(UTC))


def query(asked: Namespace) -> int:
    """lmdt query: asks the running gateway, as the persona."""
    import httpx

    from app.tabular import FORMATS, Untabular, write

    settings = _settings(DEMO="true")
    persona = _persona(asked.persona)
    headers = {"Purpose": asked.purpose} if asked.purpose else {}
    if minted := mint(_signer(settings, "demonstration"), persona):
        headers["Authorization"] = f"Bearer {minted}"
    body = {"query": _text(asked.file), "variables": _variables(asked), "operationName": asked.operation}
    address = f"http://{settings.host}:{settings.port}/graphql"
    try:
        reply = httpx.post(address, json=body, headers=headers, timeout=60)
        told = reply.json()
    except (httpx.HTTPError, ValueError) as error:
        raise Misused(
            f"no gateway answers at {address}: start one with lmdt demo, or say in LMDT_PORT where it is "
            f"({error.__class__.__name__})."
        ) from error
    for error in told.get("errors", ()):
        print(_error_line(error), file=sys.stderr)
    if told.get("data") is None:
        return NO
    try:
        written = write(told, asked.format)
    except Untabular as error:
        raise Misused(str(error)) from error
    if asked.output:
        asked.output.write_bytes(written)
    elif FORMATS[asked.format].binary and sys.stdout.isatty():
        raise Misused(f"{asked.format} is not for a terminal: give --output FILE.")
    else:
        sys.stdout.buffer.write(written)
    return DONE


def _error_line(error: dict[str, Any]) -> str:
    extensions = error.get("extensions", {})
    remedy = f" {extensions['remedy']}" if "remedy" in extensions else ""
    return f"{extensions.get('code', 'ERROR')} {extensions.get('coordinate', '')}: {error['message']}{remedy}"


def explain(asked: Namespace) -> int:
    """lmdt explain"""
    from app import errors, explain_text

    request = _asked(asked)
    gateway = _gateway(_settings(DEMO="true"))
    prepared = gateway.engine.prepare(request)
    try:
        if isinstance(prepared, list):
            for error in prepared:
                print(_error_line(errors.shown(error)), file=sys.stderr)
            return NO
        print(explain_text.story(request, prepared, gateway.engine.dispatcher))
    finally:
        _run(gateway.close())
    return DONE


def check(asked: Namespace) -> int:
    """lmdt check"""
    from app import explain_text

    gateway = _gateway(_settings(DEMO="true"))
    found = explain_text.gaps(gateway.catalogue)
    live = _run(_drift(gateway, live=asked.live))
    for line in (*found, *live):
        print(line, file=sys.stderr)
    if found or live:
        return NO
    agreements, sources = gateway.engine.policy.agreements, gateway.catalogue.sources
    print(f"{len(sources)} sources, {len(gateway.catalogue.measures)} measures and {len(agreements)} agreements agree.")
    return DONE


async def _drift(gateway: "Gateway", *, live: bool) -> list[str]:
    """What has moved at the departments, if they are to be asked. Closes the gateway."""
    from resolvers.errors import DepartmentUnavailable

    found: list[str] = []
    for name, connector in gateway.engine.dispatcher.connectors.items() if live else ():
        try:
            found += [f"{name}: {line}" for line in await connector.drift()]
        except DepartmentUnavailable as error:
            found.append(f"{name}: {error.department} does not answer at {gateway.catalogue.sources[name].url}")
        except Exception as error:
            found.append(f"{name}: {error}")
    await gateway.close()
    return found


def schema(asked: Namespace) -> int:
    """lmdt schema"""
    from schema.build import printed

    if asked.check is None:
        print(printed(), end="")
        return DONE
    kept = asked.check.read_text(encoding="utf-8") if asked.check.exists() else ""
    if kept != printed():
        print(f"{asked.check} is not the schema of this code: write it anew with make format.", file=sys.stderr)
        return NO
    return DONE


def _run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)
