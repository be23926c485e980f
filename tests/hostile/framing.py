"""Requests that are framed otherwise than HTTP has it, by how: the status and the code that answer them, and the bytes.
One more is one line."""

from collections.abc import Iterator

from tests.hostile.asking_gateways import ASKED, BAD, NOT_HTTP, OK, RESPONSE_JSON, Line, got, raw
from tests.hostile.lines import table


def _framing() -> Iterator[tuple[str, Line]]:
    start = (
        "POST /graphql HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        f"Accept: {RESPONSE_JSON}",
        "Connection: close",
    )
    size, chunked = f"Content-Length: {len(ASKED)}", f"{len(ASKED):x}\r\n".encode() + ASKED + b"\r\n0\r\n\r\n"
    for length in ("-1", "+40", "0x20", "1e2", "40 40", "40,40", "4\u00b2", "", "9" * 30, "40abc"):
        yield f"of the length {length!r}", (NOT_HTTP, raw(*start, f"Content-Length: {length}", body=ASKED))
    yield "of two lengths", (NOT_HTTP, raw(*start, size, "Content-Length: 0", body=ASKED))
    yield "of one length twice", (NOT_HTTP, raw(*start, size, size, body=ASKED))
    yield "in pieces", (OK, raw(*start, "Transfer-Encoding: chunked", body=chunked))
    yield "in pieces, and of a length", (NOT_HTTP, raw(*start, size, "Transfer-Encoding: chunked", body=chunked))
    yield (
        "of a length, and in pieces",
        (NOT_HTTP, raw(*start, "Transfer-Encoding: chunked", "Content-Length: 4", body=chunked)),
    )
    for coding in ("gzip", "chunked, gzip", "xchunked", "chunked, identity", "identity", "\x0bchunked", ""):
        yield f"transferred as {coding!r}", (NOT_HTTP, raw(*start, f"Transfer-Encoding: {coding}", body=chunked))
    for piece in (
        b"x\r\n",
        b"-1\r\n",
        b"0x5\r\nquery\r\n",
        b"FFFFFFFFFFFFFFFFF\r\n",
        b" 5\r\nquery\r\n",
        b"5 query",
        b"\r\n",
    ):
        yield (
            f"in the piece {piece[:12]!r}",
            (NOT_HTTP, raw(*start, "Transfer-Encoding: chunked", body=piece + chunked)),
        )
    for line in ("X : y", " X: y", "X\x00: y", "X", ": y", "X\u00e9: y", "(X): y", "X: y\x00z", "X: y\rz", "X: \x7f"):
        yield f"with the line {line!r}", (NOT_HTTP, raw(*start, size, line, body=ASKED))
    for first in ("POST /graphql", "POST /graphql HTTP/0.9", "POST /graphql HTTP/2.0", "POST /graphql HTTP/1.2", "/graphql",
                  "POST /graphql HTTP/1.1 x", "HTTP/1.1 200 OK", "PRI * HTTP/2.0", "\x16\x03\x01\x02", "POST\t/graphql\tHTTP/1.1", "POST /graphql http/1.1"):  # fmt: skip
        yield f"that begins with {first!r}", (NOT_HTTP, raw(first, *start[1:], size, body=ASKED))
    yield "with a line that goes on", (NOT_HTTP, raw(*start, size, "X: y", " z", body=ASKED))
    yield (
        "with lines that end otherwise",
        (NOT_HTTP, b"\n".join((*(line.encode() for line in (*start, size)), b"", ASKED))),
    )
    yield "of an older HTTP", (OK, raw(start[0].replace("1.1", "1.0"), *start[1:], size, body=ASKED))
    yield "with a body and more behind it", (OK, raw(*start, size, body=ASKED + b"GET /admin HTTP/1.1\r\n\r\n"))
    yield "that waits to be told to go on", (OK, raw(*start, size, "Expect: 100-continue", body=ASKED))
    yield "with two spaces", (OK, raw("POST  /graphql HTTP/1.1", *start[1:], size, body=ASKED))
    # What comes behind such a head is not HTTP any more, so the body is none.
    yield (
        "that would be a socket",
        (BAD, raw(*start[:-1], "Connection: close, Upgrade", "Upgrade: websocket", size, body=ASKED)),
    )
    yield "with a head that is too large", ((431, None), raw(*start, size, "X: " + "x" * 200_000, body=ASKED))
    yield "with too many headers", ((431, None), raw(*start, size, *(f"X-{at}: x" for at in range(20_000)), body=ASKED))
    yield "with an address that is too long", ((431, None), got("/graphql?query=" + "x" * 200_000))


FRAMING = table(_framing)
