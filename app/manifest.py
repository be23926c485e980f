"""The file that lists documents: a persisted query manifest, as Apollo's tools write and read it, or the plain table of
texts by their hash that Relay's compiler and GraphQL Code Generator write."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, NamedTuple, cast

import orjson
from pydantic import ConfigDict, Field

from reference.json_text import NotReadable, read_json
from reference.strict_file import FileError, Section, Tables, Text, Worded, among, check

FORMAT = "apollo-persisted-query-manifest"
# Bytes of all the manifests of one gateway.
MOST_BYTES = 2_000_000


class ManifestError(FileError):
    """A manifest that cannot be used: names the operation, where it is one of them."""


class Operation(NamedTuple):
    """An operation with the fragments it uses. `id`: SHA-256 of its text, in hexadecimal. `name`: its id, where the
    manifest does not say. `type`: query, mutation or subscription; empty where the manifest does not say."""

    id: str
    name: str
    type: str
    body: str


class _Entry(Section):
    """An operation of a manifest. Tools add keys of their own."""

    model_config = ConfigDict(extra="ignore")

    id: Text
    name: Text
    type: Annotated[str, among("query", "mutation", "subscription")]
    body: Text


class _Manifest(Section):
    model_config = ConfigDict(extra="ignore")

    format: Annotated[str, among(FORMAT)]
    version: Annotated[int, Field(ge=1, le=1), Worded("1")]
    operations: Tables[_Entry]


def sha256(text: str) -> str:
    """The id of a document: of its text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def written(operations: Iterable[Operation]) -> bytes:
    """The manifest of these operations, in the order of their names."""
    entries = [operation._asdict() for operation in sorted(operations, key=lambda operation: operation.name)]
    manifest = {"format": FORMAT, "version": 1, "operations": entries}
    return orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def read(path: Path) -> list[Operation]:
    """The operations of a manifest, each with its right id. Raises ManifestError, or OSError."""
    try:
        content = read_json(path.read_bytes())
    except NotReadable as error:
        raise ManifestError(f"it is {error}.", file=str(path)) from error
    if not isinstance(content, dict):
        raise ManifestError('it must be an object: {"format": ..., "operations": [...]}.', file=str(path))
    operations = _operations(cast(dict[str, Any], content), str(path))
    wrong = [operation for operation in operations if operation.id != sha256(operation.body)]
    if wrong:
        problems = (
            f"operation {operation.name!r}: its id is not the SHA-256 of its body, which is {sha256(operation.body)}."
            for operation in wrong
        )
        raise ManifestError(*problems, file=str(path))
    return operations


def _operations(content: dict[str, Any], file: str) -> list[Operation]:
    """Raises ManifestError."""
    if "operations" in content or "format" in content:
        entries = check(content, _Manifest, ManifestError, file=file).operations
        return [Operation(_hash(entry.id), entry.name, entry.type, entry.body) for entry in entries]
    texts = check(content, dict[str, Text], ManifestError, file=file)
    return [Operation(_hash(id), id, "", text) for id, text in texts.items()]


def _hash(id: str) -> str:
    return id.removeprefix("sha256:").lower()
