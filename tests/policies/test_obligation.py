"""Obligations, the strictest of several, and the registers of profiles and gateways."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.errors import PolicyError
from policies.obligation import Obligation, obligations, read_profiles, strictest
from policies.register import read_gateways
from schema.measures import MEASURES
from tests.policies.conftest import FOLDER, Policy

PROFILES = read_profiles(FOLDER / "profiles.toml")
BANDS = [[0, 10], [50, 50], [250, 100]]
LOW = st.builds(Obligation, st.just("suppress_below"), st.integers(1, 50), zeros=st.booleans())
DOMINANCE = st.builds(Obligation, st.just("dominance"), st.integers(1, 5), st.floats(0, 100))
ROUND = st.builds(Obligation, st.just("round_to"), st.integers(1, 100))
BY_SIZE = st.lists(st.tuples(st.integers(1, 5000), st.integers(1, 500)), min_size=1, max_size=4).map(
    lambda bands: Obligation("round_by_size", 500, bands=((0, 5), *sorted(dict(bands).items())))
)
ANY = st.lists(st.one_of(LOW, DOMINANCE, ROUND, BY_SIZE), max_size=6)


@given(ANY)
def test_the_strictest_of_several_is_as_strict_as_each(several: list[Obligation]) -> None:
    kept = {obligation.kind: obligation for obligation in strictest(several)}
    rounding = kept.get("round_to") or kept.get("round_by_size")
    for one in several:
        if one.kind in ("round_to", "round_by_size"):
            assert rounding is not None
            for value in (0, 1, 49, 50, 249, 1000, 4999, 10_000):
                assert base(rounding, value) >= base(one, value)
            continue
        assert kept[one.kind].amount >= one.amount
        assert (kept[one.kind].percent or 0) >= (one.percent or 0)
        assert kept[one.kind].zeros >= one.zeros


@given(ANY)
def test_the_strictest_is_one_of_each_kind_in_the_order_they_are_carried_out(several: list[Obligation]) -> None:
    kept = strictest(several)
    order = {"suppress_below": 0, "dominance": 1, "round_to": 2, "round_by_size": 2}
    places = [order[obligation.kind] for obligation in kept]
    assert places == sorted(set(places))
    assert strictest(reversed(several)) == kept
    assert strictest(kept) == kept


def base(rounding: Obligation, value: int) -> int:
    return next(to for start, to in reversed(rounding.steps) if start <= value)


def test_every_profile_says_where_its_numbers_are_from_and_how_sure_that_is() -> None:
    for name, profile in PROFILES.items():
        assert profile.source, name
        assert profile.confidence in ("verified", "assumed"), name
    assert PROFILES["hmrc-rti"].confidence == "assumed"
    assert PROFILES["ons-10-5"].obligations == (Obligation("suppress_below", 10, zeros=True), Obligation("round_to", 5))


def test_every_profile_with_a_threshold_hides_zeros() -> None:
    thresholds = [one for profile in PROFILES.values() for one in profile.obligations if one.kind == "suppress_below"]
    assert len(thresholds) > 3
    assert all(one.zeros for one in thresholds)


def test_every_gateway_says_where_it_was_read_and_how_sure_that_is(shared: Policy) -> None:
    assert shared.rules.gateways["dea-2017-35"].confidence == "assumed"
    assert shared.rules.gateways["wra-2012-127"].citation == "Welfare Reform Act 2012, section 127"
    for agreement in shared.agreements.values():
        for name in agreement.measures:
            carried = [
                shared.rules.gateways[gateway].carries(name, agreement.owner, agreement.consumer)
                for gateway in agreement.gateways
            ]
            assert any(carried), (agreement.id, name)


def test_a_gateway_carries_only_what_it_covers_to_whom_it_names(shared: Policy) -> None:
    gateway = shared.rules.gateways["sta-1947-9"]
    assert gateway.carries("businesses", "BEIS", "DfE")
    assert not gateway.carries("businesses", "BEIS", "GMCA")
    assert not gateway.carries("businesses", "HMRC", "DfE")
    assert not gateway.carries("businessSupportLoans", "BEIS", "DfE")


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"suppress_below": 0}, "suppress_below must be a whole number of 1 or more, not 0"),
        ({"suppress_below": True}, "suppress_below must be a whole number"),
        ({"suppress_below": 9.5}, "suppress_below must be a whole number"),
        ({"suppress_below": {"zeros": True}}, "suppress_below.fewer_than is needed"),
        ({"suppress_below": {"fewer_than": 5, "zeros": 1}}, "zeros must be true or false"),
        ({"suppress_below": {"less_than": 5}}, "fewer_than"),
        ({"dominance": 3}, "dominance must be a table, not 3"),
        ({"dominance": {"contributors": 3}}, "dominance.percent is needed"),
        ({"dominance": {"contributors": 3, "percent": 101}}, "percent must be a number from 0 to 100"),
        ({"dominance": {"contributors": 0, "percent": 10}}, "contributors must be a whole number"),
        ({"dominance": {"contributors": 3, "percent": float("nan")}}, "percent must be a number from 0 to 100"),
        ({"round_by_size": []}, "pairs of whole numbers"),
        ({"round_by_size": [[1, 5]]}, "begin at 0"),
        ({"round_by_size": [[0, 5], [0, 10]]}, "and rise"),
        ({"round_by_size": [[0, 0]]}, "pairs of whole numbers"),
        ({"profile": "ons"}, "ons-10-5"),
    ],
)
def test_an_obligation_that_cannot_be_carried_out_is_told(document: dict[str, Any], words: str) -> None:
    with pytest.raises(PolicyError) as error:
        obligations(document, PROFILES)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[p]\ndescription = 'x'\nsource = 'y'\nconfidence = 'verified'\n", "profiles.toml: p.obligations is needed"),
        ("[p]\ndescription = 'x'\nsource = 'y'\nconfidence = 'sure'\nobligations = {}\n", "verified, assumed"),
        ("p = 3\n", "profiles.toml: p must be a table, not 3."),
        ("[p", r"profiles.toml: "),
    ],
)
def test_a_profile_that_is_wrong_is_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "profiles.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as error:
        read_profiles(path)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('covers = ["HMRC"]', 'covers = ["HMCR"]', 'gateways.toml: crca-2005-18-2-a.covers[0] "HMCR" is not known'),
        ('measures = ["businesses",', 'measures = ["business",', 'sta-1947-9.measures[0] "business" is not known'),
        ('confidence = "verified"', 'confidence = "sure"', "allowed are verified, assumed"),
        ('section = "18(2)(a)"', "section = 18", "section must be text"),
    ],
)
def test_a_gateway_that_is_wrong_is_named(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = tmp_path / "gateways.toml"
    path.write_text((FOLDER / "gateways.toml").read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyError) as error:
        read_gateways(path, MEASURES)
    assert words in str(error.value)


def test_bands_of_sizes_are_told_in_words() -> None:
    (rounding,) = obligations({"round_by_size": BANDS}, PROFILES)
    assert rounding.words == "Rounded the more the larger it is: to the nearest 10 from 0, 50 from 50, 100 from 250"
