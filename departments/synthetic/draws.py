"""Chance that falls the same way on every machine, and whole numbers drawn with it."""

import zlib

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def seed(name: str) -> np.random.Generator:
    """Random numbers that are the same for a name on every machine."""
    return np.random.Generator(np.random.PCG64(zlib.crc32(name.encode())))


def wobbled(name: str, shares: Floats, places: int, spread: float) -> Floats:
    """Shares for each of some places, near the given ones and adding up to 1 over the given axes."""
    raw = shares * np.exp(seed(name).normal(0, spread, (places, *shares.shape)))
    return raw / raw.sum(axis=tuple(range(1, raw.ndim)), keepdims=True)


def whole(values: Floats, name: str) -> NDArray[np.int32]:
    """Whole numbers whose sums stay true: rounded up or down at random in proportion to the fraction."""
    drawn = seed(f"whole:{name}").random(values.shape, dtype=np.float32)
    return np.floor(values + drawn).astype(np.int32)


def apportioned(totals: Floats, shares: Floats, name: str) -> Floats:
    """Whole totals split by shares along a new last axis into whole parts that add up to them exactly."""
    edges = totals[..., None] * np.cumsum(shares / shares.sum(axis=-1, keepdims=True), axis=-1)
    edges[..., -1] = totals
    drawn = seed(f"apportioned:{name}").random(totals.shape)[..., None]
    return np.diff(np.floor(edges + drawn), axis=-1, prepend=0.0)
