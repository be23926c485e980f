"""lmdt: the command line. Exit codes: 0 done, 1 the answer is no, 2 used or configured wrongly, 130 Ctrl-C."""

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from app.commands.agreements.arguments import subcommands
from app.commands.asked_options import caller_options, gateway_options
from app.commands.audit.arguments import subcommands as audit_parts
from app.commands.exits import INTERRUPTED, NO, UNREAD, WRONG, Misused, Refused
from app.render.formats import FORMATS

# The module, in app.commands, of each command.
MODULES = {
    "demo": "serve",
    "serve": "serve",
    "share": "serve",
    "witness": "witness",
    "protect": "protect",
    "attack": "attack",
    "token": "token",
    "query": "query",
    "explain": "inspect",
    "check": "inspect",
    "schema": "inspect",
    "trusted-documents": "trusted_documents",
    "agreements": "agreements.command",
    "audit": "audit.command",
    "demand": "demand.command",
}
Command = Callable[[argparse.Namespace], int]


def whole() -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    """The whole command line and its commands by name: docs/command-line.md is printed from them."""
    lmdt = argparse.ArgumentParser(
        prog="lmdt", description="Labour Market Data Trust: one governed query, many owners."
    )
    lmdt.add_argument("--version", action="version", version=f"lmdt {version('labour-market-data-trust')}")
    commands: argparse._SubParsersAction[argparse.ArgumentParser]  # pyright: ignore[reportPrivateUsage]
    commands = lmdt.add_subparsers(dest="command", required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help="five sample departments, the gateway and the explorer")
    demo.add_argument("--port", type=_port, default=8000, help="port of the gateway (default 8000)")
    demo.add_argument("--departments-port", type=_first_port, default=8101, help="first of five ports (default 8101)")
    demo.add_argument("--faults", action="store_true", help="let tests ask the departments for faults")

    serve = commands.add_parser("serve", help="the gateway alone, by its settings")
    serve.add_argument("--host", help="address to listen on (default: the setting LMDT_HOST)")
    serve.add_argument("--port", type=_port, help="port to listen on (default: the setting LMDT_PORT)")
    serve.add_argument("--workers", type=_workers, default=1, help="processes (default 1)")

    share = commands.add_parser("share", help="a share node beside a department's own database")
    share.add_argument("config", type=Path, help="mapping file (TOML)")
    share.add_argument("--check", action="store_true", help="check all releases anew for the node, and end")
    share.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    share.add_argument("--port", type=_port, default=8110, help="port to listen on (default 8110)")

    witness = commands.add_parser("witness", help="a witness of the log beside a department without a share node")
    witness.add_argument("--name", required=True, help="name of its key: an address of the department's, as a rule")
    witness.add_argument("--folder", type=Path, required=True, help="where it keeps its key and what it has cosigned")
    witness.add_argument(
        "--log", action="append", required=True, metavar="KEY", help="key of a log, NAME+ID+BASE64, or a file of keys"
    )
    witness.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    witness.add_argument("--port", type=_port, default=8120, help="port to listen on (default 8120)")

    protect = commands.add_parser("protect", help="which cells of a release to hide so that none can be worked out")
    protect.add_argument("config", type=Path, help="mapping file (TOML) of a share node")
    protect.add_argument("--measure", help="only this measure (default: all that the file shares)")
    protect.add_argument("--release", help="this release (default: the newest of each dataset)")
    protect.add_argument("--out", type=Path, metavar="FOLDER", help="keep patterns here (default: as the file says)")
    protect.add_argument("--report", action="store_true", help="also tell what is hidden and why: for the owner alone")

    attack = commands.add_parser("attack", help="what of a measure's hidden figures can be recovered through a gateway")
    attack.add_argument("measure", help="name of its field of LabourMarket: payrolledEmployees, ...")
    _attack_options(attack)

    token = commands.add_parser("token", help="a token of the demonstration's issuer, alone on the last line")
    token.add_argument("--persona", required=True, help="who to be: dfe-analyst, partner, ...")
    token.add_argument("--purpose", help="a token for this one purpose")

    query = commands.add_parser("query", help="run a query and print the answer")
    _query_options(query)
    query.add_argument("--format", choices=("json", *FORMATS, "table"), default="json", help="form of the answer")
    query.add_argument("--list", metavar="NAME", help="the list to write, where the answer has several")
    query.add_argument("--output", help="write to this file instead of printing; to a folder/, a file of each list")
    query.add_argument("--allow-partial", action="store_true", help="exit with 0 if there is data, errors or not")
    query.add_argument("--receipt", metavar="FILE", help="write what proves the answer, for lmdt audit receipt")
    gateway_options(query)

    explain = commands.add_parser("explain", help="tell what a query would do, asking no department")
    _query_options(explain)

    check = commands.add_parser("check", help="whether sources, policies, agreements and schema agree")
    check.add_argument("--live", action="store_true", help="also ask the departments whether their metadata has moved")

    schema = commands.add_parser("schema", help="print the schema")
    schema.add_argument("--check", type=Path, metavar="FILE", help="compare with a file instead: exit 1 if it is stale")

    trusted = commands.add_parser("trusted-documents", help="a manifest of operations, for clients that send their ids")
    trusted.add_argument(
        "paths", type=Path, nargs="+", metavar="PATH", help="a file of operations and fragments, or a folder of them"
    )
    trusted.add_argument("--output", metavar="FILE", help="write the manifest to this file instead of printing it")
    trusted.add_argument(
        "--check", action="store_true", help="write nothing: exit 1 if an operation is wrong, or --output is stale"
    )

    demand = commands.add_parser("demand", help="which demands for data are met, which are not, and what would help")
    demand.add_argument("--since", metavar="DAY", help="from this day on (default: 90 days before the last)")
    demand.add_argument("--until", metavar="DAY", help="up to this day, included (default: today)")
    demand.add_argument("--owner", help="only of this department's data")
    demand.add_argument("--consumer", help="only of this organisation")
    form = demand.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as JSON, drafts and all")
    form.add_argument("--report", metavar="FOLDER/", help="write a page for a steering board, and CSV files")
    caller_options(demand)
    gateway_options(demand)

    agreements = commands.add_parser("agreements", help="propose, sign, look at and end data-sharing agreements")
    moves = {f"agreements {name}": parser for name, parser in subcommands(agreements).items()}

    audit = commands.add_parser("audit", help="prove what the transparency log says")
    audits = {f"audit {name}": parser for name, parser in audit_parts(audit).items()}
    return lmdt, {**commands.choices, **moves, **audits}


def _attack_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--url", help="address of the gateway (default: LMDT_HOST and LMDT_PORT)")
    command.add_argument(
        "--as", dest="personas", action="append", metavar="PERSONA",
        help="persona of the demonstration who asks; can be given again (default, without --url: all of them)",
    )  # fmt: skip
    command.add_argument(
        "--token-file", dest="token_files", type=Path, action="append", metavar="FILE",
        help="who has the token in this file asks too; can be given again",
    )  # fmt: skip
    command.add_argument("--purpose", help="ask for this purpose alone (default: each that a token allows)")
    command.add_argument(
        "--owner",
        type=Path,
        metavar="NODE",
        help="mapping file (TOML) of the share node: score by the figures behind it",
    )
    command.add_argument(
        "--fail-above", type=_cells, default=0, metavar="N", help="exit with 1 if more is recovered (default 0)"
    )
    command.add_argument(
        "--seconds", type=_seconds, default=60, metavar="S", help="for each attack, at most (default 60)"
    )
    command.add_argument("--json", action="store_true", help="as JSON")


def _query_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, help="a GraphQL document; - for standard input")
    caller_options(command)
    command.add_argument("--variables", default="{}", help="variables as JSON, or @FILE with JSON in it")
    command.add_argument("--operation", help="name of the operation to run")


def _between(least: int, most: int) -> Callable[[str], int]:
    def whole_number(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise argparse.ArgumentTypeError(f"must be a whole number from {least} to {most}, not {text!r}")
        return int(text)

    return whole_number


# The sample departments take five ports in a row.
_port, _first_port, _workers = _between(1, 65535), _between(1, 65531), _between(1, 64)
_cells, _seconds = _between(0, 10**9), _between(1, 86400)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command."""
    options = whole()[0].parse_args(arguments)
    name: str = options.command
    try:
        module = importlib.import_module(f"app.commands.{MODULES[name]}")
        command: Command = getattr(module, name.replace("-", "_"))
        code = command(options)
        sys.stdout.flush()
    except (Misused, Refused) as error:
        print(f"lmdt {name}: {error}", file=sys.stderr)
        return WRONG if isinstance(error, Misused) else NO
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output had enough of it. Python would try to write the rest as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREAD
    return code


if __name__ == "__main__":
    sys.exit(main())
