"""The way out: httpx's transport over aiohttp, which costs half of httpx's own for each request, through the proxies
that the environment names.

`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` are read as everywhere: in either case, by Python's own reader.
"""

from base64 import b64encode
from collections.abc import Mapping
from urllib.request import (
    getproxies_environment,
    proxy_bypass_environment,  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType]
)

import httpx
from aiohttp import ClientError, ClientSession, DummyCookieJar, TCPConnector
from httpx_aiohttp import AiohttpTransport

from app.settings import SettingsError

# Seconds for which a connection that nobody uses is kept: less than servers commonly do.
IDLE = 4.0
SCHEMES = ("http", "https")


class Transport(httpx.AsyncBaseTransport):
    """Sends each request straight to its host, or through the proxy that is named for it. `proxies`: scheme, or "all",
    -> address of a proxy; "no" -> hosts that are reached without one; those of the environment, unless some are given.
    Raises SettingsError for a proxy that cannot be used, and httpx.TransportError where a request fails."""

    def __init__(self, proxies: Mapping[str, str] | None = None) -> None:
        proxies = getproxies_environment() if proxies is None else proxies
        self._without = {"no": proxies.get("no", "")}
        addresses = {scheme: proxies.get(scheme) or proxies.get("all") for scheme in SCHEMES}
        self._straight = _Route()
        self._proxied = {scheme: _Route(_proxy(scheme, address)) for scheme, address in addresses.items() if address}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._route(request.url).handle_async_request(request)

    async def aclose(self) -> None:
        for route in (self._straight, *self._proxied.values()):
            await route.aclose()

    def _route(self, url: httpx.URL) -> "_Route":
        route = self._proxied.get(url.scheme)
        if route is None or proxy_bypass_environment(url.netloc.decode("ascii"), self._without):
            return self._straight
        return route


class _Route(AiohttpTransport):
    """One way out. Connections are limited by who uses it; cookies are not kept."""

    def __init__(self, proxy: httpx.Proxy | None = None) -> None:
        super().__init__(client=self._session, proxy=proxy)
        # A proxy reads these beside the request itself, where that is not encrypted.
        self._for_proxy = proxy.headers if proxy else httpx.Headers()

    def _session(self) -> ClientSession:
        connector = TCPConnector(limit=0, ssl=self.ssl_context, keepalive_timeout=IDLE)
        return ClientSession(connector=connector, cookie_jar=DummyCookieJar())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.scheme == "http":
            request.headers.update(self._for_proxy)
        try:
            return await super().handle_async_request(request)
        except ClientError as error:
            # What is not HTTP at all is the one error that keeps aiohttp's own name.
            raise httpx.RemoteProtocolError(str(error), request=request) from error


def _proxy(scheme: str, address: str) -> httpx.Proxy:
    try:
        proxy = httpx.Proxy(address if "://" in address else f"http://{address}")
    except (httpx.InvalidURL, ValueError):
        proxy = None
    if proxy is None or proxy.url.scheme not in SCHEMES or not proxy.url.host:
        # An address may hold a password, so it is not quoted.
        raise SettingsError(
            f"{scheme.upper()}_PROXY or ALL_PROXY must be the address of an HTTP proxy, as in http://proxy:3128."
        )
    if proxy.auth is None:
        return proxy
    # Written here, because aiohttp is giving up its own way of writing it.
    credential = b64encode(":".join(proxy.auth).encode()).decode()
    return httpx.Proxy(proxy.url, headers={"Proxy-Authorization": f"Basic {credential}"})
