"""lmdt witness: a witness of the log, beside a department that has no share node."""

from argparse import Namespace

from app.commands.exits import Misused
from app.ports import PortTaken, claim


def witness(options: Namespace) -> int:
    """Prints the key that its cosignatures are checked with, and serves until it is stopped."""
    from starlette.applications import Starlette

    from departments.serving import serve
    from departments.witness import Pages, WitnessConfig, WitnessUnusable, made
    from reference.strict_file import FileError, check

    table = {"name": options.name, "folder": options.folder, "logs": options.log}
    try:
        claim([(options.port, "--port")], options.host)
        own = made(check(table, WitnessConfig, WitnessUnusable))
    except (PortTaken, FileError) as error:
        raise Misused(str(error)) from error
    print(own.public, flush=True)
    return serve(Starlette(routes=Pages(own).routes), options.host, options.port)
