"""What each party finds among its agreements: what waits for it, what has changed, and what was read."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.conftest import Trust
from tests.moving import OTHER_STEWARD, PAY, moved, sent, signed, submitted

WAITS = "It waits for your signature."


async def waiting(trust: Trust, who: Any) -> dict[str, list[str]]:
    """Why which versions need somebody's attention."""
    text = "{ agreements(needsAttention: true) { id version attention } }"
    told = (await sent(trust, who, text))["data"]["agreements"]
    return {f"{one['id']} v{one['version']}": one["attention"] for one in told}


async def ids(trust: Trust, who: str, arguments: str) -> list[str]:
    told = await sent(trust, who, f"{{ agreements{arguments} {{ id }} }}")
    return [one["id"] for one in told["data"]["agreements"]]


async def test_an_agreement_needs_the_attention_of_those_who_can_move_it_on(trust: Trust) -> None:
    quiet = {who: await waiting(trust, who) for who in ("beis-analyst", "beis-steward", "hmrc-steward", "trustee")}
    drafted = (await moved(trust, "beis-analyst", "propose", fromQuery=PAY))["agreement"]
    name = f"{drafted['id']} v1"
    assert (await waiting(trust, "beis-steward"))[name] == ["It is a draft that waits to be submitted."]
    assert name not in await waiting(trust, "hmrc-steward")
    one = await submitted(trust)
    name = f"{one['id']} v1"
    for who in ("hmrc-steward", "trustee"):
        assert (await waiting(trust, who))[name] == [WAITS]
    assert name not in await waiting(trust, "beis-steward")
    await signed(trust, one, "hmrc-steward")
    for who in ("hmrc-steward", OTHER_STEWARD):
        assert name not in await waiting(trust, who)
    assert (await waiting(trust, "trustee"))[name] == [WAITS]
    await moved(trust, "trustee", "return", id=one["id"], version=1, comment="Not yet")
    assert (await waiting(trust, "beis-steward"))[name] == ["It was returned with comments."]
    assert await waiting(trust, "trustee") == quiet["trustee"]


async def test_what_is_on_hold_or_to_be_reviewed_soon_needs_everybodys_attention(trust: Trust) -> None:
    today = datetime.now(UTC).date()
    review, last, end = (today + timedelta(days=days) for days in (30, 59, 60))
    one = await submitted(trust, term={"notAfter": str(end), "reviewBy": str(review)})
    await signed(trust, one)
    name = f"{one['id']} v1"
    for who in ("beis-analyst", "hmrc-steward", "auditor"):
        told = (await waiting(trust, who))[name]
        assert told == [f"It is to be reviewed by {review}.", f"It ends on {last}."]
    await moved(trust, "trustee", "suspend", id=one["id"], reason="Because")
    assert "It is suspended." in (await waiting(trust, "beis-analyst"))[name]


async def test_a_version_on_its_way_needs_attention_beside_the_one_in_force(trust: Trust) -> None:
    await moved(trust, "dfe-steward", "amend", id="DSA-001", expectedVersion=1, terms={"title": "Another"})
    await moved(trust, "dfe-steward", "submit", id="DSA-001", version=2)
    assert (await waiting(trust, "hmrc-steward"))["DSA-001 v2"] == [WAITS]
    text = '{ agreement(id: "DSA-001") { version } }'
    assert (await sent(trust, "hmrc-steward", text))["data"]["agreement"] == {"version": 1}


async def test_versions_say_what_has_changed_from_one_to_the_next(trust: Trust) -> None:
    terms = {"title": "Another", "scope": {"breakdowns": [["INDUSTRY"]]}, "term": {"notAfter": "2027-12-01"}}
    await moved(trust, "dfe-steward", "amend", id="DSA-001", expectedVersion=1, terms=terms)
    await moved(trust, "dfe-steward", "amend", id="DSA-001", expectedVersion=2, terms={"title": "A third"})
    text = """{ agreement(id: "DSA-001", version: 3) { status versions { version status changes { key words } }
      since: changes(since: 1) { key } none: changes(since: 9) { key } } }"""
    told = (await sent(trust, "hmrc-analyst", text))["data"]["agreement"]
    assert [(one["version"], one["status"]) for one in told["versions"]] == [
        (1, "ACTIVE"), (2, "SUPERSEDED"), (3, "DRAFT"),
    ]  # fmt: skip
    first, second, third = (one["changes"] for one in told["versions"])
    assert first == []
    assert [one["key"] for one in second] == ["title", "scope.breakdowns", "term.not_after"]
    assert second[1]["words"] == "scope.breakdowns: removed AGE_BAND"
    assert [one["words"] for one in third] == ["title: Another -> A third"]
    assert [one["key"] for one in told["since"]] == [one["key"] for one in second]
    assert told["none"] == []
    assert (await sent(trust, "hmrc-analyst", '{ agreement(id: "DSA-001", version: 4) { id } }'))["data"] == {
        "agreement": None
    }


async def test_what_is_read_under_an_agreement_is_counted_for_both_parties(trust: Trust) -> None:
    one = await submitted(trust)
    await signed(trust, one)
    text = """query($id: ID!, $since: Date) { agreement(id: $id) { use(since: $since) { operations figures suppressed
      lastUsed by { organisation purpose operations figures } } } }"""

    async def used(who: str, **more: Any) -> Any:
        return (await sent(trust, who, text, id=one["id"], **more))["data"]["agreement"]["use"]

    assert await used("hmrc-steward") == {"operations": 0, "figures": 0, "suppressed": 0, "lastUsed": None, "by": []}
    rows = (await trust.data(PAY, "beis-analyst"))["labourMarket"]["nodes"]
    await trust.data(PAY, "beis-analyst")
    shown = sum(row["medianMonthlyPay"] is not None for row in rows)
    for who in ("hmrc-steward", "beis-analyst", "auditor"):
        told = await used(who)
        assert (told["operations"], told["figures"]) == (2, 2 * shown)
        assert 0 <= told["suppressed"] <= told["figures"]
        expected = {"organisation": "BEIS", "purpose": "innovation-strategy", "operations": 2, "figures": 2 * shown}
        assert told["by"] == [expected]
    assert (await used("auditor", since="2099-01-01"))["operations"] == 0


async def test_agreements_are_found_by_state_owner_consumer_and_measure(trust: Trust) -> None:
    assert await ids(trust, "auditor", "") == [f"DSA-00{number}" for number in range(1, 10)]
    assert await ids(trust, "auditor", '(owner: HMRC, consumer: "DWP")') == ["DSA-002", "DSA-009"]
    assert await ids(trust, "auditor", '(measure: "businesses")') == ["DSA-004", "DSA-005"]
    assert await ids(trust, "auditor", '(consumer: "nobody")') == []
    assert await ids(trust, "dwp-analyst", "(status: EXPIRED)") == ["DSA-009"]
    assert await ids(trust, "beis-analyst", "(owner: HMRC)") == ["DSA-006"]
    assert await ids(trust, "public", "") == []
    await moved(
        trust,
        "dfe-steward",
        "amend",
        id="DSA-001",
        expectedVersion=1,
        terms={"scope": {"measures": ["medianMonthlyPay"]}},
    )
    assert await ids(trust, "dfe-analyst", "(status: DRAFT)") == ["DSA-001"]
    assert await ids(trust, "dfe-analyst", '(status: DRAFT, measure: "payrolledEmployees")') == []
    assert "DSA-001" in await ids(trust, "dfe-analyst", '(measure: "payrolledEmployees")')
    assert await ids(trust, "dfe-steward", "(status: DRAFT, needsAttention: true)") == ["DSA-001"]
    assert "DSA-001" not in await ids(trust, "hmrc-steward", "(status: DRAFT, needsAttention: true)")
