"""lmdt attack: what the attacks that are known find of a measure's hidden figures, through a gateway's front door."""

import asyncio
from argparse import Namespace
from collections.abc import Mapping
from typing import TYPE_CHECKING

import httpx
import orjson

from app.commands.asking import PATIENCE, is_loopback
from app.commands.caller import address_of, headers_of
from app.commands.exits import DONE, NO, Misused, Refused
from app.commands.output import write_out
from app.issuer import PERSONAS

if TYPE_CHECKING:
    from attacks.battery import Reading


def attack(options: Namespace) -> int:
    """Exit code 1 where more was recovered than --fail-above says."""
    address, given = address_of(options), who(options)

    async def carried_out() -> int:
        trust_env = not is_loopback(httpx.URL(address.url))
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=trust_env) as http:
            return await judged(options, given, http, address.url)

    return asyncio.run(carried_out())


def who(options: Namespace) -> dict[str, Mapping[str, str]]:
    """Names and headers of those who ask together: of --as and --token-file, or else, of the demonstration that is
    not asked by --url, everybody. Raises Misused."""
    personas = options.personas or ([] if options.url or options.token_files else list(PERSONAS))
    given: dict[str, Mapping[str, str]] = {persona: headers_of(_one(persona=persona)) for persona in personas}
    return given | {str(file): headers_of(_one(token_file=file)) for file in options.token_files or ()}


def _one(persona: str | None = None, token_file: object = None) -> Namespace:
    # Each is asked for every purpose that they have.
    return Namespace(persona=persona, token_file=token_file, purpose=None)


async def judged(options: Namespace, given: Mapping[str, Mapping[str, str]], http: httpx.AsyncClient, url: str) -> int:
    """All attacks through one client; prints what they found. Raises Misused or Refused."""
    from app.commands.attack_table import document, table
    from attacks.battery import attack as attacked
    from attacks.front import Door, NoAnswer, NoMeasure, callers
    from attacks.truth import NoTruth

    door, owner = Door(http, url), _reading(options)
    try:
        everybody = await callers(door, given, options.purpose)
        result = await attacked(door, options.measure, everybody, options.seconds, owner)
    except NoTruth as error:
        raise Misused(f"--owner {options.owner}: {error}") from error
    except NoMeasure as error:
        raise Misused(str(error)) from error
    except NoAnswer as error:
        raise Refused(str(error)) from error
    if options.json:
        write_out(orjson.dumps(document(result), option=orjson.OPT_INDENT_2) + b"\n")
    else:
        print("\n".join(table(result)))
    return NO if result.recovered > options.fail_above else DONE


def _reading(options: Namespace) -> "Reading | None":
    """What reads the owner's figures. Raises Misused."""
    if options.owner is None:
        return None
    from attacks.truth import truth
    from departments.share.config import load
    from departments.share.errors import ConfigError

    try:
        config = load(options.owner)
    except ConfigError as error:
        raise Misused(str(error)) from error
    return lambda table: truth(config, table)
