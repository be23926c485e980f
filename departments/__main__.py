"""Runs one sample department on a port of its own: `python -m departments dwp --port 8101`."""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from departments import ees, nomis, statxplore
from departments.samples import SAMPLES, share_node, witness
from departments.witness import beside

SERVERS: dict[str, Callable[..., Starlette]] = {
    "dwp": statxplore.create_app,
    "hmrc": partial(share_node, "hmrc"),
    "dfe": ees.create_app,
    "beis": partial(share_node, "beis"),
    "ons": nomis.create_app,
}
# Those that are share nodes, and have a witness of their own.
NODES = ("hmrc", "beis")


def main() -> int:
    """Serves on 127.0.0.1 only, until it is stopped."""
    parser = argparse.ArgumentParser(prog="python -m departments", description=__doc__)
    parser.add_argument("department", choices=sorted(SAMPLES))
    parser.add_argument("--port", type=int, help="port on 127.0.0.1; default: the department's own")
    parser.add_argument("--folder", type=Path, default=Path(".data/departments"), help="where its figures are kept")
    parser.add_argument("--faults", action="store_true", help="let tests ask for faults")
    parser.add_argument("--witness", type=Path, help="where the five remember the logs of its file `logs`")
    arguments = parser.parse_args()
    name, folder = arguments.department, arguments.folder
    witnessing = witness(name, arguments.witness) if arguments.witness else None
    if name in NODES:
        app = SERVERS[name](folder, faults=arguments.faults, witness=witnessing)
    else:
        app = SERVERS[name](folder, faults=arguments.faults)
        app = beside(app, witnessing) if witnessing else app
    port = arguments.port or SAMPLES[name]
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
