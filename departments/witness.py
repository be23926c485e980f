"""A department's witness: cosigns what goes on of the logs that it knows, over HTTP as C2SP's tlog-witness has it, and
tells anybody what it has cosigned last."""

import hashlib
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import httpx
import orjson
from pydantic import Field
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from reference.strict_file import FileError, Section, Some, Text
from transparency.add_checkpoint import MOST
from transparency.note import Algorithm, Key, NoteWrong, is_name
from transparency.own_key import OwnKey
from transparency.witness import SIZE, Answer, Witness
from transparency.witness_files import Files

log = logging.getLogger("share")
PREFIX = "/witness"


class WitnessUnusable(FileError):
    """A witness cannot be what it is told to be: says what is wrong."""


class WitnessConfig(Section):
    """`name`: of its key. `folder`: where it remembers what it has cosigned. `key`: file of its key, made at the first
    start; in the folder unless it is elsewhere. `logs`: keys of logs, or files and addresses with one on each line."""

    name: Text
    folder: Annotated[Path, Field(strict=False)]
    key: Annotated[Path | None, Field(strict=False)] = None
    logs: Some[Text]


def made(config: WitnessConfig) -> Witness:
    """A witness, with its key. Raises WitnessUnusable or SecretUnusable."""
    if not is_name(config.name):
        raise WitnessUnusable(f"witness.name: {config.name!r} cannot name a key: it has spaces, or a +.")
    logs: dict[str, list[Key]] = {}
    for key in (key for named in config.logs for key in _keys(named)):
        logs.setdefault(key.name, []).append(key)
    if not logs:
        raise WitnessUnusable("witness.logs: there is no key of a log among them.")
    try:
        store = Files(config.folder)
    except OSError as error:
        raise WitnessUnusable(f"witness.folder: {config.folder}: {error.strerror}.") from error
    own = OwnKey.at(config.key or config.folder / "key.pem")
    return Witness(config.name, own, logs, store, time.time)


def _keys(named: str) -> Iterator[Key]:
    """The keys of logs in one item of `logs`: keys of witnesses, which may be beside them, are passed over."""
    try:
        lines = [named] if named.count("+") >= 2 and "\n" not in named else _text(named).splitlines()
        for line in (line.strip() for line in lines):
            if line and not line.startswith("#") and (key := Key.read(line)).algorithm is Algorithm.ED25519:
                yield key
    except (OSError, UnicodeDecodeError, httpx.HTTPError, httpx.InvalidURL, NoteWrong) as error:
        raise WitnessUnusable(f"witness.logs: {named}: {error}.") from error


def _text(where: str) -> str:
    if "://" not in where:
        return Path(where).read_text(encoding="utf-8")
    address = urlsplit(where)
    if address.scheme != "https" and address.hostname not in ("127.0.0.1", "localhost"):
        # Whoever could change them on the way could have any log cosigned.
        raise WitnessUnusable(f"witness.logs: {where} must begin with https.")
    return httpx.get(where, timeout=10.0).raise_for_status().text


class Pages:
    """The routes of a witness."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness
        self._origins = {hashlib.sha256(origin.encode()).hexdigest(): origin for origin in witness.logs}
        self.routes: list[BaseRoute] = [
            Route(f"{PREFIX}/add-checkpoint", self.add_checkpoint, methods=["POST"]),
            Route(f"{PREFIX}/{{log}}/checkpoint", self.checkpoint),
            Route(f"{PREFIX}/key", self.key),
        ]

    async def add_checkpoint(self, request: Request) -> Response:
        """POST .../add-checkpoint: its cosignature, if the log goes on from what it has cosigned."""
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > MOST:
                return _page(Answer(413, f"a request has at most {MOST} bytes\n"))
        answer = await self._of_files(lambda: self._witness.add_checkpoint(bytes(body)))
        if answer.status == 422 or (answer.status == 409 and answer.content_type != SIZE):
            self._tell(f"{answer.status}: {answer.body.strip()}")
        return _page(answer)

    async def checkpoint(self, request: Request) -> Response:
        """GET .../SHA-256 of the log's origin/checkpoint: what it has cosigned last, as a note; 404 before that."""
        return _page(await self._of_files(lambda: self._last(self._origins.get(request.path_params["log"]))))

    def _last(self, origin: str | None) -> Answer:
        seen = self._witness.store.latest(origin) if origin else None
        return Answer(200, seen.signed) if seen else Answer(404, "nothing of this log has been cosigned here\n")

    async def _of_files(self, work: Callable[[], Answer]) -> Answer:
        """What is answered from the files, in a thread; 503 where they cannot be used."""
        try:
            return await run_in_threadpool(work)
        except (OSError, NoteWrong) as error:
            self._tell(str(error))
            return Answer(503, "this witness cannot remember. Its operator has been told through the log.\n")

    def _tell(self, cause: str) -> None:
        log.warning(orjson.dumps({"event": "witness", "witness": self._witness.name, "cause": cause}).decode())

    async def key(self, _: Request) -> Response:
        """GET .../key: the key that its cosignatures are checked with."""
        return _page(Answer(200, f"{self._witness.public}\n"))


def _page(answer: Answer) -> Response:
    headers = {"Content-Type": answer.content_type, "Cache-Control": "no-store"}
    return Response(answer.body, answer.status, headers)


def beside(app: Starlette, config: WitnessConfig) -> Starlette:
    """An application, with a witness beside it. Raises WitnessUnusable or SecretUnusable."""
    return Starlette(routes=[*Pages(made(config)).routes, Mount("/", app)])
