"""POST and GET /graphql: one request in, one answer out, recorded before it leaves."""

import hashlib
import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from random import getrandbits
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app import errors, graphql_http
from app.compression import compressed
from app.execution import Asked, Engine, Outcome
from app.graphql_http import RESPONSE_JSON, Unreadable
from app.identity import Identity, IssuerUnavailable, PurposeRefused, Unauthenticated, purpose_of
from trust.record import Entry, Recorder, RecordFailed

log = logging.getLogger("lmdt")


class Endpoint:
    """Answers GraphQL over HTTP for one gateway."""

    def __init__(self, engine: Engine, identity: Identity, recorder: Recorder, body_limit: int) -> None:
        self._engine, self._identity, self._recorder, self._body_limit = engine, identity, recorder, body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The endpoint is an ASGI application of its own."""
        response = await self._answered(Request(scope, receive))
        await response(scope, receive, send)

    async def _answered(self, request: Request) -> Response:
        started = time.perf_counter()
        media, headers = graphql_http.JSON, request.headers
        try:
            media = graphql_http.media_type(headers.get("Accept"))
            caller = await self._identity.caller(headers.getlist("Authorization"))
            told = await graphql_http.read(request, self._body_limit)
            purpose = purpose_of(caller, headers.get("Purpose"))
        except Unreadable as error:
            return _failed(error.status, media, GraphQLError(error.message, extensions={"code": "BAD_USER_INPUT"}))
        except Unauthenticated as error:
            return _unauthenticated(media, error)
        except IssuerUnavailable as error:
            return _failed(503, media, GraphQLError(f"{error}.", extensions={"code": "UNAUTHENTICATED"}))
        except PurposeRefused as error:
            code = {"code": "BAD_USER_INPUT", "argument": "Purpose"}
            return _failed(400, media, GraphQLError(str(error), extensions=code))
        except Exception as error:
            return _response(500, media, {"errors": [errors.internal(error)]})
        asked = Asked(
            id=_operation(),
            query=told.query,
            variables=told.variables,
            operation=told.operation,
            caller=caller,
            purpose=purpose,
            now=datetime.now(UTC),
        )
        outcome = Outcome(asked)
        try:
            with self._recorder.answering():
                try:
                    await self._engine.answer(outcome)
                except Exception as error:
                    # Departments may have been asked for it, and name it in their logs.
                    outcome.failure = errors.internal(error)
                await self._record(outcome, started)
        except RecordFailed:
            log.error("record failed", extra={"event": "record_failed", "operation_id": asked.id})
            message = "The request could not be recorded, so it is not answered. Ask again later."
            return _failed(503, media, GraphQLError(message, extensions={"code": "RECORD_FAILED"}))
        except Exception as error:
            outcome.failure = errors.internal(error)
        if outcome.failure:
            return _response(500, media, {"errors": [outcome.failure]})
        self._log(outcome, started)
        return _answer(media, outcome, headers.get("Accept-Encoding"))

    async def _record(self, outcome: Outcome, started: float) -> None:
        asked, caller = outcome.asked, outcome.asked.caller
        await self._recorder.record(
            Entry(
                id=asked.id,
                at=asked.now,
                subject=caller.subject,
                organisation=caller.organisation,
                issuer=caller.issuer,
                roles=sorted(caller.roles),
                purpose=asked.purpose,
                operation=hashlib.sha256(asked.query.encode()).hexdigest(),
                epoch=self._engine.policy.epoch if outcome.epoch is None else outcome.epoch,
                outcome="failed" if outcome.failure else "answered" if outcome.executed else "rejected",
                decisions=outcome.decisions,
                calls=[
                    {
                        "department": call.department,
                        "dataset": call.dataset,
                        "method": call.method,
                        "status": call.status,
                        "milliseconds": round(call.milliseconds, 1),
                        "bytes": call.bytes,
                    }
                    for call in outcome.calls
                ],
                milliseconds=round((time.perf_counter() - started) * 1000, 1),
            )
        )

    def _log(self, outcome: Outcome, started: float) -> None:
        asked = outcome.asked
        for cause in outcome.causes:
            log.warning("department", extra={"event": "department", "operation_id": asked.id, "cause": cause})
        if not log.isEnabledFor(logging.INFO):
            return
        log.info(
            "answered",
            extra={
                "event": "operation",
                "operation_id": asked.id,
                "organisation": asked.caller.organisation,
                "purpose": asked.purpose,
                "granted": len(outcome.decisions.granted),
                "refused": len(outcome.decisions.refused),
                "errors": len(outcome.errors),
                "calls": len(outcome.calls),
                "milliseconds": round((time.perf_counter() - started) * 1000, 1),
            },
        )


def _operation() -> str:
    """An operation's id, 128 bits in hexadecimal: the time in milliseconds, so that records are written one beside
    the other, and chance."""
    return f"{time.time_ns() // 1_000_000:012x}{getrandbits(80):020x}"


def _answer(media: str, outcome: Outcome, encodings: str | None) -> Response:
    told = [errors.shown(error) for error in outcome.errors]
    if not outcome.executed:
        # Nothing was executed: there is no data, by the specification not even null.
        status = 200
        if media == RESPONSE_JSON:
            status = errors.REQUEST_FAILED.get(str(told[0]["extensions"]["code"]), 400)
        return _response(400 if status == 200 and media == RESPONSE_JSON else status, media, {"errors": told})
    body: dict[str, Any] = {"data": outcome.data}
    if told:
        body = {"errors": told, **body}
    if outcome.warnings:
        body["extensions"] = {"warnings": [warned._asdict() for warned in outcome.warnings]}
    return _response(200, media, body, encodings)


def _failed(status: int, media: str, error: GraphQLError) -> Response:
    return _response(status, media, {"errors": [errors.shown(error)]})


def _unauthenticated(media: str, refused: Unauthenticated) -> Response:
    error = GraphQLError(f"The token was not accepted: {refused}.", extensions={"code": "UNAUTHENTICATED"})
    response = _failed(401, media, error)
    response.headers["WWW-Authenticate"] = refused.challenge
    return response


def _response(status: int, media: str, body: Mapping[str, Any], encodings: str | None = None) -> Response:
    # Answers differ by caller and by purpose, and are for the caller alone.
    headers = {"Cache-Control": "no-store", "Vary": "Authorization, Purpose, Accept, Accept-Encoding"}
    content, coding = compressed(orjson.dumps(body), encodings)
    if coding:
        headers["Content-Encoding"] = coding
    return Response(content, status, headers, media_type=f"{media}; charset=utf-8")
