"""lmdt trusted-documents: the manifest of a folder of operations, which the gateway then answers."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from app.cli import main
from app.manifest import FORMAT, sha256
from tests.conftest import Opener

NAMED = 'query Named { area(code: "E08000003") { name } }'
FRAGMENT = "fragment Level on Area { level }"
SHARED = "fragment Place on Area { code ...Level }"
EXAMPLES = [path.read_bytes() for path in Path("examples").glob("*.graphql")]
USES = 'query Uses { area(code: "E08000003") { ...Place } }'


def lay(folder: Path, files: dict[str, str | bytes]) -> str:
    """Writes files into a folder; its path."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(folder)


def operations(manifest: bytes | str) -> dict[str, dict[str, Any]]:
    content = orjson.loads(manifest)
    assert (content["format"], content["version"]) == (FORMAT, 1)
    assert all(one["id"] == sha256(one["body"]) and one["type"] == "query" for one in content["operations"])
    return {one["name"]: one for one in content["operations"]}


async def test_the_examples_become_a_manifest_that_the_gateway_answers(
    open_trust: Opener, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "manifest.json"
    assert main(["trusted-documents", "examples", "--output", str(output)]) == 0
    assert capsys.readouterr().out == "10 operations can be trusted.\n"
    listed = operations(output.read_bytes())
    assert list(listed) == sorted(listed) and len(listed) == 10
    text = listed["OnePlace"]["body"]
    assert text.encode() in EXAMPLES
    async with open_trust(TRUSTED_DOCUMENTS=str(output), TRUSTED_ONLY="everyone") as trust:
        for body in ({"documentId": f"sha256:{listed['OnePlace']['id']}"}, {"query": text}):
            assert "data" in (await trust.http.post("/graphql", json=body)).json()
        refused = await trust.http.post("/graphql", json={"query": text.rstrip()})
        assert refused.json()["errors"][0]["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"


def test_a_file_that_needs_no_other_stands_as_it_is_and_others_are_written_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = "# Mine.\r\nquery Alone { me { ...Who } }\n\nfragment Who on Caller { subject }\n"
    files: dict[str, str | bytes] = {
        "alone.graphql": b"\xef\xbb\xbf" + alone.encode(),
        "deep/er/level.gql": FRAGMENT,
        "place.graphql": SHARED,
        "two.graphql": f"# Theirs.\n{USES}\n{NAMED}",
        "schema.json": "{}",
    }
    assert main(["trusted-documents", lay(tmp_path, files), str(tmp_path / "two.graphql")]) == 0
    listed = operations(capsys.readouterr().out)
    assert listed["Alone"]["body"] == alone
    assert listed["Named"]["body"] == 'query Named {\n  area(code: "E08000003") {\n    name\n  }\n}'
    assert listed["Uses"]["body"] == (
        'query Uses {\n  area(code: "E08000003") {\n    ...Place\n  }\n}\n\n'
        "fragment Place on Area {\n  code\n  ...Level\n}\n\nfragment Level on Area {\n  level\n}"
    )


WRONG: list[tuple[dict[str, str | bytes], list[str]]] = [
    ({"a.graphql": "query A {"}, ["a.graphql: line 1, column 10: Syntax Error: Expected Name, found <EOF>."]),
    ({"a.graphql": "", "b.graphql": "{"}, ["a.graphql: line 1, column 1: Syntax", "b.graphql: line 1, column 2: "]),
    ({"a.graphql": "query A " + "{ a" * 5_000}, ["a.graphql: line 1", "nested too deeply"]),
    ({"a.graphql": "{ me { subject } }"}, ["a.graphql: name every operation"]),
    ({"a.graphql": "type Area { code: ID }"}, ["a.graphql: types are defined in it"]),
    ({"a.graphql": NAMED, "b/c.graphql": NAMED}, ["c.graphql: 'Named' is also an operation of", "a.graphql."]),
    ({"a.graphql": NAMED + NAMED}, ["'Named' is also an operation of"]),
    ({"a.graphql": f"{USES} {FRAGMENT} {FRAGMENT} {SHARED}"}, ["two fragments of one name"]),
    (
        {"a.graphql": USES, "b.graphql": SHARED + FRAGMENT, "c.graphql": SHARED},
        ["a.graphql: the fragment 'Place' is in several files: ", "b.graphql, ", "c.graphql. Name them apart."],
    ),
    ({"a.graphql": USES, "b.graphql": NAMED}, ["a.graphql: Uses: GRAPHQL_VALIDATION_FAILED", "Unknown fragment"]),
    (
        {"a.graphql": "query A {\n  area(code: 7) { nmae }\n}"},
        ["a.graphql: A: GRAPHQL_VALIDATION_FAILED line 2, column 19: Cannot query field 'nmae' on type 'Area'."],
    ),
    (
        {"a.graphql": "\n\nquery A { me { ...Me } }", "b.graphql": "fragment Me on Caller { sbject }"},
        ["a.graphql: A: GRAPHQL_VALIDATION_FAILED: Cannot query field 'sbject' on type 'Caller'."],
    ),
    ({"a.graphql": "query A { ...B } fragment B on Query { ...B }"}, ["Cannot spread fragment 'B' within itself"]),
    ({"a.graphql": "mutation A { nothing }"}, ["a.graphql: A: GRAPHQL_VALIDATION_FAILED"]),
    ({"a.graphql": "query A { " + "me { subject } " * 1_001 + "}"}, ["a.graphql: A: QUERY_TOO_COSTLY"]),
    ({"a.graphql": FRAGMENT}, ["There is no operation in these files."]),
]  # fmt: skip


@pytest.mark.parametrize(("files", "words"), WRONG, ids=[words[-1] for _, words in WRONG])
def test_what_the_gateway_would_not_answer_is_told_and_nothing_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], files: dict[str, str | bytes], words: list[str]
) -> None:
    output = tmp_path / "manifest.json"
    assert main(["trusted-documents", lay(tmp_path / "files", files), "--output", str(output)]) == 1
    told = capsys.readouterr()
    assert [word for word in words if word not in told.err] == []
    assert not output.exists() and told.out == ""


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["nowhere"], "nowhere: No such file or directory."),
        (["empty"], "empty holds no *.graphql or *.gql."),
        (["latin.graphql"], "latin.graphql: byte 1 is not UTF-8."),
        (["named.graphql", "--output", "empty"], "--output empty: Is a directory."),
        (["named.graphql", "--output", "empty", "--check"], "--output empty: Is a directory."),
        (["named.graphql", "--output", "no/where.json"], "--output no/where.json: No such file or directory."),
    ],
    ids=str,
)
def test_what_cannot_be_read_or_written_is_misuse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], given: list[str], words: str
) -> None:
    lay(tmp_path, {"named.graphql": NAMED, "latin.graphql": b"\xe9"})
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    assert main(["trusted-documents", *given]) == 2
    assert capsys.readouterr().err.startswith(f"lmdt trusted-documents: {words}")


def test_a_check_writes_nothing_and_says_whether_the_manifest_is_that_of_the_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files, output = lay(tmp_path / "files", {"named.graphql": NAMED}), tmp_path / "manifest.json"
    check = ["trusted-documents", files, "--output", str(output), "--check"]
    assert main(["trusted-documents", files, "--check"]) == 0
    assert main(check) == 1
    assert f"{output} is not the manifest of these files" in capsys.readouterr().err
    assert not output.exists()
    assert main(check[:-1]) == 0 and main(check) == 0
    lay(tmp_path / "files", {"named.graphql": NAMED + "\n"})
    assert main(check) == 1


def test_the_limits_are_those_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = lay(tmp_path, {"named.graphql": NAMED})
    monkeypatch.setenv("LMDT_MAX_DEPTH", "1")
    assert main(["trusted-documents", files, "--check"]) == 1
    assert "Named: QUERY_TOO_COSTLY" in capsys.readouterr().err
