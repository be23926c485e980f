"""Runs one sample department on a port of its own: `python -m departments dwp --port 8101`."""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from departments import ees, nomis, statxplore
from departments.samples import SAMPLES, share_node

SERVERS: dict[str, Callable[..., Starlette]] = {
    "dwp": statxplore.create_app,
    "hmrc": partial(share_node, "hmrc"),
    "dfe": ees.create_app,
    "beis": partial(share_node, "beis"),
    "ons": nomis.create_app,
}


def main() -> int:
    """Serves on 127.0.0.1 only, until it is stopped."""
    parser = argparse.ArgumentParser(prog="python -m departments", description=__doc__)
    parser.add_argument("department", choices=sorted(SAMPLES))
    parser.add_argument("--port", type=int, help="port on 127.0.0.1; default: the department's own")
    parser.add_argument("--folder", type=Path, default=Path(".data/departments"), help="where its figures are kept")
    parser.add_argument("--faults", action="store_true", help="let tests ask for faults")
    arguments = parser.parse_args()
    app = SERVERS[arguments.department](arguments.folder, faults=arguments.faults)
    port = arguments.port or SAMPLES[arguments.department]
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
