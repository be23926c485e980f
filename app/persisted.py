"""Automatic persisted queries: a client sends the hash of a query in the place of its text, as Apollo's clients do.

A text is kept once it has been executed, so what is not GraphQL of this schema takes no place. Who may read what is
decided for each request by its text, whoever sent that text first.
"""

import hashlib
import sys
from typing import NamedTuple

from graphql import GraphQLError

from app.graphql_http import BadRequest, Parameters
from app.kept import Kept


class _QueryText(NamedTuple):
    text: str

    @property
    def bytes(self) -> int:
        return 512 + sys.getsizeof(self.text)


class PersistedQueries:
    """Texts of queries by their SHA-256, of so many bytes in all, the longest unused let go first. 0: none, and no
    request may give a hash alone."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._texts = Kept[str, _QueryText](limit)

    def text(self, parameters: Parameters) -> str:
        """The text of the query that a request means. Raises GraphQLError where its hash is not known, and
        BadRequest where its text has another hash."""
        query, sha256 = parameters.query, parameters.sha256
        if sha256 is None or (query and not self._limit):
            return query
        if not self._limit:
            raise _by_hash("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED", "Send the query itself.")
        if query:
            if hashlib.sha256(query.encode()).hexdigest() != sha256:
                raise BadRequest(400, 'The hash is not the SHA-256 of "query", in UTF-8 as it was sent.')
            return query
        known = self._texts.get(sha256)
        if known is None:
            remedy = "Send the query itself, with its hash: then it is known."
            raise _by_hash("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND", remedy)
        return known.text

    def keep(self, sha256: str | None, text: str) -> None:
        """Keeps the text of a query that was executed, if its request gave a hash and it is not kept yet."""
        if sha256 is not None and sha256 not in self._texts:
            self._texts.keep(sha256, _QueryText(text))


def _by_hash(message: str, code: str, remedy: str) -> GraphQLError:
    """An error whose message is a word that clients know: they then send the text."""
    return GraphQLError(message, extensions={"code": code, "remedy": remedy})
