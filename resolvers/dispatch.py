"""Errands to Tables: from the cache, or from the departments, all at once and each thing once.

Sharing is safe because it happens below the policy: what is kept and shared is a department's answer, keyed by what
it was asked and on whose behalf, where the department takes that into account. Decisions and disclosure control are
applied to it for each caller anew.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Container, Iterator, Mapping, Sequence
from dataclasses import replace

import httpx

from resolvers.acceptance import NotAccepted, accept
from resolvers.batch import APART, Batch, Flying, Lane, Want, calls_of
from resolvers.breaker import Breakers
from resolvers.cache import AnswerCache
from resolvers.catalogue import Catalogue, Holding
from resolvers.credential import credentialled
from resolvers.errors import DepartmentError, DepartmentMisanswered, DepartmentSilent, DepartmentUnavailable
from resolvers.orders import Answers, Order
from resolvers.protocols.connector import Connector, DatasetQuery
from resolvers.protocols.ees import EES
from resolvers.protocols.nomis import Nomis
from resolvers.protocols.share import Share
from resolvers.protocols.statxplore import StatXplore
from resolvers.recoded import recoded
from resolvers.source import Source, SourceError
from resolvers.table import Table
from resolvers.wire import Call, Wire, address

log = logging.getLogger("lmdt")
CONNECTORS: Mapping[str, Callable[[Source, Wire, str | None], Connector]] = {
    "share": Share,
    "statxplore": StatXplore,
    "ees": EES,
    "nomis": Nomis,
}
# While a request is out, what else is wanted of its dataset gathers for the next, for at most so many seconds; and when
# it is back for a moment more, in which those who waited for it may ask again.
GATHERED_FOR, MOMENT = 0.01, 0.008
# Records calls for operations, by their ids, whose own entries do not list them. Returns whether it did.
Later = Callable[[Sequence[str], Sequence[Call]], Awaitable[bool]]


class Dispatcher:
    """Sends requests to departments. One connector and one wire for each source. `patience`: seconds that one operation
    waits for all of them together. `later`: records calls that no operation waits for."""

    def __init__(
        self,
        catalogue: Catalogue,
        transport: httpx.AsyncBaseTransport,
        cache: AnswerCache,
        credentials: Mapping[str, str],
        patience: float = 60.0,
        later: Later | None = None,
    ) -> None:
        self._cache, self._catalogue = cache, catalogue
        self._measures, self._patience, self._later = catalogue.measures, patience, later
        self._breakers = Breakers()
        self._flying: dict[str, Want] = {}
        self._gathering: dict[Lane, Batch] = {}
        self._sent: dict[Lane, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.connectors: dict[str, Connector] = {
            name: recoded(_connector(source, Wire(source, transport), credentials), source)
            for name, source in catalogue.sources.items()
        }

    def by_source(self) -> Iterator[tuple[Source, Connector]]:
        """Every source with its connector."""
        return ((self._catalogue.sources[name], connector) for name, connector in self.connectors.items())

    async def fetch(self, orders: Sequence[Order], operation: str) -> Answers:
        """Every order answered, or failed, none waiting for another. `operation`: its id."""
        keys = [key for sent in orders if sent.request.kept_for for key in sent.keys]
        kept = dict(zip(keys, await self._cache.get(keys), strict=True))
        rows: list[list[Table | Flying]] = []
        wants: list[Want] = []
        for sent in orders:
            want, shown_for = Want(sent, operation), sent.request.holding.dataset.shown_for
            row = list[Table | Flying]()
            for part, key in zip(sent.request.slices, sent.keys, strict=True):
                table = kept.get(key)
                if table and table.age <= shown_for:
                    row.append(table)
                elif out := self._flying.get(key):
                    wants.append(out)
                    row.append(out.slices[key][1])
                else:
                    row.append(want.add(key, part))
            rows.append(row)
            if want.slices:
                wants.append(want)
                self._gather(want)
            if sent.request.holding.dataset.stale:
                self._renew(Want(sent, operation), kept)
        if flying := [sent for row in rows for sent in row if not isinstance(sent, Table)]:
            # Whoever asks may go: what is asked for comes all the same, for others who wait for it.
            await asyncio.wait(flying, timeout=self._patience)
        tables = [
            [
                sent if isinstance(sent, Table) else self._landed(sent, order, kept.get(key))
                for sent, key in zip(row, order.keys, strict=True)
            ]
            for row, order in zip(rows, orders, strict=True)
        ]
        for want in wants:
            want.left = want.left or want.operation == operation
        return Answers(tables, calls_of(operation, wants))

    def _landed(self, flying: Flying, order: Order, old: Table | None) -> Table | DepartmentError:
        """What became of what was asked for, by the time that the operation has. `old`: the last answer, which may be
        shown where the department did not answer."""
        if flying.done():
            error = flying.exception()
        else:
            source = order.request.holding.source
            error = DepartmentSilent(source.department, f"no answer within the {self._patience:g} s of the operation")
            error.at = address(source)
        if not isinstance(error, DepartmentError):
            return flying.result()
        if isinstance(error, DepartmentUnavailable) and old is not None and old.age <= order.request.kept_for:
            return replace(old, outdated=error)
        return error

    async def forget(self, orders: Sequence[Order], departments: Container[str]) -> None:
        """What is kept of these departments' answers to these orders is asked for anew the next time."""
        for order in orders:
            if order.request.holding.source.department in departments:
                await self._cache.forget(order.keys)

    async def close(self) -> None:
        """Gives up what is still being asked: nobody waits for it any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _renew(self, want: Want, kept: Mapping[str, Table | None]) -> None:
        """Asks anew for what may still be shown but is old. Nobody waits for it."""
        want.left = True
        for part, key in zip(want.order.request.slices, want.order.keys, strict=True):
            table = kept[key]
            dataset = want.order.request.holding.dataset
            if table and key not in self._flying and dataset.cache < table.age <= dataset.shown_for:
                want.add(key, part).add_done_callback(_note_renewal)
        if want.slices:
            self._gather(want)

    def _gather(self, want: Want) -> None:
        """Puts a want into the batch that is gathering in its lane, or into a new one."""
        holding = want.order.request.holding
        common = None if holding.source.protocol in APART else want.common
        lane = (holding.key, want.order.terms.key, common)
        batch = self._gathering.get(lane)
        if batch is None or not batch.takes(want, common):
            batch = self._gathering[lane] = Batch()
            task = asyncio.get_running_loop().create_task(self._send(lane, batch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        batch.add(want)
        for key in want.slices:
            self._flying[key] = want

    async def _send(self, lane: Lane, batch: Batch) -> None:
        """Sends what has gathered in a lane: at once, or when what was sent before is back."""
        ahead = self._sent.get(lane)
        if ahead is None:
            await asyncio.sleep(0)
        else:
            await asyncio.wait((ahead,), timeout=GATHERED_FOR)
            await asyncio.sleep(MOMENT)
        if self._gathering.get(lane) is batch:
            del self._gathering[lane]
        task = asyncio.current_task()
        if task:
            self._sent[lane] = task
        try:
            await self._fulfil(batch.wants)
        finally:
            if self._sent.get(lane) is task:
                del self._sent[lane]

    async def _fulfil(self, wants: Sequence[Want], error: Exception | None = None) -> None:
        """Asks for what is wanted, in one go, and tells everyone who waits for it. `error`: how that failed already."""
        error = error or await self._failure(wants)
        if error is None:
            return
        if len(wants) > 1 and not isinstance(error, DepartmentSilent):
            # It may be what one of them asks for that the department will not have or bear: it is looked for in halves.
            halves = (wants[: len(wants) // 2], wants[len(wants) // 2 :])
            errors = await asyncio.gather(*(self._failure(half) for half in halves))
            if not all(isinstance(failure, DepartmentUnavailable) for failure in errors):
                failed = [(half, failure) for half, failure in zip(halves, errors, strict=True) if failure]
                await asyncio.gather(*(self._fulfil(half, failure) for half, failure in failed))
                return
        for want in wants:
            for key, (_, flying) in want.slices.items():
                self._flying.pop(key, None)
                if not flying.done():
                    flying.set_exception(error)
                    # Whoever waited may have gone; an error that nobody fetched is nobody's.
                    flying.exception()

    async def _failure(self, wants: Sequence[Want]) -> Exception | None:
        """Asks for what is wanted and tells everyone who waits for it what was answered; None, or why nothing was."""
        calls = list[Call]()
        for want in wants:
            want.asked.append(calls)
        holding, terms = wants[0].order.request.holding, wants[0].order.terms
        wanted = {key: pair for want in wants for key, pair in want.slices.items()}
        slices = tuple(part for part, _ in wanted.values())
        try:
            assertion = None
            if terms.assertion:
                operations = list(dict.fromkeys(want.operation for want in wants))
                assertion = terms.assertion([want.order.request for want in wants], operations)
            evidence = any(part.evidence for part in slices)
            tables = await self._ask(holding, DatasetQuery(holding.dataset, slices, evidence, assertion, calls))
        except Exception as error:
            if isinstance(error, DepartmentError):
                error.at = address(holding.source)
                error.__traceback__ = None
            await self._recorded(wants, calls)
            return error
        recorded = await self._recorded(wants, calls)
        for failure in (failure for table in tables for failure in table.failures.values()):
            failure.at = address(holding.source)
        for (key, (_, flying)), table in zip(wanted.items(), tables, strict=True):
            self._flying.pop(key, None)
            flying.set_result(table)
        kept_for = {key: want.order.request.kept_for for want in wants for key in want.slices}
        for (key, seconds), table in zip(kept_for.items(), tables, strict=True):
            if seconds and recorded and not table.failures:
                await self._cache.put(key, table, seconds)
        return None

    async def _recorded(self, wants: Sequence[Want], calls: Sequence[Call]) -> bool:
        """Has calls recorded for operations that waited for them no more. Returns whether it was done: what is not in
        the record is not kept for others."""
        told = set[int]()
        while calls and self._later and (late := [want for want in wants if want.left and id(want) not in told]):
            told.update(map(id, late))
            if not await self._later([want.operation for want in late], calls):
                return False
        return True

    async def _ask(self, holding: Holding, ask: DatasetQuery) -> tuple[Table, ...]:
        """One Table for each Slice, as accepted. Raises DepartmentError and nothing else: whatever goes wrong while an
        answer is read is that department's failure, and no other's."""
        department, dataset = holding.source.department, ask.dataset.id
        try:
            async with self._breakers.watched(holding.source.name, department):
                return accept(await self.connectors[holding.source.name].answer(ask), ask.slices, self._measures)
        except DepartmentError:
            raise
        except NotAccepted as error:
            raise DepartmentMisanswered(department, f"{dataset}: {error}") from error
        except Exception as error:
            extra = {"event": "department", "department": department, "dataset": dataset}
            log.exception("an answer could not be read", extra=extra)
            raise DepartmentMisanswered(department, f"{dataset}: {type(error).__name__}: {error}") from error


def _note_renewal(done: Flying) -> None:
    """What went wrong with a renewal is told to the log."""
    if not done.cancelled() and (error := done.exception()):
        log.warning("an answer could not be renewed", extra={"event": "department", "cause": str(error)})


def _connector(source: Source, wire: Wire, credentials: Mapping[str, str]) -> Connector:
    """The connector of a source's protocol. Raises SourceError naming the file."""
    try:
        connector = CONNECTORS[source.protocol](source, wire, credentials.get(source.credential or "") or None)
        return credentialled(connector, source, credentials)
    except SourceError as error:
        raise SourceError(*error.problems, file=f"{source.name}.toml") from error
