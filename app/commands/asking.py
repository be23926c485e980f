"""One GraphQL request to a running gateway, over HTTP."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import httpx

from app.commands.exits import Misused, Refused
from app.tabular.printable import printable

# Seconds: longer than a gateway waits for its departments.
PATIENCE = 60
# Times that a receipt is asked for: each time the gateway waits for a second until the entry has its place.
LOOKS = 5
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Address:
    """Where a gateway answers. `given`: by --url, not by the settings."""

    url: str
    given: bool = True

    @property
    def advice(self) -> str:
        """What to do where no gateway answers there."""
        if self.given:
            return "Check the address."
        return "Start one with lmdt demo, or say in LMDT_PORT where it is."

    @classmethod
    def read(cls, text: str) -> "Address":
        """The address that --url gives, /graphql where it names no path. Raises Misused."""
        try:
            url = httpx.URL(text)
        except httpx.InvalidURL as error:
            raise Misused(f"--url {text}: {error}.") from error
        if url.scheme not in ("http", "https") or not url.host:
            raise Misused(f"--url {text} is not an address: give it as in https://trust.example/graphql.")
        return cls(str(url.copy_with(path="/graphql") if url.path in ("", "/") else url))


def is_loopback(url: httpx.URL) -> bool:
    """Whether it leads to this machine itself."""
    return url.host in _LOOPBACK


def ask(address: Address, headers: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    """The answer to a GraphQL request. Raises Refused where there is none."""
    accept = "application/graphql-response+json, application/json;q=0.9"
    reply = _sent(address, "POST", httpx.URL(address.url), {"Accept": accept, **headers}, body)
    answer = json_of(reply)
    if is_graphql(answer):
        return cast("dict[str, Any]", answer)
    raise refused(address, reply, answer)


def receipt_of(address: Address, headers: dict[str, str], answer: dict[str, Any]) -> bytes:
    """The receipt of an answer. Raises Refused."""
    extensions: dict[str, Any] = answer.get("extensions") or {}
    receipt: dict[str, Any] = extensions.get("receipt") or {}
    return receipt_at(address, headers, receipt.get("path") or "")


def receipt_at(address: Address, headers: dict[str, str], path: str) -> bytes:
    """The receipt at a path of the gateway. Raises Refused."""
    if not path.startswith("/audit/receipt/"):
        raise Refused("the answer has no receipt.")
    for _ in range(LOOKS):
        reply = _sent(address, "GET", httpx.URL(address.url).join(path), headers)
        if reply.status_code == 200:
            return reply.content
        if reply.status_code != 202:
            raise refused(address, reply, json_of(reply))
    raise Refused("the answer has no place in the log yet: ask for its receipt later.")


def read(address: Address, headers: dict[str, str], path: str) -> bytes:
    """What a path of the gateway answers. Raises Refused where it is no 200."""
    reply = _sent(address, "GET", httpx.URL(address.url).join(path), headers)
    if reply.status_code != 200:
        raise refused(address, reply, json_of(reply))
    return reply.content


def _sent(
    address: Address, method: str, url: httpx.URL, headers: dict[str, str], body: dict[str, Any] | None = None
) -> httpx.Response:
    """What is replied. Raises Refused where nothing is."""
    # A proxy is no way to this machine itself.
    trust_env = not is_loopback(url)
    with reached(address), httpx.Client(timeout=PATIENCE, trust_env=trust_env) as client:
        return client.request(method, url, json=body, headers=headers)


@contextmanager
def reached(address: Address) -> Generator[None]:
    """What fails on the way to a gateway, or back, raises Refused."""
    try:
        yield
    except httpx.TimeoutException as error:
        raise Refused(f"the gateway at {address.url} did not answer within {PATIENCE} seconds.") from error
    except (httpx.ProtocolError, httpx.ReadError, httpx.WriteError, httpx.DecodingError) as error:
        raise Refused(
            f"something listens at {address.url} that is not a gateway of the Trust: it speaks no HTTP, "
            f"or breaks off ({_cause(error)}). {address.advice}"
        ) from error
    except httpx.HTTPError as error:
        raise Refused(f"no gateway answers at {address.url} ({_cause(error)}). {address.advice}") from error


def refused(address: Address, reply: httpx.Response, answer: object) -> Refused:
    """What is said of a reply that is no answer."""
    summary = ""
    if isinstance(answer, dict):
        problem = cast("dict[str, Any]", answer)
        summary = ": ".join(problem[key] for key in ("title", "detail") if isinstance(problem.get(key), str))
    wait = f" Try again in {reply.headers['Retry-After']} seconds." if "Retry-After" in reply.headers else ""
    return Refused(
        f"{address.url} answers {reply.status_code} and no GraphQL"
        f"{f' ({printable(summary)[:200]})' if summary else ': that is not a gateway of the Trust'}.{wait}"
    )


def json_of(reply: httpx.Response) -> object:
    """The JSON of a reply, if it is any."""
    try:
        return reply.json()
    except ValueError:
        return None


def _cause(error: httpx.HTTPError) -> str:
    return printable(str(error)).rstrip(".") or type(error).__name__


def is_graphql(answer: object) -> bool:
    """Whether it has the form of a GraphQL answer, so far as the commands read it."""
    if not _fits(answer, data=dict, errors=list, extensions=dict):
        return False
    fields = cast("dict[str, Any]", answer)
    errors: list[object] = fields.get("errors") or []
    extensions: dict[str, Any] = fields.get("extensions") or {}
    if not _fits(extensions, warnings=list, receipt=dict) or not _fits(extensions.get("receipt") or {}, path=str):
        return False
    warnings: list[object] = extensions.get("warnings") or []
    return (
        ("data" in fields or bool(errors))
        and all(_is_error(error) for error in errors)
        and all(_fits(warning, path=list, message=str) for warning in warnings)
    )


def _is_error(error: object) -> bool:
    if not _fits(error, path=list, message=str, locations=list, extensions=dict):
        return False
    fields = cast("dict[str, Any]", error)
    return _fits(fields.get("extensions") or {}, appliesTo=list) and all(
        _fits(location, line=int, column=int) and None not in (location.get("line"), location.get("column"))
        for location in fields.get("locations") or ()
    )


def _fits(value: object, **kinds: type) -> bool:
    """Whether it is an object whose named keys, where they are there and not null, are of these kinds."""
    if not isinstance(value, dict):
        return False
    fields = cast("dict[str, object]", value)
    return all(isinstance(fields.get(key), kind | None) for key, kind in kinds.items())
