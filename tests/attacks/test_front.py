"""Who asks, and what becomes of answers that are none."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.cli import whole
from app.commands.attack import who
from app.issuer import PERSONAS
from attacks.front import Caller, Door, NoAnswer, callers

PUBLIC = Caller("public", {})
OUT_OF_QUOTA = httpx.Response(
    429, json={"errors": [{"message": "", "extensions": {"code": "RATE_LIMITED"}}]}, headers={"Retry-After": "0"}
)
ME = {"data": {"me": {"organisation": "DWP", "purposes": ["levelling-up", "economic-recovery"]}}}


def door(*replies: httpx.Response) -> Door:
    """A gateway that replies so, one after another."""
    left: Iterator[httpx.Response] = iter(replies)
    return Door(httpx.AsyncClient(transport=httpx.MockTransport(lambda _: next(left))), "http://gateway/graphql")


async def test_a_question_waits_for_a_quota_and_is_asked_again() -> None:
    answer = await door(OUT_OF_QUOTA, OUT_OF_QUOTA, httpx.Response(200, json={"data": {"a": 1}})).ask(PUBLIC, "{ a }")
    assert (answer.data, answer.codes) == ({"a": 1}, ())


async def test_a_quota_that_is_never_enough_is_told() -> None:
    with pytest.raises(NoAnswer, match="the quota of public was used up"):
        await door(*[OUT_OF_QUOTA] * 20).ask(PUBLIC, "{ a }")


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (httpx.Response(502, text="Bad gateway"), "answers 502 and no GraphQL"),
        (httpx.Response(200, json=["a"]), "answers 200 and no GraphQL"),
        (
            httpx.Response(401, json={"errors": [{"message": "", "extensions": {"code": "UNAUTHENTICATED"}}]}),
            "does not accept the token of public",
        ),
    ],
)
async def test_what_is_no_answer_says_so(reply: httpx.Response, said: str) -> None:
    with pytest.raises(NoAnswer, match=said):
        await door(reply).ask(PUBLIC, "{ a }")


async def test_a_gateway_that_is_not_there_says_so() -> None:
    def fails(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody is there", request=request)

    http = httpx.AsyncClient(transport=httpx.MockTransport(fails))
    with pytest.raises(NoAnswer, match=r"no gateway answers at http://gateway/graphql \(ConnectError\)"):
        await Door(http, "http://gateway/graphql").ask(PUBLIC, "{ a }")


async def test_everybody_asks_for_each_purpose_they_have_or_for_the_one_that_is_wanted() -> None:
    given = {"analyst": {"Authorization": "Bearer token"}}
    everybody = await callers(door(httpx.Response(200, json=ME)), given)
    assert [one.words for one in everybody] == ["public", "analyst for levelling-up", "analyst for economic-recovery"]
    assert everybody[1].headers == {"Authorization": "Bearer token", "Purpose": "levelling-up"}
    one = await callers(door(httpx.Response(200, json=ME)), given, "economic-recovery")
    assert [caller.words for caller in one] == ["public", "analyst for economic-recovery"]


def test_the_demonstration_is_asked_by_everybody_and_another_gateway_by_those_who_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LMDT_DATA", str(tmp_path))
    (tmp_path / "one.token").write_text("abc\n")

    def asking(*arguments: str) -> set[str]:
        return set(who(whole()[0].parse_args(["attack", "businesses", *arguments])))

    assert asking() == set(PERSONAS)
    assert asking("--url", "https://trust.example") == set()
    file = str(tmp_path / "one.token")
    assert asking("--token-file", file, "--as", "partner") == {file, "partner"}
