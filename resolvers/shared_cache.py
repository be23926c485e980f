"""Departments' answers in a Redis, for gateways that share what they were told."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
from aiocache.backends.redis import RedisCache

from resolvers.cache import TableSerializer

# How tables are written: raised when that changes, so that gateways of two versions do not misread each other.
FORM = 2
# Seconds an operation may take. A department is seldom slower than a cache that is slower than this.
TIMEOUT = 1.0


class SharedCache(RedisCache):
    """aiocache's Redis backend, holding tables as bytes."""

    def __init__(self, url: str, readings: Iterable[Path]) -> None:
        """`url`: redis[s]://[[user]:password@]host[:port][/database]. `readings`: the source files, by which the same
        answer may be read otherwise: only gateways that read alike share."""
        address = httpx.URL(url)
        super().__init__(
            TableSerializer(),
            endpoint=address.host,
            port=address.port or 6379,
            db=int(address.path.strip("/") or 0),
            password=address.password or None,
            ssl=address.scheme == "rediss",
            connection_pool_kwargs={"username": address.username or None},
            create_connection_timeout=TIMEOUT,
            namespace=f"lmdt:{FORM}:{_fingerprint(readings)}",
            timeout=TIMEOUT,
        )

    async def _close(self, *_: Any, **__: Any) -> None:
        await self.client.aclose()


def _fingerprint(files: Iterable[Path]) -> str:
    """The same for the same files in any folder."""
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda path: path.name):
        digest.update(f"{file.name}\n".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]
