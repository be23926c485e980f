"""No answer leaves a share node without its line in the node's own log, and no line is broken, however often the node
is killed: two processes of the sample HMRC over one folder, of which one is killed again and again."""

import hashlib
import os
import random
import signal
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import orjson

from app.signing import Signer, signer
from bench.forms import Bench
from bench.processes import running
from bench.trials.callers import Asked, Callers, Heard, beside
from bench.trials.outages import CUT
from bench.trials.verdict import Verdict, spread
from departments.share.answered_lines import LinesBroken, read
from departments.synthetic.databases import database

SECONDS = 420
KILLS = 20
CALLERS, PERIOD = 40, 0.1
# Seconds for which both run before one is killed, at most.
QUIET = 1.5
PATH = "/v1/datasets/paye_rti/query"
QUESTION = orjson.dumps(
    {
        "measures": ["payrolledEmployees"],
        "areas": {"level": "LA", "within": "E12000007"},
        "periods": {"from": "2021-01", "to": "2021-06"},
        "evidence": True,
    }
)


def run(bench: Bench, seconds: float, draw: random.Random, verdict: Verdict) -> None:
    """Kills, and holds the log to what callers got."""
    folder = bench.folder / "departments"
    folder.mkdir()
    trust = signer(bench.folder / "trust-key.pem")
    (folder / "trust-keys.json").write_bytes(orjson.dumps(trust.jwks))
    database("hmrc", folder)
    ports = (bench.port, bench.port + 1)
    heard: list[Heard] = []
    kills, broken, end = 0, list[str](), time.monotonic() + seconds
    verdict.tell(f"{CALLERS} callers ask two nodes every {PERIOD:g} s; one of the two is killed {KILLS} times.")

    def node(port: int) -> ExitStack:
        with ExitStack() as stack:
            command = ("departments", "hmrc", "--port", str(port), "--folder", str(folder))
            pids[port] = stack.enter_context(running(command, ports=[port], log=bench.folder / f"node-{port}.log"))
            return stack.pop_all()

    pids: dict[int, int] = {}
    with ExitStack() as whole:
        stacks = {port: node(port) for port in ports}
        for port in ports:
            whole.callback(lambda port=port: stacks[port].close())
        asks = [Callers(port, CALLERS // 2, PERIOD, lambda _: _asked(trust), heard.append).ask for port in ports]
        with beside(*asks):
            while kills < KILLS and time.monotonic() < end:
                time.sleep(draw.uniform(0.1, QUIET))
                port = draw.choice(ports)
                os.kill(pids[port], signal.SIGKILL)
                kills += 1
                broken += _broken(folder)
                stacks[port].close()
                stacks[port] = node(port)
            time.sleep(QUIET)
    verdict.hold("killed", kills == KILLS, f"{kills} times")
    verdict.hold("whoever reads the log finds it whole", not broken, broken[:1] or "")
    _judge(folder, heard, verdict)


def _asked(trust: Signer) -> Asked:
    """A question that is vouched for, as it goes over the wire. It is called by the name of its assertion."""
    now, name = int(time.time()), os.urandom(16).hex()
    claims = {
        "iss": "https://trust.example/lmdt", "aud": "hmrc", "sub": "lmdt", "iat": now, "exp": now + 60, "jti": name,
        "htm": "POST", "htu": f"http://node{PATH}", "digest": hashlib.sha256(QUESTION).hexdigest(),
        "operations": [name], "org": "DfE", "purpose": "skills-planning", "agreements": ["DSA-001 v1"],
        "grants": {"payrolledEmployees": {"basis": "AGREEMENT", "agreements": ["DSA-001 v1"]}},
    }  # fmt: skip
    head = f"POST {PATH} HTTP/1.1\r\nHost: node\r\nAuthorization: Bearer {trust.sign(claims)}\r\n"
    return Asked(name, f"{head}Content-Length: {len(QUESTION)}\r\n\r\n".encode() + QUESTION)


def _broken(folder: Path) -> list[str]:
    """What is wrong with the log, while one who writes it goes on."""
    try:
        read(folder / "hmrc-log")
    except LinesBroken as error:
        return [str(error)]
    return []


def _judge(folder: Path, heard: list[Heard], verdict: Verdict) -> None:
    codes = Counter(one.code for one in heard)
    answered = {one.asked.kind for one in heard if one.code == "200"}
    verdict.tell(f"{dict(codes)}, {spread([one.seconds for one in heard if one.code == '200'])}")
    strange = {code: count for code, count in codes.items() if code != "200" and code not in CUT}
    verdict.hold("nobody was told anything else", not strange, strange or "")
    verdict.hold("the kills were felt", codes["IncompleteReadError"] > 0, codes["IncompleteReadError"])
    lines = Counter(line.jti for line in read(folder / "hmrc-log").lines)
    without = answered - lines.keys()
    verdict.hold("every answer has its line", bool(answered) and not without, f"{len(answered)} answers")
    verdict.hold("none has two", max(lines.values()) == 1, "")
    unheard = lines.keys() - answered
    cut = {one.asked.kind for one in heard if one.lost}
    verdict.hold("every line is of an answer, or of one that was cut", unheard <= cut, f"{len(unheard)} were cut")
