"""Demand, met and unmet: counted from what was asked, and told to those whose business it is."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from tests.conftest import Opener, Trust
from tests.moving import ANSWERS, PAY, moved
from trust.database import open_database
from trust.tables import demand_misses

LONDON = PAY.replace("E08000003", "E09000001")
WIDE = PAY.replace('codes: ["E08000003"]', 'codes: ["E12000002"]').replace("by: [INDUSTRY]", "by: []")
DEMAND = """query($owner: DepartmentCode, $consumer: String, $since: Date, $until: Date) {
  demand(owner: $owner, consumer: $consumer, since: $since, until: $until) {
    operations untold between { owner consumer met unmet } months { month owner met unmet }
    unmet { owner consumer purpose operations sinceMet untold wouldAnswer fields { coordinate operations }
      levels breakdowns first last draft }
    missed { kind measure consumer purpose level breakdown year times }
    agreements { agreement { id } inForce operations figures daysToProposal daysToSignature daysToUse } } }"""


async def demanded(trust: Trust, persona: str, **given: str) -> dict[str, Any]:
    """Demand, with what has been counted until now."""
    trust.app.state.gateway.misses.write()
    return (await trust.data(DEMAND, persona, **given))["demand"]


async def test_what_is_refused_is_unmet_demand_with_the_draft_that_would_answer_it(trust: Trust) -> None:
    for query in (PAY, PAY, LONDON, WIDE):
        await trust.ask(query, "beis-analyst")
    found = await demanded(trust, "trustee")
    assert {"owner": "HMRC", "consumer": "BEIS", "met": 1, "unmet": 3} in found["between"]
    (one,) = found["unmet"]
    assert (one["owner"], one["consumer"], one["purpose"]) == ("HMRC", "BEIS", "innovation-strategy")
    assert (one["operations"], one["sinceMet"], one["wouldAnswer"]) == (3, 0, 3)
    assert one["fields"] == [{"coordinate": "LabourMarket.medianMonthlyPay", "operations": 3}]
    assert (one["levels"], one["breakdowns"]) == (["LA"], [["INDUSTRY"]])
    assert one["draft"]["scope"]["measures"] == ["medianMonthlyPay"]
    assert [(month["owner"], month["unmet"]) for month in found["months"]] == [("HMRC", 3)]
    epoch = trust.app.state.gateway.engine.book().epoch
    again = await trust.ask(PAY, "beis-analyst")
    assert again["errors"][0]["extensions"]["code"] == "UNAUTHORIZED_FIELD_OR_TYPE"
    assert trust.app.state.gateway.engine.book().epoch == epoch


async def test_the_draft_can_be_proposed_as_it_is_and_once_in_force_the_demand_is_met(trust: Trust) -> None:
    await trust.ask(PAY, "beis-analyst")
    (one,) = (await demanded(trust, "beis-analyst"))["unmet"]
    terms = {**one["draft"], **{key: {**one["draft"].get(key, {}), **value} for key, value in ANSWERS.items()}}
    made = await moved(trust, "beis-analyst", "propose", terms=terms)
    id, content = made["agreement"]["id"], made["agreement"]["contentHash"]
    await moved(trust, "beis-steward", "submit", id=id, version=1)
    for signer in ("hmrc-steward", "trustee"):
        await moved(trust, signer, "approve", id=id, version=1, contentHash=content)
    await trust.data(PAY, "beis-analyst")
    found = await demanded(trust, "hmrc-steward", consumer="BEIS")
    assert found["between"] == [{"owner": "HMRC", "consumer": "BEIS", "met": 1, "unmet": 1}]
    (met,) = found["unmet"]
    assert (met["operations"], met["sinceMet"], met["draft"], met["wouldAnswer"]) == (1, 1, None, None)
    life = next(life for life in found["agreements"] if life["agreement"]["id"] == id)
    assert (life["inForce"], life["operations"]) == (True, 1)
    for name in ("daysToProposal", "daysToSignature", "daysToUse"):
        assert 0 <= life[name] < 0.1


async def test_everybody_is_told_of_what_they_own_or_asked_for_and_the_public_of_nothing(trust: Trust) -> None:
    await trust.ask(PAY, "beis-analyst")
    for persona, told in (("auditor", 1), ("hmrc-steward", 1), ("beis-analyst", 1), ("dfe-steward", 0), ("public", 0)):
        found = await demanded(trust, persona)
        assert len(found["unmet"]) == len(found["between"]) == len(found["months"]) == told, persona
        assert found["operations"] == told
    assert len((await demanded(trust, "trustee", owner="HMRC", consumer="BEIS"))["unmet"]) == 1
    assert (await demanded(trust, "trustee", owner="DWP"))["unmet"] == []


async def test_what_the_public_is_refused_has_no_draft_for_no_agreement_could_allow_it(trust: Trust) -> None:
    await trust.ask(PAY)
    (one,) = (await demanded(trust, "trustee"))["unmet"]
    assert (one["consumer"], one["operations"], one["draft"], one["wouldAnswer"]) == (None, 1, None, None)


async def test_what_is_not_there_is_counted_in_the_trusts_own_words_alone(trust: Trust) -> None:
    grid = 'labourMarket(areas: {level: REGION}, periods: {from: "2023", to: "2023", every: YEAR}, by: [SEX])'
    await trust.ask(f"{{ {grid} {{ nodes {{ businesses {{ value }} }} }} }}", "dfe-analyst", "skills-planning")
    wrong = {"query": PAY.replace("medianMonthlyPay", "claimentCount")}
    for _ in range(2):
        await trust.http.post("/graphql", json=wrong, headers=trust.headers("dfe-analyst", "skills-planning"))
    await trust.http.post("/graphql", json=wrong)
    assert (await trust.data('{ measures(search: "zebra crossings") { name } }'))["measures"] == []
    await trust.ask('{ measure(name: "vacancys") { name } }', "dfe-analyst", "skills-planning")
    found = (await demanded(trust, "trustee"))["missed"]
    none: dict[str, Any] = {
        "consumer": None,
        "purpose": None,
        "level": None,
        "breakdown": [],
        "year": None,
        "measure": None,
    }
    dfe: dict[str, Any] = {**none, "consumer": "DfE", "purpose": "skills-planning"}
    published = {
        "kind": "NOT_PUBLISHED", "measure": "businesses", "level": "REGION", "breakdown": ["SEX"], "year": 2023,
    }  # fmt: skip
    assert found[0] == {**dfe, "kind": "UNKNOWN_NAME", "measure": "claimantCount", "times": 2}
    one: dict[str, Any]
    for one in (
        {**dfe, **published},
        {**dfe, "kind": "UNKNOWN_NAME", "measure": "vacancies"},
        {**none, "kind": "UNKNOWN_NAME", "measure": "claimantCount"},
        {**none, "kind": "NOTHING_FOUND"},
    ):
        assert {**one, "times": 1} in found, one
    assert len(found) == 5
    own = (await demanded(trust, "beis-steward"))["missed"]
    assert own == [{**dfe, **published, "times": 1}], "BEIS owns counts of businesses, and asked for nothing"
    kept = b"".join(file.read_bytes() for file in trust.app.state.gateway.settings.data.glob("trust.sqlite*"))
    for word in (b"claimentCount", b"zebra", b"vacancys"):
        assert word not in kept


async def test_a_measure_without_a_source_is_demand_that_nobody_can_meet(open_trust: Opener, tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    shutil.copy("resolvers/sources/hmrc.toml", tmp_path / "sources")
    async with open_trust(SOURCES=str(tmp_path / "sources")) as trust:
        await trust.ask(PAY.replace("medianMonthlyPay", "businesses"), "dfe-analyst", "skills-planning")
        found = await demanded(trust, "trustee")
        assert [(one["kind"], one["measure"]) for one in found["missed"]] == [("NOT_OFFERED", "businesses")]
        assert found["unmet"] == []


async def test_counts_that_cannot_be_written_are_kept_and_nobody_is_told(trust: Trust) -> None:
    misses, engine = trust.app.state.gateway.misses, _database(trust)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE demand_misses RENAME TO away"))
    misses._every = 0
    for _ in range(3):
        assert (await trust.data('{ measures(search: "zebra crossings") { name } }'))["measures"] == []
    misses.write()
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO demand_misses"))
    misses.write()
    with engine.connect() as connection:
        (row,) = connection.execute(select(demand_misses)).all()
    engine.dispose()
    assert (row.kind, row.count) == ("NOTHING_FOUND", 3)


async def test_strangers_who_miss_many_different_things_are_counted_and_fill_nothing(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trust.demand.misses.DIFFERENT", 3)
    for year in range(2001, 2011):
        query = PAY.replace("2022-01", f"{year}-01").replace("2022-03", f"{year}-03")
        await trust.ask(query.replace("by: [INDUSTRY]", "by: [FAMILY_TYPE]"))
    found = (await demanded(trust, "trustee"))["missed"]
    assert sum(one["times"] for one in found) == 10
    assert sorted(one["times"] for one in found) == [1, 1, 1, 7]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"since": "2026-02-01", "until": "2026-01-01"}, "2026-02-01 is later than 2026-01-01"),
        ({"since": "2001-01-01", "until": "2026-01-01"}, "more than 1096 days before"),
        ({"until": "0001-01-01"}, "is not a day that anything was asked on"),
    ],
)
async def test_days_that_cannot_be_looked_at_are_told(trust: Trust, given: dict[str, str], words: str) -> None:
    answer = await trust.ask(DEMAND, "trustee", **given)
    assert words in answer["errors"][0]["message"]


async def test_other_days_have_other_demand(trust: Trust) -> None:
    await trust.ask(PAY, "beis-analyst")
    found = await demanded(trust, "trustee", since="2020-01-01", until="2020-12-31")
    assert (found["operations"], found["unmet"], found["missed"]) == (0, [], [])


async def test_a_question_about_demand_is_bounded_as_it_is_worked_out(trust: Trust) -> None:
    one = "demand { between { met } months { met } missed { times } agreements { figures } unmet { draft } }"
    several = " ".join(f"d{n}: {one}" for n in range(3))
    reply = await trust.http.post("/graphql", json={"query": f"{{ {several} }}"}, headers=trust.headers("trustee"))
    assert reply.json()["errors"][0]["extensions"]["code"] == "QUERY_TOO_COSTLY"
    assert (await trust.data(f"{{ {one} }}", "trustee"))["demand"]["between"] == []


def _database(trust: Trust) -> Engine:
    return open_database(trust.app.state.gateway.settings.database)
