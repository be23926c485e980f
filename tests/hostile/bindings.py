"""Requests that somebody may send to a share node with an assertion of the Trust's that is for another request, or for
none: the status that answers them, and how they are made. One more is one line."""

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from tests.departments.share_desk import PATH, assertion, binding, claims, question
from tests.hostile.asking_nodes import (
    GOOD,
    NOT_VOUCHED_FOR,
    NOW,
    OK,
    STRANGER,
    Line,
    changed,
    said,
    sent,
)  # fmt: skip
from tests.hostile.lines import table
from tests.hostile.making import signed_token

# Questions that somebody may put in the place of the one that was vouched for.
OTHERS: Mapping[str, Mapping[str, Any]] = {
    "places": {"areas": ["E06000001"]},
    "measures": {"measures": ["medianMonthlyPay"]},
    "periods": {"periods": {"from": "2023-01", "to": "2023-04"}},
    "facets": {"by": ["SEX"]},
    "evidence": {"evidence": False},
}


def _requests() -> Iterator[tuple[str, Line]]:
    yield "as it should be", (OK, sent)
    yield "to the same address, written otherwise", (OK, changed(lambda s: s._replace(path="/v1/datasets/p%61y/query")))
    yield "the same again", (NOT_VOUCHED_FOR, lambda: sent()._replace(before=True))
    yield "without an assertion", (NOT_VOUCHED_FOR, changed(lambda s: s.having(Authorization=None)))
    for text in ("", "x", "((", '"', "Bearer", "Bearer ", "=", "\u00e9", ",", "Bearer \u00e9", "x" * 20_000):
        yield f"Authorization is {text[:9]!r}", (
            NOT_VOUCHED_FOR, changed(lambda s, text=text: s.having(Authorization=text)),
        )  # fmt: skip
    for scheme in ("DPoP", "Basic", "", "Bearer Bearer"):
        yield f"by the scheme {scheme!r}", (
            NOT_VOUCHED_FOR,
            changed(lambda s, scheme=scheme: s.having(Authorization=s.header("Authorization").replace("Bearer", scheme))),
        )  # fmt: skip
    for what, asked in OTHERS.items():
        body = orjson.dumps(question(**asked))
        yield f"other {what}", (NOT_VOUCHED_FOR, changed(lambda s, body=body: s._replace(body=body)))
        yield f"an assertion for other {what}", (
            NOT_VOUCHED_FOR,
            changed(lambda s, asked=asked: s.having(Authorization=sent(**asked).header("Authorization"))),
        )  # fmt: skip
    for body in (b"", b" ", b"{}", b"null"):
        yield f"the body {body!r}", (NOT_VOUCHED_FOR, changed(lambda s, body=body: s._replace(body=body)))
    for before, behind in ((b" ", b""), (b"", b" "), (b"", b"\0"), (b"\xef\xbb\xbf", b"")):
        yield f"the body between {before!r} and {behind!r}", (
            NOT_VOUCHED_FOR,
            changed(lambda s, before=before, behind=behind: s._replace(body=before + s.body + behind)),
        )  # fmt: skip
    for path in ("/v1/datasets/other/query", "/v1/datasets/PAY/query", "/v1/datasets/pay%00/query"):
        yield f"to {path}", (NOT_VOUCHED_FOR, changed(lambda s, path=path: s._replace(path=path)))
    yield "by another key", (NOT_VOUCHED_FOR, lambda: sent(key=STRANGER))
    yield "by another key under its own name", (NOT_VOUCHED_FOR, lambda: sent(key=STRANGER, kid="k7"))
    yield "by a key of another kind", (
        NOT_VOUCHED_FOR, lambda: sent(key=generate_private_key(SECP256R1()), algorithm="ES256"),
    )  # fmt: skip
    edits: Mapping[str, Callable[[str], str]] = {
        "cut": lambda text: text[:-10], "without its end": lambda text: text[:-1], "with more": lambda text: text + "A",
        "taken away": lambda text: text.rpartition(".")[0] + ".", "doubled": lambda text: text + text.rpartition(".")[2],
        "of zeros": lambda text: text.rpartition(".")[0] + "." + "A" * 86,
    }  # fmt: skip
    for what, edit in edits.items():
        yield f"a signature {what}", (
            NOT_VOUCHED_FOR,
            changed(lambda s, edit=edit: s.having(Authorization=edit(s.header("Authorization")))),
        )  # fmt: skip
    yield "for this question by a stranger, with the signature of the Trust's own", (
        NOT_VOUCHED_FOR,
        lambda: sent(
            signed_token(GOOD, claims(org="HMRC"), STRANGER).rpartition(".")[0] + "." + assertion().rpartition(".")[2]
        ),
    )  # fmt: skip
    for what, place in {"behind": 1, "before": 0}.items():
        yield f"Authorization twice, another's {what} it", (
            NOT_VOUCHED_FOR,
            changed(lambda s, place=place: s._replace(
                headers=[*s.headers[:place], ("Authorization", f"Bearer {assertion(org='HMRC')}"), *s.headers[place:]]
            )),
        )  # fmt: skip
    yield "Authorization twice, the same", (NOT_VOUCHED_FOR, changed(lambda s: s._replace(headers=s.headers * 2)))


def _bound() -> Iterator[tuple[str, Line]]:
    digest = binding(question())["digest"]
    wrong: Mapping[str, tuple[Any, ...]] = {
        "htm": ("GET", "post", "POST ", "P\u041eST", "POST, GET", "*"),
        "htu": (
            "http://node", "http://node/", PATH + "/", PATH + "?", "http://node/v1/datasets/other/query", "pay", "//node",
            f"http://node{PATH.upper()}", f"http://node/x{PATH}", f"http://node/{PATH}", f"http://node#{PATH}",
            f"http://node?{PATH}", "http://[node" + PATH, "*",
        ),
        "digest": (
            digest[:-1], digest + "0", digest.upper(), "0" * 64, digest[::-1], " " + digest, f"sha-256={digest}", "*",
            binding(question(areas=["E06000001"]))["digest"], binding(b"")["digest"],
        ),
        "jti": ("",),
    }  # fmt: skip
    for name, values in wrong.items():
        for value in values:
            # The one that is the address but for its query is as good.
            good = name == "htu" and value == PATH + "?"
            yield f"{name} is {value!r}", (OK if good else NOT_VOUCHED_FOR, said(**{name: value}))
    kinds = (None, "", 7, True, False, [], {}, 1.5, "\x00", "x" * 20_000)
    for name, value in product(("htm", "htu", "digest"), kinds):
        yield f"{name} is {str(value)[:9]!r}, {type(value).__name__}", (NOT_VOUCHED_FOR, said(**{name: value}))
    for name in ("htm", "htu", "digest"):
        listed = [claims()[name]]
        yield f"{name} is in a list", (NOT_VOUCHED_FOR, said(**{name: listed}))
    yield "written with another host, as behind a proxy", (OK, said(htu=f"https://nodes.example:8443{PATH}"))
    for began in (-121, -70, 300):
        yield f"signed {began} s from now", (NOT_VOUCHED_FOR, said(iat=NOW + began, exp=NOW + began + 60))


BINDINGS = table(_requests, _bound)
