"""The documents tell the truth."""

import re
import subprocess
import tomllib
from datetime import date
from pathlib import Path

import orjson
import pytest

from app.cli import whole
from app.docs import stale
from resolvers.source import read
from tests.conftest import Trust
from transparency.policy import Policy

ROOT = Path(__file__).resolve().parents[2]
DOCS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_generated_documents_are_what_the_code_says() -> None:
    assert stale() == []


@pytest.mark.parametrize("document", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", document.read_text(encoding="utf-8"))
    broken = [link for link in links if "://" not in link and not (document.parent / link).exists()]
    assert broken == []


async def test_the_readme_query_gives_the_answer_it_shows(trust: Trust) -> None:
    query = (ROOT / "docs/examples/readme.graphql").read_text(encoding="utf-8")
    assert query in README
    reply = await trust.http.post("/graphql", json={"query": query}, headers=trust.headers("dfe-analyst"))
    answer = orjson.loads(reply.content)
    match = re.search(r"```json\n(.*?)\n```", README, re.DOTALL)
    assert match is not None
    shown = orjson.loads(match[1])
    # A draft begins on the day it is made.
    for said in (shown, answer):
        date.fromisoformat(said["errors"][0]["extensions"]["terms"]["term"].pop("notBefore"))
        path = said["extensions"]["receipt"].pop("path")
        assert re.fullmatch("/audit/receipt/[0-9a-f]{32}", path)
    # As texts, to the letter: numbers too.
    assert orjson.dumps(shown) == orjson.dumps(answer)
    assert {name for _, name in trust.departments.asked()} == {"dwp", "hmrc", "dfe", "beis"}


def test_every_command_of_the_readme_exists() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r"make ([a-z]+)", README)) <= set(targets)
    assert set(re.findall(r"lmdt ([a-z]+)", README)) <= set(whole()[1])


def test_the_map_of_folders_names_the_folders_there_are() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    folders = {line.split("/")[0] for line in listed.splitlines() if "/" in line and not line.startswith(".")}
    assert set(re.findall(r"^\| `([a-z]+)/` \|", README, re.MULTILINE)) == folders


def test_the_source_file_of_the_guide_can_be_read() -> None:
    guide = (ROOT / "docs/writing-a-source-file.md").read_text(encoding="utf-8")
    block = re.search(r"```toml\n(.*?)```", guide, re.DOTALL)
    assert block is not None
    (dataset,) = read("hmrc", tomllib.loads(block[1])).datasets
    assert dataset.id == "paye_rti"


def test_the_policy_that_is_shown_is_two_of_the_five_departments() -> None:
    shown = re.search(r"```\n(log .*?)```", (ROOT / "docs/audit.md").read_text(encoding="utf-8"), re.DOTALL)
    assert shown is not None
    policy = Policy.read(shown[1])
    assert (policy.groups[policy.quorum].needed, len(policy.urls)) == (2, 5)


@pytest.mark.parametrize("document", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_are_in_british_spelling(document: Path) -> None:
    american = re.compile(r"\b(behavior|color|organization|labor|center|analyze)\b", re.IGNORECASE)
    assert american.findall(document.read_text(encoding="utf-8")) == []
