"""Options of every command that asks a gateway: as whom, and which."""

import argparse
from pathlib import Path


def caller_options(command: argparse.ArgumentParser) -> None:
    """As whom, and for what."""
    command.add_argument("--as", dest="persona", help="persona of the demonstration (default public)")
    command.add_argument("--purpose", help="purpose of the request, where the token has several")


def gateway_options(command: argparse.ArgumentParser) -> None:
    """Which gateway, and with which token."""
    command.add_argument("--url", help="address of the gateway (default: LMDT_HOST and LMDT_PORT)")
    command.add_argument(
        "--token-file", type=Path, metavar="FILE", help="send the token in this file; - for standard input"
    )
