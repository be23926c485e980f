"""lmdt trusted-documents"""

import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app.commands.configuration import settings_of
from app.commands.exits import DONE, NO, Misused
from app.commands.messages import error_line
from app.commands.output import write

if TYPE_CHECKING:
    from app.commands.operations import Found
    from app.documents import Documents


def trusted_documents(options: Namespace) -> int:
    """Writes the manifest of the operations in files, if this gateway could answer all of them; or compares it with
    the one that is there."""
    from app.commands.operations import found_in
    from app.documents import Documents
    from app.limits import Allowance
    from app.manifest import MOST_BYTES, written
    from schema.build import executable

    settings = settings_of()
    documents = Documents(executable(), Allowance(settings.max_fields, settings.max_depth), settings.max_tokens, 0)
    found, problems = found_in(options.paths)
    problems += [problem for one in found for problem in _problems(one, documents)]
    manifest = written(one.operation for one in found)
    if len(manifest) > MOST_BYTES:
        problems.append(f"The manifest would be larger than {MOST_BYTES // 1_000_000} MB, which no gateway reads.")
    if not found and not problems:
        problems.append("There is no operation in these files.")
    if problems:
        print(*problems, sep="\n", file=sys.stderr)
        return NO
    if not options.check:
        write(manifest, options.output)
    elif options.output and _kept(options.output) != manifest:
        print(f"{options.output} is not the manifest of these files: write it anew without --check.", file=sys.stderr)
        return NO
    if options.check or options.output:
        print(f"{len(found)} operations can be trusted.")
    return DONE


def _problems(found: "Found", documents: "Documents") -> Iterator[str]:
    """Why a gateway with these settings would not answer an operation."""
    from app import errors

    document = documents.read(found.operation.body)
    for error in document if isinstance(document, tuple) else ():
        told = errors.formatted(error)
        if not found.as_it_stands:
            # They are those of a text that nobody has seen.
            told.pop("locations", None)
        yield f"{found.path}: {found.operation.name}: {error_line(told)}"


def _kept(output: str) -> bytes:
    """What is in a file, nothing where there is none. Raises Misused."""
    path = Path(output)
    try:
        return path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise Misused(f"--output {output}: {error.strerror}.") from error
