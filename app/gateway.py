"""What a gateway is made of, as one readable list."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from app import issuer
from app.acting import Acting
from app.beside import Beside
from app.denied import Denied
from app.documents import Documents
from app.execution import QueryEngine
from app.identity import Identity
from app.kept import shares
from app.limits import Allowance, Bounds
from app.missed import nearest_measure
from app.plans import Plans
from app.readiness import Readiness
from app.setting_kinds import REDIS
from app.settings import Settings, SettingsError
from app.signing import Signer, people_key, signer
from app.traces import Tracing, tracing
from app.transport import Transport
from app.trusted_documents import TrustedDocuments, trusted_documents
from app.witnesses import Witnesses, policy_of
from policies.contradiction import among, read_consistent
from policies.rules import Rules, read_rules
from reference.area import gazetteer
from resolvers.assertion import SigningTrust, terms
from resolvers.cache import AnswerCache
from resolvers.catalogue import Catalogue, read_folder
from resolvers.dispatch import Dispatcher
from resolvers.memory_cache import MemoryCache
from resolvers.plan import Planner
from resolvers.wire import Call
from schema.build import executable
from schema.measures import MEASURES
from transparency.note import NoteWrong
from trust.adoption import OtherPeople, adopt
from trust.agreements.desk import Desk
from trust.agreements.signatures import Seal
from trust.agreements.watch import Watch
from trust.database import DatabaseUnusable, Engine, open_database
from trust.demand.misses import Misses
from trust.log.sequencer import Sequencer
from trust.log.witnessing import Witnessing
from trust.people import People
from trust.record import Recorder

log = logging.getLogger("lmdt")
# In the data folder: what the Trust signs with, and what it tells people by.
TRUST_KEY, PEOPLE_KEY = "trust-key.pem", "people-key.hex"
# Where the demonstration may be served, and by what names it may be called.
LOOPBACK = ("127.0.0.1", "localhost")


@dataclass
class Gateway:
    """Everything one gateway is made of. `signer` signs its statements to departments; `learning` reads the
    departments' own metadata before the first query needs it."""

    settings: Settings
    engine: QueryEngine
    identity: Identity
    recorder: Recorder
    misses: Misses
    people: People
    catalogue: Catalogue
    signer: Signer
    demo: Signer | None
    http: httpx.AsyncClient
    cache: AnswerCache
    readiness: Readiness
    trusted_documents: TrustedDocuments
    tracing: Tracing
    sequencer: Sequencer
    witnesses: Witnesses | None
    learning: asyncio.Task[None] | None = None

    async def learned(self) -> None:
        """Returns when every department's metadata has been read, or could not be."""
        if self.learning:
            await self.learning

    async def close(self) -> None:
        """Ends what runs, writes the records that wait, and lets go of every connection."""
        await self.engine.dispatcher.close()
        self.engine.beside.close()
        self.engine.acting.watch.close()
        self.engine.acting.close()
        self.sequencer.close()
        if self.witnesses:
            await self.witnesses.close()
        self.misses.close()
        self.recorder.close()
        await self.http.aclose()
        await self.cache.close()
        await self.tracing.close()


def build(settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> Gateway:
    """A gateway from its settings. `transport` reaches the departments; tests give one that reaches doubles.
    Raises SettingsError, SourceError or PolicyError where something does not fit."""
    reach = transport or Transport()
    client = httpx.AsyncClient(transport=reach, timeout=60.0, follow_redirects=False)
    catalogue = moved(read_folder(settings.sources, MEASURES), settings)
    places = gazetteer()
    rules = read_rules(settings.policies, MEASURES, places, catalogue.own_terms, catalogue.protected)
    planner = Planner(catalogue, places)
    cache = _cache(settings)
    traces = tracing(settings)
    own = signer(settings.data / TRUST_KEY)
    trust = SigningTrust(settings.issuer, own.sign)
    database = _database(settings)
    recorder = Recorder(database)

    async def later(operations: Sequence[str], calls: Sequence[Call]) -> bool:
        return await recorder.asked_later(operations, [call.recorded for call in calls])

    dispatcher = Dispatcher(
        catalogue, traces.transport(reach), cache, settings.credentials, settings.operation_seconds, later
    )
    people, seal = People(people_key(settings.data / PEOPLE_KEY)), Seal(own)
    _adopt(database, people, seal)
    desk = Desk(database, rules, seal, people)
    watch = _watch(settings, desk, rules)
    misses = Misses(database, nearest_measure)
    schema = executable()
    kept = shares(settings.memory)
    allowance = Allowance(settings.max_fields, settings.max_depth)
    engine = QueryEngine(
        schema,
        Documents(schema, allowance, settings.max_tokens, kept.documents),
        planner,
        rules,
        watch.book,
        dispatcher,
        places,
        lambda caller, purpose, request: terms(request, caller, purpose, trust),
        Plans(kept.plans, answers=settings.kept_answers),
        Beside(),
        Bounds(
            settings.max_figures,
            settings.max_values,
            settings.max_resolved,
            settings.max_answer * 1_000_000,
            filed=settings.max_file_figures,
        ),
        traces,
        Acting(desk, watch),
        misses,
    )
    _check_demonstration(settings)
    demo = signer(settings.data / "demonstration-key.pem") if settings.demo else None
    trusted = (*settings.issuers, *((issuer.trusted(demo),) if demo else ()))
    if not trusted and not settings.public_only:
        raise SettingsError(
            "no issuer of tokens is configured: set LMDT_ISSUERS, or LMDT_PUBLIC_ONLY=true to serve open data only."
        )
    identity = Identity(
        trusted, client, settings.leeway, lifetime=settings.token_lifetime, denied=Denied(settings.denied)
    )
    sequencer = _sequencer(settings, database, own)
    witnesses = _witnesses(settings, client, database, sequencer)
    readiness = Readiness(catalogue, client, recorder, watch.book, sequencer, witnesses, settings.probe_seconds)
    organisations = {organisation for issuer in trusted for organisation in issuer.organisations}
    documents = trusted_documents(settings, engine.documents, organisations)
    return Gateway(
        settings, engine, identity, recorder, misses, people, catalogue, own, demo, client, cache, readiness, documents,
        traces, sequencer, witnesses,
    )  # fmt: skip


def _database(settings: Settings) -> Engine:
    try:
        return open_database(settings.database)
    except DatabaseUnusable as error:
        raise SettingsError(f"LMDT_DATABASE: {error}.") from error


def _adopt(database: Engine, people: People, seal: Seal) -> None:
    """People are told by the key that the database was begun with. Raises SettingsError."""
    try:
        adopt(database, people, seal)
    except OtherPeople as error:
        raise SettingsError(f"LMDT_DATABASE: {error}.") from error


def log_name(settings: Settings) -> str:
    """The origin of the transparency log: the Trust's own name without its scheme, and what it is."""
    return f"{settings.issuer.rpartition('://')[2].rstrip('/')}/log"


def _sequencer(settings: Settings, database: Engine, own: Signer) -> Sequencer:
    """What keeps the transparency log. Raises SettingsError."""
    try:
        return Sequencer(database, log_name(settings), own)
    except NoteWrong as error:
        raise SettingsError(f"LMDT_ISSUER: the log cannot be named by it: {error}.") from error


def _witnesses(
    settings: Settings, client: httpx.AsyncClient, database: Engine, sequencer: Sequencer
) -> Witnesses | None:
    """Those who are asked, if anybody is. Raises SettingsError."""
    if settings.witnesses is None:
        return None
    policy = policy_of(settings.witnesses, sequencer.public)
    return Witnesses(client, policy, Witnessing(database, policy))


def _watch(settings: Settings, desk: Desk, rules: Rules) -> Watch:
    """The agreements that are in force. A new Trust starts with those of its folder."""
    desk.begin(lambda: read_consistent(settings.policies / "agreements", rules), datetime.now(UTC))
    watch = Watch(desk.engine, rules, desk)
    watch.learn()
    if told := among(watch.book(), rules):
        log.warning(
            "%s agreements contradict others: %s lmdt check tells all",
            len(told),
            told[0],
            extra={"event": "agreements"},
        )
    rules.cover({name for agreement in watch.book() for name in agreement.measures})
    return watch


def _check_demonstration(settings: Settings) -> None:
    """The demonstration gives anyone a token of any department: so it has no part of anything real. Raises
    SettingsError."""
    if settings.demo and settings.issuers:
        raise SettingsError("LMDT_DEMO gives anyone a token of any department: it cannot be beside LMDT_ISSUERS.")
    if settings.demo and settings.host not in LOOPBACK:
        raise SettingsError(
            f"LMDT_DEMO gives anyone a token of any department: LMDT_HOST must be one of {', '.join(LOOPBACK)}, "
            f"not {settings.host!r}."
        )


def moved(catalogue: Catalogue, settings: Settings) -> Catalogue:
    """The catalogue with the demonstration's departments on the ports they were given."""
    if not settings.demo or settings.departments_port == 8101:
        return catalogue
    return catalogue.moved(lambda url: _moved(url, settings.departments_port - 8101))


def _moved(url: str, by: int) -> str:
    address = httpx.URL(url)
    return str(address.copy_with(port=address.port + by)) if address.port else url


def _cache(settings: Settings) -> AnswerCache:
    """The cache of departments' answers. Outside the process tables travel as bytes; inside they stay as they are."""
    if not settings.cache.startswith(REDIS):
        return AnswerCache(MemoryCache(shares(settings.memory).tables))
    from resolvers.shared_cache import SharedCache

    return AnswerCache(SharedCache(settings.cache, settings.sources.glob("*.toml")))
