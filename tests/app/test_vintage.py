"""Departments that publish with the codes of another year, through the front door."""

import hashlib
import re
import shutil
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from app.main import create_app
from app.settings import read
from app.signing import Signer, signer
from reference.vintage import Vintage, history
from resolvers.source import SourceError, load
from tests.conftest import Departments, Trust

SOURCES = Path(__file__).parents[2] / "resolvers" / "sources"
OURS = Vintage.parse("2023-04")
CODES = ["E06000057", "E08000037", "E08000016", "E08000019", "E07000242", "E08000003"]
QUERY = """query ($codes: [AreaCode!]) {
  labourMarket(areas: {codes: $codes}, periods: {from: "2023-07", to: "2023-07"}, fill: LATEST) { nodes {
    area { code } claimantCount { ...f } searchingForWork { ...f } payrolledEmployees { ...f }
    apprenticeshipStarts { ...f } claimantRate { ...f } employmentRate { ...f } } } }
  fragment f on Figure { value markers provenance { treatment } }"""
MEASURES = (
    "claimantCount",
    "searchingForWork",
    "payrolledEmployees",
    "apprenticeshipStarts",
    "claimantRate",
    "employmentRate",
)


class OtherCodes(httpx.AsyncBaseTransport):
    """The sample departments as they would be with other codes: they know no place by a code of ours that they have
    replaced."""

    def __init__(self, transport: httpx.AsyncBaseTransport, codes: Mapping[str, str], trust: Signer) -> None:
        self._transport, self._trust = transport, trust
        self._theirs = codes
        self._ours = {other: code for code, other in codes.items()} | dict.fromkeys(codes, "E08999999")

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url, body = _swapped(str(request.url), self._ours), _swapped((await request.aread()).decode(), self._ours)
        headers = {name: value for name, value in request.headers.items() if name not in ("accept", "accept-encoding")}
        accept = "application/json" if "/v1/datasets" in url else request.headers.get("accept", "*/*")
        if signed := headers.get("authorization", "") if request.method == "POST" and "/v1/datasets" in url else "":
            claims = jwt.decode(signed.removeprefix("Bearer "), options={"verify_signature": False})
            digest = hashlib.sha256(body.encode()).hexdigest()
            headers["authorization"] = f"Bearer {self._trust.sign({**claims, 'digest': digest})}"
        sent = httpx.Request(request.method, url, headers=headers | {"accept": accept}, content=body.encode())
        reply = await self._transport.handle_async_request(sent)
        content = _swapped((await reply.aread()).decode(), self._theirs)
        return httpx.Response(reply.status_code, headers=reply.headers, content=content.encode(), request=request)


def _swapped(text: str, codes: Mapping[str, str]) -> str:
    return re.sub(r"[EWSNK][0-9]{8}", lambda match: codes.get(match[0], match[0]), text)


@asynccontextmanager
async def opened(
    departments: Departments, folder: Path, key: Path, *, vintage: str, published: str
) -> AsyncGenerator[Trust]:
    """A gateway whose source files name a vintage, over departments that publish with the codes of one."""
    sources = folder / "sources"
    shutil.copytree(SOURCES, sources)
    for file in sources.glob("*.toml"):
        file.write_text(re.sub(r'^vintage = ".*"$', f'vintage = "{vintage}"', file.read_text(), flags=re.MULTILINE))
    shutil.copy(key, folder)
    codes = history().recoded(OURS, Vintage.parse(published))
    settings = read({"LMDT_DEMO": "true", "LMDT_DATA": str(folder)}, SOURCES=str(sources))
    app = create_app(settings, OtherCodes(departments.transport(), codes, signer(key)))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http,
    ):
        await app.state.gateway.learned()
        yield Trust(app, http, departments)


@pytest.fixture
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.getbasetemp() / "trust-key.pem"


def values(data: Any) -> dict[tuple[str, str], float | None]:
    rows = data["labourMarket"]["nodes"]
    return {(row["area"]["code"], name): row[name]["value"] for row in rows for name in MEASURES}


@pytest.mark.parametrize("vintage", ["2012", "2025-04"])
async def test_a_place_that_only_changed_its_code_has_the_same_figures(
    trust: Trust, departments: Departments, tmp_path: Path, key: Path, vintage: str
) -> None:
    expected = values(await trust.data(QUERY, codes=CODES))
    assert sum(value is not None for value in expected.values()) > 25
    folder = tmp_path / "other"
    folder.mkdir()
    async with opened(departments, folder, key, vintage=vintage, published=vintage) as other:
        assert values(await other.data(QUERY, codes=CODES)) == expected


async def test_what_was_found_by_nobody_is_found_by_the_vintage(
    departments: Departments, tmp_path: Path, key: Path
) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    async with opened(departments, folder, key, vintage="2023-04", published="2025") as unaware:
        data = await unaware.ask(QUERY, codes=["E08000016", "E08000003"])
    row = data["data"]["labourMarket"]["nodes"][0]
    assert row["searchingForWork"]["value"] is None


async def test_a_place_that_changed_its_extent_is_not_available_and_says_why(
    departments: Departments, tmp_path: Path, key: Path
) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    note = (
        "Not published for Cumberland (E06000063) as of 2012-12: it replaced Allerdale (E07000026), Carlisle "
        "(E07000028) and Copeland (E07000029) in April 2023"
    )
    async with opened(departments, folder, key, vintage="2012", published="2012") as other:
        data = await other.data(QUERY, codes=["E08000003", "E06000063"])
        alone = await other.data(QUERY, codes=["E06000063"])
        requests = [str(request.url) for request in departments.requests]
    manchester, cumberland = data["labourMarket"]["nodes"]
    for row in (cumberland, *alone["labourMarket"]["nodes"]):
        for name in MEASURES:
            assert row[name]["value"] is None
            assert row[name]["markers"] == ["x"], name
            assert note in row[name]["provenance"]["treatment"], name
    for name in MEASURES:
        assert manchester[name]["value"] is not None
        assert note not in manchester[name]["provenance"]["treatment"]
    assert not any("E06000063" in url for url in requests)


def test_a_dataset_can_have_a_vintage_of_its_own(tmp_path: Path) -> None:
    text = (SOURCES / "ons.toml").read_text()
    file = tmp_path / "ons.toml"
    file.write_text(text.replace("[[datasets]]\n", '[[datasets]]\nvintage = "2025"\n', 1))
    source = load(file)
    assert source.datasets[0].vintage == "2025-12"
    assert {dataset.vintage for dataset in source.datasets[1:]} == {None}
    for wrong in (
        text.replace('vintage = "2023-04"', 'vintage = "April"'),
        text.replace("[[datasets]]\n", '[[datasets]]\nvintage = "x"\n', 1),
    ):
        file.write_text(wrong)
        with pytest.raises(SourceError, match="give a month as 2023-04 or a year as 2023"):
            load(file)
