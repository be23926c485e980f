"""Which checkpoints are believed, by C2SP's policy files."""

import pytest

from tests.transparency.keys import DEPARTMENTS, LOG_KEY, ORIGIN, Seeded, signed, witness_key
from tests.transparency.trees import LEAVES, Kept
from transparency import note
from transparency.checkpoint import Checkpoint
from transparency.note import Note
from transparency.policy import NotTrusted, Policy, PolicyWrong

EIGHT = Checkpoint(ORIGIN, 8, Kept.of(LEAVES).root())
KEYS = f"log {LOG_KEY} https://{ORIGIN}\n" + "".join(f"witness {name} {witness_key(name)}\n" for name in DEPARTMENTS)
TWO_OF_FIVE = (
    f"# Two of the five departments\n{KEYS}\n\tgroup departments 2 {' '.join(DEPARTMENTS)}\nquorum departments\n"
)


def test_two_of_the_five_departments_are_enough_and_one_is_not() -> None:
    policy = Policy.read(TWO_OF_FIVE)
    trusted = policy.check(signed(EIGHT, "dwp", "hmrc"))
    assert trusted == (EIGHT, {"dwp", "hmrc"})
    for lacking in ((), ("dwp",), ("dwp", "dwp")):
        with pytest.raises(NotTrusted, match="quorum departments is not met"):
            policy.check(signed(EIGHT, *lacking))


def test_where_a_witness_is_asked_is_known_as_far_as_it_is_said() -> None:
    named = "".join(
        f"witness {name} {witness_key(name)}{url}\n" for name, url in (("ons", " https://a/w/"), ("dwp", ""))
    )
    assert Policy.read(f"{named}quorum ons\n").urls == {"ons": "https://a/w"}


@pytest.mark.parametrize(
    ("quorum", "enough", "lacking"),
    [
        ("quorum none", [(), ("ons",)], []),
        ("quorum ons", [("ons",), ("ons", "dwp")], [(), ("dwp",)]),
        ("group g any ons dwp\nquorum g", [("ons",), ("dwp",)], [(), ("dfe",)]),
        ("group g all ons dwp\nquorum g", [("ons", "dwp")], [("ons",), ("dwp", "dfe")]),
        (
            "group x 2 ons hmrc dwp\ngroup y any dfe dbt\ngroup z all x y\nquorum z",
            [("ons", "dwp", "dbt"), ("hmrc", "dwp", "dfe", "dbt")],
            [("ons", "hmrc", "dwp"), ("ons", "dfe", "dbt")],
        ),
    ],
)
def test_quorums_of_witnesses_and_groups(
    quorum: str, enough: list[tuple[str, ...]], lacking: list[tuple[str, ...]]
) -> None:
    policy = Policy.read(f"{KEYS}{quorum}\n")
    for witnesses in enough:
        assert policy.check(signed(EIGHT, *witnesses)).witnesses == set(witnesses)
    for witnesses in lacking:
        with pytest.raises(NotTrusted):
            policy.check(signed(EIGHT, *witnesses))


def test_only_a_log_that_is_listed_is_believed_and_only_by_its_own_name() -> None:
    policy = Policy.read(f"{KEYS}quorum ons\n")
    text = str(EIGHT)
    cosigned = note.cosign(text, "ons.example/witness", Seeded(1), 1)
    with pytest.raises(NotTrusted, match="no log that is trusted"):
        policy.check(str(Note(text, [cosigned, note.sign(text, ORIGIN, Seeded(9))])))
    other = EIGHT._replace(origin="other.example/log")
    with pytest.raises(NotTrusted, match="as other"):
        policy.check(signed(other, "ons"))
    with pytest.raises(NotTrusted, match="a note has a text"):
        policy.check(text)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("", "no line with the quorum"),
        ("quorum nobody", "line 7: nobody is no witness"),
        ("quorum ons\nquorum ons", "one quorum only"),
        ("witness ons " + str(witness_key("dwp")), "has a meaning already"),
        ("witness none " + str(witness_key("dwp")), "has a meaning already"),
        ("witness again " + str(witness_key("dwp")), "there already"),
        (f"log {LOG_KEY}", "there already"),
        (f"log {witness_key('ons')}", "must be of type 1"),
        (f"witness log {LOG_KEY}", "must be of type 4"),
        ("witness x y", "is no base64|is no key"),
        ("group g 0 ons", "not 0"),
        ("group g 2 ons", "not 2"),
        ("group g 01 ons", "not 01"),
        ("group g some ons", "not some"),
        ("group g any", "a line is one of"),
        ("group g any ons ons", "may be one once"),
        ("group g any ons\ngroup h any ons", "may be one once"),
        ("group g any h\ngroup h any ons", "h is no witness"),
        ("group g any none", "none is no witness"),
        ("group ons any dwp", "has a meaning already"),
        ("witnesses", "a line is one of"),
        ("quorum\x0bons", "control characters"),
        ("quorum ons\r", "control characters"),
    ],
)
def test_a_file_that_is_no_policy_is_refused_with_the_line(lines: str, told: str) -> None:
    with pytest.raises(PolicyWrong, match=told):
        Policy.read(f"{KEYS}{lines}\n")
