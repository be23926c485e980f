"""lmdt agreements import: files as drafts."""

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from app.commands.agreements.changes import CHANGE, print_change
from app.commands.agreements.gateway import Declined, Gateway, print_declined
from app.commands.agreements.layout import say
from app.commands.agreements.written import file_of
from app.commands.exits import DONE, NO
from policies.agreement_content import Content, content_hash, content_of
from schema.agreement_terms import as_input

KNOWN = "query($id: ID!) { agreement(id: $id) { versions { version status content contentHash } } }"
PROPOSAL = (
    "mutation($terms: AgreementTerms! $request: ID!) { "
    f"change: proposeAgreement(terms: $terms, requestId: $request) {{ ...Change }} }}{CHANGE}"
)
AMENDMENT = (
    "mutation($id: ID! $version: Int! $terms: AgreementTerms! $request: ID!) { change: amendAgreement("
    f"id: $id, expectedVersion: $version, terms: $terms, requestId: $request) {{ ...Change }} }}{CHANGE}"
)


def import_(gateway: Gateway, options: Namespace) -> int:
    """Each file by itself: what the gateway says no to is told, and the next is tried."""
    contents: list[tuple[Path, Content]] = [(file, content_of(file_of(file))) for file in options.files]
    code = DONE
    for file, content in contents:
        say(f"{file}:")
        try:
            _imported(gateway, content)
        except Declined as declined:
            print_declined(declined)
            code = NO
    return code


def _imported(gateway: Gateway, content: Content) -> None:
    # The same file sent twice is one draft.
    request = f"import-{content_hash(content)}"
    id = content.get("id")
    found = gateway.asked(KNOWN, id=id)["agreement"] if isinstance(id, str) else None
    if found is None:
        print_change(gateway, gateway.asked(PROPOSAL, terms=as_input(content), request=request)["change"])
        return
    for one in found["versions"]:
        if one["contentHash"] == content_hash(content):
            say(f"{id} version {one['version']} says exactly this ({one['status']}): left alone.")
            return
    last = found["versions"][-1]
    amended = as_input(_replacing(last["content"], content))
    given = {"id": id, "version": last["version"], "terms": amended, "request": request}
    print_change(gateway, gateway.asked(AMENDMENT, **given)["change"])


def _replacing(before: Mapping[str, Any], after: Mapping[str, Any]) -> Content:
    """Terms that put one content in the place of another: whatever it lacks is taken out."""
    content: Content = {key: None for key in before if key not in after and key not in ("id", "version")}
    for key, value in after.items():
        was = before.get(key)
        if isinstance(was, Mapping) and isinstance(value, Mapping) and key != "obligations":
            value = _replacing(cast(Mapping[str, Any], was), cast(Mapping[str, Any], value))
        content[key] = value
    return content
