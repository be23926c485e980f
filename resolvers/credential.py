"""Sources that need a credential which the Trust does not have: they are refused at once, and nobody is asked."""

from collections.abc import Mapping

from resolvers.errors import NoCredential
from resolvers.extents import Extent
from resolvers.protocols.connector import Connector, DatasetQuery
from resolvers.source import Source
from resolvers.table import Table

# Protocols that answer without a credential too: with one they only answer more at a time.
OPTIONAL = frozenset({"nomis"})


class Uncredentialled:
    """Stands before a connector that has no credential to ask with."""

    def __init__(self, connector: Connector, source: Source) -> None:
        self._connector, self._source = connector, source

    async def answer(self, ask: DatasetQuery) -> tuple[Table, ...]:
        """Raises NoCredential."""
        raise self._refusal()

    def requests(self, ask: DatasetQuery) -> tuple[str, ...]:
        """The requests that would be made with a credential."""
        return self._connector.requests(ask)

    async def extents(self) -> Mapping[str, Extent]:
        """Raises NoCredential."""
        raise self._refusal()

    async def drift(self) -> tuple[str, ...]:
        """Raises NoCredential."""
        raise self._refusal()

    def _refusal(self) -> NoCredential:
        detail = f"{self._source.credential} is not set: the source {self._source.name} needs a credential"
        return NoCredential(self._source.department, detail)


def lacks_credential(source: Source, credentials: Mapping[str, str]) -> bool:
    """Whether a source names a credential that it needs and that is not there, or is empty."""
    return bool(source.credential) and not credentials.get(source.credential) and source.protocol not in OPTIONAL


def credentialled(connector: Connector, source: Source, credentials: Mapping[str, str]) -> Connector:
    """The connector as it is, where its source has what credential it needs; else one that refuses."""
    return Uncredentialled(connector, source) if lacks_credential(source, credentials) else connector
