"""Runs one subcommand."""

import importlib
from argparse import Namespace

from app.commands.agreements.gateway import Declined, Gateway, print_declined
from app.commands.caller import address_of, headers_of
from app.commands.exits import NO

# The module, beside this one, of each subcommand.
MODULES = {
    "list": "looking",
    "show": "showing",
    "propose": "drafting",
    "amend": "drafting",
    "narrow": "drafting",
    "submit": "moving",
    "return": "moving",
    "approve": "signing",
    "reject": "moving",
    "cancel": "moving",
    "suspend": "moving",
    "resume": "moving",
    "terminate": "moving",
    "suspend-all": "moving",
    "simulate": "simulating",
    "export": "exporting",
    "import": "importing",
}


def agreements(options: Namespace) -> int:
    """Exit code 0 when it is done, 1 when the gateway says no."""
    move: str = options.move
    module = importlib.import_module(f"app.commands.agreements.{MODULES[move]}")
    gateway = Gateway(address_of(options), headers_of(options), options.persona, options.url, options.token_file)
    try:
        return getattr(module, f"{move.replace('-', '_')}_")(gateway, options)
    except Declined as declined:
        print_declined(declined)
        return NO
