"""No request makes a share node tell what the Trust has not asked of it, for whom it says, once."""

from collections.abc import Mapping

import httpx
import orjson
import pytest

from tests.departments.conftest import desk, file
from tests.departments.share_desk import Desk
from tests.hostile.asking_nodes import NOT_VOUCHED_FOR, OK, Line, Sent
from tests.hostile.assertions import ASSERTIONS
from tests.hostile.bindings import BINDINGS

__all__ = ["desk", "file"]
TITLES = {NOT_VOUCHED_FOR: "Not vouched for by the Trust"}


async def reply_to(desk: Desk, sent: Sent) -> httpx.Response:
    """What the node answers."""
    headers = [(name.encode(), value.encode("latin-1")) for name, value in sent.headers]
    return await desk.http.request(sent.method, sent.path, content=sent.body, headers=headers)


def wrong(status: int, reply: httpx.Response) -> str | None:
    """What is not as it should be of a reply."""
    if reply.status_code != status:
        return f"{reply.status_code}: {reply.text[:200]}"
    body = orjson.loads(reply.content)
    if status == OK:
        return None if "payrolledEmployees" in body["values"] else f"without figures: {body}"
    if set(body) != {"type", "title", "status", "detail"} or '"values"' in reply.text:
        return f"no problem: {body}"
    return None if body["title"] == TITLES.get(status, body["title"]) else f"another problem: {body}"


@pytest.mark.parametrize("lines", [ASSERTIONS, BINDINGS], ids=["assertions", "bindings"])
async def test_every_request_is_answered_or_declined_as_it_should_be(desk: Desk, lines: Mapping[str, Line]) -> None:
    found: dict[str, str] = {}
    for name, (status, make) in lines.items():
        sent = make()
        if sent.before:
            assert (await reply_to(desk, sent)).status_code == OK
        try:
            fault = wrong(status, await reply_to(desk, sent))
        except Exception as error:
            fault = f"raised {error!r:.200}"
        found |= {name: fault} if fault else {}
    assert not found, "\n".join(f"{name}: {fault}" for name, fault in found.items())
    assert len(lines) >= 100
