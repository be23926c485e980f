"""Replies that a department may give, by what they are: of which protocol, to which of its requests, how they come of a
true reply, and what becomes of its figures. One more is one line."""

import gzip
import zlib
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import httpx

from tests.hostile.changing_replies import (
    ASKED,
    MISANSWERED,
    REFUSED,
    TRUTH,
    UNAVAILABLE,
    Change,
    Line,
    both,
    content,
    edited,
    headed,
    made,
)  # fmt: skip
from tests.hostile.lines import table


def _comes() -> Iterator[tuple[str, Line]]:
    """How a reply comes, whatever is in it."""
    statuses = {
        **dict.fromkeys((500, 502, 503, 504, 599, 429), UNAVAILABLE), **dict.fromkeys((401, 403), REFUSED),
        **dict.fromkeys((201, 202, 204, 206, 300, 302, 304, 307, 404, 405, 410, 418, 451), MISANSWERED),
    }  # fmt: skip
    page = made(content=b"<!DOCTYPE html><title>Maintenance</title>", headers={"content-type": "text/html"})
    ways: dict[str, tuple[Change, str]] = {
        **{f"with status {status}": (made(status=status), code) for status, code in statuses.items()},
        "as a web page": (page, UNAVAILABLE),
        "as a web page that says nothing of what it is": (both(page, made(headers={})), UNAVAILABLE),
        "as a limit in words": (made(content=b"Rate limit exceeded", headers={}, status=400), UNAVAILABLE),
        **{f"not at all: {fault.__name__}": (made(fault=fault), UNAVAILABLE)
           for fault in (httpx.ConnectError, httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError)},
        "cut": (content(lambda body: body[:-20]), MISANSWERED),
        "cut in half": (content(lambda body: body[: len(body) // 2]), MISANSWERED),
        "without its beginning": (content(lambda body: body[20:]), MISANSWERED),
        "twice": (content(lambda body: body * 2), MISANSWERED),
        "backwards": (content(lambda body: body[::-1]), MISANSWERED),
        "in UTF-16": (content(lambda body: body.decode().encode("utf-16")), MISANSWERED),
        "in UTF-32": (content(lambda body: body.decode().encode("utf-32")), MISANSWERED),
        "in EBCDIC": (content(lambda body: body.decode().encode("cp037")), MISANSWERED),
        "with a zero byte": (content(lambda body: body[:30] + b"\x00" + body[30:]), MISANSWERED),
        "as JSONP": (content(lambda body: b"f(" + body + b")"), MISANSWERED),
        "as zeros": (content(lambda body: b"\x00" * len(body)), MISANSWERED),
        "packed": (both(content(gzip.compress), headed("content-encoding", "gzip")), TRUTH),
        "packed as zlib": (both(content(zlib.compress), headed("content-encoding", "deflate")), TRUTH),
        "packed, and cut": (both(content(lambda body: gzip.compress(body)[:-9]), headed("content-encoding", "gzip")), MISANSWERED),
        "not packed, and saying so": (headed("content-encoding", "gzip"), MISANSWERED),
        "packed as was not asked for": (headed("content-encoding", "br"), MISANSWERED),
        "packed and not saying so": (content(gzip.compress), MISANSWERED),
        "packed twice": (both(content(lambda body: gzip.compress(gzip.compress(body))), headed("content-encoding", "gzip")), MISANSWERED),
        "with a cookie": (headed("set-cookie", "a=b"), TRUTH),
        "with another address to go to": (headed("location", "http://169.254.169.254/"), TRUTH),
        "with a wait that nobody can read": (headed("retry-after", "soon"), TRUTH),
        "with a length that is wrong": (headed("content-length", "1"), TRUTH),
        "with no requests left": (headed("x-ratelimit-remaining", "0"), TRUTH),
    }  # fmt: skip
    for protocol, (name, (change, becomes)) in product(ASKED, ways.items()):
        at, _ = ASKED[protocol]
        yield f"{protocol} {name}", Line(protocol, at, change, becomes)
    for protocol, body in product(
        ASKED, (b"null", b"{}", b"[]", b"7", b'"x"', b"[[]]", b'{"data": {}}', b"true", b"{" * 50_000)
    ):
        yield f"{protocol} with {body[:12]!r}", Line(protocol, ASKED[protocol][0], made(content=body), MISANSWERED)
    for protocol in ASKED:
        # Nomis says nothing where it holds none of the places: so it is asked beside others, and then it tells.
        becomes = TRUTH if protocol.startswith("nomis") else MISANSWERED
        yield f"{protocol} with nothing", Line(protocol, ASKED[protocol][0], made(content=b""), becomes)


ODD: tuple[Any, ...] = (
    -1,
    0.5,
    1e12,
    1e308,
    True,
    [],
    {},
    "12",
    "1,000",
    "1e5",
    "\u0661",
    "NaN",
    "x",
    "",
    " ",
    None,
    "..",
    "c",
)


def _figures() -> Iterator[tuple[str, Line]]:
    """One figure that is none, or that nobody can have. A share node has statuses: nothing stands in a figure's place."""
    becomes: Mapping[str, Mapping[Any, str]] = {
        "share": {},
        # A text that is no number says that there is none; what looks like a number and is a text is not to be trusted.
        "statxplore": {"x": "x", "": "x", " ": "x", None: "x", "..": "low", "c": "x"},
        "ees": {"1,000": "x", "1e5": "x", "\u0661": "x", "NaN": "x", "x": "x", "": "x", " ": "x", None: "x", "..": "x", "c": "c"},
        "nomis in JSON": {},
    }  # fmt: skip

    def put(protocol: str, document: Any, value: object) -> None:
        match protocol:
            case "share":
                document["values"]["payrolledEmployees"][0] = value
            case "statxplore":
                # The last of each filter's items is everybody.
                next(iter(document["cubes"].values()))["values"][0][0][0][-1][-1] = value
            case "ees":
                row = document["results"][0]["values"]
                row[next(iter(row))] = value
            case _:
                document["obs"][0]["obs_value"]["value"] = value

    for protocol, value in product(becomes, ODD):
        if (protocol, value) == ("ees", "12"):
            continue  # a publisher who writes all numbers as texts
        becoming = becomes[protocol].get(value, MISANSWERED) if isinstance(value, str | None) else MISANSWERED
        change = edited(lambda document, protocol=protocol, value=value: put(protocol, document, value))
        yield f"{protocol} with the figure {value!r}", Line(protocol, ASKED[protocol][0], change, becoming)
    for protocol, token in product(becomes, ("NaN", "Infinity", "-Infinity", "1e999", "01", "+1", "9" * 400)):
        change = both(
            edited(lambda document, protocol=protocol: put(protocol, document, "HERE")),
            content(lambda body, token=token: body.replace(b'"HERE"', token.encode())),
        )
        yield f"{protocol} with the number {token[:9]}", Line(protocol, ASKED[protocol][0], change, MISANSWERED)


REPLIES = table(_comes, _figures)
