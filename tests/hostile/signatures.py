"""Requests that somebody may send to a share node with a good assertion, by what else they are: the status that answers
them, and how they are made. One more is one line."""

from collections.abc import Callable, Iterator, Mapping

import orjson
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from tests.departments.share_desk import assertion, question, signed
from tests.hostile.asking_nodes import (
    NOT_VOUCHED_FOR,
    NOW,
    OK,
    STRANGER,
    Line,
    changed,
    sent,
)  # fmt: skip
from tests.hostile.lines import table


def _signatures() -> Iterator[tuple[str, Line]]:
    yield "as it should be", (OK, sent)
    yield "to the same address, written otherwise", (OK, changed(lambda s: s._replace(path="/v1/datasets/p%61y/query")))
    yield "the same again", (NOT_VOUCHED_FOR, lambda: sent()._replace(before=True))
    for name in ("Authorization", "Signature", "Signature-Input", "Content-Digest"):
        yield f"without {name}", (NOT_VOUCHED_FOR, changed(lambda s, name=name: s.having(**{name: None})))
        yield f"with an empty {name}", (NOT_VOUCHED_FOR, changed(lambda s, name=name: s.having(**{name: ""})))
        yield (
            f"{name} of another request",
            (
                NOT_VOUCHED_FOR,
                changed(
                    lambda s, name=name: s.having(
                        **{name: sent(assertion(org="DWP"), areas=["E06000001"]).header(name)}
                    )
                ),
            ),
        )
        for junk in (
            "x",
            "((",
            '"',
            "lmdt",
            "lmdt=",
            "lmdt=()",
            "=",
            "\u00e9",
            ",",
            "lmdt=:::",
            "lmdt=?1",
            "x" * 20_000,
        ):
            yield (
                f"{name} is {junk[:9]!r}",
                (NOT_VOUCHED_FOR, changed(lambda s, name=name, junk=junk: s.having(**{name: junk}))),
            )
    for what, asked in {"places": {"areas": ["E06000001"]}, "measures": {"measures": ["medianMonthlyPay"]},
                        "periods": {"periods": {"from": "2023-01", "to": "2023-04"}}, "facets": {"by": ["SEX"]},
                        "evidence": {"evidence": False}}.items():  # fmt: skip
        body = orjson.dumps(question(**asked))
        yield f"other {what}", (NOT_VOUCHED_FOR, changed(lambda s, body=body: s._replace(body=body)))
        yield (
            f"other {what} with a digest of their own",
            (
                NOT_VOUCHED_FOR,
                changed(
                    lambda s, body=body: s._replace(body=body).having(
                        Content_Digest=signed(body, "x")["Content-Digest"]
                    )
                ),
            ),
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
    yield (
        "another scheme",
        (
            NOT_VOUCHED_FOR,
            changed(lambda s: s.having(Authorization=s.header("Authorization").replace("Bearer", "DPoP"))),
        ),
    )


Edit = Callable[[str], str]
EDITS: Mapping[str, Edit] = {
    "another nonce": lambda text: text.replace('nonce="', 'nonce="0'),
    "no nonce": lambda text: ";".join(part for part in text.split(";") if not part.startswith("nonce")),
    "an empty nonce": lambda text: text.replace(text.split('nonce="')[1].split('"')[0], ""),
    "no time": lambda text: ";".join(part for part in text.split(";") if not part.startswith("created")),
    "a later time": lambda text: text.replace(
        f"created={text.split('created=')[1].split(';')[0]}", f"created={NOW + 30}"
    ),
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
        yield (
            f"a signature {what}",
            (NOT_VOUCHED_FOR, changed(lambda s, edit=edit: s.having(Signature=edit(s.header("Signature"))))),
        )
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


SIGNATURES = table(_signatures, _edited)
