"""The way out to departments: through the proxies that the environment names, and round them where it says so."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
import pytest

from app.settings import SettingsError
from app.transport import Transport

VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


class Listener:
    """A server on a loopback port that answers everything alike, and keeps what it was sent."""

    def __init__(self, status: str) -> None:
        self.status, self.heads = status, list[str]()
        self.address = ""

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator["Listener"]:
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(f"HTTP/1.1 {self.status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok".encode())
        await writer.drain()
        writer.close()


async def status(url: str, transport: Transport | None = None) -> int:
    async with httpx.AsyncClient(transport=transport or Transport()) as client:
        return (await client.get(url)).status_code


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
async def test_a_request_goes_through_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    async with Listener("200 OK").listening() as proxy:
        monkeypatch.setenv(name, proxy.address)
        assert await status("http://department.example/v1/datasets") == 200
    assert proxy.heads[0].startswith("GET http://department.example/v1/datasets HTTP/1.1\r\n")


async def test_an_encrypted_request_asks_the_proxy_for_a_tunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Listener("403 Forbidden").listening() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.address.replace("http://", "http://trust:secret@"))
        with pytest.raises(httpx.TransportError):
            await status("https://department.example/v1/datasets")
    assert proxy.heads[0].startswith("CONNECT department.example:443 HTTP/1.1\r\n")
    assert "proxy-authorization: basic dhj1c3q6c2vjcmv0\r\n" in proxy.heads[0].lower()


@pytest.mark.parametrize("without", ["127.0.0.1", "example.org, 127.0.0.1", "*"])
async def test_hosts_that_no_proxy_names_are_reached_straight(monkeypatch: pytest.MonkeyPatch, without: str) -> None:
    async with Listener("200 OK").listening() as department, Listener("502 Bad Gateway").listening() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.address)
        assert await status(f"{department.address}/v1") == 502
        monkeypatch.setenv("NO_PROXY", without)
        assert await status(f"{department.address}/v1") == 200
    assert department.heads[0].startswith("GET /v1 HTTP/1.1\r\n")


async def test_a_proxy_for_one_scheme_is_not_used_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Listener("200 OK").listening() as department:
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
        assert await status(department.address) == 200


async def test_an_address_may_leave_its_scheme_out() -> None:
    async with Listener("200 OK").listening() as proxy:
        proxies = {"http": proxy.address.replace("http://", "trust:secret@")}
        assert await status("http://department.example/", Transport(proxies)) == 200
    assert "proxy-authorization: basic dhj1c3q6c2vjcmv0\r\n" in proxy.heads[0].lower()


@pytest.mark.parametrize("address", ["socks5://u:secret@proxy:1080", "http://", "http://proxy:secret", "ftp://proxy"])
def test_a_proxy_that_cannot_be_used_is_told_at_the_start_without_its_password(address: str) -> None:
    with pytest.raises(SettingsError, match="HTTPS_PROXY or ALL_PROXY must be the address of an HTTP proxy") as error:
        Transport({"https": address})
    assert "secret" not in str(error.value)
