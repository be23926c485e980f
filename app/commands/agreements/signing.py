"""lmdt agreements approve: says what is signed, and signs it."""

from argparse import Namespace

from app.commands.agreements.changes import CHANGE, print_change
from app.commands.agreements.gateway import Gateway, absent
from app.commands.agreements.layout import aligned, say, terms
from app.commands.exits import DONE, Refused
from policies.agreement_content import content_hash

CONTENT = "query($id: ID! $version: Int) { agreement(id: $id, version: $version) { version content contentHash } }"
APPROVAL = (
    "mutation($id: ID! $version: Int! $hash: String! $simulation: String) { change: approveAgreement("
    f"id: $id, version: $version, contentHash: $hash, simulationHash: $simulation) {{ ...Change }} }}{CHANGE}"
)


def approve_(gateway: Gateway, options: Namespace) -> int:
    """Signs the content of a version: the one that is printed, and no other."""
    version = gateway.number(options.id, options.version)
    one = gateway.asked(CONTENT, id=options.id, version=version)["agreement"]
    if one is None:
        raise absent(f"{options.id} version {version}")
    # What is printed must be what its hash is of, whatever the gateway says.
    hashed = content_hash(one["content"])
    if hashed != one["contentHash"]:
        raise Refused(f"the hash of {options.id} version {version} is not that of its content: nothing was signed.")
    say(f"You sign {options.id} version {version}:", *aligned(terms(one["content"]), 2), f"with the hash {hashed}")
    given = {"hash": options.hash or hashed, "simulation": options.simulation}
    print_change(gateway, gateway.asked(APPROVAL, id=options.id, version=version, **given)["change"])
    return DONE
