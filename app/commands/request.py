"""A GraphQL request as the command line gives it."""

import sys
from argparse import Namespace
from pathlib import Path
from typing import Any, cast

import orjson

from app.commands.exits import Misused


def text_of(file: Path) -> str:
    """The text of a file, or of standard input for "-". Raises Misused."""
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise Misused(f"{file}: {error.strerror}.") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        name = "standard input" if str(file) == "-" else file
        raise Misused(f"{name}: byte {error.start + 1} is not UTF-8. Save the file as UTF-8.") from error


def variables_of(options: Namespace) -> dict[str, Any]:
    """The variables: JSON, or @FILE with JSON in it. Raises Misused."""
    given: str = options.variables
    try:
        variables = orjson.loads(text_of(Path(given[1:])) if given.startswith("@") else given)
    except orjson.JSONDecodeError as error:
        raise Misused(f"--variables is not JSON: {error}.") from error
    if not isinstance(variables, dict):
        raise Misused('--variables must be an object, as in \'{"area": "E08000003"}\'.')
    return cast(dict[str, Any], variables)
