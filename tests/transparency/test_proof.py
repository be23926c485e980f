"""A proof that is kept in a file is checked without asking anybody."""

from dataclasses import replace

import pytest

from tests.transparency.keys import LOG_KEY, ORIGIN, signed, witness_key
from tests.transparency.trees import LEAVES, Kept
from transparency.checkpoint import Checkpoint
from transparency.policy import NotTrusted, Policy
from transparency.proof import Proof
from transparency.tree import ProofWrong

KEPT = Kept.of(LEAVES)
CHECKPOINT = Checkpoint(ORIGIN, 8, KEPT.root())
POLICY = Policy.read(f"log {LOG_KEY}\nwitness ons {witness_key('ons')}\nquorum ons\n")
FIVE = Proof(5, KEPT.inclusion(5), signed(CHECKPOINT, "ons"))


def test_a_proof_is_written_to_the_byte_and_read_again() -> None:
    assert str(FIVE) == (
        "c2sp.org/tlog-proof@v1\n"
        "index 5\n"
        "vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=\n"
        "yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=\n"
        "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=\n"
        "\n" + signed(CHECKPOINT, "ons")
    )
    extra = replace(FIVE, extra=b"salt")
    assert str(extra).split("\n")[1] == "extra c2FsdA=="
    for proof in (FIVE, extra, replace(FIVE, extra=b"")):
        assert Proof.read(str(proof)) == proof


@pytest.mark.parametrize("index", range(8))
def test_every_entry_is_proved_offline_with_a_policy(index: int) -> None:
    proof = Proof.read(str(Proof(index, KEPT.inclusion(index), signed(CHECKPOINT, "ons"))))
    assert proof.check(LEAVES[index], POLICY) == (CHECKPOINT, {"ons"})
    with pytest.raises(ProofWrong):
        proof.check(LEAVES[index - 1], POLICY)


def test_the_only_entry_of_a_log_needs_no_hashes() -> None:
    alone = Checkpoint(ORIGIN, 1, KEPT.root(1))
    proof = Proof.read(str(Proof(0, [], signed(alone, "ons"))))
    assert proof.check(LEAVES[0], POLICY).checkpoint == alone


def test_a_proof_under_a_checkpoint_that_is_not_believed_proves_nothing() -> None:
    for checkpoint in (
        signed(CHECKPOINT),
        signed(CHECKPOINT, "dwp"),
        signed(CHECKPOINT, "ons").replace("\n8\n", "\n9\n"),
    ):
        with pytest.raises(NotTrusted):
            Proof.read(str(replace(FIVE, checkpoint=checkpoint))).check(LEAVES[5], POLICY)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        str(FIVE).replace("@v1", "@v2"),
        str(FIVE).split("\n\n")[0],
        str(FIVE).replace("index 5\n", ""),
        str(FIVE).replace("index 5", "index 05"),
        str(FIVE).replace("index 5", "index -5"),
        str(FIVE).replace("index 5", "extra YQ==\nextra YQ==\nindex 5"),
        str(FIVE).replace("index 5\n", "index 5\nextra YQ==\n"),
        str(FIVE).replace("index 5\n", "index 5\nYQ==\n"),
        str(FIVE).replace("index 5\n", "index 5\n" + "vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=\n" * 61),
        str(FIVE).replace("Znms=\n", "Znms\n"),
        str(FIVE).replace("\n", "\r\n"),
    ],
)
def test_what_is_no_proof_is_refused(wrong: str) -> None:
    with pytest.raises(ProofWrong):
        Proof.read(wrong)
