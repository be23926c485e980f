"""lmdt explain, check and schema: what there is and what would happen, told without answering anybody."""

import asyncio
import sys
from argparse import Namespace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.commands.configuration import gateway_of, persona_of, settings_of
from app.commands.exits import DONE, NO, Misused
from app.commands.messages import print_messages
from app.commands.output import write_out
from app.commands.request import text_of, variables_of

if TYPE_CHECKING:
    from app.gateway import Gateway
    from app.operation import GraphQLRequest


def explain(options: Namespace) -> int:
    """Tells what a query would do, asking no department."""
    from app import errors, explain_text
    from app.operation import Mutation

    request = _request(options)
    gateway = gateway_of(settings_of(DEMO="true"))
    try:
        prepared = asyncio.run(gateway.engine.prepare(request, gateway.engine.book()))
        if isinstance(prepared, list):
            print_messages(errors.formatted(error) for error in prepared)
            return NO
        if isinstance(prepared, Mutation):
            raise Misused(f"{options.file} holds a mutation: queries are explained.")
        print(explain_text.story(request, prepared, gateway.engine))
    finally:
        asyncio.run(gateway.close())
    return DONE


def _request(options: Namespace) -> "GraphQLRequest":
    from app.operation import GraphQLRequest
    from app.purpose import PurposeRefused, purpose_of
    from policies.caller import PUBLIC, Caller

    persona = persona_of(options.persona or "public")
    caller = PUBLIC
    if persona.organisation is not None:
        roles = frozenset({persona.role}) if persona.role else frozenset[str]()
        caller = Caller(persona.name, persona.organisation, roles, frozenset(persona.purposes), "demonstration")
    try:
        purpose = purpose_of(caller, [options.purpose] if options.purpose else [])
    except PurposeRefused as error:
        raise Misused(str(error)) from error
    text, variables = text_of(options.file), variables_of(options)
    return GraphQLRequest("0" * 32, text, variables, options.operation, caller, purpose, datetime.now(UTC))


def check(options: Namespace) -> int:
    """Says whether sources, policies, agreements and schema agree."""
    from app import explain_text
    from policies.contradiction import among, is_open

    gateway = gateway_of(settings_of(DEMO="true"))
    gaps = explain_text.gaps(gateway.catalogue)
    drift = asyncio.run(_drift(gateway, live=options.live))
    agreements, sources, rules = gateway.engine.book(), gateway.catalogue.sources, gateway.engine.rules
    contradicted = among(agreements, rules)
    for line in (*gaps, *drift, *contradicted):
        print(line, file=sys.stderr)
    for one in agreements:
        if is_open(one, rules):
            print(f"{one.id} is never used: everyone may read all that it covers.", file=sys.stderr)
    if gaps or drift or contradicted:
        return NO
    print(f"{len(sources)} sources, {len(gateway.catalogue.measures)} measures and {len(agreements)} agreements agree.")
    return DONE


async def _drift(gateway: "Gateway", *, live: bool) -> list[str]:
    """What has moved at the departments, if they are to be asked. Closes the gateway."""
    from resolvers.errors import DepartmentUnavailable
    from resolvers.protocols.comparison import drift_of

    lines: list[str] = []
    for source, connector in gateway.engine.dispatcher.by_source() if live else ():
        comparison = await drift_of(source, connector)
        failure = comparison.failure
        lines += [f"{source.name}: {line}" for line in comparison.lines]
        if isinstance(failure, DepartmentUnavailable):
            lines.append(f"{source.name}: {failure.department} does not answer at {source.url}: {failure.detail}")
        elif failure is not None:
            lines.append(f"{source.name}: {failure}")
    await gateway.close()
    return lines


def schema(options: Namespace) -> int:
    """Prints the schema, or compares it with a file."""
    from schema.build import printed

    if options.check is None:
        write_out(printed().encode())
        return DONE
    try:
        kept = options.check.read_bytes() if options.check.exists() else b""
    except OSError as error:
        raise Misused(f"{options.check}: {error.strerror}.") from error
    if kept != printed().encode():
        print(f"{options.check} is not the schema of this code: write it anew with make format.", file=sys.stderr)
        return NO
    return DONE
