"""Bodies that came compressed, made plain: at most so many bytes of them, whatever they were made to become."""

import zlib

from reference.errors import TrustError

# The codings that are asked for: of all else the body is taken as it is, and then cannot be read.
CODINGS = frozenset({"gzip", "x-gzip", "deflate"})
# Window bits by which zlib reads what begins as gzip or zlib does, and what is bare deflate.
EITHER, BARE = 47, -15
# Bytes that are inflated at once. All at once would take twice the memory while it grows.
PIECE = 1_000_000


class NotInflated(TrustError, ValueError):
    """A body that is not as it says it is encoded."""


class InflatedTooFar(NotInflated):
    """A body that is larger than is allowed."""


def inflate(body: bytes, coding: str, limit: int) -> bytes:
    """A body in one of CODINGS, plain. Raises NotInflated."""
    bits = EITHER
    if coding == "deflate" and body and (body[0] & 0x0F) != 8:
        bits = BARE
    plain, rest = list[bytes](), body
    size = 0
    try:
        while rest or not plain:
            reader = zlib.decompressobj(bits)
            while not reader.eof:
                piece = reader.decompress(rest, PIECE)
                rest = reader.unconsumed_tail
                size += len(piece)
                if size > limit:
                    plain.clear()  # by its traceback the error would hold them
                    raise InflatedTooFar(f"more than {limit} bytes, once inflated")
                if not piece and not rest and not reader.eof:
                    raise NotInflated("not as it is encoded: it ends before its end")
                plain.append(piece)
            # gzip may be several members, one after the other.
            rest = reader.unused_data if bits == EITHER and coding != "deflate" else b""
    except zlib.error as error:
        raise NotInflated(f"not as it is encoded: {error}") from error
    return b"".join(plain)
