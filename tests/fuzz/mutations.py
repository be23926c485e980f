"""Ways in which a reply can be other than it should be, whatever is in it: cut, doubled, mislabelled, broken off.

Each is a function of a source of chance and a reply. What is in it is mutated in `json_mutations`, `csv_mutations` and
`arrow_mutations`.
"""

import gzip
import zlib
from collections.abc import Callable, Mapping
from random import Random

import httpx

from tests.fuzz import arrow_mutations, csv_mutations, json_mutations
from tests.fuzz.recording import Reply

Mutation = Callable[[Random, Reply], Reply]
STATUSES = (
    100, 201, 202, 204, 206, 300, 302, 304, 400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 599,
)  # fmt: skip
MEDIA = (
    "", "text/html", "text/plain", "text/csv", "application/xml", "application/octet-stream", "application/json",
    "application/json; charset=utf-16", "application/vnd.apache.arrow.stream", "APPLICATION/JSON", "image/png", ";;;",
    "application/vnd.apache.arrow.stream; x=y", "application/problem+json",
)  # fmt: skip
BYTES = (b"\x00", b"\xff", b" ", b"\xc2\xa0", b'"', b",", b"}", b"\r", b"\xef\xbb\xbf")
# What stands before a reply and behind it.
AROUND = (
    (b"\xef\xbb\xbf", b""), (b"\n" * 50, b" " * 50), (b"cb(", b")"), (b")]}',\n", b""), (b"[", b"]"), (b"//\n", b""),
    (b'{"data":', b"}"), (b"<pre>", b"</pre>"), (b"", b"\x00"), (b"", b"\n{}"), (b"", b"\r\nOK"),
    (b" " * 3_000_000, b""),
)  # fmt: skip
CHARSETS = ("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf-7", "cp037", "iso2022_jp")
CODINGS = ("gzip", "deflate", "x-gzip", "br", "zstd", "identity", "gzip, gzip", "GZIP", "none", "\x7f")
FAULTS = (httpx.ReadTimeout, httpx.ConnectError, httpx.RemoteProtocolError, httpx.ReadError, httpx.PoolTimeout)
PAGE = b"<!DOCTYPE html><html><head><title>Down for maintenance</title></head><body>Back soon</body></html>"
ERRORS = (
    b"", b"null", b"[]", b"{}", b"0", b'""', b'"error"', b"[[]]", b"Internal Server Error", PAGE,
    b'{"errorType":"CELL_COUNT","message":"x"}', b'{"errorType":"SCHEMA_COMPONENT_NOT_FOUND","message":"x"}',
    b'{"errorType":"AUTHENTICATION"}', b'{"errorType":["x"]}', b'{"errors":[{"code":"FiltersNotFound"}]}',
    b'{"errors":[{"code":["x"]}]}', b'{"errors":"x"}', b'{"warnings":[{"code":"QueryNoResults"}]}',
    b'{"warnings":[{"code":"IndicatorsNotFound"}],"results":[]}', b'{"error":"Rate limit exceeded"}',
    b'{"queries":[]}', b'{"answers":[]}', b'{"obs":[]}', b"<error/>", b"\x00", b"\xff\xfe", b"{" * 100_000,
)  # fmt: skip
HEADERS: Mapping[str, tuple[str, ...]] = {
    "Retry-After": ("0", "-1", "1e9", "tomorrow", "Thu, 01 Jan 1970 00:00:00 GMT", "9" * 400, "", "0.01", "\u00b2"),
    "X-RateLimit-Remaining": ("0", "-1", "none", "0.0", "00", "9" * 300),
    "X-RateLimit-Reset": ("0", "x", "-5", "99999999999999999999", "1e5"),
    "RateLimit-Remaining-Table": ("0", "x"),
    "Link": ("<>; rel=next", '<?start=9>; rel="next"', '<?>; rel="next"', "x" * 9000, '<http://x/?\u00e9>; rel="next"'),
    "ETag": ("", '"', "W/", "x" * 9000, "\u00e9"),
    "Location": ("http://169.254.169.254/", "/", ""),
    "Content-Length": ("0", "1", "999999999"),
    "Transfer-Encoding": ("chunked", "gzip"),
    "Content-Range": ("bytes 0-1/9",),
    "Set-Cookie": ("a=b",),
}  # fmt: skip


def status(chance: Random, reply: Reply) -> Reply:
    """Another status."""
    return reply._replace(status=chance.choice(STATUSES))


def media(chance: Random, reply: Reply) -> Reply:
    """Another media type."""
    return with_header(reply, "content-type", chance.choice(MEDIA))


def header(chance: Random, reply: Reply) -> Reply:
    """A header that it did not have; with a status by which some of them are read."""
    name = chance.choice(list(HEADERS))
    other = with_header(reply, name.lower(), chance.choice(HEADERS[name]))
    return other._replace(status=chance.choice((200, 200, 422, 429, 503)))


def coding(chance: Random, reply: Reply) -> Reply:
    """Encoded, truly or not; now and then as more than it may become."""
    content = reply.content
    match chance.randrange(6):
        case 0:
            packed = content
        case 1:
            packed = zlib.compress(content, 1)
        case 2:
            packed = _packed(content)[: chance.randrange(1, 60)]
        case 3:
            packed = _packed(content) * 2
        case 4 if chance.random() < 0.1:
            packed = _packed(b" " * 30_000_000 + content)
        case _:
            packed = _packed(content)
    return with_header(reply._replace(content=packed), "content-encoding", chance.choice(CODINGS))


def _packed(content: bytes) -> bytes:
    """As gzip: without the time, so that the same comes again."""
    return gzip.compress(content, 1, mtime=0)


def cut(chance: Random, reply: Reply) -> Reply:
    """Ends before its end, most often near it."""
    size = len(reply.content)
    keep = chance.randrange(size + 1) if chance.random() < 0.5 else max(0, size - chance.randrange(1, 40))
    return reply._replace(content=reply.content[:keep])


def begun_late(chance: Random, reply: Reply) -> Reply:
    """Without its beginning."""
    return reply._replace(content=reply.content[chance.randrange(1, len(reply.content) + 2) :])


def doubled(chance: Random, reply: Reply) -> Reply:
    """Twice, or more often, whole or from somewhere on."""
    start = 0 if chance.random() < 0.5 else chance.randrange(len(reply.content) + 1)
    return reply._replace(content=reply.content + reply.content[start:] * chance.choice((1, 1, 2, 9)))


def shuffled(chance: Random, reply: Reply) -> Reply:
    """Its pieces in another order."""
    pieces = chance.randrange(2, 6)
    cuts = sorted(chance.randrange(len(reply.content) + 1) for _ in range(pieces))
    parts = [reply.content[a:b] for a, b in zip([0, *cuts], [*cuts, len(reply.content)], strict=True)]
    chance.shuffle(parts)
    return reply._replace(content=b"".join(parts))


def spoilt(chance: Random, reply: Reply) -> Reply:
    """Some bytes of it changed, lost or added."""
    content = bytearray(reply.content)
    for _ in range(chance.choice((1, 1, 2, 8))):
        at = chance.randrange(len(content) + 1)
        match chance.randrange(3):
            case 0 if at < len(content):
                content[at] = chance.randrange(256)
            case 1:
                del content[at : at + chance.choice((1, 1, 3, 30))]
            case _:
                content[at:at] = chance.choice(
                    (b"\x00", b"\xff", b" ", b"\xc2\xa0", b'"', b",", b"}", b"\r", b"\xef\xbb\xbf")
                )
    return reply._replace(content=bytes(content))


def charset(chance: Random, reply: Reply) -> Reply:
    """In another character set."""
    text = reply.content.decode("utf-8", "replace")
    return reply._replace(content=text.encode(chance.choice(CHARSETS), "replace"))


def wrapped(chance: Random, reply: Reply) -> Reply:
    """In something else, or with something around it."""
    before, after = chance.choice(AROUND)
    return reply._replace(content=before + reply.content + after)


def error(chance: Random, reply: Reply) -> Reply:
    """What departments say when something is wrong, with any status."""
    kind = chance.choice(("application/json", "text/html", "text/plain", reply.headers.get("content-type", "")))
    told = reply._replace(status=chance.choice((200, *STATUSES)), content=chance.choice(ERRORS))
    return with_header(told, "content-type", kind)


def fault(chance: Random, reply: Reply) -> Reply:
    """None at all."""
    return reply._replace(fault=chance.choice(FAULTS))


def with_header(reply: Reply, name: str, value: str) -> Reply:
    """The reply with another header, or without it."""
    others = {key: text for key, text in reply.headers.items() if key != name}
    return reply._replace(headers={**others, name: value.encode("utf-8").decode("latin-1")} if value else others)


ANY: tuple[Mutation, ...] = (
    status, media, header, coding, cut, begun_late, doubled, shuffled, spoilt, charset, wrapped, error,
)  # fmt: skip
# What is in a reply is mutated so many times as often as how it comes.
INSIDE = 2


def mutated(chance: Random, reply: Reply) -> tuple[Reply, list[str]]:
    """The reply, mutated once or a few times, and by what. Chance alone decides, so that the same comes again."""
    named: list[str] = []
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        mutation = _mutation(chance, reply)
        reply = mutation(chance, reply)
        named.append(f"{mutation.__module__.rpartition('.')[2]}.{mutation.__name__}")
    return reply, named


def _mutation(chance: Random, reply: Reply) -> Mutation:
    if chance.random() < 0.004:
        # A connection that breaks is tried again after a pause, so it takes long.
        return fault
    inside = [
        module.mutate
        for module in (json_mutations, csv_mutations, arrow_mutations)
        if reply.media in module.MEDIA and reply.content
    ]
    return chance.choice([*ANY, *(inside * len(ANY) * INSIDE)])
