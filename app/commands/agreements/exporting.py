"""lmdt agreements export: agreements as files, in the form in which they are written for a new Trust."""

import re
import sys
from argparse import Namespace
from pathlib import Path

from app.commands.agreements.gateway import Gateway
from app.commands.exits import DONE, Misused, Refused
from app.commands.output import is_folder, make_folder, write
from policies.agreement_content import content_hash, toml_of
from trust.agreements.life import IN_THE_BOOK

EXPORT = "query { agreements { id version status content contentHash } }"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def export_(gateway: Gateway, options: Namespace) -> int:
    """Each agreement in one version: the one in force or on hold, or else the last that was or will be."""
    if options.output is not None and not is_folder(options.output):
        raise Misused(f"--output {options.output} is no folder: end it with a slash.")
    found = gateway.asked(EXPORT)["agreements"]
    chosen = [one for one in found if one["status"] in IN_THE_BOOK]
    files: dict[str, bytes] = {}
    for one in chosen:
        name = f"{one['id']} version {one['version']}"
        if content_hash(one["content"]) != one["contentHash"]:
            raise Refused(f"the hash of {name} is not that of its content: nothing was written.")
        # A gateway elsewhere chose the name that a file is written by.
        if not NAME.fullmatch(one["id"]):
            raise Refused(f"{one['id']!r} cannot be the name of a file: nothing was written.")
        files[f"{one['id']}.toml"] = toml_of(one["content"], one["status"]).encode()
    if options.output is None:
        write(b"\n".join(f"# {name}\n".encode() + text for name, text in files.items()), None)
    else:
        make_folder(options.output)
        for name, text in files.items():
            write(text, str(Path(options.output) / name))
    left = len(found) - len(chosen)
    more = f" {left} that are no more than drafts or proposals were left out." if left else ""
    print(f"{len(files)} agreements.{more}", file=sys.stderr)
    return DONE
