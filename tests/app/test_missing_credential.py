"""A credential that is missing is noticed at the start, and its department's fields say so."""

import logging

import pytest

from tests.conftest import Opener

QUERY = """{ labourMarket(areas: {codes: ["E08000003"]}, periods: {from: "2023-01", to: "2023-01"}) {
  nodes { peopleOnUniversalCredit { value } claimantCount { value } } } }"""


async def test_a_missing_credential_is_a_warning_at_the_start_that_names_source_and_variable(
    open_trust: Opener, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_trust(DWP_KEY=""):
        pass
    warnings = [record for record in caplog.records if record.__dict__.get("event") == "credential"]
    assert [record.getMessage() for record in warnings] == [
        "source dwp has no credential, so DWP will not be asked: set LMDT_DWP_KEY"
    ]
    assert (warnings[0].levelno, warnings[0].__dict__["variable"]) == (logging.WARNING, "LMDT_DWP_KEY")
    assert not [record for record in caplog.records if "ONS" in record.getMessage()], "that of Nomis is optional"


async def test_with_every_credential_there_is_no_such_warning(
    open_trust: Opener, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_trust():
        pass
    assert not caplog.records


async def test_a_source_without_its_credential_refuses_without_being_asked_and_no_other_suffers(
    open_trust: Opener,
) -> None:
    async with open_trust(DWP_KEY="") as trust:
        answer = await trust.ask(QUERY, "dwp-analyst")
        assert [department for _, department in trust.departments.asked()] == ["ons"]
    (error,) = answer["errors"]
    assert error["message"].startswith("The Trust has no credential for DWP, so it was not asked.")
    assert (error["extensions"]["code"], error["extensions"]["retryable"]) == ("DEPARTMENT_REFUSED", False)
    assert "LMDT" not in error["message"]
    (node,) = answer["data"]["labourMarket"]["nodes"]
    assert node["peopleOnUniversalCredit"] is None
    assert node["claimantCount"]["value"] > 0
