"""lmdt agreements show: one agreement, for people to read."""

from argparse import Namespace
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from app.commands.agreements.changes import typed
from app.commands.agreements.gateway import Gateway, absent
from app.commands.agreements.layout import aligned, asked, say, terms
from app.commands.exits import DONE
from app.tabular.printable import printable
from reference.london import LONDON

SHOW = """query($id: ID! $version: Int) { agreement(id: $id, version: $version) {
  id version status title owner consumer contentHash content obligations gateways attention
  questions { key text allowed problem answered } moves { move }
  changes { key words } versions { version status }
  history { version move from to at by organisation party comment }
  use { operations figures suppressed by { organisation purpose operations figures suppressed lastUsed } } } }"""
# What a move is typed with besides.
ARGUMENTS = {
    "return": " --comment ...",
    **dict.fromkeys(("reject", "suspend", "resume", "terminate"), " --reason ..."),
    **dict.fromkeys(("amend", "narrow"), " --set KEY=VALUE ..."),
}
Agreement = Mapping[str, Any]


def show_(gateway: Gateway, options: Namespace) -> int:
    """Prints a version: the one given, or the one in force, or the last."""
    one = gateway.asked(SHOW, id=options.id, version=options.version)["agreement"]
    if one is None:
        raise absent(options.id if options.version is None else f"{options.id} version {options.version}")
    say(
        printable(f"{one['id']} version {one['version']}: {one['status']}. {one['title']}"),
        printable(f"{one['owner']} shares with {one['consumer']}."),
        *(printable(reason) for reason in one["attention"]),
        printable(f"Content hash: {one['contentHash']}"),
    )
    _section("Terms", aligned(terms(one["content"]), 2))
    _section("What is done to figures", _lines(one["obligations"]))
    _section("Law", _lines(one["gateways"]))
    _section("Still to be answered", asked(question for question in one["questions"] if not question["answered"]))
    _section(f"Changed since version {one['version'] - 1}", _lines(change["words"] for change in one["changes"]))
    _section("Other versions", _versions(gateway, one))
    _section("History", _history(one))
    _section("Use", _use(one))
    _section("You may now", _moves(gateway, one))
    return DONE


def _section(head: str, lines: list[str]) -> None:
    if lines:
        say("", head, *lines)


def _lines(texts: Iterable[str]) -> list[str]:
    return [f"  {printable(text)}" for text in texts]


def _versions(gateway: Gateway, one: Agreement) -> list[str]:
    """Those that there are besides, and how each is shown."""
    others = [other for other in one["versions"] if other["version"] != one["version"]]
    return aligned(
        [(other["status"], typed(gateway, f"show {one['id']} --version {other['version']}")) for other in others], 2
    )


def _history(one: Agreement) -> list[str]:
    return aligned(
        [
            (
                moment(event["at"]), f"v{event['version']}", event["move"], event["to"],
                f"{event['by']} ({event['organisation']})" if event["by"] else event["party"], event["comment"],
            )
            for event in one["history"]
        ],
        2,
    )  # fmt: skip


def _use(one: Agreement) -> list[str]:
    by = [
        (
            use["organisation"] or "", use["purpose"] or "", f"{use['operations']} requests",
            f"{use['figures']} figures", f"{use['suppressed']} suppressed", f"last {moment(use['lastUsed'])}",
        )
        for use in one["use"]["by"]
    ]  # fmt: skip
    return aligned(by, 2) if by else ["  None yet."]


def _moves(gateway: Gateway, one: Agreement) -> list[str]:
    """Moves as they are typed. What is signed is shown first."""
    rows = [
        typed(gateway, f"{name} {one['id']}{ARGUMENTS.get(name, '')}")
        for name in (move["move"] for move in one["moves"])
        if name != "approve"
    ]
    if any(move["move"] == "approve" for move in one["moves"]):
        command = f"approve {one['id']} --version {one['version']} --hash {one['contentHash']}"
        rows.insert(0, typed(gateway, command))
    return [f"  {row}" for row in rows]


def moment(text: str) -> str:
    """A moment by London's clocks, to the minute."""
    return f"{datetime.fromisoformat(text).astimezone(LONDON):%Y-%m-%d %H:%M}"
