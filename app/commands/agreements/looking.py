"""lmdt agreements list: a table."""

from argparse import Namespace
from datetime import datetime

from app.commands.agreements.gateway import Gateway
from app.commands.agreements.layout import aligned, say
from app.commands.exits import DONE
from reference.london import london_day

LIST = """query(
  $status: AgreementStatus $owner: DepartmentCode $consumer: String $measure: String $attention: Boolean
) {
  agreements(status: $status, owner: $owner, consumer: $consumer, measure: $measure, needsAttention: $attention) {
    id version status owner consumer title notAfter attention } }"""
HEAD = ("ID", "VERSION", "STATUS", "OWNER", "CONSUMER", "UNTIL", "TITLE", "ATTENTION")


def list_(gateway: Gateway, options: Namespace) -> int:
    """The caller's agreements, each in one version."""
    found = gateway.asked(
        LIST, status=options.status, owner=options.owner, consumer=options.consumer, measure=options.measure,
        attention=True if options.needs_attention else None,
    )["agreements"]  # fmt: skip
    rows = [
        (
            one["id"], str(one["version"]), one["status"], one["owner"], one["consumer"], day(one["notAfter"]),
            one["title"], " ".join(one["attention"]),
        )
        for one in found
    ]  # fmt: skip
    say(*(aligned([HEAD, *rows]) if rows else ["None."]))
    return DONE


def day(moment: str | None) -> str:
    """The day in London of a moment; empty for none."""
    return london_day(datetime.fromisoformat(moment)).isoformat() if moment else ""
