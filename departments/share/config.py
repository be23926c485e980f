"""The mapping file as a whole: the node's name, its database, whom it trusts, and whose questions it refuses."""

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, field_validator

from departments.share.errors import ConfigError
from departments.share.mapping import Mapped
from departments.witness import WitnessConfig
from reference.strict_file import NOT_EMPTY, Count, Invalid, Section, Text, Worded, check, parse

Keys = Annotated[Text | Mapping[str, Any], Worded("a file, an https address, or a JWKS as a table")]
Several = Annotated[frozenset[Text], Field(strict=False)]


def _database(written: str) -> str:
    """The database's URL; "$NAME" stands for the environment variable NAME, so that no file holds a password."""
    if not written.startswith("$"):
        return written
    if not (url := os.environ.get(written[1:])):
        raise Invalid(f"is to be read from the environment variable {written[1:]}, which is not set.")
    return url


class Trust(Section):
    """Whose assertions the node believes. `keys`: the Trust's public keys, as a JWKS or where to read one."""

    issuer: Text
    keys: Keys


class Refuse(Section):
    """Whose questions the department does not answer, whatever the Trust says."""

    organisations: Several = frozenset()
    agreements: Several = frozenset()
    purposes: Several = frozenset()


class ShareConfig(Section):
    """A whole mapping file. `department`: the code of the one whose figures these are: its own analysts have them with
    evidence. `log`: a folder in which the node keeps its own log of what it answered. `rows`: at most so many cells of
    one measure in one request. `patterns`: the folder of the patterns that `lmdt protect` makes."""

    node: Text
    department: str = ""
    database: Annotated[Text, AfterValidator(_database)] = Field(repr=False)
    trust: Trust
    refuse: Refuse = Refuse()
    log: Text | None = None
    witness: WitnessConfig | None = None
    rows: Count = 500_000
    patterns: Text = "patterns"
    datasets: Annotated[tuple[Mapped, ...], Field(strict=False), NOT_EMPTY]

    @field_validator("datasets", mode="after")
    @classmethod
    def _each_id_once(cls, datasets: tuple[Mapped, ...]) -> tuple[Mapped, ...]:
        """Raises Invalid, for a path can lead to one dataset only."""
        ids = [mapped.id for mapped in datasets]
        if twice := next((name for name in ids if ids.count(name) > 1), None):
            raise Invalid(f'has two datasets with the id "{twice}".')
        return datasets

    @cached_property
    def tables(self) -> Mapping[str, Mapped]:
        """The datasets by their ids."""
        return {mapped.id: mapped for mapped in self.datasets}

    def at(self, database: str, keys: Keys, *, patterns: str, log: str | None = None) -> "ShareConfig":
        """The same mapping over another database, trusting other keys, with its patterns and its log elsewhere."""
        trust = self.trust.model_copy(update={"keys": keys})
        return self.model_copy(update={"database": database, "trust": trust, "patterns": patterns, "log": log})


def load(path: Path) -> ShareConfig:
    """Read a mapping file. Raises ConfigError."""
    return read(parse(path, ConfigError), file=path.name)


def read(table: Mapping[str, Any], *, file: str = "") -> ShareConfig:
    """A configuration from the parsed table of its file. Raises ConfigError."""
    return check(table, ShareConfig, ConfigError, file=file)
