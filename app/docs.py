"""Documents that are written from the code: settings, errors, the command line. `--check` says which are stale."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from app.cli import whole
from app.errors import CODES
from app.settings import PREFIX, SETTINGS

DOCS = Path(__file__).resolve().parent.parent / "docs"
NOTE = "<!-- Written by `make format` from the code. -->\n\n"


def settings() -> str:
    rows = "\n".join(
        f"| `{PREFIX}{each.name}` | {f'`{each.default}`' if each.default else ''} | {each.help} |" for each in SETTINGS
    )
    return (
        f"# Settings\n\n{NOTE}Environment variables of the gateway. An unknown `{PREFIX}` variable is an error. "
        "Credentials are named by source files (`credential`): any variable that begins with "
        f"`{PREFIX}` and ends in `_KEY`, `_UID` or `_TOKEN`.\n\n"
        f"| variable | default | what it does |\n|---|---|---|\n{rows}\n"
    )


def errors() -> str:
    rows = "\n".join(f"| `{each.name}` | {each.status} | {each.meaning} | {each.remedy} |" for each in CODES)
    return (
        f"# Errors\n\n{NOTE}Every GraphQL error carries `extensions.code`, one of these. `path` is the response path "
        "of the field; where a field of many rows is refused or fails there is one error, at the first row.\n\n"
        "The status is that of an answer without data, as `application/graphql-response+json`. As `application/json` a "
        "well-formed GraphQL request is answered with 200; a token that is not accepted always with 401. "
        "Requests that are no GraphQL at all (wrong media type, no query, too large) are 4xx.\n\n"
        f"| code | status | what it means | what to do |\n|---|---|---|---|\n{rows}\n"
    )


def command_line() -> str:
    lmdt, commands = whole()
    parts = [
        f"# Command line\n\n{NOTE}Exit codes: 0 done, 1 the answer is no, 2 used or configured wrongly.\n\n"
        f"```\n{_help(lmdt)}```\n"
    ]
    parts += [f"\n## lmdt {name}\n\n```\n{_help(command)}```\n" for name, command in commands.items()]
    return "".join(parts)


def _help(command: argparse.ArgumentParser) -> str:
    command.formatter_class = lambda prog: argparse.HelpFormatter(prog, width=100)
    return command.format_help()


GENERATED: dict[str, Callable[[], str]] = {
    "settings.md": settings,
    "errors.md": errors,
    "command-line.md": command_line,
}


def stale() -> list[str]:
    """Documents that are not as the code would write them now."""
    return [name for name, write in GENERATED.items() if _kept(name) != write()]


def _kept(name: str) -> str | None:
    return (DOCS / name).read_text(encoding="utf-8") if (DOCS / name).exists() else None


def main() -> int:
    if "--check" in sys.argv:
        found = stale()
        for name in found:
            print(f"docs/{name} is not what the code says: write it anew with make format.", file=sys.stderr)
        return 1 if found else 0
    for name, write in GENERATED.items():
        (DOCS / name).write_text(write())
    return 0


if __name__ == "__main__":
    sys.exit(main())
