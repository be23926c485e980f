"""Explore education statistics: what `drift` says of versions, of data sets that cannot be read, and in which words."""

import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx
import pytest

from departments.ees import create_app
from resolvers.errors import DepartmentUnavailable
from resolvers.protocols.ees import EES
from resolvers.source import read
from resolvers.wire import Wire
from tests.resolvers.ees_desk import APPRENTICESHIPS, FILE, NEET, SKILLS, Desk
from tests.resolvers.ees_stub import DATA_SET, META, VERSION, Stub

PAGE = b"<!DOCTYPE html>\r\n<html><head><title>Sorry</title></head>" + b"<p>Sorry, the service is unavailable.</p>" * 50


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cubes")


def at(version: str) -> Any:
    """The sample department's source file, reading a version of the apprenticeships."""
    table = tomllib.loads(FILE.read_text())
    table["datasets"] = table["datasets"][:1]
    table["datasets"][0] |= {"version": version, "breakdowns": [["SEX"]]}
    table["datasets"][0]["facets"] = {"SEX": table["datasets"][0]["facets"]["SEX"]}
    table["datasets"][0]["levels"].pop("COMBINED_AUTHORITY")
    table["datasets"][0]["areas"]["levels"].remove("COMBINED_AUTHORITY")
    return read("dfe", table)


# Versions that are withdrawn


@pytest.mark.parametrize(
    ("version", "withdrawn", "lines"),
    [
        ("2.0", "2.0", ["version: 2.0 is Withdrawn."]),
        ("2.*", "2.0", ["version: there is none that '2.*' stands for (2.0 is Withdrawn); 1.1 is the newest."]),
        ("*", "2.0", ["version: 2.0 is Withdrawn."]),
        ("1.*", "1.1", ["version: 1.1 is Withdrawn.", "version: 1.0 is read, and 2.0 is published."]),
        ("1.1", "1.1", ["version: 1.1 is Withdrawn.", "version: 1.1 is read, and 2.0 is published."]),
        ("2.*", "1.1", []),
        ("*", "1.1", []),
        ("1.0", "1.1", ["version: 1.0 is read, and 2.0 is published."]),
    ],
)  # fmt: skip
async def test_a_withdrawn_version_is_drift(folder: Path, version: str, withdrawn: str, lines: list[str]) -> None:
    app = create_app(folder)
    app.state.shelf.amend(APPRENTICESHIPS, withdrawn, status="Withdrawn")
    said = [line.removeprefix(f"{APPRENTICESHIPS}: ") for line in await Desk(app, at(version)).ees.drift()]
    assert said == lines
    app.state.shelf.amend(APPRENTICESHIPS, withdrawn)
    assert not [line for line in await Desk(app, at(version)).ees.drift() if "Withdrawn" in line]


@pytest.mark.parametrize("status", ["Withdrawn", "Deprecated"])
async def test_the_standing_of_a_version_and_of_a_data_set_are_drift(status: str) -> None:
    stub = Stub()
    stub.version["status"] = status
    assert [line.partition(": ")[2] for line in await stub.ees.drift()] == [f"version: 1.1 is {status}."]
    stub.version["status"] = "Published"
    stub.documents["data-set"] |= {"status": status, "supersedingDataSetId": "2118a6df"}
    assert [line.partition(": ")[2] for line in await stub.ees.drift()] == [
        f"the data set is {status}; it is superseded by 2118a6df."
    ]


@pytest.mark.parametrize(("newest", "lines"), [("1.1", 0), ("1.2", 1), ("2.0", 1)])
async def test_a_newer_version_is_drift(newest: str, lines: int) -> None:
    stub = Stub()
    stub.documents["data-set"]["latestVersion"]["version"] = newest
    said = await stub.ees.drift()
    assert len(said) == lines
    assert all(line.endswith(f"version: 1.1 is read, and {newest} is published.") for line in said)


# Data sets that cannot be read


def several(replies: dict[str, httpx.Response], count: int = 3) -> EES:
    """A connector of `count` data sets like the stub's; those named in `replies` always answer so."""
    table = tomllib.loads(FILE.read_text())
    stub = Stub().source
    own = {"department": "DfE", "protocol": "ees", "url": stub.url}
    datasets: list[dict[str, Any]] = []
    for number in range(count):
        data_set = deepcopy(table["datasets"][0])
        data_set |= {"id": f"set-{number}", "version": "*", "breakdowns": [["SEX"]], "levels": {"LA": "LAD"}}
        data_set["areas"] = {"levels": ["LA"]}
        data_set["facets"] = {"SEX": data_set["facets"]["SEX"]}
        data_set["measures"] = {"apprenticeshipStarts": {"indicator": "begun"}}
        datasets.append(data_set)
    documents = {"meta": META, "versions": {"results": [VERSION]}}

    def publisher(request: httpx.Request) -> httpx.Response:
        _, _, rest = request.url.path.partition("/data-sets/")
        name, _, path = rest.partition("/")
        if name in replies:
            reply = replies[name]
            return httpx.Response(reply.status_code, headers={"Retry-After": "0"}, content=reply.content)
        return httpx.Response(200, json=documents.get(path, DATA_SET if not path else VERSION))

    source = read("several", own | {"datasets": datasets})
    return EES(source, Wire(source, httpx.MockTransport(publisher)))


@pytest.mark.parametrize("status", [200, 400, 403, 404, 422, 429, 500, 503])
@pytest.mark.parametrize("content", [PAGE, b"", b"[]", b'{"title": "There was a problem."}'])
async def test_one_data_set_that_cannot_be_read_does_not_lose_the_lines_of_the_others(
    status: int, content: bytes
) -> None:
    lines = await several({"set-1": httpx.Response(status, content=content)}).drift()
    assert [line.partition(":")[0] for line in lines] == ["set-0", "set-2", "set-1"]
    assert all(line.endswith("there is no indicator 'begun'.") for line in lines[:2])
    assert "cannot be read: " in lines[2]
    assert all("<" not in line and "\n" not in line and len(line) < 300 for line in lines)


async def test_one_cause_is_one_line() -> None:
    replies = {name: httpx.Response(503, content=PAGE) for name in ("set-0", "set-2")}
    assert await several(replies).drift() == (
        "set-1: measures.apprenticeshipStarts: there is no indicator 'begun'.",
        'set-0, set-2: cannot be read: HTTP 503: a web page, "Sorry"',
    )


async def test_a_department_of_which_nothing_can_be_reached_is_down() -> None:
    replies = {f"set-{number}": httpx.Response(503, content=PAGE) for number in range(3)}
    with pytest.raises(DepartmentUnavailable):
        await several(replies).drift()


async def test_the_sample_department_without_one_data_set_still_says_what_moved(folder: Path) -> None:
    table = tomllib.loads(FILE.read_text())
    table["datasets"][3]["time"] = "RY"
    app = create_app(folder)
    for version in ("1.0", "1.1"):
        app.state.shelf.withdraw(SKILLS, version)
    lines = await Desk(app, read("dfe", table)).ees.drift()
    assert lines[0] == f"{NEET}: time: the data set has CY, not RY."
    assert lines[1].startswith(f"{SKILLS}: cannot be read: HTTP 404")
    assert len(lines) == 2
