"""lmdt agreements, over a demonstration of its own: agreements are moved in it."""

import re
import shlex
import time
import tomllib
from collections.abc import Generator
from pathlib import Path

import orjson
import pytest
from sqlalchemy import select

from policies.agreement_content import content_hash
from tests.sockets.conftest import Demonstration, said, start, stop
from trust.database import open_database
from trust.tables import agreement_versions

pytestmark = pytest.mark.sockets
DOCUMENT = Path("docs/agreements.md")
BLOCKS: list[str] = re.findall(r"```sh\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
COMMANDS: list[list[str]] = [re.findall(r"^lmdt .+", block, re.MULTILINE) for block in BLOCKS]
REFUSED_TWICE = """query Care($place: AreaCode!) { labourMarket(areas: {codes: [$place]}, fill: LATEST,
  periods: {from: "2023-07", to: "2023-07"}) { nodes { householdsWithHealthConditions { value }
  careLeaversInWorkOrEducation { value } } } }"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Generator[Demonstration]:
    running = start(tmp_path_factory.mktemp("agreements"))
    yield running
    assert stop(running) == []


# The first, as its numbers are those of a new demonstration.
def test_the_commands_of_the_document_do_what_it_says_and_a_refused_query_is_answered_in_under_a_minute(
    own: Demonstration,
) -> None:
    assert [len(block) for block in COMMANDS] == [9, 8, 6, 7]
    printed: list[str] = []
    for block in COMMANDS:
        began = time.monotonic()
        for line in block:
            command, _, comment = line.partition("#")
            refused = "refused" in comment
            text = said(own.lmdt(*shlex.split(command)[1:]), 1 if refused else 0)
            assert not refused or "LabourMarket.businessSupportLoans: " in text
            printed.append(text)
        assert block is not COMMANDS[0] or time.monotonic() - began < 60
    answer = orjson.loads(printed[8])
    assert "errors" not in answer
    # Of Manchester's loans one lender made nearly all.
    assert answer["data"]["area"]["labourMarket"][0]["businessSupportLoans"] == {"value": None}
    assert "DSA-011" in printed[11], "it waits for HMRC's signature"
    assert "DSA-010" not in printed[11]
    assert "DSA-013 version 1: SUBMITTED -> ACTIVE (BEIS shares with DfE)." in printed[-1]
    for number, state in (("010", "TERMINATED"), ("011", "SUSPENDED"), ("012", "ACTIVE")):
        assert f"DSA-{number} version" in said(own.lmdt("agreements", "show", f"DSA-{number}", "--as", "trustee"))
        assert state in said(own.lmdt("agreements", "show", f"DSA-{number}", "--as", "trustee")).splitlines()[0]


def test_a_query_that_two_departments_refuse_makes_two_drafts_with_their_questions_and_the_next_command(
    own: Demonstration, tmp_path: Path
) -> None:
    (tmp_path / "query.graphql").write_text(REFUSED_TWICE)
    command = ("agreements", "propose", "--from", str(tmp_path / "query.graphql"), "--as", "beis-analyst")
    given = ("--variables", '{"place": "E08000003"}')
    text = said(own.lmdt(*command, *given))
    ids = re.findall(r"^Drafted (DSA-\d+), with:$", text, re.MULTILINE)
    assert len(ids) == 2
    assert {line for line in text.splitlines() if " version 1: DRAFT (" in line} == {
        f"{ids[0]} version 1: DRAFT (DWP shares with BEIS).",
        f"{ids[1]} version 1: DRAFT (DfE shares with BEIS).",
    }
    assert text.count("  scope.within             E08000003\n") == 2
    questions = text.partition("Still to be answered:\n")[2].partition("\n\n")[0]
    assert "  purpose.statement                 What are the aims, and how will the data help?\n" in questions
    assert "allowed: controller, joint, processor\n" in questions
    assert f"Next: lmdt agreements amend {ids[0]} --set KEY=VALUE ... --as beis-analyst\n" in text
    one = said(own.lmdt(*command, *given, "--owner", "DWP", "--set", "purpose.statement=To plan"))
    assert len(re.findall("^Drafted", one, re.MULTILINE)) == 1
    assert "  purpose.statement        To plan\n" in one


def test_what_is_missing_and_what_is_allowed_are_told_one_a_line(own: Demonstration) -> None:
    draft = said(own.lmdt("agreements", "propose", "--set", "parties.owner=ONS", "--as", "dfe-analyst"))
    match = re.search(r"DSA-\d+", draft)
    assert match is not None
    id = match[0]
    incomplete = said(own.lmdt("agreements", "submit", id, "--as", "dfe-steward"), 1)
    assert incomplete.startswith(f"AGREEMENT_INCOMPLETE: {id} cannot go on:\n  title ")
    assert re.search(r"^  term\.review_by +To be reviewed by when\?$", incomplete, re.MULTILINE)
    refused = said(own.lmdt("agreements", "approve", id, "--as", "ons-analyst"), 1)
    assert refused.startswith(f"TRANSITION_REFUSED: {id} version 1 is DRAFT, so it cannot approve.")
    assert "\nAllowed now:\n  submit  the consumer's data steward\n" in refused
    wrong = said(own.lmdt("agreements", "amend", id, "--set", "purpose.statment=To plan", "--as", "dfe-analyst"), 1)
    assert "Did you mean 'statement'?" in wrong
    conflict = said(own.lmdt("agreements", "amend", id, "--version", "7", "--set", "title=T", "--as", "dfe-analyst"), 1)
    assert conflict.startswith(f"CONFLICT: The last version of {id} is 1, not 7")
    amended = said(
        own.lmdt("agreements", "amend", id, "--set", 'scope.measures=["population"]', "--unset", "parties.role",
                 "--set", "term.not_after=2030-01-01", "--as", "dfe-analyst")
    )  # fmt: skip
    assert amended.startswith(f"{id} version 2: DRAFT (ONS shares with DfE).\n")
    shown = said(own.lmdt("agreements", "show", id, "--as", "dfe-steward"))
    assert "  scope.measures    population\n" in shown
    assert "  scope.measures: added population\n" in shown
    assert f"  SUPERSEDED  lmdt agreements show {id} --version 1 --as dfe-steward\n" in shown
    said(own.lmdt("agreements", "cancel", id, "--as", "dfe-steward"))


def test_what_is_signed_is_what_was_looked_at(own: Demonstration) -> None:
    draft = said(
        own.lmdt("agreements", "propose", "--terms", "docs/examples/band.toml", "--set", "title=For signing",
                 "--as", "dfe-analyst")
    )  # fmt: skip
    id = draft.split()[1].rstrip(",")
    said(own.lmdt("agreements", "submit", id, "--as", "dfe-steward"))
    shown = said(own.lmdt("agreements", "show", id, "--as", "beis-steward"))
    assert "It waits for your signature.\n" in shown
    match = re.search(rf"^  (lmdt agreements approve {id} --version 1 --hash (\w+) --as beis-steward)$", shown, re.M)
    assert match is not None
    other = said(own.lmdt("agreements", "approve", id, "--hash", "0" * 64, "--as", "beis-steward"), 1)
    assert other.startswith("CONFLICT: Version 1 has another content than the one you name")
    signed = said(own.lmdt(*shlex.split(match[1])[1:]))
    assert f"with the hash {match[2]}\n" in signed
    assert f"{id} version 1: SUBMITTED -> IN_REVIEW (BEIS shares with DfE).\n" in signed
    assert f"Next, a trustee:  lmdt agreements approve {id} --as trustee\n" in signed
    rejected = said(own.lmdt("agreements", "reject", id, "--reason", "Not now.", "--as", "trustee"))
    assert f"{id} version 1: IN_REVIEW -> REJECTED" in rejected
    assert "trustee (TRUST)      Not now.\n" in said(own.lmdt("agreements", "show", id, "--as", "dfe-analyst"))


def test_agreements_are_listed_as_a_table_of_what_is_the_callers_business(own: Demonstration) -> None:
    head, *lines = said(own.lmdt("agreements", "list", "--status", "active", "--as", "partner")).splitlines()
    assert head.split() == ["ID", "VERSION", "STATUS", "OWNER", "CONSUMER", "UNTIL", "TITLE", "ATTENTION"]
    assert [line.split()[0] for line in lines] == ["DSA-008"]
    assert lines[0][head.index("UNTIL") :].startswith("2028-04-01  Households with health conditions")
    named = ("--owner", "HMRC", "--consumer", "BEIS", "--measure", "payrolledEmployees")
    assert said(own.lmdt("agreements", "list", *named, "--as", "auditor")).count("DSA-") == 1
    assert said(own.lmdt("agreements", "list")) == "None.\n", "the public is party to none"
    assert "Nearest: HMRC." in said(own.lmdt("agreements", "list", "--owner", "HMRX", "--as", "trustee"), 1)
    assert said(own.lmdt("agreements", "show", "DSA-008", "--as", "dfe-steward"), 1) == (
        "lmdt agreements: there is no agreement DSA-008 that you are party to. See lmdt agreements list.\n"
    )


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("propose", "say what is to be shared: --from QUERY, --terms FILE or --set KEY=VALUE."),
        ("propose --from nothing.graphql", "nothing.graphql: No such file"),
        ("propose --terms README.md", "README.md is not TOML: "),
        ("amend DSA-001", "say what is to be other: --terms FILE, --set KEY=VALUE or --unset KEY."),
        ("amend DSA-001 --set title", "--set 'title' has no value: give it as KEY=VALUE."),
        ("amend DSA-001 --set .=1", "'.' is no key"),
        ("amend DSA-001 --set title=A --set title.b=1", "title.b: title has a value already"),
        ("amend DSA-001 --version 0 --set a=1", "must be the number of a version, from 1, not '0'"),
        ("suspend DSA-001", "the following arguments are required: --reason"),
        ("suspend-all --reason R", "say whose agreements: --owner, --consumer, or both."),
        ("export --output README.md", "--output README.md is no folder: end it with a slash."),
        ("import nothing.toml", "nothing.toml: No such file"),
        ("mend DSA-001", "invalid choice: 'mend'"),
        ("list --as nobody", "there is no persona 'nobody'"),
    ],
)
def test_what_is_typed_wrongly_is_told(own: Demonstration, command: str, words: str) -> None:
    assert words in said(own.lmdt("agreements", *command.split()), 2)


def test_what_is_exported_starts_a_new_trust_with_the_same_hashes_and_is_left_alone_by_an_import(
    own: Demonstration, tmp_path: Path
) -> None:
    told = own.lmdt("agreements", "export", "--output", f"{tmp_path / 'agreements'}/", "--as", "trustee")
    assert told.stdout == b""
    files = sorted((tmp_path / "agreements").glob("*.toml"))
    assert [file.stem for file in files][:9] == [f"DSA-00{number}" for number in range(1, 10)]
    assert said(told) == ""
    assert told.stderr.decode().startswith(f"{len(files)} agreements. ")
    query = "{ agreements { id version status contentHash } }"
    here = {one["id"]: one for one in own.ask(query, "trustee")["data"]["agreements"]}
    for file in files:
        table = tomllib.loads(file.read_text())
        one = here[file.stem]
        assert (content_hash(table), table["status"]) == (one["contentHash"], one["status"])
    read = (files[0], files[2])
    again = said(own.lmdt("agreements", "import", *map(str, read), "--as", "dfe-analyst"))
    assert again == "".join(
        f"{file}:\n{file.stem} version 1 says exactly this ({here[file.stem]['status']}): left alone.\n"
        for file in read
    )
    policies = tmp_path / "policies"
    policies.mkdir()
    for file in Path("policies").iterdir():
        if file.suffix in (".toml", ".cedar", ".cedarschema"):
            (policies / file.name).write_bytes(file.read_bytes())
    (tmp_path / "agreements").rename(policies / "agreements")
    new = tmp_path / "new"
    new.mkdir()
    checked = own.lmdt("check", DATA=str(new), POLICIES=str(policies))
    assert said(checked).startswith("5 sources, 30 measures and ")
    # The same files say the same to a Trust that has begun with them.
    engine = open_database(f"sqlite:///{new / 'trust.sqlite'}")
    with engine.connect() as connection:
        kept = dict(connection.execute(select(agreement_versions.c.id, agreement_versions.c.content_hash)).all())
    engine.dispose()
    assert kept == {file.stem: here[file.stem]["contentHash"] for file in files}


def test_a_changed_file_becomes_the_next_version_and_a_new_one_an_agreement_once_however_often_it_is_sent(
    own: Demonstration, tmp_path: Path
) -> None:
    text = Path("policies/agreements/DSA-006.toml").read_text()
    changed = text.replace("not_after = 2028-04-01", "not_after = 2029-04-01")
    changed = re.sub("^prohibited_uses.*\n", "", changed, flags=re.MULTILINE)
    (tmp_path / "DSA-006.toml").write_text(changed)
    (tmp_path / "new.toml").write_text(changed.replace('id = "DSA-006"', 'id = "DSA-999"'))
    files = (str(tmp_path / "DSA-006.toml"), str(tmp_path / "new.toml"))
    first = said(own.lmdt("agreements", "import", *files, "--as", "beis-analyst"))
    assert "DSA-006 version 2: DRAFT (HMRC shares with BEIS).\n" in first
    assert said(own.lmdt("agreements", "import", *files, "--as", "beis-analyst")) == first
    shown = said(own.lmdt("agreements", "show", "DSA-006", "--version", "2", "--as", "hmrc-steward"))
    changes = shown.partition("Changed since version 1\n")[2].partition("\n\n")[0]
    assert [line.split(":")[0].strip() for line in changes.splitlines()] == [
        "purpose.prohibited_uses",
        "term.not_after",
    ]
    other = said(own.lmdt("agreements", "import", files[0], "--as", "dwp-analyst"), 1)
    assert "TRANSITION_REFUSED" in other, "DWP is not party to it, and proposes nothing for BEIS"
