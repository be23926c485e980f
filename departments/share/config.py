"""The mapping file as a whole: the node's name, its database, whom it trusts, and whose questions it refuses."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from departments.share.checked import ConfigError, may, need, only, texts
from departments.share.mapping import Mapped
from departments.share.mapping import read as read_mapped

Keys = str | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Refuse:
    """Whose questions the department does not answer, whatever the Trust says."""

    organisations: frozenset[str] = frozenset()
    agreements: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ShareConfig:
    """A whole mapping file. `keys`: the Trust's public keys, as a JWKS or where to read one: a file or an address.
    `rows`: at most so many cells of one measure in one request."""

    node: str
    database: str
    issuer: str
    keys: Keys
    tables: Mapping[str, Mapped]
    refuse: Refuse = field(default_factory=Refuse)
    rows: int = 500_000

    def at(self, database: str, keys: Keys) -> "ShareConfig":
        """The same mapping over another database, trusting other keys."""
        return replace(self, database=database, keys=keys)


def load(path: Path) -> ShareConfig:
    """Read a mapping file. Raises ConfigError."""
    try:
        return read(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}.") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, ConfigError) as error:
        raise ConfigError(f"{path.name}: {error}") from error


def read(told: Mapping[str, Any]) -> ShareConfig:
    """A configuration from the parsed table of its file. Raises ConfigError."""
    only(told, ("node", "database", "trust", "datasets", "refuse", "rows"), "")
    trust = only(told.get("trust", {}), ("issuer", "keys"), "trust")
    refuse = only(told.get("refuse", {}), ("organisations", "agreements", "purposes"), "refuse")
    tables = [read_mapped(each) for each in need(told, "datasets", list[Any], "")]
    names = [table.id for table in tables]
    if doubled := [name for name in names if names.count(name) > 1]:
        raise ConfigError(f"two datasets are called {doubled[0]!r}.")
    rows = may(told, "rows", float, 500_000.0, "")
    if rows < 1:
        raise ConfigError("'rows' must be at least 1.")
    return ShareConfig(
        node=need(told, "node", str, ""),
        database=_database(need(told, "database", str, "")),
        issuer=need(trust, "issuer", str, "trust"),
        keys=_keys(trust),
        tables=dict(zip(names, tables, strict=True)),
        refuse=Refuse(**{key: frozenset(texts(refuse, key, "refuse")) for key in refuse}),
        rows=int(rows),
    )


def _database(told: str) -> str:
    """The database's URL; "$NAME" stands for the environment variable NAME, so that no file holds a password."""
    if not told.startswith("$"):
        return told
    if not (found := os.environ.get(told[1:])):
        raise ConfigError(f"'database' is to be read from the environment variable {told[1:]}, which is not set.")
    return found


def _keys(trust: Mapping[str, Any]) -> Keys:
    told: object = trust.get("keys")
    if isinstance(told, str):
        return told
    if isinstance(told, dict):
        return cast(dict[str, Any], told)
    raise ConfigError("trust: 'keys' is needed: a file, an https address, or a JWKS as a table.")
