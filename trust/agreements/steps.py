"""Single steps of agreements from state to state, each with its event; and those that the Trust takes by itself."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from policies.agreement_content import Content, content_hash, content_of
from policies.agreement_file import AgreementStatus as S
from policies.caller import Caller
from trust.agreements import store
from trust.agreements.checks import IN_FORCE, Checks
from trust.agreements.life import BY_NAME, IN_THE_BOOK, Party
from trust.agreements.signatures import Seal
from trust.agreements.version import Change, Version, dates_of

log = logging.getLogger("lmdt")


class Steps:
    """Writes what happens, in an open transaction, and looks at nothing but what it needs to."""

    def __init__(self, connection: Connection, checks: Checks, seal: Seal, now: datetime, operation_id: str) -> None:
        self.connection, self._checks, self._seal = connection, checks, seal
        self.now, self._operation_id = now, operation_id
        self.moved = False

    def tick(self) -> list[Change]:
        """Begins, ends and suspends whatever is due. What somebody has put on hold does not go on, nor does what is not
        what was signed."""
        changes: list[Change] = []
        for one in store.due(self.connection, self.now):
            dates = dates_of(one.content)
            if dates.not_after and dates.not_after <= self.now:
                changes.append(self.by_trust("expire", one, "Its term is over."))
            elif one.state is S.SCHEDULED:
                if not self._checks.signed(one):
                    told = {"event": "agreements", "agreement": f"{one.id} v{one.version}"}
                    log.error("an agreement does not come into force: it is not what was signed", extra=told)
                elif not self._checks.held(one.id):
                    changes.append(self._activate(one))
            else:
                changes.append(self.by_trust("lapse", one, "The day of its review has passed."))
        return changes

    def import_(self, record: Mapping[str, Any], state: S) -> Version:
        """A version from a file, in the state that the file says."""
        return self.import_all([(record, state, content_hash(record))])[0]

    def import_all(self, files: Iterable[tuple[Mapping[str, Any], S, str]]) -> list[Version]:
        """What a new Trust starts with: versions from files, each with its state and the hash of its content."""
        versions = [store.version_of(content_of(record), state, "", hashed) for record, state, hashed in files]
        events = [
            self._event("import", one, None, one.state, None, Party.TRUST, "From a file.", signed=True)
            for one in versions
        ]
        in_the_book = {one.consumer for one in versions if not one.banded and one.state in IN_THE_BOOK}
        store.add_all(self.connection, versions, events, in_the_book)
        self.moved = self.moved or bool(versions)
        return versions

    def new(
        self, caller: Caller, content: Content, state: S, name: str, party: Party, request_id: str | None,
        *, signed: bool = False,
    ) -> Change:  # fmt: skip
        one = store.add_version(self.connection, content, state, self._checks.people.of(caller), request_id)
        self._note(name, one, None, state, caller, party, "", signed=signed)
        return Change(one, None, state, self.now, tuple(self._checks.lacking(one.content)))

    def put(
        self, name: str, one: Version, caller: Caller | None, party: Party, *, comment: str = "",
        simulation_hash: str | None = None,
    ) -> Change:  # fmt: skip
        """Moves a version by the table."""
        after = BY_NAME[name].after
        store.set_state(self.connection, one, after)
        signed = name in ("sign", "approve")
        self._note(name, one, one.state, after, caller, party, comment, simulation_hash=simulation_hash, signed=signed)
        moved = replace(one, state=after)
        lacking = self._checks.lacking(one.content) if after is S.RETURNED else ()
        return Change(moved, one.state, after, self.now, tuple(lacking))

    def by_trust(self, name: str, one: Version, comment: str) -> Change:
        return self.put(name, one, None, Party.TRUST, comment=comment)

    def in_force(self, approved: Change) -> Change:
        """Puts what has just been signed by all in force, or schedules it: a later version does not end what somebody
        has put on hold."""
        begins = dates_of(approved.version.content).not_before
        if begins and begins > self.now:
            later = self.by_trust("schedule", approved.version, f"In force from {begins:%Y-%m-%d %H:%M}Z.")
        elif self._checks.held(approved.version.id):
            later = self.by_trust("schedule", approved.version, "In force when the version on hold is resumed.")
        else:
            later = self._activate(approved.version)
        return later._replace(before=approved.before)

    def _activate(self, one: Version) -> Change:
        """Puts a version that is what was signed in force, in the place of the one that is."""
        for other in store.versions(self.connection, one.id):
            if other.version != one.version and other.state in IN_FORCE:
                self.by_trust("supersede", other, f"Version {one.version} takes its place.")
        return self.by_trust("activate", one, "")

    def _note(
        self, name: str, one: Version, before: S | None, after: S, caller: Caller | None, party: Party, comment: str,
        *, simulation_hash: str | None = None, signed: bool = False,
    ) -> None:  # fmt: skip
        event = self._event(
            name, one, before, after, caller, party, comment, simulation_hash=simulation_hash, signed=signed
        )
        changed = not one.banded and {before, after} & IN_THE_BOOK
        store.add_event(self.connection, event, one.consumer if changed else None)
        self.moved = True

    def _event(
        self, name: str, one: Version, before: S | None, after: S, caller: Caller | None, party: Party, comment: str,
        *, simulation_hash: str | None = None, signed: bool = False,
    ) -> dict[str, Any]:  # fmt: skip
        """A move as it is written down."""
        event: dict[str, Any] = {
            "id": one.id,
            "version": one.version,
            "move": name,
            "before": before and before.value,
            "after": after.value,
            "at": self.now,
            "person": caller and self._checks.people.of(caller),
            "subject": caller and caller.subject[:256],
            "organisation": caller and caller.organisation,
            "party": party.value,
            "comment": comment,
            "content_hash": one.content_hash,
            "simulation_hash": simulation_hash,
            "operation_id": self._operation_id,
        }
        event["signature"] = self._seal.sign(event) if signed else None
        return event
