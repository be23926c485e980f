"""lmdt audit verify --witnesses: whether the log is the one that its witnesses have seen."""

import asyncio
import hashlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from app.commands.exits import DONE, NO, WRONG, Misused
from app.transport import Transport
from reference.errors import TrustError
from transparency import note
from transparency.checkpoint import Checkpoint
from transparency.note import Key, NoteWrong
from transparency.policy import Policy, PolicyWrong

if TYPE_CHECKING:
    from trust.log.published import Published

# Seconds and bytes that a witness may take.
PATIENCE, MOST = 10.0, 65_536


class Unasked(TrustError):
    """A witness tells nothing that the log could be held to: says why."""


def told(file: Path | None, keys: Sequence[Key]) -> Mapping[str, Checkpoint | Unasked]:
    """What each witness of a policy, if there is one, has cosigned last of the log with these keys. Raises Misused."""
    if file is None:
        return {}
    try:
        policy = Policy.read(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, PolicyWrong) as error:
        raise Misused(f"--witnesses {file}: {error}.") from error
    return asyncio.run(_ask_all(policy, keys))


async def _ask_all(policy: Policy, keys: Sequence[Key]) -> Mapping[str, Checkpoint | Unasked]:
    async with httpx.AsyncClient(transport=Transport()) as http:
        asked = [_told(http, policy.urls.get(name, ""), key, keys) for name, key in policy.witnesses.items()]
        return dict(zip(policy.witnesses, await asyncio.gather(*asked), strict=True))


async def _told(http: httpx.AsyncClient, url: str, key: Key, keys: Sequence[Key]) -> Checkpoint | Unasked:
    address = f"{url}/{hashlib.sha256(keys[0].name.encode()).hexdigest()}/checkpoint"
    try:
        async with asyncio.timeout(PATIENCE), http.stream("GET", address) as reply:
            return _checkpoint(await _read(reply), key, keys)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError, NoteWrong) as error:
        return Unasked(str(error) or type(error).__name__)
    except Unasked as error:
        return error


async def _read(reply: httpx.Response) -> str:
    if reply.status_code == 404:
        raise Unasked("it has cosigned nothing of this log")
    if reply.status_code != 200:
        raise Unasked(f"it answers with HTTP {reply.status_code}")
    body = bytearray()
    async for piece in reply.aiter_raw():
        body += piece
        if len(body) > MOST:
            raise Unasked(f"it answers more than {MOST} bytes")
    return body.decode("utf-8", "replace")


def _checkpoint(signed: str, key: Key, keys: Sequence[Key]) -> Checkpoint:
    received = note.read(signed)
    for trusted in (keys, [key]):
        note.believed(received, trusted)
    checkpoint = Checkpoint.read(received.text)
    if checkpoint.origin != keys[0].name:
        raise Unasked(f"it answers of the log {checkpoint.origin}")
    return checkpoint


def hold(published: "Published", answers: Mapping[str, Checkpoint | Unasked]) -> int:
    """Says of each witness whether the log is the one that it has seen: NO where one has seen another, WRONG where one
    could not be asked. Raises LogUnreadable."""
    codes = {DONE}
    for name, answer in answers.items():
        if isinstance(answer, Unasked):
            codes.add(WRONG)
            print(f"Witness {name} cannot be asked: {answer}.", file=sys.stderr)
            continue
        root = published.root(answer.size)
        if root == answer.root:
            print(f"Witness {name} has cosigned the first {answer.size} entries as they are here.")
            continue
        codes.add(NO)
        differs = "which are not all here" if root is None else "which are others here"
        print(f"Witness {name} has cosigned {answer.size} entries, {differs}.", file=sys.stderr)
    return NO if NO in codes else max(codes)
