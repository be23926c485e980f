"""The share node's HTTP: what is shared, and answers to those whom the Trust vouches for."""

import hashlib
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from departments.serving import serve as serve_until_stopped
from departments.share.answered import AnsweredLog, NotKept
from departments.share.assertion import Message, Verifier
from departments.share.catalogue import How, Progress, silent
from departments.share.checked import CheckedFile
from departments.share.config import ShareConfig, load
from departments.share.databases import Database, connect
from departments.share.desk import QUERIES, Desk, NotOffered, TooMuch, UnknownDataset, Visit
from departments.share.errors import ConfigError, Declined, NotTrusted
from departments.share.held import Held, Unfit
from departments.share.keys import Keyring
from departments.share.pattern import Patterns
from departments.share.question import BadQuestion
from departments.witness import Pages, made

log = logging.getLogger("share")
BODY = 1_000_000
WAITING = How()
REFUSALS: Mapping[type[Exception], tuple[int, str]] = {
    NotTrusted: (401, "Not vouched for by the Trust"),
    Declined: (403, "Declined by the department"),
    UnknownDataset: (404, "No such dataset"),
    NotOffered: (406, "Not offered"),
    BadQuestion: (400, "The question cannot be answered as put"),
    TooMuch: (413, "Too much at once"),
}


class Node:
    """One department's shared datasets behind HTTP."""

    def __init__(self, config: ShareConfig, keys: Keyring, progress: Progress) -> None:
        self._config = config
        self._database = connect(config)
        try:
            self._tables = tables(config, self._database, How(progress, aside=True))
            self._answered = AnsweredLog(Path(config.log)) if config.log else None
        except ConfigError:
            self._database.dispose()
            raise
        self._desk = Desk(config, Verifier(config.node, config.trust.issuer, keys), self._tables, self._answered)
        self._limits = {"rows": config.rows, "queries": QUERIES, "bytes": BODY}

    @asynccontextmanager
    async def life(self, _: Starlette) -> AsyncGenerator[None]:
        """As long as the application runs; then the database's connections and the log are closed."""
        yield
        await run_in_threadpool(self._database.dispose)
        if self._answered:
            self._answered.close()

    async def datasets(self, request: Request) -> Response:
        """GET /v1/datasets: what is shared. Open, for it holds no figures."""
        try:
            datasets = await run_in_threadpool(lambda: [_described(table) for table in self._tables.values()])
        except SQLAlchemyError as error:
            return self._broken(Visit("*"), error)
        body = orjson.dumps({"node": self._config.node, "datasets": datasets, "limits": self._limits})
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        if tag in request.headers.get("If-None-Match", ""):
            return Response(status_code=304, headers={"ETag": tag})
        return Response(body, media_type="application/json", headers={"ETag": tag})

    async def query(self, request: Request) -> Response:
        """POST /v1/datasets/{id}/query: one question, or {"queries": [...]} answered together."""
        started = time.perf_counter()
        visit = Visit(request.path_params["id"])
        cause = None
        try:
            body = await _body(request)
            # A header that comes twice is both, so that an assertion beside another is none.
            headers = {name: ", ".join(request.headers.getlist(name)) for name in request.headers}
            message = Message(request.method, request.scope["path"], headers, body)
            answered, media = await run_in_threadpool(self._desk.answer, visit, message)
            reply = Response(answered, media_type=media, headers={"Row-Limit": str(self._config.rows)})
        except tuple(REFUSALS) as error:
            status, title = REFUSALS[type(error)]
            challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'} if status == 401 else {}
            cause, reply = str(error), problem(status, title, str(error), challenge)
        except (Unfit, SQLAlchemyError, NotKept) as error:
            reply = self._broken(visit, error)
        self._logged(visit, reply.status_code, cause, started)
        return reply

    def _broken(self, visit: Visit, error: Exception) -> Response:
        """The department's own table, database or log is not as it should be: its operator is told why, nobody else."""
        cause = str(error) if isinstance(error, Unfit | NotKept) else type(error).__name__
        log.error(_line({"event": "broken", "node": self._config.node, "dataset": visit.dataset, "cause": cause}))
        detail = "the department's database or log cannot be used. Its operator has been told through the log."
        return problem(503, "Not answered", detail, {"Retry-After": "30"})

    def _logged(self, visit: Visit, status: int, cause: str | None, started: float) -> None:
        """The department's own log of who asked for what. No token, no figures."""
        line: dict[str, Any] = {"event": "asked", "node": self._config.node, "dataset": visit.dataset, "status": status}
        line |= visit.asked
        if cause is not None:
            line["cause"] = cause
        log.info(_line({**line, "milliseconds": round((time.perf_counter() - started) * 1000, 1)}))


def _line(document: Mapping[str, Any]) -> str:
    """One line of the log, as JSON."""
    return orjson.dumps(document).decode()


async def _body(request: Request) -> bytes:
    """The request's body, read no further than it may be long."""
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > BODY:
            raise TooMuch(f"the question is larger than {BODY} bytes.")
        pieces.append(piece)
    return b"".join(pieces)


def _described(table: Held) -> dict[str, Any]:
    """What the list of datasets says of one. Reads releases, periods and members from the database."""
    mapped = table.mapped
    return {
        "id": mapped.id,
        "title": mapped.title,
        "every": mapped.every,
        "releases": table.releases(),
        "periods": dict(zip(("from", "to"), table.periods() or (), strict=False)),
        "measures": {
            name: {"additive": shared.additive, "evidence": list(shared.evidence) if mapped.evidence else []}
            for name, shared in mapped.measures.items()
        },
        "dimensions": {facet.value: table.members(facet) for facet in mapped.facets},
        "breakdowns": [sorted(breakdown) for breakdown in mapped.breakdowns],
        "profile": mapped.protection.told,
    }


def problem(status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """An RFC 9457 problem."""
    body = orjson.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail})
    return Response(body, status, headers, media_type="application/problem+json")


async def _alive(_: Request) -> Response:
    """Says nothing of the database."""
    return Response(b'{"status":"ok"}', media_type="application/json")


async def _elsewhere(_: Request, error: Exception) -> Response:
    """A path or a method that there is none of."""
    assert isinstance(error, HTTPException)
    message = "there are GET /v1/datasets, POST /v1/datasets/{id}/query and GET /healthz."
    return problem(error.status_code, error.detail, message, error.headers)


def tables(config: ShareConfig, database: Database, how: How = WAITING) -> dict[str, Held]:
    """The shared datasets by their ids, checked as far as they have not been. Raises ConfigError."""
    patterns, kept = Patterns(Path(config.patterns)), CheckedFile(Path(config.log) if config.log else None)
    return {name: Held(mapped, database, patterns, kept, how) for name, mapped in config.tables.items()}


def create_app(config: ShareConfig, keys: Mapping[str, Any] | None = None, progress: Progress = silent) -> Starlette:
    """The node as an ASGI application. `keys`: the Trust's JWKS, read as config.trust says if not given; `progress` is
    told what is checked. Raises ConfigError, and FileError for its witness."""
    witness = Pages(made(config.witness)).routes if config.witness else []
    node = Node(config, Keyring(config.trust.keys if keys is None else keys), progress)
    elsewhere: Callable[[Request, Exception], Awaitable[Response]] = _elsewhere
    return Starlette(
        routes=[
            Route("/healthz", _alive),
            Route("/v1/datasets", node.datasets),
            Route("/v1/datasets/{id}/query", node.query, methods=["POST"]),
            *witness,
        ],
        exception_handlers={HTTPException: elsewhere},
        lifespan=node.life,
    )


def check(path: Path, progress: Progress) -> None:
    """Check all that a mapping file shares anew, and keep what was checked for its node. Raises ConfigError."""
    config = load(path)
    database = connect(config)
    try:
        tables(config, database, How(progress, anew=True))
    finally:
        database.dispose()


def serve(path: Path, host: str, port: int, progress: Progress = silent) -> int:
    """Serve a mapping file until stopped. 1: it did not start, and the log says why. Raises ConfigError, FileError, and
    KeyboardInterrupt for Ctrl-C."""
    return serve_until_stopped(create_app(load(path), progress=progress), host, port)


__all__ = ["ConfigError", "create_app", "serve"]
