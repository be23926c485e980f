"""Which checkpoints are believed, as a file says it: C2SP's tlog-policy, of logs, witnesses, groups and a quorum."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from reference.errors import TrustError
from transparency import note
from transparency.checkpoint import Checkpoint
from transparency.note import Algorithm, Key, NoteWrong

NONE = "none"
_FORBIDDEN = re.compile("[^\t\n -~\x80-\U0010ffff]")


class PolicyWrong(TrustError):
    """A policy's file is not what C2SP allows: says the line and why."""


class NotTrusted(TrustError):
    """A checkpoint is not one that a policy believes: says what is lacking."""


class Group(NamedTuple):
    """So many of these members."""

    needed: int
    members: Sequence[str]


class Trusted(NamedTuple):
    """A checkpoint that is believed, and the witnesses that have cosigned it, by their names in the policy."""

    checkpoint: Checkpoint
    witnesses: Collection[str]


@dataclass
class Policy:
    """Logs and witnesses by their keys, groups, and the name of what must have cosigned; `none` if nobody must. `urls`:
    where witnesses are asked, as far as that is said."""

    quorum: str = ""
    logs: list[Key] = field(default_factory=list[Key])
    witnesses: dict[str, Key] = field(default_factory=dict[str, Key])
    groups: dict[str, Group] = field(default_factory=dict[str, Group])
    urls: dict[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def read(cls, text: str) -> Self:
        """A policy from a file's text. Raises PolicyWrong."""
        policy = cls()
        if _FORBIDDEN.search(text):
            raise PolicyWrong("a policy has no control characters but tabs and newlines")
        for number, line in enumerate(text.split("\n"), 1):
            words = re.split("[ \t]+", line.strip(" \t"))
            if not words[0] or words[0].startswith("#"):
                continue
            try:
                policy._add(words)
            except (PolicyWrong, NoteWrong) as error:
                raise PolicyWrong(f"line {number}: {error}") from error
        if not policy.quorum:
            raise PolicyWrong("there is no line with the quorum")
        return policy

    def _add(self, words: Sequence[str]) -> None:
        match words:
            case ["log", key] | ["log", key, _]:
                self.logs.append(self._new_key(key, Algorithm.ED25519, self.logs))
            case ["witness", name, key, *url] if len(url) < 2:
                self._check_new(name)
                self.witnesses[name] = self._new_key(key, Algorithm.COSIGNATURE, self.witnesses.values())
                for one in url:
                    self.urls[name] = one.rstrip("/")
            case ["group", name, needed, _, *_]:
                self._check_new(name)
                self.groups[name] = self._group(needed, words[3:])
            case ["quorum", name]:
                if self.quorum:
                    raise PolicyWrong("there is one quorum only")
                if name != NONE:
                    self._check_known(name)
                self.quorum = name
            case _:
                raise PolicyWrong("a line is one of log, witness, group and quorum, with what belongs to it")

    def _new_key(self, text: str, algorithm: Algorithm, others: Collection[Key]) -> Key:
        key = Key.read(text)
        if key.algorithm is not algorithm:
            raise PolicyWrong(f"the key of {key.name} is of type {key.algorithm} and must be of type {algorithm}")
        if any(other.public == key.public for other in others):
            raise PolicyWrong(f"the key of {key.name} is there already")
        return key

    def _group(self, needed: str, members: Sequence[str]) -> Group:
        taken = {member for group in self.groups.values() for member in group.members}
        for at, member in enumerate(members):
            self._check_known(member)
            if member in taken or member in members[:at]:
                raise PolicyWrong(f"{member} is a member already: each may be one once")
        count = {"any": "1", "all": str(len(members))}.get(needed, needed)
        if not re.fullmatch("[1-9][0-9]{0,3}", count) or int(count) > len(members):
            raise PolicyWrong(f"a group needs any, all, or 1 to {len(members)} of its members, not {needed}")
        return Group(int(count), members)

    def _check_new(self, name: str) -> None:
        if name == NONE or name in self.witnesses or name in self.groups:
            raise PolicyWrong(f"{name} has a meaning already")

    def _check_known(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise PolicyWrong(f"{name} is no witness or group of a line before")

    def check(self, signed: bytes | str) -> Trusted:
        """The checkpoint in a signed note, if it is believed: a log's, whose name is its origin, with the quorum.
        Raises NotTrusted."""
        try:
            received = note.read(signed)
            checkpoint = Checkpoint.read(received.text)
            keys = [*self.logs, *self.witnesses.values()]
            by = {key for key, _ in note.believed(received, keys)}
        except NoteWrong as error:
            raise NotTrusted(str(error)) from error
        if not any(key in by and key.name == checkpoint.origin for key in self.logs):
            raise NotTrusted(f"no log that is trusted has signed as {checkpoint.origin}")
        witnesses = {name for name, key in self.witnesses.items() if key in by}
        if not self._met(witnesses):
            there = ", ".join(sorted(witnesses)) or "nobody"
            raise NotTrusted(f"the quorum {self.quorum} is not met: cosigned by {there}")
        return Trusted(checkpoint, witnesses)

    def _met(self, witnesses: Collection[str]) -> bool:
        """Whether the quorum is among these. Groups are of lines before, so each is known when it is needed."""
        if self.quorum == NONE:
            return True
        met: Mapping[str, bool] = {name: name in witnesses for name in self.witnesses}
        for name, group in self.groups.items():
            met = {**met, name: sum(met[member] for member in group.members) >= group.needed}
        return met[self.quorum]
