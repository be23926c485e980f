"""Assertions that somebody may send to a share node, by what they are: the status that answers them, and how they are
made. One more is one line."""

from collections.abc import Iterator
from itertools import product

import orjson

from tests.departments.share_desk import ISSUER, TRUST, assertion, claims, jwks
from tests.hostile.asking_nodes import (
    DECLINED,
    GOOD,
    NOT_VOUCHED_FOR,
    NOW,
    OK,
    STRANGER,
    Line,
    asking,
    granted,
    headed,
    said,
    sent,
)  # fmt: skip
from tests.hostile.lines import table
from tests.hostile.making import b64, by_secret, plain, signed_token, unsigned


def _assertions() -> Iterator[tuple[str, Line]]:
    for name in (
        "none",
        "None",
        "NONE",
        "",
        "HS256",
        "HS512",
        "RS256",
        "PS256",
        "ES512",
        "eddsa",
        "EdDSA ",
        None,
        7,
        ["EdDSA"],
    ):
        yield f"algorithm {name!r}", (NOT_VOUCHED_FOR, headed({"alg": name, "kid": "k0"}))
        yield f"algorithm {name!r} and no signature", (
            NOT_VOUCHED_FOR, lambda name=name: sent(unsigned({"alg": name, "kid": "k0"}, claims()) + "."),
        )  # fmt: skip
    public = jwks(TRUST)["keys"][0]
    for secret in (public["x"].encode(), orjson.dumps(public), b"", b"k0"):
        for algorithm in ("HS256", "HS384", "HS512"):
            yield f"{algorithm} by {secret[:9]!r}", (
                NOT_VOUCHED_FOR, lambda secret=secret, algorithm=algorithm: sent(by_secret(secret, "k0", algorithm, claims())),
            )  # fmt: skip
    for kid in ("", "k9", "K0", " k0", "k0\x00", "../k0", 0, None, ["k0"], {"k": 0}, "x" * 9_000):
        yield f"the key {str(kid)[:9]!r}", (NOT_VOUCHED_FOR, headed({"alg": "EdDSA", "kid": kid}))
    yield "no key", (NOT_VOUCHED_FOR, headed({"alg": "EdDSA"}))
    evil = jwks(STRANGER)["keys"][0]
    for name, value in {
        "jwk": evil,
        "jku": "https://evil.example/",
        "x5u": "https://evil.example/",
        "x5c": ["x"],
    }.items():
        yield f"a key of its own in {name}", (
            NOT_VOUCHED_FOR, lambda name=name, value=value: sent(signed_token({**GOOD, name: value}, claims(), STRANGER)),
        )  # fmt: skip
    for crit in (["more"], ["exp"], [], "b64", [1]):
        yield f"what must be understood: {crit!r}", (NOT_VOUCHED_FOR, headed({**GOOD, "crit": crit, "more": 1}))
    for header in (b"", b"{", b"[]", b"null", b"\xff", b"[" * 20_000):
        yield f"the header {header[:5]!r}", (NOT_VOUCHED_FOR, headed(header))
    for payload in (b"", b"{", b"[]", b"null", b"\xff", b"[" * 20_000, b'{"exp":' + b"9" * 5_000 + b"}"):
        yield (
            f"the payload {payload[:8]!r}",
            (NOT_VOUCHED_FOR, lambda payload=payload: sent(signed_token(GOOD, payload, TRUST))),
        )
    yield "another's key by a known name", (NOT_VOUCHED_FOR, lambda: sent(assertion(STRANGER)))
    yield (
        "claims changed after signing",
        (
            NOT_VOUCHED_FOR,
            lambda: sent(
                ".".join((assertion().split(".")[0], b64(plain(claims(org="HMRC"))), assertion().split(".")[2]))
            ),
        ),
    )
    for text in ("x", "a.b", "a.b.c", "a.b.c.d.e", "..", "{}", "." * 999):
        yield f"the assertion {text[:9]!r}", (NOT_VOUCHED_FOR, lambda text=text: sent(text))


def _claims() -> Iterator[tuple[str, Line]]:
    wrong = ("tomorrow", "", None, [NOW], {}, float("nan"), float("inf"), float("-inf"), 1e300, 10**30, 2**63)
    for name, value in product(("exp", "iat"), wrong):
        yield f"{name} is {value!r}", (NOT_VOUCHED_FOR, said(**{name: value}))
    for name, value in product(("exp", "iat", "nbf"), (str(NOW + 30), True)):
        yield f"{name} is {value!r}", (NOT_VOUCHED_FOR, said(**{name: value}))
    for began, ends in (
        (NOW - 200, NOW - 100),
        (NOW + 3_600, NOW + 3_630),
        (NOW - 30, NOW + 3_600),
        (-1, NOW + 60),
        (0, 0),
        (NOW, -1),
    ):
        yield f"from {began - NOW} to {ends - NOW}", (NOT_VOUCHED_FOR, said(iat=began, exp=ends))
    yield "not before an hour", (NOT_VOUCHED_FOR, said(nbf=NOW + 3_600))
    for name, value in product(
        ("iss",),
        ("", ISSUER + "/", ISSUER.upper(), " " + ISSUER, [ISSUER], {ISSUER: 1}, 7, None, "https://evil.example"),
    ):
        yield f"{name} is {value!r}", (NOT_VOUCHED_FOR, said(**{name: value}))
    for value in ("beis", "HMRC", "", "hmrc ", ["beis"], [], {"hmrc": 1}, 7, [7], None, [["hmrc"]]):
        yield f"for {value!r}", (NOT_VOUCHED_FOR, said(aud=value))
    for name in ("sub", "jti"):
        for value in (None, 7, ["x"], {}):
            yield f"{name} is {value!r}", (NOT_VOUCHED_FOR, said(**{name: value}))
    for name, value in product(("org", "purpose"), (7, ["DfE"], {"DfE": 1}, True)):
        yield f"{name} is {value!r}", (NOT_VOUCHED_FOR, said(**{name: value}))
    for name, value in product(("agreements", "operations"), ("DSA-001 v2", 7, {"a": 1}, [7], [None], [["x"]], True)):
        yield f"{name} are {value!r}", (NOT_VOUCHED_FOR, said(**{name: value}))
    for value in (
        [],
        "x",
        7,
        True,
        {"payrolledEmployees": None},
        {"payrolledEmployees": "AGREEMENT"},
        {"payrolledEmployees": []},
    ):
        yield f"grants are {value!r}", (NOT_VOUCHED_FOR, said(grants=value))


def _grants() -> Iterator[tuple[str, Line]]:
    for basis in ("ANY", "agreement", "", None, 7, ["OWN"], True, {}):
        yield f"on the basis {basis!r}", (NOT_VOUCHED_FOR, said(**granted(basis, "DSA-001 v2")))
    for agreements in ("DSA-001 v2", 7, {"x": 1}, [7], [None], [["DSA-001 v2"]]):
        grants = {"payrolledEmployees": {"basis": "AGREEMENT", "agreements": agreements}}
        yield f"under {agreements!r}", (NOT_VOUCHED_FOR, said(grants=grants))
    yield "nothing granted", (DECLINED, said(grants={}))
    yield "grants left out", (DECLINED, said(grants=None))
    yield (
        "another measure granted",
        (DECLINED, said(grants={"medianMonthlyPay": granted("OWN")["grants"]["payrolledEmployees"]})),
    )
    for name in ("PayrolledEmployees", "payrolledEmployees ", "*", "", "payrolled\u0415mployees"):
        yield (
            f"granted to {name!r}",
            (DECLINED, said(grants={name: {"basis": "AGREEMENT", "agreements": ["DSA-001 v2"]}})),
        )
    yield (
        "one of two measures granted",
        (
            DECLINED,
            asking(granted("AGREEMENT", "DSA-001 v2"), measures=["payrolledEmployees", "medianMonthlyPay"]),
        ),
    )
    yield (
        "all measures asked for, one granted",
        (DECLINED, asking(granted("AGREEMENT", "DSA-001 v2"), measures=None)),
    )
    yield "published, with evidence", (DECLINED, said(**granted("PUBLISHED", named=())))
    yield "published", (OK, asking(granted("PUBLISHED", named=()), evidence=False))
    for organisation in ("DfE", "hmrc", "HMRC ", "", None):
        yield f"own data of {organisation!r}", (DECLINED, said(**granted("OWN", named=(), org=organisation)))
    yield "own data", (OK, said(**granted("OWN", named=(), org="HMRC")))
    yield "an agreement without a name", (DECLINED, said(**granted("AGREEMENT")))
    yield "an agreement of nobody", (DECLINED, said(**granted("AGREEMENT", "DSA-001 v2", org=None)))
    yield "an agreement of an empty name", (DECLINED, said(**granted("AGREEMENT", "DSA-001 v2", org="")))
    for other in ("DSA-001", "DSA-001 v1", "DSA-002 v2", "dsa-001 v2", "", "DSA-001 v2 "):
        yield f"the agreement {other!r}, which is not named", (DECLINED, said(**granted("AGREEMENT", other)))
    yield "two agreements, one of them not named", (DECLINED, said(**granted("AGREEMENT", "DSA-001 v2", "DSA-009 v1")))
    yield "an agreement where none is named", (DECLINED, said(**granted("AGREEMENT", "DSA-001 v2", named=())))
    yield "an agreement", (OK, said(**granted("AGREEMENT", "DSA-001 v2")))


ASSERTIONS = table(_assertions, _claims, _grants)
