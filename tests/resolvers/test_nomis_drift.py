"""Where a source file of Nomis and the publisher disagree: one line for each cause, and none is lost."""

from pathlib import Path

import httpx
import pytest

from departments.nomis import create_app
from resolvers.errors import DepartmentUnavailable
from tests.resolvers.nomis_desk import ONS, Desk, claimant_source, published


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cubes")


def broken(folder: Path, replies: dict[str, httpx.Response]) -> Desk:
    """The sample publisher, but for some datasets, to which another reply comes."""
    sample = httpx.ASGITransport(create_app(folder))

    class Broken(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            for name, reply in replies.items():
                if f"/{name}." in request.url.path or f"/{name}/" in request.url.path:
                    return httpx.Response(reply.status_code, content=reply.content)
            return await sample.handle_async_request(request)

    return Desk(ONS, Broken())


PAGE = b"<!DOCTYPE html>\n<html><body>" + b"<p>We are busy. Come again.</p>\n" * 200 + b"</body></html>"


async def test_drift_of_one_data_set_that_is_unavailable_keeps_the_lines_of_the_others(folder: Path) -> None:
    desk = broken(folder, {"NM_31_1": httpx.Response(503, content=PAGE), "NM_30_1/sex": httpx.Response(200)})
    lines = await desk.nomis.drift()
    assert len(lines) == 2
    assert "NM_30_1: the publisher lists no codes of 'sex'" in lines
    (line,) = (line for line in lines if line.startswith("NM_31_1: cannot be read: HTTP 503: a web page"))
    assert "<" not in line
    assert len(line) < 250


async def test_drift_of_one_cause_is_one_line(folder: Path) -> None:
    busy = httpx.Response(503, content=PAGE)
    lines = await broken(folder, {"NM_31_1": busy, "NM_162_1": busy}).nomis.drift()
    assert len(lines) == 1
    assert lines[0].startswith("NM_162_1, NM_31_1: ")


async def test_drift_where_nothing_answers_is_an_unavailable_department(folder: Path) -> None:
    desk = broken(folder, {dataset.id: httpx.Response(503, content=PAGE) for dataset in ONS.datasets})
    with pytest.raises(DepartmentUnavailable) as raised:
        await desk.nomis.drift()
    assert "<" not in raised.value.detail


async def test_drift_passes_over_a_difference_in_case(folder: Path) -> None:
    codes = (
        b'{"structure": {"codelists": {"codelist": [{"code": [{"value": "ALL"}, {"value": "m"}, {"value": "F"}]}]}}}'
    )
    facets = {"SEX": {"concept": "Gender", "total": "all", "members": {"FEMALE": "f", "MALE": "M"}}}
    source = claimant_source(facets=facets, measures={"claimantCount": {}}, pins={})
    family = b'{"structure": {"keyfamilies": {"keyfamily": {"components": {"dimension": {"conceptref": "GENDER"}}}}}}'
    assert await Desk(source, published(b"", NM_162_1=family, gender=codes)).nomis.drift() == ()


def test_weekly_pay_is_by_where_people_live() -> None:
    dataset = next(dataset for dataset in ONS.datasets if "medianWeeklyPay" in dataset.measures)
    assert (dataset.id, "by place of residence" in dataset.title) == ("NM_30_1", True)
