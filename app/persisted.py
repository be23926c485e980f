"""Automatic persisted queries: a client sends the hash of a query in the place of its text, as Apollo's clients do.

A text is kept once it has been executed, so what is not GraphQL of this schema takes no place. Who may read what is
decided for each request by its text, whoever sent that text first.
"""

import hashlib
from collections import OrderedDict

from graphql import GraphQLError

from app.graphql_http import BadRequest, Parameters


class PersistedQueries:
    """Texts of queries by their SHA-256, of so many bytes in all, the longest unused let go first. 0: none, and no
    request may give a hash alone."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bytes = 0
        self._texts: OrderedDict[str, str] = OrderedDict()

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
                raise BadRequest(400, '"sha256Hash" is not the SHA-256 of "query", in UTF-8 as it was sent.')
            return query
        if sha256 not in self._texts:
            remedy = "Send the query itself, with its hash: then it is known."
            raise _by_hash("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND", remedy)
        self._texts.move_to_end(sha256)
        return self._texts[sha256]

    def keep(self, sha256: str | None, text: str) -> None:
        """Keeps the text of a query that was executed, if its request gave a hash and it is not kept yet."""
        if sha256 is None or sha256 in self._texts or not self._limit:
            return
        self._texts[sha256] = text
        self._bytes += len(text.encode())
        while self._bytes > self._limit:
            self._bytes -= len(self._texts.popitem(last=False)[1].encode())


def _by_hash(message: str, code: str, remedy: str) -> GraphQLError:
    """An error whose message is a word that clients know: they then send the text."""
    return GraphQLError(message, extensions={"code": code, "remedy": remedy})
