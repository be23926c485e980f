"""POST and GET /graphql: one request in, one answer out, recorded before it leaves."""

import hashlib
import logging
import time
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app import errors, freshness, responses
from app.acting import NotKnown
from app.columnar.text import Text, chunks, object_text, whole
from app.compression import compressed_chunks
from app.execution import QueryEngine
from app.graphql_http import Parameters
from app.incoming import Entrance
from app.metrics import Metrics
from app.missed import count
from app.operation import Outcome, Take
from app.receipts import HEADER, PATH, Receipts
from app.sending import InChunks, Sending
from app.traces import Tracing
from policies.caller import PUBLIC
from trust.demand.misses import Misses
from trust.entry import Entry
from trust.log.entry import Answer, released
from trust.people import People
from trust.record import Recorder, RecordFailed, TermsEnded

log = logging.getLogger("lmdt")
# Times that a request is answered, where agreements are moved while it is.
ATTEMPTS = 4


class Endpoint:
    """Answers GraphQL over HTTP for one gateway.
    `public_max_age`: most seconds for which an answer that is open to all may be kept."""

    def __init__(
        self,
        engine: QueryEngine,
        entrance: Entrance,
        recorder: Recorder,
        misses: Misses,
        people: People,
        receipts: Receipts,
        *,
        metrics: Metrics | None = None,
        tracing: Tracing,
        public_max_age: int,
    ) -> None:
        self._engine, self._entrance, self._recorder = engine, entrance, recorder
        self._misses, self._people, self._receipts = misses, people, receipts
        self._metrics, self._tracing, self._public_max_age = metrics, tracing, public_max_age

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The endpoint is an ASGI application of its own. Its requests have an operation id."""
        response = await self._answered(Request(scope, receive))
        await response(scope, receive, send)

    async def _answered(self, request: Request) -> Response:
        started = time.perf_counter()
        incoming = await self._entrance.read(request)
        if isinstance(incoming, Response):
            return incoming
        media, operation, problems, parameters, standing, take = incoming
        outcome = Outcome(operation, standing=standing, errors=problems)
        return await self._settled(request, media, outcome, take, started, parameters)

    async def _settled(
        self, request: Request, media: str, outcome: Outcome, take: Take, started: float, parameters: Parameters
    ) -> Response:
        """The response to a request that has been read, whatever becomes of it. Where agreements are moved while it is
        answered, it is answered anew."""
        operation, standing, problems = outcome.request, outcome.standing, outcome.errors
        for attempt in range(ATTEMPTS):
            # Calls of an attempt before were made all the same.
            outcome = Outcome(operation, standing=standing, errors=problems, calls=outcome.calls)
            try:
                with self._recorder.answering():
                    response = await self._recorded(
                        request, media, outcome, take if attempt == 0 else _nothing, started, parameters
                    )
            except TermsEnded:
                # An agreement was moved while it was answered: nothing of it has been shown.
                await self._engine.acting.learn()
                operation = operation._replace(now=datetime.now(UTC))
                continue
            except RecordFailed:
                log.error("record failed", extra={"event": "record_failed", "operation_id": operation.id})
                message = "The request could not be recorded, so it is not answered. Ask again later."
                return responses.failed(503, media, GraphQLError(message, extensions={"code": "RECORD_FAILED"}))
            except NotKnown:
                log.error("outcome not known", extra={"event": "record_failed", "operation_id": operation.id})
                message = (
                    "Whether it was done is not known: the database went. Look at the agreement before you ask again."
                )
                return responses.failed(503, media, GraphQLError(message, extensions={"code": "OUTCOME_UNKNOWN"}))
            except Exception as error:
                return responses.for_caller(500, media, {"errors": [errors.internal(error, operation.id)]})
            finally:
                if outcome.acting is not None:
                    outcome.acting.end()
            break
        else:
            message = "Agreements were changed again and again while it was answered. Ask again."
            return responses.failed(503, media, responses.unconfirmed(message))
        if not outcome.failure and not self._engine.in_force(outcome):
            # Its terms ended, or could no longer be confirmed, while the database kept the record.
            await self._recorder.withhold(operation.id)
            error = responses.unconfirmed("Agreements were changed while it was answered. Ask again.")
            return self._without_data(503, media, [errors.formatted(error)], outcome)
        if self._metrics:
            self._metrics.operation(_became(outcome), time.perf_counter() - started, outcome.errors, outcome.calls)
        self._tracing.operation(_became(outcome), outcome.errors, outcome.definition)
        if outcome.failure:
            return response
        self._log(outcome, started)
        if outcome.executed and operation.query not in self._entrance.trusted:
            self._entrance.persisted.keep(parameters.sha256, operation.query)
        return response

    async def _recorded(
        self, request: Request, media: str, outcome: Outcome, take: Take, started: float, parameters: Parameters
    ) -> Response:
        """The response to a request, when it is in the record. Raises RecordFailed, TermsEnded, NotKnown."""
        operation = outcome.request
        try:
            if not outcome.errors:
                await self._engine.answer(outcome, take)
            # Whatever can fail has been done before it is recorded that the operation was answered.
            answer = partial(self._answer, request, media, outcome)
            response = await self._engine.beside.run(answer) if outcome.long else answer()
        except RecordFailed:
            raise
        except Exception as error:
            # Departments may have been asked for it, and name it in their logs.
            outcome.failure = errors.internal(error, operation.id)
            if outcome.acting is not None:
                # The record of the failure waits for the end of what failed.
                outcome.acting.end()
                outcome.failure = {**outcome.failure, "message": errors.UNDONE}
            response = self._without_data(500, media, [outcome.failure], outcome)
        if _is_recorded(outcome):
            with self._tracing.phase("record"):
                await self._record(outcome, parameters, started)
        else:
            code = str((outcome.errors[0].extensions or {}).get("code"))
            await self._recorder.count_rejected(operation.now, code)
        count(self._misses, outcome)
        return response

    def _answer(self, request: Request, media: str, outcome: Outcome) -> Response:
        """The response to a request that was executed, or that was rejected before."""
        problems = [errors.formatted(error) for error in outcome.errors]
        standing: Mapping[str, str] = outcome.standing.headers if outcome.standing else {}
        if not outcome.executed:
            # Nothing was executed: there is no data, by the specification not even null.
            extensions = problems[0]["extensions"]
            after = extensions.get("retryAfter")
            headers = dict(standing) | ({"Retry-After": str(after)} if after else {})
            if extensions["code"] == "METHOD_NOT_ALLOWED":
                headers["Allow"] = "POST"
            status = responses.status_of(media, str(extensions["code"]))
            return self._without_data(status, media, problems, outcome, headers)
        body: dict[str, Text] = {"errors": orjson.dumps(problems)} if problems else {}
        data, id = outcome.data, outcome.request.id
        if isinstance(data, bytes):
            outcome.answer = outcome.answer or Answer.of(data)
            body["data"], sending = data, None
        else:
            sending = Sending(chunks(data))
            body["data"] = iter(sending)
        warned = orjson.dumps([warned._asdict() for warned in outcome.warnings]) if outcome.warnings else b""
        body["extensions"] = self._receipts.extensions(id, b'"warnings":%b,' % warned if warned else b"")
        content, encodings = object_text(body.items()), request.headers.get("Accept-Encoding")
        kept = freshness.NO_STORE
        if _is_open_to_all(request, outcome):
            kept = freshness.open_to_all(self._seconds(outcome))
        headers = {"Cache-Control": kept, "Vary": responses.VARY, HEADER: PATH + id}
        if kept == freshness.NO_STORE:
            headers.update(standing)
        if sending is not None and not isinstance(content, bytes):
            content, coding = compressed_chunks(chunks(content), encodings)
            if coding:
                headers["Content-Encoding"] = coding
            ended = partial(self._ended, id, sending)
            return InChunks(media, self._while_in_force(outcome, content, sending), headers, ended)
        if kept != freshness.NO_STORE and outcome.answer:
            # Of all that does not differ from one time to the next: a receipt does.
            headers["ETag"] = freshness.etag(outcome.answer.sha256 + warned + media.encode())
            if freshness.has_already(request, headers["ETag"]):
                return freshness.not_modified(headers)
        return responses.with_content(200, media, whole(content), headers, encodings)

    def _without_data(
        self,
        status: int,
        media: str,
        problems: Sequence[Mapping[str, Any]],
        outcome: Outcome,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """A response with errors alone. It has a receipt if it is recorded."""
        if not _is_recorded(outcome):
            return responses.for_caller(status, media, {"errors": problems}, headers)
        id = outcome.request.id
        body = {"errors": problems, "extensions": orjson.Fragment(self._receipts.extensions(id))}
        return responses.for_caller(status, media, body, {**(headers or {}), HEADER: PATH + id})

    def _ended(self, id: str, sending: Sending) -> None:
        """The sending of an answer in chunks is over: what of it was sent is told in the log."""
        self._recorder.tell(released(id, datetime.now(UTC), sending.answer, whole=sending.whole))

    async def _while_in_force(
        self, outcome: Outcome, content: Iterator[bytes], sending: Sending
    ) -> AsyncGenerator[bytes]:
        """An answer in chunks, for as long as the agreements it rests on are in force. Raises BrokenOff: the connection
        ends, so that the answer does not look whole."""
        async for chunk in self._engine.beside.each(content):
            if not self._engine.in_force(outcome):
                log.warning("broken off", extra={"event": "broken_off", "operation_id": outcome.request.id})
                raise responses.BrokenOff
            yield chunk
        sending.whole = True

    def _seconds(self, outcome: Outcome) -> int:
        """Seconds for which an answer may be kept: as long as the departments' answers in it, up to the setting."""
        until = outcome.fresh_until()
        if until is None:
            return 0
        left = (until - outcome.request.now).total_seconds()
        return max(0, min(self._public_max_age, int(left)))

    async def _record(self, outcome: Outcome, parameters: Parameters, started: float) -> None:
        operation, caller = outcome.request, outcome.request.caller
        entry = Entry(
            id=operation.id,
            at=operation.now,
            person=self._people.of(caller),
            organisation=caller.organisation,
            issuer=caller.issuer,
            roles=sorted(caller.roles),
            purpose=operation.purpose,
            operation=_sha256(parameters, operation.query),
            epoch=self._engine.book().epoch if outcome.epoch is None else outcome.epoch,
            outcome=_became(outcome),
            decisions=outcome.decisions,
            calls=[call.recorded for call in outcome.calls],
            milliseconds=round((time.perf_counter() - started) * 1000, 1),
            relied=outcome.relied,
            uses=outcome.uses,
            policy=self._engine.rules.hash,
            answer=outcome.answer if outcome.executed and not outcome.failure else None,
        )
        if outcome.acting is not None and not outcome.failure:
            await outcome.acting.commit(entry)
        else:
            await self._recorder.record(entry)

    def _log(self, outcome: Outcome, started: float) -> None:
        request = outcome.request
        for cause in outcome.causes:
            log.warning("department", extra={"event": "department", "operation_id": request.id, "cause": cause})
        if not log.isEnabledFor(logging.INFO):
            return
        log.info(
            "answered",
            extra={
                "event": "operation",
                "operation_id": request.id,
                "organisation": request.caller.organisation,
                "purpose": request.purpose,
                "granted": len(outcome.decisions.granted),
                "refused": len(outcome.decisions.refused),
                "errors": len(outcome.errors),
                "calls": len(outcome.calls),
                "milliseconds": round((time.perf_counter() - started) * 1000, 1),
            },
        )


def _became(outcome: Outcome) -> str:
    """What became of an operation, as the record has it."""
    return "failed" if outcome.failure else "answered" if outcome.executed else "rejected"


def _is_recorded(outcome: Outcome) -> bool:
    """Whether an operation is recorded: what the public sends in vain is only counted."""
    return outcome.executed or bool(outcome.failure) or outcome.request.caller is not PUBLIC


def _sha256(parameters: Parameters, query: str) -> str:
    """The hash that stands for a query in the record: of its text, also of one that is not trusted, or the one that no
    text is known by."""
    text = query or parameters.query
    return hashlib.sha256(text.encode()).hexdigest() if text else parameters.sha256 or ""


def _is_open_to_all(request: Request, outcome: Outcome) -> bool:
    """Whether anybody may have an answer: asked by GET, without a token or a purpose, and whole."""
    if request.method not in ("GET", "HEAD") or outcome.errors:
        return False
    return "Authorization" not in request.headers and "Purpose" not in request.headers


async def _nothing(_: int) -> None:
    """Takes nothing of a quota: what a request costs is taken once."""
