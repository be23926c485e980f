"""The share node's HTTP: what is shared, and answers to those whom the Trust vouches for."""

import hashlib
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import orjson
import uvicorn
from sqlalchemy import create_engine
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from departments.share.answer import Held
from departments.share.assertion import Assertion, Declined, NotTrusted, Verifier, check, read_keys
from departments.share.config import ConfigError, ShareConfig, load
from departments.share.question import BadQuestion, Question, read

log = logging.getLogger("share")
BODY = 1_000_000


class Node:
    """One department's shared datasets behind HTTP."""

    def __init__(self, config: ShareConfig, keys: Mapping[str, Any]) -> None:
        self._config = config
        self._verifier = Verifier(config.node, config.issuer, keys)
        engine = create_engine(config.database)
        self._held = {name: Held(table, engine) for name, table in config.tables.items()}

    async def datasets(self, request: Request) -> Response:
        """GET /v1/datasets: what is shared. Open, for it holds no figures."""
        told = await run_in_threadpool(lambda: [self._described(held) for held in self._held.values()])
        body = orjson.dumps({"node": self._config.node, "datasets": told, "limits": {"rows": self._config.rows}})
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        if request.headers.get("If-None-Match") == tag:
            return Response(status_code=304, headers={"ETag": tag})
        return Response(body, media_type="application/json", headers={"ETag": tag})

    async def query(self, request: Request) -> Response:
        """POST /v1/datasets/{id}/query: one question, or {"queries": [...]} answered together."""
        started = time.perf_counter()
        try:
            told = self._verifier.verify(request.headers.get("Authorization"))
            check(told, self._config.refuse)
        except NotTrusted as error:
            challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            return problem(401, "Not vouched for by the Trust", str(error), challenge)
        except Declined as error:
            return problem(403, "Declined by the department", str(error))
        held = self._held.get(request.path_params["id"])
        if held is None:
            return problem(404, "No such dataset", f"Shared are {', '.join(self._held)}.")
        if "application/vnd.apache.arrow.stream" in request.headers.get("Accept", ""):
            return problem(406, "Not offered", "Answers are application/json.")
        try:
            asked, together = await _questions(request, held)
            self._allow(asked, told)
        except BadQuestion as error:
            return problem(400, "The question cannot be answered as put", str(error))
        except Declined as error:
            return problem(403, "Raw figures are for agreements", str(error))
        cells = sum(each.cells for each in asked)
        if cells > self._config.rows:
            return problem(413, "Too much at once", f"{cells} rows were asked for; {self._config.rows} are allowed.")
        answers = await run_in_threadpool(lambda: [held.answer(each) for each in asked])
        self._logged(held, asked, told, cells, started)
        body = {"answers": answers} if together else answers[0]
        return Response(orjson.dumps(body), media_type="application/json")

    @staticmethod
    def _allow(asked: list[Question], told: Assertion) -> None:
        """Unprotected figures only where the Trust names an agreement, or the department asks for its own."""
        for each in asked:
            for name in each.measures:
                if each.evidence and told.grants.get(name) not in ("OWN", "AGREEMENT"):
                    raise Declined(f"{name} is asked for with evidence, but the assertion does not grant it.")

    def _described(self, held: Held) -> dict[str, Any]:
        mapped = held.mapped
        return {
            "id": mapped.id,
            "title": mapped.title,
            "every": mapped.every,
            "releases": held.releases(),
            "measures": list(mapped.measures),
            "facets": list(mapped.facets),
            "breakdowns": [sorted(each) for each in mapped.breakdowns],
            "profile": {
                "suppress_below": mapped.protection.suppress_below,
                "round_to": mapped.protection.round_to,
                "dominance": {"contributors": mapped.protection.contributors, "percent": mapped.protection.percent},
            },
        }

    def _logged(self, held: Held, asked: list[Question], told: Assertion, cells: int, started: float) -> None:
        """The department's own log of who asked for what. No token, no figures."""
        log.info(
            orjson.dumps(
                {
                    "event": "answered",
                    "node": self._config.node,
                    "dataset": held.mapped.id,
                    "measures": sorted({name for each in asked for name in each.measures}),
                    "organisation": told.organisation,
                    "purpose": told.purpose,
                    "agreements": told.agreements,
                    "evidence": any(each.evidence for each in asked),
                    "leaf": told.leaf,
                    "rows": cells,
                    "milliseconds": round((time.perf_counter() - started) * 1000, 1),
                }
            ).decode()
        )


async def _questions(request: Request, held: Held) -> tuple[list[Question], bool]:
    body = await request.body()
    if len(body) > BODY:
        raise BadQuestion(f"the question is larger than {BODY} bytes.")
    try:
        told: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadQuestion(f"the body is not JSON: {error}.") from error
    if isinstance(told, dict) and "queries" in told:
        several = cast(dict[str, Any], told)["queries"]
        if not isinstance(several, list) or not several:
            raise BadQuestion("queries must be a list of questions.")
        return [read(each, held.mapped) for each in cast(list[object], several)], True
    return [read(told, held.mapped)], False


def problem(status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """An RFC 9457 problem."""
    body = orjson.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail})
    return Response(body, status, headers, media_type="application/problem+json")


async def _alive(_: Request) -> Response:
    return Response(b'{"status":"ok"}', media_type="application/json")


def create_app(config: ShareConfig, keys: Mapping[str, Any] | None = None) -> Starlette:
    """The node as an ASGI application. `keys`: the Trust's JWKS, read from config.keys if not given.
    Raises ConfigError."""
    node = Node(config, read_keys(config.keys) if keys is None else keys)
    return Starlette(
        routes=[
            Route("/healthz", _alive),
            Route("/v1/datasets", node.datasets),
            Route("/v1/datasets/{id}/query", node.query, methods=["POST"]),
        ]
    )


def serve(path: Path, host: str, port: int) -> int:
    """Serve a mapping file until stopped. Raises ConfigError."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    uvicorn.run(create_app(load(path)), host=host, port=port, log_level="warning", access_log=False)
    return 0


__all__ = ["ConfigError", "create_app", "serve"]
