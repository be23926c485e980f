"""Answers compressed as the caller accepts it: by zstd where it may be, otherwise by gzip."""

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

import zstandard

# Bytes below which compressing costs more than it saves.
WORTH = 1024


class Compressor(Protocol):
    """Compresses a body in pieces."""

    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


# The first that is accepted: zstd at this level makes answers smaller than gzip does, for a quarter of the CPU. Made
# for a body of so many bytes, or of -1 where that is not known.
CODINGS: Mapping[str, Callable[[int], Compressor]] = {
    "zstd": lambda size: zstandard.ZstdCompressor(level=1).compressobj(size=size),
    "gzip": lambda _: zlib.compressobj(3, wbits=31),
}


def compressed(body: bytes, accepted: str | None) -> tuple[bytes, str | None]:
    """The body as an Accept-Encoding header allows, and its Content-Encoding, if any."""
    coding = _coding(accepted) if len(body) >= WORTH else None
    return (b"".join(_each(CODINGS[coding](len(body)), (body,))), coding) if coding else (body, None)


def compressed_chunks(body: Iterator[bytes], accepted: str | None) -> tuple[Iterator[bytes], str | None]:
    """The same for a body in pieces, each compressed when it is read."""
    coding = _coding(accepted)
    return (_each(CODINGS[coding](-1), body), coding) if coding else (body, None)


def _each(compressor: Compressor, body: Iterable[bytes]) -> Iterator[bytes]:
    for piece in body:
        if made := compressor.compress(piece):
            yield made
    yield compressor.flush()


def _coding(accepted: str | None) -> str | None:
    """The first of our codings that is accepted."""
    if not accepted:
        return None
    weights = _weights(accepted)
    return next((coding for coding in CODINGS if weights.get(coding, weights.get("*", 0.0)) > 0), None)


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
