"""A department can join alone: what has no source stays in the schema, and says whose it is."""

import shutil
from itertools import combinations
from pathlib import Path

import pytest

from app.gateway import build
from app.settings import read
from reference.strict_file import FileError
from resolvers.catalogue import Catalogue
from resolvers.source import load
from schema.measures import MEASURES
from tests.conftest import Opener, Trust

SOURCES = Path("resolvers/sources")
NAMES = sorted(path.stem for path in SOURCES.glob("*.toml"))
SOME = [(name,) for name in NAMES] + list(combinations(NAMES, 2))
ALL = """{ area(code: "E12000002") { labourMarket(periods: {from: "2022", to: "2022", every: YEAR}, fill: LATEST) {
    %s } } }"""


def folder_of(names: tuple[str, ...], folder: Path) -> str:
    for name in names:
        shutil.copy(SOURCES / f"{name}.toml", folder)
    return str(folder)


async def catalogue(trust: Trust) -> dict[str, bool]:
    measures = (await trust.data("{ measures { name offered dataset owners { since } breakdowns } }"))["measures"]
    assert all(measure["dataset"] or not measure["offered"] for measure in measures)
    return {measure["name"]: measure["offered"] for measure in measures}


@pytest.mark.parametrize("names", SOME, ids="+".join)
async def test_some_departments_alone_answer_for_theirs_and_the_rest_is_not_offered(
    open_trust: Opener, tmp_path: Path, names: tuple[str, ...]
) -> None:
    (tmp_path / "sources").mkdir()
    there = {
        measure for name in names for dataset in load(SOURCES / f"{name}.toml").datasets for measure in dataset.measures
    }
    expected = {name: set(measure.inputs or (name,)) <= there for name, measure in MEASURES.items()}
    async with open_trust(SOURCES=folder_of(names, tmp_path / "sources")) as trust:
        assert await catalogue(trust) == expected
        body = await trust.ask(ALL % " ".join(f"{name} {{ markers }}" for name in MEASURES))
        row = body["data"]["area"]["labourMarket"][0]
        for columns in (False, True):
            trust.app.state.gateway.engine.columns = columns
            again = await trust.ask(ALL % " ".join(f"{name} {{ markers }}" for name in MEASURES))
            assert again["data"] == body["data"]
    errors = {error["path"][-1]: error for error in body["errors"]}
    refused = {name for name, error in errors.items() if error["extensions"]["code"] == "UNAUTHORIZED_FIELD_OR_TYPE"}
    assert {name for name, figure in row.items() if figure is not None} == {
        n for n in expected if expected[n]
    } - refused
    for name in (name for name in MEASURES if not expected[name]):
        extensions = errors[name]["extensions"]
        assert extensions["code"] == "NOT_OFFERED"
        assert extensions["owner"] == MEASURES[name].owner
        assert extensions["appliesTo"] == ["area", "labourMarket", "*", name]
        assert (
            f"{MEASURES[name].title} is not offered here: {MEASURES[name].owner} has no source"
            in errors[name]["message"]
        )


async def test_what_is_not_offered_can_be_looked_up_and_counts_as_demand_that_is_not_met(
    open_trust: Opener, tmp_path: Path
) -> None:
    (tmp_path / "sources").mkdir()
    async with open_trust(SOURCES=folder_of(("hmrc",), tmp_path / "sources")) as trust:
        await trust.ask(ALL % "businesses { value }")
        refused = [record.refused for record in trust.recorded()]
        assert refused == [[{"coordinate": "LabourMarket.businesses", "clause": "offered"}]]
        me = await trust.data(
            '{ me { mayRead { coordinate } } measure(name: "businesses") { offered latest { code } } }'
        )
        assert me["measure"] == {"offered": False, "latest": None}
        warnings = await trust.ask(ALL % "payrolledEmployees { value } businesses { value }")
        assert "warnings" not in warnings.get("extensions", {})


def test_no_source_at_all_is_an_error_that_names_the_folder(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"no source files \(\*.toml\) in"):
        build(read({"LMDT_DEMO": "true", "LMDT_DATA": str(tmp_path), "LMDT_SOURCES": str(tmp_path)}))


def test_a_gateway_with_no_source_of_an_input_does_not_offer_what_is_derived_from_it() -> None:
    ons = load(SOURCES / "ons.toml")
    without = ons.datasets[:0] + tuple(dataset for dataset in ons.datasets if "population" not in dataset.measures)
    known = Catalogue([type(ons)(**{**{f: getattr(ons, f) for f in ons.__slots__}, "datasets": without})], MEASURES)
    assert known.holdings(MEASURES["claimantCount"])
    assert not known.holdings(MEASURES["claimantRate"])
