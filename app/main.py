"""What of a gateway answers where, and for how long it lives."""

import asyncio
import gc
import importlib
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Route

from app import errors, pages, protected_resource, sign_in, table_address, telemetry
from app.audit_pages import AuditPages
from app.catalogue_page import CataloguePage
from app.cross_origin import cross_origin
from app.direct import Direct
from app.endpoint import Endpoint
from app.explaining import Explain
from app.explorer import explorer
from app.gateway import LOOPBACK, Gateway, build, log_name
from app.headers import Headers
from app.incoming import Entrance
from app.kept import shares
from app.log_pages import LogPages
from app.metrics import Metrics
from app.persisted import PersistedQueries
from app.rate_limits import RateLimits
from app.receipts import Receipts
from app.register import Register
from app.setting_kinds import REDIS
from app.settings import Settings, read
from policies.caller import PUBLIC
from policies.decide import decide
from policies.decision import Access
from reference.place_names import place_names
from resolvers.credential import lacks_credential
from resolvers.errors import NoCredential
from resolvers.protocols.comparison import drift_of
from schema.measures import MEASURES
from trust.log.published import Published

log = logging.getLogger("lmdt")


def create_app(settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> Starlette:
    """A gateway from its settings, as an ASGI application. See `build`."""
    return application(build(settings, transport))


def application(gateway: Gateway) -> Starlette:
    """The gateway as an ASGI application."""
    settings = gateway.settings
    kept = settings.public_max_age
    witnesses = gateway.witnesses
    behind = (lambda: witnesses.behind) if witnesses else None
    metrics = Metrics(lambda: gateway.readiness.ready, behind) if settings.metrics else None
    limits = RateLimits(
        settings.quota_address,
        settings.quota_subject,
        settings.quota_organisation,
        settings.cache if settings.cache.startswith(REDIS) else None,
    )
    published = Published(gateway.engine.acting.desk.engine, witnessed=witnesses is not None)
    keys = [gateway.sequencer.public, *(witnesses.keys if witnesses else ())]
    entrance = Entrance(
        gateway.identity,
        gateway.engine.schema,
        PersistedQueries(shares(settings.memory).texts if settings.persisted_queries else 0),
        gateway.trusted_documents,
        limits,
        body_limit=settings.max_body,
    )
    endpoint = Endpoint(
        gateway.engine,
        entrance,
        gateway.recorder,
        gateway.misses,
        gateway.people,
        Receipts(log_name(settings)),
        metrics=metrics,
        tracing=gateway.tracing,
        public_max_age=kept,
    )
    engine = gateway.engine
    catalogue = CataloguePage(engine.planner.catalogue, engine.extents, engine.book, settings.contact)
    graphql = Route("/graphql", endpoint, methods=["GET", "POST"])
    app = Starlette(
        routes=[
            *([Route("/metrics", metrics.page)] if metrics else []),
            graphql,
            Route(table_address.PATH, endpoint, methods=["GET"]),
            Route("/explain", Explain(gateway.engine, entrance), methods=["POST"]),
            Route("/schema.graphql", pages.schema(kept)),
            Route("/healthz", pages.alive),
            Route("/readyz", pages.ready(gateway.readiness)),
            Route("/.well-known/jwks.json", pages.keys(gateway.signer, kept)),
            Route(protected_resource.PATH, protected_resource.page([one.issuer for one in settings.issuers])),
            Route("/examples.json", pages.examples(kept)),
            Route("/sign-in.json", sign_in.page(settings.issuers, kept)),
            Route("/catalogue", catalogue.page),
            *Register(gateway.engine.book, gateway.engine.rules).routes,
            *LogPages(published).routes,
            *AuditPages(published, gateway.identity, limits, gateway.people, keys).routes,
            *([Route("/demo/personas", pages.personas(gateway.demo))] if gateway.demo else []),
        ],
        exception_handlers={HTTPException: errors.problem},
        middleware=[
            *gateway.tracing.middleware,
            Middleware(Headers, access_log=settings.access_log, reached=sign_in.origins(settings.issuers)),
            # A page elsewhere could call the demonstration by a name of its own that leads here.
            *([Middleware(TrustedHostMiddleware, allowed_hosts=list(LOOPBACK))] if gateway.demo else []),
            *cross_origin(settings.cors_origins),
            Middleware(Direct, route=graphql),
        ],
        lifespan=_lifespan(gateway),
    )  # fmt: skip
    # Asked for what no route above knows, and not for what one of them knows by another method.
    app.router.default = explorer(settings.explorer)
    app.router.redirect_slashes = False
    app.state.gateway = gateway
    return app


def from_environment() -> Starlette:
    """The gateway of this process's environment: what uvicorn's workers make."""
    settings = read()
    telemetry.configure(settings.log_level, settings.credentials.values())
    return create_app(settings)


def _lifespan(gateway: Gateway) -> Callable[[Starlette], Any]:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        # What is built now lives as long as the process: a garbage collection need never look at it again. Answers
        # are large and hold no cycles, so collecting less often costs little memory and saves much time.
        _prepare_slow_parts(gateway)
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        gateway.engine.acting.watch.start()
        gateway.sequencer.start()
        if gateway.witnesses:
            gateway.witnesses.start()
        _warn_of_credentials(gateway)
        gateway.learning = asyncio.create_task(_learn(gateway))
        background = [
            gateway.learning,
            asyncio.create_task(gateway.engine.extents.keep_learning()),
            asyncio.create_task(gateway.readiness.keep_looking()),
        ]
        yield
        for task in background:
            task.cancel()
        await gateway.close()

    return lifespan


def _prepare_slow_parts(gateway: Gateway) -> None:
    """What is slow the first time is done before the first query: it would have all others wait."""
    importlib.import_module("pyarrow")
    place_names()
    measure = next(iter(MEASURES.values()))
    today = datetime.now(UTC)
    access = Access(measure.name, frozenset((measure.finest,)), frozenset(), (), today.date(), today.date())
    decide(gateway.engine.rules, gateway.engine.book(), PUBLIC, None, access, today)


def _warn_of_credentials(gateway: Gateway) -> None:
    """Logs which sources cannot be asked, because their credential is missing."""
    for source in gateway.catalogue.sources.values():
        if lacks_credential(source, gateway.settings.credentials):
            log.warning(
                "source %s has no credential, so %s will not be asked: set %s",
                source.name,
                source.department,
                source.credential,
                extra={"event": "credential", "source": source.name, "variable": source.credential},
            )


async def _learn(gateway: Gateway) -> None:
    """Learns from when to when departments have figures. Logs what has moved in their metadata, and which of them
    cannot be reached."""
    await gateway.engine.extents.learn()
    for source, connector in gateway.engine.dispatcher.by_source():
        lines, failure = await drift_of(source, connector)
        for line in lines:
            log.warning("source has drifted", extra={"event": "drift", "source": source.name, "drift": line})
        if failure is not None and not isinstance(failure, NoCredential):
            log.warning("department is down", extra={"event": "department", "cause": str(failure)})
