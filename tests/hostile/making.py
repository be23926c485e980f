"""How tokens are made that no issuer would make, beside those that an issuer makes."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

NAME, AUDIENCE = "https://login.example/", "trust"
RSA, P256, ED = (
    rsa.generate_private_key(65537, 2048),
    ec.generate_private_key(ec.SECP256R1()),
    Ed25519PrivateKey.generate(),
)
SIGNED_BY = {"rsa": ("RS256", RSA), "ec": ("ES256", P256), "ed": ("EdDSA", ED)}
SPOKEN_FOR = ("DWP", "HMRC", "DfE", "BEIS", "ONS", "GMCA")


def jwk(kid: str, key: Any, algorithm: str, **more: str) -> dict[str, Any]:
    """The public half of a key, as a JWK."""
    public = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
    return {**public, "kid": kid, **more}


JWKS = {"keys": [jwk(kid, key, algorithm) for kid, (algorithm, key) in SIGNED_BY.items()]}


def claims(**changed: Any) -> dict[str, Any]:
    """What a good token claims, with some of it otherwise; `...` takes a claim away."""
    now = int(time.time())
    content = {
        "iss": NAME, "aud": AUDIENCE, "sub": "someone", "exp": now + 600, "iat": now,
        "org": "DfE", "roles": ["analyst"], "purposes": ["skills-planning"], **changed,
    }  # fmt: skip
    return {name: value for name, value in content.items() if value is not ...}


def token(kid: str | None = "ed", header: Mapping[str, Any] | None = None, **changed: Any) -> str:
    """A token as an issuer makes it."""
    algorithm, key = SIGNED_BY[kid or "ed"]
    return jwt.encode(claims(**changed), key, algorithm, headers={**({"kid": kid} if kid else {}), **(header or {})})


def plain(value: object) -> bytes:
    """A value as JSON, Infinity and lone surrogates and all; bytes as they are."""
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def b64(part: bytes) -> str:
    """As JWTs have it."""
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def unsigned(header: object, payload: object) -> str:
    """What is signed of a token."""
    return f"{b64(plain(header))}.{b64(plain(payload))}"


def signed_token(header: object, payload: object, key: Any = ED) -> str:
    """A token over any header and payload, or over any bytes in their places, signed with an Ed25519 key."""
    head = unsigned(header, payload)
    return f"{head}.{b64(key.sign(head.encode()))}"


def by_secret(secret: bytes, kid: str, algorithm: str = "HS256", payload: object = None) -> str:
    """A token that is signed with a shared secret: with good claims, unless others are given."""
    head = unsigned({"alg": algorithm, "kid": kid}, claims() if payload is None else payload)
    hashed = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[algorithm]
    return f"{head}.{b64(hmac.new(secret, head.encode(), hashed).digest())}"


Sent = list[str] | list[bytes]
GOOD = {"alg": "EdDSA", "kid": "ed"}


def bearer(make: Callable[[], str]) -> Callable[[], Sent]:
    """One header with a token."""
    return lambda: [f"Bearer {make()}"]


def with_header(header: object) -> Callable[[], Sent]:
    """A token whose claims are good, under another header, rightly signed."""
    return bearer(lambda: signed_token(header, claims()))


def with_claims(**changed: Any) -> Callable[[], Sent]:
    """A token with other claims, rightly signed."""
    return bearer(lambda: signed_token(GOOD, claims(**changed)))
