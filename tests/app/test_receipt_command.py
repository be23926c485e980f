"""lmdt audit receipt, on receipts as a gateway gives them."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.cli import main
from tests.conftest import Trust
from tests.transparency.keys import Seeded
from transparency import note
from transparency.note import Algorithm

QUERY = """{ area(code: "E08000003") { labourMarket(periods: {from: "2023-07", to: "2023-07"}, fill: LATEST) {
  medianMonthlyPay { value } businesses { value } businessSupportLoans { value } } } }"""
SUSPEND = 'mutation { suspendAgreement(id: "DSA-004", reason: "An incident") { at } }'
Run = Callable[..., Any]


@pytest.fixture
def run(trust: Trust, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Carries the command out in the gateway's folder: its exit code, and what it prints."""
    monkeypatch.setenv("LMDT_DATA", str(trust.app.state.gateway.settings.data))

    async def carried_out(*arguments: object) -> tuple[int, str, str]:
        code = await asyncio.to_thread(main, ["audit", "receipt", *map(str, arguments)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return carried_out


async def fetched(trust: Trust, folder: Path, query: str, who: str, reader: str = "") -> tuple[Path, Path]:
    """A receipt and its answer, as files."""
    answer = await trust.http.post("/graphql", json={"query": query}, headers=trust.headers(who))
    receipt = await trust.http.get(answer.headers["receipt"], headers=trust.headers(reader or who))
    assert receipt.status_code == 200
    (folder / "answer.json").write_bytes(answer.content)
    (folder / "receipt.json").write_bytes(receipt.content)
    return folder / "receipt.json", folder / "answer.json"


async def test_it_says_in_sentences_what_is_proved(trust: Trust, run: Run, tmp_path: Path) -> None:
    file, answer = await fetched(trust, tmp_path, QUERY, "dfe-analyst")
    code, out, err = await run(file, "--answer", answer)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("Entry ") and lines[0].endswith(", signed by it and nobody else.")
    assert "DfE (analyst) asked for skills-planning: operation " in lines[1] and lines[1].endswith(", answered.")
    assert lines[2].startswith("The person is told as ")
    assert "LabourMarket.businesses of BEIS was granted under DSA-004 v1: agreement." in lines
    assert "LabourMarket.medianMonthlyPay of HMRC was granted: published." in lines
    assert "LabourMarket.businessSupportLoans of BEIS was refused: agreement." in lines
    assert "Read under DSA-004 v1: 1 figures, of which 0 were suppressed." in lines
    assert "Parts that are not opened here: 2." in lines
    assert lines[-1] == f"{answer} is the answer that was given."


async def test_an_answer_that_was_laid_out_anew_is_the_same_and_one_that_was_changed_is_not(
    trust: Trust, run: Run, tmp_path: Path
) -> None:
    file, answer = await fetched(trust, tmp_path, QUERY, "dfe-analyst")
    parsed = json.loads(answer.read_bytes())
    answer.write_bytes(orjson.dumps(parsed, option=orjson.OPT_INDENT_2))
    assert (await run(file, "--answer", answer))[0] == 0
    parsed["data"]["area"]["labourMarket"][0]["businesses"]["value"] += 5
    answer.write_text(json.dumps(parsed))
    code, _, err = await run(file, "--answer", answer)
    assert code == 1 and "is not the answer that was given: its data have the SHA-256 " in err


async def test_a_department_is_told_of_its_part_and_compares_no_answer(trust: Trust, run: Run, tmp_path: Path) -> None:
    file, answer = await fetched(trust, tmp_path, QUERY, "dfe-analyst", "beis-steward")
    code, out, _ = await run(file)
    assert code == 0
    assert "medianMonthlyPay" not in out and "The person" not in out
    assert "BEIS was asked for business_population, and answered 200, " in out
    code, _, err = await run(file, "--answer", answer)
    assert code == 1 and "only that of who asked has it" in err


async def test_a_move_of_an_agreement_is_told(trust: Trust, run: Run, tmp_path: Path) -> None:
    file, _ = await fetched(trust, tmp_path, SUSPEND, "beis-steward")
    code, out, _ = await run(file)
    assert code == 0
    assert "(BEIS) moved DSA-004 version 1 from ACTIVE to SUSPENDED: suspend." in out
    file, _ = await fetched(trust, tmp_path, "{ departments { code } }", "public")
    assert "It was the public: nobody is named." in (await run(file))[1]


async def test_it_believes_the_keys_and_the_quorum_that_it_is_given(trust: Trust, run: Run, tmp_path: Path) -> None:
    file, _ = await fetched(trust, tmp_path, QUERY, "dfe-analyst")
    key = (await trust.http.get("/audit/keys")).text.strip()
    other = note.key_of("trust.example/lmdt/log", Seeded(7))
    witness = note.key_of("ons.example/witness", Seeded(1), Algorithm.COSIGNATURE)
    assert (await run(file, "--key", key))[0] == 0
    code, _, err = await run(file, "--key", other)
    assert code == 1 and "It is not proved: no key that is trusted has signed." in err
    policy = tmp_path / "policy"
    policy.write_text(f"log {key}\nwitness ons {witness}\nquorum none\n")
    assert (await run(file, "--policy", policy))[0] == 0
    policy.write_text(f"log {key}\nwitness ons {witness}\nquorum ons\n")
    code, _, err = await run(file, "--policy", policy)
    assert code == 1 and "the quorum ons is not met" in err


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda one: {**one, "entry": one["entry"].replace("DfE", "DWP")}, "leads to another root"),
        (lambda one: {**one, "opened": [p.replace("DSA-004", "DSA-5") for p in one["opened"]]}, "is not one that"),
        (lambda one: {**one, "proof": one["proof"].replace("\nindex ", "\nindex 1")}, "has no leaf"),
        (
            lambda one: {**one, "proof": one["proof"].replace("trust.example", "other.example")},
            "no key that is trusted",
        ),
        (lambda one: {**one, "proof": "x"}, "a proof begins with"),
        (lambda one: {**one, "opened": ["{}"]}, "does not say which it is"),
        (lambda one: {**one, "opened": ["[1]"]}, "is of texts"),
        (lambda one: {**one, "entry": 1}, "a receipt is"),
        (lambda one: {**one, "entry": "\ud800"}, "a receipt is"),
        (lambda one: {"entry": one["entry"]}, "a receipt is"),
        (lambda one: None, "a receipt is"),
    ],
)
async def test_a_receipt_that_was_changed_proves_nothing(
    trust: Trust, run: Run, tmp_path: Path, change: Callable[[Any], Any], told: str
) -> None:
    file, _ = await fetched(trust, tmp_path, QUERY, "dfe-analyst")
    (one,) = json.loads(file.read_bytes())["entries"]
    file.write_text(json.dumps({"entries": [change(one)]}))
    code, out, err = await run(file)
    assert (code, out) == (1, "") and "It is not proved: " in err and told in err
    for nothing in (b"{}", b"[]", b"\xff", b'{"entries": []}', b'{"entries": 3}'):
        file.write_bytes(nothing)
        assert (await run(file))[0] == 1


async def test_what_cannot_be_read_is_a_mistake_of_who_asks(
    trust: Trust, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, answer = await fetched(trust, tmp_path, QUERY, "dfe-analyst")
    nothing, bad = tmp_path / "nothing", tmp_path / "bad"
    bad.write_bytes(b"\xff")
    for arguments in (
        [nothing],
        [file, "--answer", nothing],
        [file, "--policy", nothing],
        [file, "--policy", bad],
        [file, "--key", "x"],
    ):
        assert (await run(*arguments))[0] == 2, arguments
    # Any file can have been an answer.
    assert (await run(file, "--answer", bad))[0] == 1
    answer.write_text('{"errors": []}')
    assert (await run(file, "--answer", answer))[0] == 2
    monkeypatch.setenv("LMDT_DATA", str(tmp_path / "empty"))
    code, _, err = await run(file)
    assert code == 2 and "name the key of the log by --key" in err
