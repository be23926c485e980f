"""POST and GET /graphql: one request in, one answer out, recorded before it leaves."""

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

from app import errors, freshness, responses, told_headers
from app.acting import NotKnown
from app.answer_file import FileAsked, NoFile
from app.answer_form import AnswerForm
from app.columnar.text import Text, chunks, object_text, whole
from app.compression import compressed_chunks
from app.execution import QueryEngine
from app.graphql_http import Parameters
from app.incoming import Entrance
from app.metrics import Metrics
from app.missed import count
from app.operation import Outcome, Take
from app.operation_entry import became, entry_of, is_recorded
from app.receipts import HEADER, PATH, Receipts
from app.render.formats import FORMATS, Format
from app.sending import InChunks, Sending
from app.traces import Tracing
from trust.demand.misses import Misses
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
        incoming = await self._entrance.read(request, files=True)
        if isinstance(incoming, Response):
            return incoming
        form, operation, problems, parameters, standing, take = incoming
        if form.file:
            operation = operation._replace(refused=partial(form.refused, self._engine.query_type))
        outcome = Outcome(operation, standing=standing, errors=problems)
        return await self._settled(request, form, outcome, take, started, parameters)

    async def _settled(
        self, request: Request, form: AnswerForm, outcome: Outcome, take: Take, started: float, parameters: Parameters
    ) -> Response:
        """The response to a request that has been read, whatever becomes of it. Where agreements are moved while it is
        answered, it is answered anew."""
        operation, standing, problems = outcome.request, outcome.standing, outcome.errors
        media = form.media
        for attempt in range(ATTEMPTS):
            # Calls of an attempt before were made all the same.
            outcome = Outcome(operation, standing=standing, errors=problems, calls=outcome.calls)
            try:
                with self._recorder.answering():
                    response = await self._recorded(
                        request, form, outcome, take if attempt == 0 else _nothing, started, parameters
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
            self._metrics.operation(became(outcome), time.perf_counter() - started, outcome.errors, outcome.calls)
        self._tracing.operation(became(outcome), outcome.errors, outcome.definition)
        if outcome.failure:
            return response
        self._log(outcome, started)
        if outcome.executed and operation.text not in self._entrance.trusted:
            self._entrance.persisted.keep(parameters.sha256, operation.text)
        return response

    async def _recorded(
        self, request: Request, form: AnswerForm, outcome: Outcome, take: Take, started: float, parameters: Parameters
    ) -> Response:
        """The response to a request, when it is in the record. Raises RecordFailed, TermsEnded, NotKnown."""
        operation = outcome.request
        try:
            if not outcome.errors:
                await self._engine.answer(outcome, take)
            # Whatever can fail has been done before it is recorded that the operation was answered.
            answer = partial(self._answer, request, form, outcome)
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
            response = self._without_data(500, form.media, [outcome.failure], outcome)
        if is_recorded(outcome):
            with self._tracing.phase("record"):
                await self._record(outcome, parameters, started)
        else:
            code = str((outcome.errors[0].extensions or {}).get("code"))
            await self._recorder.count_rejected(operation.now, code)
        count(self._misses, outcome)
        return response

    def _answer(self, request: Request, form: AnswerForm, outcome: Outcome) -> Response:
        """The response to a request that was executed, or that was rejected before."""
        media, problems = form.media, form.as_written([errors.formatted(error) for error in outcome.errors])
        standing: Mapping[str, str] = outcome.standing.headers if outcome.standing else {}
        if not outcome.executed:
            # Nothing was executed: there is no data, by the specification not even null.
            extensions = problems[0]["extensions"]
            after = extensions.get("retryAfter")
            headers = dict(standing) | ({"Retry-After": str(after)} if after else {})
            if extensions["code"] == "METHOD_NOT_ALLOWED":
                headers["Allow"] = "POST"
            status = responses.status_of(media, str(extensions["code"]), as_file=form.file is not None)
            return self._without_data(status, media, problems, outcome, headers)
        if form.file:
            return self._file(request, form, form.file, outcome, problems)
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
        headers = self._headers(request, outcome)
        if sending is not None and not isinstance(content, bytes):
            return self._in_chunks(outcome, media, sending, chunks(content), headers, encodings)
        if headers["Cache-Control"] != freshness.NO_STORE and outcome.answer:
            # Of all that does not differ from one time to the next: a receipt does.
            headers["ETag"] = freshness.etag(outcome.answer.sha256 + warned + media.encode())
            if freshness.has_already(request, headers["ETag"]):
                return freshness.not_modified(headers)
        return responses.with_content(200, media, whole(content), headers, encodings)

    def _file(
        self, request: Request, form: AnswerForm, kind: Format, outcome: Outcome, problems: Sequence[Mapping[str, Any]]
    ) -> Response:
        """The response with a file."""
        made = FileAsked(outcome, form, self._engine.query_type, problems, self._receipts.log).made()
        if isinstance(made, NoFile):
            outcome.answer = Answer.of(b"")
            code = str(made.errors[0]["extensions"]["code"])
            return self._without_data(responses.status_of(form.media, code), form.media, made.errors, outcome)
        headers = self._headers(request, outcome) | told_headers.told(problems, outcome.warnings)
        headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
        if form.beside and kind.name == "csv":
            headers["Link"] = f'<{form.beside}>; rel="describedby"; type="{FORMATS["csvw"].media}"'
        encodings = None if kind.packed else request.headers.get("Accept-Encoding")
        if outcome.large and not kind.beside:
            sending = Sending(made.chunks)
            return self._in_chunks(outcome, kind.content_type, sending, iter(sending), headers, encodings)
        content = b"".join(made.chunks)
        outcome.answer = Answer.of(content)
        if headers["Cache-Control"] != freshness.NO_STORE:
            headers["ETag"] = freshness.etag(made.tag)
            if freshness.has_already(request, headers["ETag"]):
                return freshness.not_modified(headers)
        return responses.with_content(200, kind.content_type, content, headers, encodings)

    def _in_chunks(
        self,
        outcome: Outcome,
        media: str,
        sending: Sending,
        content: Iterator[bytes],
        headers: dict[str, str],
        encodings: str | None,
    ) -> Response:
        """The response whose content is made as it is sent. `sending`: what of it is told of in the log."""
        content, coding = compressed_chunks(content, encodings)
        if coding:
            headers["Content-Encoding"] = coding
        ended = partial(self._ended, outcome.request.id, sending)
        return InChunks(responses.stated(media), self._while_in_force(outcome, content, sending), headers, ended)

    def _headers(self, request: Request, outcome: Outcome) -> dict[str, str]:
        """The headers of an answer: who may keep it, where its receipt is, and how the caller's quotas stand."""
        kept = freshness.NO_STORE
        if _is_open_to_all(request, outcome):
            kept = freshness.open_to_all(self._seconds(outcome))
        headers = {"Cache-Control": kept, "Vary": responses.VARY, HEADER: PATH + outcome.request.id}
        if kept == freshness.NO_STORE and outcome.standing:
            headers.update(outcome.standing.headers)
        return headers

    def _without_data(
        self,
        status: int,
        media: str,
        problems: Sequence[Mapping[str, Any]],
        outcome: Outcome,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """A response with errors alone. It has a receipt if it is recorded."""
        if not is_recorded(outcome):
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
            if chunk:
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
        entry = entry_of(
            outcome,
            parameters,
            started,
            person=self._people.of(outcome.request.caller),
            epoch=self._engine.book().epoch,
            policy=self._engine.rules.hash,
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


def _is_open_to_all(request: Request, outcome: Outcome) -> bool:
    """Whether anybody may have an answer: asked by GET, without a token or a purpose, and whole."""
    if request.method not in ("GET", "HEAD") or outcome.errors:
        return False
    return "Authorization" not in request.headers and "Purpose" not in request.headers


async def _nothing(_: int) -> None:
    """Takes nothing of a quota: what a request costs is taken once."""
