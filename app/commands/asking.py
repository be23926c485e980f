"""One GraphQL request to a running gateway, over HTTP."""

from dataclasses import dataclass
from typing import Any, cast

import httpx

from app.commands.exits import Misused, Refused

# Seconds: longer than a gateway waits for its departments.
PATIENCE = 60
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Address:
    """Where a gateway answers. `given`: by --url, not by the settings."""

    url: str
    given: bool = True

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


def ask(address: Address, headers: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    """The answer to a GraphQL request. Raises Refused where there is none."""
    headers = {"Accept": "application/graphql-response+json, application/json;q=0.9", **headers}
    # A proxy is no way to this machine itself.
    trust_env = httpx.URL(address.url).host not in _LOOPBACK
    try:
        with httpx.Client(timeout=PATIENCE, trust_env=trust_env) as client:
            reply = client.post(address.url, json=body, headers=headers)
    except httpx.TimeoutException as error:
        raise Refused(f"the gateway at {address.url} did not answer within {PATIENCE} seconds.") from error
    except httpx.HTTPError as error:
        help_ = "check the address" if address.given else "start one with lmdt demo, or say in LMDT_PORT where it is"
        raise Refused(f"no gateway answers at {address.url}: {help_} ({error.__class__.__name__}).") from error
    answer = _json(reply)
    if isinstance(answer, dict) and _is_graphql(cast("dict[str, Any]", answer)):
        return cast("dict[str, Any]", answer)
    said = ""
    if isinstance(answer, dict):
        problem = cast("dict[str, Any]", answer)
        said = ": ".join(str(problem[key]) for key in ("title", "detail") if isinstance(problem.get(key), str))
    wait = f" Try again in {reply.headers['Retry-After']} seconds." if "Retry-After" in reply.headers else ""
    raise Refused(
        f"{address.url} answers {reply.status_code} and no GraphQL"
        f"{f' ({said[:200]})' if said else ': that is not a gateway of the Trust'}.{wait}"
    )


def _json(reply: httpx.Response) -> object:
    try:
        return reply.json()
    except ValueError:
        return None


def _is_graphql(answer: dict[str, Any]) -> bool:
    """Whether it has the form of a GraphQL answer, so far as it is read here."""
    errors, data, extensions = answer.get("errors"), answer.get("data"), answer.get("extensions")
    return (
        ("data" in answer or bool(errors))
        and isinstance(data, dict | None)
        and isinstance(extensions, dict | None)
        and (errors is None or isinstance(errors, list))
        and all(isinstance(error, dict) for error in cast("list[object]", errors or []))
    )
