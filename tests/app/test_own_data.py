"""A department's own callers read its figures in a role and for a purpose, unless its source file says otherwise."""

import shutil
import time
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.issuer import AUDIENCE, NAME
from resolvers.catalogue import read_folder
from resolvers.source import SourceError
from schema.measures import MEASURES
from tests.conftest import Opener, Trust, without_receipt

SOURCES = Path("resolvers/sources")
# Open by one facet, and not by two.
OWN = """{ area(code: "E08000003") { labourMarket(periods: {from: "2023-07", to: "2023-07"}, by: [SEX, AGE_BAND]) {
  searchingForWork { value } } } }"""
OPEN = OWN.replace("[SEX, AGE_BAND]", "[SEX]")
MAY_READ = "{ me { mayRead { coordinate facets basis } } }"
STATISTICS = "labour-market-statistics"


async def asked(trust: Trust, query: str, purpose: str | None = None, **claims: Any) -> dict[str, Any]:
    """The answer to a caller of DWP whose token has these claims."""
    now = int(time.time())
    claims = {"iss": NAME, "aud": AUDIENCE, "sub": "x", "org": "DWP", "iat": now, "exp": now + 60, **claims}
    headers = {"Authorization": f"Bearer {trust.app.state.gateway.demo.sign(claims)}"}
    headers |= {"Purpose": purpose} if purpose else {}
    reply = await trust.http.post("/graphql", json={"query": query}, headers=headers)
    return orjson.loads(without_receipt(reply))


def refused(answer: dict[str, Any]) -> tuple[str, str] | None:
    """The clause and the remedy of the one error, where there is one."""
    assert len(answer.get("errors", ())) <= 1, answer
    return next(((e["extensions"]["clause"], e["extensions"]["remedy"]) for e in answer.get("errors", ())), None)


def values(answer: dict[str, Any]) -> list[float | None]:
    return [row["searchingForWork"]["value"] for row in answer["data"]["area"]["labourMarket"]]


async def test_own_data_needs_a_stated_purpose_and_the_remedy_helps(trust: Trust) -> None:
    refusal = refused(await trust.ask(OWN, "dwp-analyst"))
    assert refusal == ("purpose", "Send the header Purpose: economic-recovery.")
    assert trust.departments.asked() == [], "nobody is asked for what is not granted"
    answer = await trust.ask(OWN, "dwp-analyst", "economic-recovery")
    assert refused(answer) is None
    assert None not in values(answer)


@pytest.mark.parametrize("roles", [[], ["director"]])
async def test_own_data_needs_a_role_that_is_known(trust: Trust, roles: list[str]) -> None:
    for _ in ("decided", "remembered"):
        clause, remedy = refused(await asked(trust, OWN, roles=roles, purposes=[STATISTICS])) or ("", "")
        assert clause == "roles"
        assert remedy.startswith("Use the token of someone with the role analyst or")
        assert refused(await asked(trust, OWN, roles=["analyst", *roles], purposes=[STATISTICS])) is None


async def test_a_purpose_that_nobody_knows_opens_nothing(trust: Trust) -> None:
    clause, remedy = refused(await asked(trust, OWN, roles=["analyst"], purposes=["gossip"])) or ("", "")
    assert clause == "purpose"
    assert remedy.startswith("Use a token whose purposes include economic-recovery or")


async def test_without_role_or_purpose_what_is_open_is_read_as_by_everyone(trust: Trust) -> None:
    everyone = await trust.ask(OPEN)
    assert refused(everyone) is None
    assert await asked(trust, OPEN) == everyone
    for purpose, basis in ((None, "PUBLISHED"), ("levelling-up", "OWN")):
        may_read = (await trust.data(MAY_READ, "dwp-analyst", purpose))["me"]["mayRead"]
        own = [field for field in may_read if field["coordinate"] == "LabourMarket.searchingForWork"]
        assert {field["basis"] for field in own} == {basis}
        assert (["SEX", "AGE_BAND"] in [field["facets"] for field in own]) is (basis == "OWN")


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A folder with the demonstration's source files."""
    folder = tmp_path / "sources"
    shutil.copytree(SOURCES, folder)
    return folder


def _own(file: Path, lines: str) -> None:
    file.write_text(file.read_text().replace("[[datasets]]", f"[own]\n{lines}\n\n[[datasets]]", 1))


@pytest.mark.parametrize(
    ("lines", "roles", "purposes", "clause"),
    [
        ("purpose = false", ["analyst"], [], None),
        ("purpose = false", [], [STATISTICS], "roles"),
        ("role = false", [], [STATISTICS], None),
        ("role = false", ["analyst"], [], "purpose"),
        ("role = false\npurpose = false", [], [], None),
        ("", [], [STATISTICS], "roles"),
    ],
)
async def test_the_departments_own_source_file_may_ask_less(
    open_trust: Opener, sources: Path, lines: str, roles: list[str], purposes: list[str], clause: str | None
) -> None:
    _own(sources / "dwp.toml", lines)
    async with open_trust(SOURCES=str(sources)) as trust:
        refusal = refused(await asked(trust, OWN, roles=roles, purposes=purposes))
        assert (refusal and refusal[0]) == clause


async def test_a_source_file_speaks_for_its_own_department_alone(open_trust: Opener, sources: Path) -> None:
    _own(sources / "ons.toml", "role = false\npurpose = false")
    async with open_trust(SOURCES=str(sources)) as trust:
        refusal = refused(await asked(trust, OWN))
        assert refusal is not None


def test_what_two_files_of_one_department_say_must_agree(sources: Path) -> None:
    _own(sources / "dwp.toml", "role = false")
    nomis = sources / "ons.toml"
    nomis.write_text(nomis.read_text().replace('department = "ONS"', 'department = "DWP"'))
    assert not read_folder(sources, MEASURES).own_terms["DWP"].role
    _own(nomis, "purpose = false")
    with pytest.raises(SourceError, match=r"ons\.toml: own is not what another file of DWP says"):
        read_folder(sources, MEASURES)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("roles = false", r'own\.roles is not a key: allowed are role, purpose\. Did you mean "role"\?'),
        ('role = "analyst"', r"own\.role must be true or false"),
    ],
)
def test_what_a_file_asks_of_its_own_callers_is_read_strictly(sources: Path, lines: str, words: str) -> None:
    _own(sources / "dwp.toml", lines)
    with pytest.raises(SourceError, match=words):
        read_folder(sources, MEASURES)
