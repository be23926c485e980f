"""One GraphQL operation: what was asked, by whom and why, and all that became of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from graphql import GraphQLError, OperationDefinitionNode

from app.acting import OpenOperation
from app.columnar import AnswerColumns
from app.columnar.text import Text
from app.documents import CompiledSelection, Document
from app.rate_limits import Standing
from policies.agreement import Agreement
from policies.caller import Caller
from policies.decision import AgreementRef
from resolvers.wire import Call
from schema.collected import SelectionSet
from schema.warnings import Warned
from trust.demand.misses import Miss
from trust.entry import Decisions, Relied, Use
from trust.log.entry import Answer

# Takes so many units of the caller's quotas. Raises RateLimited.
Take = Callable[[int], Awaitable[Standing | None]]


class GraphQLRequest(NamedTuple):
    """One GraphQL request, as read from the wire, with who sent it and why. `may_act`: whether it came in a way by
    which mutations may. `written`: its text as it came, where `query` asks for more. `refused`: why a selection cannot
    be answered in the form that is asked for, where that is not JSON."""

    id: str
    query: str
    variables: Mapping[str, Any] | None
    operation: str | None
    caller: Caller
    purpose: str | None
    now: datetime
    may_act: bool = False
    written: str | None = None
    refused: Callable[[SelectionSet], GraphQLError | None] | None = None

    @property
    def as_file(self) -> bool:
        """Whether it is to be answered in another form than JSON."""
        return self.refused is not None

    @property
    def text(self) -> str:
        """Its text as it came."""
        return self.query if self.written is None else self.written


@dataclass(slots=True)
class Outcome:
    """All that happened: the answer, and what the record must say of it. `failure`: ours, as the caller is told.
    `fresh_until`: says when the first of the departments' answers in it grows old, None where it must not be kept.
    `agreements`, `relied`, `uses`: the agreements it rests on. `acting`: what it moved, not yet committed.
    `missed`: what it wanted that is not there. `answer`: what the log says of its data, where those are whole.
    `columns`: what those who do not write it as JSON make it of; without data, where columns are all that it needs.
    `large`: it is not made whole, but as it is sent."""

    request: GraphQLRequest
    data: Text = b"null"
    errors: Sequence[GraphQLError] = ()
    decisions: Decisions = field(default_factory=Decisions)
    calls: list[Call] = field(default_factory=list[Call])
    causes: list[str] = field(default_factory=list[str])
    warnings: Sequence[Warned] = ()
    definition: OperationDefinitionNode | None = None
    executed: bool = False
    long: bool = False
    standing: Standing | None = None
    epoch: int | None = None
    failure: Mapping[str, Any] | None = None
    fresh_until: Callable[[], datetime | None] = lambda: None
    agreements: Mapping[AgreementRef, Agreement] = field(default_factory=dict[AgreementRef, Agreement])
    relied: Relied | None = None
    uses: Sequence[Use] = ()
    acting: OpenOperation | None = None
    missed: Sequence[Miss] = ()
    answer: Answer | None = None
    columns: AnswerColumns | None = None
    large: bool = False


class Mutation(NamedTuple):
    """A mutation that has been read."""

    document: Document
    operation: OperationDefinitionNode
    selected: CompiledSelection
