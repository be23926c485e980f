"""What each subcommand of lmdt audit is given."""

import argparse
from collections.abc import Callable
from pathlib import Path

Parser = argparse.ArgumentParser


def subcommands(audit: Parser) -> dict[str, Parser]:
    """Adds them, and gives them by name."""
    parts: argparse._SubParsersAction[Parser]  # pyright: ignore[reportPrivateUsage]
    parts = audit.add_subparsers(dest="what", required=True, metavar="WHAT")
    for name, (summary, arguments) in SUBCOMMANDS.items():
        arguments(parts.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}."))
    return dict(parts.choices)


def _verify(parser: Parser) -> None:
    parser.add_argument(
        "--key", action="append", metavar="KEY", help="a key of the log, NAME+ID+BASE64 (default: this gateway's own)"
    )
    parser.add_argument(
        "--checkpoint",
        action="append",
        type=Path,
        metavar="FILE",
        default=[],
        help="a checkpoint kept elsewhere that the log must hold to",
    )


SUBCOMMANDS: dict[str, tuple[str, Callable[[Parser], None]]] = {
    "verify": ("make every hash and checkpoint of the log again from its entries", _verify),
}
