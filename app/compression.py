"""Answers compressed as the caller accepts it: by zstd where it may be, otherwise by gzip."""

import gzip
from collections.abc import Callable, Mapping

import zstandard

# Bytes below which compressing costs more than it saves.
WORTH = 1024
# The first that is accepted: zstd at this level makes answers smaller than gzip does, for a quarter of the CPU.
CODINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "zstd": lambda body: zstandard.ZstdCompressor(level=1).compress(body),
    "gzip": lambda body: gzip.compress(body, compresslevel=3),
}


def compressed(body: bytes, accepted: str | None) -> tuple[bytes, str | None]:
    """The body as an Accept-Encoding header allows, and its Content-Encoding, if any."""
    if not accepted or len(body) < WORTH:
        return body, None
    weights = _weights(accepted)
    for coding, compress in CODINGS.items():
        if weights.get(coding, weights.get("*", 0.0)) > 0:
            return compress(body), coding
    return body, None


def _weights(accepted: str) -> dict[str, float]:
    """How much each content coding is wanted; one whose weight cannot be read is not."""
    weights: dict[str, float] = {}
    for coding in accepted.lower().split(","):
        name, _, parameter = (part.strip() for part in coding.partition(";"))
        try:
            weights[name] = float(parameter.removeprefix("q=")) if parameter else 1.0
        except ValueError:
            weights[name] = 0.0
    return weights
