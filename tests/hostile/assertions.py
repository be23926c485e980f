"""Requests that somebody may send to a share node, by what they are: the status that answers them, and how they are
made. One more is one line."""

import time
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

import orjson
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.departments.share_desk import ISSUER, TRUST, assertion, claims, jwks, question, signed
from tests.hostile.lines import table
from tests.hostile.making import b64, by_secret, plain, signed_token, unsigned

PATH = "/v1/datasets/pay/query"
STRANGER = Ed25519PrivateKey.generate()
GOOD = {"alg": "EdDSA", "kid": "k0"}
NOW = int(time.time())
OK, NOT_VOUCHED_FOR, DECLINED = 200, 401, 403


class Sent(NamedTuple):
    """A request to a node: headers may come twice. `before`: sent first, and answered."""

    body: bytes
    headers: list[tuple[str, str]]
    path: str = PATH
    method: str = "POST"
    before: bool = False

    def having(self, **changed: str | None) -> "Sent":
        """With other headers, their names with underscores; None takes one away."""
        names = {name.replace("_", "-"): value for name, value in changed.items()}
        kept = [(name, value) for name, value in self.headers if name not in names]
        return self._replace(headers=kept + [(name, value) for name, value in names.items() if value is not None])

    def header(self, name: str) -> str:
        """The header of a name."""
        return dict(self.headers)[name]


Line = tuple[int, Callable[[], Sent]]


def sent(token: str | None = None, key: Any = TRUST, kid: str = "k0", **asked: Any) -> Sent:
    """A question with an assertion, signed as the Trust signs; another token, signer or question may be given."""
    body = orjson.dumps(question(**asked))
    bearer = f"Bearer {assertion() if token is None else token}"
    return Sent(body, [("Authorization", bearer), *signed(body, bearer, PATH, key, kid).items()])


def said(**changed: Any) -> Callable[[], Sent]:
    """An assertion with other claims, rightly signed, in a request that is."""
    return lambda: sent(signed_token(GOOD, claims(**changed), TRUST))


def headed(header: object) -> Callable[[], Sent]:
    """An assertion under another header, rightly signed."""
    return lambda: sent(signed_token(header, claims(), TRUST))


def granted(basis: object, *agreements: object, named: Any = ("DSA-001 v2",), **more: Any) -> dict[str, Any]:
    """Claims that grant payrolledEmployees on this basis alone."""
    grants = {"payrolledEmployees": {"basis": basis, "agreements": list(agreements)}}
    return {"grants": grants, "agreements": list(named), **more}


def changed(change: Callable[[Sent], Sent]) -> Callable[[], Sent]:
    """A good request, changed after it was signed."""
    return lambda: change(sent())


def _assertions() -> Iterator[tuple[str, Line]]:
    for name in ("none", "None", "NONE", "", "HS256", "HS512", "RS256", "PS256", "ES512", "eddsa", "EdDSA ", None, 7, ["EdDSA"]):
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
    for name, value in {"jwk": evil, "jku": "https://evil.example/", "x5u": "https://evil.example/", "x5c": ["x"]}.items():
        yield f"a key of its own in {name}", (
            NOT_VOUCHED_FOR, lambda name=name, value=value: sent(signed_token({**GOOD, name: value}, claims(), STRANGER)),
        )  # fmt: skip
    for crit in (["more"], ["exp"], [], "b64", [1]):
        yield f"what must be understood: {crit!r}", (NOT_VOUCHED_FOR, headed({**GOOD, "crit": crit, "more": 1}))
    for header in (b"", b"{", b"[]", b"null", b"\xff", b"[" * 20_000):
        yield f"the header {header[:5]!r}", (NOT_VOUCHED_FOR, headed(header))
    for payload in (b"", b"{", b"[]", b"null", b"\xff", b"[" * 20_000, b'{"exp":' + b"9" * 5_000 + b"}"):
        yield f"the payload {payload[:8]!r}", (NOT_VOUCHED_FOR, lambda payload=payload: sent(signed_token(GOOD, payload, TRUST)))
    yield "another's key by a known name", (NOT_VOUCHED_FOR, lambda: sent(assertion(STRANGER)))
    yield "claims changed after signing", (
        NOT_VOUCHED_FOR,
        lambda: sent(".".join((assertion().split(".")[0], b64(plain(claims(org="HMRC"))), assertion().split(".")[2]))),
    )
    for text in ("x", "a.b", "a.b.c", "a.b.c.d.e", "..", "{}", "." * 999):
        yield f"the assertion {text[:9]!r}", (NOT_VOUCHED_FOR, lambda text=text: sent(text))


def _claims() -> Iterator[tuple[str, Line]]:
    wrong = ("tomorrow", "", None, [NOW], {}, float("nan"), float("inf"), float("-inf"), 1e300, 10**30, 2**63)
    for name, value in product(("exp", "iat"), wrong):
        yield f"{name} is {value!r}", (NOT_VOUCHED_FOR, said(**{name: value}))
    for name, value in product(("exp", "iat", "nbf"), (str(NOW + 30), True)):
        yield f"{name} is {value!r}", (NOT_VOUCHED_FOR, said(**{name: value}))
    for began, ends in ((NOW - 200, NOW - 100), (NOW + 60, NOW + 90), (NOW - 30, NOW + 3_600), (-1, NOW + 60), (0, 0), (NOW, -1)):
        yield f"from {began - NOW} to {ends - NOW}", (NOT_VOUCHED_FOR, said(iat=began, exp=ends))
    yield "not before a minute", (NOT_VOUCHED_FOR, said(nbf=NOW + 90))
    for name, value in product(
        ("iss",), ("", ISSUER + "/", ISSUER.upper(), " " + ISSUER, [ISSUER], {ISSUER: 1}, 7, None, "https://evil.example")
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
    for value in ([], "x", 7, True, {"payrolledEmployees": None}, {"payrolledEmployees": "AGREEMENT"}, {"payrolledEmployees": []}):
        yield f"grants are {value!r}", (NOT_VOUCHED_FOR, said(grants=value))


def _grants() -> Iterator[tuple[str, Line]]:
    for basis in ("ANY", "agreement", "", None, 7, ["OWN"], True, {}):
        yield f"on the basis {basis!r}", (NOT_VOUCHED_FOR, said(**granted(basis, "DSA-001 v2")))
    for agreements in ("DSA-001 v2", 7, {"x": 1}, [7], [None], [["DSA-001 v2"]]):
        grants = {"payrolledEmployees": {"basis": "AGREEMENT", "agreements": agreements}}
        yield f"under {agreements!r}", (NOT_VOUCHED_FOR, said(grants=grants))
    yield "nothing granted", (DECLINED, said(grants={}))
    yield "grants left out", (DECLINED, said(grants=None))
    yield "another measure granted", (DECLINED, said(grants={"medianMonthlyPay": granted("OWN")["grants"]["payrolledEmployees"]}))
    for name in ("PayrolledEmployees", "payrolledEmployees ", "*", "", "payrolled\u0415mployees"):
        yield f"granted to {name!r}", (DECLINED, said(grants={name: {"basis": "AGREEMENT", "agreements": ["DSA-001 v2"]}}))
    yield "one of two measures granted", (
        DECLINED,
        lambda: sent(assertion(**granted("AGREEMENT", "DSA-001 v2")), measures=["payrolledEmployees", "medianMonthlyPay"]),
    )
    yield "all measures asked for, one granted", (DECLINED, lambda: sent(assertion(**granted("AGREEMENT", "DSA-001 v2")), measures=None))
    yield "published, with evidence", (DECLINED, said(**granted("PUBLISHED", named=())))
    yield "published", (OK, lambda: sent(assertion(**granted("PUBLISHED", named=())), evidence=False))
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


def _signatures() -> Iterator[tuple[str, Line]]:
    yield "as it should be", (OK, sent)
    yield "to the same address, written otherwise", (OK, changed(lambda s: s._replace(path="/v1/datasets/p%61y/query")))
    yield "the same again", (NOT_VOUCHED_FOR, lambda: sent()._replace(before=True))
    for name in ("Authorization", "Signature", "Signature-Input", "Content-Digest"):
        yield f"without {name}", (NOT_VOUCHED_FOR, changed(lambda s, name=name: s.having(**{name: None})))
        yield f"with an empty {name}", (NOT_VOUCHED_FOR, changed(lambda s, name=name: s.having(**{name: ""})))
        yield f"{name} of another request", (
            NOT_VOUCHED_FOR,
            changed(lambda s, name=name: s.having(**{name: sent(assertion(org="DWP"), areas=["E06000001"]).header(name)})),
        )
        for junk in ("x", "((", '"', "lmdt", "lmdt=", "lmdt=()", "=", "\u00e9", ",", "lmdt=:::", "lmdt=?1", "x" * 20_000):
            yield f"{name} is {junk[:9]!r}", (NOT_VOUCHED_FOR, changed(lambda s, name=name, junk=junk: s.having(**{name: junk})))
    for what, asked in {"places": {"areas": ["E06000001"]}, "measures": {"measures": ["medianMonthlyPay"]},
                        "periods": {"periods": {"from": "2023-01", "to": "2023-04"}}, "facets": {"by": ["SEX"]},
                        "evidence": {"evidence": False}}.items():  # fmt: skip
        body = orjson.dumps(question(**asked))
        yield f"other {what}", (NOT_VOUCHED_FOR, changed(lambda s, body=body: s._replace(body=body)))
        yield f"other {what} with a digest of their own", (
            NOT_VOUCHED_FOR,
            changed(lambda s, body=body: s._replace(body=body).having(Content_Digest=signed(body, "x")["Content-Digest"])),
        )
    for body in (b"", b" ", b"{}", b"null"):
        yield f"the body {body!r}", (NOT_VOUCHED_FOR, changed(lambda s, body=body: s._replace(body=body)))
    yield "the body with a space behind it", (NOT_VOUCHED_FOR, changed(lambda s: s._replace(body=s.body + b" ")))
    for path in ("/v1/datasets/other/query", "/v1/datasets/PAY/query", "/v1/datasets/pay%00/query"):
        yield f"to {path}", (NOT_VOUCHED_FOR, changed(lambda s, path=path: s._replace(path=path)))
    yield "by another key", (NOT_VOUCHED_FOR, lambda: sent(key=STRANGER))
    yield "by another key under its own name", (NOT_VOUCHED_FOR, lambda: sent(key=STRANGER, kid="k7"))
    yield "by a key of another kind", (NOT_VOUCHED_FOR, lambda: sent(key=generate_private_key(SECP256R1())))
    yield "an assertion of another's, signed again by nobody", (
        NOT_VOUCHED_FOR, changed(lambda s: s.having(Authorization=f"Bearer {assertion(org='HMRC')}")),
    )  # fmt: skip
    yield "another scheme", (NOT_VOUCHED_FOR, changed(lambda s: s.having(Authorization=s.header("Authorization").replace("Bearer", "DPoP"))))


Edit = Callable[[str], str]
EDITS: Mapping[str, Edit] = {
    "another nonce": lambda text: text.replace('nonce="', 'nonce="0'),
    "no nonce": lambda text: ";".join(part for part in text.split(";") if not part.startswith("nonce")),
    "an empty nonce": lambda text: text.replace(text.split('nonce="')[1].split('"')[0], ""),
    "no time": lambda text: ";".join(part for part in text.split(";") if not part.startswith("created")),
    "a later time": lambda text: text.replace(f"created={text.split('created=')[1].split(';')[0]}", f"created={NOW + 30}"),
    "a time that is text": lambda text: text.replace("created=", 'created="1"; x='),
    "a time that is below nothing": lambda text: text.replace("created=", "created=-"),
    "a time that is endless": lambda text: text.replace("created=", "created=999999"),
    "an end": lambda text: text + ";expires=9999999999",
    "another algorithm": lambda text: text.replace("ed25519", "hmac-sha256"),
    "no algorithm, another name": lambda text: text.replace('alg="ed25519"', 'alg=""'),
    "another tag": lambda text: text.replace('tag="lmdt"', 'tag="other"'),
    "no tag": lambda text: text.replace(';tag="lmdt"', ""),
    "another key": lambda text: text.replace('keyid="k0"', 'keyid="k9"'),
    "no key": lambda text: text.replace(';keyid="k0"', ""),
    "a key that is a number": lambda text: text.replace('keyid="k0"', "keyid=0"),
    "two keys": lambda text: text.replace('keyid="k0"', 'keyid="k0";keyid="k9"'),
    "no path": lambda text: text.replace(' "@path"', ""),
    "no method": lambda text: text.replace('"@method" ', ""),
    "no digest": lambda text: text.replace(' "content-digest"', ""),
    "no assertion": lambda text: text.replace(' "authorization"', ""),
    "nothing signed": lambda text: text.replace(text[text.index("(") : text.index(")") + 1], "()"),
    "parts in another order": lambda text: text.replace('"@method" "@path"', '"@path" "@method"'),
    "a part twice": lambda text: text.replace('"@path"', '"@path" "@path"'),
    "a part that there is none of": lambda text: text.replace('"@path"', '"@path" "x-none"'),
    "the answer's status": lambda text: text.replace('"@path"', '"@status"'),
    "a part of another request": lambda text: text.replace('"@path"', '"@path";req'),
    "a part as bytes": lambda text: text.replace('"authorization"', '"authorization";bs'),
    "another label": lambda text: text.replace("lmdt=", "other=", 1),
    "a label twice": lambda text: f"{text}, {text}",
    "a second label": lambda text: f"{text}, other={text.partition('=')[2]}",
    "parts without quotation marks": lambda text: text.replace('"@path"', "@path"),
    "a bracket that is not closed": lambda text: text.replace(")", ""),
    "a line break": lambda text: text.replace(" ", "\t"),
}


def _edited() -> Iterator[tuple[str, Line]]:
    for what, edit in EDITS.items():
        yield f"signed with {what}", (
            NOT_VOUCHED_FOR, changed(lambda s, edit=edit: s.having(Signature_Input=edit(s.header("Signature-Input")))),
        )  # fmt: skip
    edits: dict[str, Edit] = {
        "cut": lambda text: text[:-10] + ":", "without its end": lambda text: text[:-1], "upside down": lambda text: "lmdt=:" + text[-4:5:-1] + "=:",
        "of zeros": lambda text: "lmdt=:" + "A" * 86 + "==:", "of nothing": lambda _: "lmdt=::", "under another name": lambda text: text.replace("lmdt", "x"),
        "as text": lambda text: text.replace(":", '"'), "doubled": lambda text: text[:-1] + text[6:],
        "twice": lambda text: f"{text}, {text}", "with another's first": lambda text: f"lmdt=:AAAA:, {text}",
    }  # fmt: skip
    for what, edit in edits.items():
        yield f"a signature {what}", (NOT_VOUCHED_FOR, changed(lambda s, edit=edit: s.having(Signature=edit(s.header("Signature")))))
    digests: dict[str, Edit] = {
        "of another algorithm": lambda text: text.replace("sha-256", "sha-512"), "of a weak algorithm": lambda _: "md5=:1B2M2Y8AsgTpgAmY7PhCfg==:",
        "of nothing": lambda _: "sha-256=::", "cut": lambda text: text[:-5] + ":", "of two, one wrong": lambda text: f"{text}, sha-512=:AAAA:",
    }  # fmt: skip
    for what, edit in digests.items():
        yield f"a digest {what}", (
            NOT_VOUCHED_FOR, changed(lambda s, edit=edit: s.having(Content_Digest=edit(s.header("Content-Digest")))),
        )  # fmt: skip
    for name in ("Authorization", "Signature", "Signature-Input", "Content-Digest"):
        yield f"{name} twice, another's behind it", (
            NOT_VOUCHED_FOR, changed(lambda s, name=name: s._replace(headers=[*s.headers, (name, sent(assertion(org="HMRC")).header(name))])),
        )  # fmt: skip
        yield f"{name} twice, another's before it", (
            NOT_VOUCHED_FOR, changed(lambda s, name=name: s._replace(headers=[(name, sent(assertion(org="HMRC")).header(name)), *s.headers])),
        )  # fmt: skip


ASSERTIONS = table(_assertions, _claims, _grants, _signatures, _edited)
