"""Has the witnesses of the log cosign its newest checkpoint, all of them at once. Nobody waits for them."""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import httpx

from app.asked_witness import AskedWitness
from app.settings import SettingsError
from transparency import note
from transparency.checkpoint import Checkpoint
from transparency.note import Key, Signature
from transparency.policy import NONE, Policy, PolicyWrong
from trust.log.published import LogUnreadable
from trust.log.witnessing import Last, Witnessing

log = logging.getLogger("lmdt")
# Seconds between two looks at whether the log has gone on, and for which one that goes on is not behind.
EVERY, RECENT = 0.5, 10


class _Target:
    """The checkpoint that all are asked to cosign. `by`: names and ids of the keys that have; `is_met`: the quorum."""

    def __init__(self, books: Witnessing, signed: str, last: Last) -> None:
        self.signed = signed
        self.by = {(one.name, one.id) for one in _signatures(last.cosigned)}
        self.is_met = last.cosigned is not None and last.cosigned == last.witnessed
        self._books, self._size = books, _size(signed)
        self._new: list[Signature] = []
        self._keeping = asyncio.Lock()
        self._proofs: dict[int, asyncio.Task[Sequence[bytes]]] = {}

    async def proof(self, old: int) -> Sequence[bytes]:
        """That it goes on from there: made once for all that ask."""
        made = self._proofs.get(old)
        if made is None or (made.done() and made.exception()):
            self._proofs[old] = asyncio.create_task(asyncio.to_thread(self._books.proof, old, self._size))
        return await asyncio.shield(self._proofs[old])

    async def keep(self, *signatures: Signature) -> None:
        """Keeps them, and those that could not be kept before."""
        self._new += signatures
        self.by |= {(one.name, one.id) for one in signatures}
        async with self._keeping:
            new = [*self._new]
            if new:
                with suppress(LogUnreadable):
                    self.is_met = await asyncio.to_thread(self._books.keep, self.signed, new)
                    del self._new[: len(new)]


class Witnesses:
    """Those of a policy. One gateway asks them, whatever the number of workers and hosts."""

    def __init__(self, http: httpx.AsyncClient, policy: Policy, books: Witnessing) -> None:
        self._books = books
        self._witnesses = [AskedWitness(http, name, key, policy.urls[name]) for name, key in policy.witnesses.items()]
        self.keys = list(policy.witnesses.values())
        self._known = {(key.name, key.id) for key in self.keys}
        self._target: _Target | None = None
        self._last = Last(None, None, None)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Asks until it is closed."""
        self._task = asyncio.create_task(self._keep_asking())

    async def close(self) -> None:
        """Gives up what is being asked, and lets another gateway ask."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for one in self._witnesses:
            await one.close()
        with suppress(LogUnreadable):
            await asyncio.to_thread(self._books.let_go)

    async def _keep_asking(self) -> None:
        stands_still = False
        while True:
            try:
                await self.look()
                stands_still = False
            except Exception as error:
                if not stands_still:
                    log.warning("no witness is asked", extra={"event": "witness", "cause": str(error)})
                stands_still = True
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """Looks whether the log has gone on, and begins to ask whoever is to be asked. Raises LogUnreadable."""
        last = self._last = await asyncio.to_thread(self._books.last)
        if last.signed is None or not await asyncio.to_thread(self._books.is_our_turn):
            self._target = None
            return
        waits = any(one.is_asked for one in self._witnesses)
        # All are asked for one until its quorum is met or nobody is waited for: slow ones would never meet otherwise.
        if self._target is None or (self._target.signed != last.signed and (self._target.is_met or not waits)):
            self._target = _Target(self._books, last.signed, last)
        target = self._target
        await target.keep()
        for one in self._witnesses:
            if one.is_due and (one.key.name, one.key.id) not in target.by:
                one.ask(target.signed, target.proof, target.keep)

    @property
    def behind(self) -> int:
        """Entries that were signed since the last checkpoint whose quorum is met."""
        return _size(self._last.signed) - _size(self._last.witnessed)

    def described(self) -> Mapping[str, object]:
        """How far it is: how many witnesses are under the last checkpoint whose quorum is met, how far it is behind,
        and how many seconds ago it was cosigned."""
        under = [one for one in _signatures(self._last.witnessed) if (one.name, one.id) in self._known]
        seen = max((note.seen_at(one.signature) for one in under), default=None)
        seconds = None if seen is None else max(0, int(time.time()) - seen)
        return {
            "cosigned": len(under),
            "of": len(self._witnesses),
            "quorum": "met" if seconds is not None and (not self.behind or seconds < RECENT) else "not met",
            "behind": self.behind,
            "seconds": seconds,
        }


def _signatures(signed: str | None) -> Sequence[Signature]:
    return note.read(signed).signatures if signed else ()


def _size(signed: str | None) -> int:
    return Checkpoint.signed(signed).size if signed else 0


def policy_of(file: Path, log_key: Key) -> Policy:
    """The policy that a file says, by which this log is witnessed. Raises SettingsError."""
    try:
        policy = Policy.read(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, PolicyWrong) as error:
        raise SettingsError(f"LMDT_WITNESSES: {file}: {error}.") from error
    if log_key not in policy.logs:
        raise SettingsError(f"LMDT_WITNESSES: {file} does not have this log. It needs the line: log {log_key}")
    if policy.quorum == NONE:
        raise SettingsError(f"LMDT_WITNESSES: {file} has no quorum. Set nothing where none is needed.")
    for name in policy.witnesses:
        if not policy.urls.get(name, "").startswith(("https://", "http://")):
            raise SettingsError(f"LMDT_WITNESSES: {file}: witness {name} needs the address at which it is asked.")
    return policy
