"""A witness: every line of C2SP's table, what it remembers, and two histories that are caught."""

import hashlib
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.transparency.keys import LOG, LOG_KEY, ORIGIN, WITNESSES, Seeded, signed, witness_key, witness_name
from tests.transparency.trees import Kept, numbered
from transparency import note
from transparency.add_checkpoint import request
from transparency.checkpoint import Checkpoint
from transparency.evidence import convicted
from transparency.note import Note, NoteWrong
from transparency.policy import NotTrusted, Policy
from transparency.witness import SIZE, Answer, Seen, Witness
from transparency.witness_files import Files

NOW = 1_750_000_000
TREE = Kept.of(numbered(600))
OTHER = Kept.of(numbered(300) + numbered(300, "another"))


def checkpoint(size: int, tree: Kept = TREE) -> Checkpoint:
    return Checkpoint(ORIGIN, size, tree.root(size))


def asks(old: int, size: int, tree: Kept = TREE) -> bytes:
    return request(old, tree.consistency(old, size), signed(checkpoint(size, tree))).encode()


def made(folder: Path, name: str = "ons") -> Witness:
    return Witness(witness_name(name), WITNESSES[name], {ORIGIN: [LOG_KEY]}, Files(folder), lambda: NOW + 0.9)


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return made(tmp_path / "ons")


@pytest.fixture
def another(tmp_path: Path) -> Witness:
    """One that has seen nothing yet."""
    return made(tmp_path / "another")


def cosignature(answer: Answer, of: Checkpoint, name: str = "ons") -> str:
    """What was answered, if it is a cosignature that holds."""
    assert answer.status == 200, answer
    received = Note(str(of), [note.signature_of(answer.body.removesuffix("\n"))])
    ((key, one),) = note.believed(received, [witness_key(name)])
    assert (key, note.seen_at(one.signature)) == (witness_key(name), NOW)
    return answer.body


def test_a_tree_that_goes_on_is_cosigned_from_the_first_leaf_on(witness: Witness) -> None:
    for old, size in ((0, 1), (1, 1), (1, 255), (255, 256), (256, 300), (300, 600), (600, 600)):
        cosignature(witness.add_checkpoint(asks(old, size)), checkpoint(size))
        seen = witness.store.latest(ORIGIN)
        assert seen and (seen.size, seen.root) == (size, TREE.root(size))


def test_what_is_remembered_is_the_checkpoint_with_both_signatures(witness: Witness) -> None:
    witness.add_checkpoint(asks(0, 300))
    seen = witness.store.latest(ORIGIN)
    policy = Policy.read(f"log {LOG_KEY}\nwitness ons {witness.public}\nquorum ons\n")
    assert seen and policy.check(seen.signed).checkpoint == checkpoint(300)


def test_an_empty_log_is_cosigned_and_goes_on(witness: Witness, another: Witness) -> None:
    cosignature(witness.add_checkpoint(asks(0, 0)), checkpoint(0))
    cosignature(witness.add_checkpoint(asks(0, 5)), checkpoint(5))
    false = request(0, [], signed(Checkpoint(ORIGIN, 0, TREE.root(1)))).encode()
    assert another.add_checkpoint(false).status == 422


def test_an_unknown_origin_is_404(witness: Witness) -> None:
    text = str(checkpoint(3)._replace(origin="other.example/log"))
    body = request(0, [], str(Note(text, [note.sign(text, "other.example/log", LOG)])))
    assert witness.add_checkpoint(body.encode()).status == 404


def test_a_checkpoint_without_a_signature_of_a_trusted_key_is_403(witness: Witness) -> None:
    text = str(checkpoint(3))
    stranger = note.sign(text, ORIGIN, Seeded(9))
    forged = note.sign(text, ORIGIN, LOG)._replace(signature=b"0" * 64)
    for signatures in ([stranger], [forged], [stranger, forged]):
        assert witness.add_checkpoint(request(0, [], str(Note(text, signatures))).encode()).status == 403
    assert witness.store.latest(ORIGIN) is None
    both = str(Note(text, [stranger, note.sign(text, ORIGIN, LOG)]))
    cosignature(witness.add_checkpoint(request(0, [], both).encode()), checkpoint(3))


def test_an_old_size_larger_than_the_checkpoints_is_400(witness: Witness) -> None:
    witness.add_checkpoint(asks(0, 5))
    assert witness.add_checkpoint(request(5, [], signed(checkpoint(4))).encode()).status == 400


@pytest.mark.parametrize(("known", "old", "size"), [(0, 3, 5), (5, 0, 9), (5, 4, 9), (5, 6, 9), (5, 0, 3), (5, 3, 3)])
def test_an_old_size_that_is_not_the_last_one_is_409_with_the_size(
    witness: Witness, known: int, old: int, size: int
) -> None:
    if known:
        witness.add_checkpoint(asks(0, known))
    assert witness.add_checkpoint(asks(old, size)) == (409, f"{known}\n", SIZE)


@pytest.mark.parametrize(("old", "body"), [(400, "another root of this size has been cosigned\n"), (300, "400\n")])
def test_another_root_of_the_same_size_is_409_and_the_evidence_is_kept(
    witness: Witness, tmp_path: Path, old: int, body: str
) -> None:
    first = cosignature(witness.add_checkpoint(asks(0, 400)), checkpoint(400))
    asked = request(old, [], signed(checkpoint(400, OTHER)))
    answer = witness.add_checkpoint(asked.encode())
    assert (answer.status, answer.body) == (409, body)
    (evidence,) = (tmp_path / "ons").glob("*.evidence")
    assert evidence.read_text() == f"{signed(checkpoint(400))}{first}\n{asked}"
    assert convicted(evidence.read_text(), [LOG_KEY]) == (checkpoint(400), checkpoint(400, OTHER))
    seen = witness.store.latest(ORIGIN)
    assert seen and seen.root == TREE.root(400)


def test_a_proof_that_proves_nothing_is_422(witness: Witness, another: Witness) -> None:
    witness.add_checkpoint(asks(0, 300))
    right = TREE.consistency(300, 600)
    for proof in ([], right[:-1], [*right, right[0]], right[::-1], [b"0" * 31, *right[1:]]):
        assert witness.add_checkpoint(request(300, proof, signed(checkpoint(600))).encode()).status == 422
    assert witness.add_checkpoint(request(300, right[:1], signed(checkpoint(300))).encode()).status == 422
    seen = witness.store.latest(ORIGIN)
    assert seen and seen.size == 300
    assert another.add_checkpoint(request(0, right[:1], signed(checkpoint(3))).encode()).status == 422
    cosignature(witness.add_checkpoint(asks(300, 600)), checkpoint(600))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        asks(0, 5)[:-1],
        asks(0, 5).replace(b"old 0", b"old 00"),
        asks(0, 5).replace(b"old 0", b"old -1"),
        asks(0, 5).replace(b"old 0", b"new 0"),
        asks(0, 5).replace(b"old 0\n", b"old 0\nno base64\n"),
        asks(0, 5).replace(b"old 0\n", b"old 0\n" + (b64encode(b"0" * 32) + b"\n") * 64),
        asks(0, 5).replace(b"\n\n", b"\n", 1),
        asks(0, 5).replace(b"\n", b"\r\n"),
        asks(0, 5).replace(b"\n5\n", b"\n5\nextension\n"),
    ],
)
def test_what_is_no_request_is_400(witness: Witness, body: bytes) -> None:
    assert witness.add_checkpoint(body).status == 400


def test_a_log_that_proves_to_go_on_from_another_history_convicts_itself(witness: Witness, tmp_path: Path) -> None:
    witness.add_checkpoint(asks(0, 400))
    assert witness.add_checkpoint(asks(400, 600, OTHER)).status == 422
    (evidence,) = (tmp_path / "ons").glob("*.evidence")
    text = evidence.read_text()
    assert convicted(text, [LOG_KEY]) == (checkpoint(400), checkpoint(600, OTHER))
    assert witness.add_checkpoint(asks(400, 500, OTHER)).status == 422
    assert [file.read_text() for file in (tmp_path / "ons").glob("*.evidence")] == [text], "the first is enough"


def test_what_convicts_nobody_is_no_evidence(witness: Witness, tmp_path: Path) -> None:
    witness.add_checkpoint(asks(0, 256))
    wrong = TREE.consistency(256, 600)[::-1]
    assert witness.add_checkpoint(request(256, wrong, signed(checkpoint(600))).encode()).status == 422
    assert witness.add_checkpoint(asks(256, 600, OTHER)).status == 200, "both begin with the same 300"
    assert not list((tmp_path / "ons").glob("*.evidence"))
    seen, right = f"{signed(checkpoint(400))}\n", asks(400, 600).decode()
    forged = Note(str(checkpoint(400, OTHER)), [note.sign(str(checkpoint(400, OTHER)), ORIGIN, Seeded(9))])
    for nothing in (
        "",
        signed(checkpoint(400)),
        seen + right,
        seen + asks(300, 600, OTHER).decode(),
        seen + request(400, [], str(forged)),
        f"{forged}\n{asks(400, 400).decode()}",
        seen + asks(400, 600, OTHER).decode()[:-9],
        seen + request(400, OTHER.consistency(400, 600)[1:], signed(checkpoint(600, OTHER))),
    ):
        with pytest.raises(NoteWrong):
            convicted(nothing, [LOG_KEY])
    assert convicted(seen + asks(400, 600, OTHER).decode(), [LOG_KEY])


def test_two_histories_shown_to_two_witnesses_are_caught(tmp_path: Path) -> None:
    """The log shows ONS one history and HMRC another, both rightly signed. Neither is taken to the other's, and a
    quorum of two is met for neither."""
    ons, hmrc = made(tmp_path / "ons", "ons"), made(tmp_path / "hmrc", "hmrc")
    for witness in (ons, hmrc):
        cosignature(witness.add_checkpoint(asks(0, 300)), checkpoint(300), witness.name.split(".")[0])
    one, other = checkpoint(500), checkpoint(600, OTHER)
    by_ons = cosignature(ons.add_checkpoint(asks(300, 500)), one)
    by_hmrc = cosignature(hmrc.add_checkpoint(asks(300, 600, OTHER)), other, "hmrc")
    assert ons.add_checkpoint(asks(500, 600, OTHER)).status == 422
    assert hmrc.add_checkpoint(asks(500, 600)).body == "600\n"
    assert hmrc.add_checkpoint(request(600, [], signed(checkpoint(600))).encode()).status == 409
    assert list((tmp_path / "hmrc").glob("*.evidence"))
    both = f"group g 2 ons hmrc\nquorum g\nlog {LOG_KEY}\n"
    policy = Policy.read(f"witness ons {witness_key('ons')}\nwitness hmrc {witness_key('hmrc')}\n{both}")
    for told, cosigned in ((one, by_ons), (other, by_hmrc)):
        with pytest.raises(NotTrusted, match="quorum"):
            policy.check(signed(told) + cosigned)


def test_of_two_histories_at_once_one_is_cosigned(tmp_path: Path) -> None:
    """Check and store are one step: many threads, each with a witness of its own on the same files."""
    folder = tmp_path / "ons"
    made(folder).add_checkpoint(asks(0, 300))
    bodies = [asks(300, size, tree) for size in range(301, 321) for tree in (TREE, OTHER)]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda body: made(folder).add_checkpoint(body), bodies))
    assert [answer.status for answer in answers].count(200) == 1
    assert {answer.status for answer in answers} == {200, 409}


def test_what_was_cosigned_is_known_after_a_restart_and_a_damaged_file_cosigns_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "ons"
    made(folder).add_checkpoint(asks(0, 300))
    assert made(folder).add_checkpoint(asks(0, 600)) == (409, "300\n", SIZE)
    file = folder / f"{hashlib.sha256(ORIGIN.encode()).hexdigest()}.checkpoint"
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(NoteWrong):
        made(folder).add_checkpoint(asks(0, 600))


def test_nothing_is_cosigned_that_could_not_be_stored(witness: Witness, monkeypatch: pytest.MonkeyPatch) -> None:
    witness.add_checkpoint(asks(0, 300))

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(OSError, match="no space"):
            witness.add_checkpoint(asks(300, 500))
    seen = witness.store.latest(ORIGIN)
    assert seen and seen.size == 300
    cosignature(witness.add_checkpoint(asks(300, 600)), checkpoint(600))


def test_a_store_is_replaced_only_from_what_it_holds(tmp_path: Path) -> None:
    store = Files(tmp_path)
    one, two = (Seen(size, TREE.root(size), signed(checkpoint(size))) for size in (1, 2))
    assert not store.put(ORIGIN, two, one)
    assert store.put(ORIGIN, None, one)
    assert not store.put(ORIGIN, None, two)
    assert store.put(ORIGIN, one, two)
    assert store.latest(ORIGIN) == two
