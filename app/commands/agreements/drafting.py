"""lmdt agreements propose, amend and narrow: new versions, with terms."""

from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from app.commands.agreements.changes import CHANGE, print_change
from app.commands.agreements.gateway import Declined, Gateway
from app.commands.agreements.layout import aligned, say, terms
from app.commands.agreements.written import Table, given_terms
from app.commands.exits import DONE, Misused
from app.commands.request import text_of, variables_of

PROPOSAL = "proposeAgreement(fromQuery: $query, variables: $variables, terms: $terms{n}) {{ ...Change }}"


def propose_(gateway: Gateway, options: Namespace) -> int:
    """A draft from a query, for each owner that refuses something of it, or from terms alone."""
    written = given_terms(options, **({"parties.owner": options.owner} if options.owner else {}))
    if options.file is None and written is None:
        raise Misused("say what is to be shared: --from QUERY, --terms FILE or --set KEY=VALUE.")
    query = text_of(options.file) if options.file else None
    variables = variables_of(options) if options.file else None
    for number, change in enumerate(_proposed(gateway, query, variables, written)):
        say(*([""] if number else []), f"Drafted {change['agreement']['id']}, with:")
        say(*aligned(terms(change["agreement"]["content"]), 2))
        print_change(gateway, change)
    return DONE


def _proposed(
    gateway: Gateway, query: str | None, variables: dict[str, Any] | None, written: Table | None
) -> Sequence[dict[str, Any]]:
    """The drafts: all of them in one transaction, or none. Raises Declined."""
    try:
        return _drafts(gateway, query, variables, [written or {}])
    except Declined as declined:
        owners: list[str] = declined.extensions.get("nearest") or []
        if declined.extensions.get("argument") != "terms.parties.owner" or not owners:
            raise
    base = written or {}
    parties: Table = base.get("parties") or {}
    return _drafts(gateway, query, variables, [{**base, "parties": {**parties, "owner": owner}} for owner in owners])


def _drafts(
    gateway: Gateway, query: str | None, variables: dict[str, Any] | None, each: Sequence[Table]
) -> Sequence[dict[str, Any]]:
    numbers = range(len(each))
    declared = " ".join(f"$terms{n}: AgreementTerms" for n in numbers)
    fields = " ".join(f"draft{n}: {PROPOSAL.format(n=n)}" for n in numbers)
    document = f"mutation($query: String $variables: JSON {declared}) {{ {fields} }}{CHANGE}"
    written = {f"terms{n}": terms for n, terms in enumerate(each)}
    data = gateway.asked(document, query=query, variables=variables, **written)
    return [data[f"draft{n}"] for n in numbers]


def amend_(gateway: Gateway, options: Namespace) -> int:
    """The next version, as a draft."""
    return _next(gateway, options, "amendAgreement")


def narrow_(gateway: Gateway, options: Namespace) -> int:
    """The next version, in force at once."""
    return _next(gateway, options, "narrowAgreement")


def _next(gateway: Gateway, options: Namespace, mutation: str) -> int:
    written = given_terms(options)
    if written is None:
        raise Misused("say what is to be other: --terms FILE, --set KEY=VALUE or --unset KEY.")
    document = (
        "mutation($id: ID! $version: Int! $terms: AgreementTerms!) { "
        f"change: {mutation}(id: $id, expectedVersion: $version, terms: $terms) {{ ...Change }} }}{CHANGE}"
    )
    version = gateway.number(options.id, options.version)
    print_change(gateway, gateway.asked(document, id=options.id, version=version, terms=written)["change"])
    return DONE
