"""Terms as they are written on the command line: --terms FILE, --set KEY=VALUE, --unset KEY."""

import tomllib
from argparse import Namespace
from pathlib import Path
from typing import Any, cast

from app.commands.exits import Misused
from app.commands.request import text_of
from policies.agreement_content import content_of
from schema.agreement_terms import as_input

Table = dict[str, Any]


def given_terms(options: Namespace, **more: Any) -> Table | None:
    """The terms that the options give, as the input AgreementTerms; None where they give none. `more`: keys and values
    besides. Raises Misused."""
    table = file_of(options.terms) if options.terms else {}
    for key, value in (*map(_pair, options.given), *more.items()):
        put(table, key, value)
    content = content_of(table)
    for key in options.taken:
        put(content, key, None)
    return as_input(content) or None


def file_of(file: Path) -> Table:
    """The keys and values of a TOML file. Raises Misused."""
    try:
        return tomllib.loads(text_of(file))
    except tomllib.TOMLDecodeError as error:
        raise Misused(f"{file} is not TOML: {error}.") from error


def put(table: Table, key: str, value: object) -> None:
    """Puts a value under a key, as in purpose.statement. Raises Misused."""
    *above, last = key.split(".")
    if not all((*above, last)):
        raise Misused(f"{key!r} is no key: keys are those of an agreement's file, as in purpose.statement.")
    holder = table
    for step in above:
        inner: object = holder.setdefault(step, {})
        if not isinstance(inner, dict):
            raise Misused(f"{key}: {step} has a value already, and holds no keys.")
        holder = cast(Table, inner)
    holder[last] = value


def _pair(written: str) -> tuple[str, object]:
    key, equals, text = written.partition("=")
    if not equals:
        raise Misused(f"--set {written!r} has no value: give it as KEY=VALUE.")
    return key.strip(), _value(text.strip())


def _value(text: str) -> object:
    """A TOML value; what is none is a text."""
    try:
        read = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    return read["value"] if len(read) == 1 else text
