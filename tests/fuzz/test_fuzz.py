"""Some of the fuzzer's mutations, the same in every run; and that it would find what is wrong."""

import shutil
from pathlib import Path
from random import Random

import pytest

from tests.conftest import TRUST_KEY, Departments
from tests.fuzz.fuzzer import Finding, opened
from tests.fuzz.judge import faults
from tests.fuzz.mutations import mutated
from tests.fuzz.questions import QUESTIONS
from tests.fuzz.recording import Reply

SOME = 160


async def found(departments: Departments, folder: Path, key: Path, protocol: str, numbers: range) -> list[Finding]:
    shutil.copy(key, folder)
    async with opened(departments, folder, protocol, "a test") as fuzzer:
        findings = [finding async for finding in fuzzer.run(numbers)]
        assert sum(fuzzer.became.values()) > len(numbers) / 2
    return findings


@pytest.mark.parametrize("protocol", QUESTIONS)
async def test_no_mutated_reply_costs_others_a_figure_or_shows_a_wrong_one(
    departments: Departments, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, protocol: str
) -> None:
    key = tmp_path_factory.getbasetemp() / TRUST_KEY
    assert await found(departments, tmp_path, key, protocol, range(SOME)) == []


def test_a_mutation_comes_again_by_its_seed() -> None:
    reply = Reply(200, {"content-type": "application/json"}, b'{"values": [1, 2, {"a": "b", "c": null}]}')
    for number in range(300):
        assert mutated(Random(number), reply) == mutated(Random(number), reply)


async def test_a_reader_that_takes_for_a_number_what_is_none_is_found(
    departments: Departments, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(tmp_path_factory.getbasetemp() / TRUST_KEY, tmp_path)
    question = QUESTIONS["ees"][0]
    async with opened(departments, tmp_path, "ees", "") as fuzzer:
        response, served = await fuzzer.asked(question, {})
        truth = response.json()
        asked, reply = next((asked, reply) for asked, reply in served if b"172960" in reply.content)
        mutation = {asked: reply._replace(content=reply.content.replace(b"172960", b"1e5"))}
        assert list(faults("ees", question, truth, *await fuzzer.asked(question, mutation))) == []
        monkeypatch.setattr("resolvers.protocols.ees.symbols.from_text", float)
        (told,) = faults("ees", question, truth, *await fuzzer.asked(question, mutation))
    assert told == "apprenticeshipStarts is 100000 where the truth is 172960 and the reply says None"
