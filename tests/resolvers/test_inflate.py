"""What came compressed is made plain, and never more of it than is allowed."""

import gzip
import tracemalloc
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.inflate import NotInflated, inflate


def bare(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@given(st.binary(max_size=5_000))
def test_every_body_comes_back_as_it_was(body: bytes) -> None:
    assert inflate(gzip.compress(body), "gzip", 5_000) == body
    assert inflate(zlib.compress(body), "deflate", 5_000) == body
    assert inflate(gzip.compress(body[:10]) + gzip.compress(body[10:]), "gzip", 5_000) == body


def test_deflate_is_read_with_and_without_its_wrapping() -> None:
    body = b'{"figures": [1, 2, 3]}' * 20
    assert inflate(zlib.compress(body), "deflate", 1_000) == inflate(bare(body), "deflate", 1_000) == body


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_body_that_is_far_larger_inside_takes_no_more_memory_than_is_allowed(coding: str) -> None:
    packed = (gzip.compress if coding == "gzip" else zlib.compress)(bytes(50_000_000))
    tracemalloc.start()
    with pytest.raises(NotInflated, match="more than 1000000 bytes"):
        inflate(packed, coding, 1_000_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


def test_a_body_that_was_too_large_is_not_held_by_its_error() -> None:
    packed = gzip.compress(bytes(20_000_000))
    tracemalloc.start()
    with pytest.raises(NotInflated) as raised:
        inflate(packed, "gzip", 10_000_000)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert raised.value.__traceback__ is not None
    assert held < 3_000_000


def test_many_small_members_together_are_bounded_too() -> None:
    with pytest.raises(NotInflated, match="more than 1000 bytes"):
        inflate(gzip.compress(b"a" * 100) * 11, "gzip", 1_000)


@given(st.binary(min_size=1, max_size=200), st.integers(0, 250), st.sampled_from(["gzip", "deflate"]))
def test_what_is_damaged_is_an_error_or_what_it_was(body: bytes, at: int, coding: str) -> None:
    packed = bytearray((gzip.compress if coding == "gzip" else zlib.compress)(body))
    packed[at % len(packed)] ^= 0x10
    with suppress(NotInflated):
        assert len(inflate(bytes(packed), coding, 10_000)) <= 10_000
    with pytest.raises(NotInflated):
        inflate(bytes(packed[:-5]), coding, 10_000)
