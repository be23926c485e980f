"""The small pages beside GraphQL: health, readiness, the printed schema, keys, examples, personas."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, Field
from starlette.requests import Request
from starlette.responses import Response

from app import freshness
from app.freshness import NO_STORE
from app.issuer import PERSONAS, mint
from app.readiness import Readiness
from app.signing import Signer
from policies.caller import PURPOSES
from reference.strict_file import NOT_EMPTY, FileError, Invalid, Section, Text, among, read
from schema.build import printed

HERE = Path(__file__).resolve().parent
# A wheel has them within this package; in a checkout they are where people look for them.
EXAMPLES = next(folder for folder in (HERE / "examples", HERE.parent / "examples") if folder.is_dir())
Page = Callable[[Request], Any]


def _json(content: object) -> Response:
    """A JSON page of this moment, which nobody keeps."""
    return Response(orjson.dumps(content), headers={"Cache-Control": NO_STORE}, media_type="application/json")


async def alive(_: Request) -> Response:
    """GET /healthz: the process lives."""
    return _json({"status": "ok"})


def schema(seconds: int) -> Page:
    """GET /schema.graphql: the printed schema, which may be kept for so many seconds."""
    content = printed().encode()

    async def page(request: Request) -> Response:
        return freshness.page(request, content, "text/plain; charset=utf-8", seconds)

    return page


def ready(readiness: Readiness) -> Page:
    """GET /readyz: whether queries can be answered, 503 where they cannot, and the state of each department. It says
    what was last seen, and asks nobody."""

    async def page(_: Request) -> Response:
        response = _json(readiness.described())
        response.status_code = 200 if readiness.ready else 503
        return response

    return page


def keys(signer: Signer, seconds: int) -> Page:
    """GET /.well-known/jwks.json: the keys by which departments check the Trust's statements; they may be kept for so
    many seconds."""
    content = orjson.dumps(signer.jwks)

    async def page(request: Request) -> Response:
        return freshness.page(request, content, "application/json", seconds)

    return page


def personas(signer: Signer) -> Page:
    """GET /demo/personas: who one can be in the demonstration, with a token each."""

    async def page(_: Request) -> Response:
        personas = [
            {
                "name": persona.name,
                "title": persona.title,
                "organisation": persona.organisation,
                "purposes": persona.purposes,
                "token": mint(signer, persona),
            }
            for persona in PERSONAS.values()
        ]
        return _json(personas)

    return page


def _is_there(file: str) -> str:
    if not (EXAMPLES / file).is_file():
        raise Invalid(f'must be a file of {EXAMPLES.name}, and there is no "{file}".')
    return file


class Example(Section):
    """A question, the file of its query, and who asks it for what purpose. `purpose`: empty for the public. `picture`:
    a field of a query's root that the public may ask, to be drawn beside the question, with its caption."""

    title: Text
    question: Text
    file: Annotated[Text, AfterValidator(_is_there)]
    persona: Annotated[str, among(*PERSONAS)]
    purpose: Annotated[str, among("", *PURPOSES)]
    caption: Text | None = None
    picture: Text | None = None


class Examples(Section):
    """The file of examples."""

    example: Annotated[tuple[Example, ...], Field(strict=False), NOT_EMPTY]


@cache
def _examples() -> bytes:
    listed = read(EXAMPLES / "examples.toml", Examples, FileError).example
    return orjson.dumps(
        [{**example.model_dump(), "query": (EXAMPLES / example.file).read_text(encoding="utf-8")} for example in listed]
    )


def examples(seconds: int) -> Page:
    """GET /examples.json: questions that analysts ask, as queries; they may be kept for so many seconds."""

    async def page(request: Request) -> Response:
        return freshness.page(request, _examples(), "application/json", seconds)

    return page
