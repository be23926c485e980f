"""A receipt is checked by somebody who has read the specifications and none of our code: RFC 6962 for the tree, C2SP's
signed-note, tlog-checkpoint and tlog-proof for the rest, and docs/audit.md for the entry."""

import base64
import hashlib
import json
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.conftest import Trust

QUERY = """{ area(code: "E08000003") { name labourMarket(periods: {from: "2023-06", to: "2023-08"}, fill: LATEST) {
  payrolledEmployees { value } businesses { value } businessSupportLoans { value } } } }"""


def check(entry: str, opened: list[str], proof: str, vkey: str) -> dict[str, Any]:
    """Raises where anything does not fit. The opened parts, by what they are."""
    # tlog-proof: first line, index, hashes, an empty line, the checkpoint.
    head, _, checkpoint = proof.partition("\n\n")
    first, index_line, *hashes = head.split("\n")
    assert first == "c2sp.org/tlog-proof@v1"
    index = int(index_line.removeprefix("index "))
    # signed-note: a text, an empty line, a line of each signature; the key's id is of its name and public half.
    name, hex_id, key64 = vkey.split("+", 2)
    key = base64.b64decode(key64)
    assert key[0] == 1
    key_id = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    assert key_id.hex() == hex_id
    text, _, signatures = checkpoint.rpartition("\n\n")
    text += "\n"
    (line,) = [one for one in signatures.splitlines() if one.startswith(f"\u2014 {name} ")]
    signature = base64.b64decode(line.rpartition(" ")[2])
    assert signature[:4] == key_id
    Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature[4:], text.encode())
    # tlog-checkpoint: origin, size, root.
    origin, size_line, root64 = text.splitlines()
    assert origin == name
    size, root = int(size_line), base64.b64decode(root64)
    # RFC 9162, 2.1.3.2.
    assert index < size
    found, at, last = hashlib.sha256(b"\x00" + entry.encode()).digest(), index, size - 1
    for one in map(base64.b64decode, hashes):
        assert last > 0
        if at & 1 or at == last:
            found = hashlib.sha256(b"\x01" + one + found).digest()
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\x01" + found + one).digest()
        at, last = at >> 1, last >> 1
    assert last == 0
    assert found == root
    # docs/audit.md: the entry has the SHA-256 of each of its parts.
    said = json.loads(entry)
    committed = {said["caller"], said["answer"], *said["parts"]}
    assert all(hashlib.sha256(part.encode()).hexdigest() in committed for part in opened)
    parts: dict[str, Any] = {}
    for part in map(json.loads, opened):
        parts.setdefault(part["part"], []).append(part)
    return parts


async def receipt(trust: Trust, persona: str) -> tuple[str, dict[str, Any], str]:
    """An answer, its receipt as a persona gets it, and the key of the log."""
    body, headers = {"query": QUERY}, trust.headers("dfe-analyst")
    answer = await trust.http.post("/graphql", json=body, headers=headers)
    path = answer.json()["extensions"]["receipt"]["path"]
    got = await trust.http.get(path, headers=trust.headers(persona))
    (one,) = got.json()["entries"]
    key = (await trust.http.get("/audit/keys")).text.strip()
    return answer.text, one, key


async def test_somebody_elses_code_checks_a_receipt_and_the_answer_it_is_of(trust: Trust) -> None:
    answer, one, key = await receipt(trust, "dfe-analyst")
    parts = check(one["entry"], one["opened"], one["proof"], key)
    data = json.dumps(json.loads(answer)["data"], separators=(",", ":"), ensure_ascii=False).encode()
    (given,) = parts["answer"]
    assert (given["sha256"], given["bytes"]) == (hashlib.sha256(data).hexdigest(), len(data))
    decided = {part["owner"]: (len(part["granted"]), len(part["refused"])) for part in parts["decisions"]}
    assert decided == {"HMRC": (1, 0), "BEIS": (1, 1)}


async def test_a_department_checks_its_part_with_the_same_code(trust: Trust) -> None:
    _, one, key = await receipt(trust, "beis-steward")
    parts = check(one["entry"], one["opened"], one["proof"], key)
    assert {name: [part["owner"] for part in several] for name, several in parts.items()} == {
        "decisions": ["BEIS"],
        "uses": ["BEIS"],
        "calls": ["BEIS"],
    }


async def test_whatever_is_changed_in_a_receipt_is_seen_by_that_code(trust: Trust) -> None:
    _, one, key = await receipt(trust, "dfe-analyst")
    changed: dict[str, tuple[str, list[str], str]] = {
        "the entry": (one["entry"].replace("DfE", "DWP"), one["opened"], one["proof"]),
        "a part": (one["entry"], [part.replace("DSA-004", "DSA-005") for part in one["opened"]], one["proof"]),
        "the place": (one["entry"], one["opened"], one["proof"].replace("index 1", "index ")),
        "the size": (one["entry"], one["opened"], one["proof"].replace("/log\n1", "/log\n2")),
        "a hash": (one["entry"], one["opened"], one["proof"].replace("=\n", "=\nAAAA" + "A" * 39 + "=\n", 1)),
    }
    for what, receipt_ in changed.items():
        assert receipt_ != (one["entry"], one["opened"], one["proof"]), what
        with pytest.raises((AssertionError, InvalidSignature, ValueError)):
            check(*receipt_, key)
