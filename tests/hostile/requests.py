"""Requests that somebody may send, as bytes of HTTP, by what they are: the status and the code of the first error that
answer them, and the bytes. One more is one line."""

import gzip
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any
from urllib.parse import quote

import orjson

from tests.hostile.asking_gateways import (
    AREAS,
    ASKED,
    BAD,
    INVALID,
    ME,
    MEDIA,
    NO_METHOD,
    NO_TYPE,
    NOT_HTTP,
    NOWHERE,
    OK,
    PARSE,
    RESPONSE_JSON,
    TOO_LARGE,
    Line,
    asked,
    got,
    http,
)  # fmt: skip
from tests.hostile.lines import table


def _methods() -> Iterator[tuple[str, Line]]:
    for method in ("PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "MKCOL", "SEARCH", "LOCK", "PURGE", "REPORT"):
        yield f"by {method}", (NO_METHOD, http(method=method))
    for method in ("get", "Post", "GETS", "G\x00T", "FOO", "", "POST POST", "\u00e9"):
        yield f"by {method!r}", (NOT_HTTP, http(method=method))
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        yield f"{name}, which is passed over", (OK, http(ASKED, "POST", "/graphql", (name, "DELETE")))
    for path in ("/graphql/", "//graphql", "/GraphQL", "/graphql;x", "/graphql%00", "/graphql/../graphql", "/./graphql",
                 "/graphql/..%2fgraphql", "/%2e%2e/etc/passwd", "/..%c0%af..%c0%afetc/passwd", "/graphql\\", "/assets/%00"):  # fmt: skip
        yield f"at {path}", (NOWHERE, got(path))
    yield "at its own name, written otherwise", (OK, http(target="/%67raphql"))
    yield "at a whole address", (OK, http(target="http://localhost/graphql"))
    yield "at no path", (NOWHERE, http(target="*"))
    for target in ("graphql", "localhost:80", "", "?", "http://", "/graphql HTTP/1.1"):
        yield f"at the target {target!r}", (NOT_HTTP, http(target=target))


def _types() -> Iterator[tuple[str, Line]]:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/graphql",
                 "application/json+x", "text/json", "application/jsonp", "application", "*/*", "application/*", "json", ";;;", "/",
                 "application/json, text/plain", "application/ json", RESPONSE_JSON, "image/png", ""):  # fmt: skip
        yield f"as {kind!r}", (MEDIA, http(Content_Type=kind))
    for kind in ("application/json", "APPLICATION/JSON", "application/json;", "application/json ; charset=utf-8",
                 'application/json; charset="utf-8"', "application/json; charset=US-ASCII", "application/json;x=y", " application/json\t"):  # fmt: skip
        yield f"rightly as {kind!r}", (OK, http(Content_Type=kind))
    for charset in ("utf-16", "utf-16le", "utf-32", "latin-1", "iso-8859-1", "windows-1252", "utf-7", "cp037", "x", '""', "utf-8;charset=utf-16",
                    "utf-8\u00e9", "UTF-16BE", "shift_jis", "x" * 5_000):  # fmt: skip
        yield f"in {charset[:20]!r}", (MEDIA, http(Content_Type=f"application/json; charset={charset}"))
    yield "as nothing", (MEDIA, http(Content_Type=None))
    yield "as two types", (BAD, http(ASKED, "POST", "/graphql", ("Content-Type", "text/plain")))
    yield "as one type twice", (BAD, http(ASKED, "POST", "/graphql", ("Content-Type", "application/json")))
    for coding in (
        "gzip",
        "deflate",
        "br",
        "zstd",
        "x-gzip",
        "GZIP",
        "identity, gzip",
        "gzip, identity",
        "compress",
        "none",
        "utf-8",
    ):
        yield f"encoded as {coding}, it says", (MEDIA, http(Content_Encoding=coding))
    yield "encoded", (MEDIA, http(gzip.compress(ASKED), Content_Encoding="gzip"))
    yield (
        "encoded, as more than it looks like",
        (MEDIA, http(gzip.compress(b" " * 10_000_000), Content_Encoding="gzip")),
    )
    yield "encoded and not saying so", (BAD, http(gzip.compress(ASKED)))
    yield "not encoded, and saying so", (OK, http(Content_Encoding="identity"))
    for accept in ("text/html", "application/xml", "application/json;q=0", "application/json;q=nan", "application/json;q=-1", "image/*",
                   "application/json;q=0, application/graphql-response+json;q=0", "x" * 5_000, ",", ";q=1", "json", "\u00e9"):  # fmt: skip
        yield f"accepting {accept[:40]!r}", (NO_TYPE, http(Accept=accept))
    enough = (
        "*/*",
        "application/*",
        "application/json;q=0.001",
        "application/json;q=9",
        "text/html, */*;q=0.1",
        "",
        " ",
        None,
    )
    for accept in enough:
        yield f"accepting {accept!r}, which is enough", (OK, http(Accept=accept))


def _bodies() -> Iterator[tuple[str, Line]]:
    bodies: Mapping[str, bytes] = {
        "nothing": b"", "a space": b" ", "no JSON": b"{", "a word": b"query", "a mark of its byte order": b"\xef\xbb\xbf" + ASKED,
        "UTF-16": ASKED.decode().encode("utf-16"), "UTF-16 without a mark": ASKED.decode().encode("utf-16-le"),
        "UTF-32": ASKED.decode().encode("utf-32"), "Latin-1": b'{"query": "{ me { subject } } # \xe9"}', "overlong UTF-8": b'{"query": "\xc0\xaf"}',
        "half a surrogate pair": b'{"query": "\\ud800"}', "half a surrogate pair in a variable": b'{"query": "{__typename}", "variables": {"v": "\\udfff"}}',
        "half a surrogate pair as a key": b'{"query": "{__typename}", "\\ud800": 1}', "NaN": b'{"query": "{__typename}", "variables": {"v": NaN}}',
        "Infinity": b'{"query": "{__typename}", "variables": {"v": -Infinity}}', "two documents": ASKED + ASKED, "a line behind it": ASKED + b"\n{}",
        "a zero byte behind it": ASKED + b"\x00", "a zero byte before it": b"\x00" + ASKED, "a comma behind it": ASKED[:-1] + b",}",
        "a comment": b"/**/" + ASKED, "single quotation marks": ASKED.replace(b'"', b"'"), "JSONP": b"f(" + ASKED + b")",
        "a line break in a text": b'{"query": "{\n me { subject } }"}', "a number with a zero before it": b'{"query": "{__typename}", "variables": {"v": 01}}',
        "a number without end": b'{"query": "{__typename}", "variables": {"v": 1e}}', "lists in lists": b"[" * 5_000,
        "objects in objects": b'{"query":' * 5_000, "variables nested deeply": b'{"query": "{__typename}", "variables": {"v": ' + b"[" * 60 + b"]" * 60 + b"}}",
        "extensions nested deeply": b'{"query": "{__typename}", "extensions": ' + b'{"a":' * 60 + b"1" + b"}" * 60 + b"}",
        "a form": b"query=" + quote(ME).encode(), "a batch": b"[" + ASKED + b"]", "a batch of many": b"[" + b",".join([ASKED] * 1_000) + b"]",
        "an empty batch": b"[]", "null": b"null", "true": b"true", "7": b"7", "a text": b'"{ me { subject } }"', "GraphQL": ME.encode(),
        "a number that is endless": b'{"query": "{me{subject}}", "x": ' + b"9" * 400 + b"}", "a query under another name": b'{"Query": "{ me { subject } }"}', "a mutation under its own name": b'{"mutation": "{ me { subject } }"}',
    }  # fmt: skip
    for name, body in bodies.items():
        yield f"the body is {name}", (BAD, http(body))
    good: Mapping[str, bytes] = {
        "white space all round": b" \r\n\t" + ASKED + b"\n\n", "keys that nobody reads": b'{"query": "{me{subject}}", "x": {"y": [1]}, "__proto__": {}}',
        "escapes": ASKED.replace(b"me", b"\\u006de"),
        "the query twice, the last is meant": b'{"query": "{", "query": "{me{subject}}"}',
    }  # fmt: skip
    for name, body in good.items():
        yield f"the body has {name}", (OK, http(body))
    yield "the query twice, the last is bad", (PARSE, http(b'{"query": "{me{subject}}", "query": "{"}'))
    yield "a body that is too large", (TOO_LARGE, http(b" " * 300_000))
    yield "a query that is too large", (TOO_LARGE, asked(query=ME + " " * 300_000))


def _parameters() -> Iterator[tuple[str, Line]]:
    for value in (None, 0, 1.5, True, [], [ME], {}, {"query": ME}, "", " ", "\n\t"):
        yield f"the query {value!r}", (BAD, asked(query=value))
    for name, value in product(("variables", "extensions"), (0, False, "", "{}", "x", [], [{}], 1.5)):
        yield f"{name} are {value!r}", (BAD, asked(**{name: value}))
    for value in (0, False, [], ["A"], {}, 1.5):
        yield f"the operation {value!r}", (BAD, asked(operationName=value))
    for value in ("A", "x" * 100_000, "\x00", "__proto__", "{"):
        yield f"the operation {value[:12]!r}, which there is not", (INVALID, asked(operationName=value))
    hashed: tuple[Any, ...] = (0, "x", [], {}, {"version": 1}, {"version": 2, "sha256Hash": "0" * 64}, {"version": "1", "sha256Hash": "0" * 64},
                               {"version": True, "sha256Hash": "0" * 64}, {"version": 1, "sha256Hash": "0" * 63}, {"version": 1, "sha256Hash": 7},
                               {"version": 1, "sha256Hash": "\uff10" * 64}, {"version": 1, "sha256Hash": "g" * 64},
                               {"version": 1, "sha256Hash": "0" * 64}, {"version": 1, "sha256Hash": "0" * 64 + "\n"})  # fmt: skip
    for at, value in enumerate(hashed):
        yield f"persisted as {str(value)[:40]}, {at}", (BAD, asked(extensions={"persistedQuery": value}))
    yield (
        "persisted, and not known",
        (
            (200, "PERSISTED_QUERY_NOT_FOUND"),
            http(orjson.dumps({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}})),
        ),
    )
    for value in ("three", "3", 3.5, 2**31, -(2**31) - 1, 2**53, True, [1], {"n": 1}, 1e100):
        yield (
            f"a whole number that is {value!r}",
            (BAD, asked(query=AREAS, variables={"code": "E08000003", "first": value})),
        )
    yield "a whole number that is endless", (
        BAD, http(orjson.dumps({"query": AREAS})[:-1] + b',"variables":{"code":"E08000003","first":' + b"9" * 400 + b"}}"),
    )  # fmt: skip
    for value in (7, None, True, [], ["E08000003"], {}, 1.5):
        yield f"a place that is {value!r}", (BAD, asked(query=AREAS, variables={"code": value}))
    yield "a place that is missing", (BAD, asked(query=AREAS, variables={}))
    yield "a variable that is misspelt", (BAD, asked(query=AREAS, variables={"Code": "E08000003"}))
    for value in ("{", "}", "{ me { subject }", "{ me { subject } } }", "query", "\x00", "{ me { subject(x: 1e) } }", '{ area(code: "\\uD800") { name } }',
                  "\ufeff{", "fragment F on Query { me", "{ me { subject } } # \n }", "{ _ _ _", "@@@@", "\u202e{ me { subject } }"):  # fmt: skip
        yield f"GraphQL that is {value[:24]!r}", (PARSE, asked(query=value))
    for value in ("{ nothing }", "mutation { x }", "subscription { x }", "{ me }", "{ me { subject { x } } }", "query A { me { subject } } query A { __typename }",
                  "query A { me { subject } } query B { __typename }", "{ ...F } fragment F on Query { ...F }", "query ($a: Nothing) { __typename }",
                  "{ me { ...on Query { me { subject } } } }", "{ me @nothing { subject } }", "query ($a: Int, $a: Int) { __typename }",
                  "fragment F on Query { __typename }", "type A { b: Int }", "{ __typename @skip }", "{ a: me { subject } a: departments { code } }"):  # fmt: skip
        yield f"not of the schema: {value[:60]}", (INVALID, asked(query=value))


def _gets() -> Iterator[tuple[str, Line]]:
    query = quote(ME)
    yield "a GET", (OK, got(f"/graphql?query={query}"))
    yield "a GET as JSON", (OK, got(f"/graphql?query={query}", Content_Type="application/json"))
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        yield f"a GET as {kind}", (MEDIA, got(f"/graphql?query={query}", Content_Type=kind))
    for parameters in ("", "query=", "query=%20", "Query=x", "query", "&&&", "=", "query%00=x", f"query={query}&query={query}",
                       f"query={query}&variables=%7B&", f"query={query}&variables=[]", f"query={query}&variables=7", f"query={query}&variables=%7B%7D&variables=%7B%7D",
                       f"query={query}&extensions=x", f"query={query}&variables=NaN", f"query={query}&operationName=A&operationName=A",
                       f"query={query}&variables=" + "[" * 5_000):  # fmt: skip
        yield f"a GET of {parameters[-60:]!r}", (BAD, got(f"/graphql?{parameters}"))
    for parameters in ("query=%7B", "query=%ff%fe", "query=%ed%a0%80", "query=%u007b", f"query={query}%00"):
        yield f"a GET of {parameters[-30:]!r}, which is no GraphQL", (PARSE, got(f"/graphql?{parameters}"))
    for operation in ("mutation { x }", "subscription { x }"):
        yield f"a GET of {operation}", (INVALID, got(f"/graphql?query={quote(operation)}"))
    yield "a GET whose query is in its body", (BAD, http(ASKED, "GET"))
    yield (
        "a GET with another query in its body",
        (OK, http(orjson.dumps({"query": "{"}), "GET", f"/graphql?query={query}")),
    )
    yield "a POST whose query is in its address", (BAD, http(b"{}", "POST", f"/graphql?query={query}"))
    yield "a POST with another query in its address", (OK, http(ASKED, "POST", "/graphql?query=%7B"))
    for name in ("access_token", "token", "Authorization", "apikey"):
        yield f"a GET with a {name} in its address, which is passed over", (OK, got(f"/graphql?query={query}&{name}=x"))


def _headers() -> Iterator[tuple[str, Line]]:
    for purpose in (
        "curiosity",
        "skills-planning",
        "SKILLS-PLANNING",
        "skills-planning, levelling-up",
        "*",
        "\u00e9",
        "x" * 5_000,
        '"',
    ):
        yield f"for the purpose {purpose[:30]!r}", (BAD, http(Purpose=purpose))
    for first, second in (("skills-planning", "levelling-up"), ("", "skills-planning"), ("", ""), ("x", "x")):
        yield (
            f"for two purposes, {first!r} and {second!r}",
            (BAD, http(ASKED, "POST", "/graphql", ("Purpose", first), ("Purpose", second))),
        )
    yield "for no purpose", (OK, http(Purpose=" "))
    for authorization in ("", "Bearer", "Basic eDp5", "Bearer a.b.c"):
        yield f"by the token {authorization!r}", ((401, "UNAUTHENTICATED"), http(Authorization=authorization))
    for name, value in {"Cookie": "session=x", "X-Forwarded-For": "10.0.0.1", "Forwarded": "for=10.0.0.1", "X-Real-IP": "::1", "X-Original-URL": "/admin",
                        "X-Rewrite-URL": "/admin", "Range": "bytes=0-1", "If-None-Match": "*", "Upgrade": "h2c", "X-Forwarded-Host": "evil.example",
                        "Proxy-Authorization": "Bearer x", "Origin": "null", "X-User": "trustee", "Accept-Encoding": "\u00e9", "Accept-Language": "x" * 9_000,
                        "traceparent": "00-0-0-0"}.items():  # fmt: skip
        yield f"with {name}, which is passed over", (OK, http(ASKED, "POST", "/graphql", (name, value)))
    for host in (
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.nip.io",
        "",
        "localhost, evil.example",
        "[::1]",
        "169.254.169.254",
    ):
        yield f"to the host {host!r}", (NOT_HTTP, http(Host=host))
    yield "to no host", (NOT_HTTP, http(Host=None))
    yield "to two hosts", (NOT_HTTP, http(ASKED, "POST", "/graphql", ("Host", "evil.example")))


REQUESTS = table(_methods, _types, _bodies, _parameters, _gets, _headers)
