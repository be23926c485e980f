"""One's own record: entries of the transparency log, and receipts that the browser itself checks."""

import shutil
import subprocess
from collections.abc import AsyncGenerator
from pathlib import Path

import orjson
import pytest
from playwright.async_api import Browser, Route, expect

from tests.conftest import Opener, Trust
from tests.explorer.conftest import Visit, visiting

pytestmark = pytest.mark.browser
QUESTION = """{ area(code: "E08000003") { labourMarket(periods: {from: "2023-06", to: "2023-07"}, fill: LATEST) {
  businesses { value } businessSupportLoans { value } } } }"""
VITEST = Path("explorer/node_modules/.bin/vitest")


@pytest.fixture
async def record(browser: Browser, open_trust: Opener) -> AsyncGenerator[Visit]:
    """The record of an analyst who has asked for something that others asked for too."""
    async with open_trust() as trust:
        await trust.ask(QUESTION, "dfe-analyst", "skills-planning")
        await trust.ask("{ me { subject } }", "dwp-analyst", "levelling-up")
        async with visiting(browser, trust, "/#/record?as=dfe-analyst&purpose=skills-planning") as visit:
            yield visit


async def test_my_record_says_what_i_asked_and_its_receipt_holds(record: Visit) -> None:
    page = record.page
    entries = page.get_by_role("list", name="Entries of the log").get_by_role("listitem")
    mine = entries.filter(has_text="Businesses of BEIS was granted: under DSA-004 version 1.")
    await expect(mine).to_contain_text("DfE asked for skills planning: answered")
    await expect(mine).to_contain_text("Business support loans of BEIS was refused.")
    await expect(mine).to_contain_text("Figures read under DSA-004 version 1: 2")
    await expect(entries.filter(has_text="DWP asked")).to_have_count(0)
    await mine.get_by_role("button", name="Check the receipt").click()
    receipt = mine.get_by_role("list", name="Receipt 1")
    await expect(receipt).to_contain_text("In the log: holds.")
    await expect(receipt).to_contain_text("What it tells: holds.")
    await expect(receipt).to_contain_text("Signed by the log: holds.")
    await expect(mine.get_by_text("This receipt holds.")).to_be_visible()
    assert record.complaints == []


async def test_an_answer_that_was_kept_is_held_to_its_receipt(record: Visit) -> None:
    body = {"query": QUESTION}
    trust = record.trust
    answer = await trust.http.post("/graphql", json=body, headers=trust.headers("dfe-analyst", "skills-planning"))
    page = record.page
    await page.get_by_label("The id of an answer").fill(answer.json()["extensions"]["receipt"]["path"])
    await page.keyboard.press("Enter")
    looked_up = page.get_by_role("region", name="Look up a receipt")
    await expect(looked_up.get_by_text("This receipt holds.")).to_be_visible()
    kept = {"name": "answer.json", "mimeType": "application/json", "buffer": answer.content}
    await looked_up.get_by_label("An answer that you kept").set_input_files(kept)  # pyright: ignore[reportArgumentType]
    await expect(looked_up.get_by_text("It is what was given")).to_be_visible()
    kept["buffer"] = answer.content.replace(b'"value":', b'"value":1', 1)
    await looked_up.get_by_label("An answer that you kept").set_input_files(kept)  # pyright: ignore[reportArgumentType]
    await expect(looked_up.get_by_text("It is not what was given")).to_be_visible()


async def test_a_receipt_that_was_changed_on_its_way_does_not_hold(record: Visit) -> None:
    async def changed(route: Route) -> None:
        reply = await route.fetch()
        told = orjson.loads(await reply.body())
        told["entries"][0]["entry"] = told["entries"][0]["entry"].replace("skills-planning", "levelling-up")
        await route.fulfill(response=reply, json=told)

    page = record.page
    button = page.get_by_role("button", name="Check the receipt").first
    await expect(button).to_be_visible()
    await page.route("**/audit/receipt/*", changed)
    await button.click()
    await expect(page.get_by_text("This receipt does not hold.")).to_be_visible()
    await expect(page.get_by_role("list", name="Receipt 1")).to_contain_text("In the log: does not hold.")


async def test_a_key_of_the_log_that_is_another_than_before_is_seen(record: Visit) -> None:
    page = record.page
    await page.get_by_role("button", name="Check the receipt").first.click()
    await expect(page.get_by_text("that it has known since")).to_be_visible()
    await page.evaluate(
        "() => { for (const name of Object.keys(localStorage)) if (name.startsWith('log key '))"
        " localStorage.setItem(name, 'another+00000000+A 2026-01-02'); }"
    )
    await page.reload()
    await page.get_by_role("button", name="Check the receipt").first.click()
    await expect(page.get_by_text("is not the one that this browser saw on 2 January 2026")).to_be_visible()


async def test_a_trustee_may_look_at_others_entries_too(record: Visit) -> None:
    page = record.page
    await page.get_by_label("You are").select_option("trustee")
    entries = page.get_by_role("list", name="Entries of the log").get_by_role("listitem")
    await expect(entries.filter(has_text="TRUST asked").first).to_be_visible()
    await expect(entries.filter(has_text="DfE asked")).to_have_count(0)
    await page.get_by_label("Entries about others").check()
    await expect(entries.filter(has_text="Businesses of BEIS was granted")).to_have_count(1)


async def test_the_public_has_no_list_and_looks_up_a_receipt_by_its_id(browser: Browser, shared: Trust) -> None:
    answer = await shared.http.post("/graphql", json={"query": '{ area(code: "E08000003") { name } }'})
    async with visiting(browser, shared, "/#/record") as visit:
        await expect(visit.page.get_by_text("entries about the public name nobody")).to_be_visible()
        await visit.page.get_by_label("The id of an answer").fill(answer.headers["receipt"])
        await visit.page.get_by_role("button", name="Check it").click()
        await expect(visit.page.get_by_text("This receipt holds.")).to_be_visible()
        await visit.page.get_by_label("The id of an answer").fill("0" * 32)
        await visit.page.get_by_role("button", name="Check it").click()
        await expect(visit.page.get_by_text("There is no such entry")).to_be_visible()


def test_modules_that_decide_something_pass_their_own_tests() -> None:
    if not VITEST.exists() or not (node := shutil.which("node")):
        pytest.skip("the explorer is not built: make explorer")
    ran = subprocess.run(
        [node, VITEST.resolve(), "run"], cwd="explorer", capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
