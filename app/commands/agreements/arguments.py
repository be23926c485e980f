"""What each subcommand of lmdt agreements is given."""

import argparse
from collections.abc import Callable
from pathlib import Path

from app.commands.asked_options import caller_options, gateway_options

Parser = argparse.ArgumentParser


def subcommands(agreements: Parser) -> dict[str, Parser]:
    """Adds them, and gives them by name."""
    moves: argparse._SubParsersAction[Parser]  # pyright: ignore[reportPrivateUsage]
    moves = agreements.add_subparsers(dest="move", required=True, metavar="MOVE")
    for name, (summary, arguments) in SUBCOMMANDS.items():
        parser = moves.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        arguments(parser)
        caller_options(parser)
        gateway_options(parser)
    return dict(moves.choices)


def _list(parser: Parser) -> None:
    parser.add_argument("--status", type=str.upper, help="only in this state: DRAFT, SUBMITTED, ACTIVE, ...")
    parser.add_argument("--owner", help="only of this department")
    parser.add_argument("--consumer", help="only with this organisation")
    parser.add_argument("--measure", help="only those that cover this measure")
    parser.add_argument("--needs-attention", action="store_true", help="only what waits for you")


def _show(parser: Parser) -> None:
    _id(parser)
    _version(parser, "the version to show (default: the one in force, else the last)")


def _propose(parser: Parser) -> None:
    parser.add_argument(
        "--from", dest="file", type=Path, metavar="QUERY", help="a query that is refused; - for standard input"
    )
    parser.add_argument("--variables", default="{}", help="its variables as JSON, or @FILE with JSON in it")
    parser.add_argument("--owner", help="only what this department refuses (default: a draft for each that refuses)")
    _terms(parser)


def _amend(parser: Parser) -> None:
    _id(parser)
    _version(parser, "the last version that you know of (default: the last there is)")
    _terms(parser)


def _moved(parser: Parser) -> None:
    _id(parser)
    _version(parser, "the version that you mean (default: the last there is)")


def _approve(parser: Parser) -> None:
    _moved(parser)
    parser.add_argument("--hash", help="sign only content with this hash (default: that of the version)")
    parser.add_argument("--simulation", metavar="HASH", help="hash of the simulation that you looked at")


def _simulate(parser: Parser) -> None:
    _moved(parser)
    parser.add_argument(
        "--days", type=_number, default=30, metavar="N", help="days of recorded operations to decide again (default 30)"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")


def _return(parser: Parser) -> None:
    _moved(parser)
    parser.add_argument("--comment", required=True, help="what should be other; the consumer is shown it")


def _reject(parser: Parser) -> None:
    _moved(parser)
    _reason(parser)


def _stop(parser: Parser) -> None:
    _id(parser)
    _reason(parser)


def _suspend_all(parser: Parser) -> None:
    parser.add_argument("--owner", help="whose data")
    parser.add_argument("--consumer", help="who reads it")
    _reason(parser)


def _export(parser: Parser) -> None:
    parser.add_argument("--output", metavar="FOLDER/", help="write a file of each (default: print them)")


def _import(parser: Parser) -> None:
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="a file of policies/agreements, or like it")


def _id(parser: Parser) -> None:
    parser.add_argument("id", metavar="ID", help="as in DSA-001")


def _version(parser: Parser, words: str) -> None:
    parser.add_argument("--version", type=_number, metavar="N", help=words)


def _reason(parser: Parser) -> None:
    parser.add_argument("--reason", required=True, help="why; it is kept, and shown to the other party")


def _terms(parser: Parser) -> None:
    parser.add_argument("--terms", type=Path, metavar="FILE", help="terms as TOML, by the keys of an agreement's file")
    parser.add_argument(
        "--set", dest="given", action="append", default=[], metavar="KEY=VALUE",
        help='one term, as in purpose.statement="To plan"; may be repeated',
    )  # fmt: skip
    parser.add_argument(
        "--unset", dest="taken", action="append", default=[], metavar="KEY", help="take a term out; may be repeated"
    )


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 2**31):
        raise argparse.ArgumentTypeError(f"must be the number of a version, from 1, not {text!r}")
    return int(text)


SUBCOMMANDS: dict[str, tuple[str, Callable[[Parser], None]]] = {
    "list": ("your organisation's agreements", _list),
    "show": ("one agreement: terms, state, history, use, and what you may do", _show),
    "propose": ("draft an agreement from a query that is refused, from terms, or from both", _propose),
    "amend": ("draft the next version", _amend),
    "simulate": ("what a version would change if it were in force; nothing is changed by asking", _simulate),
    "submit": ("propose a draft to its owner and the Trust", _moved),
    "return": ("send a proposal back to its consumer, with a comment", _return),
    "approve": ("sign a version", _approve),
    "reject": ("turn a proposal down", _reject),
    "cancel": ("withdraw a version before it is in force", _moved),
    "suspend": ("put an agreement on hold, at once", _stop),
    "resume": ("put what is on hold in force again", _stop),
    "terminate": ("end an agreement for good, at once", _stop),
    "narrow": ("put narrower terms in force at once, as their owner", _amend),
    "suspend-all": ("put everything of an owner, of a consumer, or between the two, on hold in one act", _suspend_all),
    "export": ("agreements as files, which a new Trust can start with", _export),
    "import": ("each file as a draft: a new agreement, or the next version of the one it names", _import),
}
