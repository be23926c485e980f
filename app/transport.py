"""The way out: a transport for httpx over aiohttp, which costs half of httpx's own for each request, through the
proxies that the environment names.

`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` are read as everywhere: in either case, by Python's own reader.
"""

from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from urllib.request import (
    getproxies_environment,
    proxy_bypass_environment,  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType]
)

import httpx
from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    ServerTimeoutError,
    TCPConnector,
)

from app.settings import SettingsError

# Seconds for which a connection that nobody uses is kept: less than servers commonly do.
IDLE = 4.0
UNLIMITED = ClientTimeout()
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


class _Route(httpx.AsyncBaseTransport):
    """One way out. Connections, and the time that is taken, are limited by who uses it, unless a request says how long
    it may wait; cookies are not kept, and bodies are left as they came."""

    def __init__(self, proxy: httpx.Proxy | None = None) -> None:
        self._session: ClientSession | None = None
        self._proxy = str(proxy.url) if proxy else None
        self._for_proxy = proxy.headers if proxy else httpx.Headers()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._for_proxy and request.url.scheme == "http":
            # A proxy reads these beside the request itself, where that is not encrypted.
            request.headers.update(self._for_proxy)
        if self._session is None:
            connector = TCPConnector(limit=0, ssl=httpx.create_ssl_context(), keepalive_timeout=IDLE)
            self._session = ClientSession(connector=connector, cookie_jar=DummyCookieJar(), auto_decompress=False)
        try:
            response = await self._session.request(
                request.method,
                str(request.url),
                headers=request.headers.multi_items(),
                data=await request.aread() or None,
                allow_redirects=False,
                timeout=_patience(request),
                proxy=self._proxy,
                proxy_headers=self._for_proxy or None,
            )
        except ClientError as error:
            raise _failure(error, request) from error
        return httpx.Response(
            response.status, headers=response.raw_headers, stream=_Body(response, request), request=request
        )

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()


class _Body(httpx.AsyncByteStream):
    """The body of a response, as it comes."""

    def __init__(self, response: ClientResponse, request: httpx.Request) -> None:
        self._response, self._request = response, request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._response.content.iter_any():
                yield piece
        except ClientError as error:
            raise _failure(error, self._request) from error

    async def aclose(self) -> None:
        self._response.release()
        await self._response.wait_for_close()


def _patience(request: httpx.Request) -> ClientTimeout:
    """How long a request may wait, where it says so: requests of httpx's client do."""
    said = request.extensions.get("timeout")
    if not said:
        return UNLIMITED
    return ClientTimeout(connect=said.get("pool"), sock_connect=said.get("connect"), sock_read=said.get("read"))


def _failure(error: ClientError, request: httpx.Request) -> httpx.TransportError:
    """What went wrong on the way, as httpx has it."""
    if isinstance(error, ServerTimeoutError):
        return httpx.ReadTimeout(str(error), request=request)
    kind = httpx.ConnectError if isinstance(error, ClientConnectorError) else httpx.RemoteProtocolError
    return kind(str(error), request=request)


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
