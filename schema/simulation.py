"""Proof before approval: what a version of an agreement would change, without changing anything."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, cast

import rfc8785
import strawberry
from strawberry.scalars import JSON

from policies.agreement import Agreement as Terms
from policies.agreement_content import content_of
from policies.caller import Caller
from policies.difference import as_if_in_force, difference
from policies.difference_words import lines, plain
from policies.questions import missing
from policies.terms_difference import terms_difference
from schema.agreement import Agreement, TermsChange, told
from schema.context import Context
from schema.errors import BadInput
from trust.agreements.life import Party, parties
from trust.agreements.reading import Reading
from trust.agreements.version import Version

MOST_DAYS = 366


@strawberry.type(description="A field whose recorded operations would be answered otherwise.")
class ReplayedChange:
    organisation: str = strawberry.field(description="Whose operations.")
    purpose: str | None = strawberry.field(description="For which purpose.")
    coordinate: str = strawberry.field(description="The field.")
    allowed: bool = strawberry.field(description="True: newly allowed. False: newly refused.")
    operations: int = strawberry.field(description="In how many operations.")


@strawberry.type(description="Recorded operations, decided again as if the version were in force.")
class Replay:
    since: datetime = strawberry.field(description="From when on.")
    operations: int = strawberry.field(description="Operations of the consumer since then.")
    untold: int = strawberry.field(description="Of these, those whose record does not say enough to decide them again.")
    changes: list[ReplayedChange] = strawberry.field(description="What would be decided otherwise.")


@strawberry.type(description="Figures that would newly be visible, counted on a sample; they are shown to nobody.")
class Sample:
    figures: int = strawberry.field(description="Figures of the sample that are refused today and would be allowed.")
    suppressed: int = strawberry.field(description="Figures of these that would be suppressed.")
    words: str = strawberry.field(description="What was sampled.")


@strawberry.type(description="What a version of an agreement would change if it were in force.")
class Simulation:
    hash: str = strawberry.field(description="SHA-256 of all of it, to be named by who approves after looking at it.")
    agreement: Agreement = strawberry.field(description="The version.")
    moment: datetime = strawberry.field(description="The moment that is compared: now, or when its term begins.")
    decisions: JSON = strawberry.field(
        description="Every decision that would change, over every organisation, role, purpose, measure, level, "
        "breakdown, period and place; grouped."
    )
    lines: list[str] = strawberry.field(description="The same in words, a line for each group.")
    terms: list[TermsChange] = strawberry.field(
        description="How its terms differ from those of the version that it would take the place of."
    )
    replay: Replay = strawberry.field(description="The consumer's recorded operations of the last days, decided again.")
    sample: Sample | None = strawberry.field(
        description="Figures that would newly be visible; null for who is neither the owner's steward nor a trustee."
    )


def candidate(kept: Reading, caller: Caller, id: str, number: int) -> tuple[Version, Terms]:
    """A version that may be simulated by the caller, and its terms. Raises BadInput."""
    one = kept.one(caller, id, number)
    if one is None:
        raise BadInput("id", f"there is no version {number} of an agreement {id[:64]!r} that you are party to.")
    if lacking := missing(one.content, kept.rules.known):
        keys = ", ".join(question.key for question in lacking)
        raise BadInput("id", f"version {number} of {id} is not complete, so it cannot be simulated: {keys}.")
    if one.banded:
        raise BadInput("id", f"{id} is a band: nobody reads figures under it, so nothing would change.")
    return one, one.agreement(kept.rules.known)


def may_sample(caller: Caller, one: Version) -> bool:
    """Whether a caller may have figures counted that nobody is allowed to see yet."""
    return bool({Party.OWNER_STEWARD, Party.TRUSTEE} & parties(caller, one.owner, one.consumer))


def simulate(ctx: Context, id: str, number: int, days: int) -> Simulation:
    """What a version would change. Raises BadInput."""
    if not 1 <= days <= MOST_DAYS:
        raise BadInput("days", f"{days} is not a number of days: give 1 to {MOST_DAYS}.")
    version, terms = candidate(ctx.kept, ctx.caller, id, number)
    after, moment = as_if_in_force(ctx.book, terms, ctx.now)
    changes = difference(ctx.rules, ctx.book, after, moment)
    since = ctx.now - timedelta(days=days)
    replayed = ctx.kept.replayed(ctx.book, after, terms.consumer, since, moment)
    replaced = max((one for one in ctx.book if one.id == id), key=lambda one: one.version, default=None)
    changed = terms_difference(content_of(replaced.record), version.content) if replaced else []
    sample = ctx.samples.get((id, number))
    found: dict[str, Any] = {
        "id": id,
        "version": number,
        "contentHash": version.content_hash,
        "decisions": plain(changes),
        "replay": {"operations": replayed.operations, "changes": [asdict(one) for one in replayed.changes]},
        "sample": asdict(sample) if sample else None,
    }
    return Simulation(
        hash=hashlib.sha256(rfc8785.dumps(cast(Mapping[str, Any], found))).hexdigest(),
        agreement=told(ctx, version),
        moment=moment,
        decisions=cast(JSON, found["decisions"]),
        lines=lines(changes, ctx.gazetteer),
        terms=[TermsChange(key=one.key, words=one.words) for one in changed if one.key != "version"],
        replay=Replay(
            since=replayed.since,
            operations=replayed.operations,
            untold=replayed.untold,
            changes=[ReplayedChange(**asdict(one)) for one in replayed.changes],
        ),
        sample=Sample(**asdict(sample)) if sample else None,
    )
