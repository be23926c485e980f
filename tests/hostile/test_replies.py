"""No reply of a department costs anybody else a figure, or is shown as a figure that the department does not have."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import TRUST_KEY, Departments
from tests.fuzz.fuzzer import Fuzzer, opened
from tests.fuzz.judge import became, faults
from tests.fuzz.questions import Question
from tests.hostile.changing_replies import ASKED, TRUTH
from tests.hostile.replies import REPLIES
from tests.hostile.replies_by_protocol import REPLIES_BY_PROTOCOL

LINES = {**REPLIES, **REPLIES_BY_PROTOCOL}


def wrong(becomes: str, question: Question, truth: Any, response: httpx.Response) -> Iterator[str]:
    """What is not as it should be of the department's own figures."""
    answer = response.json()
    if becomes == TRUTH:
        if (other := became(question, truth, response)) != TRUTH:
            yield f"{other}: {[error['extensions']['code'] for error in answer.get('errors', ())]}"
        return
    errors = [error for error in answer.get("errors", ()) if error["path"][-1] in question.measures]
    codes = {error["extensions"]["code"] for error in errors}
    if becomes.isupper():
        if codes != {becomes}:
            yield f"refused with {codes or None}"
        return
    shown = [row[measure] for row in answer["data"]["own"]["nodes"] for measure in question.measures]
    if codes or not any(figure["value"] is None and figure["markers"] == [becomes] for figure in shown):
        yield f"shown as {shown[:2]} with {codes or 'no error'}"


async def tried(fuzzer: Fuzzer, protocol: str) -> dict[str, str]:
    """What is wrong of each line of one protocol."""
    question = ASKED[protocol][1]
    response, served = await fuzzer.asked(question, {})
    truth, replies, found = response.json(), dict(served), dict[str, str]()
    for name, line in LINES.items():
        if line.protocol != protocol:
            continue
        asked = next(asked for asked in replies if asked[1].endswith(line.at))
        response, served = await fuzzer.asked(question, {asked: line.change(replies[asked])})
        kind = protocol.partition(" ")[0]
        told = [*faults(kind, question, truth, response, served), *wrong(line.becomes, question, truth, response)]
        found |= {name: told[0]} if told else {}
    return found


@pytest.mark.parametrize("protocol", ASKED)
async def test_every_reply_becomes_what_it_should(
    departments: Departments, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, protocol: str
) -> None:
    shutil.copy(tmp_path_factory.getbasetemp() / TRUST_KEY, tmp_path)
    async with opened(departments, tmp_path, protocol.partition(" ")[0], "") as fuzzer:
        found = await tried(fuzzer, protocol)
    assert not found, "\n".join(f"{name}: {fault}" for name, fault in found.items())


def test_the_collection_has_lines_for_every_protocol() -> None:
    for protocol in ASKED:
        assert sum(line.protocol == protocol for line in LINES.values()) >= 60
