"""No token makes anybody somebody they are not: each is accepted, or turned away with its reason and nothing else."""

import httpx
import orjson

from tests.conftest import POINTER, Opener, without_receipt
from tests.hostile.making import AUDIENCE, JWKS, NAME, SPOKEN_FOR
from tests.hostile.tokens import TOKENS

ISSUER = {"issuer": NAME, "audience": AUDIENCE, "jwks": JWKS, "organisations": SPOKEN_FOR}


def wrong(reason: str | None, reply: httpx.Response) -> str | None:
    """What is not as it should be of a reply."""
    body = orjson.loads(without_receipt(reply))
    if reason is None:
        right = reply.status_code == 200 and body == {"data": {"me": {"subject": "someone"}}}
        return None if right else f"turned away with {reply.status_code}: {reply.text[:200]}"
    told = f'Bearer error="invalid_token", error_description="{reason}"' + POINTER
    if (reply.status_code, reply.headers.get("WWW-Authenticate")) != (401, told):
        return f"{reply.status_code}: {reply.headers.get('WWW-Authenticate') or reply.text[:200]}"
    error = {"message": f"The token was not accepted: {reason}.", "extensions": {"code": "UNAUTHENTICATED"}}
    return None if body == {"errors": [error]} else f"told {body}"


async def test_every_token_is_accepted_or_turned_away_with_its_reason(open_trust: Opener) -> None:
    found: dict[str, str] = {}
    settings = {"DEMO": "false", "DWP_KEY": "x", "ISSUERS": orjson.dumps([ISSUER]).decode(), "QUOTA_SUBJECT": "0"}
    async with open_trust(**settings, QUOTA_ADDRESS="0", QUOTA_ORGANISATION="0") as trust:
        for name, (reason, make) in TOKENS.items():
            headers = [("Authorization", value) for value in make()]
            reply = await trust.http.post("/graphql", json={"query": "{ me { subject } }"}, headers=headers)
            fault = wrong(reason, reply)
            found |= {name: fault} if fault else {}
        addresses = {request.url.host for request in trust.departments.requests}
        assert "evil.example" not in addresses
        assert (await trust.data("{ me { subject } }"))["me"]["subject"] == "public"
    assert not found, "\n".join(f"{name}: {fault}" for name, fault in found.items())
    assert len(TOKENS) >= 90
