"""Documents that the code writes, or parts of. `--check` says which are stale."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from app.cli import whole
from app.errors import CODES
from app.settings import PREFIX, SETTINGS
from trust.agreements import life

DOCS = Path(__file__).resolve().parent.parent / "docs"
NOTE = "<!-- Written by `make format` from the code. -->\n\n"


def settings() -> str:
    """docs/settings.md: every setting, from the table that reads them."""
    rows = "\n".join(
        f"| `{PREFIX}{setting.name}` | {f'`{setting.default}`' if setting.default else ''} | {setting.help} |"
        for setting in SETTINGS
    )
    return (
        f"# Settings\n\n{NOTE}Environment variables of the gateway. An unknown `{PREFIX}` variable is an error. "
        "Credentials are named by source files (`credential`): any variable that begins with "
        f"`{PREFIX}` and ends in `_KEY`, `_UID` or `_TOKEN`. One that is missing is a warning in the "
        "log at the start; its source is not asked, and its fields are DEPARTMENT_REFUSED.\n\n"
        "Departments and issuers are reached through the proxies that `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and "
        "`NO_PROXY` name.\n\n"
        f"| variable | default | what it does |\n|---|---|---|\n{rows}\n"
    )


def errors() -> str:
    """docs/errors.md: every error code, from the table that gives them."""
    rows = "\n".join(f"| `{code.name}` | {code.status} | {code.meaning} | {code.remedy} |" for code in CODES)
    return (
        f"# Errors\n\n{NOTE}Every GraphQL error carries `extensions.code`, one of these. `path` is the response path "
        "of the field; where a field of many rows is refused or fails there is one error, at the first row, and its "
        "`appliesTo` is the path with `*` for every index that it holds for. What is no mistake but may surprise is an "
        "entry of the answer's `extensions.warnings`: `message`, `path`, `remedy`.\n\n"
        "The status is that of an answer without data, as `application/graphql-response+json`. As `application/json` a "
        "well-formed GraphQL request is answered with 200; a token that is not accepted always with 401. "
        "Requests that are no GraphQL at all (wrong media type, no query, too large) are 4xx.\n\n"
        f"| code | status | what it means | what to do |\n|---|---|---|---|\n{rows}\n"
    )


EXITS = """\
| exit code | meaning |
|---|---|
| 0 | Done. For `lmdt query`: the whole answer is there. |
| 1 | The answer is no. For `lmdt query`: no answer, or one with errors. With `--allow-partial`, data is enough. |
| 2 | Used or configured wrongly. |
| 130 | Ended by Ctrl-C, a server too. |
| 141 | Whoever read the output stopped reading. |

Answers go to standard output. Errors and warnings go to standard error, one a line: code, place, what is wrong, what \
to do.
"""
TABLES = """
## An answer as tables

`lmdt query`, [files over HTTP](taking-data-away.md) and the explorer make the same tables of an answer, by one rule.

- **One table for each list of objects in the query**, never a product of two. An object at the top is a list of one. \
A table's name is the response path of its list without `nodes`, `edges` and `node`: `area.a`. Where two lists would \
have one name, both keep the whole path.
- **A row repeats what stands around its list.** A list whose every row is so repeated in a list inside it is not \
shown by itself; `--list` still finds it. If one of its rows has nothing inside, it is shown.
- **The columns are those of the query,** whatever the answer holds. A column of the row itself is named by its path \
in the row (`period.code`), one that stands around by its path from the top (`area.name`); where two would have one \
name, the row's own takes the path from the top. What `@skip` left out, `pageInfo`, `totalCount`, `cursor` and \
`__typename` are no columns.
- **A figure has two columns:** its value (`claimantCount.value`, always decimal in Arrow and Parquet) and its markers \
(`claimantCount.markers`, text: `p,r`). Markers are asked for where the query leaves them out.
- **No figure is blank.** Where there is no value, the column of markers says why: the markers (`c`), or the reason \
from the answer's errors for every row that `extensions.appliesTo` covers: `withheld: BEIS`, `unavailable: HMRC`, \
`not offered: DBT`, `error`, or `no value` where nobody says. CSV and table show the same in the cell of the value, \
in square brackets. Any other column that an error empties gets such a column of markers.
- A list of words is one cell, joined by `; `. In CSV, text that begins like a formula is given an apostrophe.

A file holds one table; xlsx holds all, a sheet each, and json the whole answer. If an answer has several, choose one \
with `--list NAME`, or write all with `--output FOLDER/`, a file of each (csv, arrow, parquet, table): `area.a.csv`. \
Files are made by the gateway, with [their terms](taking-data-away.md#the-terms); those of a folder are made here, of \
one answer, and know no more of the terms than the query asks for.
"""


def command_line() -> str:
    """docs/command-line.md: every command, from the parser that reads them."""
    lmdt, commands = whole()
    parts = [f"# Command line\n\n{NOTE}{EXITS}\n```\n{_help(lmdt)}```\n{TABLES}"]
    parts += [f"\n## lmdt {name}\n\n```\n{_help(command)}```\n" for name, command in commands.items()]
    return "".join(parts)


def _help(command: argparse.ArgumentParser) -> str:
    command.formatter_class = lambda prog: argparse.HelpFormatter(prog, width=100)
    return command.format_help()


def agreements() -> str:
    """docs/agreements.md, with the moves of an agreement as the table of its life has them."""
    text = _kept("agreements.md") or ""
    for name, part in (("moves", life.table()), ("diagram", f"```mermaid\n{life.diagram()}\n```")):
        begin, end = f"<!-- {name}: written by `make format` from the code. -->", f"<!-- end of {name} -->"
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}\n{part}\n{end}{rest.partition(end)[2]}"
    return text


GENERATED: dict[str, Callable[[], str]] = {
    "settings.md": settings,
    "errors.md": errors,
    "command-line.md": command_line,
    "agreements.md": agreements,
}


def stale() -> list[str]:
    """Documents that are not as the code would write them now."""
    return [name for name, write in GENERATED.items() if _kept(name) != write()]


def _kept(name: str) -> str | None:
    return (DOCS / name).read_text(encoding="utf-8") if (DOCS / name).exists() else None


def main() -> int:
    """Writes the generated docs, or with --check says which are out of date. The exit status: 0 or 1."""
    if "--check" in sys.argv:
        outdated = stale()
        for name in outdated:
            print(f"docs/{name} is not what the code says: write it anew with make format.", file=sys.stderr)
        return 1 if outdated else 0
    for name, write in GENERATED.items():
        (DOCS / name).write_text(write())
    return 0


if __name__ == "__main__":
    sys.exit(main())
