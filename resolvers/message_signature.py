"""HTTP Message Signatures (RFC 9421): a request to a share node is signed as it stands, so that the assertion in it is
good for this one question, once."""

import base64
import hashlib
import time
import uuid
from collections.abc import Callable, Mapping

COVERED = ("@method", "@path", "content-digest", "authorization")
TAG = "lmdt"
# The signature of some bytes, as RFC 9421 has it for the algorithm.
SignBytes = Callable[[bytes], bytes]


def signature(
    method: str,
    path: str,
    body: bytes,
    authorization: str,
    *,
    key_id: str,
    sign: SignBytes,
    algorithm: str = "ed25519",
) -> Mapping[str, str]:
    """The headers that sign a request: Content-Digest (RFC 9530), Signature-Input and Signature. `algorithm`: by its
    name in RFC 9421."""
    digest = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
    named = " ".join(f'"{name}"' for name in COVERED)
    nonce = uuid.uuid4().hex
    parameters = f'({named});created={int(time.time())};keyid="{key_id}";alg="{algorithm}";nonce="{nonce}";tag="{TAG}"'
    values = zip(COVERED, (method, path, digest, authorization), strict=True)
    lines = [*(f'"{name}": {value}' for name, value in values), f'"@signature-params": {parameters}']
    signed = base64.b64encode(sign("\n".join(lines).encode())).decode()
    return {"Content-Digest": digest, "Signature-Input": f"{TAG}={parameters}", "Signature": f"{TAG}=:{signed}:"}
