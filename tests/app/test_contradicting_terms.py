"""What one agreement hides is not shown by another, nor by what is open: who signs, and who starts, is told."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from policies.errors import PolicyError
from tests.conftest import Opener, Trust
from tests.moving import moved, refused, sent, signed, status, submitted

PERCENT = {"contributors": 3, "percent": 10}
REASON = "The two consumers have signed not to put their figures together."


def asked(profile: dict[str, Any], *accepted: str) -> dict[str, Any]:
    return {"obligations": {**profile, "accepted": [{"terms": name, "reason": REASON} for name in accepted]}}


async def test_whoever_signs_terms_that_show_what_others_hide_is_refused_until_the_owner_says_why(trust: Trust) -> None:
    one = await submitted(trust, obligations={"suppressBelow": {"fewerThan": 5}, "roundTo": 5})
    given = {"id": one["id"], "version": 1, "contentHash": one["contentHash"]}
    for who in ("trustee", "hmrc-steward"):
        error = await refused(trust, who, "approve", "AGREEMENT_INCOMPLETE", **given)
        (missing,) = error["extensions"]["missing"]
        assert missing["key"] == "obligations"
        for words in ("DSA-001", "DSA-002", "DSA-009", "what everyone may read", "medianMonthlyPay", "fewer than 10"):
            assert words in error["message"]
    await moved(trust, "hmrc-steward", "return", id=one["id"], version=1, comment="Why fewer than 5?")
    terms = asked({"suppressBelow": {"fewerThan": 5}, "roundTo": 5}, "DSA-001", "DSA-002", "DSA-009")
    change = await moved(trust, "beis-analyst", "amend", id=one["id"], expectedVersion=1, terms=terms)
    await moved(trust, "beis-steward", "submit", id=one["id"], version=2)
    given = {"id": one["id"], "version": 2, "contentHash": change["agreement"]["contentHash"]}
    error = await refused(trust, "trustee", "approve", "AGREEMENT_INCOMPLETE", **given)
    assert "DSA-" not in error["message"].partition("contradicts")[2]
    await moved(trust, "hmrc-steward", "return", id=one["id"], version=2, comment="Nor beside what is open.")
    terms = asked({"suppressBelow": {"fewerThan": 5}, "roundTo": 5}, "DSA-001", "DSA-002", "DSA-009", "open")
    change = await moved(trust, "beis-analyst", "amend", id=one["id"], expectedVersion=2, terms=terms)
    await moved(trust, "beis-steward", "submit", id=one["id"], version=3)
    assert (await signed(trust, change["agreement"]))["to"] == "ACTIVE"
    text = "query($id: ID!) { agreement(id: $id) { content } }"
    told = (await sent(trust, "trustee", text, id=one["id"]))["data"]["agreement"]["content"]
    assert told["obligations"]["accepted"][0] == {"terms": "DSA-001", "reason": REASON}


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        (
            {"suppressBelow": {"fewerThan": 12}, "dominance": {"contributors": 3, "percent": 10}, "roundTo": 5},
            "than 12",
        ),
        (
            {"suppressBelow": {"fewerThan": 10}, "dominance": {"contributors": 3, "percent": 10}, "roundTo": 10},
            "either",
        ),
        ({"profile": "ons-10-5"}, "p% at 10"),
    ],
)
async def test_an_amendment_is_held_against_what_was_in_force(
    trust: Trust, profile: dict[str, Any], words: str
) -> None:
    change = await moved(trust, "dwp-analyst", "amend", id="DSA-002", expectedVersion=1, terms={"obligations": profile})
    await moved(trust, "dwp-steward", "submit", id="DSA-002", version=2)
    given = {"id": "DSA-002", "version": 2, "contentHash": change["agreement"]["contentHash"]}
    error = await refused(trust, "hmrc-steward", "approve", "AGREEMENT_INCOMPLETE", **given)
    assert words in error["message"]


async def test_an_owner_may_be_stricter_at_once_but_not_round_so_that_both_tell_more(trust: Trust) -> None:
    strict = {
        "suppressBelow": {"fewerThan": 30, "zeros": True},
        "dominance": {"contributors": 5, "percent": 20},
        "roundTo": 5,
    }
    change = await moved(
        trust, "hmrc-steward", "narrow", id="DSA-002", expectedVersion=1, terms={"obligations": strict}
    )
    assert change["to"] == "ACTIVE"
    terms = {"obligations": {**strict, "roundTo": 10}}
    error = await refused(
        trust, "hmrc-steward", "narrow", "AGREEMENT_INCOMPLETE", id="DSA-002", expectedVersion=2, terms=terms
    )
    assert "the two together tell more than either" in error["message"]
    assert await status(trust, "DSA-002") == ["SUPERSEDED", "ACTIVE"]


async def test_a_new_trust_does_not_start_from_files_that_contradict_each_other(
    open_trust: Opener, tmp_path: Path
) -> None:
    shutil.copytree("policies", tmp_path / "policies")
    file = tmp_path / "policies/agreements/DSA-006.toml"
    file.write_text(file.read_text().replace('profile = "hmrc-rti"', 'profile = "ons-10-5"'))
    with pytest.raises(PolicyError) as told:
        async with open_trust(POLICIES=str(tmp_path / "policies")):
            pass
    assert "DSA-001 contradicts DSA-006 on payrolledEmployees" in str(told.value)
    assert "obligations.accepted" in str(told.value)


async def test_what_is_never_used_is_told_to_both_parties(trust: Trust) -> None:
    terms = {"scope": {"finest": "REGION"}}
    await moved(trust, "hmrc-steward", "narrow", id="DSA-006", expectedVersion=1, terms=terms)
    for who in ("hmrc-steward", "beis-analyst"):
        told = (await sent(trust, who, '{ agreement(id: "DSA-006") { attention } }'))["data"]["agreement"]["attention"]
        assert "It is never used: everyone may read all that it covers." in told
        told = (await sent(trust, who, '{ agreement(id: "DSA-002") { attention } }'))["data"]["agreement"]
        assert told is None or not any("never used" in words for words in told["attention"])
