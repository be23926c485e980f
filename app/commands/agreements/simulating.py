"""lmdt agreements simulate: what a version would change if it were in force."""

import sys
from argparse import Namespace
from typing import Any

import orjson

from app.commands.agreements.gateway import Gateway
from app.commands.agreements.layout import aligned, say
from app.commands.exits import DONE
from app.commands.output import write_out

SIMULATION = """query($id: ID! $version: Int! $days: Int!) {
  simulation: simulateAgreement(id: $id, version: $version, days: $days) {
    hash moment lines decisions terms { key words }
    replay { since operations untold changes { organisation purpose coordinate allowed operations } }
    sample { figures suppressed words }
  }
}"""


def simulate_(gateway: Gateway, options: Namespace) -> int:
    """Prints it as text, or as JSON. Nothing is changed."""
    version = gateway.number(options.id, options.version)
    found = gateway.asked(SIMULATION, id=options.id, version=version, days=options.days)["simulation"]
    if options.json:
        write_out(orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n")
        return DONE
    say(f"If {options.id} version {version} were in force at {found['moment']}:", "")
    say("Decisions that would change:", *(f"  {line}" for line in found["lines"] or ["none"]))
    if found["terms"]:
        say("", "Terms that are other than in the version in force:", *(f"  {one['words']}" for one in found["terms"]))
    say("", *_replayed(found["replay"], options.days), "", *_sampled(found["sample"]), "", f"hash {found['hash']}")
    if not found["lines"]:
        print("No decision would change: is it in force already?", file=sys.stderr)
    return DONE


def _replayed(replay: dict[str, Any], days: int) -> list[str]:
    """What recorded operations would have been answered."""
    told = f"{replay['untold']} of them cannot be decided again: their record is too old. " if replay["untold"] else ""
    rows = [
        (
            "newly allowed" if change["allowed"] else "newly refused",
            change["coordinate"],
            f"{change['organisation']}, {change['purpose'] or 'no purpose stated'}",
            f"{change['operations']} operations",
        )
        for change in replay["changes"]
    ]
    operations = f"Of {replay['operations']} recorded operations of the last {days} days, {told}"
    return [f"{operations}these would be answered otherwise:", *(aligned(rows, 2) if rows else ["  none"])]


def _sampled(sample: dict[str, Any] | None) -> list[str]:
    """What would newly be visible."""
    if sample is None:
        return ["Figures are counted for the owner's data steward and for trustees."]
    counts = f"{sample['figures']}, of which {sample['suppressed']} suppressed"
    return [f"Figures of a sample that would newly be visible: {counts} ({sample['words']})."]
