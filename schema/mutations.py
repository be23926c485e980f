"""The moves of an agreement. All moves of one request are one transaction with its record."""

# pyright: reportUnknownParameterType=false

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar, cast

import strawberry
from graphql import GraphQLError
from strawberry.scalars import JSON

from policies.agreement_content import Content
from policies.agreement_file import AgreementStatus
from policies.drafting import draft, owners
from reference.measure import DepartmentCode
from schema.agreement import Agreement, Question, question, told
from schema.agreement_terms import AgreementTerms, content_of_terms
from schema.context import Context, context
from schema.errors import BadInput
from trust.agreements.acts import Acts
from trust.agreements.errors import Conflict, Incomplete, MoveRefused, NotThere, TermsRefused
from trust.agreements.merging import merged
from trust.agreements.version import Change

T = TypeVar("T")
Id = Annotated[strawberry.ID, strawberry.argument(description="As in DSA-001.")]
Number = Annotated[int, strawberry.argument(description="The version that you mean, which must be the last.")]
Expected = Annotated[int, strawberry.argument(description="The last version that you know of: CONFLICT if it is not.")]
Reason = Annotated[str, strawberry.argument(description="Why. It is kept, and shown to the other party.")]
RequestId = Annotated[
    strawberry.ID | None, strawberry.argument(description="Any id of yours: sent twice, the thing is done once.")
]
Terms = Annotated[AgreementTerms, strawberry.argument(description="What is to be other than it is.")]


@strawberry.type(description="What a move has changed.")
class AgreementChange:
    agreement: Agreement = strawberry.field(description="The version that was moved, as it is now.")
    before: AgreementStatus | None = strawberry.field(name="from", description="Its state before; null for a new one.")
    after: AgreementStatus = strawberry.field(name="to", description="Its state now.")
    at: datetime = strawberry.field(description="When it was moved.")
    missing: list[Question] = strawberry.field(description="Questions that are still to be answered.")


@strawberry.type(
    description="What can be done to agreements. Send mutations by POST. All moves of one request are made, or none."
)
class Mutation:
    @strawberry.mutation(
        description="A new agreement, as a draft: from a query of which something is refused to you, from terms, or "
        "from both."
    )
    def propose_agreement(
        self,
        info: strawberry.Info,
        from_query: Annotated[
            str | None, strawberry.argument(description="A query. What of it is refused is what the draft covers.")
        ] = None,
        variables: Annotated[JSON | None, strawberry.argument(description="The variables of that query.")] = None,
        terms: Annotated[
            AgreementTerms | None, strawberry.argument(description="Terms, which go before those of the query.")
        ] = None,
        request_id: RequestId = None,
    ) -> AgreementChange:
        ctx, given = context(info), content_of_terms(terms)
        content = merged(_drafted(ctx, from_query, variables, given), given)
        return _moved(ctx, lambda acts: acts.propose(ctx.caller, content, request_id))

    @strawberry.mutation(description="The next version of an agreement, as a draft.")
    def amend_agreement(
        self, info: strawberry.Info, id: Id, expected_version: Expected, terms: Terms, request_id: RequestId = None
    ) -> AgreementChange:
        ctx, given = context(info), content_of_terms(terms)
        return _moved(ctx, lambda acts: acts.amend(ctx.caller, id, expected_version, given, request_id))

    @strawberry.mutation(description="Proposes a draft to its owner and the Trust.")
    def submit_agreement(self, info: strawberry.Info, id: Id, version: Number) -> AgreementChange:
        ctx = context(info)
        return _moved(ctx, lambda acts: acts.submit(ctx.caller, id, version))

    @strawberry.mutation(description="Sends a proposal back to its consumer.")
    def return_agreement(
        self, info: strawberry.Info, id: Id, version: Number,
        comment: Annotated[str, strawberry.argument(description="What should be other. It is kept and shown.")],
    ) -> AgreementChange:  # fmt: skip
        ctx = context(info)
        return _moved(ctx, lambda acts: acts.return_(ctx.caller, id, version, comment))

    @strawberry.mutation(
        description="Signs the content of a version. The last signature that is needed puts it in force, at once or "
        "from its first day."
    )
    def approve_agreement(
        self, info: strawberry.Info, id: Id, version: Number,
        content_hash: Annotated[str, strawberry.argument(description="Of the content that you looked at.")],
        simulation_hash: Annotated[
            str | None, strawberry.argument(description="Of the simulation that you looked at, if you did.")
        ] = None,
    ) -> AgreementChange:  # fmt: skip
        ctx = context(info)
        return _moved(ctx, lambda acts: acts.approve(ctx.caller, id, version, content_hash, simulation_hash))

    @strawberry.mutation(description="Turns a proposal down.")
    def reject_agreement(self, info: strawberry.Info, id: Id, version: Number, reason: Reason) -> AgreementChange:
        ctx = context(info)
        return _moved(ctx, lambda acts: acts.reject(ctx.caller, id, version, reason))

    @strawberry.mutation(description="Withdraws a version before it is in force.")
    def cancel_agreement(self, info: strawberry.Info, id: Id, version: Number) -> AgreementChange:
        ctx = context(info)
        return _moved(ctx, lambda acts: acts.cancel(ctx.caller, id, version))

    @strawberry.mutation(description="Puts what is in force on hold, at once.")
    def suspend_agreement(self, info: strawberry.Info, id: Id, reason: Reason) -> AgreementChange:
        ctx = context(info)
        return _moved(ctx, lambda acts: acts.suspend(ctx.caller, id, reason))

    @strawberry.mutation(description="Puts what is on hold in force again.")
    def resume_agreement(self, info: strawberry.Info, id: Id, reason: Reason) -> AgreementChange:
        ctx = context(info)
        return _moved(ctx, lambda acts: acts.resume(ctx.caller, id, reason))

    @strawberry.mutation(description="Ends an agreement for good, at once.")
    def terminate_agreement(self, info: strawberry.Info, id: Id, reason: Reason) -> AgreementChange:
        ctx = context(info)
        return _moved(ctx, lambda acts: acts.terminate(ctx.caller, id, reason))

    @strawberry.mutation(
        description="Puts narrower terms in force at once, on the owner's word alone: fewer figures, a shorter term, "
        "stronger obligations."
    )
    def narrow_agreement(
        self, info: strawberry.Info, id: Id, expected_version: Expected, terms: Terms
    ) -> AgreementChange:
        ctx, given = context(info), content_of_terms(terms)
        return _moved(ctx, lambda acts: acts.narrow(ctx.caller, id, expected_version, given))

    @strawberry.mutation(
        description="Puts everything of one owner, of one consumer, or between the two, on hold in one act."
    )
    def suspend_all(
        self, info: strawberry.Info, reason: Reason,
        owner: Annotated[DepartmentCode | None, strawberry.argument(description="Whose data.")] = None,
        consumer: Annotated[str | None, strawberry.argument(description="Who reads it.")] = None,
    ) -> list[AgreementChange]:  # fmt: skip
        ctx = context(info)
        of = owner.value if owner else None
        changes = _made(ctx, lambda acts: acts.suspend_all(ctx.caller, of, consumer, reason))
        return [_change(ctx, change) for change in changes]


def _drafted(ctx: Context, query: str | None, variables: JSON | None, given: Content) -> Content:
    """What a draft says because of a query that is refused. Raises GraphQLError."""
    if query is None:
        return {}
    values = cast(object, variables)
    if values is not None and not isinstance(values, dict):
        raise BadInput("variables", "must be a JSON object.")
    try:
        refused = ctx.refused(query, cast("dict[str, Any] | None", values))
    except GraphQLError as error:
        raise BadInput("fromQuery", error.message) from None
    wanted = [refusal.wanted for refusal in refused if refusal.wanted is not None]
    refusing = sorted({owner for one in wanted for owner in owners(ctx.rules, one, ctx.caller.organisation)})
    parties: dict[str, Any] = given.get("parties") or {}
    named: str | None = parties.get("owner")
    if not refusing:
        raise BadInput("fromQuery", "nothing of it is refused to you that an agreement could allow.")
    if named is None and len(refusing) > 1:
        raise BadInput("terms.parties.owner", "several departments refuse it: name one.", allowed=refusing)
    owner = named or refusing[0]
    if owner not in refusing:
        raise BadInput("terms.parties.owner", f"{owner} refuses nothing of the query.", allowed=refusing)
    return draft(ctx.rules, ctx.book, ctx.caller, ctx.purpose, wanted, owner, ctx.now)


def _moved(ctx: Context, move: Callable[[Acts], Change]) -> AgreementChange:
    return _change(ctx, _made(ctx, move))


def _made(ctx: Context, move: Callable[[Acts], T]) -> T:
    """What a move has changed. Raises GraphQLError with why it was not made."""
    assert ctx.acts is not None, "mutations are executed in a transaction"
    try:
        return move(ctx.acts)
    except MoveRefused as error:
        allowed = [{"move": one.move, "by": list(one.by)} for one in error.allowed]
        raise GraphQLError(str(error), extensions={"code": "TRANSITION_REFUSED", "allowed": allowed}) from None
    except Conflict as error:
        told = {
            "organisation": error.organisation, "subject": error.subject, "at": error.at.isoformat(),
            "version": error.version, "state": error.state.value,
        }  # fmt: skip
        raise GraphQLError(str(error), extensions={"code": "CONFLICT", **told}) from None
    except Incomplete as error:
        missing = [
            {"key": one.key, "question": one.text, "problem": one.problem, "allowed": list(one.allowed)}
            for one in error.missing
        ]
        raise GraphQLError(str(error), extensions={"code": "AGREEMENT_INCOMPLETE", "missing": missing}) from None
    except (NotThere, TermsRefused) as error:
        raise GraphQLError(str(error), extensions={"code": "BAD_USER_INPUT"}) from None


def _change(ctx: Context, change: Change) -> AgreementChange:
    return AgreementChange(
        agreement=told(ctx, change.version),
        before=change.before,
        after=change.after,
        at=change.at,
        missing=[question(asked) for asked in change.missing],
    )
