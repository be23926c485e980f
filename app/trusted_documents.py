"""Trusted documents: those of the manifests, known by their id from the start, and all that chosen callers may send.

A document is trusted to the letter. Whoever may send nothing else is refused before anything is parsed.
"""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from graphql import GraphQLError

from app import manifest
from app.documents import Documents
from app.graphql_http import Parameters
from app.manifest import ManifestError, Operation
from app.settings import Settings, SettingsError
from policies.caller import Caller
from reference.strict_file import nearest


class TrustedDocuments:
    """Texts by their SHA-256, none of which is ever let go. `only`: callers who may send nothing else, as
    `everyone`, `public`, `org GMCA`, `client reporting-app` or `sub alice`."""

    def __init__(self, texts: Mapping[str, str], only: Collection[str] = ()) -> None:
        self._texts, self._only = texts, frozenset(only)
        self._known = frozenset(texts.values())

    def __contains__(self, text: str) -> bool:
        return text in self._known

    def text(self, caller: Caller, parameters: Parameters) -> str | None:
        """The text of the trusted document that a request gives the id of; None where it must be found elsewhere.
        Raises GraphQLError where the caller may send trusted documents only, and this is none."""
        query, sha256 = parameters.query, parameters.sha256
        if not query and sha256 is not None and sha256 in self._texts:
            return self._texts[sha256]
        if self._only and query not in self._known and not self._only.isdisjoint(_names(caller)):
            raise _not_trusted("no trusted document has this id" if sha256 and not query else "this is none of them")
        return None


def _names(caller: Caller) -> Iterator[str]:
    """What a caller can be chosen by."""
    yield "everyone"
    if caller.issuer is None:
        yield "public"
        return
    yield f"sub {caller.subject}"
    yield from (f"client {client}" for client in caller.clients)
    if caller.organisation is not None:
        yield f"org {caller.organisation}"


def _not_trusted(what: str) -> GraphQLError:
    remedy = "Send the documentId, or to the letter the text, of a document in the Trust's manifests, or have it added."
    extensions = {"code": "DOCUMENT_NOT_TRUSTED", "remedy": remedy}
    return GraphQLError(f"You may send trusted documents only, and {what}.", extensions=extensions)


def trusted_documents(settings: Settings, documents: Documents, organisations: Collection[str]) -> TrustedDocuments:
    """What the settings say, each document validated. `organisations`: those that callers can be of. Raises
    SettingsError."""
    path, only = settings.trusted_documents, settings.trusted_only
    if only and path is None:
        raise SettingsError("LMDT_TRUSTED_ONLY leaves nothing to send: set LMDT_TRUSTED_DOCUMENTS too.")
    for name in sorted(caller.removeprefix("org ") for caller in only if caller.startswith("org ")):
        if name not in organisations:
            allowed = f"{', '.join(sorted(organisations)) or 'none'}.{nearest(name, organisations)}"
            raise SettingsError(
                f"LMDT_TRUSTED_ONLY: no issuer speaks for an organisation {name!r}: there are {allowed}"
            )
    texts: dict[str, str] = {}
    try:
        for file in _files(path) if path else ():
            texts |= {operation.id: operation.body for operation in _read(file, documents)}
    except OSError as error:
        raise SettingsError(f"LMDT_TRUSTED_DOCUMENTS: {path}: {error.strerror}.") from error
    except ManifestError as error:
        raise SettingsError(f"LMDT_TRUSTED_DOCUMENTS: {error}") from error
    return TrustedDocuments(texts, only)


def _files(path: Path) -> list[Path]:
    """The manifests at a path. Raises SettingsError or OSError."""
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    if not files:
        raise SettingsError(f"LMDT_TRUSTED_DOCUMENTS: {path} holds no manifest: there is no file *.json.")
    if sum(file.stat().st_size for file in files) > manifest.MOST_BYTES:
        raise SettingsError(f"LMDT_TRUSTED_DOCUMENTS: {path} is larger than {manifest.MOST_BYTES // 1_000_000} MB.")
    return files


def _read(file: Path, documents: Documents) -> list[Operation]:
    """The operations of a manifest, all of which can be answered. Raises ManifestError or OSError."""
    operations = manifest.read(file)
    read = ((operation, documents.read(operation.body)) for operation in operations)
    wrong = [(operation.name, errors[0]) for operation, errors in read if isinstance(errors, tuple)]
    if wrong:
        problems = (f"operation {name!r} cannot be answered: {error.message}" for name, error in wrong)
        raise ManifestError(*problems, file=str(file))
    return operations
