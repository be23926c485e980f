"""The node's own log: no answer leaves without its line, and a line that is lost or changed is seen."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
import rfc8785

from departments.share import answered
from departments.share.answered import AnsweredLog, NotKept
from departments.share.answered_lines import LinesBroken, OwnLog, read
from departments.share.config import read as configured
from departments.share.errors import ConfigError
from departments.share.node import create_app
from tests.departments.share_desk import Desk, assertion, binding, mapping, question
from transparency.tree import leaf_hash

DAY = datetime(2026, 7, 14, 12, tzinfo=UTC)
SAID = {
    "department": "HMRC", "dataset": "pay", "jti": "1", "operations": ["a"], "organisation": None, "purpose": None,
    "agreements": [],
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def logging(file: Path, folder: Path) -> Desk:
    """A node that keeps a log."""
    return Desk({**mapping(f"sqlite:///{file}"), "log": str(folder)})


def texts(folder: Path) -> list[bytes]:
    return [line for one in sorted(folder.glob("*.jsonl")) for line in one.read_bytes().splitlines()]


def names(log: OwnLog) -> list[str]:
    return [line.jti for line in log.lines]


async def test_what_is_answered_is_in_the_log_without_token_or_figure(logging: Desk, folder: Path) -> None:
    body = question()
    token = assertion(asked=body, jti="the-name")
    assert (await logging.send(body, token)).status_code == 200
    (line,) = texts(folder)
    said = orjson.loads(line)
    assert datetime.now(UTC) - datetime.fromisoformat(said.pop("at")) < timedelta(minutes=1)
    assert said == {
        "agreements": ["DSA-001 v2"],
        "before": None,
        "dataset": "pay",
        "department": "HMRC",
        "digest": binding(body)["digest"],
        "evidence": True,
        "format": 1,
        "jti": "the-name",
        "measures": ["payrolledEmployees"],
        "node": "hmrc",
        "operations": ["leaf-1"],
        "organisation": "DfE",
        "purpose": "skills-planning",
        "rows": 4,
    }
    assert rfc8785.dumps(orjson.loads(line)) == line


async def test_what_is_refused_is_not_answered(logging: Desk, folder: Path) -> None:
    token = assertion()
    refused = [
        await logging.send(question(), ""),
        await logging.send(question(areas=["E06000001"]), token),
        await logging.send(question(measures=["nothing"])),
        await logging.send(question(), assertion(grants={})),
        await logging.send(question(), dataset="other"),
    ]
    assert [reply.status_code for reply in refused] == [401, 401, 400, 403, 404]
    assert texts(folder) == []
    await logging.answer()
    await logging.answer()
    assert len(texts(folder)) == 2


async def test_where_the_disk_is_full_nothing_is_shown_and_later_the_log_goes_on(
    logging: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await logging.answer()
    before, write = texts(folder), os.write

    def half(file: int, data: bytes) -> int:
        return write(file, data[: len(data) // 2])

    def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    for name, failing in (("write", half), ("write", full), ("fdatasync", full)):
        with monkeypatch.context() as patch:
            patch.setattr(answered.os, name, failing)
            reply = await logging.send(question())
        assert (reply.status_code, reply.headers["Retry-After"]) == (503, "30")
        assert b"figures" not in reply.content and b"values" not in reply.content
        assert texts(folder) == before
    assert '"cause":"the log of what is answered cannot be written' in caplog.text
    await logging.answer()
    assert len(read(folder).lines) == 2


def kept(folder: Path, *marks: str, at: datetime = DAY) -> None:
    log = AnsweredLog(folder, lambda: at)
    for mark in marks:
        log.keep({**SAID, "jti": mark})
    log.close()


def test_each_line_has_the_hash_of_the_one_before_it_from_day_to_day(folder: Path) -> None:
    kept(folder, "1", "2")
    kept(folder, "3", at=DAY + timedelta(days=1))
    assert [one.name for one in sorted(folder.glob("*.jsonl"))] == [
        "answered-2026-07-14.jsonl", "answered-2026-07-15.jsonl",
    ]  # fmt: skip
    lines = texts(folder)
    assert [orjson.loads(line)["before"] for line in lines] == [
        None, leaf_hash(lines[0]).hex(), leaf_hash(lines[1]).hex(),
    ]  # fmt: skip
    assert names(read(folder)) == ["1", "2", "3"]
    assert read(folder).begins


def test_a_clock_that_is_set_back_leads_to_no_earlier_file(folder: Path) -> None:
    kept(folder, "1", at=DAY + timedelta(days=1))
    kept(folder, "2")
    assert len(list(folder.glob("*.jsonl"))) == 1
    assert names(read(folder)) == ["1", "2"]


def test_files_of_days_gone_by_may_be_taken_away(folder: Path, tmp_path: Path) -> None:
    now = DAY
    log = AnsweredLog(folder, lambda: now)
    log.keep({**SAID, "jti": "1"})
    now = DAY + timedelta(days=1)
    first = folder / "answered-2026-07-14.jsonl"
    first.rename(tmp_path / first.name)
    log.keep({**SAID, "jti": "2"})
    assert names(read(folder)) == ["2"]
    assert not read(folder).begins
    (tmp_path / first.name).rename(first)
    assert names(read(folder)) == ["1", "2"]
    assert names(read(first)) == ["1"]
    log.close()


HARM: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "a line that is lost": lambda lines: [lines[0], *lines[2:]],
    "a line that is changed": lambda lines: [lines[0], lines[1].replace(b'"pay"', b'"pai"'), *lines[2:]],
    "two lines in each other's place": lambda lines: [lines[0], lines[2], lines[1], lines[3]],
    "a line twice": lambda lines: [*lines[:2], *lines[1:]],
    "a line that is none": lambda lines: [*lines[:2], b"nothing", *lines[2:]],
    "a line of something else": lambda lines: [*lines[:2], b'{"a":1}', *lines[2:]],
}


@pytest.mark.parametrize("harm", HARM)
def test_whoever_reads_the_log_sees(folder: Path, harm: str) -> None:
    kept(folder, *"1234")
    (file,) = folder.glob("*.jsonl")
    file.write_bytes(b"".join(line + b"\n" for line in HARM[harm](texts(folder))))
    with pytest.raises(LinesBroken, match=r"answered-2026-07-14.jsonl, line [23]"):
        read(folder)


def test_a_line_that_is_not_whole_is_left_out_and_cut_before_the_next(folder: Path) -> None:
    kept(folder, "1", "2")
    (file,) = folder.glob("*.jsonl")
    whole = file.read_bytes()
    for torn in (b'{"agreements":[],"at":"2026', b"\0" * 5000, b"x" * 200_000):
        file.write_bytes(whole + torn)
        assert names(read(folder)) == ["1", "2"]
        kept(folder)
        assert file.read_bytes() == whole
    kept(folder, "3")
    assert names(read(folder)) == ["1", "2", "3"]


def test_a_first_line_that_is_not_whole_leaves_an_empty_file(folder: Path) -> None:
    kept(folder, "1")
    (folder / "answered-2026-07-15.jsonl").write_bytes(b'{"agree')
    kept(folder, "2", at=DAY + timedelta(days=1))
    assert names(read(folder)) == ["1", "2"]


def test_a_node_does_not_start_over_a_log_that_is_none(file: Path, folder: Path) -> None:
    folder.mkdir()
    (folder / "answered-2026-07-14.jsonl").write_bytes(b"something\n")
    with pytest.raises(ConfigError, match=r"log: nothing can be kept in .*none of this log"):
        create_app(configured({**mapping(f"sqlite:///{file}"), "log": str(folder)}))
    with pytest.raises(ConfigError, match="log: nothing can be kept in"):
        create_app(configured({**mapping(f"sqlite:///{file}"), "log": str(file)}))


def test_lines_of_one_moment_wait_for_the_disk_together(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits, sync = list[int](), os.fdatasync

    def slow(file: int) -> None:
        waits.append(file)
        asyncio.run(asyncio.sleep(0.02))
        sync(file)

    monkeypatch.setattr(answered.os, "fdatasync", slow)
    log = AnsweredLog(folder)
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda mark: log.keep({**SAID, "jti": str(mark)}), range(60)))
    log.close()
    assert sorted(names(read(folder))) == sorted(map(str, range(60)))
    assert len(waits) < 20


def test_what_cannot_be_written_takes_no_other_with_it(folder: Path) -> None:
    log = AnsweredLog(folder)
    with pytest.raises(NotKept):
        log.keep({**SAID, "purpose": "\ud800"})
    log.keep(SAID)
    log.close()
    with pytest.raises(NotKept):
        log.keep(SAID)
    assert names(read(folder)) == ["1"]


WRITES = """
import sys
from pathlib import Path
from departments.share.answered import AnsweredLog
from tests.departments.test_share_log import SAID
log = AnsweredLog(Path(sys.argv[1]))
for number in range(40):
    log.keep({**SAID, "jti": f"{sys.argv[2]}-{number}"})
"""


def test_several_processes_share_a_folder(folder: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITES, str(folder), name]) for name in "ab"]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    found = names(read(folder))
    assert sorted(found) == sorted(f"{name}-{number}" for name in "ab" for number in range(40))
    assert [name for name in found if name.startswith("a")] == [f"a-{number}" for number in range(40)]
