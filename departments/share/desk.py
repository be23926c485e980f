"""What the node does with one request for figures, from the Trust's assertion to the bytes of the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import orjson

from departments.share.answer import ARROW, Answer, as_arrow, as_json
from departments.share.answered import AnsweredLog
from departments.share.assertion import Assertion, Message, Verifier, allow, check
from departments.share.config import ShareConfig
from departments.share.held import Held
from departments.share.question import BadQuestion, NodeQuery, read

QUERIES = 200


class UnknownDataset(Exception):
    """No dataset of this name is shared."""


class TooMuch(Exception):
    """More than the node's limits allow in one request."""


class NotOffered(Exception):
    """No answer in the form that was asked for."""


@dataclass(slots=True)
class Visit:
    """One request, filled in as far as it gets: what the department's own log is written from."""

    dataset: str
    assertion: Assertion | None = None
    queries: list[NodeQuery] = field(default_factory=list[NodeQuery])

    @property
    def rows(self) -> int:
        """Cells of one measure, over all questions."""
        return sum(query.rows for query in self.queries)

    @property
    def asked(self) -> dict[str, Any]:
        """On whose behalf what was asked for, for the department's own log: no token, no figures."""
        asked: dict[str, Any] = {}
        if self.assertion is not None:
            asked |= {
                "organisation": self.assertion.organisation,
                "purpose": self.assertion.purpose,
                "agreements": self.assertion.agreements,
                "operations": self.assertion.operations,
            }
        if self.queries:
            asked |= {
                "measures": sorted({name for query in self.queries for name in query.measures}),
                "evidence": any(query.evidence for query in self.queries),
                "rows": self.rows,
            }
        return asked

    def said(self, config: ShareConfig, assertion: Assertion) -> dict[str, Any]:
        """The line of what was answered."""
        return {
            "node": config.node,
            "department": config.department,
            "dataset": self.dataset,
            "jti": assertion.name,
            "digest": assertion.digest,
            **self.asked,
        }


class Desk:
    """Answers requests for figures. Blocks on the database, so it is called from a thread."""

    def __init__(
        self, config: ShareConfig, verifier: Verifier, tables: Mapping[str, Held], answered: AnsweredLog | None
    ) -> None:
        self._config, self._verifier, self._tables, self._answered = config, verifier, tables, answered

    def answer(self, visit: Visit, message: Message) -> tuple[bytes, str]:
        """The body of the answer and its media type, when the log has it that it was answered. Raises NotTrusted,
        Declined, UnknownDataset, NotOffered, BadQuestion, TooMuch, Unfit, SQLAlchemyError or NotKept."""
        answer = self._made(visit, message)
        if self._answered and visit.assertion:
            self._answered.keep(visit.said(self._config, visit.assertion))
        return answer

    def _made(self, visit: Visit, message: Message) -> tuple[bytes, str]:
        visit.assertion = self._verifier.verify(message)
        accept = message.headers.get("accept", "")
        check(visit.assertion, self._config.refuse)
        if (table := self._tables.get(visit.dataset)) is None:
            raise UnknownDataset(f"shared are {', '.join(self._tables)}.")
        visit.queries, together = _questions(message.body, table)
        for query in visit.queries:
            allow(query, visit.assertion, self._config.department)
        if visit.rows > self._config.rows:
            raise TooMuch(f"{visit.rows} rows were asked for; {self._config.rows} are allowed.")
        answers = _answers(table, visit.queries)
        if ARROW in accept:
            try:
                return as_arrow(answers), ARROW
            except ImportError as error:
                if "json" not in accept and "*/*" not in accept:
                    raise NotOffered("pyarrow is not installed here: ask for application/json.") from error
        columns = [answer.columns() for answer in answers]
        return as_json({"answers": columns} if together else columns[0]), "application/json"


def _answers(table: Held, queries: Sequence[NodeQuery]) -> list[Answer]:
    """Evidence only where the question asks for it and the mapping lets it leave."""
    return [table.answer(query, query.evidence and table.mapped.evidence) for query in queries]


def _questions(body: bytes, table: Held) -> tuple[list[NodeQuery], bool]:
    """The questions of a request, and whether they were sent together."""
    try:
        value: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadQuestion(f"the body is not JSON: {error}.") from error
    several = cast(dict[str, Any], value) if isinstance(value, dict) else {}
    if "queries" not in several:
        return [read(cast(object, value), table.mapped, table.members)], False
    if len(several) > 1 or not isinstance(several["queries"], list) or not several["queries"]:
        raise BadQuestion('several questions are sent as {"queries": [...]} and nothing else.')
    queries = cast(list[object], several["queries"])
    if len(queries) > QUERIES:
        raise TooMuch(f"{len(queries)} questions were asked together; {QUERIES} are allowed.")
    return [read(query, table.mapped, table.members) for query in queries], True
