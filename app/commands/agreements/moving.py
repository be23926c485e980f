"""lmdt agreements submit, return, reject, cancel, suspend, resume, terminate and suspend-all."""

from argparse import Namespace
from typing import Any

from app.commands.agreements.changes import CHANGE, print_change
from app.commands.agreements.gateway import Gateway
from app.commands.agreements.layout import say
from app.commands.exits import DONE, Misused


def submit_(gateway: Gateway, options: Namespace) -> int:
    """Proposes a draft."""
    return _numbered(gateway, options, "submitAgreement")


def cancel_(gateway: Gateway, options: Namespace) -> int:
    """Withdraws a version."""
    return _numbered(gateway, options, "cancelAgreement")


def return_(gateway: Gateway, options: Namespace) -> int:
    """Sends a proposal back."""
    return _numbered(gateway, options, "returnAgreement", comment=options.comment)


def reject_(gateway: Gateway, options: Namespace) -> int:
    """Turns a proposal down."""
    return _numbered(gateway, options, "rejectAgreement", reason=options.reason)


def suspend_(gateway: Gateway, options: Namespace) -> int:
    """Puts what is in force on hold."""
    return _moved(gateway, "suspendAgreement", id=options.id, reason=options.reason)


def resume_(gateway: Gateway, options: Namespace) -> int:
    """Puts what is on hold in force."""
    return _moved(gateway, "resumeAgreement", id=options.id, reason=options.reason)


def terminate_(gateway: Gateway, options: Namespace) -> int:
    """Ends an agreement."""
    return _moved(gateway, "terminateAgreement", id=options.id, reason=options.reason)


def suspend_all_(gateway: Gateway, options: Namespace) -> int:
    """Puts everything between some parties on hold."""
    if not options.owner and not options.consumer:
        raise Misused("say whose agreements: --owner, --consumer, or both.")
    document = (
        "mutation($owner: DepartmentCode $consumer: String $reason: String!) { "
        f"changes: suspendAll(owner: $owner, consumer: $consumer, reason: $reason) {{ ...Change }} }}{CHANGE}"
    )
    given = {"owner": options.owner, "consumer": options.consumer, "reason": options.reason}
    changes = gateway.asked(document, **given)["changes"]
    for change in changes:
        print_change(gateway, change)
    if not changes:
        say("Nothing of them was in force.")
    return DONE


def _numbered(gateway: Gateway, options: Namespace, mutation: str, **words: str) -> int:
    """A move of one version."""
    return _moved(gateway, mutation, id=options.id, version=gateway.number(options.id, options.version), **words)


def _moved(gateway: Gateway, mutation: str, **arguments: Any) -> int:
    kinds = {"id": "ID!", "version": "Int!"}
    declared = " ".join(f"${name}: {kinds.get(name, 'String!')}" for name in arguments)
    passed = ", ".join(f"{name}: ${name}" for name in arguments)
    document = f"mutation({declared}) {{ change: {mutation}({passed}) {{ ...Change }} }}{CHANGE}"
    print_change(gateway, gateway.asked(document, **arguments)["change"])
    return DONE
