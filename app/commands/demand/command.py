"""lmdt demand: which demands for data are met, as text, as JSON, or as a report for a steering board."""

import sys
from argparse import Namespace
from typing import Any

import orjson

from app.commands.agreements.gateway import Declined, Gateway, print_declined
from app.commands.agreements.layout import aligned, say
from app.commands.caller import address_of, headers_of
from app.commands.demand.report import write_report
from app.commands.demand.words import by, days, fields, who, why
from app.commands.exits import DONE, NO
from app.commands.output import write_out
from app.tabular.printable import printable

DEMAND = """query($since: Date $until: Date $owner: DepartmentCode $consumer: String) {
  demand(since: $since, until: $until, owner: $owner, consumer: $consumer) {
    since until operations untold
    between { owner consumer met unmet } months { month owner consumer met unmet }
    unmet { owner consumer purpose operations sinceMet untold wouldAnswer fields { coordinate operations }
      levels breakdowns first last lastAsked draft }
    missed { kind measure consumer purpose level breakdown year times }
    agreements { agreement { id version title owner consumer status notAfter } inForce operations figures lastUsed
      daysToProposal daysToSignature daysToUse } } }"""
# Lines of each list of the text.
SHOWN = 10
Found = dict[str, Any]


def demand(options: Namespace) -> int:
    """Exit code 0 when it is told, 1 when the gateway says no."""
    gateway = Gateway(address_of(options), headers_of(options), options.persona, options.url, options.token_file)
    given = {"since": options.since, "until": options.until, "owner": options.owner, "consumer": options.consumer}
    try:
        found: Found = gateway.asked(DEMAND, **given)["demand"]
    except Declined as declined:
        print_declined(declined)
        return NO
    if options.report:
        files = write_report(found, options.report)
        print(f"{len(files)} files. Open {options.report.rstrip('/')}/index.html", file=sys.stderr)
    elif options.json:
        write_out(orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        _tell(found)
    return DONE


def _tell(found: Found) -> None:
    say(f"From {found['since']} to {found['until']}: {found['operations']} operations.")
    if found["untold"]:
        say(f"{found['untold']} more, of rarer kinds, were not looked at.")
    _table(
        "Who asked for whose data",
        ("OWNER", "CONSUMER", "MET", "UNMET"),
        [(one["owner"], who(one["consumer"]), str(one["met"]), str(one["unmet"])) for one in found["between"]],
    )
    _table(
        "Refused, and what an agreement would answer",
        ("OWNER", "CONSUMER", "PURPOSE", "REFUSED", "WOULD ANSWER", "SINCE MET", "FIELDS"),
        [
            (
                one["owner"], who(one["consumer"]), one["purpose"] or "none stated", str(one["operations"]),
                "-" if one["wouldAnswer"] is None else str(one["wouldAnswer"]), str(one["sinceMet"]), fields(one),
            )
            for one in found["unmet"]
        ],
    )  # fmt: skip
    _table(
        "Wanted, and not there",
        ("WHY", "MEASURE", "CONSUMER", "BY", "YEAR", "TIMES"),
        [
            (
                why(one["kind"]), one["measure"] or "-", who(one["consumer"]), by(one), str(one["year"] or "-"),
                str(one["times"]),
            )
            for one in found["missed"]
        ],
    )  # fmt: skip
    _table(
        "Agreements",
        ("ID", "OWNER", "CONSUMER", "STATUS", "OPERATIONS", "TO PROPOSAL", "TO SIGNATURE", "TO USE"),
        [
            (
                one["agreement"]["id"], one["agreement"]["owner"], one["agreement"]["consumer"],
                one["agreement"]["status"], str(one["operations"]), days(one["daysToProposal"]),
                days(one["daysToSignature"]), days(one["daysToUse"]),
            )
            for one in found["agreements"]
        ],
    )  # fmt: skip


def _table(head: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    say("", head, *(aligned([columns, *rows[:SHOWN]], 2) if rows else ["  none"]))
    if len(rows) > SHOWN:
        say(printable(f"  and {len(rows) - SHOWN} more: --json tells them."))
