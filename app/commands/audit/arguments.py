"""What each subcommand of lmdt audit is given."""

import argparse
from collections.abc import Callable
from pathlib import Path

from app.commands.asked_options import caller_options

Parser = argparse.ArgumentParser


def subcommands(audit: Parser) -> dict[str, Parser]:
    """Adds them, and gives them by name."""
    parts: argparse._SubParsersAction[Parser]  # pyright: ignore[reportPrivateUsage]
    parts = audit.add_subparsers(dest="what", required=True, metavar="WHAT")
    for name, (summary, arguments) in SUBCOMMANDS.items():
        arguments(parts.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}."))
    return dict(parts.choices)


def _verify(parser: Parser) -> None:
    _believed(parser)
    parser.add_argument(
        "--witnesses",
        type=Path,
        metavar="POLICY",
        help="ask each witness of this policy what it has cosigned last, which the log must hold to",
    )
    parser.add_argument(
        "--deep",
        action="store_true",
        help="hold the record, the agreements and every decision to the log as well",
    )
    parser.add_argument(
        "--progress",
        action="store_true",
        help="say on standard error how far it is (default: where that is a terminal)",
    )


def _reconcile(parser: Parser) -> None:
    parser.add_argument(
        "--node-log",
        action="append",
        type=Path,
        metavar="PATH",
        required=True,
        help="the folder of a node's log, or one file of it; once for each node of the department",
    )
    parser.add_argument("--department", metavar="CODE", help="whose nodes these are (default: as their logs say)")
    parser.add_argument(
        "--settled",
        type=int,
        default=120,
        metavar="SECONDS",
        help="how old an answer is when it must be in the Trust's log (default 120)",
    )
    _believed(parser)
    parser.add_argument(
        "--url", help="read the log as this gateway serves it to the department (default: in the database)"
    )
    parser.add_argument("--token-file", type=Path, metavar="FILE", help="with the token in this file")
    caller_options(parser)


def _key(parser: Parser) -> None:
    parser.add_argument(
        "--key", action="append", metavar="KEY", help="a key of the log, NAME+ID+BASE64 (default: this gateway's own)"
    )


def _believed(parser: Parser) -> None:
    _key(parser)
    parser.add_argument(
        "--checkpoint",
        action="append",
        type=Path,
        metavar="FILE",
        default=[],
        help="a checkpoint kept elsewhere that the log must hold to",
    )


def _drill(parser: Parser) -> None:
    parser.add_argument("--seed", type=int, help="do what was done with this seed (default: any)")
    _key(parser)


def _expire(parser: Parser) -> None:
    parser.add_argument(
        "--older-than", type=_days, metavar="DAYS", help="let go of what is older (default: the setting LMDT_KEPT_DAYS)"
    )
    _yes(parser)


def _forget(parser: Parser) -> None:
    parser.add_argument("--issuer", required=True, help="the issuer of the person's tokens, as they say it (iss)")
    parser.add_argument("--subject", required=True, help="the person, as the issuer's tokens say it (sub)")
    _yes(parser)


def _yes(parser: Parser) -> None:
    parser.add_argument("--yes", action="store_true", help="do it (default: only say what would be done)")


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 100_000):
        raise argparse.ArgumentTypeError(f"must be a whole number of days, not {text!r}")
    return int(text)


def _receipt(parser: Parser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a receipt, as /audit/receipt/ID gives it")
    parser.add_argument("--answer", type=Path, metavar="ANSWER.json", help="an answer: is it the one that was given?")
    by = parser.add_mutually_exclusive_group()
    by.add_argument("--policy", type=Path, metavar="FILE", help="logs, witnesses and the quorum that are believed")
    by.add_argument(
        "--key", action="append", metavar="KEY", help="a key of the log, NAME+ID+BASE64 (default: this gateway's own)"
    )


SUBCOMMANDS: dict[str, tuple[str, Callable[[Parser], None]]] = {
    "verify": ("make every hash and checkpoint of the log again from its entries", _verify),
    "reconcile": ("compare a node's own log with the Trust's, both ways", _reconcile),
    "drill": ("harm a copy of the database in every way there is: each must be seen", _drill),
    "expire": (
        "let go of the texts of old entries, and of the rows that say the same; hashes and proofs stay",
        _expire,
    ),
    "forget": ("forget a person: nothing in the books leads to them any more", _forget),
    "receipt": ("say what a receipt proves, without asking anybody", _receipt),
}
