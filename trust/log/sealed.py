"""An entry as it is hashed, and its parts, which it commits to by their hashes.

Each part has readers of its own, and may be opened or not: the entry, its hash and its proof are the same for all.
A part is canonical JSON with a random salt in it, so that its SHA-256 gives nothing away. `part` says what it is:

- `caller`: `who` it is about, and for an operation the SHA-256 of the query. The entry has its hash as `caller`.
- `answer`: SHA-256 of the data that were given, and how many `bytes` those are. The entry has its hash as `answer`.
- of one `owner`, `decisions`: what was `granted` and `refused` of its data; `uses`: how much was read under its
  agreements; `calls`: how that department was asked. The entry has their hashes, sorted, as `parts`: so it does not say
  whose they are.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from trust.log.entry import SALT, Part, Said, canonical


class Sealed(NamedTuple):
    """An entry as it stays, and its parts, one a line."""

    entry: bytes
    parts: bytes


def sealed(said: Said, who: str | None) -> Sealed:
    """An entry as it stays: with `who` it is about."""
    entry, parts = dict(said.entry), list[bytes]()
    owned = () if said.owned is None else tuple(said.owned)
    salts = os.urandom(SALT * (2 + len(owned))).hex()

    def commit(part: Part) -> str:
        at = 2 * SALT * len(parts)
        salt = salts[at : at + 2 * SALT]
        if isinstance(part, bytes):
            text = b'%s,"salt":"%s"}' % (part[:-1], salt.encode())
        else:
            text = canonical({**part, "salt": salt})
        parts.append(text)
        return hashlib.sha256(text).hexdigest()

    if said.caller is not None:
        entry["caller"] = commit({**said.caller, "part": "caller", "who": who})
    if said.answer is not None:
        entry["answer"] = commit({**said.answer, "part": "answer"})
    if said.owned is not None:
        entry["parts"] = sorted([commit(part) for part in owned])
    return Sealed(canonical(entry), b"\n".join(parts))


def opened(parts: bytes) -> Iterator[tuple[bytes, Mapping[str, Any]]]:
    """The parts of an entry, each as the text that was hashed, and what it says."""
    return ((text, orjson.loads(text)) for text in parts.split(b"\n") if text)


def commitments(entry: Mapping[str, Any]) -> set[str]:
    """The hashes of all parts of an entry."""
    return {one for one in (entry.get("caller"), entry.get("answer"), *entry.get("parts", ())) if one}


def agree(entry: bytes, parts: Sequence[bytes]) -> bool:
    """Whether these are all the parts that an entry commits to, and no others."""
    kept = [hashlib.sha256(text).hexdigest() for text in parts]
    return len(kept) == len(set(kept)) and set(kept) == commitments(orjson.loads(entry))
