"""What a move has changed, and what to type next."""

import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from app.commands.agreements.gateway import Gateway
from app.commands.agreements.layout import aligned, asked, say
from app.issuer import PERSONAS
from app.tabular.printable import printable
from policies.caller import TRUST
from trust.agreements.life import Party

Change = Mapping[str, Any]
CHANGE = """
fragment Change on AgreementChange {
  from to missing { key text allowed problem }
  agreement { id version owner consumer content contentHash moves { move } history { version move party } }
}"""


def print_change(gateway: Gateway, change: Change) -> None:
    """Which version is in which state now, what is missing, and what comes next."""
    one = change["agreement"]
    state = f"{change['from']} -> {change['to']}" if change["from"] else f"{change['to']}"
    say(printable(f"{one['id']} version {one['version']}: {state} ({one['owner']} shares with {one['consumer']})."))
    say(*questions_left(change["missing"]))
    for line in following(gateway, change):
        say(line)


def questions_left(missing: Iterable[Mapping[str, Any]]) -> list[str]:
    """The questions that a person must still answer."""
    lines = asked(missing)
    return ["", "Still to be answered:", *lines, ""] if lines else []


def following(gateway: Gateway, change: Change) -> list[str]:
    """The next commands."""
    one, state = change["agreement"], change["to"]
    id, owner, consumer = one["id"], one["owner"], one["consumer"]
    match state:
        case "DRAFT" | "RETURNED" if change["missing"]:
            return [f"Next: {typed(gateway, f'amend {id} --set KEY=VALUE ...')}"]
        case "DRAFT" | "RETURNED":
            if any(move["move"] == "submit" for move in one["moves"]):
                return [f"Next: {typed(gateway, f'submit {id}')}"]
            return _for_others(gateway, f"submit {id}", [(f"{consumer}'s data steward", consumer)])
        case "SUBMITTED" | "IN_REVIEW":
            signed = {event["party"] for event in _since_submitted(one)}
            waiting = [
                (words, organisation)
                for party, words, organisation in (
                    (Party.OWNER_STEWARD, f"{owner}'s data steward", owner),
                    (Party.TRUSTEE, "a trustee", TRUST),
                )
                if party not in signed
            ]
            return _for_others(gateway, f"approve {id}", waiting)
        case "ACTIVE":
            return ["It is in force: what it covers is granted from now on."]
        case "SCHEDULED":
            return [f"It comes into force on {one['content']['term']['not_before']}."]
        case "SUSPENDED" | "TERMINATED":
            return ["What it covers is refused from now on."]
        case _:
            return []


def _since_submitted(one: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The signatures of this version that count."""
    signed: list[Mapping[str, Any]] = []
    for event in one["history"]:
        if event["version"] == one["version"]:
            signed = [*signed, event] if event["move"] in ("sign", "approve") else []
    return signed


def _for_others(gateway: Gateway, command: str, who: list[tuple[str, str]]) -> list[str]:
    rows = [(f"Next, {words}:", typed(gateway, command, as_of=organisation)) for words, organisation in who]
    return aligned(rows)


def typed(gateway: Gateway, command: str, *, as_of: str | None = None) -> str:
    """A command as it is typed: by this caller, or by a steward or trustee of an organisation. Who that may be is known
    in the demonstration."""
    persona = gateway.persona
    if persona and as_of:
        persona = next(
            (
                one.name
                for one in PERSONAS.values()
                if one.organisation == as_of and one.role in ("data-steward", "trustee")
            ),
            None,
        )
    own_token = gateway.token_file if as_of is None else None
    options = (("--as", persona), ("--url", gateway.url), ("--token-file", own_token))
    typed = " ".join(f"{name} {shlex.quote(str(value))}" for name, value in options if value)
    return printable(f"lmdt agreements {command} {typed}")
