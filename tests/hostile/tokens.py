"""Authorization headers that somebody may send, by what they are: the reason they are turned away for, or None where
they are accepted, and the headers. One more is one line."""

import time
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.hostile.lines import table
from tests.hostile.making import (
    AUDIENCE,
    GOOD,
    JWKS,
    NAME,
    SIGNED_BY,
    Sent,
    b64,
    bearer,
    by_secret,
    claims,
    jwk,
    plain,
    signed_token,
    token,
    unsigned,
    with_claims,
    with_header,
)  # fmt: skip

STRANGER = Ed25519PrivateKey.generate()
Line = tuple[str | None, Callable[[], Sent]]
NOW = int(time.time())
FORM, SEVERAL, UNREADABLE = (
    "the Authorization header is not the word Bearer and one token",
    "the request has more than one Authorization header", "the token cannot be read",
)  # fmt: skip
ALGORITHM, NAMELESS, UNKNOWN_KEY, UNFIT, INVALID = (
    "the token is not signed with an allowed algorithm", "the token does not name its key",
    "the token is signed with a key its issuer does not publish", "the token's algorithm does not fit its key",
    "the token is not valid",
)  # fmt: skip
STRANGE_ISSUER, OTHER_AUDIENCE, EXPIRED, EARLY, TOO_LONG, OTHER_TYPE = (
    "the token's issuer is not one the Trust accepts", "the token is for another audience", "the token has expired",
    "the token is not valid yet", "the token is good for longer than 86400 seconds",
    "the token is of another type than an access token",
)  # fmt: skip
NOT_SPOKEN_FOR = "the token's issuer may not speak for the organisation it names"


def no_text(name: str, most: int) -> str:
    """The reason of a claim that is no short text."""
    return f"the token's {name} is not a text of 1 to {most} characters"


def no_words(name: str) -> str:
    """The reason of a claim that is no list of words."""
    return f"the token's {name} are not a list of at most 64 words"


def _algorithms() -> Iterator[tuple[str, Line]]:
    for name in ("none", "None", "NONE", "nOnE", "", " none", "none\x00", "EdDSA ", "eddsa", "Ed25519", "Ed448", "ES512",
                 "ES256K", "PS256", "HS256", "RS1", "dir", "A128KW", "\u0435dDSA", "x" * 10_000):  # fmt: skip
        yield f"algorithm {name[:12]!r}", (ALGORITHM, with_header({"alg": name, "kid": "ed"}))
        yield f"algorithm {name[:12]!r} and no signature", (
            ALGORITHM, bearer(lambda name=name: unsigned({"alg": name, "kid": "ed"}, claims()) + "."),
        )  # fmt: skip
    for name in (None, 0, True, ["EdDSA"], ["none"], {"alg": "EdDSA"}, ...):
        header = {"kid": "ed"} if name is ... else {"alg": name, "kid": "ed"}
        yield f"algorithm {name!r}", (ALGORITHM, with_header(header))
    for (kid, (_, key)), form, algorithm in product(
        SIGNED_BY.items(), {"PEM": Encoding.PEM, "DER": Encoding.DER}.items(), ("HS256", "HS384", "HS512")
    ):
        secret = key.public_key().public_bytes(form[1], PublicFormat.SubjectPublicKeyInfo)
        yield f"{algorithm} by {kid} as {form[0]}", (
            ALGORITHM, bearer(lambda secret=secret, kid=kid, algorithm=algorithm: by_secret(secret, kid, algorithm)),
        )  # fmt: skip
    for secret in (b"", b"ed", b"secret", orjson.dumps(JWKS["keys"][0])):
        yield f"a secret that is {secret[:8]!r}", (ALGORITHM, bearer(lambda secret=secret: by_secret(secret, "ed")))
    for kid, other in (("rsa", "ec"), ("ec", "ed"), ("ed", "rsa")):
        yield (
            f"the key {other} for the algorithm of {kid}",
            (UNFIT, bearer(lambda kid=kid, other=other: token(kid, {"kid": other}))),
        )


def _keys() -> Iterator[tuple[str, Line]]:
    for kid in ("", "ED", " ed", "ed ", "ed\x00", "../../../../dev/null", "/dev/null", "ed' OR '1'='1", "ed\nX: y", "|whoami",
                "https://evil.example/keys", "file:///etc/passwd", "*", "0", "\u0435d", "\ud800", "x" * 100_000):  # fmt: skip
        yield f"the key {kid[:20]!r}", (UNKNOWN_KEY, with_header({"alg": "EdDSA", "kid": kid}))
    for kid in (7, ["ed"], {"kid": "ed"}, True):
        yield f"the key {kid!r}", (UNREADABLE, with_header({"alg": "EdDSA", "kid": kid}))
    yield "no key", (NAMELESS, with_header({"alg": "EdDSA"}))
    own, evil = jwk("ed", STRANGER, "EdDSA"), "https://evil.example/keys"
    brought: dict[str, Any] = {
        "jwk": own,
        "jku": evil,
        "x5u": evil,
        "x5c": [b64(b"x")],
        "x5t": "x",
        "jwks": {"keys": [own]},
    }
    for name, value in brought.items():
        yield f"a key of the token's own in {name}", (
            INVALID, bearer(lambda name=name, value=value: signed_token({**GOOD, name: value}, claims(), STRANGER)),
        )  # fmt: skip
        yield (
            f"an unknown key in {name}",
            (
                UNKNOWN_KEY,
                bearer(
                    lambda name=name, value=value: signed_token(
                        {**GOOD, "kid": "evil", name: value}, claims(), STRANGER
                    )
                ),
            ),
        )
        yield f"{name}, which is passed over", (None, with_header({**GOOD, name: value}))
    yield "another's key by a known name", (INVALID, bearer(lambda: signed_token(GOOD, claims(), STRANGER)))


def _headers() -> Iterator[tuple[str, Line]]:
    for crit in (["more"], ["exp"], [], "b64", [1], {}, True, ["alg"], None):
        yield (
            f"what must be understood: {crit!r}",
            (UNREADABLE, with_header({**GOOD, "crit": crit, "b64": True, "more": 1})),
        )
    yield "what must be understood, and is", (None, with_header({**GOOD, "crit": ["b64"], "b64": True}))
    yield "a payload that is not encoded", (UNREADABLE, with_header({**GOOD, "crit": ["b64"], "b64": False}))
    for kind in ("JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt", "application/jwt"):
        yield f"the type {kind}", (None, with_header({**GOOD, "typ": kind}))
    for kind in (
        "logout+jwt",
        "dpop+jwt",
        "secevent+jwt",
        "JOSE",
        "JWE",
        "token-introspection+jwt",
        "",
        " JWT",
        7,
        ["JWT"],
        {},
    ):
        yield f"the type {kind!r}", (OTHER_TYPE, with_header({**GOOD, "typ": kind}))
    for header in (b"", b"{", b"[]", b"null", b'"EdDSA"', b"7", b"\xff\xfe", b"[" * 50_000, b'{"alg":' + b"9" * 5_000 + b"}"):  # fmt: skip
        yield f"the header {header[:12]!r}", (UNREADABLE, with_header(header))
    yield "the algorithm twice, none last", (ALGORITHM, with_header(b'{"alg":"EdDSA","kid":"ed","alg":"none"}'))
    yield "the key twice, another last", (UNKNOWN_KEY, with_header(b'{"alg":"EdDSA","kid":"ed","kid":"evil"}'))


def _times() -> Iterator[tuple[str, Line]]:
    wrong = (
        "tomorrow",
        "",
        "1e99",
        str(NOW + 60),
        True,
        False,
        [NOW + 60],
        {},
        float("nan"),
        float("inf"),
        float("-inf"),
    )
    for name, value in product(("exp", "nbf", "iat"), wrong):
        yield f"{name} is {value!r}", (INVALID, with_claims(**{name: value}))
    for name, value in product(("nbf", "iat"), (NOW + 3_600, NOW + 3_600.5, 2**31, 2**63, 10**30, 1e300)):
        yield f"{name} is {value!r}", (EARLY, with_claims(**{name: value}))
    for name, value in product(("nbf", "iat"), (0, -1, -(10**30), 0.5, NOW - 60, -1e300)):
        yield f"{name} was {value!r}", (None, with_claims(**{name: value}))
    for value in (0, -1, 0.5, -(10**30), -1e300, NOW - 3_600, 1):
        yield f"exp was {value!r}", (EXPIRED, with_claims(exp=value))
    for value in (NOW + 90_000, 2**31, 2**32, 2**53, 2**63, 2**64, 1e300, NOW * 1_000):
        yield f"exp is {value!r}", (TOO_LONG, with_claims(exp=value))
    # Python reads no numbers of more than some thousand digits.
    yield (
        "exp is endless",
        (UNREADABLE, bearer(lambda: signed_token(GOOD, plain(claims())[:-1] + b',"exp":' + b"9" * 5_000 + b"}"))),
    )
    yield "exp is a part of a second", (None, with_claims(exp=NOW + 7_200.5))
    for name in ("exp", "nbf", "iat"):
        reason = "the token has no exp" if name == "exp" else INVALID
        yield f"{name} is null", (reason, with_claims(**{name: None}))
    yield "without an end", ("the token has no exp", with_claims(exp=...))
    yield "without a beginning", (None, with_claims(iat=...))


def _parties() -> Iterator[tuple[str, Line]]:
    for value in ("another", "TRUST", "trust/", " trust", "trust ", "trust\x00", ["another"], ["another", ""], [[AUDIENCE]], [1],
                  [AUDIENCE, 1], {AUDIENCE: True}, 7, ["x"] * 5_000, "tru\u200bst", True):  # fmt: skip
        yield f"for {str(value)[:20]!r}", (OTHER_AUDIENCE, with_claims(aud=value))
    for value in ("", [], {}, None, ..., 0, False):
        yield f"for {value!r}", ("the token has no aud", with_claims(aud=value))
    for value in ([AUDIENCE], ["another", AUDIENCE], [AUDIENCE, AUDIENCE]):
        yield f"for {value!r}", (None, with_claims(aud=value))
    for value in (NAME[:-1], NAME.upper(), NAME + "\x00", NAME + "#", " " + NAME, NAME.replace("https", "http"), "", [NAME], {NAME: 1},
                  7, None, ..., True, "https://evil.example/", "https://login.example.evil/", NAME.replace("l", "\u04cf")):  # fmt: skip
        yield f"from {value!r}", (STRANGE_ISSUER, with_claims(iss=value))


def _persons() -> Iterator[tuple[str, Line]]:
    texts = ("", "\n", "a\nb", "\x00", "\ud800", "\u202eabc", "a\u200bb", "\x1b[31m", "\u2028")
    for (name, most), value in product(
        (("sub", 255), ("org", 64), ("jti", 255), ("client_id", 255), ("azp", 255)), texts
    ):
        yield f"{name} is {value!r}", (no_text(name, most), with_claims(**{name: value}))
    for name, most in (("sub", 255), ("org", 64), ("jti", 255), ("client_id", 255), ("azp", 255)):
        yield f"{name} is endless", (no_text(name, most), with_claims(**{name: "x" * (most + 1)}))
        for value in (7, ["x"], {"x": 1}, True):
            reason = INVALID if name in ("sub", "jti") else no_text(name, most)
            yield f"{name} is {value!r}", (reason, with_claims(**{name: value}))
    yield "without a subject", ("the token has no sub", with_claims(sub=...))
    yield "nobody's", ("the token has no sub", with_claims(sub=None))
    for value in ("TRUST", "dfe", "DFE", "DfE ", "D\u0192E", "Df\u0395", "*", "DWP,DfE", "none"):
        yield f"of {value!r}", (NOT_SPOKEN_FOR, with_claims(org=value))
    yield "of no organisation", (None, with_claims(org=...))
    yield "of an organisation that is null", (None, with_claims(org=None))
    yield "an organisation twice, another's last", (
        NOT_SPOKEN_FOR, bearer(lambda: signed_token(GOOD, plain(claims())[:-1] + b',"org":"TRUST"}')),
    )  # fmt: skip
    wrong = ("analyst", "", {"analyst": True}, None, 7, True, [None], [7], [["analyst"]], [{}], [""], ["\ud800"], ["a\nb"], ["x" * 65],
             ["x"] * 65, ["analyst", None], ["\u202e"])  # fmt: skip
    for name, value in product(("roles", "purposes"), wrong):
        yield f"{name} are {str(value)[:20]!r}", (no_words(name), with_claims(**{name: value}))
    for name, value in product(("roles", "purposes"), ([], ["*"], ["x", "x"], ["x" * 64], ["trustee"], ...)):
        yield f"{name} may be {str(value)[:20]!r}", (None, with_claims(**{name: value}))


def _forms() -> Iterator[tuple[str, Line]]:
    for text in ("", " ", "Bearer", "Bearer ", "Bearer  ", "Basic c29tZW9uZTpzZWNyZXQ=", "Bearer a b", "Token x", "Negotiate x",
                 "Digest username=x", "Bearer=x", "Bearer:x", "DPoP x", "x", "Bearer\tx", ",", "Bearer x, Bearer y"):  # fmt: skip
        yield f"the header {text!r}", (FORM, lambda text=text: [text])
    yield "a token without its word", (FORM, lambda: [token()])
    yield "a token in quotation marks", (UNREADABLE, bearer(lambda: f'"{token()}"'))
    for text in (
        "x",
        "..",
        ".",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "a.b.c.d.e",
        "\u00e9.\u00e9.\u00e9",
        "{}",
        "null",
        "." * 5_000,
        "A" * 60_000,
    ):
        yield f"the token {text[:12]!r}", (UNREADABLE, lambda text=text: [f"Bearer {text}".encode("latin-1")])
    for payload in (b"", b"{", b"[1]", b"null", b"[" * 30_000, b'{"exp":' + b"9" * 5_000, b"\xff\xfe", b"7", b'"x"'):
        yield f"the payload {payload[:10]!r}", (UNREADABLE, bearer(lambda payload=payload: signed_token(GOOD, payload)))
    for at, junk in product((0, 1, 2), ("=", "==", "!", "%3D", "\u00e9", "\x7f", "+", "/", "\\")):

        def spoilt(at: int = at, junk: str = junk) -> str:
            parts = token().split(".")
            parts[at] += junk
            return ".".join(parts)

        yield f"{junk!r} behind part {at}", (UNREADABLE, lambda spoilt=spoilt: [f"Bearer {spoilt()}".encode("latin-1")])
    yield "a token and its end again", (UNREADABLE, bearer(lambda: f"{token()}.{token().split('.')[2]}"))
    yield (
        "another payload",
        (
            INVALID,
            bearer(
                lambda: ".".join((*token().split(".")[:1], *token(org="HMRC").split(".")[1:2], token().split(".")[2]))
            ),
        ),
    )
    yield "a signature that is cut", (INVALID, bearer(lambda: token()[:-6]))
    yield "no signature", (INVALID, bearer(lambda: token().rpartition(".")[0] + "."))
    yield "a signature of nothing but zeros", (INVALID, bearer(lambda: token().rpartition(".")[0] + "." + "A" * 86))
    yield "as JSON", (FORM, lambda: ['Bearer {"payload": "x", "signatures": []}'])
    yield "two headers", (SEVERAL, lambda: [f"Bearer {token()}"] * 2)
    yield "two headers, one empty", (SEVERAL, lambda: [f"Bearer {token()}", ""])
    yield "two headers, of which one is of another scheme", (SEVERAL, lambda: ["Basic eDp5", f"Bearer {token()}"])
    yield "a thousand headers", (SEVERAL, lambda: ["Bearer x"] * 1_000)
    for word in ("Bearer", "bearer", "BEARER", " Bearer", "Bearer "):
        yield f"the word {word!r}", (None, lambda word=word: [f"{word} {token()}"])
    yield "with a claim that nobody reads, at length", (None, with_claims(more="x" * 50_000))
    yield "with a claim that is nested deeply", (
        UNREADABLE, bearer(lambda: signed_token(GOOD, plain(claims())[:-1] + b',"more":' + b"[" * 5_000 + b"]" * 5_000 + b"}")),
    )  # fmt: skip
    for kid in SIGNED_BY:
        yield f"as it should be, by {kid}", (None, bearer(lambda kid=kid: token(kid)))


TOKENS = table(_algorithms, _keys, _headers, _times, _parties, _persons, _forms)
